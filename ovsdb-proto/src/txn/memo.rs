//! What an operation worked out, kept for the next commands of a line until an edit touches what it depends on.

use super::{RowId, Txn};
use crate::row::{AnyColumn, ReadError, Table};
use crate::schema::{ColumnId, ColumnSet, TableId};
use std::any::Any;
use std::fmt;
use std::sync::Arc;

/// One value, and the columns that it depends on.
#[derive(Default)]
pub(super) struct Memo {
    value: Option<Arc<dyn Any + Send + Sync>>,
    columns: Vec<(TableId, ColumnSet)>,
}

impl Memo {
    /// Notes an edit: of one column, or of the whole row.
    pub(super) fn touch(&mut self, row: RowId, column: Option<ColumnId>) {
        let depends = |(table, columns): &(TableId, ColumnSet)| {
            *table == row.table && column.is_none_or(|column| columns.contains(column))
        };
        if self.value.is_some() && self.columns.iter().any(depends) {
            *self = Memo::default();
        }
    }
}

impl fmt::Debug for Memo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Memo").field("columns", &self.columns).finish_non_exhaustive()
    }
}

impl Txn<'_> {
    /// What was last remembered, if it is a `V` and nothing that it depends on was edited since.
    pub fn recall<V: Any + Send + Sync>(&self) -> Option<Arc<V>> {
        self.visit(1);
        self.memo.borrow().value.clone()?.downcast().ok()
    }

    /// Remembers a value that depends on no column but those in [`Txn::depends`], in place of what was remembered before.
    pub fn remember<V: Any + Send + Sync>(&self, value: &Arc<V>, columns: Vec<(TableId, ColumnSet)>) {
        let value: Arc<dyn Any + Send + Sync> = Arc::<V>::clone(value);
        *self.memo.borrow_mut() = Memo { value: Some(value), columns };
    }

    /// That something depends on these columns of all rows of a table, for [`Txn::remember`].
    ///
    /// # Errors
    /// The schema has no such table or column.
    pub fn depends<T: Table>(&self, columns: &[AnyColumn<T>]) -> Result<(TableId, ColumnSet), ReadError> {
        Ok((self.table::<T>()?, self.columns(columns)?))
    }
}
