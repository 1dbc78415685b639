//! How one value looks in JSON (RFC 7047 section 5.1, `<atom>`).

use super::{Atom, AtomType, AtomView, Datum, DatumView, DuplicateError, Uuid};
use crate::json::{JsonError, Kind, Number, Reader, Writer};

/// Why JSON is not a value of the type wanted. Offsets count bytes from the start of what the reader reads.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DatumError {
    /// It is not JSON, or not of the JSON type wanted.
    #[error(transparent)]
    Json(#[from] JsonError),
    /// It is not an atom of this type.
    #[error("expected {expected} at byte {offset}")]
    Type {
        /// The type wanted.
        expected: AtomType,
        /// Where it is.
        offset: usize,
    },
    /// It is not an array of two elements, the first of which is this word.
    #[error("expected [\"{expected}\", ...] at byte {offset}")]
    Form {
        /// `set`, `map`, `uuid` or `pair`.
        expected: &'static str,
        /// Where it is.
        offset: usize,
    },
    /// The text in `["uuid", ...]` is no UUID.
    #[error("not a valid UUID at byte {offset}")]
    Uuid {
        /// Where the text is.
        offset: usize,
    },
    /// The name in `["named-uuid", ...]` is not known.
    #[error("unknown named-uuid at byte {offset}")]
    UnknownName {
        /// Where the name is.
        offset: usize,
    },
    /// Two elements or two keys are equal.
    #[error("{duplicate} at byte {offset}")]
    Duplicate {
        /// Which.
        duplicate: DuplicateError,
        /// Where the set or map is.
        offset: usize,
    },
}

/// The name under which a transaction knows a row that it inserts: `row` and the UUID with `_` for `-`, an `<id>` of RFC 7047.
pub fn row_name(uuid: Uuid) -> String {
    let mut name = String::with_capacity(39);
    name.push_str("row");
    name.extend(uuid.encode(&mut [0; 36]).chars().map(|c| if c == '-' { '_' } else { c }));
    name
}

/// Writes an atom. A UUID that `named` confirms is written as `["named-uuid", row_name(uuid)]`.
pub fn write_atom(w: &mut Writer<'_>, atom: AtomView<'_>, named: &dyn Fn(Uuid) -> bool) {
    match atom {
        AtomView::Integer(n) => w.integer(n),
        AtomView::Real(n) => w.real(n),
        AtomView::Boolean(b) => w.boolean(b),
        AtomView::String(s) => w.string(s),
        AtomView::Uuid(uuid) if named(uuid) => {
            w.begin_array();
            w.string("named-uuid");
            w.string(&row_name(uuid));
            w.end_array();
        }
        AtomView::Uuid(uuid) => {
            // at once: a table of references is little else
            let mut json = *b"[\"uuid\",\"........-....-....-....-............\"]";
            if let Some(text) = json.get_mut(9..45).and_then(|text| text.as_mut_array()) {
                uuid.encode(text);
            }
            w.raw(&json);
        }
    }
}

/// Writes a value: a set of one as its atom, another set as `["set", [...]]`, a map as `["map", [[key, value], ...]]`.
pub fn write_datum(w: &mut Writer<'_>, datum: &Datum, named: &dyn Fn(Uuid) -> bool) {
    if let Some(atom) = datum.scalar() {
        return write_atom(w, atom.view(), named);
    }
    let pairs = datum.pairs().iter().map(|(key, value)| (key.view(), value.view()));
    write_elements(w, datum.is_map(), datum.atoms().iter().map(Atom::view), pairs, named);
}

/// Writes a packed value as [`write_datum`] does.
pub fn write_view(w: &mut Writer<'_>, datum: DatumView<'_>, named: &dyn Fn(Uuid) -> bool) {
    if let Some(atom) = datum.scalar() {
        return write_atom(w, atom, named);
    }
    write_elements(w, datum.is_map(), datum.atoms(), datum.pairs(), named);
}

fn write_elements<'a>(
    w: &mut Writer<'_>,
    is_map: bool,
    atoms: impl Iterator<Item = AtomView<'a>>,
    pairs: impl Iterator<Item = (AtomView<'a>, AtomView<'a>)>,
    named: &dyn Fn(Uuid) -> bool,
) {
    w.begin_array();
    w.string(if is_map { "map" } else { "set" });
    w.begin_array();
    for atom in atoms {
        write_atom(w, atom, named);
    }
    for (key, value) in pairs {
        w.begin_array();
        write_atom(w, key, named);
        write_atom(w, value, named);
        w.end_array();
    }
    w.end_array();
    w.end_array();
}

/// Reads an atom of this type. `named` knows the rows that have a name; where there are none it answers `None`.
///
/// A whole number is also a real, and a real without fraction an integer, as for Open vSwitch, which does not tell them apart in JSON.
///
/// # Errors
/// It is not an atom of this type.
pub fn read_atom(
    r: &mut Reader<'_>,
    type_: AtomType,
    named: &mut dyn FnMut(&str) -> Option<Uuid>,
) -> Result<Atom, DatumError> {
    with_atom(r, type_, named, |atom| atom.to_atom())
}

