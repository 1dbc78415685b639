//! Does the engine answer every transaction as ovsdb-server 4.0 does, and leave the same rows?

mod compare;
mod order;
mod real;

use compare::Names;
use ovsdb_proto::schema::DatabaseSchema;
use ovsdb_server::engine::{Context, Database, Execution, Ids};
use real::Real;
use serde_json::Value;
use std::sync::Arc;

pub(crate) const SCHEMA: &str = include_str!("schema.json");

/// An engine and a real server that are given the same.
pub(crate) struct Pair {
    database: Database,
    ids: Ids,
    real: Real,
    names: Names,
    // asks for all rows of all tables
    everything: String,
}

impl Pair {
    pub(crate) fn new(schema: &str) -> Pair {
        let parsed = DatabaseSchema::parse(schema).unwrap();
        let mut operations = Vec::new();
        for table in parsed.tables() {
            let columns: Vec<&str> =
                table.columns().iter().map(|c| &*c.name).filter(|c| *c != "_version").collect();
            operations.push(serde_json::json!({
                "op": "select", "table": &*table.name, "where": [], "columns": columns}));
        }
        let everything = Value::Array(operations).to_string();
        let database = Database::new(Arc::new(parsed));
        Pair { database, ids: Ids::new(1), real: Real::start(schema), names: Names::default(), everything }
    }

    /// The results of the engine; what it commits is applied.
    fn engine(&mut self, operations: &str, elapsed_ms: u64) -> Value {
        let params = format!("[\"D\",{}", operations.trim_start().strip_prefix('[').unwrap());
        let params = params.replace("[\"D\",]", "[\"D\"]");
        let mut out = Vec::new();
        let mut cx =
            Context { elapsed_ms, holds_lock: &|name| name == "held", ..Context::new(&mut self.ids) };
        match self.database.execute(params.as_bytes(), &mut cx, &mut out) {
            Execution::Done { commit } => {
                if let Some(commit) = commit {
                    self.database.apply(&commit);
                }
                serde_json::from_slice(&out).unwrap()
            }
            Execution::Waiting { until_ms } => {
                assert!(out.is_empty(), "a transaction that waits says nothing");
                match until_ms {
                    Some(until) if elapsed_ms < until => self.engine(operations, until),
                    until => panic!("waits until {until:?} at {elapsed_ms}: {operations}"),
                }
            }
        }
    }

    /// Gives both the same operations, and compares what they say and what is in the tables afterwards.
    pub(crate) fn check(&mut self, operations: &str) -> Result<(), String> {
        self.same(operations)?;
        let everything = self.everything.clone();
        let left = self.same(&everything);
        left.map_err(|e| format!("{operations}\n  leaves {}", e.split_once('\n').unwrap().1))
    }

    fn same(&mut self, operations: &str) -> Result<(), String> {
        let mut ours = self.engine(operations, 0);
        let mut theirs = self.real.transact(operations);
        self.names.learn(operations, &ours, &theirs);
        self.names.canonical(&mut ours, true);
        self.names.canonical(&mut theirs, false);
        if ours == theirs {
            return Ok(());
        }
        Err(format!("{operations}\n{}", compare::difference(&ours, &theirs)))
    }
}

/// Runs a file of transactions, one a line; those behind an empty line start with new databases.
fn check(text: &str) {
    let mut failures = Vec::new();
    for group in text.split("\n\n") {
        let mut pair = Pair::new(SCHEMA);
        for line in group.lines().filter(|line| !line.starts_with('#') && !line.is_empty()) {
            failures.extend(pair.check(line).err());
            if failures.last().is_some_and(|failure| failure.contains("\n  leaves ")) {
                break;
            }
        }
    }
    assert!(failures.is_empty(), "{} differ:\n{}", failures.len(), failures.join("\n"));
}

#[test]
fn values_and_conditions() {
    check(include_str!("values.txt"));
}

#[test]
fn operations() {
    check(include_str!("operations.txt"));
}

#[test]
fn references_and_indexes() {
    check(include_str!("references.txt"));
}
