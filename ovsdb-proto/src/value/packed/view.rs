//! Reading packed values in place.

use super::{Code, Form, WIDTHS};
use crate::value::{Atom, AtomType, Datum, Uuid};
use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};

/// A packed value, read in place. Equal values are equal bytes.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct DatumView<'a>(pub(super) &'a [u8]);

/// One atom of a packed value; its text borrows from the value. Ordered as [`Atom`] is.
#[derive(Clone, Copy, Debug)]
pub enum AtomView<'a> {
    /// A signed integer of 64 bits.
    Integer(i64),
    /// A double.
    Real(f64),
    /// True or false.
    Boolean(bool),
    /// UTF-8 text.
    String(&'a str),
    /// The identity of a row.
    Uuid(Uuid),
}

/// Where the items of a packed value are.
#[derive(Clone, Copy)]
pub(super) struct Items<'a> {
    pub(super) form: Form,
    pub(super) key: Code,
    pub(super) value: Code,
    /// The number of elements or pairs.
    pub(super) len: usize,
    /// The size of an end offset in bytes; 0 if all items have one size.
    width: usize,
    ends: &'a [u8],
    pub(super) bytes: &'a [u8],
}

impl<'a> DatumView<'a> {
    /// The empty set.
    pub const EMPTY: DatumView<'static> = DatumView(&[0x40, 0]);

    /// The value in bytes that a [`Packer`](super::Packer) wrote. Other bytes are some value as
    /// well.
    pub(crate) const fn new(bytes: &'a [u8]) -> DatumView<'a> {
        DatumView(bytes)
    }

    /// The bytes. Equal values have equal bytes.
    pub const fn bytes(self) -> &'a [u8] {
        self.0
    }

    fn form(self) -> Form {
        match self.0.first().map_or(1, |tag| tag >> 6) {
            0 => Form::One,
            1 => Form::Set,
            _ => Form::Map,
        }
    }

