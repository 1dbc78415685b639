//! Which rows hold a value: an index by hash, whose answers are candidates to be compared.

use super::Row;
use ovsdb_proto::schema::{ColumnId, TableSchema};
use ovsdb_proto::value::{Atom, Datum, Uuid};
use std::collections::BTreeSet;
use std::hash::{BuildHasher, Hash, Hasher, RandomState};

/// What an index finds rows by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Key {
    /// The values of all of these columns together.
    Values(Box<[ColumnId]>),
    /// Each element of a set, or each pair of a map.
    Element(ColumnId),
}

/// Rows by the hash of their key. The hash is keyed, so that no client can choose values that collide.
#[derive(Clone, Debug)]
pub(super) struct Index {
    pub(super) key: Key,
    // ordered, so that one structure serves unique and repeated values and one step cannot be long
    entries: BTreeSet<(u64, Uuid)>,
}

impl Index {
    pub(super) const fn new(key: Key) -> Index {
        Index { key, entries: BTreeSet::new() }
    }

    /// Takes in what changed of one row.
    pub(super) fn update(
        &mut self,
        table: &TableSchema,
        state: &RandomState,
        old: Option<&Row>,
        new: Option<&Row>,
    ) {
        if let (Some(old), Some(new)) = (old, new)
            && self.columns().iter().all(|c| old.get(table, *c) == new.get(table, *c))
        {
            return;
        }
        let Index { key, entries } = self;
        if let Some(row) = old {
            key.hashes(table, state, row, |hash| {
                entries.remove(&(hash, row.uuid()));
            });
        }
        if let Some(row) = new {
            key.hashes(table, state, row, |hash| {
                entries.insert((hash, row.uuid()));
            });
        }
    }

    /// The rows that may hold what hashes so, in the order of their UUIDs.
    pub(super) fn find(&self, hash: u64) -> impl Iterator<Item = Uuid> + '_ {
        let (first, last) = (Uuid::NIL, Uuid::from_u128(u128::MAX));
        self.entries.range((hash, first)..=(hash, last)).map(|entry| entry.1)
    }

    fn columns(&self) -> &[ColumnId] {
        match &self.key {
            Key::Values(columns) => columns,
            Key::Element(column) => std::slice::from_ref(column),
        }
    }
}

impl Key {
    fn hashes(&self, table: &TableSchema, state: &RandomState, row: &Row, mut take: impl FnMut(u64)) {
        match self {
            Key::Values(columns) => {
                take(hash_values(state, columns.iter().filter_map(|c| row.get(table, *c))));
            }
            Key::Element(column) => {
                let Some(datum) = row.get(table, *column) else { return };
                datum.atoms().iter().for_each(|atom| take(hash_element(state, atom, None)));
                datum.pairs().iter().for_each(|(key, value)| take(hash_element(state, key, Some(value))));
            }
        }
    }
}

/// The hash of the values of the columns of an index.
pub(super) fn hash_values<'a>(state: &RandomState, values: impl Iterator<Item = &'a Datum>) -> u64 {
    let mut hasher = state.build_hasher();
    values.for_each(|datum| datum.hash(&mut hasher));
    hasher.finish()
}

/// The hash of an element of a set, or a pair of a map.
pub(super) fn hash_element(state: &RandomState, key: &Atom, value: Option<&Atom>) -> u64 {
    state.hash_one((key, value))
}
