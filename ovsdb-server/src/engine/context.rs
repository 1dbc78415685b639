//! What a transaction is told about the world around the database, and what it comes to.

use super::{Commit, Ids};
use std::fmt;

/// What a transaction needs to know beside the database.
pub struct Context<'a> {
    /// How many milliseconds ago the request came first: what `wait` measures its time-out by.
    pub elapsed_ms: u64,
    /// Whether the client holds the lock of this name, for `assert`.
    pub holds_lock: &'a dyn Fn(&str) -> bool,
    /// Where the UUIDs of new rows, versions and commits come from.
    pub ids: &'a mut Ids,
    /// Whether operations that write are refused.
    pub read_only: bool,
}

impl fmt::Debug for Context<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Context")
            .field("elapsed_ms", &self.elapsed_ms)
            .field("read_only", &self.read_only)
            .finish_non_exhaustive()
    }
}

/// What a transaction came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Execution {
    /// The results were appended. `commit` is what is to be applied, `None` if the transaction failed or changed nothing.
    Done {
        /// What changes.
        commit: Option<Commit>,
    },
    /// A `wait` does not hold yet: nothing was appended. To be run again after the next commit, or when the time is up.
    Waiting {
        /// At which [`Context::elapsed_ms`] the `wait` times out; never if `None`.
        until_ms: Option<u64>,
    },
}
