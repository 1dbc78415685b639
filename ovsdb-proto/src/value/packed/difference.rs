//! Differences of two values, as `update2`, `update3` and database files write them.
//!
//! ovsdb-server(7), section 4.1.14: of a column of at most one element the new value; of a set the
//! elements that are in one of both only; of a map the pairs that are in one of both only, and of a
//! key whose value changed the new pair.

use super::pack::Elements;
use super::view::{AtomView, DatumView, Items};
use super::{Code, Form, Packer};
use std::cmp::Ordering;

/// One step of walking two sorted values side by side: the places of an element or pair in each.
enum Step {
    Left(usize),
    Right(usize),
    /// The element or key is in both.
    Both(usize, usize),
}

/// An element, key or pair that is in one of two values only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side<T> {
    /// In the old value.
    Old(T),
    /// In the new value.
    New(T),
}

impl Packer {
    /// What leads from `old` to `new`. `at_most_one` says that the column holds one element at
    /// most.
    ///
    /// The operation is its own inverse: the difference of `old` and of what leads from `old` to
    /// `new` is `new`. So it also applies differences.
    pub fn difference(&mut self, old: DatumView<'_>, new: DatumView<'_>, at_most_one: bool) -> DatumView<'_> {
        self.make(|packer, out| packer.append_difference(out, old, new, at_most_one))
    }

    fn append_difference(
        &mut self,
        out: &mut Vec<u8>,
        old: DatumView<'_>,
        new: DatumView<'_>,
        at_most_one: bool,
    ) {
        if at_most_one || old.is_map() != new.is_map() {
            return out.extend_from_slice(new.bytes());
        }
        let (a, b) = (old.items(), new.items());
        let elements = Elements::union(&a, &b);
        let start = out.len();
        self.begin();
        walk(&a, &b, |step| match step {
            Step::Left(i) => self.copy(elements, &a, i),
            Step::Right(j) => self.copy(elements, &b, j),
            Step::Both(i, j) if !same_value(&a, i, &b, j) => self.copy(elements, &b, j),
            Step::Both(..) => {}
        });
        self.finish_sorted(out, elements);
        if elements.is_mixed() {
            // of one type after all, perhaps
            let datum = DatumView::new(out.get(start..).unwrap_or_default()).to_datum();
            out.truncate(start);
            self.append(out, &datum);
        }
    }

    // adds an element or pair of another value
    fn copy(&mut self, elements: Elements, from: &Items<'_>, i: usize) {
        self.recode(elements.key, from.key, from.key_item(i));
        if let Some(value) = elements.value {
            self.recode(value, from.value, from.value_item(i));
        }
    }

    fn recode(&mut self, to: Code, from: Code, item: &[u8]) {
        if to == from { self.raw(item) } else { self.push(to, from.atom(item)) }
    }
}

impl<'a> DatumView<'a> {
    /// Calls `visit` with each element of a set, or key of a map, that only one of two values has,
    /// in order.
    pub fn for_each_key_apart(self, new: DatumView<'a>, mut visit: impl FnMut(Side<AtomView<'a>>)) {
        let (a, b) = (self.items(), new.items());
        walk(&a, &b, |step| match step {
            Step::Left(i) => visit(Side::Old(a.key.atom(a.key_item(i)))),
            Step::Right(j) => visit(Side::New(b.key.atom(b.key_item(j)))),
            Step::Both(..) => {}
        });
    }

    /// Calls `visit` with each pair of a map that only one of two values has.
    pub fn for_each_pair_apart(
        self,
        new: DatumView<'a>,
        mut visit: impl FnMut(Side<(AtomView<'a>, AtomView<'a>)>),
    ) {
        let (a, b) = (self.items(), new.items());
        let pair =
            |items: &Items<'a>, i| (items.key.atom(items.key_item(i)), items.value.atom(items.value_item(i)));
        walk(&a, &b, |step| match step {
            Step::Left(i) => visit(Side::Old(pair(&a, i))),
            Step::Right(j) => visit(Side::New(pair(&b, j))),
            Step::Both(i, j) if !same_value(&a, i, &b, j) => {
                visit(Side::Old(pair(&a, i)));
                visit(Side::New(pair(&b, j)));
            }
            Step::Both(..) => {}
        });
    }
}

