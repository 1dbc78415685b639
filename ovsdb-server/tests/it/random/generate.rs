//! Which requests does a random list consist of: transactions good and bad, monitors and their conditions, locks?

use super::schema::Schema;
use super::source::Source;
use super::values::Values;
use serde_json::{Map, Value, json};

/// A request of the one client.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    /// Names the request: the row that its operation 3 inserts is called `@SERIAL.3` in all others.
    pub(crate) serial: usize,
    pub(crate) method: &'static str,
    pub(crate) params: Value,
}

/// What is left out, because the servers do not agree on it.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Without {
    /// `monitor_cond_since` that goes on where a monitor ended: a standalone ovsdb-server does not know what was.
    pub(crate) since: bool,
    /// Changes of the conditions of several tables: if one of them is wrong, ovsdb-server has changed some of the others.
    pub(crate) several: bool,
    /// The smallest integer: ovsdb-server 3.1 and 4.0 end with a division error when it is multiplied.
    pub(crate) smallest: bool,
}

const TABLES: [&str; 8] = ["Root", "Root", "Root", "Leaf", "Leaf", "Few", "Bond", "Bond"];

/// What takes the place of something that is right.
fn junk(source: &mut dyn Source) -> Value {
    let all = [
        json!(5),
        json!("x"),
        json!("1x"),
        Value::Null,
        json!([]),
        json!({}),
        json!(["set", []]),
        json!(["map", []]),
        json!(1.5),
        json!(true),
        json!(["uuid", "x"]),
        json!(["named-uuid", "1x"]),
        json!(["set", ["x", "x"]]),
        json!(["map", [["x", "x"], ["x", "y"]]]),
        json!(["map", [[1, 2, 3]]]),
        json!([["name", "==", "x"]]),
        json!(["name", "~", "x"]),
        json!(["none", "==", "x"]),
        json!(["name", "<", "x"]),
        json!(["i", "insert", 5]),
    ];
    all[source.below(all.len())].clone()
}

pub(crate) struct Generator<'s> {
    pub(crate) source: &'s mut dyn Source,
    schema: Schema,
    without: Without,
    values: Values,
    /// The ids of monitors that were opened, with the tables that they watch.
    monitors: Vec<(Value, Value)>,
    serial: usize,
}

impl<'s> Generator<'s> {
    pub(crate) fn new(source: &'s mut dyn Source, without: Without) -> Generator<'s> {
        Generator {
            source,
            schema: Schema::new(),
            without,
            values: Values::new(without.smallest),
            monitors: Vec::new(),
            serial: 0,
        }
    }

    pub(crate) fn list(&mut self, count: usize) -> Vec<Request> {
        (0..count).map(|_| self.request()).collect()
    }

    pub(crate) fn request(&mut self) -> Request {
        self.serial += 1;
        let (method, params) = match self.source.below(40) {
            0..=3 => self.open(),
            4..=7 if !self.monitors.is_empty() => self.change(),
            8 if !self.monitors.is_empty() => self.cancel(),
            9 => {
                let method = ["lock", "unlock", "steal"][self.source.below(3)];
                (method, json!([self.lock()]))
            }
            _ => {
                let mut params = vec![json!("D")];
                params.extend(self.transaction());
                ("transact", Value::Array(params))
            }
        };
        Request { serial: self.serial, method, params }
    }

    fn lock(&mut self) -> &'static str {
        ["l0", "l1"][self.source.below(2)]
    }

    /// The operations of one transaction.
    pub(crate) fn transaction(&mut self) -> Vec<Value> {
        if self.source.once_in(12) {
            return self.swap();
        }
        let count = 1 + self.source.below(6);
        // names are known beforehand, for they may be used before their insert
        let kinds: Vec<usize> = (0..count).map(|_| self.source.below(100)).collect();
        self.values.names.clear();
        let mut tables = Vec::new();
        for (i, kind) in kinds.iter().enumerate() {
            let table = TABLES[self.source.below(TABLES.len())];
            tables.push(table);
            if *kind < 32 && !self.source.once_in(4) {
                self.values.names.push((table, format!("n{i}")));
            }
        }
        let mut operations = Vec::new();
        for (i, (kind, table)) in kinds.into_iter().zip(tables).enumerate() {
            let mut operation = match kind {
                0..=31 => self.insert(i, table),
                32..=41 => self.select(table),
                42..=61 => self.update(table),
                62..=81 => self.mutate(table),
                82..=89 => json!({"op": "delete", "table": table, "where": self.conditions(table, 12)}),
                90..=94 => self.wait(table),
                95 => json!({"op": "comment", "comment": "said"}),
                96 => json!({"op": "commit", "durable": false}),
                97 => json!({"op": "assert", "lock": self.lock()}),
                98 => json!({"op": "abort"}),
                _ => json!({"op": "comment", "comment": "a\nb"}),
            };
            if kind < 98 && self.source.once_in(40) {
                self.spoil(&mut operation);
            }
            operations.push(operation);
        }
        operations
    }

