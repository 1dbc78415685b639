//! One table: its rows and what finds them.

use super::index::Index;
use super::{Key, Probe, Row, Tree};
use crate::schema::TableSchema;
use crate::value::Uuid;
use std::hash::RandomState;

/// The rows of a table and its indexes. A copy shares everything with the original.
#[derive(Clone, Debug, Default)]
pub struct Table {
    rows: Tree<Row>,
    // those of the schema in its order, then those that were added
    indexes: Vec<Index>,
}

impl Table {
    /// A table of these rows, with the unique indexes of the schema.
    pub fn new(schema: &TableSchema, state: &RandomState, rows: Vec<(Uuid, Row)>) -> Table {
        let mut table = Table { rows: Tree::from_entries(rows), indexes: Vec::new() };
        for columns in &schema.indexes {
            table.add_index(schema, state, Key::Columns(columns.as_slice().into()));
        }
        table
    }

    /// Adds an index, unless there is one for this key.
    pub fn add_index(&mut self, schema: &TableSchema, state: &RandomState, key: Key) {
        if self.index(&key).is_none() {
            self.indexes.push(Index::build(key, schema, state, &self.rows));
        }
    }

    /// Whether there is an index for this key.
    pub fn has_index(&self, key: &Key) -> bool {
        self.index(key).is_some()
    }

    /// What its indexes find rows by.
    pub fn keys(&self) -> impl Iterator<Item = &Key> {
        self.indexes.iter().map(|index| &index.key)
    }

    fn index(&self, key: &Key) -> Option<&Index> {
        self.indexes.iter().find(|index| index.key == *key)
    }

    /// The rows, in the order of their UUIDs.
    pub const fn rows(&self) -> &Tree<Row> {
        &self.rows
    }

    /// The row with this UUID.
    pub fn row(&self, uuid: Uuid) -> Option<&Row> {
        self.rows.get(uuid)
    }

    /// Replaces a row: inserts, modifies or (with `None`) deletes it. Returns the row that was
    /// there.
    pub fn replace(
        &mut self,
        schema: &TableSchema,
        state: &RandomState,
        uuid: Uuid,
        new: Option<Row>,
    ) -> Option<Row> {
        let old = match &new {
            Some(row) => self.rows.insert(uuid, row.clone()),
            None => self.rows.remove(uuid),
        };
        for index in &mut self.indexes {
            index.update(schema, state, uuid, old.as_ref(), new.as_ref());
        }
        old
    }

    /// The rows that are looked for, in the order of their UUIDs; `None` if no index answers that.
    pub fn find<'a, 'k>(
        &'a self,
        schema: &'a TableSchema,
        state: &RandomState,
        probe: &Probe<'k>,
    ) -> Option<impl Iterator<Item = (Uuid, &'a Row)> + use<'a, 'k>> {
        let index = self.indexes.iter().find(|index| probe.fits(&index.key))?;
        let probe = *probe;
        let row = move |uuid| Some((uuid, self.row(uuid).filter(|row| probe.matches(schema, row))?));
        Some(index.find(probe.hash(state)).filter_map(row))
    }
}
