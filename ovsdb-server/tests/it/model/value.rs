//! What is a value, plainly: a set of atoms, or a map, in the JSON of RFC 7047 section 5.1.

use crate::random::schema::{Base, Type};
use serde_json::{Value, json};
use std::cmp::Ordering;
use std::collections::BTreeMap;

/// What an error is called in a reply.
pub(crate) type ErrorName = &'static str;

pub(crate) const SYNTAX: ErrorName = "syntax error";
pub(crate) const CONSTRAINT: ErrorName = "constraint violation";

#[derive(Clone, Debug)]
pub(crate) enum Atom {
    /// What stands behind the key in a set.
    Nothing,
    Integer(i64),
    Real(f64),
    Boolean(bool),
    String(String),
    Uuid(String),
}

/// Key and value of each element.
pub(crate) type Datum = BTreeMap<Atom, Atom>;

/// Which UUID a `named-uuid` means.
pub(crate) type Named<'a> = &'a dyn Fn(&str) -> String;

pub(crate) const NIL: &str = "00000000-0000-0000-0000-000000000000";

impl Ord for Atom {
    fn cmp(&self, other: &Atom) -> Ordering {
        match (self, other) {
            (Atom::Integer(a), Atom::Integer(b)) => a.cmp(b),
            (Atom::Real(a), Atom::Real(b)) => a.partial_cmp(b).unwrap(),
            (Atom::Boolean(a), Atom::Boolean(b)) => a.cmp(b),
            (Atom::String(a), Atom::String(b)) | (Atom::Uuid(a), Atom::Uuid(b)) => a.cmp(b),
            (Atom::Nothing, Atom::Nothing) => Ordering::Equal,
            _ => panic!("atoms of different types: {self:?} {other:?}"),
        }
    }
}

