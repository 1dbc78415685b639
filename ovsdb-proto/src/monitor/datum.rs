//! What a value on the wire is, read where it stands (RFC 7047 section 5.1, `<value>`).

use crate::json::{Kind, Number, Reader};
use crate::value::{DatumError, Uuid};
use std::borrow::Cow;

/// One atom that borrows from the frame. JSON does not tell an integer from a real without fraction: the column's type does.
#[derive(Clone, Debug, PartialEq)]
pub enum AtomRef<'a> {
    /// A whole number, for an integer or a real column.
    Integer(i64),
    /// Any other number.
    Real(f64),
    /// True or false.
    Boolean(bool),
    /// Text; owned only if it has escapes.
    String(Cow<'a, str>),
    /// `["uuid", ...]`
    Uuid(Uuid),
}

/// One value, of which a set or a map is still to be read.
#[derive(Debug)]
pub enum DatumRef<'r, 'a> {
    /// A set of one.
    Atom(AtomRef<'a>),
    /// `["set", [...]]`
    Set(SetRef<'r, 'a>),
    /// `["map", [[key, value], ...]]`
    Map(MapRef<'r, 'a>),
}

/// The elements of a set, one by one.
#[derive(Debug)]
pub struct SetRef<'r, 'a>(&'r mut Reader<'a>);

/// The pairs of a map, one by one.
#[derive(Debug)]
pub struct MapRef<'r, 'a>(&'r mut Reader<'a>);

/// Reads one value; of a set or a map, only its beginning.
///
/// # Errors
/// It has none of the forms of a value.
#[inline(always)]
pub fn read_datum_ref<'r, 'a>(reader: &'r mut Reader<'a>) -> Result<DatumRef<'r, 'a>, DatumError> {
    if reader.peek()? != Kind::Array {
        return read_atom_ref(reader).map(DatumRef::Atom);
    }
    if reader.enter_tagged(b"[\"map\",[") {
        return Ok(DatumRef::Map(MapRef(reader)));
    }
    if reader.enter_tagged(b"[\"set\",[") {
        return Ok(DatumRef::Set(SetRef(reader)));
    }
    if let Some(uuid) = tagged_uuid(reader) {
        return Ok(DatumRef::Atom(AtomRef::Uuid(uuid)));
    }
    spaced_datum(reader)
}

/// Reads one atom.
///
/// # Errors
/// It has none of the forms of an atom.
#[inline(always)]
pub fn read_atom_ref<'a>(reader: &mut Reader<'a>) -> Result<AtomRef<'a>, DatumError> {
    Ok(match reader.peek()? {
        Kind::String => AtomRef::String(reader.string()?),
        Kind::Number => match reader.number()? {
            Number::Integer(n) => AtomRef::Integer(n),
            Number::Real(n) => AtomRef::Real(n),
        },
        Kind::Boolean => AtomRef::Boolean(reader.boolean()?),
        _ => AtomRef::Uuid(match tagged_uuid(reader) {
            Some(uuid) => uuid,
            None => spaced_uuid(reader)?,
        }),
    })
}

impl<'a> SetRef<'_, 'a> {
    /// The next element, or `None` after the last. A set that is left before that is passed over by
    /// [`Updates`](super::Updates).
    ///
    /// # Errors
    /// It is malformed.
    #[inline(always)]
    #[expect(clippy::should_implement_trait, reason = "an iterator could not stop at an error as `?` does")]
    pub fn next(&mut self) -> Result<Option<AtomRef<'a>>, DatumError> {
        if self.0.next_element()? {
            return read_atom_ref(self.0).map(Some);
        }
        end_of_tagged(self.0, "set")?;
        Ok(None)
    }
}

impl<'a> MapRef<'_, 'a> {
    /// The next pair, or `None` after the last. A map that is left before that is passed over by
    /// [`Updates`](super::Updates).
    ///
    /// # Errors
    /// It is malformed.
    #[inline(always)]
    #[expect(clippy::should_implement_trait, reason = "an iterator could not stop at an error as `?` does")]
    pub fn next(&mut self) -> Result<Option<(AtomRef<'a>, AtomRef<'a>)>, DatumError> {
        if !self.0.next_element()? {
            end_of_tagged(self.0, "map")?;
            return Ok(None);
        }
        if let Some((key, value)) = self.0.string_pair() {
            return Ok(Some((AtomRef::String(key.into()), AtomRef::String(value.into()))));
        }
        self.0.begin_array()?;
        element(self.0, "pair")?;
        let key = read_atom_ref(self.0)?;
        element(self.0, "pair")?;
        let value = read_atom_ref(self.0)?;
        end_of_tagged(self.0, "pair")?;
        Ok(Some((key, value)))
    }
}

/// `["uuid", ...]` as Open vSwitch writes it, without white space.
#[inline(always)]
fn tagged_uuid(reader: &mut Reader<'_>) -> Option<Uuid> {
    let text = reader.tagged_text::<36>(b"[\"uuid\",\"")?;
    let uuid = Uuid::parse_bytes(text)?;
    reader.pass_tagged_text::<36>(b"[\"uuid\",\"");
    Some(uuid)
}

/// A value that begins with a bracket, with white space wherever JSON allows it.
#[cold]
fn spaced_datum<'r, 'a>(reader: &'r mut Reader<'a>) -> Result<DatumRef<'r, 'a>, DatumError> {
    let offset = reader.offset();
    let mut ahead = reader.clone();
    let form = DatumError::Form { expected: "set", offset };
    ahead.begin_array()?;
    if !ahead.next_element()? || ahead.peek()? != Kind::String {
        return Err(form);
    }
    let tag = ahead.string()?;
    if !matches!(&*tag, "set" | "map") {
        return spaced_uuid(reader).map(|uuid| DatumRef::Atom(AtomRef::Uuid(uuid)));
    }
    element(&mut ahead, if tag == "set" { "set" } else { "map" })?;
    ahead.begin_array()?;
    *reader = ahead;
    Ok(if tag == "set" { DatumRef::Set(SetRef(reader)) } else { DatumRef::Map(MapRef(reader)) })
}

#[cold]
fn spaced_uuid(reader: &mut Reader<'_>) -> Result<Uuid, DatumError> {
    let form = DatumError::Form { expected: "uuid", offset: reader.offset() };
    reader.begin_array()?;
    if !reader.next_element()? || reader.peek()? != Kind::String || reader.string()? != "uuid" {
        return Err(form);
    }
    if !reader.next_element()? || reader.peek()? != Kind::String {
        return Err(form);
    }
    let offset = reader.offset();
    let uuid = Uuid::parse_bytes(reader.string()?.as_bytes()).ok_or(DatumError::Uuid { offset })?;
    if reader.next_element()? { Err(form) } else { Ok(uuid) }
}

#[inline(always)]
fn element(reader: &mut Reader<'_>, form: &'static str) -> Result<(), DatumError> {
    if reader.next_element()? {
        return Ok(());
    }
    Err(DatumError::Form { expected: form, offset: reader.offset() })
}

#[inline(always)]
fn end_of_tagged(reader: &mut Reader<'_>, form: &'static str) -> Result<(), DatumError> {
    if reader.next_element()? {
        return Err(DatumError::Form { expected: form, offset: reader.offset() });
    }
    Ok(())
}