    pub(super) fn items(self) -> Items<'a> {
        let tag = self.0.first().copied().unwrap_or(0x40);
        let (form, key, value) = (self.form(), Code::from_bits(tag >> 3), Code::from_bits(tag));
        let rest = self.0.get(1..).unwrap_or_default();
        if form == Form::One {
            return Items { form, key, value, len: 1, width: 0, ends: &[], bytes: rest };
        }
        let (header, rest) = read_varint(rest);
        let (len, width) = (header >> 2, WIDTHS.get(header & 3).copied().unwrap_or(0));
        let per_element = if form == Form::Map { 2 } else { 1 };
        let (ends, bytes) = rest.split_at_checked(len * per_element * width).unwrap_or((&[], rest));
        Items { form, key, value, len, width, ends, bytes }
    }

    /// Whether this is a map (which may be empty).
    pub fn is_map(self) -> bool {
        self.form() == Form::Map
    }

    /// The number of elements or pairs.
    pub fn len(self) -> usize {
        if self.form() == Form::One { 1 } else { self.items().len }
    }

    /// Whether there is no element and no pair.
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// The only element of a set of one.
    pub fn scalar(self) -> Option<AtomView<'a>> {
        if self.form() != Form::One {
            return None;
        }
        let (tag, item) = self.0.split_first()?;
        Some(Code::from_bits(tag >> 3).atom(item))
    }

    /// The only element of a set of one text.
    pub fn as_str(self) -> Option<&'a str> {
        if let Some(AtomView::String(text)) = self.scalar() { Some(text) } else { None }
    }

    /// The only element of a set of one UUID.
    pub fn as_uuid(self) -> Option<Uuid> {
        if let Some(AtomView::Uuid(uuid)) = self.scalar() { Some(uuid) } else { None }
    }

    /// The elements of a set in order; of a map, none.
    pub fn atoms(self) -> impl ExactSizeIterator<Item = AtomView<'a>> + Clone {
        let items = self.items();
        let len = if items.form == Form::Map { 0 } else { items.len };
        (0..len).map(move |i| items.key.atom(items.key_item(i)))
    }

    /// The pairs of a map in the order of their keys; of a set, none.
    pub fn pairs(self) -> impl ExactSizeIterator<Item = (AtomView<'a>, AtomView<'a>)> + Clone {
        let items = self.items();
        let len = if items.form == Form::Map { items.len } else { 0 };
        (0..len).map(move |i| (items.key.atom(items.key_item(i)), items.value.atom(items.value_item(i))))
    }

    /// The value under `key` in a map.
    pub fn get(self, key: AtomView<'_>) -> Option<AtomView<'a>> {
        let items = self.items();
        if items.form != Form::Map {
            return None;
        }
        let i = items.find(key)?;
        Some(items.value.atom(items.value_item(i)))
    }

    /// The value under a string key in a map of strings.
    pub fn get_str(self, key: &str) -> Option<&'a str> {
        if let Some(AtomView::String(text)) = self.get(AtomView::String(key)) { Some(text) } else { None }
    }

    /// Whether a set has this element, or a map this key.
    pub fn contains(self, atom: AtomView<'_>) -> bool {
        self.items().find(atom).is_some()
    }

    /// Whether every element, or every pair, of `other` is in this one (RFC 7047 section 5.1,
    /// `includes`).
    pub fn includes(self, other: DatumView<'_>) -> bool {
        if self.is_map() {
            other.pairs().all(|(k, v)| self.get(k) == Some(v))
        } else {
            other.atoms().all(|a| self.contains(a))
        }
    }

    /// Whether no element, or no pair, of `other` is in this one (RFC 7047 section 5.1,
    /// `excludes`).
    pub fn excludes(self, other: DatumView<'_>) -> bool {
        if self.is_map() {
            !other.pairs().any(|(k, v)| self.get(k) == Some(v))
        } else {
            !other.atoms().any(|a| self.contains(a))
        }
    }

    /// The value with atoms of its own.
    pub fn to_datum(self) -> Datum {
        match self.form() {
            Form::One => self.scalar().map_or_else(Datum::empty_set, |a| Datum::one(a.to_atom())),
            Form::Set => Datum::from_sorted(self.atoms().map(AtomView::to_atom).collect()),
            Form::Map => {
                Datum::from_sorted_pairs(self.pairs().map(|(k, v)| (k.to_atom(), v.to_atom())).collect())
            }
        }
    }
}

impl fmt::Debug for DatumView<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.to_datum().fmt(f)
    }
}

impl<'a> Items<'a> {
    /// The bytes of element or key `i`.
    #[inline]
    pub(super) fn key_item(&self, i: usize) -> &'a [u8] {
        match self.form {
            Form::One => self.bytes,
            Form::Set => self.item(i, i * self.stride(), self.key),
            Form::Map => self.item(2 * i, i * self.stride(), self.key),
        }
    }

    /// The bytes of the value of pair `i`.
    #[inline]
    pub(super) fn value_item(&self, i: usize) -> &'a [u8] {
        self.item(2 * i + 1, i * self.stride() + self.key.size().unwrap_or(0), self.value)
    }

    /// The size of an element or pair, if all items have one size.
    #[inline]
    pub(super) fn stride(&self) -> usize {
        let value = if self.form == Form::Map { self.value.size() } else { Some(0) };
        self.key.size().zip(value).map_or(0, |(key, value)| key + value)
    }

    // item number `i` by its end offsets, or at `at` where all items have one size
    #[inline]
    fn item(&self, i: usize, at: usize, code: Code) -> &'a [u8] {
        let range = match code.size() {
            Some(size) if self.width == 0 => at..at + size,
            _ => (if i == 0 { 0 } else { self.end(i - 1) })..self.end(i),
        };
        self.bytes.get(range).unwrap_or_default()
    }

    #[inline]
    fn end(&self, i: usize) -> usize {
        let end = self.ends.get(i * self.width..(i + 1) * self.width).unwrap_or_default();
        match *end {
            [a] => usize::from(a),
            [a, b] => usize::from(u16::from_le_bytes([a, b])),
            [a, b, c, d, e] => {
                let end = u64::from_le_bytes([a, b, c, d, e, 0, 0, 0]);
                usize::try_from(end).unwrap_or(usize::MAX)
            }
            _ => 0,
        }
    }

    /// Where an element or key is.
    fn find(&self, atom: AtomView<'_>) -> Option<usize> {
        let (mut low, mut high) = (0, self.len);
        while low < high {
            let middle = low + (high - low) / 2;
            let order = match (self.key, atom) {
                // without checking again that it is text
                (Code::Of(AtomType::String), AtomView::String(text)) => {
                    self.key_item(middle).cmp(text.as_bytes())
                }
                _ => self.key.atom(self.key_item(middle)).cmp(&atom),
            };
            match order {
                Ordering::Less => low = middle + 1,
                Ordering::Equal => return Some(middle),
                Ordering::Greater => high = middle,
            }
        }
        None
    }
}

