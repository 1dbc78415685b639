//! Which values were taken as free without looking, and when is it sound to leave them to a unique index of the server?

use super::Txn;
use super::edit::{CellEdit, Edit, Kind};
use crate::op::Condition;
use crate::row::ReadError;
use crate::schema::{ColumnSet, ColumnType, RefKind, TableId};
use std::collections::BTreeSet;

/// A value that was taken as free, or as a new row's alone, without looking: a unique index will refuse the commit otherwise.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Trust {
    table: TableId,
    condition: Condition,
}

/// The tables of which rows may lose a value through the transaction.
enum Freed {
    All,
    Tables(BTreeSet<TableId>),
}

impl Txn<'_> {
    /// Whether it is left to a unique index to refuse a value that was taken as free: because nobody looked, or because somebody else may give it
    /// to another row meanwhile.
    pub fn trusted_an_index(&self) -> bool {
        !self.trusted.borrow().is_empty() || self.guards.borrow().list.iter().any(|g| !self.is_needed(g))
    }

    pub(super) fn trust(&self, table: TableId, condition: &Condition) {
        self.trusted.borrow_mut().insert(Trust { table, condition: condition.clone() });
    }

    /// An index checks only what is sent, and what is left at the end: where no row gets the value after all, or one that has it may lose it or
    /// vanish, somebody must look.
    ///
    /// # Errors
    /// [`ReadError::Missing`] if it was not looked.
    pub(super) fn check_trust(&self) -> Result<(), ReadError> {
        let trusted = self.trusted.borrow();
        if trusted.is_empty() {
            return Ok(());
        }
        let freed = self.freed();
        let mut result = Ok(());
        for Trust { table, condition } in &*trusted {
            let may_be_free = match &freed {
                Freed::All => true,
                Freed::Tables(tables) => tables.contains(table),
            };
            if may_be_free || !self.is_held(*table, condition) {
                let found = self.base.find(*table, std::slice::from_ref(condition), ColumnSet::EMPTY);
                result = result.and(self.note(found.map(drop)));
            }
        }
        result
    }

    fn freed(&self) -> Freed {
        if self.deletes_a_root {
            // whatever it refers to goes with it
            return Freed::All;
        }
        let mut tables = BTreeSet::new();
        for (row, edit) in &self.edits {
            match edit.kind {
                Kind::Insert { .. } | Kind::Delete { was_new: true } => {}
                Kind::Delete { was_new: false } => {
                    tables.insert(row.table);
                }
                Kind::Update => self.freed_by_update(row.table, edit, &mut tables),
            }
        }
        Freed::Tables(tables)
    }

    fn freed_by_update(&self, table: TableId, edit: &Edit, tables: &mut BTreeSet<TableId>) {
        let Some(schema) = self.base.schema().table(table) else { return };
        for (column, cell) in &edit.cells {
            if schema.is_unique(*column) {
                tables.insert(table);
            }
            let takes = match cell {
                CellEdit::Set(_) => true,
                CellEdit::Partial(partial) => partial.takes(),
            };
            if let Some(column) = schema.column(*column).filter(|_| takes) {
                tables.extend(strong(&column.type_).filter_map(|name| self.base.schema().table_id(name)));
            }
        }
    }
}

/// The tables that a column of this type keeps rows of alive.
fn strong(type_: &ColumnType) -> impl Iterator<Item = &str> {
    std::iter::once(&type_.key)
        .chain(&type_.value)
        .filter_map(|base| base.reference.as_ref())
        .filter(|reference| reference.kind == RefKind::Strong)
        .map(|reference| &*reference.table)
}
