//! Conditions prepared for testing packed values.

use super::condition::has_order;
use super::{Condition, Function};
use crate::schema::{ColumnId, TableSchema};
use crate::value::{DatumView, Packed};
use std::cmp::Ordering;

/// A [`Condition`] whose value is packed once, to be compared with the values of many rows.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Matcher {
    /// The column tested.
    pub column: ColumnId,
    /// How it is compared.
    pub function: Function,
    arg: Packed,
    // whether the type of the column has an order
    ordered: bool,
}

impl Matcher {
    /// Prepares a condition on a column of `table`.
    pub fn new(condition: &Condition, table: &TableSchema) -> Matcher {
        let arg = Packed::new(&condition.arg);
        let ordered = table.column(condition.column).is_some_and(|column| has_order(&column.type_));
        Matcher { column: condition.column, function: condition.function, arg, ordered }
    }

    /// What the column is compared with.
    pub fn arg(&self) -> DatumView<'_> {
        self.arg.view()
    }

    /// Whether a column that holds `value` meets the condition (RFC 7047 section 5.1).
    ///
    /// An optional column is a set of at most one for `==`, `!=`, `includes` and `excludes`. An
    /// order is false for a column without a value and for a column whose type has none
    /// (ovsdb-server refuses to test that; see [`Condition::read`]).
    pub fn matches(&self, value: DatumView<'_>) -> bool {
        let arg = self.arg();
        let order = || if self.ordered { Some(value.scalar()?.cmp(&arg.scalar()?)) } else { None };
        match self.function {
            Function::Eq => value == arg,
            Function::Ne => value != arg,
            Function::Includes => value.includes(arg),
            Function::Excludes => value.excludes(arg),
            Function::Lt => order() == Some(Ordering::Less),
            Function::Gt => order() == Some(Ordering::Greater),
            Function::Le => order().is_some_and(Ordering::is_le),
            Function::Ge => order().is_some_and(Ordering::is_ge),
        }
    }
}
