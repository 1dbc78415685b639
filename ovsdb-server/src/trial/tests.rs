//! Does a trial find what it is there to find?

use super::*;
use ovsdb_proto::row::{Column, ReadError, Ref, Table};
use ovsdb_proto::schema::DatabaseSchema;
use ovsdb_proto::session::Verdict;
use ovsdb_proto::txn::Txn;
use ovsdb_proto::value::Uuid;

#[derive(Clone, Copy)]
struct Switch;
impl Table for Switch {
    const NAME: &'static str = "Switch";
}
#[derive(Clone, Copy)]
struct Port;
impl Table for Port {
    const NAME: &'static str = "Port";
}
const PORTS: Column<Switch, Vec<Ref<Port>>> = Column::new("ports");
const NAME: Column<Port, String> = Column::new("name");
const TAG: Column<Port, i64> = Column::new("tag");

fn rows() -> Rows {
    let schema = r#"{"name":"D","version":"1.0.0","tables":{
        "Port":{"columns":{"name":{"type":"string"},"tag":{"type":{"key":{"type":"integer","maxInteger":9}}}},
            "indexes":[["name"]]},
        "Switch":{"columns":{"ports":{"type":{"key":{"type":"uuid","refTable":"Port"},"min":0,"max":"unlimited"}}},
            "isRoot":true}}}"#;
    Rows::new(&DatabaseSchema::parse(schema).unwrap().into())
}

/// Port #1 a of switch #2.
fn net() -> Rows {
    let mut net = rows();
    let a = net.row(&[cell(NAME, "a".to_owned())]);
    net.row(&[cell(PORTS, vec![a])]);
    net
}

fn add(t: &mut Txn<'_>, name: &str) -> Result<Ref<Port>, String> {
    let read = |error: ReadError| error.to_string();
    let is_taken = t.taken_by(NAME, &name.to_owned(), &[]).map_err(read)?.is_some();
    if is_taken {
        return Err(format!("{name} is taken"));
    }
    let port = t.insert().map_err(read)?;
    t.set(port, NAME, &name.to_owned()).map_err(read)?;
    t.add(Ref::<Switch>::new(Uuid::from_u128(2)), PORTS, &port).map_err(read)?;
    Ok(port)
}

#[test]
fn what_is_added_taken_away_and_refused() {
    let trial = net().run(|t| add(t, "b")).unwrap();
    assert_eq!(trial.answer, "Port:new1");
    assert_eq!(trial.changes, ["+Port new1 name=b", "~Switch #2 ports=[#1, new1]"]);
    assert_eq!(trial.rounds, 1);
    let insert = "insert,table:Port,uuid-name:new1,row:{name:b}";
    let mutate =
        "mutate,table:Switch,where:[[_uuid,==,[uuid,#2]]],mutations:[[ports,insert,[named-uuid,new1]]]";
    assert_eq!(trial.writes(), [insert, mutate]);

    let trial = net().run(|t| add(t, "a")).unwrap();
    assert_eq!((trial.answer.as_str(), trial.changes.len(), trial.sent.len()), ("a is taken", 0, 0));
    // the commit that the index refused, and looking
    assert!(trial.rounds >= 2, "{trial:?}");

    let trial = net().run(|t| t.set(Ref::<Switch>::new(Uuid::from_u128(2)), PORTS, &vec![])).unwrap();
    assert_eq!(trial.changes, ["-Port #1", "~Switch #2 ports=[]"]);
    let trial = net().run(|t| t.set(Ref::<Port>::new(Uuid::from_u128(1)), TAG, &10)).unwrap();
    assert!(trial.answer.contains("constraint violation") && trial.changes.is_empty(), "{trial:?}");
}

#[test]
fn lines_that_wait_and_lines_that_differ() {
    let database = net().database().unwrap();
    let waits = round_by_round::<(), String>(&database, |_| Verdict::NotYet).unwrap();
    assert!(matches!(waits.end, End::Waits));
    let waits = at_once::<(), String>(&database, 0, |_| Verdict::NotYet).unwrap();
    assert!(matches!(waits.end, End::Waits));
    let calls = std::cell::Cell::new(0);
    let differs = net().run(|_| {
        calls.set(calls.get() + 1);
        Ok::<_, String>(calls.get())
    });
    assert!(matches!(differs, Err(TrialError::Differ(_))), "{differs:?}");
}

#[test]
fn rows_that_cannot_be() {
    let mut alone = rows();
    alone.row(&[cell(NAME, "a".to_owned())]);
    let error = alone.database().unwrap_err().to_string();
    assert!(error.starts_with("nothing refers to row 00000000-0000-0000-0000-000000000001 of table Port"));
    let mut nowhere = rows();
    nowhere.row(&[cell(PORTS, vec![Ref::new(Uuid::from_u128(7))])]);
    assert!(matches!(nowhere.database(), Err(TrialError::Seed(text)) if text.contains("referential")));
    let mut other = rows();
    other.add("Router", Uuid::from_u128(1), []);
    assert_eq!(other.database().unwrap_err(), TrialError::NoTable("Router".into()));
}
