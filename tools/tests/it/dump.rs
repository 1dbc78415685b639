//! What does a database hold, so that two of them compare equal when only the UUIDs of new rows differ?

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use crate::release::Database;
use crate::rpc::Client;

/// Columns that hold the time of day.
const TIMES: [&str; 3] = ["nb_cfg_timestamp", "sb_cfg_timestamp", "hv_cfg_timestamp"];

/// Every row of a database.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Dump {
    database: Database,
    rows: Vec<Row>,
}

#[derive(Clone, Debug, PartialEq)]
struct Row {
    table: String,
    uuid: String,
    columns: Map<String, Value>,
}

/// The names of the tables of a database, which a dump asks for.
pub(crate) fn tables(client: &mut Client, database: Database) -> Vec<String> {
    let schema = client.call("get_schema", &json!([database.name()]));
    schema["tables"].as_object().unwrap().keys().cloned().collect()
}

impl Dump {
    /// No rows.
    pub(crate) fn empty(database: Database) -> Dump {
        Dump { database, rows: Vec::new() }
    }

    /// Which database this is of.
    pub(crate) fn database(&self) -> Database {
        self.database
    }

    /// Reads all `tables` in one transaction.
    pub(crate) fn read(client: &mut Client, database: Database, tables: &[String]) -> Dump {
        let selects =
            tables.iter().map(|table| json!({"op": "select", "table": table, "where": []})).collect();
        let mut rows = Vec::new();
        for (table, mut result) in tables.iter().zip(client.transact(database.name(), selects)) {
            let Value::Array(found) = result["rows"].take() else { panic!("select must answer with rows") };
            for row in found {
                let Value::Object(mut columns) = row else { panic!("a row must be an object") };
                columns.remove("_version");
                let uuid = columns.remove("_uuid").unwrap()[1].as_str().unwrap().to_owned();
                for time in TIMES {
                    if columns.get(time).is_some_and(|value| value.as_i64() != Some(0)) {
                        columns.insert(time.to_owned(), json!("some time"));
                    }
                }
                rows.push(Row { table: table.clone(), uuid, columns });
            }
        }
        rows.sort_by(|a, b| (&a.table, &a.uuid).cmp(&(&b.table, &b.uuid)));
        Dump { database, rows }
    }

    /// The same rows under UUIDs that depend on nothing but the contents, so that every run sees the same ones.
    pub(crate) fn with_stable_uuids(&self) -> Dump {
        let names = self.names(&BTreeSet::new());
        let uuids: BTreeMap<_, _> =
            names.iter().map(|(uuid, name)| (uuid.as_str(), stable_uuid(self.database, name))).collect();
        let replace = |uuid: &str| uuids.get(uuid).cloned();
        let mut rows: Vec<Row> = self.rows.iter().map(|row| row.renamed(&replace)).collect();
        rows.sort_by(|a, b| (&a.table, &a.uuid).cmp(&(&b.table, &b.uuid)));
        Dump { database: self.database, rows }
    }

    /// The operations that insert these rows, with their UUIDs, into an empty database.
    pub(crate) fn inserts(&self) -> Vec<Value> {
        let insert =
            |row: &Row| json!({"op": "insert", "table": row.table, "uuid": row.uuid, "row": row.columns});
        self.rows.iter().map(insert).collect()
    }

    /// The UUIDs of all rows.
    pub(crate) fn uuids(&self) -> impl Iterator<Item = &str> {
        self.rows.iter().map(|row| row.uuid.as_str())
    }

    /// The UUID of the first row of `table` in which some column is the string `value`.
    pub(crate) fn find(&self, table: &str, value: &str) -> Option<&str> {
        let holds = |row: &&Row| row.table == table && row.columns.values().any(|column| column == value);
        self.rows.iter().find(holds).map(|row| row.uuid.as_str())
    }

    /// Names such as `<Logical_Switch 0>` for every row that is not `known`, by content: rows of isomorphic databases
    /// get the same names, but for rows that nothing tells apart.
    pub(crate) fn names(&self, known: &BTreeSet<String>) -> BTreeMap<String, String> {
        let new: Vec<&Row> = self.rows.iter().filter(|row| !known.contains(&row.uuid)).collect();
        let mut labels: BTreeMap<String, String> =
            new.iter().map(|row| (row.uuid.clone(), "new".to_owned())).collect();
        // Each round lets what a row refers to, and what refers to it, flow one reference further.
        for _ in 0..4 {
            let replace = |uuid: &str| labels.get(uuid).cloned();
            let mut seen: BTreeMap<String, Vec<String>> = BTreeMap::new();
            for row in &self.rows {
                let renamed = row.renamed(&replace);
                let content = format!("{} {}", row.table, Value::Object(renamed.columns));
                for uuid in uuids_in(&Value::Object(row.columns.clone()).to_string()) {
                    if labels.contains_key(&uuid) && uuid != row.uuid {
                        seen.entry(uuid).or_default().push(content.clone());
                    }
                }
                seen.entry(row.uuid.clone()).or_default().push(format!("self {content}"));
            }
            for (uuid, label) in &mut labels {
                let mut parts = seen.remove(uuid).unwrap_or_default();
                parts.sort();
                *label = format!("{:016x}", fnv(&parts.join("\n")));
            }
        }
        let mut ordered: Vec<(&str, &str, &str)> = new
            .iter()
            .map(|row| (row.table.as_str(), labels[&row.uuid].as_str(), row.uuid.as_str()))
            .collect();
        ordered.sort_unstable();
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        let mut names = BTreeMap::new();
        for (table, _, uuid) in ordered {
            let count = counts.entry(table).or_default();
            names.insert(uuid.to_owned(), format!("<{table} {count}>"));
            *count += 1;
        }
        names
    }

