//! What a transaction is told about the world around the database, and what it comes to.

use super::{Commit, Ids, Questions};
use ovsdb_proto::schema::TableId;
use std::collections::BTreeSet;
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
    /// How many bytes the results may have, beside twice the text of the database; the transaction
    /// fails when it is reached.
    pub reply_bytes_max: usize,
    /// What the transaction may cost, in the unit of [`Cost::work`], beside [`WORK_PER_ROW`] for
    /// each row of the database; the transaction fails when it is reached.
    pub work_max: u64,
    /// What the transaction has cost; set by [`Database::execute`](super::Database::execute).
    pub cost: Cost,
    /// What was asked for without an index that answers it; for
    /// [`Database::learn`](super::Database::learn).
    pub questions: Questions,
}

/// How much of [`Context::work_max`] a transaction may use for each row of the database, so that a
/// copy of the whole database is possible.
pub const WORK_PER_ROW: u64 = 32;

/// What a transaction has cost, and what its results depend on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cost {
    /// How many rows were looked at. Returning or changing a row counts as some more, and so does
    /// text that was read or written.
    pub work: u64,
    /// The tables that the operations named, until the one that failed or waits.
    pub tables: BTreeSet<TableId>,
}

impl<'a> Context<'a> {
    /// For a request that has just come, of a client that may write, holds no lock, and is not
    /// limited.
    pub fn new(ids: &'a mut Ids) -> Context<'a> {
        Context {
            elapsed_ms: 0,
            holds_lock: &|_| false,
            ids,
            read_only: false,
            reply_bytes_max: usize::MAX,
            work_max: u64::MAX,
            cost: Cost::default(),
            questions: Questions::default(),
        }
    }
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
