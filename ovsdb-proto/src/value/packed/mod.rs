//! Packed values: the value of one column as bytes, readable without decoding the rest of it.
//!
//! A [`Packer`] writes values, a [`DatumView`] reads them. The bytes describe themselves, and equal
//! values have equal bytes: a first byte with the form (one atom, set, map) and the types of the
//! elements, then
//!
//! - of one atom, its bytes;
//! - of a set or map, the number of elements, then the items in order (keys and values in turn).
//!   Items of one size stand side by side; before items of various sizes stand the offsets of their
//!   ends, so that any item is found in constant time and an element in logarithmic time.
//!
//! Integers and reals take 8 bytes, booleans 1, UUIDs 16, strings the bytes of their text.

mod difference;
mod pack;
#[cfg(test)]
mod tests;
mod view;

pub use difference::Side;
pub(crate) use pack::Elements;
pub use pack::Packer;
pub use view::{AtomView, DatumView};

use super::{Atom, AtomType, Datum, Uuid};
use std::cmp::Ordering;
use std::fmt;

/// A packed value of its own. Ordered by its bytes, which is an order without further meaning.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Packed(Box<[u8]>);

impl Packed {
    /// The packed form of `datum`.
    pub fn new(datum: &Datum) -> Packed {
        let mut bytes = Vec::new();
        Packer::default().append(&mut bytes, datum);
        Packed(bytes.into())
    }

    /// The value, to be read.
    pub fn view(&self) -> DatumView<'_> {
        DatumView::new(&self.0)
    }
}

impl fmt::Debug for Packed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.view().fmt(f)
    }
}

impl From<DatumView<'_>> for Packed {
    fn from(view: DatumView<'_>) -> Packed {
        Packed(view.bytes().into())
    }
}

/// Whether a value is one atom, a set of none or several, or a map.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    One,
    Set,
    Map,
}

/// The type of all atoms in one place of a value (elements, keys or values).
///
/// Peers send values of one type only, but an API user may put atoms of several types into one
/// [`Datum`](super::Datum): then each item begins with a byte for its own type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Code {
    Of(AtomType),
    Mixed,
}

/// The sizes that an end offset may have, in bytes; none where all items have one size.
const WIDTHS: [usize; 4] = [0, 1, 2, 5];

const TYPES: [AtomType; 5] =
    [AtomType::Integer, AtomType::Real, AtomType::Boolean, AtomType::String, AtomType::Uuid];

impl Code {
    const fn bits(self) -> u8 {
        match self {
            Code::Of(AtomType::Integer) => 0,
            Code::Of(AtomType::Real) => 1,
            Code::Of(AtomType::Boolean) => 2,
            Code::Of(AtomType::String) => 3,
            Code::Of(AtomType::Uuid) => 4,
            Code::Mixed => 5,
        }
    }

    fn from_bits(bits: u8) -> Code {
        TYPES.get(usize::from(bits & 7)).map_or(Code::Mixed, |type_| Code::Of(*type_))
    }

    /// The size of every item, if all have one size.
    const fn size(self) -> Option<usize> {
        match self {
            Code::Of(AtomType::Integer | AtomType::Real) => Some(8),
            Code::Of(AtomType::Boolean) => Some(1),
            Code::Of(AtomType::Uuid) => Some(16),
            Code::Of(AtomType::String) | Code::Mixed => None,
        }
    }

    /// The atom in an item.
    fn atom(self, item: &[u8]) -> AtomView<'_> {
        match self {
            Code::Of(type_) => read_atom(type_, item),
            Code::Mixed => {
                let (type_, item) = item.split_first().unwrap_or((&0, &[]));
                match Code::from_bits(*type_) {
                    Code::Of(type_) => read_atom(type_, item),
                    Code::Mixed => AtomView::Integer(0),
                }
            }
        }
    }

    /// The order of two items.
    fn compare(self, a: &[u8], b: &[u8]) -> Ordering {
        match self {
            Code::Of(AtomType::String | AtomType::Uuid | AtomType::Boolean) => a.cmp(b),
            _ => self.atom(a).cmp(&self.atom(b)),
        }
    }
}

fn read_atom(type_: AtomType, item: &[u8]) -> AtomView<'_> {
    let word = || item.try_into().map_or(0, u64::from_le_bytes);
    match type_ {
        AtomType::Integer => AtomView::Integer(word().cast_signed()),
        AtomType::Real => AtomView::Real(f64::from_bits(word())),
        AtomType::Boolean => AtomView::Boolean(item.first() == Some(&1)),
        // only whole texts are packed
        AtomType::String => AtomView::String(std::str::from_utf8(item).unwrap_or_default()),
        AtomType::Uuid => AtomView::Uuid(Uuid::from_u128(item.try_into().map_or(0, u128::from_be_bytes))),
    }
}

fn write_atom(out: &mut Vec<u8>, atom: AtomView<'_>) {
    match atom {
        AtomView::Integer(n) => out.extend_from_slice(&n.to_le_bytes()),
        // -0.0 and 0.0 are one value, so they have one form
        AtomView::Real(n) => {
            out.extend_from_slice(&(if n == 0.0 { 0.0 } else { n }).to_bits().to_le_bytes());
        }
        AtomView::Boolean(b) => out.push(u8::from(b)),
        AtomView::String(s) => out.extend_from_slice(s.as_bytes()),
        AtomView::Uuid(uuid) => out.extend_from_slice(&uuid.as_u128().to_be_bytes()),
    }
}

/// The packed set of one UUID.
pub(crate) fn pack_uuid(uuid: Uuid) -> [u8; 17] {
    let mut bytes = [Code::Of(AtomType::Uuid).bits() << 3; 17];
    if let Some(bits) = bytes.last_chunk_mut() {
        *bits = uuid.as_u128().to_be_bytes();
    }
    bytes
}

impl Atom {
    /// The atom as a view, whose text borrows from it.
    pub fn view(&self) -> AtomView<'_> {
        match self {
            Atom::Integer(n) => AtomView::Integer(*n),
            Atom::Real(n) => AtomView::Real(*n),
            Atom::Boolean(b) => AtomView::Boolean(*b),
            Atom::String(s) => AtomView::String(s),
            Atom::Uuid(uuid) => AtomView::Uuid(*uuid),
        }
    }
}
