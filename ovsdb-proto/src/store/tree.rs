//! A persistent map from UUIDs: a radix tree over the bits of the keys.
//!
//! A copy is one pointer. Changing a copy copies the nodes on the way to the change, at most a few
//! kilobytes, and shares all others. The shape depends on the keys alone, never on the history, so
//! that the difference of two versions is found by walking both and passing over what they share.
//! The UUID's own bits are the path: nothing is hashed, iteration is in the order of UUIDs, and
//! keys that a peer chose cannot make the tree deeper than 32 levels.

use crate::value::Uuid;
use std::cmp::Ordering;
use std::fmt;
use std::iter::{self, FusedIterator};
use std::sync::Arc;

/// The most entries of a leaf. Larger leaves cost more to copy, smaller ones more pointers;
/// measured.
const LEAF_MAX: usize = 32;
/// The children of an inner node: one for each value of four bits.
const FAN_OUT: usize = 16;

/// A persistent map from UUIDs to values, iterated in the order of UUIDs.
#[derive(Clone)]
pub struct Tree<V> {
    root: Node<V>,
}

#[derive(Clone, Default)]
enum Node<V> {
    #[default]
    Empty,
    // sorted, 1 to LEAF_MAX entries
    Leaf(Arc<[(Uuid, V)]>),
    // more than LEAF_MAX entries
    Inner(Arc<Inner<V>>),
}

#[derive(Clone)]
struct Inner<V> {
    len: usize,
    children: [Node<V>; FAN_OUT],
}

impl<V> Default for Tree<V> {
    fn default() -> Tree<V> {
        Tree { root: Node::Empty }
    }
}

/// Which child of a node at this depth the key belongs to.
fn child(key: Uuid, depth: u32) -> usize {
    let bits = key.as_u128() << (4 * depth) >> 124;
    usize::try_from(bits).unwrap_or(0)
}

impl<V: Clone> Tree<V> {
    /// The number of entries.
    pub fn len(&self) -> usize {
        self.root.len()
    }

    /// Whether there is no entry.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The value under `key`.
    pub fn get(&self, key: Uuid) -> Option<&V> {
        let (mut node, mut depth) = (&self.root, 0);
        loop {
            match node {
                Node::Empty => return None,
                Node::Leaf(entries) => {
                    let i = entries.binary_search_by(|entry| entry.0.cmp(&key)).ok()?;
                    return entries.get(i).map(|entry| &entry.1);
                }
                Node::Inner(inner) => {
                    node = inner.children.get(child(key, depth))?;
                    depth += 1;
                }
            }
        }
    }

    /// Puts `value` under `key`. Returns the value that was there.
    pub fn insert(&mut self, key: Uuid, value: V) -> Option<V> {
        self.root.insert(0, key, value)
    }

    /// Removes the value under `key` and returns it.
    pub fn remove(&mut self, key: Uuid) -> Option<V> {
        // a key that is not there must not copy nodes
        self.get(key)?;
        self.root.remove(0, key)
    }

    /// The map of these entries; of equal keys the last counts.
    pub fn from_entries(mut entries: Vec<(Uuid, V)>) -> Tree<V> {
        // stable, so that of equal keys the last is first after turning them round
        entries.reverse();
        entries.sort_by_key(|entry| entry.0);
        entries.dedup_by_key(|entry| entry.0);
        Tree { root: Node::from_sorted(&entries, 0) }
    }

    /// The entries in the order of their keys.
    pub fn iter(&self) -> Iter<'_, V> {
        self.root.iter()
    }

    /// Whether both are one version, so that finding no difference takes no walk.
    pub fn is_same_version(&self, other: &Tree<V>) -> bool {
        self.root.is_same(&other.root)
    }
}

impl<V: Clone + PartialEq> Tree<V> {
    /// Calls `visit` with each key whose values differ, in order: the value here and that in
    /// `newer`.
    ///
    /// Takes time in proportion to the differences, not to the entries, if one version was derived
    /// from the other.
    pub fn for_each_difference<'a>(
        &'a self,
        newer: &'a Tree<V>,
        mut visit: impl FnMut(Uuid, Option<&'a V>, Option<&'a V>),
    ) {
        self.root.for_each_difference(&newer.root, &mut visit);
    }
}

impl<V: Clone> Node<V> {
    fn len(&self) -> usize {
        match self {
            Node::Empty => 0,
            Node::Leaf(entries) => entries.len(),
            Node::Inner(inner) => inner.len,
        }
    }

    fn is_same(&self, other: &Node<V>) -> bool {
        match (self, other) {
            (Node::Empty, Node::Empty) => true,
            (Node::Leaf(a), Node::Leaf(b)) => Arc::ptr_eq(a, b),
            (Node::Inner(a), Node::Inner(b)) => Arc::ptr_eq(a, b),
            _ => false,
        }
    }

