//! Persistent indexes: which rows hold a value.

use super::{Row, Tree};
use crate::schema::{ColumnId, TableSchema};
use crate::value::{AtomView, DatumView, Side, Uuid};
use std::hash::{BuildHasher, Hash, Hasher, RandomState};

/// What an index finds rows by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Key {
    /// The values of all of these columns together.
    Columns(Box<[ColumnId]>),
    /// Each element of a set, or each key of a map. Of a column of references: the rows that refer
    /// to a row.
    Element(ColumnId),
    /// Each pair of a map.
    Pair(ColumnId),
}

/// What is looked for in an index.
#[derive(Clone, Copy, Debug)]
pub enum Probe<'k> {
    /// These values in these columns, as many as there are columns.
    Columns(&'k [ColumnId], &'k [DatumView<'k>]),
    /// A set with this element, or a map with this key.
    Element(ColumnId, AtomView<'k>),
    /// A map with this pair.
    Pair(ColumnId, (AtomView<'k>, AtomView<'k>)),
}

impl Probe<'_> {
    /// Whether an index for this key answers it.
    pub(super) fn fits(&self, key: &Key) -> bool {
        match (self, key) {
            (Probe::Columns(columns, _), Key::Columns(own)) => *columns == &**own,
            (Probe::Element(column, _), Key::Element(own)) | (Probe::Pair(column, _), Key::Pair(own)) => {
                column == own
            }
            _ => false,
        }
    }

    pub(super) fn hash(&self, state: &RandomState) -> u64 {
        match self {
            Probe::Columns(_, values) => hash_columns(state, values.iter().copied()),
            Probe::Element(_, atom) => state.hash_one(atom),
            Probe::Pair(_, pair) => state.hash_one(pair),
        }
    }

    pub(super) fn matches(&self, schema: &TableSchema, row: &Row) -> bool {
        match self {
            Probe::Columns(columns, values) => {
                columns.iter().zip(*values).all(|(column, value)| row.read(schema, *column) == Some(*value))
            }
            Probe::Element(column, atom) => {
                row.read(schema, *column).is_some_and(|value| value.contains(*atom))
            }
            Probe::Pair(column, pair) => {
                row.read(schema, *column).is_some_and(|value| value.get(pair.0) == Some(pair.1))
            }
        }
    }
}

/// Rows by the hash of their keys. The hash is keyed, so that no peer can choose values that
/// collide; what an index finds are candidates nonetheless, to be compared.
#[derive(Clone, Debug)]
pub(super) struct Index {
    pub(super) key: Key,
    entries: Tree<Rows>,
}

#[derive(Clone, Debug, PartialEq)]
enum Rows {
    One(Uuid),
    Many(Tree<()>),
}

impl Index {
    /// The index of these rows.
    pub(super) fn build(key: Key, table: &TableSchema, state: &RandomState, rows: &Tree<Row>) -> Index {
        let mut found: Vec<(Uuid, Uuid)> = Vec::new();
        for (uuid, row) in rows {
            key.for_each_change(table, state, None, Some(row), |hash, _| found.push((slot(hash), uuid)));
        }
        found.sort_unstable();
        found.dedup();
        let groups = found.chunk_by(|a, b| a.0 == b.0);
        let entries = groups.filter_map(|group| {
            let rows = match group {
                [one] => Rows::One(one.1),
                many => Rows::Many(many.iter().map(|entry| (entry.1, ())).collect()),
            };
            Some((group.first()?.0, rows))
        });
        let entries = entries.collect();
        Index { key, entries }
    }

    /// Replaces what is known of the row `uuid`.
    pub(super) fn update(
        &mut self,
        table: &TableSchema,
        state: &RandomState,
        uuid: Uuid,
        old: Option<&Row>,
        new: Option<&Row>,
    ) {
        let Index { key, entries } = self;
        key.for_each_change(table, state, old, new, |hash, is_new| {
            if is_new { insert(entries, slot(hash), uuid) } else { remove(entries, slot(hash), uuid) }
        });
    }

    /// The rows that may hold what hashes so, in the order of their UUIDs.
    pub(super) fn find(&self, hash: u64) -> impl Iterator<Item = Uuid> + '_ {
        let (one, many) = match self.entries.get(slot(hash)) {
            None => (None, None),
            Some(Rows::One(uuid)) => (Some(*uuid), None),
            Some(Rows::Many(rows)) => (None, Some(rows)),
        };
        one.into_iter().chain(many.into_iter().flat_map(|rows| rows.iter().map(|entry| entry.0)))
    }
}

