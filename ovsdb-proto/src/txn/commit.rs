//! Which operations carry a transaction out: guards first, one insert a new row, one update or mutate a changed row, then counters and the comment.

use super::edit::{CellEdit, Edit, Kind};
use super::outcome::Expected;
use super::{RowId, Txn};
use crate::op::{Condition, Mutation, Mutator, Operation, Until};
use crate::row::ReadError;
use crate::schema::{ColumnId, ColumnSet, TableSchema};
use crate::value::Datum;

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
    /// [`ReadError::Missing`] if the snapshot does not tell whether a value changes.
    pub fn finish(&self) -> Result<Commit, ReadError> {
        let mut changed = self.increments.iter().any(|i| i.force);
        let (mut inserts, mut updates) = (Vec::new(), Vec::new());
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
                Kind::Update => {
                    let writes = self.writes(*row, edit)?;
                    changed |= writes.changed;
                    writes.operations(*row, &mut updates);
                }
            }
        }
        if !changed {
            return Ok(Commit::Unchanged);
        }
        let mut request = Request { operations: Vec::new(), expected: Vec::new() };
        for guard in self.row_guards()?.into_iter().chain(self.query_guards()) {
            request.push(guard, Expected::Done);
        }
        for operation in inserts {
            let expected = if let Operation::Insert { uuid, .. } = &operation {
                Expected::Row(*uuid)
            } else {
                Expected::Done
            };
            request.push(operation, expected);
        }
        for operation in updates {
            request.push(operation, Expected::Done);
        }
        for increment in &self.increments {
            let (table, column) = (increment.row.table, increment.column);
            let mutations = vec![Mutation { column, mutator: Mutator::Add, arg: Datum::one(1) }];
            request.push(Operation::Mutate { table, where_: this(increment.row), mutations }, Expected::Done);
            let columns = Some([column].into_iter().collect());
            request.push(
                Operation::Select { table, where_: this(increment.row), columns },
                Expected::Counter(table, column),
            );
        }
        if !self.comment.is_empty() {
            request.push(Operation::Comment(self.comment.as_str().into()), Expected::Done);
        }
        if self.dry_run {
            request.push(Operation::Abort, Expected::Aborted);
        }
        Ok(Commit::Send(request))
    }

    fn writes(&self, row: RowId, edit: &Edit) -> Result<RowWrites, ReadError> {
        let mut writes = RowWrites::default();
        // all holes of the row in one round
        let needed = edit
            .cells
            .iter()
            .filter(|(_, e)| if let CellEdit::Partial(p) = e { p.needs_base() } else { true });
        self.fetch_rows_unedited(row, needed.map(|(c, _)| *c).collect())?;
        for (column, cell) in &edit.cells {
            match cell {
                CellEdit::Set(value) => {
                    writes.changed |= self.base.cell(row.table, row.uuid, *column)? != value;
                    writes.set.push((*column, value.clone()));
                }
                CellEdit::Partial(partial) => {
                    let base = partial
                        .needs_base()
                        .then(|| self.base.cell(row.table, row.uuid, *column))
                        .transpose()?;
                    writes.mutations.extend(partial.mutations(*column, base));
                }
            }
        }
        writes.changed |= !writes.mutations.is_empty();
        Ok(writes)
    }

    fn fetch_rows_unedited(&self, row: RowId, columns: ColumnSet) -> Result<(), ReadError> {
        if columns.is_empty() { Ok(()) } else { self.fetch_rows(&[row], columns) }
    }

    // "this row still holds what was read", with timeout 0 (RFC 7047 section 5.2.6)
    fn row_guards(&self) -> Result<Vec<Operation>, ReadError> {
        let mut guards = Vec::new();
        for (row, columns) in self.verified.iter().filter(|(row, _)| !self.is_new(**row)) {
            let columns: ColumnSet =
                columns.iter().filter(|c| self.base.absent().has_column(row.table, *c)).collect();
            self.fetch_rows_unedited(*row, columns)?;
            let mut cells = Vec::new();
            for column in columns.iter() {
                cells.push((column, self.base.cell(row.table, row.uuid, column)?.clone()));
            }
            guards.push(wait(row.table, this(*row), columns, vec![cells]));
        }
        Ok(guards)
    }

    fn query_guards(&self) -> Vec<Operation> {
        let guards = self.guards.borrow();
        let identity: ColumnSet = [ColumnId::UUID].into_iter().collect();
        let rows = |uuids: &[crate::value::Uuid]| {
            uuids.iter().map(|u| vec![(ColumnId::UUID, Datum::one(*u))]).collect()
        };
        guards
            .iter()
            .map(|g| wait(g.query.table, g.query.conditions.clone(), identity, rows(&g.rows)))
            .collect()
    }
}

impl Request {
    fn push(&mut self, operation: Operation, expected: Expected) {
        self.operations.push(operation);
        self.expected.push(expected);
    }
}

impl RowWrites {
    fn operations(self, row: RowId, out: &mut Vec<Operation>) {
        if !self.set.is_empty() {
            out.push(Operation::Update { table: row.table, where_: this(row), row: self.set });
        }
        if !self.mutations.is_empty() {
            out.push(Operation::Mutate { table: row.table, where_: this(row), mutations: self.mutations });
        }
    }
}

fn insert(row: RowId, persist: bool, edit: &Edit, schema: &TableSchema) -> Operation {
    let mut cells = Vec::new();
    for (column, cell) in &edit.cells {
        if let (CellEdit::Set(value), Some(known)) = (cell, schema.column(*column))
            && *value != known.default
        {
            cells.push((*column, value.clone()));
        }
    }
    Operation::Insert { table: row.table, uuid: row.uuid, persist, row: cells }
}

fn this(row: RowId) -> Vec<Condition> {
    vec![Condition::eq(ColumnId::UUID, Datum::one(row.uuid))]
}

fn wait(
    table: crate::schema::TableId,
    where_: Vec<Condition>,
    columns: ColumnSet,
    rows: Vec<Vec<(ColumnId, Datum)>>,
) -> Operation {
    Operation::Wait { table, where_, columns: Some(columns), rows, until: Until::Equal, timeout_ms: Some(0) }
}
