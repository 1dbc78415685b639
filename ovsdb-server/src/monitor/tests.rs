//! What monitors say, over commits made by hand; the texts are those of ovsdb-server 3.1 and 4.0.

use super::*;
use crate::engine::{Change, Commit, Database, Row};
use ovsdb_proto::json::{Reader, Writer};
use ovsdb_proto::schema::{DatabaseSchema, read_datum};
use ovsdb_proto::value::Uuid;
use std::sync::Arc;

const SCHEMA: &str = r#"{"name":"D","version":"1.0.0","tables":{
    "A":{"isRoot":true,"columns":{"name":{"type":"string"},"n":{"type":"integer"},
        "oi":{"type":{"key":"integer","min":0,"max":1}},
        "s":{"type":{"key":"integer","min":0,"max":"unlimited"}},
        "e":{"type":{"key":{"type":"string","enum":["set",["x","y"]]}}},
        "u":{"type":"uuid"},
        "m":{"type":{"key":"string","value":"string","min":0,"max":"unlimited"}},
        "m1":{"type":{"key":"string","value":"string","min":0,"max":1}}}},
    "B":{"isRoot":true,"columns":{"name":{"type":"string"}}}}}"#;

struct World {
    database: Database,
    history: History,
    set: MonitorSet,
    commits: u128,
}

fn world() -> World {
    let schema = Arc::new(DatabaseSchema::parse(SCHEMA).unwrap());
    let (database, set) = (Database::new(schema), MonitorSet::new());
    World { database, history: History::default(), set, commits: 0 }
}

fn uuid(n: u128) -> Uuid {
    Uuid::from_u128(n)
}

// UUIDs as short numbers
fn short(text: Vec<u8>) -> String {
    let text = String::from_utf8(text).unwrap();
    let mut parts = text.split("00000000-0000-0000-0000-");
    let mut out = parts.next().unwrap().to_owned();
    for part in parts {
        let (digits, rest) = part.split_at(12);
        out += &format!("{:x}{rest}", u64::from_str_radix(digits, 16).unwrap());
    }
    out
}

impl World {
    fn open(&mut self, client: Client, method: &str, params: &str) -> String {
        let kind = MonitorKind::from_method(method).unwrap();
        let mut out = Vec::new();
        let mut w = Writer::new(&mut out);
        match self.set.open(client, kind, params.as_bytes(), &self.database, &self.history) {
            Ok(opened) => opened.write(&mut w),
            Err(error) => error.write(&mut w),
        }
        short(out)
    }

