//! Writing packed values.

use super::view::AtomView;
use super::{Code, DatumView, Form, WIDTHS, write_atom};
use crate::value::{AtomType, Datum, DuplicateError};
use std::cmp::Ordering;

/// Writes packed values, reusing its buffers from one to the next.
#[derive(Debug, Default)]
pub struct Packer {
    // the items of the set or map at hand in the order they came, each up to its end
    items: Vec<u8>,
    ends: Vec<usize>,
    // places in `ends`, of elements or keys, in the order of the values; only if they came unsorted
    order: Vec<usize>,
    // the value made last
    value: Vec<u8>,
}

/// The type of the elements of a set, or of the keys and values of a map, that is being packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Elements {
    pub(super) key: Code,
    // of a map only
    pub(super) value: Option<Code>,
}

impl Elements {
    /// A set of these atoms, or a map from them if there is a type of values.
    pub(crate) const fn new(key: AtomType, value: Option<AtomType>) -> Elements {
        let value = match value {
            Some(value) => Some(Code::Of(value)),
            None => None,
        };
        Elements { key: Code::Of(key), value }
    }

    fn of(datum: &Datum) -> Elements {
        if datum.is_map() {
            let value = code(datum.pairs().iter().map(|p| p.1.atom_type()));
            Elements { key: code(datum.pairs().iter().map(|p| p.0.atom_type())), value: Some(value) }
        } else {
            Elements { key: code(datum.atoms().iter().map(|a| a.atom_type())), value: None }
        }
    }

    const fn step(self) -> usize {
        if self.value.is_some() { 2 } else { 1 }
    }

    const fn duplicate(self) -> DuplicateError {
        if self.value.is_some() { DuplicateError::Key } else { DuplicateError::Element }
    }

    fn is_fixed(self) -> bool {
        self.key.size().is_some() && self.value.is_none_or(|value| value.size().is_some())
    }
}

fn code(mut types: impl Iterator<Item = AtomType>) -> Code {
    let first = types.next().unwrap_or(AtomType::Integer);
    if types.all(|other| other == first) { Code::Of(first) } else { Code::Mixed }
}

