//! What a transaction sees: the snapshot with its own edits on top.

use super::edit::{CellEdit, Edit};
use super::{RowId, Txn};
use crate::op::{Condition, Function};
use crate::row::{Missing, Query, ReadError, Source};
use crate::schema::{ColumnId, ColumnSet, TableId};
use crate::value::{Atom, Datum, Uuid};
use std::borrow::Cow;

impl Txn<'_> {
    /// Remembers what a read lacked.
    pub(super) fn note<T>(&self, result: Result<T, ReadError>) -> Result<T, ReadError> {
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
        self.visit(1);
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
            (partial, known) => {
                let base = match known.filter(|_| edit.is_insert()) {
                    Some(column) => &column.default,
                    None => self.note(self.base.cell(row.table, row.uuid, column))?,
                };
                match partial {
                    Some(CellEdit::Partial(partial)) => {
                        let value = partial.apply(base);
                        self.visit(value.len());
                        Ok(Cow::Owned(value))
                    }
                    _ => Ok(Cow::Borrowed(base)),
                }
            }
        }
    }

    /// The rows that meet all of `conditions`, with `columns` of those that the transaction has not written known, in the order of their UUIDs.
    ///
    /// A value that a unique index covers and that a new row has is taken as that row's alone without looking ([`Txn::holder`]).
    ///
    /// # Errors
    /// [`ReadError::Missing`] if the snapshot does not hold them.
    pub fn find_rows(
        &self,
        table: TableId,
        conditions: &[Condition],
        columns: ColumnSet,
    ) -> Result<Vec<RowId>, ReadError> {
        let mut rows: Vec<RowId> = self
            .find_unedited(table, conditions, columns)?
            .into_iter()
            .map(|uuid| RowId { table, uuid })
            .collect();
        rows.sort_unstable();
        let (mut gone, mut come) = (Vec::new(), Vec::new());
        for row in self.candidates(table, conditions, &rows) {
            let was = rows.binary_search(&row).is_ok();
            match (was, self.is_met_by_edited(row, was, conditions)?) {
                (true, false) => gone.push(row),
                (false, true) => come.push(row),
                _ => {}
            }
        }
        if !gone.is_empty() {
            rows.retain(|row| gone.binary_search(row).is_err());
        }
        if !come.is_empty() {
            rows.append(&mut come);
            rows.sort_unstable();
        }
        Ok(rows)
    }

    // The rows of the snapshot that meet the conditions, edited or not. What only a row made here can meet is no question for the server.
    fn find_unedited(
        &self,
        table: TableId,
        conditions: &[Condition],
        mut columns: ColumnSet,
    ) -> Result<Vec<Uuid>, ReadError> {
        let is_edited_away =
            |uuid| self.edits.get(&RowId { table, uuid }).is_some_and(|e| e.is_insert() || e.is_delete());
        if conditions.iter().filter_map(uuid_asked).any(is_edited_away)
            || conditions.iter().any(|c| self.asks_for_made(c))
        {
            return Ok(Vec::new());
        }
        // a row is found by its UUID, and so has it
        columns.remove(ColumnId::UUID);
        let found = self.base.find(table, conditions, columns);
        if let (Err(ReadError::Missing(_)), [condition]) = (&found, conditions)
            && self.trusts(table, condition)
            && self.is_held(table, condition)
            && self.is_unknown(table, condition)
        {
            self.trust(table, condition);
            return Ok(Vec::new());
        }
        self.note(found)
    }

    // whether the snapshot knows no row that meets the condition, nor that there is none
    fn is_unknown(&self, table: TableId, condition: &Condition) -> bool {
        let found = self.base.find(table, std::slice::from_ref(condition), ColumnSet::EMPTY);
        matches!(found, Err(ReadError::Missing(_)))
    }

    // whether only a row that refers to one made here meets the condition
    fn asks_for_made(&self, condition: &Condition) -> bool {
        let made = |atom: &Atom| atom.as_uuid().is_some_and(|uuid| self.made.contains(&uuid));
        !self.made.is_empty()
            && matches!(condition.function, Function::Eq | Function::Includes)
            && condition.arg.atoms().iter().any(made)
    }

    // the edited rows that may meet the conditions or may have met them, in order
    fn candidates(&self, table: TableId, conditions: &[Condition], met: &[RowId]) -> Vec<RowId> {
        if let Some(uuid) = conditions.iter().find_map(uuid_asked) {
            let row = RowId { table, uuid };
            return Some(row).filter(|row| self.edits.contains_key(row)).into_iter().collect();
        }
        let given = |c: &Condition| match c.function {
            Function::Eq if !self.is_default(table, c.column, &c.arg) => self.given(table, c.column, &c.arg),
            // a new row of which nothing is written includes what its default does
            Function::Includes if self.has_empty_default(table, c.column) => {
                Some(self.given_element(table, c.column, &c.arg.only_element()?))
            }
            _ => None,
        };
        let Some(mut rows) = conditions.iter().find_map(given) else { return self.edited(table) };
        self.visit(met.len());
        rows.extend(met.iter().filter(|row| self.edits.contains_key(row)));
        rows.sort_unstable();
        rows.dedup();
        rows
    }

    pub(super) fn edited(&self, table: TableId) -> Vec<RowId> {
        let first = RowId { table, uuid: Uuid::NIL };
        let rows: Vec<RowId> =
            self.alive.range(first..).copied().take_while(|row| row.table == table).collect();
        self.visit(rows.len());
        rows
    }

    fn has_empty_default(&self, table: TableId, column: ColumnId) -> bool {
        let column = self.base.schema().table(table).and_then(|t| t.column(column));
        column.is_some_and(|c| c.default.is_empty())
    }

    /// Whether the set in a column has this element, without reading the others.
    pub(super) fn has_element(
        &self,
        row: RowId,
        column: ColumnId,
        element: &Atom,
    ) -> Result<bool, ReadError> {
        self.visit(1);
        let edit = self.edits.get(&row);
        match edit.and_then(|edit| edit.cells.get(&column)) {
            Some(CellEdit::Set(value)) => return Ok(value.contains(element)),
            Some(CellEdit::Partial(partial)) => {
                if let Some(is_in) = partial.includes(element) {
                    return Ok(is_in);
                }
            }
            None => {}
        }
        if edit.is_some_and(Edit::is_insert) {
            let column = self.base.schema().table(row.table).and_then(|t| t.column(column));
            return Ok(column.is_some_and(|c| c.default.contains(element)));
        }
        Ok(self.note(self.base.cell(row.table, row.uuid, column))?.contains(element))
    }

    // whether an edited row meets the conditions, given whether it did before
    fn is_met_by_edited(&self, row: RowId, was: bool, conditions: &[Condition]) -> Result<bool, ReadError> {
        let Some(edit) = self.edits.get(&row) else { return Ok(was) };
        if edit.is_delete() {
            return Ok(false);
        }
        if !edit.is_insert() && conditions.iter().all(|c| !edit.cells.contains_key(&c.column)) {
            return Ok(was);
        }
        for condition in conditions {
            // of several conditions, any may be the one that was not met
            let was = (was || conditions.len() == 1).then_some(was);
            if !self.meets(row, condition, was)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    // `was`: whether the row met the condition before the edits, if that is known
    fn meets(&self, row: RowId, condition: &Condition, was: Option<bool>) -> Result<bool, ReadError> {
        if let Some(met) = self.edit_tells(row, condition, was) {
            return Ok(met);
        }
        let value = self.cell(row, condition.column)?;
        let column = self.base.schema().table(row.table).and_then(|t| t.column(condition.column));
        Ok(column.is_some_and(|c| condition.matches(&value, &c.type_)))
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

    /// The rows where `column` equals `value`. The commit is guarded, so that exactly these rows are still the ones; where a unique index covers the
    /// column, only against one that comes to be where there was none, for the one that was found stays what it is.
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
        let condition = Condition::eq(column, value.clone());
        let rows = self.find_rows(table, std::slice::from_ref(&condition), columns)?;
        // what the snapshot was not asked for depends on no row of it
        if let Ok(held) = self.base.find(table, std::slice::from_ref(&condition), ColumnSet::EMPTY)
            && (held.is_empty() || !self.is_unique(table, column))
            && column != ColumnId::UUID
        {
            self.guard(Query { table, conditions: vec![condition], columns: ColumnSet::EMPTY }, held);
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
        let condition = Condition::eq(column, value.clone());
        // a row that is known to have the value is not free, even if not all of `columns` are known of it
        if self.trusts(table, &condition) && self.is_unknown(table, &condition) {
            self.trust(table, &condition);
            return Ok(self.held_by(table, &condition));
        }
        Ok(self.lookup_rows(table, column, value, columns)?.first().copied())
    }

    fn trusts(&self, table: TableId, condition: &Condition) -> bool {
        self.base.trusts_indexes()
            && !self.dry_run
            && !self.deletes_a_root
            && condition.function == Function::Eq
            && condition.column != ColumnId::UUID
            && self.is_unique(table, condition.column)
            && self.base.absent().has_column(table, condition.column)
    }

    // a row to which this transaction gives the value that the condition, an `==` on a unique column, asks for
    pub(super) fn held_by(&self, table: TableId, condition: &Condition) -> Option<RowId> {
        let Condition { column, arg, .. } = condition;
        let holds = |row: &RowId| match self.edits.get(row) {
            Some(edit) if !edit.is_delete() => match edit.cells.get(column) {
                Some(CellEdit::Set(value)) => value == arg,
                Some(CellEdit::Partial(_)) => false,
                None => edit.is_insert() && self.is_default(table, *column, arg),
            },
            _ => false,
        };
        let given = if self.is_default(table, *column, arg) { None } else { self.given(table, *column, arg) };
        given.unwrap_or_else(|| self.edited(table)).into_iter().find(holds)
    }

    pub(super) fn is_held(&self, table: TableId, condition: &Condition) -> bool {
        self.held_by(table, condition).is_some()
    }

    fn is_default(&self, table: TableId, column: ColumnId, value: &Datum) -> bool {
        let column = self.base.schema().table(table).and_then(|t| t.column(column));
        column.is_some_and(|c| c.default == *value)
    }

    /// Makes sure that `columns` of all of `rows` are known, so that one round trip brings them instead of one each.
    ///
    /// # Errors
    /// [`ReadError::Missing`] with a query for each row that the snapshot does not hold.
    pub fn fetch_rows(&self, rows: &[RowId], mut columns: ColumnSet) -> Result<(), ReadError> {
        columns.remove(ColumnId::UUID);
        let mut missing = Vec::new();
        self.visit(rows.len());
        for row in rows {
            if self.edits.get(row).is_some_and(|e| e.is_insert() || e.is_delete()) {
                continue;
            }
            if let Err(ReadError::Missing(m)) =
                self.base.find(row.table, &[Condition::uuid(row.uuid)], columns)
            {
                missing.extend(m.0);
            }
        }
        if missing.is_empty() { Ok(()) } else { self.note(Err(Missing(missing).into())) }
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
        let value = self.cell(RowId { table: id, uuid: row }, column)?;
        // reading by name copies
        self.visit(value.len());
        Ok(value)
    }
}

fn uuid_asked(condition: &Condition) -> Option<Uuid> {
    let asks = condition.column == ColumnId::UUID && condition.function == Function::Eq;
    condition.arg.scalar().filter(|_| asks).and_then(Atom::as_uuid)
}