    fn iter(&self) -> Iter<'_, V> {
        Iter { nodes: vec![std::slice::from_ref(self).iter()], entries: [].iter(), left: self.len() }
    }

    /// The node at `depth` of these entries, which are sorted and have different keys.
    fn from_sorted(entries: &[(Uuid, V)], depth: u32) -> Node<V> {
        if entries.is_empty() {
            return Node::Empty;
        }
        if entries.len() <= LEAF_MAX {
            return Node::Leaf(entries.into());
        }
        let mut rest = entries;
        let children = std::array::from_fn(|i| {
            let (own, others) = rest.split_at(rest.partition_point(|entry| child(entry.0, depth) <= i));
            rest = others;
            Node::from_sorted(own, depth + 1)
        });
        Node::Inner(Arc::new(Inner { len: entries.len(), children }))
    }

    fn insert(&mut self, depth: u32, key: Uuid, value: V) -> Option<V> {
        match self {
            Node::Empty => {
                *self = Node::Leaf([(key, value)].into());
                None
            }
            Node::Leaf(entries) => match entries.binary_search_by(|entry| entry.0.cmp(&key)) {
                Ok(i) => {
                    let entry = Arc::make_mut(entries).get_mut(i)?;
                    Some(std::mem::replace(&mut entry.1, value))
                }
                Err(i) => {
                    let (before, after) = entries.split_at_checked(i)?;
                    let new = iter::once((key, value));
                    let all = before.iter().cloned().chain(new).chain(after.iter().cloned());
                    *self = if entries.len() < LEAF_MAX {
                        Node::Leaf(all.collect())
                    } else {
                        Node::from_sorted(&all.collect::<Vec<_>>(), depth)
                    };
                    None
                }
            },
            Node::Inner(inner) => {
                let inner = Arc::make_mut(inner);
                let old = inner.children.get_mut(child(key, depth))?.insert(depth + 1, key, value);
                inner.len += usize::from(old.is_none());
                old
            }
        }
    }

    /// Removes a key that is there.
    fn remove(&mut self, depth: u32, key: Uuid) -> Option<V> {
        match self {
            Node::Empty => None,
            Node::Leaf(entries) => {
                let i = entries.binary_search_by(|entry| entry.0.cmp(&key)).ok()?;
                let old = entries.get(i)?.1.clone();
                let others = entries.iter().filter(|entry| entry.0 != key).cloned();
                *self = if entries.len() == 1 { Node::Empty } else { Node::Leaf(others.collect()) };
                Some(old)
            }
            Node::Inner(inner) => {
                let inner = Arc::make_mut(inner);
                let old = inner.children.get_mut(child(key, depth))?.remove(depth + 1, key)?;
                inner.len -= 1;
                if inner.len <= LEAF_MAX {
                    let entries = inner.children.iter().flat_map(Node::iter);
                    *self = Node::Leaf(entries.map(|(key, value)| (key, value.clone())).collect());
                }
                Some(old)
            }
        }
    }
}

impl<V: Clone + PartialEq> Node<V> {
    fn for_each_difference<'a>(
        &'a self,
        newer: &'a Node<V>,
        visit: &mut impl FnMut(Uuid, Option<&'a V>, Option<&'a V>),
    ) {
        if self.is_same(newer) {
            return;
        }
        if let (Node::Inner(old), Node::Inner(new)) = (self, newer) {
            for (old, new) in old.children.iter().zip(&new.children) {
                old.for_each_difference(new, visit);
            }
            return;
        }
        // at least one of them is small, so the other is not much larger, or all of it is different
        let (mut old, mut new) = (self.iter().peekable(), newer.iter().peekable());
        loop {
            let order = match (old.peek(), new.peek()) {
                (None, None) => return,
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (Some(old), Some(new)) => old.0.cmp(&new.0),
            };
            let before = if order.is_le() { old.next() } else { None };
            let after = if order.is_ge() { new.next() } else { None };
            if let Some(key) = before.or(after).map(|entry| entry.0)
                && before.map(|entry| entry.1) != after.map(|entry| entry.1)
            {
                visit(key, before.map(|entry| entry.1), after.map(|entry| entry.1));
            }
        }
    }
}

/// The entries of a [`Tree`] in the order of their keys.
#[derive(Clone)]
pub struct Iter<'a, V> {
    nodes: Vec<std::slice::Iter<'a, Node<V>>>,
    entries: std::slice::Iter<'a, (Uuid, V)>,
    left: usize,
}