/// Where the rows of a hash are kept.
fn slot(hash: u64) -> Uuid {
    Uuid::from_u128(u128::from(hash) << 64)
}

fn insert(entries: &mut Tree<Rows>, slot: Uuid, uuid: Uuid) {
    let rows = match entries.get(slot) {
        None => Rows::One(uuid),
        Some(Rows::One(other)) if *other == uuid => return,
        Some(Rows::One(other)) => Rows::Many([(*other, ()), (uuid, ())].into_iter().collect()),
        Some(Rows::Many(rows)) => {
            let mut rows = rows.clone();
            rows.insert(uuid, ());
            Rows::Many(rows)
        }
    };
    entries.insert(slot, rows);
}

fn remove(entries: &mut Tree<Rows>, slot: Uuid, uuid: Uuid) {
    match entries.get(slot) {
        Some(Rows::One(one)) if *one == uuid => drop(entries.remove(slot)),
        Some(Rows::Many(rows)) => {
            let mut rows = rows.clone();
            rows.remove(uuid);
            let left = rows.iter().next().filter(|_| rows.len() == 1);
            let rows = left.map_or(Rows::Many(rows.clone()), |(uuid, ())| Rows::One(uuid));
            entries.insert(slot, rows);
        }
        _ => {}
    }
}

impl Key {
    /// The columns that it depends on.
    pub fn columns(&self) -> &[ColumnId] {
        match self {
            Key::Columns(columns) => columns,
            Key::Element(column) | Key::Pair(column) => std::slice::from_ref(column),
        }
    }

    /// Calls `visit` with the hash of each key that a change of a row adds (`true`) or removes
    /// (`false`).
    fn for_each_change<'r>(
        &self,
        table: &'r TableSchema,
        state: &RandomState,
        old: Option<&'r Row>,
        new: Option<&'r Row>,
        mut visit: impl FnMut(u64, bool),
    ) {
        let value = |row: Option<&'r Row>, column| row.and_then(|row| row.read(table, column));
        if let (Some(before), Some(after)) = (old, new)
            && (before.is_same(after) || self.columns().iter().all(|c| value(old, *c) == value(new, *c)))
        {
            return;
        }
        let [old_or_empty, new_or_empty] =
            [old, new].map(|row| move |column| value(row, column).unwrap_or(DatumView::EMPTY));
        match self {
            Key::Columns(columns) => {
                let hash = |row: &Row| {
                    hash_columns(state, columns.iter().filter_map(|column| row.read(table, *column)))
                };
                old.map(hash).into_iter().for_each(|hash| visit(hash, false));
                new.map(hash).into_iter().for_each(|hash| visit(hash, true));
            }
            Key::Element(column) => {
                old_or_empty(*column).for_each_key_apart(new_or_empty(*column), |side| match side {
                    Side::Old(atom) => visit(state.hash_one(atom), false),
                    Side::New(atom) => visit(state.hash_one(atom), true),
                });
            }
            Key::Pair(column) => {
                old_or_empty(*column).for_each_pair_apart(new_or_empty(*column), |side| match side {
                    Side::Old(pair) => visit(state.hash_one(pair), false),
                    Side::New(pair) => visit(state.hash_one(pair), true),
                });
            }
        }
    }
}

/// The hash of the values of the columns of an index.
fn hash_columns<'a>(state: &RandomState, values: impl Iterator<Item = DatumView<'a>>) -> u64 {
    let mut hasher = state.build_hasher();
    values.for_each(|value| value.bytes().hash(&mut hasher));
    hasher.finish()
}
