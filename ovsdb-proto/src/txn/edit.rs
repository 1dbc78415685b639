//! What a transaction does to one row.

use crate::op::{Mutation, Mutator};
use crate::schema::ColumnId;
use crate::value::{Atom, Datum};
use std::collections::{BTreeMap, BTreeSet};

/// The edits of one row.
#[derive(Clone, Debug, Default)]
pub(super) struct Edit {
    pub(super) kind: Kind,
    pub(super) cells: BTreeMap<ColumnId, CellEdit>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Kind {
    #[default]
    Update,
    Insert {
        persist: bool,
    },
    Delete {
        was_new: bool,
    },
}

/// The edit of one column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum CellEdit {
    Set(Datum),
    Partial(Partial),
}

/// Elements added to and taken from a column that others may be changing too.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Partial {
    is_map: bool,
    // elements of a set, or keys with their values; never also in `removed`
    put: BTreeMap<Atom, Option<Atom>>,
    removed: BTreeSet<Atom>,
}

impl Edit {
    pub(super) fn insert(persist: bool) -> Edit {
        Edit { kind: Kind::Insert { persist }, cells: BTreeMap::new() }
    }

    pub(super) fn delete(was_new: bool) -> Edit {
        Edit { kind: Kind::Delete { was_new }, cells: BTreeMap::new() }
    }

    pub(super) const fn is_insert(&self) -> bool {
        matches!(self.kind, Kind::Insert { .. })
    }

    pub(super) const fn is_delete(&self) -> bool {
        matches!(self.kind, Kind::Delete { .. })
    }

    pub(super) fn set(&mut self, column: ColumnId, value: Datum) {
        self.cells.insert(column, CellEdit::Set(value));
    }

    /// `default`: what the column of a new row holds before anything is written; `None` for a row that exists.
    pub(super) fn insert_into(&mut self, column: ColumnId, what: &Datum, default: Option<Datum>) {
        match self.cell(column, what.is_map(), default) {
            CellEdit::Set(value) => {
                let held = std::mem::replace(value, Datum::empty_set());
                *value = if what.is_map() { what.union(&held) } else { held.into_union(what) };
            }
            CellEdit::Partial(partial) => {
                let pairs = what.pairs().iter().map(|(k, v)| (k.clone(), Some(v.clone())));
                let atoms = what.atoms().iter().map(|a| (a.clone(), None));
                for (key, value) in pairs.chain(atoms) {
                    partial.removed.remove(&key);
                    partial.put.insert(key, value);
                }
            }
        }
    }

    /// `made`: whether an element can be there only because this transaction put it in.
    pub(super) fn delete_from(
        &mut self,
        column: ColumnId,
        what: &Datum,
        default: Option<Datum>,
        made: &dyn Fn(&Atom) -> bool,
    ) {
        match self.cell(column, false, default) {
            CellEdit::Set(value) => {
                *value = std::mem::replace(value, Datum::empty_set()).into_difference(what);
            }
            CellEdit::Partial(partial) => {
                for atom in what.keys().atoms() {
                    partial.put.remove(atom);
                    if !made(atom) {
                        partial.removed.insert(atom.clone());
                    }
                }
            }
        }
    }

    fn cell(&mut self, column: ColumnId, is_map: bool, default: Option<Datum>) -> &mut CellEdit {
        let cell = self.cells.entry(column).or_insert_with(|| match default {
            Some(value) => CellEdit::Set(value),
            None => CellEdit::Partial(Partial { is_map, ..Partial::default() }),
        });
        if let CellEdit::Partial(partial) = cell {
            partial.is_map |= is_map;
        }
        cell
    }
}

impl Partial {
    /// The value of the column after this edit, when it was `base`.
    pub(super) fn apply(&self, base: &Datum) -> Datum {
        let kept = base.difference(&Datum::set(self.removed.iter().cloned()));
        let put = if base.is_map() {
            Datum::map(self.put.iter().filter_map(|(k, v)| Some((k.clone(), v.clone()?))))
        } else {
            Datum::set(self.put.keys().cloned())
        };
        put_into(&kept, &put)
    }