    /// Two rows take each other's name, which a unique index covers.
    fn swap(&mut self) -> Vec<Value> {
        let [a, b] = [0, 1].map(|_| self.values.name(self.source));
        let rename = |from: &str, to: &str| json!({"op": "update", "table": "Root", "where": [["name", "==", from]], "row": {"name": to}});
        vec![rename(&a, "between"), rename(&b, &a), rename("between", &b)]
    }

    fn insert(&mut self, i: usize, table: &'static str) -> Value {
        let mut operation = json!({"op": "insert", "table": table});
        if let Some((_, name)) = self.values.names.iter().find(|(_, name)| *name == format!("n{i}")) {
            operation["uuid-name"] = json!(name);
            if self.source.once_in(60) {
                operation["uuid-name"] = json!("n0");
            }
        }
        let uuid = if self.source.once_in(5) {
            let uuid = Values::fixed(self.source, table);
            operation["uuid"] = json!(uuid);
            uuid
        } else {
            format!("@{}.{i}", self.serial)
        };
        let mut row = self.row(table, 5);
        let mut put = |name: &str, value: Value| drop(row.insert(name.to_owned(), value));
        match table {
            "Root" if !self.source.once_in(30) => put("name", json!(self.values.name(self.source))),
            "Few" if !self.source.once_in(30) => put("level", json!(1 + self.source.below(5))),
            "Bond" => {
                for name in ["from", "to", "note"] {
                    let type_ = &self.schema.tables["Bond"].columns[name].type_;
                    let value = self.values.value(self.source, type_);
                    if !self.source.once_in(30) {
                        put(name, value);
                    }
                }
            }
            _ => {}
        }
        if self.source.once_in(60) {
            put("_uuid", json!(["uuid", Values::fixed(self.source, table)]));
        }
        operation["row"] = Value::Object(row);
        self.values.remember(table, uuid);
        operation
    }

    /// Some columns, at most `max`, and values for them.
    fn row(&mut self, table: &str, max: usize) -> Map<String, Value> {
        let mut row = Map::new();
        for _ in 0..=self.source.below(max) {
            let name = self.column(table);
            let type_ = &self.schema.tables[table].columns[&name].type_;
            if !name.starts_with('_') {
                row.insert(name, self.values.value(self.source, type_));
            }
        }
        row
    }

    fn column(&mut self, table: &str) -> String {
        let columns = &self.schema.tables[table].columns;
        let at = self.source.below(columns.len());
        columns.keys().nth(at).unwrap().clone()
    }

    /// Conditions; one time in `all`, those that every row meets.
    fn conditions(&mut self, table: &str, all: usize) -> Value {
        if self.source.once_in(all) {
            return json!([]);
        }
        let mut clauses = Vec::new();
        match self.source.below(10) {
            0..=3 => clauses.push(json!(["name", "==", self.values.name(self.source)])),
            4..=5 => {
                let uuid = self.values.reference(self.source, table);
                clauses.push(json!(["_uuid", "==", uuid]));
            }
            _ => {
                for _ in 0..=self.source.below(2) {
                    clauses.push(self.clause(table, false));
                }
            }
        }
        if self.source.once_in(20) {
            clauses.push(json!(self.source.once_in(2)));
        }
        // not every table has a name
        if table == "Bond" && clauses[0][0] == "name" {
            clauses[0] = self.clause(table, false);
        }
        json!(clauses)
    }

