//! How the value of a column looks in JSON (RFC 7047 section 5.1, `<value>`).

use super::{BaseType, ColumnType};
use crate::json::{Kind, Reader};
use crate::value::wire::{read_named, read_uuid, with_atom};
use crate::value::{Atom, AtomType, AtomView, Datum, DatumError, DuplicateError, Elements, Packer, Uuid};

type Named<'n> = &'n mut dyn FnMut(&str) -> Option<Uuid>;

/// Reads a value of this type. `named` knows the rows that have a name; where there are none it
/// returns `None`.
///
/// The types of the elements are checked, and that none comes twice. How many they are and whether the schema allows them is not: data
/// from a server whose schema is newer than ours must not fail here; [`ColumnType::check`] tells.
///
/// # Errors
/// It is not a set or map of such elements.
pub fn read_datum(r: &mut Reader<'_>, type_: &ColumnType, named: Named<'_>) -> Result<Datum, DatumError> {
    read(r, type_, named, false, &mut Unpacked::default())
}

/// Reads a value as [`read_datum`] does and appends it to `out`, packed.
///
/// # Errors
/// As [`read_datum`]; what was appended then is of no use.
pub fn pack_datum(
    r: &mut Reader<'_>,
    type_: &ColumnType,
    named: Named<'_>,
    packer: &mut Packer,
    out: &mut Vec<u8>,
) -> Result<(), DatumError> {
    let elements = Elements::new(type_.key.atom, type_.value.as_ref().map(|value| value.atom));
    read(r, type_, named, false, &mut Packed { packer, out, elements })
}

/// Reads the argument of a `delete` mutation: of a map either some pairs or a set of keys (RFC 7047 section 5.1, `<mutation>`).
///
/// # Errors
/// As [`read_datum`].
pub fn read_datum_or_keys(
    r: &mut Reader<'_>,
    type_: &ColumnType,
    named: Named<'_>,
) -> Result<Datum, DatumError> {
    read(r, type_, named, true, &mut Unpacked::default())
}

