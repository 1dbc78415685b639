//! When are two JSON values one, and how is a value quoted in an error: compact text with the keys of objects sorted.

use ovsdb_proto::json::{JsonError, JsonErrorKind, Kind, Number, Reader, Writer};
use ovsdb_proto::limits::DEPTH_MAX;
use std::borrow::Cow;

/// The longest value of a peer that is brought into this form. Sorting looks at a value once for each level that it lies in, so that a long and deep one would
/// keep the server busy; ids are short, and what is quoted is there to be read by a person.
pub(crate) const CANONICAL_BYTES_MAX: usize = 64 << 10;

/// The one text of this value, however it was written: ids are compared by value, and the server quotes what it refuses in
/// this form. Of a key that stands twice the last counts, as in Open vSwitch.
///
/// # Errors
/// It is not one JSON value, or longer than [`CANONICAL_BYTES_MAX`].
pub(crate) fn canonical(json: &[u8]) -> Result<String, JsonError> {
    if json.len() > CANONICAL_BYTES_MAX {
        return Err(JsonError {
            kind: JsonErrorKind::Expected("a shorter value"),
            offset: CANONICAL_BYTES_MAX,
        });
    }
    sorted(json)
}

/// [`canonical`] for text that no peer wrote, of any length.
///
/// # Errors
/// It is not one JSON value.
pub(crate) fn sorted(json: &[u8]) -> Result<String, JsonError> {
    let mut out = Vec::with_capacity(json.len());
    let mut reader = Reader::new(json);
    reader.clone().check()?;
    write(&mut reader, &mut Writer::new(&mut out), 0)?;
    reader.end()?;
    Ok(String::from_utf8(out).unwrap_or_default())
}

fn write(r: &mut Reader<'_>, w: &mut Writer<'_>, depth: u32) -> Result<(), JsonError> {
    match r.peek()? {
        Kind::Object if depth < DEPTH_MAX => {
            let members = members(r)?;
            w.begin_object();
            for (key, value) in members {
                w.key(&key);
                write(&mut Reader::new(value), w, depth + 1)?;
            }
            w.end_object();
        }
        Kind::Array if depth < DEPTH_MAX => {
            r.begin_array()?;
            w.begin_array();
            while r.next_element()? {
                write(r, w, depth + 1)?;
            }
            w.end_array();
        }
        Kind::String => w.string(&r.string()?),
        Kind::Number => match r.number()? {
            Number::Integer(n) => w.integer(n),
            Number::Real(n) => w.real(n),
        },
        _ => w.raw(r.skip()?.trim_ascii()),
    }
    Ok(())
}

/// A key and its value, as JSON.
pub(super) type Member<'a> = (Cow<'a, str>, &'a [u8]);

/// The members of the object that comes next, sorted by key, each key once.
///
/// # Errors
/// No well-formed object comes next.
pub(super) fn members<'a>(r: &mut Reader<'a>) -> Result<Vec<Member<'a>>, JsonError> {
    let mut members = Vec::new();
    r.begin_object()?;
    while let Some(key) = r.next_key()? {
        members.push((key, r.skip()?));
    }
    // stable, so that of equal keys the last is first after turning them round
    members.reverse();
    members.sort_by(|a, b| a.0.cmp(&b.0));
    members.dedup_by(|b, a| a.0 == b.0);
    Ok(members)
}

/// The elements of the array that comes next.
///
/// # Errors
/// No well-formed array comes next.
pub(super) fn elements<'a>(r: &mut Reader<'a>) -> Result<Vec<&'a [u8]>, JsonError> {
    let mut elements = Vec::new();
    r.begin_array()?;
    while r.next_element()? {
        elements.push(r.skip()?);
    }
    Ok(elements)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_value_has_one_text() {
        for (json, expected) in [
            (r#" { "b" : 1.0 , "a" : [ null , true, "\u0041" ] } "#, r#"{"a":[null,true,"A"],"b":1}"#),
            (r#"{"a":1,"a":2}"#, r#"{"a":2}"#),
            ("1e3", "1000"),
            ("1.50", "1.5"),
            (r#""\/""#, r#""/""#),
            ("[]", "[]"),
        ] {
            assert_eq!(canonical(json.as_bytes()).unwrap(), expected);
        }
        for json in ["", "[1,]", "{\"a\"}", "1 2", "nul"] {
            canonical(json.as_bytes()).unwrap_err();
        }
        let deep = "[".repeat(10_000);
        canonical(deep.as_bytes()).unwrap_err();
        let long = format!("\"{}\"", "x".repeat(CANONICAL_BYTES_MAX));
        canonical(long.as_bytes()).unwrap_err();
        assert_eq!(sorted(long.as_bytes()).unwrap(), long);
    }
}
