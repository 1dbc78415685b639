//! Which rows did a transaction give a value that a unique index covers? So that a long line need not look through all of them each time.

use super::RowId;
use crate::schema::{ColumnId, TableId};
use crate::value::Datum;
use std::collections::{HashMap, HashSet};

/// The rows that were given a value at some time, though they may have been given another since.
#[derive(Debug, Default)]
pub(super) struct Held {
    rows: HashMap<(TableId, ColumnId), HashMap<Datum, Vec<RowId>>>,
    // columns of which some row was given a part only
    partly: HashSet<(TableId, ColumnId)>,
}

impl Held {
    pub(super) fn note(&mut self, row: RowId, column: ColumnId, value: &Datum) {
        let values = self.rows.entry((row.table, column)).or_default();
        let rows = values.entry(value.clone()).or_default();
        if !rows.contains(&row) {
            rows.push(row);
        }
    }

    pub(super) fn note_partly(&mut self, row: RowId, column: ColumnId) {
        self.partly.insert((row.table, column));
    }

    /// The rows that may hold the value because of an edit; `None` if that was not kept.
    pub(super) fn rows(&self, table: TableId, column: ColumnId, value: &Datum) -> Option<&[RowId]> {
        if self.partly.contains(&(table, column)) {
            return None;
        }
        Some(self.rows.get(&(table, column)).and_then(|values| values.get(value)).map_or(&[], Vec::as_slice))
    }
}
