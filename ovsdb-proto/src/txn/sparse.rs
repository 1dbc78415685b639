//! How are many rows read at once whose columns mostly hold their defaults?
//!
//! A server writes out every column that a `select` asks for (RFC 7047 section 5.2.2), also an empty one, and that is most of its work for a large table.
//! So such columns are asked for only where they hold anything.

use super::{RowId, Txn};
use crate::limits::SINGLE_ROWS_MAX;
use crate::op::Condition;
use crate::row::{AnyColumn, ReadError, Ref, Table};
use crate::schema::{ColumnSet, TableId};

impl Txn<'_> {
    /// All rows of a table, with `columns` and `rare` of them known, in the order of their UUIDs. The columns in `rare` hold anything in few rows only.
    ///
    /// # Errors
    /// [`ReadError::Missing`] if the snapshot does not hold them.
    pub fn all_sparse<T: Table>(
        &self,
        columns: &[AnyColumn<T>],
        rare: &[AnyColumn<T>],
    ) -> Result<Vec<Ref<T>>, ReadError> {
        let (table, columns, rare) = (self.table::<T>()?, self.columns(columns)?, self.columns(rare)?);
        self.know_all(table, columns, rare)?;
        let rows = self.find_rows(table, &[], columns.union(rare))?;
        Ok(rows.into_iter().map(|row| Ref::new(row.uuid)).collect())
    }

    /// Makes sure that `columns` and `rare` of all of `rows` are known, so that one round trip brings them all. The columns in `rare` hold anything in
    /// few rows only. From [`SINGLE_ROWS_MAX`] rows on the whole table is read.
    ///
    /// # Errors
    /// [`ReadError::Missing`] if the snapshot does not hold them.
    pub fn fetch_sparse<T: Table>(
        &self,
        rows: &[Ref<T>],
        columns: &[AnyColumn<T>],
        rare: &[AnyColumn<T>],
    ) -> Result<(), ReadError> {
        let (table, columns, rare) = (self.table::<T>()?, self.columns(columns)?, self.columns(rare)?);
        let made_here = |row: &&Ref<T>| self.is_new(RowId { table, uuid: row.uuid() });
        if rows.len() > SINGLE_ROWS_MAX && !rows.iter().all(|row| made_here(&row)) {
            self.know_all(table, columns, rare)?;
        }
        let rows: Vec<RowId> = rows.iter().map(|r| RowId { table, uuid: r.uuid() }).collect();
        self.fetch_rows(&rows, columns.union(rare))
    }

    fn know_all(&self, table: TableId, columns: ColumnSet, rare: ColumnSet) -> Result<(), ReadError> {
        if self.base.find(table, &[], columns.union(rare)).is_ok() {
            return Ok(());
        }
        let mut result = self.note(self.base.find(table, &[], columns)).map(|_| ());
        let Some(schema) = self.base.schema().table(table) else { return result };
        for column in rare.iter().filter_map(|id| Some((id, schema.column(id)?))) {
            let differs = Condition::differs(column.0, column.1.default.clone());
            let answer = self.note(self.base.find(table, &[differs], [column.0].into_iter().collect()));
            result = result.and(answer.map(|_| ()));
        }
        result
    }
}
