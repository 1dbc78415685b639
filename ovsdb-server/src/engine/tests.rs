//! Does the engine keep its promises where no real server is at hand: waiting, indexes, commits, identities?

use super::*;
use ovsdb_proto::schema::{DatabaseSchema, TableId};
use ovsdb_proto::value::Uuid;
use std::collections::BTreeSet;
use std::sync::Arc;

const SCHEMA: &str = r#"{"name":"D","version":"1.0.0","tables":{
    "Root":{"isRoot":true,"indexes":[["name"]],"columns":{
        "name":{"type":"string"},
        "n":{"type":"integer"},
        "tags":{"type":{"key":"string","value":"string","min":0,"max":"unlimited"}},
        "kids":{"type":{"key":{"type":"uuid","refTable":"Kid"},"min":0,"max":"unlimited"}},
        "friend":{"type":{"key":{"type":"uuid","refTable":"Root","refType":"weak"},"min":0,"max":"unlimited"}}}},
    "Kid":{"columns":{"n":{"type":"integer"}}},
    "Pair":{"isRoot":true,"columns":{
        "map":{"type":{"key":{"type":"uuid","refTable":"Root","refType":"weak"},
                       "value":{"type":"uuid","refTable":"Kid"},"min":0,"max":"unlimited"}}}}}}"#;

struct Stage {
    db: Database,
    ids: Ids,
    elapsed_ms: u64,
    read_only: bool,
}

impl Stage {
    fn new() -> Stage {
        let schema = DatabaseSchema::parse(SCHEMA).unwrap();
        Stage { db: Database::new(Arc::new(schema)), ids: Ids::new(1), elapsed_ms: 0, read_only: false }
    }

    fn execute(&mut self, operations: &str) -> (Execution, String) {
        let params = format!("[\"D\"{}{operations}]", if operations.is_empty() { "" } else { "," });
        let mut out = b"before".to_vec();
        let mut cx = Context {
            elapsed_ms: self.elapsed_ms,
            holds_lock: &|name| name == "mine",
            read_only: self.read_only,
            ..Context::new(&mut self.ids)
        };
        let execution = self.db.execute(params.as_bytes(), &mut cx, &mut out);
        self.db.learn(cx.questions);
        let out = String::from_utf8(out).unwrap();
        (execution, out.strip_prefix("before").unwrap().to_owned())
    }

    /// What the transaction commits, applied.
    fn commit(&mut self, operations: &str) -> Option<Commit> {
        let (execution, out) = self.execute(operations);
        let Execution::Done { commit } = execution else { panic!("waits: {operations}") };
        assert!(!out.contains("error"), "{operations}\n{out}");
        if let Some(commit) = &commit {
            self.db.apply(commit);
            check(&self.db);
        }
        commit
    }

    fn says(&mut self, operations: &str, expected: &str) {
        let (execution, out) = self.execute(operations);
        assert!(matches!(execution, Execution::Done { .. }), "{operations}");
        assert_eq!(out, expected, "{operations}");
        if let Execution::Done { commit: Some(commit) } = execution {
            self.db.apply(&commit);
            check(&self.db);
        }
    }

    fn table(&self, name: &str) -> TableId {
        self.db.schema().table_id(name).unwrap()
    }
}

/// Counts, references and indexes are those of the rows: a database made of the same rows at once has the same.
fn check(db: &Database) {
    let mut other = Database::new(Arc::clone(db.schema()));
    let mut changes = Vec::new();
    for id in (0..).map(TableId).take(db.schema().tables().len()) {
        let new = |row: &Row| Change { table: id, uuid: row.uuid(), old: None, new: Some(row.clone()) };
        changes.extend(db.rows(id).map(new));
    }
    other.apply(&Commit { id: Uuid::NIL, changes, comment: None, durable: false });
    for id in (0..).map(TableId).take(db.schema().tables().len()) {
        let [a, b] = [db, &other].map(|db| db.table(id).unwrap());
        assert_eq!(a.weak, b.weak);
        for row in db.rows(id) {
            assert_eq!(a.strong(row.uuid()), b.strong(row.uuid()));
        }
    }
}

