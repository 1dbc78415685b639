//! Why could a client not carry a line out?

use super::error::Error;
use crate::session::remote::Remote;
use crate::session::{RunError, Unfit};
use std::error::Error as StdError;
use std::fmt;

/// Why a line could not be carried out.
#[derive(Debug)]
pub enum ClientError<E> {
    /// The line, or the server's answer to it.
    Run(RunError<E>),
    /// No remote serves the database, and nothing was changed: the last one tried, and why not.
    Unserved {
        /// The last remote tried.
        remote: Remote,
        /// Why it does not serve.
        cause: Cause,
    },
    /// The transaction was sent, and no reply came that can be made sense of: it may have been committed.
    MaybeCommitted {
        /// The remote that it was sent to.
        remote: Remote,
        /// What came instead of the reply.
        error: Error,
    },
}

/// Why a remote does not serve.
#[derive(Debug)]
pub enum Cause {
    /// It could not be reached, or broke off, or sent nonsense, or the deadline passed.
    Net(Error),
    /// It answers, but not for this database.
    Unfit(Unfit),
}

impl<E> ClientError<E> {
    /// The same, with the line's own error turned into another.
    pub fn map_line<F>(self, f: impl FnOnce(E) -> F) -> ClientError<F> {
        match self {
            ClientError::Run(error) => ClientError::Run(error.map_line(f)),
            ClientError::Unserved { remote, cause } => ClientError::Unserved { remote, cause },
            ClientError::MaybeCommitted { remote, error } => ClientError::MaybeCommitted { remote, error },
        }
    }

    /// Whether the deadline passed.
    pub fn is_timeout(&self) -> bool {
        match self {
            ClientError::Unserved { cause: Cause::Net(error), .. }
            | ClientError::MaybeCommitted { error, .. } => error.is_timeout(),
            ClientError::Unserved { cause: Cause::Unfit(_), .. } | ClientError::Run(_) => false,
        }
    }
}

impl<E: fmt::Display> fmt::Display for ClientError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ClientError::Run(error) => error.fmt(f),
            ClientError::Unserved { remote, cause: Cause::Net(error) } => write!(f, "{remote}: {error}"),
            ClientError::Unserved { remote, cause: Cause::Unfit(unfit) } => write!(f, "{remote}: {unfit}"),
            ClientError::MaybeCommitted { remote, error } => {
                write!(
                    f,
                    "{remote}: no reply to the transaction ({error}): the transaction may have been committed"
                )
            }
        }
    }
}

impl<E: StdError + 'static> StdError for ClientError<E> {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match self {
            ClientError::Run(RunError::Line(error)) => error.source(),
            ClientError::Run(error) => error.source(),
            ClientError::Unserved { cause: Cause::Net(error), .. }
            | ClientError::MaybeCommitted { error, .. } => error.source(),
            ClientError::Unserved { cause: Cause::Unfit(_), .. } => None,
        }
    }
}