/// Reads an atom as [`read_atom`] does and hands it to `take`.
pub(crate) fn with_atom<T>(
    r: &mut Reader<'_>,
    type_: AtomType,
    named: &mut dyn FnMut(&str) -> Option<Uuid>,
    take: impl FnOnce(AtomView<'_>) -> T,
) -> Result<T, DatumError> {
    let wrong = |offset| DatumError::Type { expected: type_, offset };
    let (kind, offset) = (r.peek()?, r.offset());
    let atom = match (type_, kind) {
        (AtomType::String, Kind::String) => return Ok(take(AtomView::String(&r.string()?))),
        (AtomType::Integer, Kind::Number) => match r.number()? {
            Number::Integer(n) => AtomView::Integer(n),
            Number::Real(_) => return Err(wrong(offset)),
        },
        (AtomType::Real, Kind::Number) => AtomView::Real(r.number()?.as_real()),
        (AtomType::Boolean, Kind::Boolean) => AtomView::Boolean(r.boolean()?),
        (AtomType::Uuid, Kind::Array) => {
            r.begin_array()?;
            let tag_offset = r.offset();
            if !r.next_element()? || r.peek()? != Kind::String {
                return Err(DatumError::Form { expected: "uuid", offset: tag_offset });
            }
            match &*r.string()? {
                "uuid" => AtomView::Uuid(read_uuid(r, offset)?),
                "named-uuid" => AtomView::Uuid(read_named(r, named, offset)?),
                _ => return Err(DatumError::Form { expected: "uuid", offset }),
            }
        }
        _ => return Err(wrong(offset)),
    };
    Ok(take(atom))
}

/// Reads what follows the word `uuid` in `["uuid", ...]`, which starts at `offset`.
pub(crate) fn read_uuid(r: &mut Reader<'_>, offset: usize) -> Result<Uuid, DatumError> {
    let form = DatumError::Form { expected: "uuid", offset };
    if !r.next_element()? || r.peek()? != Kind::String {
        return Err(form);
    }
    let at = r.offset();
    let uuid = Uuid::parse_bytes(r.string()?.as_bytes()).ok_or(DatumError::Uuid { offset: at })?;
    if r.next_element()? { Err(form) } else { Ok(uuid) }
}

/// Reads what follows the word `named-uuid` in `["named-uuid", ...]`, which starts at `offset`.
pub(crate) fn read_named(
    r: &mut Reader<'_>,
    named: &mut dyn FnMut(&str) -> Option<Uuid>,
    offset: usize,
) -> Result<Uuid, DatumError> {
    let form = DatumError::Form { expected: "named-uuid", offset };
    if !r.next_element()? || r.peek()? != Kind::String {
        return Err(form);
    }
    let at = r.offset();
    let uuid = named(&r.string()?).ok_or(DatumError::UnknownName { offset: at })?;
    if r.next_element()? { Err(form) } else { Ok(uuid) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str, type_: AtomType) -> Result<Atom, String> {
        let mut names = |name: &str| (name == "row1").then_some(Uuid::from_u128(1));
        read_atom(&mut Reader::new(json.as_bytes()), type_, &mut names).map_err(|e| e.to_string())
    }

    #[test]
    fn atoms_are_read_by_type() {
        assert_eq!(read("7", AtomType::Integer), Ok(Atom::Integer(7)));
        assert_eq!(read("7.0", AtomType::Integer), Ok(Atom::Integer(7)));
        assert_eq!(read("7", AtomType::Real), Ok(Atom::Real(7.0)));
        assert_eq!(read("9223372036854775807", AtomType::Integer), Ok(Atom::Integer(i64::MAX)));
        assert_eq!(read(r#""a\u0062""#, AtomType::String), Ok(Atom::from("ab")));
        assert_eq!(read("true", AtomType::Boolean), Ok(Atom::Boolean(true)));
        let uuid = r#"["uuid","00000000-0000-0000-0000-000000000001"]"#;
        assert_eq!(read(uuid, AtomType::Uuid), Ok(Atom::Uuid(Uuid::from_u128(1))));
        assert_eq!(read(r#"["named-uuid","row1"]"#, AtomType::Uuid), Ok(Atom::Uuid(Uuid::from_u128(1))));
    }

    #[test]
    fn other_atoms_are_refused() {
        let check =
            |json: &str, type_, error: &str| assert_eq!(read(json, type_), Err(error.to_owned()), "{json}");
        check("7.5", AtomType::Integer, "expected integer at byte 0");
        check("1e30", AtomType::Integer, "expected integer at byte 0");
        check(r#""7""#, AtomType::Integer, "expected integer at byte 0");
        check("null", AtomType::String, "expected string at byte 0");
        check("1", AtomType::Boolean, "expected boolean at byte 0");
        check(r#""a""#, AtomType::Uuid, "expected uuid at byte 0");
        check(r#"["uuid","a"]"#, AtomType::Uuid, "not a valid UUID at byte 8");
        check(r#"["named-uuid","row2"]"#, AtomType::Uuid, "unknown named-uuid at byte 14");
        check(r#"["uuid"]"#, AtomType::Uuid, "expected [\"uuid\", ...] at byte 0");
        check(r#"["set",[]]"#, AtomType::Uuid, "expected [\"uuid\", ...] at byte 0");
        check(
            r#"["uuid","00000000-0000-0000-0000-000000000001",1]"#,
            AtomType::Uuid,
            "expected [\"uuid\", ...] at byte 0",
        );
    }

    #[test]
    fn named_rows_are_written_by_name() {
        let mut out = Vec::new();
        let one = Uuid::from_u128(1);
        write_datum(&mut Writer::new(&mut out), &Datum::one(one), &|uuid| uuid == one);
        assert_eq!(out, br#"["named-uuid","row00000000_0000_0000_0000_000000000001"]"#);
    }
}
