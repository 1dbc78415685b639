//! Which operations carry a transaction out: guards first, one insert a new row, one update or mutate a changed row, then counters and the comment.

use super::edit::{CellEdit, Edit, Kind};
use super::guard;
use super::outcome::Expected;
use super::{Increment, RowId, Txn};
use crate::op::{Condition, Mutation, Mutator, Operation};
use crate::row::ReadError;
use crate::schema::{ColumnId, TableSchema};
use crate::value::{Atom, Datum};
use std::collections::BTreeSet;

/// What there is to send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Commit {
    /// Nothing: the transaction changes nothing.
    Unchanged,
    /// These operations.
    Send(Request),
}

/// The operations of a `transact`, and what its reply will mean.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The operations, in order.
    pub operations: Vec<Operation>,
    pub(super) expected: Vec<Expected>,
}

// writes of one row, and whether any of them changes anything
#[derive(Default)]
struct RowWrites {
    set: Vec<(ColumnId, Datum)>,
    mutations: Vec<Mutation>,
    changed: bool,
}

impl Txn<'_> {
    /// The operations that carry this transaction out.
    ///
    /// Nothing is sent if nothing would change: every written column holds its value already, and no row is made, taken away or
    /// mutated. If anything changes, all written columns are sent (ovs-vsctl(8) and the C tools do the same, so that a transaction stays atomic).
    ///
    /// # Errors
    /// [`ReadError::Missing`] if the snapshot does not tell whether a value changes or a row is there, all of it noted in [`Txn::missing`];
    /// [`ReadError::NoRow`] if a row that is written is not there.
    pub fn finish(&self) -> Result<Commit, ReadError> {
        self.check_trust()?;
        let mut changed = self.increments.iter().any(|i| i.force);
        let (mut inserts, mut updates) = (Vec::new(), Vec::new());
        let mut written = BTreeSet::new();
        let mut missing = Ok(());
        self.visit(self.edits.len());
        for (row, edit) in &self.edits {
            let Some(schema) = self.base.schema().table(row.table) else { continue };
            match edit.kind {
                Kind::Insert { persist } => {
                    changed = true;
                    inserts.push(insert(*row, persist, edit, schema));
                }
                Kind::Delete { was_new: false } if schema.is_root => {
                    changed = true;
                    updates.push(Operation::Delete { table: row.table, where_: this(*row) });
                }
                Kind::Delete { .. } => {}
                Kind::Update => match self.writes(*row, edit, schema) {
                    Ok(writes) => {
                        changed |= writes.changed;
                        if writes.operations(*row, &mut updates) {
                            written.insert(*row);
                        }
                    }
                    Err(error @ ReadError::Missing(_)) => missing = missing.and(Err(error)),
                    Err(error) => return Err(error),
                },
            }
        }
        missing?;
        if !changed {
            return Ok(Commit::Unchanged);
        }
        let counters = self.increments.iter().filter(|i| !self.is_gone(i.row));
        written.extend(counters.clone().map(|i| i.row).filter(|row| !self.is_new(*row)));
        let row_guards = self.row_guards(&written);
        let full = self.full_counters(counters.clone())?;
        let mut request = Request { operations: Vec::new(), expected: Vec::new() };
        for guard in row_guards?.into_iter().chain(self.query_guards()) {
            request.push(guard, Expected::Empty);
        }
        for (row, column) in &full {
            request.push(guard::holds(*row, vec![(*column, Datum::one(i64::MAX))]), Expected::Empty);
        }
        for operation in inserts {
            let expected = match &operation {
                Operation::Insert { uuid, .. } => Expected::Row(*uuid),
                _ => Expected::Empty,
            };
            request.push(operation, expected);
        }
        for operation in updates {
            request.push(operation, Expected::Count);
        }
        for (row, column) in full {
            let zero = vec![(column, Datum::one(0))];
            let update = Operation::Update { table: row.table, where_: this(row), row: zero };
            request.push(update, Expected::Count);
        }
        for increment in counters {
            let (table, column) = (increment.row.table, increment.column);
            let mutations = vec![Mutation { column, mutator: Mutator::Add, arg: Datum::one(1) }];
            let mutate = Operation::Mutate { table, where_: this(increment.row), mutations };
            request.push(mutate, Expected::Count);
            let columns = Some([column].into_iter().collect());
            let select = Operation::Select { table, where_: this(increment.row), columns };
            request.push(select, Expected::Counter(table, column));
        }
        if !self.comment.is_empty() {
            request.push(Operation::Comment(self.comment.as_str().into()), Expected::Empty);
        }
        if self.dry_run {
            request.push(Operation::Abort, Expected::Aborted);
        }
        Ok(Commit::Send(request))
    }

    /// The counters that cannot go any higher, which start again from 0. A value that this
    /// transaction writes itself is not looked at.
    fn full_counters<'i>(
        &self,
        counters: impl Iterator<Item = &'i Increment>,
    ) -> Result<BTreeSet<(RowId, ColumnId)>, ReadError> {
        let mut full = BTreeSet::new();
        let mut missing = Ok(());
        for Increment { row, column, .. } in counters {
            let is_written = |edit: &Edit| edit.is_insert() || edit.cells.contains_key(column);
            if self.edits.get(row).is_some_and(is_written) {
                continue;
            }
            match self.note(self.base.cell(row.table, row.uuid, *column)) {
                Ok(value) if value.scalar() == Some(&Atom::Integer(i64::MAX)) => {
                    full.insert((*row, *column));
                }
                Ok(_) => {}
                Err(error @ ReadError::Missing(_)) => missing = Err(error),
                Err(error) => return Err(error),
            }
        }
        missing.map(|()| full)
    }

    fn is_gone(&self, row: RowId) -> bool {
        self.edits.get(&row).is_some_and(Edit::is_delete)
    }

    fn writes(&self, row: RowId, edit: &Edit, schema: &TableSchema) -> Result<RowWrites, ReadError> {
        let mut writes = RowWrites::default();
        // all holes of the row in one round
        let needed = edit
            .cells
            .iter()
            .filter(|(_, e)| if let CellEdit::Partial(p) = e { p.needs_base() } else { true });
        let needed: Vec<ColumnId> = needed.map(|(c, _)| *c).collect();
        if !needed.is_empty() {
            self.fetch_rows(&[row], needed.into_iter().collect())?;
        }
        for (column, cell) in &edit.cells {
            if self.is_default_of_absent(row, *column, cell, schema) {
                continue;
            }
            match cell {
                CellEdit::Set(value) => {
                    writes.changed |= self.note(self.base.cell(row.table, row.uuid, *column))? != value;
                    writes.set.push((*column, value.clone()));
                }
                CellEdit::Partial(partial) => {
                    let base = partial
                        .needs_base()
                        .then(|| self.note(self.base.cell(row.table, row.uuid, *column)))
                        .transpose()?;
                    writes.mutations.extend(partial.mutations(*column, base));
                }
            }
        }
        writes.changed |= !writes.mutations.is_empty();
        Ok(writes)
    }

    // what a server cannot store it need not be told, if it comes to what the column reads as anyway
    fn is_default_of_absent(
        &self,
        row: RowId,
        column: ColumnId,
        cell: &CellEdit,
        schema: &TableSchema,
    ) -> bool {
        let known = schema.column(column).filter(|_| !self.base.absent().has_column(row.table, column));
        known.is_some_and(|known| match cell {
            CellEdit::Set(value) => *value == known.default,
            CellEdit::Partial(partial) => partial.apply(&known.default) == known.default,
        })
    }
}

impl Request {
    fn push(&mut self, operation: Operation, expected: Expected) {
        self.operations.push(operation);
        self.expected.push(expected);
    }
}

impl RowWrites {
    // whether there are any
    fn operations(self, row: RowId, out: &mut Vec<Operation>) -> bool {
        let before = out.len();
        if !self.set.is_empty() {
            out.push(Operation::Update { table: row.table, where_: this(row), row: self.set });
        }
        if !self.mutations.is_empty() {
            out.push(Operation::Mutate { table: row.table, where_: this(row), mutations: self.mutations });
        }
        out.len() > before
    }
}

fn insert(row: RowId, persist: bool, edit: &Edit, schema: &TableSchema) -> Operation {
    let mut cells = Vec::new();
    for (column, cell) in &edit.cells {
        let Some(known) = schema.column(*column) else { continue };
        let value = match cell {
            CellEdit::Set(value) => value.clone(),
            CellEdit::Partial(partial) => partial.apply(&known.default),
        };
        if value != known.default {
            cells.push((*column, value));
        }
    }
    Operation::Insert { table: row.table, uuid: row.uuid, persist, row: cells }
}

fn this(row: RowId) -> Vec<Condition> {
    vec![Condition::uuid(row.uuid)]
}
