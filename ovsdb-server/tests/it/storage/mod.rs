//! Do database files hold what was committed, for us and for the C server, whatever happens to them?

mod crash;
mod damage;
mod exchange;
mod lock;
mod recover;

use crate::release::Release;
use crate::scratch::Scratch;
use ovsdb_proto::json::Writer;
use ovsdb_proto::schema::{ColumnId, DatabaseSchema, TableId};
use ovsdb_proto::value::{Atom, Datum, Uuid, write_view};
use ovsdb_server::engine::{Change, Commit, Database, Row};
use ovsdb_server::storage::{Journal, OpenOptions, Opened, StorageError, create, open};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

/// A table `T` with a name, a set and a map.
const SCHEMA: &str = r#"{"name":"Zoo","version":"1.0.0","tables":{"Animal":{"isRoot":true,"columns":{
    "name":{"type":"string"},
    "friends":{"type":{"key":"string","min":0,"max":"unlimited"}},
    "notes":{"type":{"key":"string","value":"string","min":0,"max":"unlimited"}}}}}}"#;

const ANIMAL: TableId = TableId(0);

fn schema() -> DatabaseSchema {
    DatabaseSchema::parse_strict(SCHEMA).unwrap()
}

/// A new database file, open.
fn zoo(path: &Path) -> Opened {
    create(path, &schema()).unwrap();
    reopen(path)
}

fn reopen(path: &Path) -> Opened {
    open(path, OpenOptions::default()).unwrap()
}

fn refused(path: &Path) -> StorageError {
    open(path, OpenOptions::default()).map(|opened| opened.notices).unwrap_err()
}

/// The row number `n` with a name, `None` if there is none with it afterwards.
fn animal(database: &Database, n: u128, values: Option<&[(&str, Datum)]>) -> Commit {
    let table = &database.schema().tables()[0];
    let uuid = Uuid::from_u128(n);
    let value = |(name, value): &(&str, Datum)| (table.column_id(name).unwrap(), value.clone());
    let new = values.map(|values| Row::new(table, uuid, Uuid::from_u128(n + 1), values.iter().map(value)));
    let old = database.row(ANIMAL, uuid).cloned();
    let changes = vec![Change { table: ANIMAL, uuid, old, new }];
    Commit { id: Uuid::default(), changes, comment: None, durable: false }
}

fn named(database: &Database, n: u128, name: &str) -> Commit {
    animal(database, n, Some(&[("name", text(name))]))
}

fn text(text: &str) -> Datum {
    Datum::one(text)
}

fn texts(texts: &[&str]) -> Datum {
    Datum::set(texts.iter().map(|text| Atom::from(*text)))
}

/// As a server does it: first to the file, then to the database.
fn commit(opened: &mut Opened, commit: &Commit) {
    opened.journal.append(&opened.database, commit).unwrap();
    opened.database.apply(commit);
}

/// All rows of a database: by table and UUID, the columns.
type Dump = BTreeMap<(String, String), BTreeMap<String, serde_json::Value>>;

fn dump(database: &Database) -> Dump {
    let mut all = Dump::new();
    for (id, table) in (0..).map(TableId).zip(database.schema().tables()) {
        for row in database.rows(id) {
            let columns = (2..).map(ColumnId).zip(&table.columns()[2..]).map(|(id, column)| {
                let mut out = Vec::new();
                write_view(&mut Writer::new(&mut out), row.read(table, id).unwrap(), &|_| false);
                (column.name.to_string(), serde_json::from_slice(&out).unwrap())
            });
            all.insert((table.name.to_string(), row.uuid().to_string()), columns.collect());
        }
    }
    all
}

/// The same, as the C tool reads the file.
fn their_dump(release: &Release, path: &Path, schema: &DatabaseSchema) -> Dump {
    let mut query = vec![serde_json::json!(&*schema.name)];
    for table in schema.tables() {
        query.push(serde_json::json!({"op": "select", "table": &*table.name, "where": []}));
    }
    let query = serde_json::Value::from(query).to_string();
    let said = release.tool_says(&["query".as_ref(), path.as_ref(), query.as_ref()]);
    let results: serde_json::Value = serde_json::from_str(&said).unwrap();
    let mut all = Dump::new();
    for (table, result) in schema.tables().iter().zip(results.as_array().unwrap()) {
        for row in result["rows"].as_array().unwrap_or_else(|| panic!("{said}")) {
            let row = row.as_object().unwrap();
            let uuid = row["_uuid"][1].as_str().unwrap().to_owned();
            let columns = row.iter().filter(|(name, _)| !name.starts_with('_'));
            let columns = columns.map(|(name, value)| (name.clone(), value.clone())).collect();
            all.insert((table.name.to_string(), uuid), columns);
        }
    }
    all
}
