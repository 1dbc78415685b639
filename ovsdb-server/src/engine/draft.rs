//! A row that a transaction edits: the committed row and, unpacked, the columns that changed.

use super::Row;
use ovsdb_proto::schema::{ColumnId, TableSchema};
use ovsdb_proto::store::RowBuilder;
use ovsdb_proto::value::{Datum, DatumView, Packer};

/// A row with edits. Editing a large set again and again must not copy the rest of the row each
/// time.
#[derive(Clone, Debug)]
pub(super) struct Draft {
    row: Row,
    edits: Vec<(ColumnId, Datum)>,
}

impl Draft {
    /// A row without edits.
    pub(super) const fn new(row: Row) -> Draft {
        Draft { row, edits: Vec::new() }
    }

    /// The value of a column; `None` if the table has no such column.
    pub(super) fn read<'a>(
        &'a self,
        table: &'a TableSchema,
        column: ColumnId,
        packer: &'a mut Packer,
    ) -> Option<DatumView<'a>> {
        let Some((_, value)) = self.edits.iter().find(|edit| edit.0 == column) else {
            return self.row.read(table, column);
        };
        Some(packer.pack(value))
    }

    /// Sets a column, which the table has.
    pub(super) fn set(&mut self, column: ColumnId, value: Datum) {
        match self.edits.iter_mut().find(|edit| edit.0 == column) {
            Some(edit) => edit.1 = value,
            None => self.edits.push((column, value)),
        }
    }

    /// Replaces the value of a column by what `change` makes of it.
    ///
    /// # Errors
    /// That of `change`; the draft is then useless.
    pub(super) fn change<E>(
        &mut self,
        table: &TableSchema,
        column: ColumnId,
        change: impl FnOnce(Datum) -> Result<Datum, E>,
    ) -> Result<(), E> {
        if let Some(edit) = self.edits.iter_mut().find(|edit| edit.0 == column) {
            edit.1 = change(std::mem::replace(&mut edit.1, Datum::empty_set()))?;
            return Ok(());
        }
        if let Some(value) = self.row.read(table, column) {
            self.edits.push((column, change(value.to_datum())?));
        }
        Ok(())
    }

    /// The row with its edits.
    pub(super) fn to_row(&self, table: &TableSchema) -> Row {
        if self.edits.is_empty() {
            return self.row.clone();
        }
        let mut builder = RowBuilder::default();
        self.edits.iter().for_each(|(column, value)| builder.set(*column, value));
        builder.build(table, Some(&self.row))
    }
}
