//! Why can a line not be carried out over one connection?

use crate::json::JsonError;
use crate::limits::ROUNDS_MAX;
use crate::op::ResultError;
use crate::row::ReadError;
use crate::rpc::RpcError;
use crate::schema::SchemaError;
use crate::txn::Refusal;
use std::fmt;

/// Why this server cannot serve the line, though another may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// It does not serve the database.
    #[error("the server has no such database")]
    NoDatabase,
    /// It has lost its cluster.
    #[error("the server is not connected to its cluster")]
    NotConnected,
    /// It follows, and only the leader will do.
    #[error("the server is not the leader of its cluster")]
    NotLeader,
    /// It belongs to another cluster than the one named with the remotes.
    #[error("the server belongs to another cluster")]
    OtherCluster,
}

/// What a transaction writes and the server cannot store, because its schema is older than ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lacking {
    /// The table.
    pub table: Box<str>,
    /// The column, if it is not the whole table that is lacking.
    pub column: Option<Box<str>>,
    /// The version of the server's schema, `x.y.z`.
    pub version: Box<str>,
}

/// Why a line could not be carried out.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum RunError<E> {
    /// The line itself failed.
    #[error("{0}")]
    Line(E),
    /// The server cannot serve it.
    #[error(transparent)]
    Unfit(#[from] Unfit),
    /// The server refused the transaction; nothing was changed.
    #[error("transaction error: {0}")]
    Refused(Refusal),
    /// The server refused the transaction, because it writes what the server's schema lacks; nothing was changed.
    #[error("transaction error: {lacking}")]
    Lacking {
        /// What is lacking.
        lacking: Lacking,
        /// The server's words.
        refusal: Refusal,
    },
    /// The server refused a query or request; nothing was changed.
    #[error("request refused: {0}")]
    Request(Box<str>),
    /// The server sent something that is no message.
    #[error("protocol error: {0}")]
    Protocol(#[from] RpcError),
    /// The server's answer does not fit what was asked. If it answers a commit, that may have been carried out.
    #[error("malformed reply: {0}")]
    Reply(#[from] ResultError),
    /// The server's schema cannot be read.
    #[error("server's schema: {0}")]
    Schema(#[from] SchemaError),
    /// The transaction cannot be made of what was read: it names rows, tables or columns that there are not.
    #[error("{0}")]
    Read(ReadError),
    /// The line keeps asking for more.
    #[error("the command needs more than {ROUNDS_MAX} rounds of reading")]
    Rounds,
}

impl<E> RunError<E> {
    /// The same, with the line's own error turned into another.
    pub fn map_line<F>(self, f: impl FnOnce(E) -> F) -> RunError<F> {
        match self {
            RunError::Line(error) => RunError::Line(f(error)),
            RunError::Unfit(unfit) => RunError::Unfit(unfit),
            RunError::Refused(refusal) => RunError::Refused(refusal),
            RunError::Lacking { lacking, refusal } => RunError::Lacking { lacking, refusal },
            RunError::Request(text) => RunError::Request(text),
            RunError::Protocol(error) => RunError::Protocol(error),
            RunError::Reply(error) => RunError::Reply(error),
            RunError::Schema(error) => RunError::Schema(error),
            RunError::Read(error) => RunError::Read(error),
            RunError::Rounds => RunError::Rounds,
        }
    }
}

impl<E> From<JsonError> for RunError<E> {
    fn from(error: JsonError) -> RunError<E> {
        RunError::Reply(ResultError::Json(error))
    }
}

impl fmt::Display for Lacking {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.column {
            Some(column) => write!(f, "the database has no column {column} in table {}", self.table)?,
            None => write!(f, "the database has no table {}", self.table)?,
        }
        write!(f, " (its schema has version {})", self.version)
    }
}
