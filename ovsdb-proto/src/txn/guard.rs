//! What must still be so when a transaction is carried out, or else it must be worked out again (RFC 7047 section 5.2.6, `wait` with timeout 0).

use super::{RowId, Txn};
use crate::op::{Condition, Function, Operation, Until};
use crate::row::{Query, ReadError};
use crate::schema::{ColumnId, ColumnSet, TableId};
use crate::value::{Datum, Uuid};
use std::collections::{BTreeSet, HashSet};

/// Exactly these rows meet the query's conditions.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Guard {
    query: Query,
    rows: Vec<Uuid>,
}

/// The guards of a transaction, each once, in the order in which they came up.
#[derive(Debug, Default)]
pub(super) struct Guards {
    pub(super) list: Vec<Guard>,
    known: HashSet<Guard>,
}

impl Txn<'_> {
    /// Demands that the column still holds what the snapshot says when the transaction is carried out.
    pub fn verify_cell(&mut self, row: RowId, column: ColumnId) {
        self.verified.entry(row).or_default().insert(column);
    }

    /// Demands that exactly `rows` meet the query's conditions when the transaction is carried out.
    pub fn guard(&self, query: Query, mut rows: Vec<Uuid>) {
        rows.sort_unstable();
        let guard = Guard { query, rows };
        let mut guards = self.guards.borrow_mut();
        if guards.known.insert(guard.clone()) {
            guards.list.push(guard);
        }
    }

    // "this row still holds what was read", for the columns that are verified; "it is still there" for the other rows that are written, where
    // nothing else says so: writing a row that is gone changes nothing, and the server does not mind
    pub(super) fn row_guards(&self, written: &BTreeSet<RowId>) -> Result<Vec<Operation>, ReadError> {
        let mut guards = Vec::new();
        let mut missing = Ok(());
        let mut covered: BTreeSet<RowId> = BTreeSet::new();
        for (row, columns) in self.verified.iter().filter(|(row, _)| !self.made.contains(&row.uuid)) {
            match self.verified_cells(*row, columns) {
                Ok(cells) if cells.is_empty() => {}
                Ok(cells) => {
                    covered.insert(*row);
                    guards.push(holds(*row, cells));
                }
                Err(error @ ReadError::Missing(_)) => missing = missing.and(Err(error)),
                Err(error) => return Err(error),
            }
        }
        let rows = |g: &Guard| {
            let table = g.query.table;
            g.rows.iter().map(|uuid| RowId { table, uuid: *uuid }).collect::<Vec<_>>()
        };
        covered.extend(self.guards.borrow().list.iter().flat_map(rows));
        for row in written.difference(&covered) {
            match self.note(self.base.find(row.table, &[Condition::uuid(row.uuid)], ColumnSet::EMPTY)) {
                Ok(rows) if rows.is_empty() => {
                    let table =
                        self.base.schema().table(row.table).map_or_else(Box::default, |t| t.name.clone());
                    return Err(ReadError::NoRow { table, row: row.uuid });
                }
                Ok(_) => guards.push(holds(*row, named(row.uuid))),
                Err(error @ ReadError::Missing(_)) => missing = missing.and(Err(error)),
                Err(error) => return Err(error),
            }
        }
        missing.map(|()| guards)
    }

    fn verified_cells(&self, row: RowId, columns: &ColumnSet) -> Result<Vec<(ColumnId, Datum)>, ReadError> {
        let held = |c: &ColumnId| self.base.absent().has_column(row.table, *c);
        let columns: ColumnSet = columns.iter().filter(held).collect();
        let mut asked = columns;
        asked.remove(ColumnId::UUID);
        self.note(self.base.find(row.table, &[Condition::uuid(row.uuid)], asked))?;
        let mut cells = Vec::new();
        for column in columns.iter() {
            let value = if column == ColumnId::UUID {
                Datum::one(row.uuid)
            } else {
                self.note(self.base.cell(row.table, row.uuid, column))?.clone()
            };
            cells.push((column, value));
        }
        Ok(cells)
    }

    // the absence of a value needs no guard where a new row gets it: the index that covers it is one
    pub(super) fn is_needed(&self, guard: &Guard) -> bool {
        let Query { table, conditions, .. } = &guard.query;
        match conditions.as_slice() {
            [condition] if guard.rows.is_empty() && condition.function == Function::Eq => {
                !(self.is_unique(*table, condition.column) && self.is_held(*table, condition))
            }
            _ => true,
        }
    }

    pub(super) fn query_guards(&self) -> Vec<Operation> {
        let schema = self.base.schema();
        let mut operations = Vec::new();
        for guard in self.guards.borrow().list.iter().filter(|g| self.is_needed(g)) {
            let Query { table, conditions, .. } = &guard.query;
            // a server that lacks what is tested cannot come to have such a row
            let asked = schema.table(*table).and_then(|t| self.base.absent().reduce(*table, t, conditions));
            if let Some(conditions) = asked {
                let rows = guard.rows.iter().copied().map(named).collect();
                operations.push(wait(*table, conditions.into_owned(), identity(), rows));
            }
        }
        operations
    }
}

/// A guard that these cells of the row still hold these values.
pub(super) fn holds(row: RowId, cells: Vec<(ColumnId, Datum)>) -> Operation {
    let columns = cells.iter().map(|(column, _)| *column).collect();
    wait(row.table, vec![Condition::uuid(row.uuid)], columns, vec![cells])
}

fn identity() -> ColumnSet {
    [ColumnId::UUID].into_iter().collect()
}

fn named(row: Uuid) -> Vec<(ColumnId, Datum)> {
    vec![(ColumnId::UUID, Datum::one(row))]
}

fn wait(
    table: TableId,
    where_: Vec<Condition>,
    columns: ColumnSet,
    rows: Vec<Vec<(ColumnId, Datum)>>,
) -> Operation {
    Operation::Wait { table, where_, columns: Some(columns), rows, until: Until::Equal, timeout_ms: Some(0) }
}
