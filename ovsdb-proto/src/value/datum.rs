//! What a column holds: a sorted set of atoms, of which a single value is the common case, or a map (RFC 7047 section 5.1, `<value>`).

use super::Atom;
use std::fmt;

/// The value of one column of one row: a set without duplicates, or a map with unique keys; always sorted.
///
/// A scalar is a set of one atom, an absent optional value the empty set.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Datum(Repr);

// One, Set, Map: a set of one atom is always One, so that equality is structural.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Repr {
    One(Atom),
    Set(Box<[Atom]>),
    Map(Box<[(Atom, Atom)]>),
}

/// How many elements are put into a set or taken out one by one, each moving those behind it.
const FEW: usize = 8;

/// Two elements of a set, or two keys of a map, that are equal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DuplicateError {
    /// Two elements of a set.
    #[error("set contains duplicate value")]
    Element,
    /// Two keys of a map.
    #[error("map contains duplicate key")]
    Key,
}

impl Datum {
    /// The set of one atom.
    pub fn one(atom: impl Into<Atom>) -> Datum {
        Datum(Repr::One(atom.into()))
    }

    /// The empty set.
    pub fn empty_set() -> Datum {
        Datum(Repr::Set(Box::new([])))
    }

    /// The empty map.
    pub fn empty_map() -> Datum {
        Datum(Repr::Map(Box::new([])))
    }

    /// The set of these atoms, sorted; duplicates become one.
    pub fn set(atoms: impl IntoIterator<Item = Atom>) -> Datum {
        let mut atoms: Vec<Atom> = atoms.into_iter().collect();
        atoms.sort_unstable();
        atoms.dedup();
        Datum::from_sorted(atoms)
    }

    /// The set of these atoms, sorted.
    ///
    /// # Errors
    /// Two of them are equal.
    pub fn try_set(mut atoms: Vec<Atom>) -> Result<Datum, DuplicateError> {
        if atoms.len() > 1 {
            atoms.sort_unstable();
            if atoms.windows(2).any(|w| w.first() == w.last()) {
                return Err(DuplicateError::Element);
            }
        }
        Ok(Datum::from_sorted(atoms))
    }

    /// The map of these pairs, sorted by key; of equal keys the first stays.
    pub fn map(pairs: impl IntoIterator<Item = (Atom, Atom)>) -> Datum {
        let mut pairs: Vec<(Atom, Atom)> = pairs.into_iter().collect();
        pairs.sort_by(|a, b| a.0.cmp(&b.0));
        pairs.dedup_by(|b, a| a.0 == b.0);
        Datum(Repr::Map(pairs.into()))
    }

    /// The map of these pairs, sorted by key.
    ///
    /// # Errors
    /// Two of the keys are equal.
    pub fn try_map(mut pairs: Vec<(Atom, Atom)>) -> Result<Datum, DuplicateError> {
        if pairs.len() > 1 {
            pairs.sort_unstable();
            if pairs.windows(2).any(|w| w.first().map(|p| &p.0) == w.last().map(|p| &p.0)) {
                return Err(DuplicateError::Key);
            }
        }
        Ok(Datum(Repr::Map(pairs.into())))
    }

    /// The set of these atoms, which are sorted and without duplicates.
    pub(super) fn from_sorted(mut atoms: Vec<Atom>) -> Datum {
        if atoms.len() == 1
            && let Some(atom) = atoms.pop()
        {
            return Datum(Repr::One(atom));
        }
        Datum(Repr::Set(atoms.into()))
    }

    /// The map of these pairs, which are sorted by key and without duplicates.
    pub(super) fn from_sorted_pairs(pairs: Vec<(Atom, Atom)>) -> Datum {
        Datum(Repr::Map(pairs.into()))
    }

    /// Whether this is a map (which may be empty).
    pub const fn is_map(&self) -> bool {
        matches!(self.0, Repr::Map(_))
    }

    /// How many elements or pairs.
    pub fn len(&self) -> usize {
        match &self.0 {
            Repr::One(_) => 1,
            Repr::Set(atoms) => atoms.len(),
            Repr::Map(pairs) => pairs.len(),
        }
    }

    /// Whether there is no element and no pair.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The elements of a set in order; of a map, none.
    pub fn atoms(&self) -> &[Atom] {
        match &self.0 {
            Repr::One(atom) => std::slice::from_ref(atom),
            Repr::Set(atoms) => atoms,
            Repr::Map(_) => &[],
        }
    }

    /// The pairs of a map in order of their keys; of a set, none.
    pub fn pairs(&self) -> &[(Atom, Atom)] {
        if let Repr::Map(pairs) = &self.0 { pairs } else { &[] }
    }

