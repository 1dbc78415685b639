//! What would have to be asked of the server: one `select`, and the errors of reading where it was not asked.

use crate::op::{Condition, UnknownId};
use crate::schema::{ColumnSet, TableId};
use crate::value::Uuid;

/// One OVSDB `select` (RFC 7047 section 5.2.2): the rows of a table that meet all conditions, and which of their columns.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Query {
    /// The table.
    pub table: TableId,
    /// The conditions, all of which must hold; none means all rows.
    pub conditions: Vec<Condition>,
    /// The columns to read, besides `_uuid`.
    pub columns: ColumnSet,
}

/// A snapshot does not hold the answers to these queries, and so cannot tell.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not read from the database yet")]
pub struct Missing(pub Vec<Query>);

/// Why a row or column could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// It was never asked for; the answer may be in the database.
    #[error(transparent)]
    Missing(Box<Missing>),
    /// The schema has no such table.
    #[error("no table {0} in the database schema")]
    NoTable(&'static str),
    /// The table has no such column.
    #[error("no column {column} in table {table}")]
    NoColumn {
        /// The table.
        table: &'static str,
        /// The column.
        column: &'static str,
    },
    /// The schema that the snapshot is of has no table or column of this number.
    #[error(transparent)]
    Id(UnknownId),
    /// The table has no row of this UUID.
    #[error("no row {row} in table {table}")]
    NoRow {
        /// The table.
        table: Box<str>,
        /// The row.
        row: Uuid,
    },
    /// The value does not fit the Rust type of the column.
    #[error("unexpected type of value in column {column} of table {table}")]
    Value {
        /// The table.
        table: &'static str,
        /// The column.
        column: &'static str,
    },
}

impl From<Query> for ReadError {
    fn from(query: Query) -> ReadError {
        ReadError::Missing(Box::new(Missing(vec![query])))
    }
}
