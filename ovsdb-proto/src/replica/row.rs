//! What is kept of one row: the columns that were read, those that hold their default taking no space.

use crate::schema::{ColumnId, ColumnSet, TableSchema};
use crate::value::Datum;

/// Columns of one row with their values, as decoded.
pub type Cells = Vec<(ColumnId, Datum)>;

/// One row of a snapshot.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RowData {
    known: ColumnSet,
    // sorted by column; columns that are known and not here hold their default
    cells: Box<[(ColumnId, Datum)]>,
}

impl RowData {
    /// Which columns were read.
    pub const fn known(&self) -> &ColumnSet {
        &self.known
    }

    /// The value of a column, if it was read.
    pub fn get<'a>(&'a self, table: &'a TableSchema, column: ColumnId) -> Option<&'a Datum> {
        if !self.known.contains(column) {
            return None;
        }
        match self.cells.binary_search_by_key(&column, |c| c.0) {
            Ok(i) => self.cells.get(i).map(|c| &c.1),
            Err(_) => table.column(column).map(|c| &c.default),
        }
    }

    /// Takes in what another read of the same row brought; later values win.
    pub(super) fn merge(&mut self, table: &TableSchema, columns: &ColumnSet, cells: Cells) {
        let mut all = cells;
        all.extend(std::mem::take(&mut self.cells).into_vec());
        all.sort_by_key(|c| c.0);
        all.dedup_by_key(|c| c.0);
        all.retain(|(id, value)| table.column(*id).is_some_and(|c| c.default != *value));
        self.known = self.known.union(*columns);
        self.cells = all.into();
    }
}
