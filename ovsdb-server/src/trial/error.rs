//! Why can a test not be carried out, apart from what it is a test of?

use super::Trial;
use ovsdb_proto::frame::FrameError;
use ovsdb_proto::op::{ResultError, UnknownId};
use ovsdb_proto::rpc::RpcError;
use ovsdb_proto::value::Uuid;

/// Why rows or a line of commands came to nothing that could be compared.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TrialError {
    /// The schema has no such table.
    #[error("no table {0} in the schema")]
    NoTable(Box<str>),
    /// The schema has no such column.
    #[error("no column {column} in table {table}")]
    NoColumn {
        /// The table.
        table: Box<str>,
        /// The column.
        column: Box<str>,
    },
    /// The rows to begin with cannot be in a database.
    #[error("the rows to begin with were refused: {0}")]
    Seed(Box<str>),
    /// One of the rows to begin with went at once, for nothing refers to it.
    #[error("nothing refers to row {row} of table {table}, so it was not kept")]
    Unreferenced {
        /// The table.
        table: Box<str>,
        /// The row.
        row: Uuid,
    },
    /// Operations are not for this schema.
    #[error(transparent)]
    Id(#[from] UnknownId),
    /// What was sent is no message.
    #[error(transparent)]
    Frame(#[from] FrameError),
    /// What was sent is no request and no reply.
    #[error(transparent)]
    Message(#[from] RpcError),
    /// The engine's results are not those of the operations.
    #[error(transparent)]
    Result(#[from] ResultError),
    /// The line never comes to an end, or a guard fails though nobody else writes.
    #[error("the line does not come to an end")]
    Endless,
    /// It makes a difference whether all rows are known from the start.
    #[error("read round by round: {}\nover all rows at once: {}", .0.0, .0.1)]
    Differ(Box<(Trial, Trial)>),
}
