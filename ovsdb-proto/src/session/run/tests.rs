//! Does a line come to its end, whatever a server answers?

mod conversation;
mod nonsense;
mod parts;

use super::{Run, RunOptions, Step, Verdict};
use crate::row::ReadError;
use crate::schema::{ColumnId, ColumnSet, DatabaseSchema, TableId};
use crate::session::RunError;
use crate::txn::{RowId, Txn};
use crate::value::Datum;
use serde_json::Value;
use std::sync::Arc;

const SCHEMA: &str = r#"{"name":"D","version":"2.0.0","tables":{
    "Port":{"columns":{"name":{"type":"string"},"tag":{"type":"integer"}},"indexes":[["name"]]},
    "Switch":{"columns":{"name":{"type":"string"},
        "ports":{"type":{"key":{"type":"uuid","refTable":"Port"},"min":0,"max":"unlimited"}}},"isRoot":true}}}"#;
const OLDER: &str = r#"{"name":"D","version":"1.2.3","tables":{
    "Port":{"columns":{"name":{"type":"string"}},"indexes":[["name"]]},
    "Switch":{"columns":{"name":{"type":"string"},
        "ports":{"type":{"key":{"type":"uuid","refTable":"Port"},"min":0,"max":"unlimited"}}},"isRoot":true}}}"#;

const PORT: TableId = TableId(0);
const SWITCH: TableId = TableId(1);
const NAME: ColumnId = ColumnId(2);
const TAG: ColumnId = ColumnId(3);
const PORTS: ColumnId = ColumnId(3);

const LEADER: &str = r#"[{"rows":[{"cid":["set",[]],"connected":true,"leader":true,"model":"standalone"}]}]"#;

fn schema() -> Arc<DatabaseSchema> {
    Arc::new(DatabaseSchema::parse(SCHEMA).unwrap())
}

fn uuid(n: u32) -> String {
    format!("00000000-0000-0000-0000-{n:012}")
}

fn named(n: u32, name: &str) -> String {
    format!(r#"{{"_uuid":["uuid","{}"],"name":"{name}"}}"#, uuid(n))
}

type Outcome<T> = Result<Step<T>, RunError<String>>;
type Line<'a, T> = &'a mut dyn FnMut(&mut Txn<'_>) -> Verdict<T, String>;

/// A line under way, and what it wrote that was not looked at yet.
struct Talk<'a, T> {
    run: Run<T>,
    line: Line<'a, T>,
    out: Vec<u8>,
}

impl<'a, T> Talk<'a, T> {
    fn new(line: Line<'a, T>) -> Talk<'a, T> {
        Talk::with(RunOptions::default(), line)
    }

    fn with(options: RunOptions, line: Line<'a, T>) -> Talk<'a, T> {
        Talk { run: Run::new(schema(), options), line, out: Vec::new() }
    }

    fn start(&mut self) -> Outcome<T> {
        self.run.start(self.line, &mut self.out)
    }

    fn hear(&mut self, message: &str) -> Outcome<T> {
        self.run.receive(message.as_bytes(), self.line, &mut self.out)
    }

    /// The server's answer to the request number `id`.
    fn answer(&mut self, id: u64, result: &str) -> Outcome<T> {
        self.hear(&format!(r#"{{"id":{id},"result":{result},"error":null}}"#))
    }

    fn refuse(&mut self, id: u64, error: &str) -> Outcome<T> {
        self.hear(&format!(r#"{{"id":{id},"result":null,"error":{error}}}"#))
    }

    /// The messages written since the last look.
    fn said(&mut self) -> Vec<Value> {
        let out = std::mem::take(&mut self.out);
        serde_json::Deserializer::from_slice(&out).into_iter().map(Result::unwrap).collect()
    }

    /// The only message written since the last look, less what the server's fitness is asked by: its number, and method with parameters.
    fn asked(&mut self) -> (u64, String) {
        let mut said = self.said();
        said.retain(|m| m["params"][0] != "_Server");
        assert_eq!(said.len(), 1, "{said:?}");
        (
            said[0]["id"].as_u64().unwrap(),
            format!("{}{}", said[0]["method"].as_str().unwrap(), said[0]["params"]),
        )
    }
}

fn goes_on<T: std::fmt::Debug>(step: Outcome<T>) {
    assert!(matches!(step, Ok(Step::Continue)), "{step:?}");
}

/// What commands do who pass on what they lack.
fn verdict<T: Default>(result: Result<T, ReadError>) -> Verdict<T, String> {
    match result {
        Ok(value) => Verdict::Done(value),
        Err(error) => Verdict::Failed(error.to_string()),
    }
}

fn lookup(t: &Txn<'_>, table: TableId, name: &str, columns: &[ColumnId]) -> Result<Vec<RowId>, ReadError> {
    t.lookup_rows(table, NAME, &Datum::one(name), columns.iter().copied().collect())
}

fn all(t: &Txn<'_>, table: TableId, columns: &[ColumnId]) -> Result<Vec<RowId>, ReadError> {
    t.find_rows(table, &[], columns.iter().copied().collect::<ColumnSet>())
}