    fn clause(&mut self, table: &str, literal: bool) -> Value {
        let column = self.column(table);
        let mut type_ = self.schema.tables[table].columns[&column].type_.clone();
        let functions = ["==", "!=", "includes", "excludes", "includes", "<", "<=", ">", ">="];
        let is_number = matches!(type_.key.atom.as_str(), "integer" | "real");
        let has_order = is_number && type_.value.is_none() && type_.max == 1;
        let possible = if has_order || self.source.once_in(40) { functions.len() } else { 5 };
        let function = functions[self.source.below(possible)];
        match function {
            "includes" | "excludes" if !type_.is_scalar() => type_.min = 0,
            "<" | "<=" | ">" | ">=" => type_.min = 1,
            _ => {}
        }
        if literal {
            self.values.names.clear();
        }
        let value = match self.values.value(self.source, &type_) {
            value if literal && value.to_string().contains("named-uuid") => {
                json!(["uuid", Values::fixed(self.source, table)])
            }
            value => value,
        };
        json!([column, function, value])
    }

    fn columns(&mut self, table: &str, max: usize) -> Value {
        let mut columns = Vec::new();
        for _ in 0..self.source.below(max + 1) {
            let column = self.column(table);
            if !columns.contains(&column) {
                columns.push(column);
            }
        }
        json!(columns)
    }

    fn select(&mut self, table: &str) -> Value {
        let mut operation = json!({"op": "select", "table": table, "where": self.conditions(table, 3)});
        if self.source.once_in(2) {
            operation["columns"] = self.columns(table, 4);
        }
        operation
    }

    fn update(&mut self, table: &str) -> Value {
        let mut row = self.row(table, 3);
        if !self.source.once_in(30) {
            row.remove("fixed");
        }
        json!({"op": "update", "table": table, "where": self.conditions(table, 15), "row": row})
    }

    fn mutate(&mut self, table: &str) -> Value {
        let mut mutations = Vec::new();
        for _ in 0..=self.source.below(2) {
            let column = self.column(table);
            let type_ = self.schema.tables[table].columns[&column].type_.clone();
            let is_number = matches!(type_.key.atom.as_str(), "integer" | "real") && type_.value.is_none();
            let mutator = match self.source.below(10) {
                0..=5 if !type_.is_scalar() => ["insert", "delete"][self.source.below(2)],
                _ if is_number => ["+=", "-=", "*=", "/=", "%="][self.source.below(5)],
                _ if type_.is_scalar() && !self.source.once_in(30) => continue,
                _ => ["insert", "delete", "+="][self.source.below(3)],
            };
            let mut wanted = type_;
            match mutator {
                "insert" => wanted.min = 0,
                "delete" => {
                    wanted.min = 0;
                    if self.source.once_in(2) {
                        wanted.value = None;
                    }
                }
                _ => (wanted.min, wanted.max, wanted.value) = (1, 1, None),
            }
            mutations.push(json!([column, mutator, self.values.value(self.source, &wanted)]));
        }
        json!({"op": "mutate", "table": table, "where": self.conditions(table, 8), "mutations": mutations})
    }

    fn wait(&mut self, table: &str) -> Value {
        let mut operation = json!({"op": "wait", "table": table, "timeout": 0});
        operation["where"] = self.conditions(table, 8);
        // most waits are to hold
        operation["until"] = json!(if self.source.once_in(4) { "==" } else { "!=" });
        if !self.source.once_in(5) {
            operation["columns"] = self.columns(table, 2);
        }
        let rows: Vec<Value> = (0..self.source.below(3)).map(|_| Value::Object(self.row(table, 2))).collect();
        operation["rows"] = json!(rows);
        operation
    }

    /// Makes something wrong, perhaps.
    fn spoil(&mut self, operation: &mut Value) {
        match self.source.below(6) {
            0 => drop(operation.as_object_mut().unwrap().insert("more".to_owned(), json!(1))),
            1 => {
                let names: Vec<String> = operation.as_object().unwrap().keys().cloned().collect();
                let name = &names[self.source.below(names.len())];
                // a wait without a time-out would go on for ever
                if name != "timeout" {
                    operation.as_object_mut().unwrap().remove(name);
                }
            }
            _ => {
                let mut at = operation;
                loop {
                    let count = match &*at {
                        Value::Array(items) => items.len(),
                        Value::Object(members) => members.len(),
                        _ => 0,
                    };
                    if count == 0 || self.source.once_in(4) {
                        break;
                    }
                    let chosen = self.source.below(count);
                    at = match at {
                        Value::Array(items) => &mut items[chosen],
                        Value::Object(members) => {
                            let (name, member) = members.iter_mut().nth(chosen).unwrap();
                            if name == "timeout" {
                                return;
                            }
                            member
                        }
                        _ => return,
                    };
                }
                *at = junk(self.source);
            }
        }
    }