    /// The elements of a set, or the pairs of a map.
    pub(crate) fn elements(&self) -> impl Iterator<Item = (Atom, Option<Atom>)> + '_ {
        let pairs = self.pairs().iter().map(|(key, value)| (key.clone(), Some(value.clone())));
        self.atoms().iter().map(|atom| (atom.clone(), None)).chain(pairs)
    }

    /// The element of a set of one, or the pair of a map of one.
    pub(crate) fn only_element(&self) -> Option<(Atom, Option<Atom>)> {
        let mut elements = self.elements();
        elements.next().filter(|_| self.len() == 1)
    }

    /// The only element of a set of one.
    pub const fn scalar(&self) -> Option<&Atom> {
        if let Repr::One(atom) = &self.0 { Some(atom) } else { None }
    }

    /// The value under `key` in a map.
    pub fn get(&self, key: &Atom) -> Option<&Atom> {
        let pairs = self.pairs();
        let i = pairs.binary_search_by(|p| p.0.cmp(key)).ok()?;
        pairs.get(i).map(|p| &p.1)
    }

    /// The value under a string key in a map of strings.
    pub fn get_str(&self, key: &str) -> Option<&str> {
        let pairs = self.pairs();
        let i = pairs.binary_search_by(|p| p.0.as_str().unwrap_or("").cmp(key)).ok()?;
        pairs.get(i).and_then(|p| p.1.as_str())
    }

    /// Whether a set has this element, or a map this key.
    pub fn contains(&self, atom: &Atom) -> bool {
        match &self.0 {
            Repr::One(one) => one == atom,
            Repr::Set(atoms) => atoms.binary_search(atom).is_ok(),
            Repr::Map(_) => self.get(atom).is_some(),
        }
    }

    /// The keys of a map as a set; a set as it is.
    pub fn keys(&self) -> Datum {
        match &self.0 {
            Repr::Map(pairs) => Datum::from_sorted(pairs.iter().map(|p| p.0.clone()).collect()),
            _ => self.clone(),
        }
    }

    /// Whether every element, or every pair, of `other` is in this one (RFC 7047 section 5.1, `includes`).
    pub fn includes(&self, other: &Datum) -> bool {
        if self.is_map() {
            other.pairs().iter().all(|(k, v)| self.get(k) == Some(v))
        } else {
            other.atoms().iter().all(|a| self.contains(a))
        }
    }

    /// Whether no element, or no pair, of `other` is in this one (RFC 7047 section 5.1, `excludes`).
    pub fn excludes(&self, other: &Datum) -> bool {
        if self.is_map() {
            !other.pairs().iter().any(|(k, v)| self.get(k) == Some(v))
        } else {
            !other.atoms().iter().any(|a| self.contains(a))
        }
    }

    /// This set with the elements of `other`, or this map with those pairs of `other` whose keys it lacks
    /// (RFC 7047 section 5.1, mutator `insert`).
    pub fn union(&self, other: &Datum) -> Datum {
        if self.is_map() {
            Datum::map(self.pairs().iter().chain(other.pairs()).cloned())
        } else {
            merge(self.atoms(), other.atoms())
        }
    }

    /// As [`Datum::union`], without copying a set to which little comes.
    #[must_use]
    pub fn into_union(self, other: &Datum) -> Datum {
        match self.0 {
            Repr::Set(atoms) if other.len() <= FEW => {
                let mut atoms = atoms.into_vec();
                atoms.reserve_exact(other.len());
                for atom in other.atoms() {
                    if let Err(at) = atoms.binary_search(atom) {
                        atoms.insert(at, atom.clone());
                    }
                }
                Datum::from_sorted(atoms)
            }
            repr => Datum(repr).union(other),
        }
    }

    /// As [`Datum::difference`], without copying a set from which little goes.
    #[must_use]
    pub fn into_difference(self, other: &Datum) -> Datum {
        match self.0 {
            Repr::Set(atoms) if other.len() <= FEW && !other.is_map() => {
                let mut atoms = atoms.into_vec();
                for atom in other.atoms() {
                    if let Ok(at) = atoms.binary_search(atom) {
                        atoms.remove(at);
                    }
                }
                Datum::from_sorted(atoms)
            }
            repr => Datum(repr).difference(other),
        }
    }

    /// This set without the elements of `other`; this map without the pairs of `other` or, if `other` is a set, without its keys
    /// (RFC 7047 section 5.1, mutator `delete`).
    pub fn difference(&self, other: &Datum) -> Datum {
        match &self.0 {
            Repr::Map(pairs) => Datum(Repr::Map(
                pairs
                    .iter()
                    .filter(
                        |(k, v)| if other.is_map() { other.get(k) != Some(v) } else { !other.contains(k) },
                    )
                    .cloned()
                    .collect(),
            )),
            _ => without(self.atoms(), other),
        }
    }
}

