//! Does every command come to an end over rows that are well-formed, but otherwise as odd as rows can be?

use crate::line::{Ready, Sent, sent};
use crate::lines::READY;
use ovn_tools::ctl::print;
use ovn_tools::ctl::progress::Awaited;
use ovsdb_proto::schema::{BaseType, ColumnSchema, ColumnType, DatabaseSchema, TableSchema};
use ovsdb_proto::session::{Conclusion, Run, RunError, RunOptions, Step, Verdict};
use ovsdb_proto::txn::Txn;
use ovsdb_proto::value::AtomType;
use serde_json::{Map, Value, json};
use std::collections::VecDeque;
use std::fmt::{Debug, Display};
use std::sync::Arc;

/// Each message that a line exchanges uses up some choices, and once there are none left the server behaves: a line that is not done by then is without end.
const CHOICES_MAX: usize = 1000;
const STEPS_MAX: usize = CHOICES_MAX + 200;

/// Few enough values that rows have them in common.
const INTEGERS: [i64; 10] = [0, 1, 2, 7, -1, 4095, 32767, 1 << 32, i64::MAX, i64::MIN];
const REALS: [f64; 4] = [0.0, 1.5, -1e300, 5e-324];
const STRINGS: [&str; 32] = [
    "",
    "sw0",
    "r0",
    "p0",
    "rp0",
    "p1",
    "br0",
    "br1",
    "c0",
    "ts0",
    "az0",
    "a",
    "b",
    "x",
    "router",
    "internal",
    "dynamic",
    "unknown",
    "10.0.0.1",
    "10.0.0.0/8",
    "10.0.0.1/24",
    "192.168.0.1",
    "fd00::1/64",
    "::",
    "00:00:00:00:00:01",
    "00:00:00:00:00:01 10.0.0.1 fd00::1",
    "src-ip",
    "dst-ip",
    "ptcp:6641",
    "a b\nc",
    "\"\\,=:\u{e9}",
    "00112233-4455-6677-8899-aabbccddeeff",
];
const UUIDS: [&str; 6] = [
    "00112233-4455-6677-8899-aabbccddeeff",
    "00112233-4455-6677-8899-aabbccddee00",
    "00110000-0000-0000-0000-000000000000",
    "00000000-0000-0000-0000-000000000000",
    "ffffffff-ffff-ffff-ffff-ffffffffffff",
    "a0000000-0000-0000-0000-00000000000a",
];
const ERRORS: [&str; 12] = [
    "constraint violation",
    "referential integrity violation",
    "timed out",
    "not owner",
    "unknown database",
    "unknown table",
    "unknown column",
    "syntax error",
    "canceled",
    "aborted",
    "resources exhausted",
    "",
];

/// What the server does: each byte is one choice, and 0 the plain one.
struct Choices<'a>(&'a [u8]);

