//! The typed face of a transaction: tables, columns and references known when the program is compiled.

use super::{RowId, Txn};
use crate::row::{AnyColumn, AtomValue, Column, ColumnValue, Missing, ReadError, Ref, Table, View};
use crate::schema::{ColumnId, ColumnSet, TableId};
use crate::value::Datum;
use std::collections::BTreeMap;

impl Txn<'_> {
    pub(super) fn table<T: Table>(&self) -> Result<TableId, ReadError> {
        self.base.schema().table_id(T::NAME).ok_or(ReadError::NoTable(T::NAME))
    }

    fn column<T: Table>(&self, name: &'static str) -> Result<ColumnId, ReadError> {
        let table = self.base.schema().table(self.table::<T>()?).ok_or(ReadError::NoTable(T::NAME))?;
        table.column_id(name).ok_or(ReadError::NoColumn { table: T::NAME, column: name })
    }

    pub(super) fn columns<T: Table>(&self, columns: &[AnyColumn<T>]) -> Result<ColumnSet, ReadError> {
        columns.iter().map(|c| self.column::<T>(c.name())).collect()
    }

    /// The untyped identity of a row.
    ///
    /// # Errors
    /// The schema has no such table.
    pub fn row_id<T: Table>(&self, row: Ref<T>) -> Result<RowId, ReadError> {
        Ok(RowId { table: self.table::<T>()?, uuid: row.uuid() })
    }

    /// Whether the server has the column. One that it lacks reads as its default, and writing it is refused by the server.
    pub fn has_column<T: Table, V: ColumnValue>(&self, column: Column<T, V>) -> bool {
        let ids = self.table::<T>().and_then(|t| Ok((t, self.column::<T>(column.name())?)));
        ids.is_ok_and(|(table, column)| self.base.absent().has_column(table, column))
    }

    /// A row, read column by column.
    pub fn view<T: Table>(&self, row: Ref<T>) -> View<'_, T> {
        View::new(self, row)
    }

    /// The value of a column.
    ///
    /// # Errors
    /// [`ReadError::Missing`] if the snapshot does not hold it; no such row; the value does not fit.
    pub fn get<T: Table, V: ColumnValue>(&self, row: Ref<T>, column: Column<T, V>) -> Result<V, ReadError> {
        self.view(row).get(column)
    }

    /// All rows of a table, with `columns` of them known, in the order of their UUIDs.
    ///
    /// # Errors
    /// [`ReadError::Missing`] if the snapshot does not hold them.
    pub fn all<T: Table>(&self, columns: &[AnyColumn<T>]) -> Result<Vec<Ref<T>>, ReadError> {
        Ok(refs(self.find_rows(self.table::<T>()?, &[], self.columns(columns)?)?))
    }

    /// The rows where `column` equals `value`, with `columns` of them known. Where no unique index covers the column, the commit is guarded: exactly
    /// these rows must still be the ones.
    ///
    /// # Errors
    /// [`ReadError::Missing`] if the snapshot does not hold them.
    pub fn lookup<T: Table, V: ColumnValue>(
        &self,
        column: Column<T, V>,
        value: &V,
        columns: &[AnyColumn<T>],
    ) -> Result<Vec<Ref<T>>, ReadError> {
        let ids = (self.table::<T>()?, self.column::<T>(column.name())?);
        Ok(refs(self.lookup_rows(ids.0, ids.1, &value.to_datum(), self.columns(columns)?)?))
    }

    /// The row with this UUID, with `columns` of it known; `None` if there is none.
    ///
    /// # Errors
    /// [`ReadError::Missing`] if the snapshot does not hold it.
    pub fn by_uuid<T: Table>(
        &self,
        row: Ref<T>,
        columns: &[AnyColumn<T>],
    ) -> Result<Option<Ref<T>>, ReadError> {
        let this = [crate::op::Condition::eq(ColumnId::UUID, Datum::one(row.uuid()))];
        Ok(refs(self.find_rows(self.table::<T>()?, &this, self.columns(columns)?)?).first().copied())
    }

    /// The rows whose set `column` contains `element` (for references: the rows that refer to it).
    ///
    /// # Errors
    /// [`ReadError::Missing`] if the snapshot does not hold them.
    pub fn containing<T: Table, A: AtomValue>(
        &self,
        column: Column<T, Vec<A>>,
        element: &A,
        columns: &[AnyColumn<T>],
    ) -> Result<Vec<Ref<T>>, ReadError> {
        let (table, id) = (self.table::<T>()?, self.column::<T>(column.name())?);
        let arg = Datum::one(element.to_atom());
        let includes = crate::op::Condition { column: id, function: crate::op::Function::Includes, arg };
        Ok(refs(self.find_rows(table, &[includes], self.columns(columns)?)?))
    }

    /// The row that already holds `value` in a column with a unique index, if one is known to; see [`Txn::holder`].
    ///
    /// # Errors
    /// [`ReadError::Missing`] if the row must be looked for.
    pub fn taken_by<T: Table, V: ColumnValue>(
        &self,
        column: Column<T, V>,
        value: &V,
        columns: &[AnyColumn<T>],
    ) -> Result<Option<Ref<T>>, ReadError> {
        let ids = (self.table::<T>()?, self.column::<T>(column.name())?);
        Ok(self.holder(ids.0, ids.1, &value.to_datum(), self.columns(columns)?)?.map(|r| Ref::new(r.uuid)))
    }

    /// Makes sure that `columns` of all of `rows` are known, so that one round trip brings them all.
    ///
    /// # Errors
    /// [`ReadError::Missing`] with a query for each row that the snapshot does not hold.
    pub fn fetch<T: Table>(&self, rows: &[Ref<T>], columns: &[AnyColumn<T>]) -> Result<(), ReadError> {
        let table = self.table::<T>()?;
        let rows: Vec<RowId> = rows.iter().map(|r| RowId { table, uuid: r.uuid() }).collect();
        self.fetch_rows(&rows, self.columns(columns)?)
    }

    /// The only row of a table that has at most one; if there is none it is made, under a guard that there still is none at the commit.
    ///
    /// # Errors
    /// [`ReadError::Missing`] if the snapshot does not hold it.
    pub fn singleton<T: Table>(&mut self, columns: &[AnyColumn<T>]) -> Result<Ref<T>, ReadError> {
        let (table, columns) = (self.table::<T>()?, self.columns(columns)?);
        Ok(Ref::new(self.singleton_row(table, columns)?.uuid))
    }

    /// As [`Txn::singleton`], for a table known at run time.
    ///
    /// # Errors
    /// [`ReadError::Missing`] if the snapshot does not hold it.
    pub fn singleton_row(&mut self, table: TableId, columns: ColumnSet) -> Result<RowId, ReadError> {
        if let Some(row) = self.find_rows(table, &[], columns)?.first() {
            return Ok(*row);
        }
        let query = crate::row::Query { table, conditions: Vec::new(), columns: ColumnSet::EMPTY };
        self.guard(query, Vec::new());
        Ok(self.insert_row(table))
    }

    /// Makes a new row, all columns holding their defaults.
    ///
    /// # Errors
    /// The schema has no such table.
    pub fn insert<T: Table>(&mut self) -> Result<Ref<T>, ReadError> {
        let table = self.table::<T>()?;
        Ok(Ref::new(self.insert_row(table).uuid))
    }

    /// Takes a row away; see [`Txn::delete_row`].
    ///
    /// # Errors
    /// The schema has no such table.
    pub fn delete<T: Table>(&mut self, row: Ref<T>) -> Result<(), ReadError> {
        let row = self.row_id(row)?;
        self.delete_row(row);
        Ok(())
    }

    /// Replaces the value of a column.
    ///
    /// # Errors
    /// The schema has no such table or column.
    pub fn set<T: Table, V: ColumnValue>(
        &mut self,
        row: Ref<T>,
        column: Column<T, V>,
        value: &V,
    ) -> Result<(), ReadError> {
        let (row, column) = (self.row_id(row)?, self.column::<T>(column.name())?);
        self.set_cell(row, column, value.to_datum());
        Ok(())
    }

    /// Adds an element to a set, leaving the others to whoever changes them.
    ///
    /// # Errors
    /// The schema has no such table or column.
    pub fn add<T: Table, A: AtomValue>(
        &mut self,
        row: Ref<T>,
        column: Column<T, Vec<A>>,
        element: &A,
    ) -> Result<(), ReadError> {
        let (row, column) = (self.row_id(row)?, self.column::<T>(column.name())?);
        self.insert_into(row, column, &Datum::one(element.to_atom()));
        Ok(())
    }

    /// Takes an element out of a set, leaving the others to whoever changes them.
    ///
    /// # Errors
    /// The schema has no such table or column.
    pub fn remove<T: Table, A: AtomValue>(
        &mut self,
        row: Ref<T>,
        column: Column<T, Vec<A>>,
        element: &A,
    ) -> Result<(), ReadError> {
        let (row, column) = (self.row_id(row)?, self.column::<T>(column.name())?);
        self.delete_from(row, column, &Datum::one(element.to_atom()));
        Ok(())
    }

    /// Puts a pair into a map, whatever the key's value was, leaving the other keys to whoever changes them.
    ///
    /// # Errors
    /// The schema has no such table or column.
    pub fn put<T: Table, K: AtomValue + Ord, V: AtomValue>(
        &mut self,
        row: Ref<T>,
        column: Column<T, BTreeMap<K, V>>,
        key: &K,
        value: &V,
    ) -> Result<(), ReadError> {
        let (row, column) = (self.row_id(row)?, self.column::<T>(column.name())?);
        self.insert_into(row, column, &Datum::map([(key.to_atom(), value.to_atom())]));
        Ok(())
    }

    /// Takes a key out of a map, leaving the other keys to whoever changes them.
    ///
    /// # Errors
    /// The schema has no such table or column.
    pub fn take<T: Table, K: AtomValue + Ord, V: AtomValue>(
        &mut self,
        row: Ref<T>,
        column: Column<T, BTreeMap<K, V>>,
        key: &K,
    ) -> Result<(), ReadError> {
        let (row, column) = (self.row_id(row)?, self.column::<T>(column.name())?);
        self.delete_from(row, column, &Datum::one(key.to_atom()));
        Ok(())
    }

    /// Demands that the column still holds what the snapshot says when the transaction is carried out.
    ///
    /// # Errors
    /// The schema has no such table or column.
    pub fn verify<T: Table, V: ColumnValue>(
        &mut self,
        row: Ref<T>,
        column: Column<T, V>,
    ) -> Result<(), ReadError> {
        let (row, column) = (self.row_id(row)?, self.column::<T>(column.name())?);
        self.verify_cell(row, column);
        Ok(())
    }

    /// Demands that the row is still the same, whatever its size, when the transaction is carried
    /// out: for decisions that depend on a set of references as a whole. [`AnyColumn::VERSION`]
    /// belongs among the columns that the row is looked up with, or else there will be one more
    /// round of reading.
    ///
    /// # Errors
    /// The schema has no such table.
    pub fn verify_row<T: Table>(&mut self, row: Ref<T>) -> Result<(), ReadError> {
        let row = self.row_id(row)?;
        self.verify_cell(row, ColumnId::VERSION);
        Ok(())
    }

    /// Adds 1 to an integer column and reads it back, if anything else is sent or `force` is set.
    ///
    /// # Errors
    /// The schema has no such table or column.
    pub fn increment<T: Table>(
        &mut self,
        row: Ref<T>,
        column: Column<T, i64>,
        force: bool,
    ) -> Result<(), ReadError> {
        let (row, column) = (self.row_id(row)?, self.column::<T>(column.name())?);
        self.increment_cell(row, column, force);
        Ok(())
    }
}

fn refs<T: Table>(rows: Vec<RowId>) -> Vec<Ref<T>> {
    rows.into_iter().map(|r| Ref::new(r.uuid)).collect()
}

impl From<Missing> for ReadError {
    fn from(missing: Missing) -> ReadError {
        ReadError::Missing(Box::new(missing))
    }
}