    /// One line for each row, with the UUIDs replaced by `names`, sorted.
    pub(crate) fn lines(&self, names: &BTreeMap<String, String>) -> Vec<String> {
        let replace = |uuid: &str| names.get(uuid).cloned();
        let mut lines: Vec<String> = self
            .rows
            .iter()
            .map(|row| row.renamed(&replace))
            .map(|row| format!("{} {} {}", row.table, row.uuid, Value::Object(row.columns)))
            .collect();
        lines.sort();
        lines
    }
}

impl Row {
    fn renamed(&self, replace: &dyn Fn(&str) -> Option<String>) -> Row {
        let columns =
            self.columns.iter().map(|(name, value)| (name.clone(), renamed(value, replace))).collect();
        let uuid = replace(&self.uuid).unwrap_or_else(|| self.uuid.clone());
        Row { table: self.table.clone(), uuid, columns }
    }
}

/// A value with the UUIDs in it replaced, also inside strings, and its sets and maps sorted anew.
fn renamed(value: &Value, replace: &dyn Fn(&str) -> Option<String>) -> Value {
    match value {
        Value::String(text) => Value::String(replace_uuids(text, replace)),
        Value::Array(elements) => {
            let mut elements: Vec<Value> = elements.iter().map(|element| renamed(element, replace)).collect();
            if let [Value::String(tag), Value::Array(members)] = elements.as_mut_slice()
                && matches!(tag.as_str(), "set" | "map")
            {
                members.sort_by_key(Value::to_string);
            }
            Value::Array(elements)
        }
        other => other.clone(),
    }
}

/// `text` with every UUID in it for which there is a replacement replaced.
pub(crate) fn replace_uuids(text: &str, replace: &dyn Fn(&str) -> Option<String>) -> String {
    let mut result = String::new();
    let mut rest = text;
    while let Some(at) = find_uuid(rest) {
        let (before, after) = rest.split_at(at);
        let (uuid, after) = after.split_at(36);
        result.push_str(before);
        result.push_str(&replace(uuid).unwrap_or_else(|| uuid.to_owned()));
        rest = after;
    }
    result + rest
}

/// The UUIDs in a text, in order.
pub(crate) fn uuids_in(text: &str) -> Vec<String> {
    let found = std::cell::RefCell::new(Vec::new());
    replace_uuids(text, &|uuid| {
        found.borrow_mut().push(uuid.to_owned());
        None
    });
    found.into_inner()
}

fn find_uuid(text: &str) -> Option<usize> {
    let is_uuid = |window: &[u8]| {
        (0..).zip(window).all(|(i, byte)| match i {
            8 | 13 | 18 | 23 => *byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
    };
    text.as_bytes().windows(36).position(is_uuid)
}

fn fnv(text: &str) -> u64 {
    text.bytes()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

fn stable_uuid(database: Database, name: &str) -> String {
    let half = |salt: &str| {
        // A last mixing step: the IDL's hash tables look at the low bits of the first word.
        let hash = fnv(&format!("{} {name} {salt}", database.name()));
        (hash ^ (hash >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9)
    };
    let hex = format!("{:016x}{:016x}", half("first"), half("second"));
    format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
}

#[test]
fn isomorphic_databases_have_equal_lines() {
    let row = |table: &str, uuid: &str, name: &str, refers: &str| Row {
        table: table.to_owned(),
        uuid: uuid.to_owned(),
        columns: json!({"name": name, "ports": ["uuid", refers]}).as_object().unwrap().clone(),
    };
    let uuid = |n: u32| format!("{n:08x}-0000-4000-8000-000000000000");
    let dump = |a: u32, b: u32, c: u32| Dump {
        database: Database::Nb,
        rows: vec![
            row("S", &uuid(a), "s", &uuid(b)),
            row("P", &uuid(b), "p", &uuid(a)),
            row("P", &uuid(c), "p", &uuid(c)),
        ],
    };
    let lines = |dump: &Dump, known: &[String]| dump.lines(&dump.names(&known.iter().cloned().collect()));
    assert_eq!(lines(&dump(1, 2, 3), &[]), lines(&dump(7, 6, 5), &[]));
    assert_ne!(lines(&dump(1, 2, 3), &[uuid(1)]), lines(&dump(7, 6, 5), &[uuid(7)]));
    assert_eq!(dump(1, 2, 3).with_stable_uuids(), dump(7, 6, 5).with_stable_uuids());
}