impl Choices<'_> {
    fn byte(&mut self) -> u8 {
        let Some((&first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        first
    }

    fn of<T: Copy>(&mut self, all: &[T]) -> Option<T> {
        all.get(usize::from(self.byte()) % all.len().max(1)).copied()
    }
}

/// The first byte chooses the line, the others what a server answers.
pub fn check_replies(data: &[u8]) {
    let Some((&choice, choices)) = data.split_first() else { return };
    let Some(ready) = READY.get(usize::from(choice) % READY.len()) else { return };
    let mut choices = Choices(choices.get(..CHOICES_MAX).unwrap_or(choices));
    let line = ready.line();
    let mut run = Run::new(Arc::clone((ready.def().schema)()), RunOptions::default());
    let mut line = |txn: &mut Txn<'_>| line.run(txn);
    let Some(conclusion) = converse(ready, &mut run, &mut line, &mut choices) else { return };
    let rows = conclusion.committed.as_ref().map(|c| c.rows.clone()).unwrap_or_default();
    print::render(&conclusion.value.outputs, &ready.globals, &rows);

    let counted = conclusion.committed.as_ref().and_then(|c| c.counters.first().copied());
    let (Some(count), Some(progress)) = (counted, ready.def().progress) else { return };
    let awaited = Awaited { progress, info: ready.def().tool.info(), wait: ready.globals.wait, count };
    let options = RunOptions { first_id: run.next_id(), ..RunOptions::default() };
    let mut run = Run::new(Arc::clone((ready.def().schema)()), options);
    converse(ready, &mut run, &mut |txn: &mut Txn<'_>| awaited.check(txn), &mut choices);
}

fn converse<T: Debug, E: Debug + Display>(
    ready: &Ready,
    run: &mut Run<T>,
    line: &mut dyn FnMut(&mut Txn<'_>) -> Verdict<T, E>,
    choices: &mut Choices<'_>,
) -> Option<Conclusion<T>> {
    let schema = (ready.def().schema)();
    let (mut out, mut open) = (Vec::new(), VecDeque::new());
    let mut step = run.start(line, &mut out);
    for _ in 0..STEPS_MAX {
        open.extend(sent(&mut out));
        match step {
            Ok(Step::Continue) => {}
            Ok(Step::Finished(conclusion)) => return Some(conclusion),
            Ok(Step::Pause { .. }) => {
                run.resume(&mut out);
                open.extend(sent(&mut out));
            }
            Err(error) => {
                assert!(matches!(error, RunError::Line(_)) || !error.to_string().is_empty());
                run.leave(&mut out);
                sent(&mut out);
                return None;
            }
        }
        let message = match open.pop_front() {
            Some(request) => reply(schema, &request, choices),
            // it waits: something changes, as long as there is anything left to choose
            None if !choices.0.is_empty() => {
                choices.byte();
                json!({"id": null, "method": "update", "params": [0, {}]})
            }
            None => return None,
        };
        step = run.receive(message.to_string().as_bytes(), line, &mut out);
    }
    assert!(!choices.0.is_empty(), "no end");
    None
}

fn reply(schema: &DatabaseSchema, request: &Sent, choices: &mut Choices<'_>) -> Value {
    let result = match request.method.as_str() {
        "transact" => transact(schema, &request.params, choices),
        "get_schema" => older(schema, choices),
        _ => json!({}),
    };
    match choices.byte() {
        255 => json!({"id": request.id, "result": null, "error": "canceled"}),
        254 => json!({"id": request.id, "result": null, "error": error(choices)}),
        _ => json!({"id": request.id, "result": result, "error": null}),
    }
}

fn error(choices: &mut Choices<'_>) -> Value {
    let error = choices.of(&ERRORS);
    if choices.byte().is_multiple_of(2) {
        json!({"error": error})
    } else {
        json!({"error": error, "details": "d"})
    }
}

/// A schema that lacks some tables and columns.
fn older(schema: &DatabaseSchema, choices: &mut Choices<'_>) -> Value {
    let mut tables: Value = serde_json::from_str(&schema.to_json()).unwrap_or_default();
    for _ in 0..choices.byte() % 8 {
        let Some(all) = tables.get_mut("tables").and_then(Value::as_object_mut) else { break };
        let names: Vec<String> = all.keys().cloned().collect();
        let Some(name) = choices.of(&names.iter().collect::<Vec<_>>()) else { break };
        let column = choices.byte();
        if column == 0 {
            all.remove(name);
        } else if let Some(columns) =
            all.get_mut(name).and_then(|t| t.get_mut("columns")).and_then(Value::as_object_mut)
        {
            let names: Vec<String> = columns.keys().cloned().collect();
            if let Some(name) = names.get(usize::from(column) % names.len().max(1)) {
                columns.remove(name);
            }
        }
    }
    tables
}

fn transact(schema: &DatabaseSchema, params: &[Value], choices: &mut Choices<'_>) -> Value {
    let Some((database, operations)) = params.split_first() else { return json!([]) };
    if database == "_Server" {
        let odd = choices.byte();
        let (connected, leader) = (odd & 1 == 0, odd & 2 == 0);
        let model = if odd & 4 == 0 { "standalone" } else { "clustered" };
        return json!([{"rows": [{"connected": connected, "leader": leader, "model": model, "cid": ["set", []]}]}]);
    }
    let mut results = Vec::new();
    for operation in operations {
        if choices.byte() == 255 {
            results.push(error(choices));
            break;
        }
        results.push(result(schema, operation, choices));
    }
    results.resize(operations.len(), Value::Null);
    // the commit may fail after all operations
    if choices.byte() == 255 {
        results.push(error(choices));
    }
    Value::Array(results)
}

fn result(schema: &DatabaseSchema, operation: &Value, choices: &mut Choices<'_>) -> Value {
    match operation["op"].as_str() {
        Some("insert") => json!({"uuid": ["uuid", choices.of(&UUIDS)]}),
        Some("update" | "mutate" | "delete") => json!({"count": choices.byte()}),
        Some("abort") => json!({"error": "aborted", "details": "aborted by request"}),
        Some("select") => {
            let table = operation["table"].as_str().and_then(|name| schema.table(schema.table_id(name)?));
            let Some(table) = table else { return json!({"rows": []}) };
            let rows: Vec<Value> = (0..choices.byte() % 5).map(|_| row(table, operation, choices)).collect();
            json!({"rows": rows})
        }
        _ => json!({}),
    }
}

/// A row of the columns asked for, which mostly meets the conditions that ask for one value.
fn row(table: &TableSchema, operation: &Value, choices: &mut Choices<'_>) -> Value {
    let mut row = Map::new();
    for name in operation["columns"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        let Some(column) = table.column_id(name).and_then(|id| table.column(id)) else { continue };
        row.insert(name.to_owned(), cell(column, choices));
    }
    let keeps = choices.byte() % 8 != 7;
    for condition in operation["where"].as_array().into_iter().flatten().filter(|_| keeps) {
        if let (Some(column), Some("==")) = (condition[0].as_str(), condition[1].as_str())
            && let Some(held) = row.get_mut(column)
        {
            *held = condition[2].clone();
        }
    }
    Value::Object(row)
}

fn cell(column: &ColumnSchema, choices: &mut Choices<'_>) -> Value {
    let ColumnType { key, value, min, .. } = &column.type_;
    let count = choices.byte();
    if column.type_.is_scalar() {
        return atom(key, choices);
    }
    // mostly as many as are allowed, sometimes more
    let most = if count < 200 { column.type_.max.min(3) } else { 4 };
    let count = u32::from(count % 8).clamp(*min, most.max(*min));
    let mut keys: Vec<Value> = (0..count).map(|_| atom(key, choices)).collect();
    if choices.byte() != 255 {
        let mut seen: Vec<Value> = Vec::new();
        keys.retain(|key| {
            !seen.contains(key) && {
                seen.push(key.clone());
                true
            }
        });
    }
    match value {
        Some(value) => {
            let pairs: Vec<Value> = keys.into_iter().map(|key| json!([key, atom(value, choices)])).collect();
            json!(["map", pairs])
        }
        None => json!(["set", keys]),
    }
}

fn atom(base: &BaseType, choices: &mut Choices<'_>) -> Value {
    let text = choices.byte();
    if let (Some(allowed), 0..200) = (&base.allowed, text) {
        let allowed = choices.of(&allowed.iter().collect::<Vec<_>>());
        return match allowed.map(|a| (a.as_str(), a.as_integer())) {
            Some((Some(text), _)) => json!(text),
            Some((_, Some(n))) => json!(n),
            _ => Value::Null,
        };
    }
    match base.atom {
        AtomType::Integer => json!(choices.of(&INTEGERS)),
        AtomType::Real => json!(choices.of(&REALS)),
        AtomType::Boolean => json!(text % 2 == 1),
        AtomType::String => json!(choices.of(&STRINGS)),
        AtomType::Uuid => json!(["uuid", choices.of(&UUIDS)]),
    }
}