/// Walks the elements of two sets, or the keys of two maps, in one order. What both begin and end
/// with may be passed over.
fn walk(a: &Items<'_>, b: &Items<'_>, mut visit: impl FnMut(Step)) {
    let same = common_prefix(a, b);
    let tail = common_suffix(a, b, same);
    let (mut i, mut j, a_len, b_len) = (same, same, a.len - tail, b.len - tail);
    loop {
        let order = match (i < a_len, j < b_len) {
            (false, false) => return,
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
            (true, true) => compare_keys(a, i, b, j),
        };
        match order {
            Ordering::Less => visit(Step::Left(i)),
            Ordering::Greater => visit(Step::Right(j)),
            Ordering::Equal => visit(Step::Both(i, j)),
        }
        i += usize::from(order.is_le());
        j += usize::from(order.is_ge());
    }
}

fn compare_keys(a: &Items<'_>, i: usize, b: &Items<'_>, j: usize) -> Ordering {
    let (left, right) = (a.key_item(i), b.key_item(j));
    if a.key == b.key { a.key.compare(left, right) } else { a.key.atom(left).cmp(&b.key.atom(right)) }
}

fn same_value(a: &Items<'_>, i: usize, b: &Items<'_>, j: usize) -> bool {
    if a.form != Form::Map {
        return true;
    }
    let (left, right) = (a.value_item(i), b.value_item(j));
    if a.value == b.value { left == right } else { a.value.atom(left) == b.value.atom(right) }
}

/// The number of elements or pairs that both begin with, or fewer.
fn common_prefix(a: &Items<'_>, b: &Items<'_>) -> usize {
    let most = a.len.min(b.len);
    let Some(stride) = comparable(a, b) else { return 0 };
    let (a, b) = (a.bytes.chunks(BLOCK), b.bytes.chunks(BLOCK));
    (a.zip(b).take_while(|(a, b)| a == b).count() * BLOCK / stride).min(most)
}

/// The number of elements or pairs that both end with, or fewer, besides the first `prefix`.
fn common_suffix(a: &Items<'_>, b: &Items<'_>, prefix: usize) -> usize {
    let most = a.len.min(b.len) - prefix;
    let Some(stride) = comparable(a, b) else { return 0 };
    let (a, b) = (a.bytes.rchunks(BLOCK), b.bytes.rchunks(BLOCK));
    (a.zip(b).take_while(|(a, b)| a == b).count() * BLOCK / stride).min(most)
}

// large sets are compared by blocks, which takes a fraction of the time of comparing elements
const BLOCK: usize = 256;

/// The size of an element or pair, if those of both have this one size, and comparing by blocks is
/// worth it.
fn comparable(a: &Items<'_>, b: &Items<'_>) -> Option<usize> {
    let same = a.form == b.form && a.key == b.key && a.value == b.value && a.form != Form::One;
    let stride = a.stride();
    (same && stride > 0 && a.len.min(b.len) * stride >= 2 * BLOCK).then_some(stride)
}

impl Elements {
    /// The types of a value with elements of both.
    fn union(a: &Items<'_>, b: &Items<'_>) -> Elements {
        let join = |left: Code, right: Code| match (a.len, b.len) {
            (0, _) => right,
            (_, 0) => left,
            _ if left == right => left,
            _ => Code::Mixed,
        };
        Elements { key: join(a.key, b.key), value: (a.form == Form::Map).then(|| join(a.value, b.value)) }
    }

    fn is_mixed(self) -> bool {
        self.key == Code::Mixed || self.value == Some(Code::Mixed)
    }
}