impl Packer {
    /// The packed form of `datum`.
    pub fn pack(&mut self, datum: &Datum) -> DatumView<'_> {
        self.make(|packer, out| packer.append(out, datum))
    }

    /// The value that `append` appends.
    pub(super) fn make(&mut self, append: impl FnOnce(&mut Packer, &mut Vec<u8>)) -> DatumView<'_> {
        let mut value = std::mem::take(&mut self.value);
        value.clear();
        append(self, &mut value);
        self.value = value;
        DatumView::new(&self.value)
    }

    /// Appends the packed form of `datum` to `out`.
    pub(crate) fn append(&mut self, out: &mut Vec<u8>, datum: &Datum) {
        if let Some(atom) = datum.scalar() {
            return self.one(out, atom.view());
        }
        let elements = Elements::of(datum);
        self.begin();
        for atom in datum.atoms() {
            self.push(elements.key, atom.view());
        }
        for (key, value) in datum.pairs() {
            self.key(elements, key.view());
            self.value(elements, value.view());
        }
        self.finish_sorted(out, elements);
    }

    /// Appends the set of one atom.
    pub(crate) fn one(&mut self, out: &mut Vec<u8>, atom: AtomView<'_>) {
        out.push(tag(Form::One, Code::Of(atom.atom_type()), None));
        write_atom(out, atom);
    }

    /// Begins a set or map.
    pub(crate) fn begin(&mut self) {
        self.items.clear();
        self.ends.clear();
    }

    /// Adds an element or key, of the type that `finish` is told.
    pub(crate) fn key(&mut self, elements: Elements, atom: AtomView<'_>) {
        self.push(elements.key, atom);
    }

    /// Adds the value of the key that was added last, of the type that `finish` is told.
    pub(crate) fn value(&mut self, elements: Elements, atom: AtomView<'_>) {
        self.push(elements.value.unwrap_or(Code::Mixed), atom);
    }

    /// Adds an element, a key or a value that is packed already.
    pub(super) fn raw(&mut self, item: &[u8]) {
        self.items.extend_from_slice(item);
        self.ends.push(self.items.len());
    }

    pub(super) fn push(&mut self, code: Code, atom: AtomView<'_>) {
        if code == Code::Mixed {
            self.items.push(Code::Of(atom.atom_type()).bits());
        }
        write_atom(&mut self.items, atom);
        self.ends.push(self.items.len());
    }

    /// Appends the set or map of what was added, sorted.
    ///
    /// # Errors
    /// Two elements or two keys are equal.
    pub(crate) fn finish(&mut self, out: &mut Vec<u8>, elements: Elements) -> Result<(), DuplicateError> {
        let (step, key) = (elements.step(), elements.key);
        let compare = |a: usize, b: usize| key.compare(self.item(a), self.item(b));
        let places = (0..self.ends.len()).step_by(step);
        let unsorted = places.clone().zip(places.clone().skip(1)).find(|(a, b)| compare(*a, *b).is_ge());
        let Some(first) = unsorted else {
            self.finish_sorted(out, elements);
            return Ok(());
        };
        if compare(first.0, first.1) == Ordering::Equal {
            return Err(elements.duplicate());
        }
        self.look(elements)?;
        self.write(out, elements, self.order.iter().flat_map(|i| *i..*i + step));
        Ok(())
    }

    /// Looks for duplicates in what was added so far, and finds the order of its elements.
    ///
    /// # Errors
    /// Two elements or two keys are equal.
    pub(crate) fn look(&mut self, elements: Elements) -> Result<(), DuplicateError> {
        let key = elements.key;
        let mut order = std::mem::take(&mut self.order);
        order.clear();
        order.extend((0..self.ends.len()).step_by(elements.step()));
        order.sort_unstable_by(|a, b| key.compare(self.item(*a), self.item(*b)));
        let is_pair = |w: &[usize]| matches!(w, [a, b] if key.compare(self.item(*a), self.item(*b)).is_eq());
        let unique = !order.windows(2).any(is_pair);
        self.order = order;
        if unique { Ok(()) } else { Err(elements.duplicate()) }
    }

    /// Appends the set or map of what was added, which is sorted and without duplicates.
    pub(crate) fn finish_sorted(&mut self, out: &mut Vec<u8>, elements: Elements) {
        self.write(out, elements, 0..self.ends.len());
    }

    fn write(&self, out: &mut Vec<u8>, elements: Elements, order: impl Iterator<Item = usize> + Clone) {
        // a set of one is always one atom, and an empty value has no types: equal values are equal
        // bytes
        match self.ends.len() {
            0 => {
                let form = if elements.value.is_some() { Form::Map } else { Form::Set };
                return out.extend_from_slice(&[tag(form, Code::Of(AtomType::Integer), None), 0]);
            }
            1 if elements.value.is_none() => {
                out.push(tag(Form::One, elements.key, None));
                return out.extend_from_slice(&self.items);
            }
            _ => {}
        }
        let form = if elements.value.is_some() { Form::Map } else { Form::Set };
        let width = match self.items.len() {
            _ if elements.is_fixed() => 0usize,
            0..=0xff => 1,
            0x100..=0xffff => 2,
            _ => 3,
        };
        out.push(tag(form, elements.key, elements.value));
        write_varint(out, (self.ends.len() / elements.step()) << 2 | width);
        if let Some(width) = WIDTHS.get(width).copied().filter(|width| *width > 0) {
            let mut end = 0usize;
            for i in order.clone() {
                end += self.item(i).len();
                out.extend_from_slice(end.to_le_bytes().get(..width).unwrap_or_default());
            }
        }
        order.for_each(|i| out.extend_from_slice(self.item(i)));
    }

    fn item(&self, i: usize) -> &[u8] {
        let start = i.checked_sub(1).and_then(|i| self.ends.get(i)).copied().unwrap_or(0);
        self.ends.get(i).and_then(|end| self.items.get(start..*end)).unwrap_or_default()
    }
}

fn tag(form: Form, key: Code, value: Option<Code>) -> u8 {
    let form = match form {
        Form::One => 0,
        Form::Set => 1,
        Form::Map => 2,
    };
    form << 6 | key.bits() << 3 | value.map_or(0, Code::bits)
}

fn write_varint(out: &mut Vec<u8>, mut n: usize) {
    while n > 0x7f {
        out.push(n.to_le_bytes()[0] | 0x80);
        n >>= 7;
    }
    out.push(n.to_le_bytes()[0]);
}