    fn open(&mut self) -> (&'static str, Value) {
        let since = ["monitor", "monitor_cond", "monitor_cond_since"];
        let method = since[self.source.below(3)];
        let id = match self.source.below(8) {
            0 => self.monitors.first().map_or(json!([1, {"a": null}]), |monitor| monitor.0.clone()),
            1 => Value::Null,
            _ => json!(["m", self.serial]),
        };
        let mut requests = Map::new();
        for _ in 0..=self.source.below(3) {
            let table = TABLES[self.source.below(TABLES.len())];
            let request = self.monitor_request(table, method);
            requests.insert(table.to_owned(), request);
        }
        let requests = Value::Object(requests);
        let mut params = vec![json!("D"), id.clone(), requests.clone()];
        if method == "monitor_cond_since" {
            let last = match self.source.below(4) {
                0 if !self.without.since => return self.resume(),
                1 => "01234567-89ab-4def-8123-456789abcdef",
                _ => "00000000-0000-0000-0000-000000000000",
            };
            params.push(json!(last));
        }
        if self.source.once_in(30) {
            let at = 1 + self.source.below(params.len() - 1);
            params[at] = junk(self.source);
        }
        self.monitors.push((id, requests));
        (method, Value::Array(params))
    }

    /// Goes on with what a monitor knew when it was cancelled.
    fn resume(&mut self) -> (&'static str, Value) {
        let Some((id, _)) = self.monitors.first() else { return ("echo", json!([])) };
        ("resume", json!([id]))
    }

    fn monitor_request(&mut self, table: &str, method: &str) -> Value {
        let mut request = json!({});
        if self.source.once_in(2) {
            request["columns"] = self.columns(table, 5);
        }
        if self.source.once_in(8) {
            let event = ["initial", "insert", "modify", "delete"][self.source.below(4)];
            request["select"] = json!({event: self.source.once_in(3)});
        }
        if method != "monitor" && self.source.once_in(2) || self.source.once_in(40) {
            request["where"] = self.alternatives(table);
        }
        match self.source.below(6) {
            0 => json!([request]),
            1 if request.get("columns").is_some() => {
                // of several conditions for one table a real server heeds any
                request.as_object_mut().unwrap().remove("where");
                let more = json!({"columns": self.columns(table, 2)});
                json!([request, more])
            }
            _ => request,
        }
    }

    /// Conditions of a monitor, one of which must hold.
    fn alternatives(&mut self, table: &str) -> Value {
        let mut clauses: Vec<Value> = Vec::new();
        for _ in 0..self.source.below(4) {
            // a real server takes some lists of true and false for false
            let kind = if clauses.iter().any(Value::is_boolean) { 11 } else { self.source.below(12) };
            clauses.push(match kind {
                0 => json!(self.source.once_in(2)),
                1..=4 if table != "Bond" => json!(["name", "==", self.values.name(self.source)]),
                _ => self.clause(table, true),
            });
        }
        json!(clauses)
    }

    fn change(&mut self) -> (&'static str, Value) {
        let at = self.source.below(self.monitors.len());
        let (id, requests) = self.monitors[at].clone();
        let mut changed = Map::new();
        let mut tables: Vec<String> =
            requests.as_object().into_iter().flatten().map(|r| r.0.clone()).collect();
        if self.source.once_in(20) {
            tables.push(TABLES[self.source.below(TABLES.len())].to_owned());
        }
        if self.without.several && !tables.is_empty() {
            let chosen = self.source.below(tables.len());
            tables = vec![tables.swap_remove(chosen)];
        }
        for table in tables {
            let request = json!([{"where": self.alternatives(&table)}]);
            changed.insert(table, request);
        }
        let new_id = if self.source.once_in(4) { json!(["c", self.serial]) } else { id.clone() };
        self.monitors[at].0 = new_id.clone();
        let mut params = vec![id, new_id, Value::Object(changed)];
        if self.source.once_in(30) {
            params[2] = junk(self.source);
        }
        ("monitor_cond_change", Value::Array(params))
    }

    fn cancel(&mut self) -> (&'static str, Value) {
        let at = self.source.below(self.monitors.len());
        let (id, _) =
            if self.source.once_in(3) { self.monitors.remove(at) } else { self.monitors[at].clone() };
        ("monitor_cancel", json!([id]))
    }
}
