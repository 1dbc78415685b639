//! A value that an operation worked out, kept for the next commands of a line, with the edits since
//! then of what it depends on.

use super::{RowId, Txn};
use crate::row::{AnyColumn, ReadError, Table};
use crate::schema::{ColumnId, ColumnSet, TableId};
use std::any::Any;
use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

/// An edit: of one column, or of the whole row.
pub type Touched = (RowId, Option<ColumnId>);

/// One value, the columns that it depends on, and the edits of these columns since.
#[derive(Default)]
pub(super) struct Memo {
    value: Option<Arc<dyn Any + Send + Sync>>,
    columns: Vec<(TableId, ColumnSet)>,
    touched: BTreeSet<Touched>,
}

impl Memo {
    /// Notes an edit: of one column, or of the whole row.
    pub(super) fn touch(&mut self, row: RowId, column: Option<ColumnId>) {
        let depends = |(table, columns): &(TableId, ColumnSet)| {
            *table == row.table && column.is_none_or(|column| columns.contains(column))
        };
        if self.value.is_some() && self.columns.iter().any(depends) {
            self.touched.insert((row, column));
        }
    }
}

impl fmt::Debug for Memo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Memo").field("columns", &self.columns).finish_non_exhaustive()
    }
}

impl Txn<'_> {
    /// Returns the value last remembered if it is a `V`, with the edits since then of what it
    /// depends on.
    pub fn recall<V: Any + Send + Sync>(&self) -> Option<(Arc<V>, Vec<Touched>)> {
        let memo = self.memo.borrow();
        self.visit(1 + memo.touched.len());
        let value = memo.value.clone()?.downcast().ok()?;
        Some((value, memo.touched.iter().copied().collect()))
    }

    /// Remembers a value that reflects all edits so far and depends only on the given columns (see
    /// [`Txn::depends`]). It replaces the previous one.
    pub fn remember<V: Any + Send + Sync>(&self, value: &Arc<V>, columns: Vec<(TableId, ColumnSet)>) {
        let value: Arc<dyn Any + Send + Sync> = Arc::<V>::clone(value);
        *self.memo.borrow_mut() = Memo { value: Some(value), columns, touched: BTreeSet::new() };
    }

    /// Drops the value last remembered, so that the caller may own the only reference to it.
    pub fn forget(&self) {
        *self.memo.borrow_mut() = Memo::default();
    }

    /// That something depends on these columns of all rows of a table, for [`Txn::remember`].
    ///
    /// # Errors
    /// The schema has no such table or column.
    pub fn depends<T: Table>(&self, columns: &[AnyColumn<T>]) -> Result<(TableId, ColumnSet), ReadError> {
        Ok((self.table::<T>()?, self.columns(columns)?))
    }
}
