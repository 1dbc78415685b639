//! The edited rows by the values that they were given, so that a long line need not look through
//! all of them each time.

use super::edit::{CellEdit, Edit};
use super::{RowId, Txn};
use crate::schema::{ColumnId, TableId};
use crate::value::{Atom, Datum};
use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};

type Place = (TableId, ColumnId);
type Element = (Atom, Option<Atom>);

/// The rows that were given a value or an element at some time, though it may have been replaced or
/// removed since. A column is kept from the first time on that it is asked for.
#[derive(Debug, Default)]
pub(super) struct Held {
    values: HashMap<Place, HashMap<Datum, Vec<RowId>>>,
    elements: HashMap<Place, HashMap<Element, Vec<RowId>>>,
    // columns of which some row was given a part only
    partly: HashSet<Place>,
}

impl Held {
    pub(super) fn note(&mut self, row: RowId, column: ColumnId, value: &Datum) {
        let place = (row.table, column);
        if let Some(values) = self.values.get_mut(&place) {
            push(values.entry(value.clone()).or_default(), row);
        }
        self.note_elements(row, column, value);
    }

    pub(super) fn note_partly(&mut self, row: RowId, column: ColumnId, put: &Datum) {
        self.partly.insert((row.table, column));
        self.note_elements(row, column, put);
    }

    fn note_elements(&mut self, row: RowId, column: ColumnId, put: &Datum) {
        if let Some(elements) = self.elements.get_mut(&(row.table, column)) {
            for element in put.elements() {
                push(elements.entry(element).or_default(), row);
            }
        }
    }

    fn note_edit(&mut self, row: RowId, column: ColumnId, edit: &Edit) {
        match edit.cells.get(&column) {
            Some(CellEdit::Set(value)) => self.note(row, column, value),
            Some(CellEdit::Partial(partial)) => self.note_partly(row, column, &partial.put()),
            None => {}
        }
    }
}

fn push(rows: &mut Vec<RowId>, row: RowId) {
    // the same row is mostly edited several times in a row
    if rows.last() != Some(&row) {
        rows.push(row);
    }
}

impl Txn<'_> {
    /// The rows that may hold the value because of an edit; `None` if that is not kept, since only
    /// parts of such values are known.
    pub(super) fn given(&self, table: TableId, column: ColumnId, value: &Datum) -> Option<Vec<RowId>> {
        let mut held = self.held.borrow_mut();
        let place = (table, column);
        if let Entry::Vacant(kept) = held.values.entry(place) {
            kept.insert(HashMap::new());
            self.note_edits(&mut held, place);
        }
        if held.partly.contains(&place) {
            return None;
        }
        let rows = held.values.get(&place).and_then(|values| values.get(value)).cloned().unwrap_or_default();
        Some(self.distinct(rows))
    }

    /// The rows that may include the element because of an edit.
    pub(super) fn given_element(&self, table: TableId, column: ColumnId, element: &Element) -> Vec<RowId> {
        let mut held = self.held.borrow_mut();
        let place = (table, column);
        if let Entry::Vacant(kept) = held.elements.entry(place) {
            kept.insert(HashMap::new());
            self.note_edits(&mut held, place);
        }
        let rows = held.elements.get(&place).and_then(|elements| elements.get(element)).cloned();
        self.distinct(rows.unwrap_or_default())
    }

    fn note_edits(&self, held: &mut Held, (table, column): Place) {
        for row in self.edited(table) {
            if let Some(edit) = self.edits.get(&row) {
                held.note_edit(row, column, edit);
            }
        }
    }

    fn distinct(&self, mut rows: Vec<RowId>) -> Vec<RowId> {
        self.visit(rows.len());
        rows.sort_unstable();
        rows.dedup();
        rows
    }
}
