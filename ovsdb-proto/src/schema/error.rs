//! What can be wrong with a schema, and where.

use std::fmt;

/// A schema that cannot be used: what is wrong, and in which table and column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SchemaError {
    /// The table that it was found in, if it was in one.
    pub table: Option<Box<str>>,
    /// The column that it was found in, if it was in one.
    pub column: Option<Box<str>>,
    /// What is wrong.
    pub kind: SchemaErrorKind,
}

/// What is wrong with a schema.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SchemaErrorKind {
    /// It is not JSON: the byte where that shows.
    #[error("not JSON at byte {0}")]
    Json(usize),
    /// A member is absent that must be there.
    #[error("member \"{0}\" is missing")]
    Missing(&'static str),
    /// A member that is not allowed where it is, or is there twice.
    #[error("member \"{0}\" is not allowed here")]
    Unexpected(Box<str>),
    /// A member does not hold what it should.
    #[error("member \"{member}\" is not {expected}")]
    Invalid {
        /// The member.
        member: &'static str,
        /// What it should have been.
        expected: &'static str,
    },
    /// A lower bound is above its upper bound.
    #[error("\"{0}\" exceeds \"{1}\"")]
    Range(&'static str, &'static str),
    /// A name that is not an identifier, begins with `_`, or is used twice.
    #[error("\"{0}\" is not a valid or a unique name")]
    Name(Box<str>),
    /// A reference to a table that the schema does not define.
    #[error("refers to undefined table \"{0}\"")]
    UndefinedTable(Box<str>),
    /// An index over a column that the table lacks, that is ephemeral, or is named twice in it.
    #[error("column \"{0}\" cannot be part of the index")]
    Index(Box<str>),
    /// More tables or columns than this crate handles: the bound.
    #[error("more than {0} tables or columns")]
    TooMany(usize),
    /// A table without columns, or an index without columns.
    #[error("at least one column is needed")]
    NoColumns,
}

impl SchemaError {
    pub(super) fn at(mut self, table: &str, column: Option<&str>) -> SchemaError {
        if self.table.is_none() {
            self.table = Some(table.into());
            self.column = column.map(Into::into);
        }
        self
    }
}

impl From<SchemaErrorKind> for SchemaError {
    fn from(kind: SchemaErrorKind) -> SchemaError {
        SchemaError { table: None, column: None, kind }
    }
}

impl fmt::Display for SchemaError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("schema: ")?;
        if let Some(table) = &self.table {
            write!(f, "table {table}: ")?;
        }
        if let Some(column) = &self.column {
            write!(f, "column {column}: ")?;
        }
        self.kind.fmt(f)
    }
}

impl std::error::Error for SchemaError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        None
    }
}
