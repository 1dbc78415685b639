//! Which rows hold a value: an index by hash, whose answers are candidates to be compared.

use super::Row;
use ovsdb_proto::schema::{ColumnId, TableSchema};
use ovsdb_proto::value::{Atom, Datum, Uuid};
use std::cmp::Ordering;
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
        let uuid = new.or(old).map(Row::uuid).unwrap_or_default();
        let mut take = |hash, is_new| {
            let entry = (hash, uuid);
            let _ = if is_new { entries.insert(entry) } else { entries.remove(&entry) };
        };
        match key {
            Key::Values(columns) => {
                let hash = |row: &Row| hash_values(state, columns.iter().filter_map(|c| row.get(table, *c)));
                old.map(hash).into_iter().for_each(|hash| take(hash, false));
                new.map(hash).into_iter().for_each(|hash| take(hash, true));
            }
            Key::Element(column) => {
                let [old, new] = [old, new].map(|row| row.and_then(|row| row.get(table, *column)));
                let [old, new] = [old, new]
                    .map(|datum| datum.map_or((&[][..], &[][..]), |datum| (datum.atoms(), datum.pairs())));
                // one element of a large set must not cost as much as all of them
                let atom = |atom: &Atom, is_new| take(hash_element(state, atom, None), is_new);
                difference(old.0, new.0, atom);
                let pair = |(key, value): &(Atom, Atom), is_new| {
                    take(hash_element(state, key, Some(value)), is_new);
                };
                difference(old.1, new.1, pair);
            }
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

/// Hands out what only one of two sorted lists has, and whether it is the second.
pub(super) fn difference<'a, T: Ord>(old: &'a [T], new: &'a [T], mut take: impl FnMut(&'a T, bool)) {
    // most often little differs, and to see that two are equal is less work than which one is less
    let same = old.iter().zip(new).take_while(|(a, b)| a == b).count();
    let (old, new) = (old.get(same..).unwrap_or_default(), new.get(same..).unwrap_or_default());
    let same = old.iter().rev().zip(new.iter().rev()).take_while(|(a, b)| a == b).count();
    let old = old.get(..old.len() - same).unwrap_or_default();
    let new = new.get(..new.len() - same).unwrap_or_default();
    let (mut old, mut new) = (old.iter().peekable(), new.iter().peekable());
    loop {
        let order = match (old.peek(), new.peek()) {
            (Some(a), Some(b)) => a.cmp(b),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => return,
        };
        if order.is_le()
            && let Some(item) = old.next()
            && order.is_ne()
        {
            take(item, false);
        }
        if order.is_ge()
            && let Some(item) = new.next()
            && order.is_ne()
        {
            take(item, true);
        }
    }
}
