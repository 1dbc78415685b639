//! What do the generator and the model know of the schema: its JSON text, read in the plainest way.

use serde_json::Value;
use std::collections::BTreeMap;

/// A schema that has every type and every constraint.
pub(crate) const SCHEMA: &str = include_str!("schema.json");

pub(crate) struct Schema {
    pub(crate) tables: BTreeMap<String, Table>,
}

pub(crate) struct Table {
    pub(crate) is_root: bool,
    pub(crate) max_rows: usize,
    pub(crate) indexes: Vec<Vec<String>>,
    /// `_uuid` and `_version` among them.
    pub(crate) columns: BTreeMap<String, Column>,
}

#[derive(Clone)]
pub(crate) struct Column {
    pub(crate) mutable: bool,
    pub(crate) type_: Type,
}

#[derive(Clone)]
pub(crate) struct Type {
    pub(crate) key: Base,
    pub(crate) value: Option<Base>,
    pub(crate) min: usize,
    pub(crate) max: usize,
}

#[derive(Clone)]
pub(crate) struct Base {
    /// `integer`, `real`, `boolean`, `string` or `uuid`.
    pub(crate) atom: String,
    /// The values that are allowed; any if there are none.
    pub(crate) enumeration: Vec<Value>,
    /// The smallest and the largest number, or length of a string.
    pub(crate) range: (f64, f64),
    /// The table that it refers to, and whether it does so strongly.
    pub(crate) refers: Option<(String, bool)>,
}

impl Schema {
    pub(crate) fn new() -> Schema {
        let json: Value = serde_json::from_str(SCHEMA).unwrap();
        let tables = json["tables"].as_object().unwrap();
        Schema { tables: tables.iter().map(|(name, table)| (name.clone(), Table::read(table))).collect() }
    }
}

impl Table {
    fn read(json: &Value) -> Table {
        let column = |(name, json): (&String, &Value)| {
            let mutable = json["mutable"].as_bool().unwrap_or(true);
            (name.clone(), Column { mutable, type_: Type::read(&json["type"]) })
        };
        let mut columns: BTreeMap<String, Column> =
            json["columns"].as_object().unwrap().iter().map(column).collect();
        for name in ["_uuid", "_version"] {
            let type_ = Type::read(&Value::from("uuid"));
            columns.insert(name.to_owned(), Column { mutable: false, type_ });
        }
        Table {
            is_root: json["isRoot"].as_bool().unwrap_or(false),
            max_rows: count(&json["maxRows"]).unwrap_or(usize::MAX),
            indexes: serde_json::from_value(json["indexes"].clone()).unwrap_or_default(),
            columns,
        }
    }
}

impl Type {
    fn read(json: &Value) -> Type {
        if json.is_string() {
            return Type { key: Base::read(json), value: None, min: 1, max: 1 };
        }
        let unlimited = json["max"].is_string().then_some(usize::MAX);
        Type {
            key: Base::read(&json["key"]),
            value: json.get("value").map(Base::read),
            min: count(&json["min"]).unwrap_or(1),
            max: unlimited.or(count(&json["max"])).unwrap_or(1),
        }
    }

    pub(crate) fn is_scalar(&self) -> bool {
        self.value.is_none() && (self.min, self.max) == (1, 1)
    }
}

impl Base {
    fn read(json: &Value) -> Base {
        let Some(atom) = json.get("type") else {
            let atom = json.as_str().unwrap().to_owned();
            return Base { atom, enumeration: Vec::new(), range: (f64::MIN, f64::MAX), refers: None };
        };
        let bound = |names: [&str; 3]| names.iter().find_map(|name| json[*name].as_f64());
        let min = bound(["minInteger", "minReal", "minLength"]).unwrap_or(f64::MIN);
        let max = bound(["maxInteger", "maxReal", "maxLength"]).unwrap_or(f64::MAX);
        let strong = json["refType"].as_str() != Some("weak");
        Base {
            atom: atom.as_str().unwrap().to_owned(),
            enumeration: json["enum"][1].as_array().cloned().unwrap_or_default(),
            range: (min, max),
            refers: json["refTable"].as_str().map(|table| (table.to_owned(), strong)),
        }
    }
}

fn count(json: &Value) -> Option<usize> {
    json.as_u64().and_then(|n| usize::try_from(n).ok())
}
