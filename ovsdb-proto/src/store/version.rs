//! All tables of a database at one moment, and what changed between two moments.

use super::{Key, Row, Table};
use crate::schema::{DatabaseSchema, TableId};
use crate::value::Uuid;
use std::hash::RandomState;
use std::sync::Arc;

/// The rows of all tables at one moment. A copy is one pointer and shares everything; changing a
/// copy changes nothing for holders of others.
#[derive(Clone, Debug)]
pub struct Version(Arc<Contents>);

#[derive(Clone, Debug)]
struct Contents {
    schema: Arc<DatabaseSchema>,
    // of all indexes of all versions that come of this one
    state: RandomState,
    tables: Box<[Arc<Table>]>,
}

/// A row that differs between two versions: inserted if there is no old row, deleted if there is no
/// new one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The table.
    pub table: TableId,
    /// The row's identity.
    pub uuid: Uuid,
    /// The row in the older version.
    pub old: Option<Row>,
    /// The row in the newer version.
    pub new: Option<Row>,
}

impl Version {
    /// A database without rows.
    pub fn new(schema: Arc<DatabaseSchema>) -> Version {
        let state = RandomState::new();
        let tables =
            schema.tables().iter().map(|table| Arc::new(Table::new(table, &state, Vec::new()))).collect();
        Version(Arc::new(Contents { schema, state, tables }))
    }

    /// The schema.
    pub fn schema(&self) -> &Arc<DatabaseSchema> {
        &self.0.schema
    }

    /// The key of the hash of all indexes.
    pub fn state(&self) -> &RandomState {
        &self.0.state
    }

    /// A table.
    pub fn table(&self, id: TableId) -> Option<&Table> {
        self.0.tables.get(usize::from(id.0)).map(|table| &**table)
    }

    /// A row.
    pub fn row(&self, table: TableId, uuid: Uuid) -> Option<&Row> {
        self.table(table)?.row(uuid)
    }

    /// Replaces a row: inserts, modifies or (with `None`) deletes it. Returns the row that was
    /// there. Without effect if there is no such table.
    pub fn replace(&mut self, table: TableId, uuid: Uuid, new: Option<Row>) -> Option<Row> {
        let contents = Arc::make_mut(&mut self.0);
        let schema = contents.schema.table(table)?;
        let own = contents.tables.get_mut(usize::from(table.0))?;
        Arc::make_mut(own).replace(schema, &contents.state, uuid, new)
    }

    /// Replaces all rows of a table, which is faster than one by one. The indexes stay.
    pub fn fill(&mut self, table: TableId, rows: Vec<(Uuid, Row)>) {
        let contents = Arc::make_mut(&mut self.0);
        let schema = contents.schema.table(table);
        if let Some((schema, own)) = schema.zip(contents.tables.get_mut(usize::from(table.0))) {
            let mut filled = Table::new(schema, &contents.state, rows);
            own.keys().for_each(|key| filled.add_index(schema, &contents.state, key.clone()));
            *own = Arc::new(filled);
        }
    }

    /// Adds an index to a table, unless there is one for this key.
    pub fn add_index(&mut self, table: TableId, key: Key) {
        if self.table(table).is_none_or(|table| table.has_index(&key)) {
            return;
        }
        let contents = Arc::make_mut(&mut self.0);
        let schema = contents.schema.table(table);
        if let Some((schema, own)) = schema.zip(contents.tables.get_mut(usize::from(table.0))) {
            Arc::make_mut(own).add_index(schema, &contents.state, key);
        }
    }

    /// What leads from this version to `newer`, by table and UUID.
    ///
    /// Takes time in proportion to the changes if one version was derived from the other.
    pub fn changes(&self, newer: &Version) -> Vec<Change> {
        let mut changes = Vec::new();
        for (id, (old, new)) in (0u16..).map(TableId).zip(self.0.tables.iter().zip(&newer.0.tables)) {
            if !Arc::ptr_eq(old, new) {
                old.rows().for_each_difference(new.rows(), |uuid, old, new| {
                    changes.push(Change { table: id, uuid, old: old.cloned(), new: new.cloned() });
                });
            }
        }
        changes
    }

    /// Whether both are one version in memory, and so equal.
    pub fn is_same(&self, other: &Version) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}
