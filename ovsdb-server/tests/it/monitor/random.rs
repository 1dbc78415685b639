//! Do monitors tell the same as those of real servers through any course of transactions, changes of conditions and reconnections?

use super::Pair;
use super::peers::Heard;
use crate::release::Release;
use serde_json::{Value, json};
use std::collections::BTreeSet;

const COLUMNS: [&str; 12] = ["name", "n", "b", "r", "oi", "s", "s3", "m", "m1", "u", "refs", "weak"];

/// How many steps each release is led through.
const STEPS: u32 = 1000;

/// SplitMix64.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ z >> 31) % u64::try_from(sides).unwrap()).unwrap()
    }

    fn one_in(&mut self, sides: usize) -> bool {
        self.roll(sides) == 0
    }

    fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.roll(from.len())]
    }

    fn some<'a>(&mut self, from: &[&'a str]) -> Vec<&'a str> {
        from.iter().copied().filter(|_| self.one_in(2)).collect()
    }
}

fn row_id(n: usize) -> Value {
    json!(["uuid", format!("00000000-0000-4000-8000-{n:012}")])
}

/// What the test knows of the database, and what it does next.
struct Course {
    dice: Dice,
    rows: BTreeSet<usize>,
    referred: usize,
    /// Names of monitors by client, and of which kind and with which columns in conditions each is.
    monitors: Vec<(u32, usize, &'static str)>,
    next_monitor: usize,
    /// The names that the servers gave to states, oldest first.
    states: Vec<[Value; 2]>,
}

impl Course {
    fn set(&mut self, of: impl Fn(usize) -> Value, sides: usize) -> Value {
        let mut numbers: Vec<usize> = (0..self.dice.roll(5)).map(|_| self.dice.roll(sides)).collect();
        numbers.sort_unstable();
        numbers.dedup();
        json!(["set", numbers.into_iter().map(of).collect::<Vec<_>>()])
    }

    fn value(&mut self, column: &str) -> Value {
        match column {
            "name" => json!(*self.dice.pick(&["", "a", "b", "c", "\"é\\"])),
            "n" => json!(self.dice.roll(6)),
            "b" => json!(self.dice.one_in(2)),
            "r" => json!(*self.dice.pick(&[0.0, 0.5, -1.25, 3.0])),
            "oi" if self.dice.one_in(2) => json!(["set", []]),
            "oi" => json!(self.dice.roll(3)),
            "s" => self.set(|n| json!(n), 6),
            "s3" => self.set(|n| json!(["p", "q", "r"][n]), 3),
            "m" => {
                let pairs: Vec<Value> = ["j", "k", "l"]
                    .iter()
                    .filter_map(|key| match self.dice.roll(3) {
                        0 => None,
                        n => Some(json!([key, n.to_string()])),
                    })
                    .collect();
                json!(["map", pairs])
            }
            "m1" if self.dice.one_in(3) => json!(["map", []]),
            "m1" => json!(["map", [[*self.dice.pick(&["j", "k"]), self.dice.roll(2)]]]),
            "u" => row_id(self.dice.roll(3)),
            "weak" => self.set(row_id, 12),
            _ => json!(["set", []]),
        }
    }

    fn row(&mut self, operations: &mut Vec<Value>) -> Value {
        let mut row = serde_json::Map::new();
        for column in self.dice.some(&COLUMNS) {
            let value = match column {
                "refs" if self.dice.one_in(2) => {
                    let row = json!({"name": self.value("name")});
                    // never the same twice, because it goes when nothing refers to it any more
                    self.referred += 1;
                    let uuid = format!("00000000-0000-4000-9000-{:012}", self.referred);
                    operations.push(json!({"op": "insert", "table": "B", "uuid": uuid, "row": row}));
                    json!(["uuid", uuid])
                }
                _ => self.value(column),
            };
            row.insert(column.to_owned(), value);
        }
        Value::Object(row)
    }

    fn transaction(&mut self) -> Value {
        let mut operations = vec![json!("D")];
        // by itself: ovsdb-server leaves a weak reference in a row that is changed while what it refers to is deleted
        let deletes = self.dice.one_in(4);
        for _ in 0..=self.dice.roll(3) {
            let n = self.dice.roll(12);
            let there = self.rows.contains(&n);
            if deletes && !there {
                continue;
            }
            let where_ = json!([["_uuid", "==", row_id(n)]]);
            let operation = match self.dice.roll(5) {
                _ if !there => {
                    self.rows.insert(n);
                    let row = self.row(&mut operations);
                    json!({"op": "insert", "table": "A", "uuid": row_id(n)[1], "row": row})
                }
                _ if deletes => {
                    self.rows.remove(&n);
                    json!({"op": "delete", "table": "A", "where": where_})
                }
                0 => {
                    let column = *self.dice.pick(&["s", "m", "weak"]);
                    let mutator = *self.dice.pick(&["insert", "delete"]);
                    json!({"op": "mutate", "table": "A", "where": where_,
                        "mutations": [[column, mutator, self.value(column)]]})
                }
                _ => {
                    let row = self.row(&mut operations);
                    json!({"op": "update", "table": "A", "where": where_, "row": row})
                }
            };
            operations.push(operation);
        }
        Value::Array(operations)
    }

