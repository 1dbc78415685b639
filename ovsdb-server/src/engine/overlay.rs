//! What a transaction changed so far, lying over the committed rows.

use super::draft::Draft;
use super::settle::{Entry, Place};
use super::{Database, Row};
use ovsdb_proto::schema::{ColumnId, DatabaseSchema, TableId, TableSchema};
use ovsdb_proto::store::{self, Key};
use ovsdb_proto::value::{Packed, Uuid};
use std::cell::Cell;
use std::collections::{BTreeMap, btree_map};

/// From how many changed rows of a table on they are found by indexes of their own instead of one by one.
const INDEXED_ROWS_MIN: usize = 16;

/// What changing a row costs, measured by the rows that can be looked at in the same time.
pub(super) const EDIT_WORK: u64 = 4;

/// The rows that a transaction touched.
#[derive(Debug, Default)]
pub(super) struct Overlay {
    /// What the transaction has cost so far.
    work: Cell<u64>,
    rows: BTreeMap<Place, Touched>,
    // of each table how many rows are touched
    touched: BTreeMap<TableId, usize>,
    // the rows of a table that are touched and not deleted, where that is worth an index: no draft
    // of such a table has edits
    indexed: BTreeMap<TableId, store::Table>,
    // the committed rows of a table with indexes that the transaction itself needs
    committed: BTreeMap<TableId, store::Table>,
}

/// A row before the transaction and now.
#[derive(Clone, Debug)]
pub(super) struct Touched {
    old: Option<Row>,
    pub(super) new: Option<Draft>,
}

impl Overlay {
    /// A row that the transaction touched; the inner `None` if it deleted it.
    pub(super) fn get(&self, table: TableId, uuid: Uuid) -> Option<Option<&Draft>> {
        if !self.has_touched(table) {
            return None;
        }
        self.rows.get(&(table, uuid)).map(|touched| touched.new.as_ref())
    }

    /// The rows of a table that are touched and not deleted, in the order of UUIDs.
    pub(super) fn drafts(&self, table: TableId) -> impl Iterator<Item = (Uuid, &Draft)> {
        let last = Uuid::from_u128(u128::MAX);
        let touched = self.rows.range((table, Uuid::NIL)..=(table, last));
        touched.filter_map(|(place, touched)| Some((place.1, touched.new.as_ref()?)))
    }

    /// What the transaction has cost so far.
    pub(super) const fn work(&self) -> u64 {
        self.work.get()
    }

    pub(super) fn add_work(&self, work: u64) {
        self.work.set(self.work.get().saturating_add(work));
    }

    pub(super) fn has_touched(&self, table: TableId) -> bool {
        self.touched.contains_key(&table)
    }

    pub(super) fn touched_len(&self, table: TableId) -> u64 {
        self.touched.get(&table).map_or(0, |touched| super::query::count(*touched))
    }

    pub(super) fn is_touched(&self, table: TableId, uuid: Uuid) -> bool {
        self.get(table, uuid).is_some()
    }

    /// Whether a new row may have this identity: no row has it, nor had it before the transaction.
    pub(super) fn may_insert(&self, db: &Database, table: TableId, uuid: Uuid) -> bool {
        match self.rows.get(&(table, uuid)) {
            Some(touched) => touched.old.is_none() && touched.new.is_none(),
            None => db.row(table, uuid).is_none(),
        }
    }

    /// Inserts a row, or deletes it.
    pub(super) fn put(
        &mut self,
        db: &Database,
        schema: &TableSchema,
        (table, uuid): Place,
        new: Option<Row>,
    ) {
        if let Some(rows) = self.indexed.get_mut(&table) {
            rows.replace(schema, db.version().state(), uuid, new.clone());
        }
        self.touch(db, (table, uuid)).new = new.map(Draft::new);
    }