/// What a value is read into.
trait Sink {
    type Value;
    /// The set of one atom.
    fn one(&mut self, atom: AtomView<'_>) -> Self::Value;
    /// Begins a set or map.
    fn begin(&mut self);
    /// Adds an element.
    fn atom(&mut self, atom: AtomView<'_>);
    /// Adds the key of a pair, whose value comes next.
    fn key(&mut self, key: AtomView<'_>);
    /// Adds the value of a pair.
    fn value(&mut self, value: AtomView<'_>);
    /// Looks for duplicates in what was added so far.
    fn look(&mut self, is_map: bool) -> Result<(), DuplicateError>;
    fn finish(&mut self, is_map: bool) -> Result<Self::Value, DuplicateError>;
}

#[derive(Default)]
struct Unpacked {
    atoms: Vec<Atom>,
    pairs: Vec<(Atom, Atom)>,
    key: Option<Atom>,
}

impl Sink for Unpacked {
    type Value = Datum;

    fn one(&mut self, atom: AtomView<'_>) -> Datum {
        Datum::one(atom.to_atom())
    }

    fn begin(&mut self) {}

    fn atom(&mut self, atom: AtomView<'_>) {
        self.atoms.push(atom.to_atom());
    }

    fn key(&mut self, key: AtomView<'_>) {
        self.key = Some(key.to_atom());
    }

    fn value(&mut self, value: AtomView<'_>) {
        self.pairs.extend(self.key.take().map(|key| (key, value.to_atom())));
    }

    fn look(&mut self, is_map: bool) -> Result<(), DuplicateError> {
        // sorts them as well, so that the next look is cheap
        if is_map {
            self.pairs.sort_unstable();
            let is_pair = |w: &[(Atom, Atom)]| w.first().map(|p| &p.0) == w.last().map(|p| &p.0);
            return if self.pairs.windows(2).any(is_pair) { Err(DuplicateError::Key) } else { Ok(()) };
        }
        self.atoms.sort_unstable();
        let is_pair = |w: &[Atom]| w.first() == w.last();
        if self.atoms.windows(2).any(is_pair) { Err(DuplicateError::Element) } else { Ok(()) }
    }

    fn finish(&mut self, is_map: bool) -> Result<Datum, DuplicateError> {
        if is_map {
            Datum::try_map(std::mem::take(&mut self.pairs))
        } else {
            Datum::try_set(std::mem::take(&mut self.atoms))
        }
    }
}

struct Packed<'p> {
    packer: &'p mut Packer,
    out: &'p mut Vec<u8>,
    elements: Elements,
}

impl Sink for Packed<'_> {
    type Value = ();

    fn one(&mut self, atom: AtomView<'_>) {
        self.packer.one(self.out, atom);
    }

    fn begin(&mut self) {
        self.packer.begin();
    }

    fn atom(&mut self, atom: AtomView<'_>) {
        self.packer.key(self.elements, atom);
    }

    fn key(&mut self, key: AtomView<'_>) {
        self.packer.key(self.elements, key);
    }

    fn value(&mut self, value: AtomView<'_>) {
        self.packer.value(self.elements, value);
    }

    fn look(&mut self, _is_map: bool) -> Result<(), DuplicateError> {
        self.packer.look(self.elements)
    }

    fn finish(&mut self, _is_map: bool) -> Result<(), DuplicateError> {
        self.packer.finish(self.out, self.elements)
    }
}

fn read<S: Sink>(
    r: &mut Reader<'_>,
    type_: &ColumnType,
    named: Named<'_>,
    or_keys: bool,
    sink: &mut S,
) -> Result<S::Value, DatumError> {
    let (kind, offset) = (r.peek()?, r.offset());
    if kind != Kind::Array {
        return match &type_.value {
            Some(_) if !or_keys => Err(DatumError::Form { expected: "map", offset }),
            _ => with_atom(r, type_.key.atom, named, |atom| sink.one(atom)),
        };
    }
    r.begin_array()?;
    if !r.next_element()? || r.peek()? != Kind::String {
        return Err(DatumError::Form { expected: expected_form(type_), offset });
    }
    let tag = r.string()?;
    let uuid = match (&*tag, &type_.value) {
        ("map", Some(value)) => {
            begin(r, "map", offset)?;
            sink.begin();
            let mut len = 0usize;
            while r.next_element()? {
                read_pair(r, &type_.key, value, named, sink)?;
                len += 1;
                if is_time_to_look(len) {
                    sink.look(true).map_err(|duplicate| DatumError::Duplicate { duplicate, offset })?;
                }
            }
            end(r, "map", offset)?;
            return sink.finish(true).map_err(|duplicate| DatumError::Duplicate { duplicate, offset });
        }
        (_, Some(_)) if !or_keys => None,
        ("set", _) => {
            begin(r, "set", offset)?;
            sink.begin();
            let mut len = 0usize;
            while r.next_element()? {
                with_atom(r, type_.key.atom, named, |atom| sink.atom(atom))?;
                len += 1;
                if is_time_to_look(len) {
                    sink.look(false).map_err(|duplicate| DatumError::Duplicate { duplicate, offset })?;
                }
            }
            end(r, "set", offset)?;
            return sink.finish(false).map_err(|duplicate| DatumError::Duplicate { duplicate, offset });
        }
        ("uuid", _) if type_.key.atom == AtomType::Uuid => Some(read_uuid(r, offset)?),
        ("named-uuid", _) if type_.key.atom == AtomType::Uuid => Some(read_named(r, named, offset)?),
        _ => None,
    };
    let uuid = uuid.ok_or(DatumError::Form { expected: expected_form(type_), offset })?;
    Ok(sink.one(AtomView::Uuid(uuid)))
}

/// Whether a set or map that is being read should be searched for duplicates already. The elements
/// of one without duplicates need the more bytes of text the more they are, and so take a bounded
/// multiple of its memory; `[1,1,1,...]` would take twelve times as much.
const fn is_time_to_look(len: usize) -> bool {
    len >= 1 << 16 && len.is_power_of_two()
}

const fn expected_form(type_: &ColumnType) -> &'static str {
    match (type_.is_map(), type_.key.atom) {
        (true, _) => "map",
        (false, AtomType::Uuid) if type_.is_scalar() => "uuid",
        _ => "set",
    }
}

fn read_pair<S: Sink>(
    r: &mut Reader<'_>,
    key: &BaseType,
    value: &BaseType,
    named: Named<'_>,
    sink: &mut S,
) -> Result<(), DatumError> {
    let (kind, offset) = (r.peek()?, r.offset());
    let form = DatumError::Form { expected: "pair", offset };
    if kind != Kind::Array {
        return Err(form);
    }
    r.begin_array()?;
    if !r.next_element()? {
        return Err(form);
    }
    with_atom(r, key.atom, named, |atom| sink.key(atom))?;
    if !r.next_element()? {
        return Err(form);
    }
    with_atom(r, value.atom, named, |atom| sink.value(atom))?;
    if r.next_element()? { Err(form) } else { Ok(()) }
}

// the inner array of ["set", [...]] or ["map", [...]], whose first element was read
fn begin(r: &mut Reader<'_>, expected: &'static str, offset: usize) -> Result<(), DatumError> {
    if !r.next_element()? || r.peek()? != Kind::Array {
        return Err(DatumError::Form { expected, offset });
    }
    Ok(r.begin_array()?)
}

fn end(r: &mut Reader<'_>, expected: &'static str, offset: usize) -> Result<(), DatumError> {
    if r.next_element()? { Err(DatumError::Form { expected, offset }) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(json: &str, key: AtomType, value: Option<AtomType>, expected: Result<Datum, &str>) {
        let type_ = ColumnType { key: BaseType::any(key), value: value.map(BaseType::any), min: 0, max: 2 };
        let got = read_datum(&mut Reader::new(json.as_bytes()), &type_, &mut |_| None);
        assert_eq!(got.map_err(|e| e.to_string()), expected.map_err(str::to_owned), "{json}");
    }

    fn ints(numbers: &[i64]) -> Datum {
        Datum::set(numbers.iter().map(|n| Atom::Integer(*n)))
    }

    #[test]
    fn sets() {
        let integer = AtomType::Integer;
        check("1", integer, None, Ok(ints(&[1])));
        check(r#"["set",[]]"#, integer, None, Ok(ints(&[])));
        check(r#"["set", [3, 1]]"#, integer, None, Ok(ints(&[1, 3])));
        // more than the column may have: only ColumnType::check refuses that
        check(r#"["set",[1,2,3]]"#, integer, None, Ok(ints(&[1, 2, 3])));
        check(r#"["set",[1,1]]"#, integer, None, Err("set contains duplicate value at byte 0"));
        check(r#"["set",["x"]]"#, integer, None, Err("expected integer at byte 8"));
        check(r#"["set",1]"#, integer, None, Err("expected [\"set\", ...] at byte 0"));
        check(r#"["set",[],1]"#, integer, None, Err("expected [\"set\", ...] at byte 0"));
        check(r#"["map",[]]"#, integer, None, Err("expected [\"set\", ...] at byte 0"));
        check("[1]", integer, None, Err("expected [\"set\", ...] at byte 0"));
        check("[]", integer, None, Err("expected [\"set\", ...] at byte 0"));
        let uuid = r#"["uuid","00000000-0000-0000-0000-000000000001"]"#;
        check(uuid, AtomType::Uuid, None, Ok(Datum::one(Uuid::from_u128(1))));
        check(&format!(r#"["set",[{uuid}]]"#), AtomType::Uuid, None, Ok(Datum::one(Uuid::from_u128(1))));
    }

    #[test]
    fn maps() {
        let (string, integer) = (AtomType::String, Some(AtomType::Integer));
        let two = Datum::map([("a".into(), 1i64.into()), ("b".into(), 2i64.into())]);
        check(r#"["map",[["b",2],["a",1]]]"#, string, integer, Ok(two));
        check(r#"["map",[]]"#, string, integer, Ok(Datum::empty_map()));
        check(r#"["map",[["a",1],["a",2]]]"#, string, integer, Err("map contains duplicate key at byte 0"));
        check(r#"["map",[["a",1,2]]]"#, string, integer, Err("expected [\"pair\", ...] at byte 8"));
        check(r#"["map",["a"]]"#, string, integer, Err("expected [\"pair\", ...] at byte 8"));
        check(r#"["map",[["a","1"]]]"#, string, integer, Err("expected integer at byte 13"));
        check(r#"["set",[]]"#, string, integer, Err("expected [\"map\", ...] at byte 0"));
        check(r#""a""#, string, integer, Err("expected [\"map\", ...] at byte 0"));
    }
}