    fn change(&mut self, client: Client, params: &str) -> String {
        let mut out = Vec::new();
        let found = |name: &str| (name == "D").then_some((&self.database, &self.history));
        if let Err(error) = self.set.change(client, params.as_bytes(), found, &mut out) {
            error.write(&mut Writer::new(&mut out));
        }
        short(out).replace(r#"{"id":null,"method":""#, "").replace(r#"","params":"#, "")
    }

    fn cancel(&mut self, client: Client, params: &str) -> String {
        let mut out = Vec::new();
        if let Err(error) = self.set.cancel(client, params.as_bytes()) {
            error.write(&mut Writer::new(&mut out));
        }
        short(out)
    }

    /// Carries out changes `table, uuid, row`, where a row is the columns that do not hold their default; answers what was told.
    fn commit(&mut self, changes: &[(&str, u128, Option<&str>)]) -> Vec<String> {
        self.commits += 1;
        let id = uuid(0xc0 + self.commits);
        let schema = Arc::clone(self.database.schema());
        let mut commit = Commit { id, changes: Vec::new(), comment: None, durable: false };
        for (table, n, row) in changes {
            let table_id = schema.table_id(table).unwrap();
            let table = schema.table(table_id).unwrap();
            let old = self.database.row(table_id, uuid(*n)).cloned();
            let new = row.map(|text| {
                let mut r = Reader::from_text(text);
                let mut values = Vec::new();
                r.begin_object().unwrap();
                while let Some(key) = r.next_key().unwrap() {
                    let column = table.column_id(&key).unwrap();
                    let type_ = &table.column(column).unwrap().type_;
                    values.push((column, read_datum(&mut r, type_, &mut |_| None).unwrap()));
                }
                Row::new(table, uuid(*n), uuid(0xf00 + self.commits), values)
            });
            commit.changes.push(Change { table: table_id, uuid: uuid(*n), old, new });
        }
        self.database.apply(&commit);
        let mut told = Vec::new();
        self.set.notify(&schema, &commit, |client, notification| {
            let mut out = Vec::new();
            notification.append_to(&mut out);
            let text = short(out);
            let text = text.strip_prefix(r#"{"id":null,"method":""#).unwrap().replace(r#"","params":"#, "");
            told.push(format!("{client} {}", text.strip_suffix('}').unwrap()));
        });
        self.history.push(commit);
        told
    }
}

#[test]
fn plain_monitors_tell_old_and_new() {
    let mut t = world();
    assert_eq!(t.open(1, "monitor", r#"["D",null,{"A":{"columns":["n","s"]},"B":[]}]"#), "{}");
    let one = |text| [("A", 1, Some(text))];
    assert_eq!(
        t.commit(&one(r#"{"n":1}"#)),
        [r#"1 update[null,{"A":{"1":{"new":{"n":1,"s":["set",[]]}}}}]"#]
    );
    assert_eq!(
        t.commit(&one(r#"{"n":1,"s":["set",[3,4]]}"#)),
        [r#"1 update[null,{"A":{"1":{"old":{"s":["set",[]]},"new":{"n":1,"s":["set",[3,4]]}}}}]"#]
    );
    assert_eq!(t.commit(&one(r#"{"n":1,"s":["set",[3,4]],"name":"x"}"#)), [""; 0]);
    assert_eq!(t.commit(&[("B", 2, Some("{}"))]), [""; 0]);
    assert_eq!(
        t.open(2, "monitor", r#"["D",[1],{"A":[{"columns":["_uuid","name"]}]}]"#),
        r#"{"A":{"1":{"new":{"_uuid":["uuid","1"],"name":"x"}}}}"#
    );
    assert_eq!(
        t.commit(&[("A", 1, None)]),
        [
            r#"1 update[null,{"A":{"1":{"old":{"n":1,"s":["set",[3,4]]}}}}]"#,
            r#"2 update[[1],{"A":{"1":{"old":{"_uuid":["uuid","1"],"name":"x"}}}}]"#
        ]
    );
}

#[test]
fn differences_are_told_of_what_may_be_several() {
    let mut t = world();
    assert_eq!(t.open(1, "monitor_cond", r#"["D",1,{"A":{"columns":["n","oi","s","m","m1"]}}]"#), "{}");
    let mut check = |row: &str, expected: &str| {
        let told = t.commit(&[("A", 1, Some(row))]);
        assert_eq!(told, [format!(r#"1 update2[1,{{"A":{{"1":{{{expected}}}}}}}]"#)], "{row}");
    };
    check(r#"{"name":"a"}"#, r#""insert":{}"#);
    check(r#"{"n":2}"#, r#""modify":{"n":2}"#);
    check(r#"{"oi":2}"#, r#""modify":{"n":0,"oi":2}"#);
    check("{}", r#""modify":{"oi":["set",[]]}"#);
    check(r#"{"s":["set",[1,2,3]]}"#, r#""modify":{"s":["set",[1,2,3]]}"#);
    check(r#"{"s":["set",[2,3,4]]}"#, r#""modify":{"s":["set",[1,4]]}"#);
    check(r#"{"s":["set",[2,3]]}"#, r#""modify":{"s":4}"#);
    check(
        r#"{"m":["map",[["a","1"],["b","2"]]]}"#,
        r#""modify":{"m":["map",[["a","1"],["b","2"]]],"s":["set",[2,3]]}"#,
    );
    check(
        r#"{"m":["map",[["a","2"],["c","3"]]]}"#,
        r#""modify":{"m":["map",[["a","2"],["b","2"],["c","3"]]]}"#,
    );
    check(
        r#"{"m":["map",[["c","3"]]],"m1":["map",[["a","1"]]]}"#,
        r#""modify":{"m":["map",[["a","2"]]],"m1":["map",[["a","1"]]]}"#,
    );
    check(r#"{"m":["map",[["c","3"]]],"m1":["map",[["b","1"]]]}"#, r#""modify":{"m1":["map",[["b","1"]]]}"#);
    check(r#"{"m":["map",[["c","3"]]]}"#, r#""modify":{"m1":["map",[]]}"#);
    assert_eq!(t.commit(&[("A", 1, None)]), [r#"1 update2[1,{"A":{"1":{"delete":null}}}]"#]);
}

#[test]
fn all_columns_are_watched_with_the_version_but_without_the_identity() {
    let mut t = world();
    t.commit(&[("B", 1, Some(r#"{"name":"b"}"#))]);
    assert_eq!(
        t.open(1, "monitor", r#"["D",1,{"B":{}}]"#),
        r#"{"B":{"1":{"new":{"_version":["uuid","f01"],"name":"b"}}}}"#
    );
    assert_eq!(
        t.open(1, "monitor_cond", r#"["D",2,{"B":{}}]"#),
        r#"{"B":{"1":{"initial":{"_version":["uuid","f01"],"name":"b"}}}}"#
    );
    assert_eq!(t.open(1, "monitor_cond", r#"["D",3,{"B":{"columns":[]}}]"#), r#"{"B":{"1":{"initial":{}}}}"#);
    assert_eq!(
        t.commit(&[("B", 1, Some(r#"{"name":"c"}"#))]),
        [
            r#"1 update[1,{"B":{"1":{"old":{"_version":["uuid","f01"],"name":"b"},"new":{"_version":["uuid","f02"],"name":"c"}}}}]"#,
            r#"1 update2[2,{"B":{"1":{"modify":{"_version":["uuid","f02"],"name":"c"}}}}]"#
        ]
    );
}

#[test]
fn only_selected_events_are_told() {
    let mut t = world();
    let requests = r#"{"A":[{"columns":["n"],"select":{"modify":false}},
        {"columns":["name"],"select":{"insert":false,"initial":false}},{"columns":["m"],"select":{"delete":false}}]}"#;
    t.open(1, "monitor", &format!(r#"["D",1,{requests}]"#));
    t.open(1, "monitor_cond", &format!(r#"["D",2,{requests}]"#));
    t.open(
        1,
        "monitor",
        r#"["D",3,{"A":{"select":{"initial":false,"insert":false,"modify":false,"delete":false}}}]"#,
    );
    assert_eq!(
        t.commit(&[("A", 1, Some(r#"{"n":1,"name":"a"}"#))]),
        [
            r#"1 update[1,{"A":{"1":{"new":{"m":["map",[]],"n":1}}}}]"#,
            r#"1 update2[2,{"A":{"1":{"insert":{"n":1}}}}]"#
        ]
    );
    // as ovsdb-server does: the row is told although what changed is not
    assert_eq!(
        t.commit(&[("A", 1, Some(r#"{"n":2,"name":"a"}"#))]),
        [
            r#"1 update[1,{"A":{"1":{"old":{},"new":{"m":["map",[]],"name":"a"}}}}]"#,
            r#"1 update2[2,{"A":{"1":{"modify":{}}}}]"#
        ]
    );
    assert_eq!(
        t.commit(&[("A", 1, None)]),
        [
            r#"1 update[1,{"A":{"1":{"old":{"n":2,"name":"a"}}}}]"#,
            r#"1 update2[2,{"A":{"1":{"delete":null}}}]"#
        ]
    );
}

#[test]
fn rows_come_and_go_with_conditions() {
    let mut t = world();
    t.commit(&[("A", 1, Some(r#"{"n":1,"name":"a"}"#)), ("A", 2, Some(r#"{"n":9,"name":"b"}"#))]);
    let request = r#"{"A":{"columns":["name"],"where":[["n",">",5],["name","==","z"]]}}"#;
    assert_eq!(
        t.open(1, "monitor_cond", &format!(r#"["D",1,{request}]"#)),
        r#"{"A":{"2":{"initial":{"name":"b"}}}}"#
    );
    let one = |text| [("A", 1, Some(text))];
    assert_eq!(
        t.commit(&one(r#"{"n":6,"name":"a"}"#)),
        [r#"1 update2[1,{"A":{"1":{"insert":{"name":"a"}}}}]"#]
    );
    assert_eq!(
        t.commit(&one(r#"{"n":6,"name":"z"}"#)),
        [r#"1 update2[1,{"A":{"1":{"modify":{"name":"z"}}}}]"#]
    );
    // shown before and after, and no column that is shown changed
    assert_eq!(t.commit(&one(r#"{"n":0,"name":"z"}"#)), [""; 0]);
    assert_eq!(t.commit(&one(r#"{"n":0,"name":"y"}"#)), [r#"1 update2[1,{"A":{"1":{"delete":null}}}]"#]);
    assert_eq!(t.commit(&one(r#"{"n":1,"name":"y"}"#)), [""; 0]);
    assert_eq!(t.commit(&[("A", 1, None)]), [""; 0]);

    assert_eq!(
        t.change(1, r#"[1,"next",{"A":[{"where":[["n","==",9],["n","==",7]]}]}]"#),
        "",
        "the same rows as before"
    );
    assert_eq!(
        t.commit(&[("A", 3, Some(r#"{"n":7,"name":"c"}"#))]),
        [r#"1 update2["next",{"A":{"3":{"insert":{"name":"c"}}}}]"#]
    );
    assert_eq!(
        t.change(1, r#"["next",2,{"A":[{"where":[false]}]}]"#),
        r#"update2[2,{"A":{"2":{"delete":null},"3":{"delete":null}}}]}"#
    );
    assert_eq!(t.change(1, r#"[2,2,{"A":[{}],"A":[]}]"#), "");
    assert_eq!(
        t.change(1, r#"[2,2,{"A":[{"where":[]}]}]"#),
        r#"update2[2,{"A":{"2":{"insert":{"name":"b"}},"3":{"insert":{"name":"c"}}}}]}"#
    );
    assert_eq!((t.set.len(), t.cancel(1, "[2]"), t.set.len()), (1, String::new(), 0));
    assert_eq!(t.commit(&[("A", 3, None)]), [""; 0]);
}

#[test]
fn what_was_missed_is_told() {
    let mut t = world();
    let nil = Uuid::NIL;
    let since =
        |n: u128| format!(r#"["D",{n},{{"A":{{"columns":["n"],"where":[["n","<",9]]}}}},"{}"]"#, uuid(n));
    assert_eq!(t.open(1, "monitor_cond_since", &since(0)), r#"[false,"0",{}]"#);
    assert_eq!(t.history.last(), nil);
    assert_eq!(
        t.commit(&[("A", 1, Some(r#"{"n":1}"#))]),
        [r#"1 update3[0,"c1",{"A":{"1":{"insert":{"n":1}}}}]"#]
    );
    t.commit(&[("A", 1, Some(r#"{"n":2}"#)), ("A", 2, Some(r#"{"n":2}"#)), ("A", 4, Some(r#"{"n":10}"#))]);
    t.commit(&[
        ("A", 1, Some(r#"{"n":3}"#)),
        ("A", 2, None),
        ("A", 3, Some("{}")),
        ("A", 4, Some(r#"{"n":4}"#)),
    ]);
    t.set.remove_client(1);
    assert!(t.set.is_empty());
    assert_eq!(t.open(1, "monitor_cond_since", &since(0xc3)), r#"[true,"c3",{}]"#);
    assert_eq!(
        t.open(1, "monitor_cond_since", &since(0xc2)),
        r#"[true,"c3",{"A":{"1":{"modify":{"n":3}},"2":{"delete":null},"3":{"insert":{}},"4":{"insert":{"n":4}}}}]"#
    );
    assert_eq!(
        t.open(1, "monitor_cond_since", &since(0xc1)),
        r#"[true,"c3",{"A":{"1":{"modify":{"n":3}},"3":{"insert":{}},"4":{"insert":{"n":4}}}}]"#
    );
    assert_eq!(
        t.open(1, "monitor_cond_since", &since(0xcf)),
        r#"[false,"c3",{"A":{"1":{"initial":{"n":3}},"3":{"initial":{}},"4":{"initial":{"n":4}}}}]"#
    );
}

#[test]
fn the_history_is_bounded() {
    let mut t = world();
    for n in 0..110 {
        t.commit(&[("A", 1, Some(&format!(r#"{{"n":{}}}"#, n + 1)))]);
    }
    assert!(t.history.since(uuid(0xc0 + 9)).is_none());
    assert_eq!(t.history.since(uuid(0xc0 + 10)).unwrap().len(), 1);
    assert_eq!(t.history.since(uuid(0xc0 + 110)).unwrap().len(), 0);
    let numbers: Vec<_> = (0..200_000).map(|n| n.to_string()).collect();
    let large = format!(r#"{{"s":["set",[{}]]}}"#, numbers.join(","));
    for n in 0..8 {
        let large = large.replacen('{', &format!(r#"{{"n":{n},"#), 1);
        t.commit(&[("A", 1, Some(&large))]);
    }
    assert!(t.history.since(uuid(0xc0 + 110)).is_none());
    assert!(t.history.since(t.history.last()).is_some());
}

#[test]
fn monitors_that_are_alike_are_told_at_once() {
    let mut t = world();
    for client in 0..50 {
        t.open(
            client,
            "monitor_cond",
            &format!(r#"["D",{{"b":{client},"a":1.0}},{{"A":{{"columns":["n"]}}}}]"#),
        );
        t.open(
            client,
            "monitor_cond_since",
            &format!(r#"["D",1,{{"A":[{{"columns":["n"]}}]}},"{}"]"#, Uuid::NIL),
        );
    }
    let commit = [("A", 1, Some(r#"{"n":1}"#))];
    let told = t.commit(&commit);
    assert_eq!(told.len(), 100);
    assert_eq!(told[0], r#"0 update3[1,"c1",{"A":{"1":{"insert":{"n":1}}}}]"#);
    assert_eq!(told[1], r#"0 update2[{"a":1,"b":0},{"A":{"1":{"insert":{"n":1}}}}]"#);
    assert_eq!(t.cancel(3, r#"[{"a":1,"b":3}]"#), "");
    assert_eq!(t.set.remove_database("E").len(), 0);
    let gone = t.set.remove_database("D");
    assert_eq!((gone.len(), &gone[0]), (99, &(0, Arc::from(*b"1"))));
    assert_eq!(t.commit(&[("A", 1, None)]), [""; 0]);
}

#[test]
fn what_cannot_be_is_refused() {
    let mut t = world();
    let mut check = |method: &str, params: &str, details: &str, syntax: &str| {
        let syntax = if syntax.is_empty() { String::new() } else { format!(r#","syntax":{syntax:?}"#) };
        let expected = format!(r#"{{"details":{details:?},"error":"syntax error"{syntax}}}"#);
        let got = if method == "change" { t.change(1, params) } else { t.open(1, method, params) };
        assert_eq!(got, expected, "{params}");
    };
    check("monitor", r#"["D", 1]"#, "invalid parameters", r#"["D",1]"#);
    check("monitor", r#"["D",1,[]]"#, "monitor-requests must be object", "[]");
    check("monitor", r#"["D",1,{"X":{}}]"#, "no table named X", "");
    check("monitor", r#"["D",1,{"A":1}]"#, "Parsing table A failed: Object expected.", "");
    check("monitor", r#"["D",1,{"A":[1]}]"#, "Parsing table A failed: Object expected.", "");
    check(
        "monitor",
        r#"["D",1,{"A":{"where":[]}}]"#,
        "Parsing table A failed: Member 'where' is present but not allowed here.",
        r#"{"where":[]}"#,
    );
    check(
        "monitor",
        r#"["D",1,{"A":{"x":1,"columns":2}}]"#,
        "Parsing table A failed: Type mismatch for member 'columns'.",
        r#"{"columns":2,"x":1}"#,
    );
    check("monitor", r#"["D",1,{"A":{"columns":[1]}}]"#, "array of column names expected", "[1]");
    check("monitor", r#"["D",1,{"A":{"columns":["x"]}}]"#, "x is not a valid column name", r#"["x"]"#);
    check(
        "monitor",
        r#"["D",1,{"A":[{"columns":["n"]},{"columns":["s","n"]}]}]"#,
        "column n mentioned more than once",
        r#"["s","n"]"#,
    );
    check("monitor", r#"["D",1,{"A":[{"columns":["n"]},{}]}]"#, "column n mentioned more than once", "");
    check(
        "monitor",
        r#"["D",1,{"A":{"select":{"insert":1}}}]"#,
        "Parsing table A select failed: Type mismatch for member 'insert'.",
        r#"{"insert":1}"#,
    );
    check("monitor_cond", r#"["D",1,{},4]"#, "invalid parameters", r#"["D",1,{},4]"#);
    check("monitor_cond_since", r#"["D",1,{},4]"#, "last-txn-id must be string", "4");
    check("monitor_cond_since", r#"["D",1,{},"x"]"#, "last-txn-id must be UUID format.", r#""x""#);
    check("change", "[1,1]", "invalid parameters", "[1,1]");
    check("change", "[1,1,{}]", "unknown monitor session", "1");
    assert_eq!(t.open(1, "monitor_cond", r#"["D",1,{"A":{}}]"#), "{}");
    assert_eq!(t.open(1, "monitor_cond", r#"["D",2.0,{"A":{}}]"#), "{}");
    assert_eq!(t.open(2, "monitor_cond", r#"["D",2,{"A":{}}]"#), "{}");
    let mut check = |params: &str, details: &str, syntax: &str| {
        let syntax = if syntax.is_empty() { String::new() } else { format!(r#","syntax":{syntax:?}"#) };
        let expected = format!(r#"{{"details":{details:?},"error":"syntax error"{syntax}}}"#);
        assert_eq!(t.change(1, params), expected, "{params}");
    };
    check("[1,2,{}]", "duplicate monitor ID", "2");
    check("[1,1,[]]", "monitor-cond-change-requests must be object", "");
    check(r#"[1,1,{"X":[]}]"#, "no table named X", "");
    check(r#"[1,1,{"B":[]}]"#, "no table named B in monitor session", "");
    check(r#"[1,1,{"A":{}}]"#, "table A no monitor-cond-change JSON array", "");
    check(r#"[1,1,{"A":[{"columns":[]}]}]"#, "changing columns is unsupported", r#"{"columns":[]}"#);
    assert_eq!(
        t.open(1, "monitor", r#"["D",1,{}]"#),
        r#"{"details":"duplicate monitor ID","error":"syntax error","syntax":"1"}"#
    );
    assert_eq!(t.cancel(1, "[3]"), r#""unknown monitor""#);
    assert_eq!(t.cancel(1, "[1,2]"), r#""invalid parameters""#);
    for n in 3..=1000 {
        t.open(1, "monitor_cond", &format!(r#"["D",{n},{{"A":{{}}}}]"#));
    }
    assert_eq!(
        t.open(1, "monitor", r#"["D",0,{}]"#),
        r#"{"details":"more than 1000 monitors","error":"resources exhausted"}"#
    );
}

#[test]
fn conditions_that_cannot_be_are_refused() {
    let mut t = world();
    let mut check = |condition: &str, expected: &str| {
        let got = t.open(1, "monitor_cond", &format!(r#"["D",1,{{"A":{{"where":[{condition}]}}}}]"#));
        assert_eq!(got, expected.replace('\'', "\\\""), "{condition}");
    };
    check(r#""x""#, r#"{"details":"Parse error in condition.","error":"syntax error","syntax":"'x'"}"#);
    check(
        r#"["n","==",1,2]"#,
        r#"{"details":"Parse error in condition.","error":"syntax error","syntax":"['n','==',1,2]"}"#,
    );
    check(
        r#"["x","==",1]"#,
        r#"{"details":"No column x in table A.","error":"unknown column","syntax":"['x','==',1]"}"#,
    );
    check(r#"["n","=",1]"#, r#"{"details":"No function named =.","error":"unknown function"}"#);
    check(
        r#"["s","<",5]"#,
        r#"{"details":"Type mismatch: '<' operator may not be applied to column s of type set of integers.","error":"syntax error","syntax":"['s','<',5]"}"#,
    );
    check(r#"["n","==","x"]"#, r#"{"details":"expected integer","error":"syntax error","syntax":"'x'"}"#);
    check(
        r#"["oi","<",["set",[]]]"#,
        r#"{"details":"set must have exactly one member but 0 are present","error":"syntax error","syntax":"['set',[]]"}"#,
    );
    check(
        r#"["e","==","z"]"#,
        r#"{"details":"z is not one of the allowed values ([x, y])","error":"constraint violation"}"#,
    );
    check(
        r#"["u","==",["uuid","x"]]"#,
        r#"{"details":"'x' is not a valid UUID","error":"syntax error","syntax":"['uuid','x']"}"#,
    );
    check(
        r#"["u","==",["named-uuid","x"]]"#,
        r#"{"details":"expected ['uuid', <string>]","error":"syntax error","syntax":"['named-uuid','x']"}"#,
    );
    check(r#"["s","==",["set",[1,1]]]"#, r#"{"details":"set contains duplicate","error":"ovsdb error"}"#);
    check(
        r#"["m","==",["map",[["a","b"],["a","c"]]]]"#,
        r#"{"details":"map contains duplicate key","error":"ovsdb error"}"#,
    );
    check(
        r#"["m","==",5]"#,
        r#"{"details":"expected ['map', <array>]","error":"syntax error","syntax":"5"}"#,
    );
}