impl PartialOrd for Atom {
    fn partial_cmp(&self, other: &Atom) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Atom {
    fn eq(&self, other: &Atom) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Atom {}

/// A real number of the precision that is sent: 15 digits.
pub(crate) fn real(number: f64) -> Atom {
    // adding 0 makes one of both zeros
    Atom::Real(format!("{number:.14e}").parse::<f64>().unwrap() + 0.0)
}

impl Atom {
    fn read(json: &Value, base: &Base, named: Named<'_>) -> Result<Atom, ErrorName> {
        let atom = match (base.atom.as_str(), json) {
            ("integer", Value::Number(n)) => Atom::Integer(n.as_i64().ok_or(SYNTAX)?),
            ("real", Value::Number(n)) => real(n.as_f64().unwrap()),
            ("boolean", Value::Bool(b)) => Atom::Boolean(*b),
            ("string", Value::String(s)) => Atom::String(s.clone()),
            ("uuid", Value::Array(parts)) => match parts.as_slice() {
                [Value::String(tag), Value::String(text)] if tag == "uuid" => {
                    if !is_uuid(text) {
                        return Err(SYNTAX);
                    }
                    Atom::Uuid(text.clone())
                }
                [Value::String(tag), Value::String(name)] if tag == "named-uuid" && is_id(name) => {
                    Atom::Uuid(named(name))
                }
                _ => return Err(SYNTAX),
            },
            _ => return Err(SYNTAX),
        };
        atom.check(base)?;
        Ok(atom)
    }

    /// Whether the schema allows it.
    pub(crate) fn check(&self, base: &Base) -> Result<(), ErrorName> {
        let measure = match self {
            Atom::Integer(n) => *n as f64,
            Atom::Real(n) => *n,
            Atom::String(s) => s.chars().count() as f64,
            _ => 0.0,
        };
        let listed = base.enumeration.is_empty() || base.enumeration.contains(&self.json());
        let within = matches!(self, Atom::Boolean(_) | Atom::Uuid(_))
            || (base.range.0 <= measure && measure <= base.range.1);
        if listed && within { Ok(()) } else { Err(CONSTRAINT) }
    }

    fn default(base: &Base) -> Atom {
        match base.atom.as_str() {
            "integer" => Atom::Integer(0),
            "real" => Atom::Real(0.0),
            "boolean" => Atom::Boolean(false),
            "string" => Atom::String(String::new()),
            _ => Atom::Uuid(NIL.to_owned()),
        }
    }

    pub(crate) fn json(&self) -> Value {
        match self {
            Atom::Nothing => Value::Null,
            Atom::Integer(n) => json!(n),
            Atom::Real(n) => json!(n),
            Atom::Boolean(b) => json!(b),
            Atom::String(s) => json!(s),
            Atom::Uuid(u) => json!(["uuid", u]),
        }
    }
}

/// Whether a text is a UUID.
pub(crate) fn is_uuid(text: &str) -> bool {
    let groups: Vec<usize> = text.split('-').map(str::len).collect();
    groups == [8, 4, 4, 4, 12] && text.chars().all(|c| c == '-' || c.is_ascii_hexdigit())
}

/// Whether a text is an `<id>` (RFC 7047 section 3.1).
pub(crate) fn is_id(text: &str) -> bool {
    let is_start = |c: char| c.is_ascii_alphabetic() || c == '_';
    text.starts_with(is_start) && text.chars().all(|c| is_start(c) || c.is_ascii_digit())
}

/// Reads a value that has as many elements as the type wants.
pub(crate) fn read(json: &Value, type_: &Type, named: Named<'_>) -> Result<Datum, ErrorName> {
    let tagged = |tag: &str| match json.as_array().map(Vec::as_slice) {
        Some([Value::String(word), Value::Array(elements)]) if word == tag => Some(elements),
        _ => None,
    };
    let mut datum = Datum::new();
    let elements = match &type_.value {
        Some(_) => tagged("map").ok_or(SYNTAX)?,
        None => match tagged("set") {
            Some(elements) => elements,
            None => return Ok(Datum::from([(Atom::read(json, &type_.key, named)?, Atom::Nothing)])),
        },
    };
    if elements.len() < type_.min || elements.len() > type_.max {
        return Err(SYNTAX);
    }
    for element in elements {
        let (key, value) = match &type_.value {
            None => (Atom::read(element, &type_.key, named)?, Atom::Nothing),
            Some(base) => match element.as_array().map(Vec::as_slice) {
                Some([key, value]) => (Atom::read(key, &type_.key, named)?, Atom::read(value, base, named)?),
                _ => return Err(SYNTAX),
            },
        };
        datum.insert(key, value);
    }
    if datum.len() < elements.len() {
        return Err("ovsdb error");
    }
    Ok(datum)
}

/// What a column holds that was not given a value (RFC 7047 section 5.2.1).
pub(crate) fn default(type_: &Type) -> Datum {
    match &type_.value {
        _ if type_.min == 0 => Datum::new(),
        None => Datum::from([(Atom::default(&type_.key), Atom::Nothing)]),
        Some(value) => Datum::from([(Atom::default(&type_.key), Atom::default(value))]),
    }
}

/// Whether the schema allows each element, and as many as there are.
pub(crate) fn check(datum: &Datum, type_: &Type) -> Result<(), ErrorName> {
    for (key, value) in datum {
        key.check(&type_.key)?;
        type_.value.as_ref().map_or(Ok(()), |base| value.check(base))?;
    }
    let fits = type_.min <= datum.len() && datum.len() <= type_.max;
    if fits { Ok(()) } else { Err(CONSTRAINT) }
}

pub(crate) fn json(datum: &Datum, type_: &Type) -> Value {
    if type_.value.is_some() {
        let pairs: Vec<Value> = datum.iter().map(|(k, v)| json!([k.json(), v.json()])).collect();
        return json!(["map", pairs]);
    }
    let mut keys: Vec<Value> = datum.keys().map(Atom::json).collect();
    if keys.len() == 1 { keys.remove(0) } else { json!(["set", keys]) }
}
