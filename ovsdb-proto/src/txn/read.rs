//! What a transaction sees: the snapshot with its own edits on top.

use super::edit::CellEdit;
use super::{RowId, Txn};
use crate::op::{Condition, Function};
use crate::row::{Query, ReadError, Source};
use crate::schema::{ColumnId, ColumnSet, TableId};
use crate::value::{Datum, Uuid};
use std::borrow::Cow;

impl Txn<'_> {
    /// Remembers what a read lacked.
    fn note<T>(&self, result: Result<T, ReadError>) -> Result<T, ReadError> {
        if let Err(ReadError::Missing(missing)) = &result {
            let mut log = self.missing.borrow_mut();
            missing.0.iter().for_each(|query| log.note(query));
        }
        result
    }

    /// The value of a column.
    ///
    /// # Errors
    /// [`ReadError::Missing`] if the snapshot does not hold it, [`ReadError::NoRow`] if there is no such row or it was taken away.
    pub fn cell(&self, row: RowId, column: ColumnId) -> Result<Cow<'_, Datum>, ReadError> {
        if column == ColumnId::UUID {
            return Ok(Cow::Owned(Datum::one(row.uuid)));
        }
        let schema = self.base.schema().table(row.table);
        let Some(edit) = self.edits.get(&row) else {
            return self.note(self.base.cell(row.table, row.uuid, column)).map(Cow::Borrowed);
        };
        if edit.is_delete() {
            let table = schema.map_or_else(Box::default, |t| t.name.clone());
            return Err(ReadError::NoRow { table, row: row.uuid });
        }
        match (edit.cells.get(&column), schema.and_then(|t| t.column(column))) {
            (Some(CellEdit::Set(value)), _) => Ok(Cow::Borrowed(value)),
            (None, Some(column)) if edit.is_insert() => Ok(Cow::Borrowed(&column.default)),
            (partial, _) => {
                let base = self.note(self.base.cell(row.table, row.uuid, column))?;
                match partial {
                    Some(CellEdit::Partial(partial)) => Ok(Cow::Owned(partial.apply(base))),
                    _ => Ok(Cow::Borrowed(base)),
                }
            }
        }
    }

    /// The rows that meet all of `conditions`, with `columns` of those that the transaction has not written known, in the order of their UUIDs.
    ///
    /// # Errors
    /// [`ReadError::Missing`] if the snapshot does not hold them.
    pub fn find_rows(
        &self,
        table: TableId,
        conditions: &[Condition],
        columns: ColumnSet,
    ) -> Result<Vec<RowId>, ReadError> {
        if let Some(row) = self.new_holder(table, conditions)? {
            return Ok(vec![row]);
        }
        let first = RowId { table, uuid: Uuid::NIL };
        let edited: Vec<RowId> =
            self.edits.range(first..).map(|(r, _)| *r).take_while(|r| r.table == table).collect();
        let this = conditions.iter().find(|c| c.column == ColumnId::UUID && c.function == Function::Eq);
        let this = this.and_then(|c| c.arg.scalar()).and_then(crate::value::Atom::as_uuid);
        let known =
            |uuid| self.edits.get(&RowId { table, uuid }).is_some_and(|e| e.is_insert() || e.is_delete());
        // a row made or taken away here is nothing to ask the server about, nor is who refers to a row made here
        let found = match this {
            Some(uuid) if known(uuid) => Vec::new(),
            _ if conditions.iter().any(|c| self.wants_new_row(table, c)) => Vec::new(),
            _ => self.note(self.base.find(table, conditions, columns))?,
        };
        let mut rows: Vec<RowId> = found.into_iter().map(|uuid| RowId { table, uuid }).collect();
        for row in edited {
            let was = rows.iter().position(|r| *r == row);
            let Some(edit) = self.edits.get(&row) else { continue };
            let untouched =
                !edit.is_insert() && conditions.iter().all(|c| !edit.cells.contains_key(&c.column));
            let is = if edit.is_delete() || this.is_some_and(|uuid| uuid != row.uuid) {
                false
            } else if untouched {
                was.is_some()
            } else {
                // of several conditions, any may be the one that was not met
                let met = (was.is_some() || conditions.len() == 1).then_some(was.is_some());
                self.meets(row, conditions, met)?
            };
            match (was, is) {
                (Some(i), false) => {
                    rows.swap_remove(i);
                }
                (None, true) => rows.push(row),
                _ => {}
            }
        }
        rows.sort_unstable();
        Ok(rows)
    }

    // The row made here that holds a value in a column with a unique index: no other row can, or the server will refuse the commit.
    fn new_holder(&self, table: TableId, conditions: &[Condition]) -> Result<Option<RowId>, ReadError> {
        let [Condition { column, function: Function::Eq, .. }] = conditions else { return Ok(None) };
        if *column == ColumnId::UUID || !self.base.schema().table(table).is_some_and(|t| t.is_unique(*column))
        {
            return Ok(None);
        }
        let first = RowId { table, uuid: Uuid::NIL };
        for (row, edit) in self.edits.range(first..).take_while(|(r, _)| r.table == table) {
            if edit.is_insert() && self.meets(*row, conditions, None)? {
                return Ok(Some(*row));
            }
        }
        Ok(None)
    }

    // `was`: whether the row met each of the conditions before the edits, if that is known
    fn meets(&self, row: RowId, conditions: &[Condition], was: Option<bool>) -> Result<bool, ReadError> {
        for condition in conditions {
            if let Some(met) = self.edit_tells(row, condition, was) {
                if met {
                    continue;
                }
                return Ok(false);
            }
            let value = self.cell(row, condition.column)?;
            let column = self.base.schema().table(row.table).and_then(|t| t.column(condition.column));
            if !column.is_some_and(|c| condition.matches(&value, &c.type_)) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    // whether the set in a column includes one element, as far as what was added to it and taken from it tells, without reading the set
    fn edit_tells(&self, row: RowId, condition: &Condition, was: Option<bool>) -> Option<bool> {
        let (Function::Includes, Some(atom)) = (condition.function, condition.arg.scalar()) else {
            return None;
        };
        match self.edits.get(&row)?.cells.get(&condition.column)? {
            CellEdit::Partial(partial) => partial.includes(atom).or(was),
            CellEdit::Set(_) => None,
        }
    }

    // no row of the server refers to a row that this transaction makes
    fn wants_new_row(&self, table: TableId, condition: &Condition) -> bool {
        let column = self.base.schema().table(table).and_then(|t| t.column(condition.column));
        let Some(reference) = column.and_then(|c| c.type_.key.reference.as_ref()) else { return false };
        let Some(table) = self.base.schema().table_id(&reference.table) else { return false };
        condition.function == Function::Includes
            && condition
                .arg
                .atoms()
                .iter()
                .filter_map(crate::value::Atom::as_uuid)
                .any(|uuid| self.is_new(RowId { table, uuid }))
    }

    /// The rows where `column` equals `value`. Where no unique index covers the column, the commit is guarded: exactly these rows must still be the ones.
    ///
    /// # Errors
    /// As [`Txn::find_rows`].
    pub fn lookup_rows(
        &self,
        table: TableId,
        column: ColumnId,
        value: &Datum,
        columns: ColumnSet,
    ) -> Result<Vec<RowId>, ReadError> {
        let conditions = vec![Condition::eq(column, value.clone())];
        let rows = self.find_rows(table, &conditions, columns)?;
        if !self.base.schema().table(table).is_some_and(|t| t.is_unique(column)) {
            let query = Query { table, conditions, columns: ColumnSet::EMPTY };
            let held = self.base.find(table, &query.conditions, ColumnSet::EMPTY)?;
            self.guard(query, held);
        }
        Ok(rows)
    }

    /// The row that already holds `value` in a column with a unique index, if one is known to.
    ///
    /// Where the snapshot cannot tell, the answer is `None` and the server's index decides at the commit, so that adding a row does not depend on how many
    /// there are; after a refusal ([`crate::replica::Snapshot::distrust_indexes`]) the row is looked for, and so it is if the server is to abort at the
    /// end ([`Txn::dry_run`]), since it checks indexes after that.
    ///
    /// # Errors
    /// As [`Txn::find_rows`].
    pub fn holder(
        &self,
        table: TableId,
        column: ColumnId,
        value: &Datum,
        columns: ColumnSet,
    ) -> Result<Option<RowId>, ReadError> {
        let conditions = [Condition::eq(column, value.clone())];
        // a row that is known to have the value is not free, even if not all of `columns` are known of it
        let unknown =
            || matches!(self.base.find(table, &conditions, ColumnSet::EMPTY), Err(ReadError::Missing(_)));
        if self.base.trusts_indexes()
            && !self.dry_run
            && !self.deletes_a_root()
            && self.base.schema().table(table).is_some_and(|t| t.is_unique(column))
            && unknown()
        {
            self.trusted.set(true);
            return self.new_holder(table, &conditions);
        }
        Ok(self.find_rows(table, &conditions, columns)?.first().copied())
    }

    // rows that will go with it still count, whether they are known or not
    fn deletes_a_root(&self) -> bool {
        let is_root = |table| self.base.schema().table(table).is_some_and(|t| t.is_root);
        self.edits.iter().any(|(row, edit)| edit.is_delete() && is_root(row.table))
    }

    /// Makes sure that `columns` of all of `rows` are known, so that one round trip brings them instead of one each.
    ///
    /// # Errors
    /// [`ReadError::Missing`] with a query for each row that the snapshot does not hold.
    pub fn fetch_rows(&self, rows: &[RowId], columns: ColumnSet) -> Result<(), ReadError> {
        let mut missing = Vec::new();
        for row in rows {
            if self.edits.get(row).is_some_and(|e| e.is_insert() || e.is_delete()) {
                continue;
            }
            let this = Condition::eq(ColumnId::UUID, Datum::one(row.uuid));
            if let Err(ReadError::Missing(m)) = self.base.find(row.table, &[this], columns) {
                missing.extend(m.0);
            }
        }
        if missing.is_empty() {
            Ok(())
        } else {
            self.note(Err(ReadError::Missing(Box::new(crate::row::Missing(missing)))))
        }
    }
}

impl Source for Txn<'_> {
    fn read(
        &self,
        table: &'static str,
        row: Uuid,
        column: &'static str,
    ) -> Result<Cow<'_, Datum>, ReadError> {
        let id = self.base.schema().table_id(table).ok_or(ReadError::NoTable(table))?;
        let schema = self.base.schema().table(id).ok_or(ReadError::NoTable(table))?;
        let column = schema.column_id(column).ok_or(ReadError::NoColumn { table, column })?;
        self.cell(RowId { table: id, uuid: row }, column)
    }
}