impl<'a, V> Iterator for Iter<'a, V> {
    type Item = (Uuid, &'a V);

    fn next(&mut self) -> Option<(Uuid, &'a V)> {
        loop {
            if let Some((key, value)) = self.entries.next() {
                self.left -= 1;
                return Some((*key, value));
            }
            match self.nodes.last_mut()?.next() {
                None => {
                    self.nodes.pop();
                }
                Some(Node::Empty) => {}
                Some(Node::Leaf(entries)) => self.entries = entries.iter(),
                Some(Node::Inner(inner)) => self.nodes.push(inner.children.iter()),
            }
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl<V> ExactSizeIterator for Iter<'_, V> {}
impl<V> FusedIterator for Iter<'_, V> {}

impl<'a, V: Clone> IntoIterator for &'a Tree<V> {
    type Item = (Uuid, &'a V);
    type IntoIter = Iter<'a, V>;

    fn into_iter(self) -> Iter<'a, V> {
        self.iter()
    }
}

impl<V: Clone> FromIterator<(Uuid, V)> for Tree<V> {
    fn from_iter<I: IntoIterator<Item = (Uuid, V)>>(entries: I) -> Tree<V> {
        Tree::from_entries(entries.into_iter().collect())
    }
}

impl<V: Clone + PartialEq> PartialEq for Tree<V> {
    fn eq(&self, other: &Tree<V>) -> bool {
        self.is_same_version(other) || self.iter().eq(other.iter())
    }
}

impl<V: Clone + Eq> Eq for Tree<V> {}

impl<V: Clone + fmt::Debug> fmt::Debug for Tree<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    #[derive(Clone, Debug)]
    enum Step {
        Insert(u128, u8),
        Remove(u128),
        Hold,
    }

    // few keys that share long prefixes, and many that do not
    fn key() -> impl Strategy<Value = u128> {
        prop_oneof![0u128..40, (0u128..300).prop_map(|n| n << 116 | n), (0u128..20).prop_map(|n| n << 60)]
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            5 => (key(), 0u8..3).prop_map(|(key, value)| Step::Insert(key, value)),
            4 => key().prop_map(Step::Remove),
            1 => Just(Step::Hold),
        ]
    }

    fn entries(model: &BTreeMap<u128, u8>) -> Vec<(Uuid, u8)> {
        model.iter().map(|(key, value)| (Uuid::from_u128(*key), *value)).collect()
    }

    fn check(tree: &Tree<u8>, model: &BTreeMap<u128, u8>) {
        let found: Vec<(Uuid, u8)> = tree.iter().map(|(key, value)| (key, *value)).collect();
        assert_eq!(found, entries(model));
        assert_eq!(tree.len(), model.len());
        for key in 0..40 {
            assert_eq!(tree.get(Uuid::from_u128(key)), model.get(&key));
        }
        // the shape depends on the entries alone
        assert!(same_shape(&tree.root, &Tree::from_entries(entries(model)).root));
    }

    fn same_shape(a: &Node<u8>, b: &Node<u8>) -> bool {
        match (a, b) {
            (Node::Empty, Node::Empty) => true,
            (Node::Leaf(a), Node::Leaf(b)) => a == b,
            (Node::Inner(a), Node::Inner(b)) => {
                a.len == b.len && a.children.iter().zip(&b.children).all(|(a, b)| same_shape(a, b))
            }
            _ => false,
        }
    }

    proptest! {
        #[test]
        fn a_tree_is_a_map_and_held_versions_do_not_change(steps in proptest::collection::vec(step(), 0..600)) {
            let (mut tree, mut model) = (Tree::default(), BTreeMap::new());
            let mut held = vec![(tree.clone(), model.clone())];
            for step in steps {
                match step {
                    Step::Insert(key, value) => {
                        prop_assert_eq!(tree.insert(Uuid::from_u128(key), value), model.insert(key, value));
                    }
                    Step::Remove(key) => {
                        prop_assert_eq!(tree.remove(Uuid::from_u128(key)), model.remove(&key));
                    }
                    Step::Hold => held.push((tree.clone(), model.clone())),
                }
            }
            held.push((tree, model));
            for (tree, model) in &held {
                check(tree, model);
            }
            for (old, new) in held.iter().zip(held.iter().skip(1)) {
                let mut found = Vec::new();
                old.0.for_each_difference(&new.0, |key, a, b| found.push((key.as_u128(), a.copied(), b.copied())));
                let keys: std::collections::BTreeSet<u128> = old.1.keys().chain(new.1.keys()).copied().collect();
                let expected: Vec<_> = keys
                    .into_iter()
                    .map(|key| (key, old.1.get(&key).copied(), new.1.get(&key).copied()))
                    .filter(|(_, a, b)| a != b)
                    .collect();
                prop_assert_eq!(found, expected);
            }
        }
    }

    #[test]
    fn of_equal_keys_the_last_counts() {
        let tree =
            Tree::from_entries([(2, 'a'), (1, 'b'), (2, 'c')].map(|(k, v)| (Uuid::from_u128(k), v)).into());
        assert_eq!(tree.iter().map(|(_, v)| *v).collect::<String>(), "bc");
    }
}
