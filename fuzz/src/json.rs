//! Is JSON read as another implementation reads it, in whatever order a caller asks, and is what we write read back?

use ovsdb_proto::json::{JsonError, JsonErrorKind, Kind, Number, Reader, Writer};
use serde::Deserialize;
use serde_json::{Deserializer, Value};

/// A JSON value as our reader sees it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Tree {
    Null,
    Boolean(bool),
    Number(Number),
    String(String),
    Array(Vec<Tree>),
    Object(Vec<(String, Tree)>),
}

/// The input is a JSON text; and its first half is also what a caller asks for who reads the second half.
pub fn check_json(data: &[u8]) {
    check_text(data);
    let (calls, text) = data.split_at(data.len() / 2);
    check_calls(calls, text);
}

fn check_text(text: &[u8]) {
    let mut reader = Reader::new(text);
    let checked = reader.check().and_then(|found| reader.end().map(|()| found));
    let tree = tree_of(text);
    assert_eq!(checked.err(), tree.as_ref().err().copied(), "checking is reading");

    let second = second_opinion(text);
    let tree = match tree {
        Ok(tree) => tree,
        Err(error) => {
            assert!(error.offset <= text.len(), "{error}");
            // what is JSON, but not for Open vSwitch
            let ours = [JsonErrorKind::NullCharacter, JsonErrorKind::NumberRange, JsonErrorKind::TooDeep];
            assert!(second.is_err() || ours.contains(&error.kind), "{error}");
            return;
        }
    };
    assert!(second.as_ref().is_ok_and(|second| equal(&tree, second)), "{tree:?} {second:?}");
    let mut skipping = Reader::new(text);
    assert_eq!(skipping.skip().ok(), checked.ok().map(str::as_bytes));
    assert_eq!(skipping.end(), Ok(()));

    let mut written = Vec::new();
    write(&tree, &mut Writer::new(&mut written));
    let shown = String::from_utf8_lossy(&written);
    assert!(tree_of(&written).is_ok_and(|again| same(&tree, &again)), "{shown}");
    assert!(second_opinion(&written).is_ok_and(|second| equal(&tree, &second)), "{shown}");
}

/// Does as a caller who knows nothing of what comes: every answer is fine, as long as there is one and it leads forward.
fn check_calls(calls: &[u8], text: &[u8]) {
    let mut reader = Reader::new(text);
    for call in calls {
        let before = reader.offset();
        let error = match call % 16 {
            0 => reader.null().err(),
            1 => reader.boolean().err(),
            2 => reader.integer().err(),
            3 => reader.number().err(),
            4 | 5 => reader.string().err(),
            6 | 7 => reader.begin_array().err(),
            8 => reader.begin_object().err(),
            9 | 10 => reader.next_element().err(),
            11 => reader.next_key().err(),
            12 => reader.skip().err(),
            13 => reader.check().err(),
            14 => reader.leave(u32::from(call / 16)).err(),
            _ => reader.peek().err(),
        };
        assert!(reader.offset() >= before && reader.offset() <= text.len());
        assert!(error.is_none_or(|e| e.offset <= text.len()));
    }
    let _ = reader.end();
}

/// Reads all of `text`.
pub(crate) fn tree_of(text: &[u8]) -> Result<Tree, JsonError> {
    let mut reader = Reader::new(text);
    let tree = read(&mut reader)?;
    reader.end()?;
    Ok(tree)
}

fn read(r: &mut Reader<'_>) -> Result<Tree, JsonError> {
    Ok(match r.peek()? {
        Kind::Null => {
            r.null()?;
            Tree::Null
        }
        Kind::Boolean => Tree::Boolean(r.boolean()?),
        Kind::Number => Tree::Number(r.number()?),
        Kind::String => Tree::String(r.string()?.into_owned()),
        Kind::Array => {
            let mut elements = Vec::new();
            r.begin_array()?;
            while r.next_element()? {
                elements.push(read(r)?);
            }
            Tree::Array(elements)
        }
        Kind::Object => {
            let mut members = Vec::new();
            r.begin_object()?;
            while let Some(key) = r.next_key()? {
                members.push((key.into_owned(), read(r)?));
            }
            Tree::Object(members)
        }
    })
}

pub(crate) fn write(tree: &Tree, w: &mut Writer<'_>) {
    match tree {
        Tree::Null => w.null(),
        Tree::Boolean(b) => w.boolean(*b),
        Tree::Number(Number::Integer(n)) => w.integer(*n),
        Tree::Number(Number::Real(n)) => w.real(*n),
        Tree::String(text) => w.string(text),
        Tree::Array(elements) => {
            w.begin_array();
            elements.iter().for_each(|e| write(e, w));
            w.end_array();
        }
        Tree::Object(members) => {
            w.begin_object();
            for (key, value) in members {
                w.key(key);
                write(value, w);
            }
            w.end_object();
        }
    }
}

/// Whether `b` is `a` written and read again. A real whose digits were rounded away is then the integer that it is equal to.
pub(crate) fn same(a: &Tree, b: &Tree) -> bool {
    match (a, b) {
        (Tree::Number(Number::Real(a)), Tree::Number(b)) => *a == b.as_real(),
        (Tree::Array(a), Tree::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (Tree::Object(a), Tree::Object(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|((key, a), (k, b))| key == k && same(a, b))
        }
        (a, b) => a == b,
    }
}

/// What `serde_json` makes of `text`.
pub(crate) fn second_opinion(text: &[u8]) -> Result<Value, serde_json::Error> {
    let mut deserializer = Deserializer::from_slice(text);
    deserializer.disable_recursion_limit();
    let value = Value::deserialize(&mut deserializer)?;
    deserializer.end()?;
    Ok(value)
}

/// Whether both are the same value; of members with one key the last counts.
pub(crate) fn equal(ours: &Tree, theirs: &Value) -> bool {
    match (ours, theirs) {
        (Tree::Null, Value::Null) => true,
        (Tree::Boolean(a), Value::Bool(b)) => a == b,
        (Tree::Number(Number::Integer(a)), Value::Number(b)) => {
            // theirs is a double wherever there is a point or an exponent
            b.as_i64().map_or(b.as_f64() == Some(*a as f64), |b| b == *a)
        }
        (Tree::Number(Number::Real(a)), Value::Number(b)) => b.as_f64() == Some(*a),
        (Tree::String(a), Value::String(b)) => a == b,
        (Tree::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| equal(a, b)),
        (Tree::Object(a), Value::Object(b)) => {
            let last = |key: &str| a.iter().rev().find(|(k, _)| k == key).map(|(_, value)| value);
            a.iter().all(|(key, _)| b.contains_key(key))
                && b.iter().all(|(key, theirs)| last(key).is_some_and(|ours| equal(ours, theirs)))
        }
        _ => false,
    }
}