fn insert(name: &str, more: &str) -> String {
    format!(r#"{{"op":"insert","table":"Root","row":{{"name":"{name}"{more}}}}}"#)
}

#[test]
fn a_commit_has_each_changed_row_once_in_order() {
    let mut stage = Stage::new();
    assert_eq!(stage.commit(""), None);
    assert_eq!(stage.commit(r#"{"op":"comment","comment":"x"},{"op":"commit","durable":true}"#), None);
    let operations: Vec<String> = (0..20).map(|n| insert(&format!("r{n}"), "")).collect();
    let text =
        r#"{"op":"comment","comment":"one"},{"op":"commit","durable":true},{"op":"comment","comment":"two"}"#;
    let commit = stage.commit(&format!("{},{text}", operations.join(","))).unwrap();
    assert_eq!((commit.comment.as_deref(), commit.durable), (Some("one\ntwo"), true));
    assert!(commit.changes.is_sorted_by(|a, b| (a.table, a.uuid) < (b.table, b.uuid)));
    assert_eq!(commit.changes.len(), 20);
    let versions: BTreeSet<Uuid> = commit.changes.iter().map(|c| c.new.as_ref().unwrap().version()).collect();
    assert_eq!(versions.len(), 20);

    // changed and changed back; inserted and deleted
    let there = r#"{"op":"update","table":"Root","where":[["name","==","r3"]],"row":{"n":7}}"#;
    let back = r#"{"op":"mutate","table":"Root","where":[["name","==","r3"]],"mutations":[["n","-=",7]]}"#;
    assert_eq!(stage.commit(&format!("{there},{back}")), None);
    let gone = r#"{"op":"delete","table":"Root","where":[["name","==","new"]]}"#;
    assert_eq!(stage.commit(&format!("{},{gone}", insert("new", ""))), None);

    let commit = stage.commit(there).unwrap();
    let [Change { old: Some(old), new: Some(new), .. }] = &commit.changes[..] else { panic!("{commit:?}") };
    assert!(old.uuid() == new.uuid() && old.version() != new.version() && !old.cells().eq(new.cells()));
    assert_eq!(stage.db.row(commit.changes[0].table, new.uuid()), Some(new));
}

#[test]
fn nothing_changes_before_a_commit_is_applied() {
    let mut stage = Stage::new();
    let root = stage.table("Root");
    let (execution, out) = stage.execute(&insert("a", ""));
    assert!(
        matches!(execution, Execution::Done { commit: Some(_) }) && out.starts_with(r#"[{"uuid":["uuid","#)
    );
    assert_eq!((stage.db.len(root), stage.db.rows(root).count()), (0, 0));
}

#[test]
fn waiting() {
    let mut stage = Stage::new();
    let wait = |more: &str| {
        format!(
            r#"{{"op":"comment","comment":"x"}},{{"op":"wait","table":"Root","where":[],"columns":["name"],
                "until":"==","rows":[{{"name":"a"}}]{more}}}"#
        )
    };
    assert_eq!(stage.execute(&wait("")), (Execution::Waiting { until_ms: None }, String::new()));
    let until_ms = Some(30);
    assert_eq!(stage.execute(&wait(r#","timeout":30"#)), (Execution::Waiting { until_ms }, String::new()));
    stage.elapsed_ms = 29;
    assert_eq!(stage.execute(&wait(r#","timeout":30"#)).0, Execution::Waiting { until_ms });
    stage.elapsed_ms = 30;
    let late = r#"[{},{"details":"\"wait\" timed out after 30 ms","error":"timed out"}]"#;
    stage.says(&wait(r#","timeout":30"#), late);
    stage.elapsed_ms = 0;
    let failed = r#"[{},{"details":"\"where\" clause test failed","error":"timed out"}]"#;
    stage.says(&wait(r#","timeout":0"#), failed);
    stage.commit(&insert("a", ""));
    stage.says(&wait(""), "[{},{}]");
    stage.says(&wait(r#","timeout":0"#), "[{},{}]");
}

#[test]
fn locks_and_read_only_databases() {
    let mut stage = Stage::new();
    stage.says(r#"{"op":"assert","lock":"mine"}"#, "[{}]");
    let refused = r#"[{"details":"Asserted lock other not held.","error":"not owner"},null]"#;
    stage.says(r#"{"op":"assert","lock":"other"},{"op":"abort"}"#, refused);
    stage.read_only = true;
    let refused = r#"[{"details":"insert operation not allowed when database server is in read only mode","error":"not allowed"}]"#;
    stage.says(&insert("a", ""), refused);
    stage.says(
        r#"{"op":"select","table":"Root","where":[]},{"op":"comment","comment":""}"#,
        r#"[{"rows":[]},{}]"#,
    );
}

#[test]
fn params_that_are_no_operations() {
    let mut stage = Stage::new();
    stage.says("", "[]");
    let refused = r#"[{"details":"Parsing ovsdb operation 1 of 2 failed: Object expected.","error":"syntax error"},null]"#;
    stage.says("1,{}", refused);
    for broken in
        ["", "[", "{}", "[\"D\",{", "[\"D\"] x", "[\"D\",{\"op\":\"comment\",\"comment\":\"\\q\"}]", "\u{0}"]
    {
        let mut out = Vec::new();
        let mut ids = Ids::new(1);
        let mut cx = Context { holds_lock: &|_| true, ..Context::new(&mut ids) };
        let done = stage.db.execute(broken.as_bytes(), &mut cx, &mut out);
        assert_eq!(done, Execution::Done { commit: None });
        let out = String::from_utf8(out).unwrap();
        assert!(
            out.starts_with("[{") && out.contains("syntax error") && out.ends_with("}]"),
            "{broken}: {out}"
        );
    }
}

#[test]
fn garbage_goes_with_the_last_reference() {
    let mut stage = Stage::new();
    let kid = stage.table("Kid");
    let kids = r#"{"op":"insert","table":"Kid","uuid-name":"a","row":{"n":1}},
                  {"op":"insert","table":"Kid","uuid-name":"b","row":{"n":2}}"#;
    let refer = insert("r", r#","kids":["set",[["named-uuid","a"],["named-uuid","b"]]]"#);
    stage.commit(&format!("{refer},{kids}"));
    assert_eq!(stage.db.len(kid), 2);
    let one = stage.db.rows(kid).next().unwrap().uuid();
    let drop_one = format!(
        r#"{{"op":"mutate","table":"Root","where":[],"mutations":[["kids","delete",["uuid","{one}"]]]}}"#
    );
    let commit = stage.commit(&drop_one).unwrap();
    assert_eq!((commit.changes.len(), stage.db.len(kid)), (2, 1));
    assert_eq!(stage.commit(kids), None);
    let commit = stage.commit(r#"{"op":"delete","table":"Root","where":[]}"#).unwrap();
    assert_eq!((commit.changes.len(), stage.db.len(kid)), (2, 0));
}

#[test]
fn a_pair_that_goes_with_its_weak_key_takes_its_strong_value_along() {
    let mut stage = Stage::new();
    let (kid, pair) = (stage.table("Kid"), stage.table("Pair"));
    stage.commit(&format!(
        r#"{},{{"op":"insert","table":"Kid","uuid-name":"k","row":{{}}}},
           {{"op":"insert","table":"Root","uuid-name":"r","row":{{"name":"b"}}}},
           {{"op":"insert","table":"Pair","row":{{"map":["map",[[["named-uuid","r"],["named-uuid","k"]]]]}}}}"#,
        insert("a", "")
    ));
    assert_eq!(stage.db.len(kid), 1);
    stage.commit(r#"{"op":"delete","table":"Root","where":[["name","==","b"]]}"#);
    assert_eq!((stage.db.len(kid), stage.db.len(pair)), (0, 1));
    assert!(stage.db.rows(pair).all(|row| row.cells().next().is_none()));
}

#[test]
fn a_weak_reference_to_nothing_is_no_change() {
    let mut stage = Stage::new();
    stage.commit(&insert("a", ""));
    let refer = r#"{"op":"update","table":"Root","where":[],"row":
        {"friend":["uuid","11111111-1111-1111-1111-111111111111"]}}"#;
    assert_eq!(stage.commit(refer), None);
}

#[test]
fn indexes_find_what_a_scan_finds() {
    let mut stage = Stage::new();
    let root = stage.table("Root");
    let rows: Vec<String> = (0..200)
        .map(|n| {
            insert(
                &format!("r{n}"),
                &format!(r#","n":{},"tags":["map",[["k","{}"],["z",""]]]"#, n % 7, n % 5),
            )
        })
        .collect();
    stage.commit(&rows.join(","));
    let select = |condition: &str| {
        format!(r#"{{"op":"select","table":"Root","where":[{condition}],"columns":["name","n"]}}"#)
    };
    let by_n = select(r#"["n","==",3]"#);
    let by_tag = select(r#"["tags","includes",["map",[["k","3"]]]]"#);
    let by_name = select(r#"["name","==","r5"],["n","==",5]"#);
    // `<=` and `>=` have no index
    let scans = [
        select(r#"["n","<=",3],["n",">=",3]"#),
        by_tag.clone(),
        select(r#"["n","==",5],["name","!=","x"],["name","includes","r5"]"#),
    ];
    let expected: Vec<String> = scans.iter().map(|scan| stage.execute(scan).1).collect();
    assert!(expected.iter().all(|rows| rows.contains("name")));
    for _ in 0..5 {
        let asked = [&by_n, &by_tag, &by_name].map(|select| stage.execute(select).1);
        assert_eq!(asked[..], expected);
    }
    assert_eq!(stage.db.version().table(root).unwrap().keys().count(), 3);

    // over few and over many changed rows, committed and not
    for count in [3, 100] {
        let edit = format!(
            r#"{{"op":"update","table":"Root","where":[["n","<",{}]],"row":{{"n":3,"tags":["map",[["k","3"]]]}}}},
               {{"op":"delete","table":"Root","where":[["n","==",6]]}},{}"#,
            if count > 10 { 5 } else { 1 },
            insert(&format!("new{count}"), r#","n":3,"tags":["map",[["k","3"]]]"#),
        );
        let again = r#"{"op":"update","table":"Root","where":[["n","==",3]],"row":{"n":2}},
            {"op":"update","table":"Root","where":[["n","==",5]],"row":{"n":3}}"#;
        let mut plain = Stage { ids: stage.ids.clone(), ..Stage::new() };
        let indexed = stage.execute(&format!("{edit},{by_n},{by_tag},{again},{by_n}")).1;
        let rows: Vec<_> = stage.db.rows(root).map(|row| (root, row.clone())).collect();
        plain.db = Database::load(Arc::clone(stage.db.schema()), rows, &mut Ids::new(5)).unwrap().0;
        let scanned = plain.execute(&format!("{edit},{},{by_tag},{again},{}", scans[0], scans[0])).1;
        let only_rows = |text: &str| text[text.find("rows").unwrap()..].to_owned();
        assert_eq!(only_rows(&indexed), only_rows(&scanned));
        stage.commit(&edit);
        assert_eq!(stage.execute(&by_n).1, stage.execute(&scans[0]).1);
    }
}

#[test]
fn a_table_has_few_indexes_however_much_it_is_asked() {
    let mut stage = Stage::new();
    let rows: Vec<String> = (0..100).map(|n| insert(&format!("r{n}"), "")).collect();
    stage.commit(&rows.join(","));
    for _ in 0..10 {
        for column in ["n", "tags", "kids", "friend", "_version"] {
            let value = match column {
                "n" => "1",
                "tags" => r#"["map",[]]"#,
                "_version" => r#"["uuid","11111111-1111-1111-1111-111111111111"]"#,
                _ => r#"["set",[]]"#,
            };
            let where_ = format!(r#"{{"op":"select","table":"Root","where":[["{column}","==",{value}]]}}"#);
            stage.execute(&where_);
        }
    }
    let root = stage.table("Root");
    assert_eq!(stage.db.version().table(root).unwrap().keys().count(), 1 + 4);
    stage.commit(&insert("x", r#","n":1"#));
    let (_, out) =
        stage.execute(r#"{"op":"select","table":"Root","where":[["n","==",1]],"columns":["name"]}"#);
    assert_eq!(out, r#"[{"rows":[{"name":"x"}]}]"#);
}

#[test]
fn the_same_seed_repeats_a_run() {
    let run = || {
        let mut stage = Stage::new();
        stage.commit(&insert("a", ""));
        let select = stage.execute(r#"{"op":"select","table":"Root","where":[]}"#).1;
        (select, stage.commit(&insert("b", "")))
    };
    assert_eq!(run(), run());
}

#[test]
fn a_seed_used_again_does_not_replace_rows() {
    let mut stage = Stage::new();
    let root = stage.table("Root");
    stage.commit(&insert("a", ""));
    stage.ids = Ids::new(1);
    stage.commit(&insert("b", ""));
    assert_eq!(stage.db.len(root), 2);
}

#[test]
fn many_members_cost_no_more_than_reading_them() {
    let mut stage = Stage::new();
    let members: Vec<String> = (0..100_000).map(|n| format!("\"m{n}\":0")).collect();
    let (_, out) = stage.execute(&format!(r#"{{"op":"comment","comment":"x",{}}}"#, members.join(",")));
    assert!(out.contains("Member 'm0' and 99999 other members are present but not allowed here."));
}

#[test]
fn a_database_of_thousands_of_tables_is_served() {
    let table = |n: usize| {
        let next = (n + 1) % 5000;
        format!(
            r#""T{n}":{{"isRoot":true,"columns":{{"weak":{{"type":{{"key":{{"type":"uuid","refTable":"T{next}","refType":"weak"}},"min":0}}}}}}}}"#
        )
    };
    let tables: Vec<String> = (0..5000).map(table).collect();
    let schema = format!(r#"{{"name":"D","version":"1.0.0","tables":{{{}}}}}"#, tables.join(","));
    let db = Database::new(Arc::new(DatabaseSchema::parse(&schema).unwrap()));
    let mut stage = Stage { db, ..Stage::new() };
    stage.commit(
        r#"{"op":"insert","table":"T0","uuid-name":"to","row":{}},
           {"op":"insert","table":"T4999","row":{"weak":["named-uuid","to"]}}"#,
    );
    let commit = stage.commit(r#"{"op":"delete","table":"T0","where":[]}"#).unwrap();
    let changed = [stage.table("T0"), stage.table("T4999")];
    assert_eq!(commit.changes.iter().map(|change| change.table).collect::<Vec<_>>(), changed);
}

/// A stage with 50 rows, and what a transaction of these operations answers within limits, and
/// whether it would commit.
fn limited(reply_bytes_max: usize, work_max: u64, operations: &str) -> (String, bool) {
    let mut stage = Stage::new();
    let rows: Vec<String> = (0..50).map(|n| insert(&format!("r{n}"), "")).collect();
    stage.commit(&rows.join(","));
    let params = format!("[\"D\",{operations}]");
    let mut out = Vec::new();
    let mut cx = Context { reply_bytes_max, work_max, ..Context::new(&mut stage.ids) };
    let execution = stage.db.execute(params.as_bytes(), &mut cx, &mut out);
    let Execution::Done { commit } = execution else { panic!("waits: {operations}") };
    (String::from_utf8(out).unwrap(), commit.is_some())
}

const SELECT: &str = r#"{"op":"select","table":"Root","where":[]}"#;

#[test]
fn a_reply_that_is_too_long_fails_the_transaction_and_commits_nothing() {
    // two copies of everything fit whatever the limit is
    let (out, committed) = limited(0, u64::MAX, &format!("{},{SELECT}", insert("x", "")));
    assert!(committed && !out.contains("error"), "{out}");

    let (out, committed) =
        limited(1000, u64::MAX, &format!("{},{SELECT},{SELECT},{SELECT},{SELECT}", insert("x", "")));
    assert!(!committed);
    assert!(
        out.starts_with(r#"[null,null,null,{"details":"the results of the transaction are longer than "#),
        "{out}"
    );
    assert!(out.ends_with(r#""error":"resources exhausted"},null]"#), "{out}");

    let (out, committed) = limited(1 << 20, u64::MAX, &[SELECT; 20].join(","));
    assert!(!committed && !out.contains("error"), "{}", out.len());
}

#[test]
fn what_a_database_takes_as_text_is_known_after_each_commit() {
    let mut stage = Stage::new();
    let select = |stage: &mut Stage| stage.execute(SELECT).1.len() - r#"[{"rows":[]}]"#.len();
    stage.commit(&insert("a", ""));
    for operations in [
        insert("b", r#","n":12345,"tags":["map",[["k","v"]]]"#),
        r#"{"op":"update","table":"Root","where":[["name","==","a"]],"row":{"n":7}}"#.to_owned(),
        r#"{"op":"delete","table":"Root","where":[["name","==","b"]]}"#.to_owned(),
    ] {
        stage.db.text_len();
        stage.commit(&operations);
        let exact = select(&mut stage);
        assert!(stage.db.text_len().abs_diff(exact) <= 2 * stage.db.len(stage.table("Root")), "{exact}");
    }
}

#[test]
fn a_transaction_that_looks_at_too_many_rows_fails() {
    let scan = r#"{"op":"select","table":"Root","where":[["n","<",0]]}"#;
    let (out, committed) = limited(usize::MAX, 0, &format!("{},{}", insert("x", ""), [scan; 30].join(",")));
    assert!(committed && !out.contains("error"), "{out}");
    let (out, committed) = limited(usize::MAX, 0, &format!("{},{}", insert("x", ""), [scan; 40].join(",")));
    assert!(!committed && out.contains("looks at too many rows"), "{out}");
    let (out, _) = limited(usize::MAX, 500, &[scan; 40].join(","));
    assert!(!out.contains("error"), "{out}");
}

#[test]
fn the_cost_of_a_transaction_is_the_rows_that_it_looks_at() {
    let mut stage = Stage::new();
    let rows: Vec<String> = (0..1000).map(|n| insert(&format!("r{n}"), "")).collect();
    stage.commit(&rows.join(","));
    let mut cost = |operations: &str| {
        let params = format!("[\"D\",{operations}]");
        let mut cx = Context::new(&mut stage.ids);
        stage.db.execute(params.as_bytes(), &mut cx, &mut Vec::new());
        cx.cost
    };
    let scan = r#"{"op":"select","table":"Root","where":[["n","<",0]],"columns":["n"]}"#;
    let one = cost(scan).work;
    assert!((1000..1010).contains(&one), "{one}");
    let ten = cost(&[scan; 10].join(",")).work;
    assert!((10_000..10_100).contains(&ten), "{ten}");
    let indexed = cost(r#"{"op":"select","table":"Root","where":[["name","==","r7"]],"columns":["n"]}"#);
    assert!(indexed.work < 10, "{indexed:?}");
    let [root, kid] = ["Root", "Kid"].map(|name| stage.table(name));
    assert_eq!(indexed.tables, [root].into());
    let wait = r#"{"op":"wait","table":"Kid","where":[],"columns":["n"],"until":"!=","rows":[]}"#;
    let mut cx = Context::new(&mut stage.ids);
    let execution = stage.db.execute(format!("[\"D\",{scan},{wait}]").as_bytes(), &mut cx, &mut Vec::new());
    assert_eq!((execution, cx.cost.tables), (Execution::Waiting { until_ms: None }, [root, kid].into()));
}

#[test]
fn a_question_that_one_transaction_asks_often_is_answered_by_an_index() {
    let mut stage = Stage::new();
    let rows: Vec<String> = (0..1000).map(|n| insert(&format!("r{n}"), &format!(r#","n":{n}"#))).collect();
    stage.commit(&rows.join(","));
    let select =
        |n: u32| format!(r#"{{"op":"select","table":"Root","where":[["n","==",{n}]],"columns":["name"]}}"#);
    let delete = r#"{"op":"delete","table":"Root","where":[["n","==",7]]}"#;
    let selects: Vec<String> = (0..200).map(select).collect();
    let params = format!("[\"D\",{delete},{}]", selects.join(","));
    let mut cx = Context::new(&mut stage.ids);
    let mut out = Vec::new();
    stage.db.execute(params.as_bytes(), &mut cx, &mut out);
    assert!(cx.cost.work < 5000, "{}", cx.cost.work);
    let out = String::from_utf8(out).unwrap();
    assert_eq!(out.matches("\"name\"").count(), 199);
    // and so are those that come after it
    stage.db.learn(cx.questions);
    let mut cx = Context::new(&mut stage.ids);
    stage.db.execute(format!("[\"D\",{}]", select(5)).as_bytes(), &mut cx, &mut Vec::new());
    assert!(cx.cost.work < 10, "{}", cx.cost.work);
}