fn read_varint(bytes: &[u8]) -> (usize, &[u8]) {
    let (mut n, mut shift, mut rest) = (0usize, 0u32, bytes);
    while let Some((byte, after)) = rest.split_first() {
        n |= usize::from(byte & 0x7f).checked_shl(shift).unwrap_or(0);
        (shift, rest) = (shift + 7, after);
        if byte & 0x80 == 0 {
            break;
        }
    }
    (n, rest)
}

impl<'a> AtomView<'a> {
    /// The text of a string atom.
    pub const fn as_str(self) -> Option<&'a str> {
        if let AtomView::String(s) = self { Some(s) } else { None }
    }

    /// Which of the five types this is.
    pub const fn atom_type(self) -> AtomType {
        match self {
            AtomView::Integer(_) => AtomType::Integer,
            AtomView::Real(_) => AtomType::Real,
            AtomView::Boolean(_) => AtomType::Boolean,
            AtomView::String(_) => AtomType::String,
            AtomView::Uuid(_) => AtomType::Uuid,
        }
    }

    /// The value of an integer atom.
    pub const fn as_integer(self) -> Option<i64> {
        if let AtomView::Integer(n) = self { Some(n) } else { None }
    }

    /// The value of a boolean atom.
    pub const fn as_boolean(self) -> Option<bool> {
        if let AtomView::Boolean(b) = self { Some(b) } else { None }
    }

    /// The value of a UUID atom.
    pub const fn as_uuid(self) -> Option<Uuid> {
        if let AtomView::Uuid(uuid) = self { Some(uuid) } else { None }
    }

    /// The atom with a text of its own.
    pub fn to_atom(self) -> Atom {
        match self {
            AtomView::Integer(n) => Atom::Integer(n),
            AtomView::Real(n) => Atom::Real(n),
            AtomView::Boolean(b) => Atom::Boolean(b),
            AtomView::String(s) => Atom::from(s),
            AtomView::Uuid(uuid) => Atom::Uuid(uuid),
        }
    }
}

impl Ord for AtomView<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            (AtomView::Integer(a), AtomView::Integer(b)) => a.cmp(b),
            // -0.0 and 0.0 are one value; a NaN, which no peer can send, still has a place
            (AtomView::Real(a), AtomView::Real(b)) => a.partial_cmp(b).unwrap_or_else(|| a.total_cmp(b)),
            (AtomView::Boolean(a), AtomView::Boolean(b)) => a.cmp(b),
            (AtomView::String(a), AtomView::String(b)) => a.cmp(b),
            (AtomView::Uuid(a), AtomView::Uuid(b)) => a.cmp(b),
            (a, b) => a.atom_type().cmp(&b.atom_type()),
        }
    }
}

impl PartialOrd for AtomView<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for AtomView<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for AtomView<'_> {}

impl Hash for AtomView<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        match self {
            AtomView::Integer(n) => n.hash(state),
            AtomView::Real(n) => (if *n == 0.0 { 0.0f64 } else { *n }).to_bits().hash(state),
            AtomView::Boolean(b) => b.hash(state),
            AtomView::String(s) => s.hash(state),
            AtomView::Uuid(uuid) => uuid.hash(state),
        }
    }
}
