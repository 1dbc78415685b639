//! Which rows an operation is about (RFC 7047 section 5.1, `<condition>`).

use crate::schema::ColumnId;
use crate::value::Datum;

/// How a column is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Function {
    /// `<`
    Lt,
    /// `<=`
    Le,
    /// `==`
    Eq,
    /// `!=`
    Ne,
    /// `>=`
    Ge,
    /// `>`
    Gt,
    /// `includes`
    Includes,
    /// `excludes`
    Excludes,
}

/// A test of one column.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Condition {
    /// The column tested.
    pub column: ColumnId,
    /// How it is compared.
    pub function: Function,
    /// What it is compared with.
    pub arg: Datum,
}

impl Condition {
    /// `column == value`.
    pub const fn eq(column: ColumnId, value: Datum) -> Condition {
        Condition { column, function: Function::Eq, arg: value }
    }
}