/// The union of two sorted sets. Made for a few elements that come to many: what is between them is copied in one go.
fn merge(many: &[Atom], few: &[Atom]) -> Datum {
    if few.len() > many.len() {
        return merge(few, many);
    }
    let mut all = Vec::with_capacity(many.len() + few.len());
    let mut rest = many;
    for atom in few {
        let (before, after) = rest.split_at(rest.partition_point(|other| other < atom));
        all.extend_from_slice(before);
        rest = after;
        if rest.first() != Some(atom) {
            all.push(atom.clone());
        }
    }
    all.extend_from_slice(rest);
    Datum::from_sorted(all)
}

/// A sorted set without some elements, those between them being copied in one go.
fn without(many: &[Atom], other: &Datum) -> Datum {
    let keys;
    let few = if other.is_map() {
        keys = other.keys();
        keys.atoms()
    } else {
        other.atoms()
    };
    let mut left = Vec::with_capacity(many.len());
    let mut rest = many;
    for atom in few {
        let (before, after) = rest.split_at(rest.partition_point(|other| other < atom));
        left.extend_from_slice(before);
        rest = match after.split_first() {
            Some((first, after)) if first == atom => after,
            _ => after,
        };
    }
    left.extend_from_slice(rest);
    Datum::from_sorted(left)
}

impl fmt::Debug for Datum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Repr::One(atom) => atom.fmt(f),
            Repr::Set(atoms) => f.debug_set().entries(atoms).finish(),
            Repr::Map(pairs) => f.debug_map().entries(pairs.iter().map(|(k, v)| (k, v))).finish(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(items: &[&str]) -> Datum {
        Datum::set(items.iter().map(|s| Atom::from(*s)))
    }

    fn map(items: &[(&str, &str)]) -> Datum {
        Datum::map(items.iter().map(|(k, v)| (Atom::from(*k), Atom::from(*v))))
    }

    #[test]
    fn sets_are_sorted_and_without_duplicates() {
        assert_eq!(set(&["b", "a", "b"]).atoms(), [Atom::from("a"), Atom::from("b")]);
        assert_eq!(set(&["a", "a"]), Datum::one("a"));
        assert_eq!(Datum::try_set(vec![Atom::from("a"), Atom::from("a")]), Err(DuplicateError::Element));
    }

    #[test]
    fn union_keeps_what_a_map_has() {
        assert_eq!(
            map(&[("k", "old")]).union(&map(&[("k", "new"), ("j", "1")])),
            map(&[("j", "1"), ("k", "old")])
        );
        assert_eq!(set(&["a"]).union(&set(&["b"])), set(&["a", "b"]));
    }

    #[test]
    fn difference_takes_pairs_or_keys() {
        let m = map(&[("a", "1"), ("b", "2")]);
        assert_eq!(m.difference(&map(&[("a", "0"), ("b", "2")])), map(&[("a", "1")]));
        assert_eq!(m.difference(&set(&["a", "b"])), Datum::empty_map());
        assert_eq!(set(&["a", "b"]).difference(&set(&["b"])), Datum::one("a"));
        let many = set(&["a", "b", "c", "d", "e"]);
        assert_eq!(many.clone().into_difference(&set(&["a", "d", "x"])), set(&["b", "c", "e"]));
        assert_eq!(set(&["a", "b"]).into_difference(&set(&["a"])), Datum::one("b"));
        assert_eq!(many.clone().into_union(&set(&["_", "a", "x"])), many.union(&set(&["_", "x"])));
        assert_eq!(Datum::empty_set().into_union(&set(&["a"])), Datum::one("a"));
        assert_eq!(m.clone().into_difference(&set(&["a"])), map(&[("b", "2")]));
        assert_eq!(many.difference(&set(&["_", "a", "bb", "c", "e", "f"])), set(&["b", "d"]));
        assert_eq!(many.difference(&map(&[("b", "1"), ("x", "1")])), set(&["a", "c", "d", "e"]));
        assert_eq!(many.difference(&many), Datum::empty_set());
        assert_eq!(set(&["b", "d"]).union(&set(&["a", "b", "c", "f"])), set(&["a", "b", "c", "d", "f"]));
        assert_eq!(set(&["b", "d"]).union(&set(&["d"])), set(&["b", "d"]));
    }

    #[test]
    fn includes_and_excludes() {
        let m = map(&[("a", "1"), ("b", "2")]);
        assert!(m.includes(&map(&[("a", "1")])) && !m.includes(&map(&[("a", "2")])));
        assert!(m.excludes(&map(&[("a", "2")])) && !m.excludes(&map(&[("a", "1")])));
        assert!(set(&["a"]).includes(&Datum::empty_set()) && Datum::empty_set().excludes(&set(&["a"])));
    }

    #[test]
    fn lookups_by_key() {
        let m = map(&[("a", "1"), ("b", "2")]);
        assert_eq!(m.get_str("b"), Some("2"));
        assert_eq!(m.get_str("c"), None);
        assert_eq!(m.keys(), set(&["a", "b"]));
    }
}