    /// The mutations that bring the column from `base` to what this edit makes of it. Pairs of a map that are there already need none;
    /// elements of a set are sent even then, as the C tools do.
    pub(super) fn mutations(&self, column: ColumnId, base: Option<&Datum>) -> Vec<Mutation> {
        let held = |key: &Atom| base.and_then(|b| b.get(key));
        let mut delete: Vec<Atom> = self.removed.iter().cloned().collect();
        let insert = if self.is_map {
            let changed = self
                .put
                .iter()
                .filter_map(|(k, v)| v.as_ref().map(|v| (k, v)))
                .filter(|(k, v)| held(k) != Some(*v));
            let changed: Vec<(Atom, Atom)> = changed.map(|(k, v)| (k.clone(), v.clone())).collect();
            // an insert leaves a key that is there alone (RFC 7047 section 5.1)
            delete.extend(changed.iter().filter(|(k, _)| held(k).is_some()).map(|(k, _)| k.clone()));
            Datum::map(changed)
        } else {
            Datum::set(self.put.keys().cloned())
        };
        let mut mutations = Vec::new();
        if !delete.is_empty() {
            mutations.push(Mutation { column, mutator: Mutator::Delete, arg: Datum::set(delete) });
        }
        if !insert.is_empty() {
            mutations.push(Mutation { column, mutator: Mutator::Insert, arg: insert });
        }
        mutations
    }

    /// What is put in.
    pub(super) fn put(&self) -> Datum {
        if self.is_map {
            Datum::map(self.put.iter().filter_map(|(k, v)| Some((k.clone(), v.clone()?))))
        } else {
            Datum::set(self.put.keys().cloned())
        }
    }

    /// Whether a set includes `atom` after this edit, if the edit alone tells.
    pub(super) fn includes(&self, atom: &Atom) -> Option<bool> {
        if self.put.contains_key(atom) {
            return Some(true);
        }
        self.removed.contains(atom).then_some(false)
    }

    /// Whether anything is taken out.
    pub(super) fn takes(&self) -> bool {
        !self.removed.is_empty() || self.is_map && !self.put.is_empty()
    }

    /// Whether the base value must be known to tell what to send.
    pub(super) fn needs_base(&self) -> bool {
        self.is_map && !self.put.is_empty()
    }
}

fn put_into(value: &Datum, what: &Datum) -> Datum {
    // of equal keys `union` keeps those of the left
    if what.is_map() { what.union(value) } else { value.union(what) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const C: ColumnId = ColumnId(5);

    fn set(items: &[&str]) -> Datum {
        Datum::set(items.iter().map(|s| Atom::from(*s)))
    }

    fn map(items: &[(&str, &str)]) -> Datum {
        Datum::map(items.iter().map(|(k, v)| (Atom::from(*k), Atom::from(*v))))
    }

    fn partial(edit: &Edit) -> &Partial {
        let Some(CellEdit::Partial(partial)) = edit.cells.get(&C) else { panic!("not partial") };
        partial
    }

    #[test]
    fn map_pairs_replace_insert_or_vanish() {
        let mut edit = Edit::default();
        edit.insert_into(C, &map(&[("same", "1"), ("other", "2"), ("new", "3")]), None);
        let base = map(&[("same", "1"), ("other", "0"), ("rest", "9")]);
        assert_eq!(
            partial(&edit).apply(&base),
            map(&[("same", "1"), ("other", "2"), ("new", "3"), ("rest", "9")])
        );
        let sent = partial(&edit).mutations(C, Some(&base));
        assert_eq!(
            sent,
            [
                Mutation { column: C, mutator: Mutator::Delete, arg: set(&["other"]) },
                Mutation { column: C, mutator: Mutator::Insert, arg: map(&[("other", "2"), ("new", "3")]) },
            ]
        );
    }

    #[test]
    fn the_last_of_put_and_remove_wins() {
        let mut edit = Edit::default();
        edit.insert_into(C, &set(&["a", "b"]), None);
        edit.delete_from(C, &set(&["b", "c"]), None, &|_| false);
        edit.insert_into(C, &set(&["c"]), None);
        assert_eq!(partial(&edit).apply(&set(&["b", "x"])), set(&["a", "c", "x"]));
    }

    #[test]
    fn partial_edits_of_a_written_column_change_the_written_value() {
        let mut edit = Edit::default();
        edit.set(C, map(&[("a", "1")]));
        edit.insert_into(C, &map(&[("a", "2"), ("b", "3")]), None);
        edit.delete_from(C, &set(&["b"]), None, &|_| false);
        assert_eq!(edit.cells.get(&C), Some(&CellEdit::Set(map(&[("a", "2")]))));
    }
}
