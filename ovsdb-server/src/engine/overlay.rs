//! What a transaction changed so far, lying over the committed rows.

use super::index::Index;
use super::{Database, Row};
use ovsdb_proto::schema::{ColumnId, TableId, TableSchema};
use ovsdb_proto::value::{Datum, Uuid};
use std::collections::BTreeMap;
use std::sync::Arc;

/// From how many changed rows of a table on they are found by indexes of their own instead of one by one.
const INDEXED_ROWS_MIN: usize = 16;

/// What changing a row costs, measured by the rows that can be looked at in the same time.
pub(super) const EDIT_WORK: u64 = 4;

/// The rows that a transaction touched.
#[derive(Debug, Default)]
pub(super) struct Overlay {
    /// What the transaction has cost so far.
    pub(super) work: u64,
    pub(super) rows: BTreeMap<(TableId, Uuid), Entry>,
    // of each table how many rows are touched
    touched: BTreeMap<TableId, usize>,
    // the indexes of a table, by their place there, but of the rows touched
    indexes: Vec<(TableId, usize, Index)>,
}

/// A row before the transaction and now.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) old: Option<Arc<Row>>,
    pub(super) new: Option<Arc<Row>>,
}

impl Overlay {
    /// The row as the transaction sees it.
    pub(super) fn row<'a>(&'a self, db: &'a Database, table: TableId, uuid: Uuid) -> Option<&'a Arc<Row>> {
        match self.rows.get(&(table, uuid)) {
            Some(entry) => entry.new.as_ref(),
            None => db.row(table, uuid),
        }
    }

    /// What was touched in a table, in the order of UUIDs.
    pub(super) fn touched(&self, table: TableId) -> impl Iterator<Item = (Uuid, &Entry)> {
        let last = Uuid::from_u128(u128::MAX);
        self.rows.range((table, Uuid::NIL)..=(table, last)).map(|(key, entry)| (key.1, entry))
    }

    pub(super) fn has_touched(&self, table: TableId) -> bool {
        self.touched.contains_key(&table)
    }

    pub(super) fn touched_len(&self, table: TableId) -> u64 {
        self.touched.get(&table).map_or(0, |touched| super::query::count(*touched))
    }

    pub(super) fn is_touched(&self, table: TableId, uuid: Uuid) -> bool {
        self.has_touched(table) && self.rows.contains_key(&(table, uuid))
    }

    /// Whether a new row may have this identity: no row has it, nor had it before the transaction.
    pub(super) fn may_insert(&self, db: &Database, table: TableId, uuid: Uuid) -> bool {
        match self.rows.get(&(table, uuid)) {
            Some(entry) => entry.old.is_none() && entry.new.is_none(),
            None => db.row(table, uuid).is_none(),
        }
    }

    /// Inserts, replaces or deletes a row.
    pub(super) fn put(&mut self, db: &Database, table: TableId, uuid: Uuid, new: Option<Arc<Row>>) {
        self.work += EDIT_WORK;
        let entry = match self.rows.entry((table, uuid)) {
            std::collections::btree_map::Entry::Occupied(entry) => entry.into_mut(),
            std::collections::btree_map::Entry::Vacant(entry) => {
                *self.touched.entry(table).or_default() += 1;
                let old = db.row(table, uuid).cloned();
                entry.insert(Entry { new: old.clone(), old })
            }
        };
        let before = std::mem::replace(&mut entry.new, new);
        let Some(schema) = db.schema().table(table) else { return };
        for (_, _, index) in self.indexes.iter_mut().filter(|(of, _, _)| *of == table) {
            index.update(schema, &db.hash, before.as_deref(), entry.new.as_deref());
        }
    }

    /// A row that nobody else holds or finds by an index, to be changed in place.
    pub(super) fn own(&mut self, table: TableId, uuid: Uuid) -> Option<&mut Row> {
        if self.indexes.iter().any(|(of, _, _)| *of == table) {
            return None;
        }
        self.rows.get_mut(&(table, uuid))?.new.as_mut().and_then(Arc::get_mut)
    }

    /// Changes columns of a row, in place if the transaction touched it before. Nothing happens if there is no such row.
    pub(super) fn edit(
        &mut self,
        db: &Database,
        schema: &TableSchema,
        (table, uuid): (TableId, Uuid),
        changes: Vec<(ColumnId, Datum)>,
    ) {
        if let Some(row) = self.own(table, uuid) {
            changes.into_iter().for_each(|(column, value)| row.set(schema, column, value));
            return;
        }
        let Some(row) = self.row(db, table, uuid) else { return };
        let row = row.with(schema, changes);
        self.put(db, table, uuid, Some(Arc::new(row)));
    }

    /// The touched rows that may have what hashes so by the index at `place`, if not all touched rows are as quickly looked at.
    pub(super) fn find(
        &mut self,
        db: &Database,
        schema: &TableSchema,
        table: TableId,
        place: usize,
        hash: u64,
    ) -> Option<Vec<Uuid>> {
        if self.touched.get(&table).copied().unwrap_or(0) < INDEXED_ROWS_MIN {
            return None;
        }
        if let Some(known) = self.indexes.iter().find(|(of, at, _)| (*of, *at) == (table, place)) {
            return Some(known.2.find(hash).collect());
        }
        let key = db.table(table)?.indexes.get(place)?.key.clone();
        let mut index = Index::new(key);
        for (_, entry) in self.touched(table) {
            index.update(schema, &db.hash, None, entry.new.as_deref());
        }
        let found = index.find(hash).collect();
        self.indexes.push((table, place, index));
        Some(found)
    }
}