    fn condition(&mut self) -> Value {
        let mut clauses = Vec::new();
        for _ in 0..self.dice.roll(4) {
            clauses.push(match self.dice.roll(7) {
                0 => json!(self.dice.one_in(2)),
                1 => json!(["name", self.dice.pick(&["==", "!="]), self.value("name")]),
                2 => json!(["s", self.dice.pick(&["includes", "excludes"]), self.value("s")]),
                3 => json!(["_uuid", "==", row_id(self.dice.roll(12))]),
                _ => json!(["n", self.dice.pick(&["==", "!=", "<", "<=", ">", ">="]), self.value("n")]),
            });
        }
        Value::Array(clauses)
    }

    fn request(&mut self, with_condition: bool) -> Value {
        let mut request = serde_json::Map::new();
        let columns = self.dice.some(&COLUMNS);
        if with_condition {
            request.insert("where".to_owned(), self.condition());
        }
        request.insert("columns".to_owned(), json!(columns));
        if self.dice.one_in(3) {
            let select: serde_json::Map<_, _> = self
                .dice
                .some(&["initial", "insert", "delete", "modify"])
                .into_iter()
                .map(|event| (event.to_owned(), json!(false)))
                .collect();
            request.insert("select".to_owned(), Value::Object(select));
        }
        let b = if self.dice.one_in(2) { json!({"columns": ["name"]}) } else { json!([]) };
        json!({"A": [request], "B": b})
    }

    fn open(&mut self, pair: &mut Pair, client: u32) {
        let kind = *self.dice.pick(&["monitor", "monitor_cond", "monitor_cond_since"]);
        let with_condition = kind != "monitor" && !self.dice.one_in(3);
        let request = self.request(with_condition);
        let id = self.next_monitor;
        self.next_monitor += 1;
        if kind != "monitor_cond_since" {
            pair.call(client, kind, &json!(["D", id, request]));
        } else {
            // a state that both surely know, or both do not know any more
            let age = if self.dice.one_in(6) { 130 } else { self.dice.roll(80) };
            let state = match self.states.iter().nth_back(age) {
                Some(state) => state.clone(),
                None => [
                    json!("00000000-0000-0000-0000-000000000000"),
                    json!("00000000-0000-0000-0000-000000000000"),
                ],
            };
            let params = state.map(|last| json!(["D", id, request, last]));
            pair.call_with(client, kind, params.each_ref());
        }
        self.monitors.push((client, id, kind));
    }

    fn step(&mut self, pair: &mut Pair) {
        let client = u32::try_from(self.dice.roll(3)).unwrap() + 1;
        match self.dice.roll(20) {
            0..3 if self.monitors.len() < 12 => self.open(pair, client),
            0 | 1 if !self.monitors.is_empty() => {
                let (client, id, _) = self.monitors.remove(self.dice.roll(self.monitors.len()));
                pair.call(client, "monitor_cancel", &json!([id]));
            }
            2 if self.dice.one_in(4) => {
                pair.close(client);
                self.monitors.retain(|monitor| monitor.0 != client);
            }
            3..6 if !self.monitors.is_empty() => {
                let at = self.dice.roll(self.monitors.len());
                let (client, id, kind) = self.monitors[at];
                let new_id = if self.dice.one_in(2) { id } else { self.next_monitor };
                self.next_monitor += 1;
                let condition = if kind == "monitor" { json!([false]) } else { self.condition() };
                pair.call(client, "monitor_cond_change", &json!([id, new_id, {"A": [{"where": condition}]}]));
                self.monitors[at].1 = new_id;
            }
            _ => {
                let operations = self.transaction();
                pair.call(client, "transact", &operations);
                let state = json!(["D", "state", {}, "00000000-0000-0000-0000-000000000000"]);
                let heard: [Heard; 2] = pair.call(0, "monitor_cond_since", &state);
                pair.call(0, "monitor_cancel", &json!(["state"]));
                let state = heard.map(|heard| heard.reply[1].clone());
                if self.states.last() != Some(&state) {
                    self.states.push(state);
                }
            }
        }
    }
}

#[test]
fn any_course_of_events_is_told_alike() {
    for (seed, release) in (1..).zip(Release::both()) {
        let mut pair = Pair::new(&release);
        // ovsdb-server keeps no more history than it has data
        let numbers: Vec<u32> = (0..20_000).collect();
        let ballast = json!(["D", {"op": "insert", "table": "Ballast", "row": {"s": ["set", numbers]}}]);
        pair.call(0, "transact", &ballast);
        let mut course = Course {
            dice: Dice(seed),
            rows: BTreeSet::new(),
            referred: 0,
            monitors: Vec::new(),
            next_monitor: 0,
            states: Vec::new(),
        };
        for _ in 0..STEPS {
            course.step(&mut pair);
        }
        assert!(course.states.len() > 150);
    }
}
