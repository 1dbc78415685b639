//! How the value of a column looks in JSON (RFC 7047 section 5.1, `<value>`).

use super::{BaseType, ColumnType};
use crate::json::{Kind, Reader};
use crate::value::wire::{read_atom, read_named, read_uuid};
use crate::value::{Atom, AtomType, Datum, DatumError, DuplicateError, Uuid};

type Named<'n> = &'n mut dyn FnMut(&str) -> Option<Uuid>;

/// Reads a value of this type. `named` knows the rows that have a name; where there are none it answers `None`.
///
/// The types of the elements are checked, and that none comes twice. How many they are and whether the schema allows them is not: data
/// from a server whose schema is newer than ours must not fail here; [`ColumnType::check`] tells.
///
/// # Errors
/// It is not a set or map of such elements.
pub fn read_datum(r: &mut Reader<'_>, type_: &ColumnType, named: Named<'_>) -> Result<Datum, DatumError> {
    read(r, type_, named, false)
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
    read(r, type_, named, true)
}

fn read(
    r: &mut Reader<'_>,
    type_: &ColumnType,
    named: Named<'_>,
    or_keys: bool,
) -> Result<Datum, DatumError> {
    let (kind, offset) = (r.peek()?, r.offset());
    if kind != Kind::Array {
        return match &type_.value {
            Some(_) if !or_keys => Err(DatumError::Form { expected: "map", offset }),
            _ => read_atom(r, type_.key.atom, named).map(Datum::one),
        };
    }
    r.begin_array()?;
    if !r.next_element()? || r.peek()? != Kind::String {
        return Err(DatumError::Form { expected: expected_form(type_), offset });
    }
    let tag = r.string()?;
    let datum = match (&*tag, &type_.value) {
        ("map", Some(value)) => return read_map(r, &type_.key, value, named, offset),
        (_, Some(_)) if !or_keys => None,
        ("set", _) => return read_set(r, &type_.key, named, offset),
        ("uuid", _) if type_.key.atom == AtomType::Uuid => Some(read_uuid(r, offset)?),
        ("named-uuid", _) if type_.key.atom == AtomType::Uuid => Some(read_named(r, named, offset)?),
        _ => None,
    };
    datum.map(Datum::one).ok_or(DatumError::Form { expected: expected_form(type_), offset })
}

const fn expected_form(type_: &ColumnType) -> &'static str {
    match (type_.is_map(), type_.key.atom) {
        (true, _) => "map",
        (false, AtomType::Uuid) if type_.is_scalar() => "uuid",
        _ => "set",
    }
}

fn read_set(
    r: &mut Reader<'_>,
    key: &BaseType,
    named: Named<'_>,
    offset: usize,
) -> Result<Datum, DatumError> {
    begin(r, "set", offset)?;
    let mut atoms = Vec::new();
    while r.next_element()? {
        atoms.push(read_atom(r, key.atom, named)?);
        if is_time_to_look(atoms.len()) {
            // sorts them as well, so that the next look is cheap
            atoms.sort_unstable();
            if atoms.windows(2).any(|w| w.first() == w.last()) {
                return Err(DatumError::Duplicate { duplicate: DuplicateError::Element, offset });
            }
        }
    }
    end(r, "set", offset)?;
    Datum::try_set(atoms).map_err(|duplicate| DatumError::Duplicate { duplicate, offset })
}

fn read_map(
    r: &mut Reader<'_>,
    key: &BaseType,
    value: &BaseType,
    named: Named<'_>,
    offset: usize,
) -> Result<Datum, DatumError> {
    begin(r, "map", offset)?;
    let mut pairs = Vec::new();
    while r.next_element()? {
        pairs.push(read_pair(r, key, value, named)?);
        if is_time_to_look(pairs.len()) {
            pairs.sort_unstable();
            if pairs.windows(2).any(|w| w.first().map(|p| &p.0) == w.last().map(|p| &p.0)) {
                return Err(DatumError::Duplicate { duplicate: DuplicateError::Key, offset });
            }
        }
    }
    end(r, "map", offset)?;
    Datum::try_map(pairs).map_err(|duplicate| DatumError::Duplicate { duplicate, offset })
}

/// Whether a set or map that is being read should be searched for duplicates already. The elements of one without duplicates need the more bytes of text
/// the more they are, and so take a bounded multiple of its memory; `[1,1,1,...]` would take twelve times as much.
const fn is_time_to_look(len: usize) -> bool {
    len >= 1 << 16 && len.is_power_of_two()
}

fn read_pair(
    r: &mut Reader<'_>,
    key: &BaseType,
    value: &BaseType,
    named: Named<'_>,
) -> Result<(Atom, Atom), DatumError> {
    let (kind, offset) = (r.peek()?, r.offset());
    let form = DatumError::Form { expected: "pair", offset };
    if kind != Kind::Array {
        return Err(form);
    }
    r.begin_array()?;
    if !r.next_element()? {
        return Err(form);
    }
    let key = read_atom(r, key.atom, named)?;
    if !r.next_element()? {
        return Err(form);
    }
    let value = read_atom(r, value.atom, named)?;
    if r.next_element()? { Err(form) } else { Ok((key, value)) }
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
