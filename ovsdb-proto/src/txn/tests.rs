//! Does a transaction read its own edits, and does it send the fewest operations?

mod finish;
mod outcome;
mod programs;
mod reads;

use super::{Commit, RowId, Txn};
use crate::json::Writer;
use crate::op::{Condition, encode};
use crate::replica::{Absent, Cells, Snapshot};
use crate::row::{Query, ReadError};
use crate::schema::{ColumnId, ColumnSet, DatabaseSchema, TableId};
use crate::value::{Atom, Datum, Uuid};
use std::sync::Arc;

const SCHEMA: &str = r#"{"name":"D","version":"2.0.0","tables":{
    "Global":{"columns":{"cfg":{"type":"integer"}},"isRoot":true,"maxRows":1},
    "Port":{"columns":{"name":{"type":"string"},"tag":{"type":{"key":"integer","min":0,"max":1}},
        "options":{"type":{"key":"string","value":"string","min":0,"max":"unlimited"}}},"indexes":[["name"]]},
    "Switch":{"columns":{"name":{"type":"string"},
        "ports":{"type":{"key":{"type":"uuid","refTable":"Port"},"min":0,"max":"unlimited"}}},"isRoot":true}}}"#;

const GLOBAL: TableId = TableId(0);
const PORT: TableId = TableId(1);
const SWITCH: TableId = TableId(2);
// of Global; `_uuid` and `_version` come first in all tables
const CFG: ColumnId = ColumnId(2);
// of Port and of Switch
const NAME: ColumnId = ColumnId(2);
// of Port
const OPTIONS: ColumnId = ColumnId(3);
const TAG: ColumnId = ColumnId(4);
// of Switch
const PORTS: ColumnId = ColumnId(3);

fn schema() -> Arc<DatabaseSchema> {
    Arc::new(DatabaseSchema::parse(SCHEMA).unwrap())
}

fn uuid(n: u128) -> Uuid {
    Uuid::from_u128(n)
}

fn row(table: TableId, n: u128) -> RowId {
    RowId { table, uuid: uuid(n) }
}

fn set(columns: &[ColumnId]) -> ColumnSet {
    columns.iter().copied().collect()
}

fn strings(items: &[&str]) -> Datum {
    Datum::set(items.iter().map(|s| Atom::from(*s)))
}

fn map(items: &[(&str, &str)]) -> Datum {
    Datum::map(items.iter().map(|(k, v)| (Atom::from(*k), Atom::from(*v))))
}

fn refs(rows: &[u128]) -> Datum {
    Datum::set(rows.iter().map(|n| Atom::Uuid(uuid(*n))))
}

fn named(name: &str) -> Condition {
    Condition::eq(NAME, Datum::one(name))
}

/// Everything that is in a small database: switches 1 (`sw`, with ports 11 and 12) and 2 (`sw`, too), ports 11 (`p`) and 12 (`q`, tag 7, an option), the
/// global row 21.
fn contents() -> Vec<(TableId, u128, Cells)> {
    vec![
        (GLOBAL, 21, vec![(CFG, Datum::one(4))]),
        (PORT, 11, vec![(NAME, Datum::one("p"))]),
        (
            PORT,
            12,
            vec![(NAME, Datum::one("q")), (TAG, Datum::one(7)), (OPTIONS, map(&[("k", "v"), ("l", "w")]))],
        ),
        (SWITCH, 1, vec![(NAME, Datum::one("sw")), (PORTS, refs(&[11, 12]))]),
        (SWITCH, 2, vec![(NAME, Datum::one("sw"))]),
    ]
}

fn whole_of(contents: &[(TableId, u128, Cells)]) -> Snapshot {
    let schema = schema();
    let mut snapshot = Snapshot::new(Arc::clone(&schema), Arc::new(Absent::default()));
    for table in [GLOBAL, PORT, SWITCH] {
        let rows = contents.iter().filter(|r| r.0 == table).map(|r| (uuid(r.1), r.2.clone()));
        let query = Query { table, conditions: Vec::new(), columns: ColumnSet::EMPTY.complement() };
        snapshot.answer(&query, rows);
    }
    snapshot
}

fn whole() -> Snapshot {
    whole_of(&contents())
}

fn nothing() -> Snapshot {
    Snapshot::new(schema(), Arc::default())
}

fn missing<T: std::fmt::Debug>(result: Result<T, ReadError>) -> Vec<Query> {
    match result {
        Err(ReadError::Missing(missing)) => missing.0,
        other => panic!("nothing is missing: {other:?}"),
    }
}

/// The operations that are sent, one a line, without quotation marks; rows that are new are called `new1`, `new2`, ... in the order of their inserts, and others by their numbers.
fn sent(txn: &Txn<'_>) -> Vec<String> {
    let Commit::Send(request) = txn.finish().unwrap() else { return Vec::new() };
    let mut bytes = Vec::new();
    let mut lines: Vec<String> = Vec::new();
    let mut new = Vec::new();
    for operation in &request.operations {
        if let crate::op::Operation::Insert { uuid, .. } = operation {
            new.push(*uuid);
        }
    }
    let mut writer = Writer::new(&mut bytes);
    writer.begin_array();
    encode(&request.operations, txn.base().schema(), &mut writer).unwrap();
    writer.end_array();
    let mut text = String::from_utf8(bytes).unwrap().replace('"', "");
    for (uuid, number) in new.iter().zip(1..) {
        text = text.replace(&uuid.to_string(), &format!("new{number}"));
        text = text.replace(&crate::value::row_name(*uuid), &format!("new{number}"));
    }
    for number in (0..40u128).rev() {
        text = text.replace(&uuid(number).to_string(), &format!("#{number}"));
    }
    let inner = text.strip_prefix('[').and_then(|t| t.strip_suffix(']')).unwrap();
    lines.extend(inner.split("{op:").skip(1).map(|op| {
        let op = op.trim_end_matches(',');
        op.strip_suffix('}').unwrap().to_owned()
    }));
    lines
}
