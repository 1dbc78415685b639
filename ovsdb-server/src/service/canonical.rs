//! When are two JSON values one, and how is a value quoted: compact text with the keys of objects sorted.

use ovsdb_proto::json::{JsonError, Kind, Number, Reader, Writer};
use ovsdb_proto::limits::DEPTH_MAX;
use std::collections::BTreeMap;

/// The one text of this value, however it was written.
///
/// # Errors
/// It is not one JSON value.
pub(super) fn canonical(json: &[u8]) -> Result<String, JsonError> {
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
            let mut members = BTreeMap::new();
            r.begin_object()?;
            while let Some(key) = r.next_key()? {
                members.insert(key, r.skip()?);
            }
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
