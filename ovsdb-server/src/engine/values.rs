//! How the values of operations are read, and what ovsdb-server says of one that does not fit its column.

use super::failure::Failure;
use super::names::is_id;
use super::not_utf8::{complaint, restore};
use ovsdb_proto::json::{Kind, Number, Reader};
use ovsdb_proto::schema::{BaseType, ColumnType, ConstraintError, read_datum};
use ovsdb_proto::value::{Atom, AtomType, Datum, DatumError, Uuid};

/// What the values of a request depend on beside their types.
pub(crate) struct Scope<'n> {
    /// The row that a name means.
    pub(crate) named: &'n mut dyn FnMut(&str) -> Option<Uuid>,
    /// Whether the request was not UTF-8, and was escaped.
    pub(crate) escaped: bool,
}

/// Reads a value that is to fit the type in every respect but what it refers to.
pub(super) fn read_value(json: &[u8], type_: &ColumnType, scope: &mut Scope<'_>) -> Result<Datum, Failure> {
    if !scope.escaped {
        return read_text(json, type_, scope.named);
    }
    let sent = restore(json);
    if std::str::from_utf8(&sent).is_ok() {
        return read_text(&sent, type_, scope.named);
    }
    explain(json, type_, true)?;
    // what is not UTF-8 is no value, wherever it stands
    Err(Failure::constraint("not a valid UTF-8 string"))
}

fn read_text(
    json: &[u8],
    type_: &ColumnType,
    named: &mut dyn FnMut(&str) -> Option<Uuid>,
) -> Result<Datum, Failure> {
    if let Ok(datum) = read_datum(&mut Reader::new(json), type_, named)
        && type_.check(&datum).is_ok()
    {
        return Ok(datum);
    }
    // once more, slowly, to find out what to say
    explain(json, type_, false)?;
    let datum = read_datum(&mut Reader::new(json), type_, named).map_err(|error| match error {
        // a name where there are no names
        DatumError::UnknownName { .. } => Failure::syntax(json, "expected [\"uuid\", <string>]"),
        error => Failure::syntax(json, error.to_string()),
    })?;
    type_.check(&datum)?;
    Ok(datum)
}

/// Finds the error that ovsdb-server finds first.
fn explain(json: &[u8], type_: &ColumnType, escaped: bool) -> Result<(), Failure> {
    let elements = elements(json)?;
    let is_set = elements.as_ref().and_then(|e| e.first()).is_some_and(|word| is_word(word, "set"));
    let class = match &type_.value {
        Some(_) => "map",
        None if is_set => "set",
        None => return explain_atom(json, &type_.key, escaped),
    };
    let inner = match elements.as_deref() {
        Some([word, inner]) if is_word(word, class) => self::elements(inner)?,
        _ => None,
    };
    let Some(inner) = inner else {
        return Err(Failure::syntax(json, format!("expected [\"{class}\", <array>]")));
    };
    explain_count(json, class, inner.len(), type_)?;
    for element in &inner {
        let Some(value_type) = &type_.value else {
            explain_atom(element, &type_.key, escaped)?;
            continue;
        };
        match self::elements(element)?.as_deref() {
            Some([key, value]) => {
                explain_atom(key, &type_.key, escaped)?;
                explain_atom(value, value_type, escaped)?;
            }
            _ => return Err(Failure::syntax(element, "expected 2-element array")),
        }
    }
    // each is right, so two of them are equal
    Err(Failure::new(
        "ovsdb error",
        if type_.is_map() { "map contains duplicate key" } else { "set contains duplicate" },
    ))
}

fn explain_count(json: &[u8], class: &str, count: usize, type_: &ColumnType) -> Result<(), Failure> {
    if type_.check_count(count).is_ok() {
        return Ok(());
    }
    let wanted = match (type_.min, type_.max) {
        (1, 1) => "exactly one member".to_owned(),
        (min, max) => format!("{min} to {max} members"),
    };
    Err(Failure::syntax(json, format!("{class} must have {wanted} but {count} are present")))
}

fn explain_atom(json: &[u8], base: &BaseType, escaped: bool) -> Result<(), Failure> {
    let mut r = Reader::new(json);
    let fits = match (base.atom, r.peek()?) {
        (AtomType::Uuid, _) => return explain_uuid(json),
        (AtomType::Integer, Kind::Number) => matches!(r.number()?, Number::Integer(_)),
        (AtomType::Real, Kind::Number)
        | (AtomType::Boolean, Kind::Boolean)
        | (AtomType::String, Kind::String) => true,
        _ => false,
    };
    if !fits {
        return Err(Failure::syntax(json, format!("expected {}", base.atom)));
    }
    let one = ColumnType { key: base.clone(), value: None, min: 1, max: 1 };
    let datum = read_datum(&mut Reader::new(json), &one, &mut |_| None)
        .map_err(|error| Failure::syntax(json, error.to_string()))?;
    let checked = datum.atoms().iter().try_for_each(|atom| base.check(atom));
    if escaped && !matches!(checked, Err(ConstraintError::NotAllowed { .. })) {
        let complaint = match datum.atoms().first() {
            Some(Atom::String(text)) => complaint(text),
            _ => None,
        };
        if let Some(complaint) = complaint {
            return Err(Failure::constraint(complaint));
        }
    }
    checked.map_err(Failure::from)
}

fn explain_uuid(json: &[u8]) -> Result<(), Failure> {
    let text = |json: &[u8]| Reader::new(json).string().map(std::borrow::Cow::into_owned).ok();
    if let Some([word, text_json]) = elements(json)?.as_deref()
        && let Some(text) = text(text_json)
    {
        if is_word(word, "uuid") {
            return match Uuid::parse_bytes(text.as_bytes()) {
                Some(_) => Ok(()),
                None => Err(Failure::syntax(json, format!("\"{text}\" is not a valid UUID"))),
            };
        }
        if is_word(word, "named-uuid") {
            return match is_id(&text) {
                true => Ok(()),
                false => Err(Failure::syntax(json, "named-uuid string is not a valid <id>")),
            };
        }
    }
    Err(Failure::syntax(json, "expected [\"uuid\", <string>]"))
}

/// The elements of an array; `None` if it is none.
pub(super) fn elements(json: &[u8]) -> Result<Option<Vec<&[u8]>>, Failure> {
    let mut r = Reader::new(json);
    if r.peek()? != Kind::Array {
        return Ok(None);
    }
    r.begin_array()?;
    let mut elements = Vec::new();
    while r.next_element()? {
        elements.push(r.skip()?);
    }
    Ok(Some(elements))
}

fn is_word(json: &[u8], word: &str) -> bool {
    Reader::new(json).string().is_ok_and(|text| text == word)
}