    fn touch(&mut self, db: &Database, place: Place) -> &mut Touched {
        self.add_work(EDIT_WORK);
        match self.rows.entry(place) {
            btree_map::Entry::Occupied(entry) => entry.into_mut(),
            btree_map::Entry::Vacant(entry) => {
                *self.touched.entry(place.0).or_default() += 1;
                let old = db.row(place.0, place.1).cloned();
                entry.insert(Touched { new: old.clone().map(Draft::new), old })
            }
        }
    }

    /// Changes a row by `edit`. Without effect if there is no such row.
    ///
    /// # Errors
    /// That of `edit`; the transaction is then useless.
    pub(super) fn edit<E>(
        &mut self,
        db: &Database,
        schema: &TableSchema,
        place: Place,
        edit: impl FnOnce(&mut Draft) -> Result<(), E>,
    ) -> Result<(), E> {
        let is_indexed = self.indexed.contains_key(&place.0);
        let Some(draft) = &mut self.touch(db, place).new else { return Ok(()) };
        edit(draft)?;
        if is_indexed {
            let row = draft.to_row(schema);
            self.put(db, schema, place, Some(row));
        }
        Ok(())
    }

    /// Sets columns of a row. Without effect if there is no such row.
    pub(super) fn set(
        &mut self,
        db: &Database,
        schema: &TableSchema,
        place: Place,
        values: &[(ColumnId, Packed)],
    ) {
        let set = |draft: &mut Draft| {
            values.iter().for_each(|(column, value)| draft.set(*column, value.view().to_datum()));
            Ok::<_, std::convert::Infallible>(())
        };
        let Ok(()) = self.edit(db, schema, place, set);
    }

    /// Makes an index of the rows touched in a table, if looking at all of them takes longer.
    pub(super) fn add_index(&mut self, db: &Database, schema: &TableSchema, table: TableId, key: &Key) {
        if self.touched.get(&table).copied().unwrap_or(0) < INDEXED_ROWS_MIN {
            return;
        }
        let state = db.version().state();
        if !self.indexed.contains_key(&table) {
            let mut rows = Vec::new();
            for (place, touched) in
                self.rows.range_mut((table, Uuid::NIL)..=(table, Uuid::from_u128(u128::MAX)))
            {
                if let Some(draft) = &mut touched.new {
                    let row = draft.to_row(schema);
                    *draft = Draft::new(row.clone());
                    rows.push((place.1, row));
                }
            }
            self.indexed.insert(table, store::Table::new(schema, state, rows));
        }
        if let Some(rows) = self.indexed.get_mut(&table) {
            rows.add_index(schema, state, key.clone());
        }
    }

    /// The committed rows of a table.
    pub(super) fn committed<'a>(&'a self, db: &'a Database, table: TableId) -> Option<&'a store::Table> {
        self.committed.get(&table).or_else(|| db.version().table(table))
    }

    /// Makes an index of the committed rows of a table, for this transaction alone. Returns false
    /// if there are `most` of them already.
    pub(super) fn index_committed(
        &mut self,
        db: &Database,
        schema: &TableSchema,
        table: TableId,
        key: &Key,
        most: usize,
    ) -> bool {
        let Some(rows) = db.version().table(table) else { return false };
        let own = self.committed.entry(table).or_insert_with(|| rows.clone());
        if own.keys().count() >= rows.keys().count() + most {
            return false;
        }
        own.add_index(schema, db.version().state(), key.clone());
        true
    }

    /// The rows touched in a table, indexed, if that was worth it.
    pub(super) fn indexed(&self, table: TableId) -> Option<&store::Table> {
        self.indexed.get(&table)
    }

    /// The rows touched, before and after.
    pub(super) fn into_entries(self, schema: &DatabaseSchema) -> BTreeMap<Place, Entry> {
        let entry = |(place, Touched { old, new }): (Place, Touched)| {
            let new = schema.table(place.0).zip(new).map(|(table, draft)| draft.to_row(table));
            (place, Entry { old, new })
        };
        self.rows.into_iter().map(entry).collect()
    }
}
