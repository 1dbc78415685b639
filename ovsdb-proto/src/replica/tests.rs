//! Does a snapshot know what it was told, and only that?

use super::{Absent, Cells, Snapshot};
use crate::op::{Condition, Function, UnknownId};
use crate::row::{Query, ReadError};
use crate::schema::{ColumnId, ColumnSet, DatabaseSchema, TableId};
use crate::value::{Atom, Datum, Uuid};
use std::sync::Arc;

const SCHEMA: &str = r#"{"name":"D","version":"2.0.0","tables":{
    "Port":{"columns":{"name":{"type":"string"},"tag":{"type":{"key":"integer","min":0,"max":1}},
        "new":{"type":"string"}},"indexes":[["name"]]},
    "Switch":{"columns":{"name":{"type":"string"},
        "ports":{"type":{"key":{"type":"uuid","refTable":"Port"},"min":0,"max":"unlimited"}}},"isRoot":true},
    "Young":{"columns":{"x":{"type":"integer"}}}}}"#;
const OLDER: &str = r#"{"name":"D","version":"1.0.0","tables":{
    "Port":{"columns":{"name":{"type":"string"},"tag":{"type":{"key":"integer","min":0,"max":1}}}},
    "Switch":{"columns":{"name":{"type":"string"},"ports":{"type":"string"}}}}}"#;

const PORT: TableId = TableId(0);
const SWITCH: TableId = TableId(1);
const YOUNG: TableId = TableId(2);
// of Port; _uuid and _version come first
const NAME: ColumnId = ColumnId(2);
const NEW: ColumnId = ColumnId(3);
const TAG: ColumnId = ColumnId(4);
// of Switch
const PORTS: ColumnId = ColumnId(3);

fn empty() -> Snapshot {
    Snapshot::new(Arc::new(DatabaseSchema::parse(SCHEMA).unwrap()), Arc::default())
}

fn older() -> Snapshot {
    let ours = Arc::new(DatabaseSchema::parse(SCHEMA).unwrap());
    let absent = Absent::between(&ours, &DatabaseSchema::parse(OLDER).unwrap());
    Snapshot::new(ours, Arc::new(absent))
}

fn set(columns: &[ColumnId]) -> ColumnSet {
    columns.iter().copied().collect()
}

fn query(table: TableId, conditions: &[Condition], columns: &[ColumnId]) -> Query {
    Query { table, conditions: conditions.to_vec(), columns: set(columns) }
}

fn uuid(n: u128) -> Uuid {
    Uuid::from_u128(n)
}

fn named(name: &str) -> Condition {
    Condition::eq(NAME, Datum::one(name))
}

fn port(n: u128, name: &str) -> (Uuid, Cells) {
    (uuid(n), vec![(NAME, Datum::one(name))])
}

fn missing<T: std::fmt::Debug>(result: Result<T, ReadError>) -> Vec<Query> {
    match result {
        Err(ReadError::Missing(missing)) => missing.0,
        other => panic!("nothing is missing: {other:?}"),
    }
}

fn sorted(rows: Result<Vec<Uuid>, ReadError>) -> Vec<u128> {
    let mut rows: Vec<u128> = rows.unwrap().into_iter().map(Uuid::as_u128).collect();
    rows.sort_unstable();
    rows
}

#[test]
fn what_was_never_asked_for_is_a_hole_that_says_what_to_ask() {
    let s = empty();
    let ask = missing(s.find(PORT, &[named("a")], set(&[TAG])));
    assert_eq!(ask, [query(PORT, &[named("a")], &[TAG])]);
    let ask = missing(s.cell(PORT, uuid(1), TAG));
    assert_eq!(ask, [query(PORT, &[Condition::uuid(uuid(1))], &[TAG])]);
}

#[test]
fn an_answer_is_known_for_its_conditions_and_columns() {
    let mut s = empty();
    s.answer(&query(PORT, &[named("a")], &[NAME]), [port(1, "a")]);
    assert_eq!(sorted(s.find(PORT, &[named("a")], set(&[NAME]))), [1]);
    assert_eq!(s.cell(PORT, uuid(1), NAME).unwrap(), &Datum::one("a"));
    // other columns and other conditions are holes
    missing(s.cell(PORT, uuid(1), TAG));
    missing(s.find(PORT, &[named("a")], set(&[NAME, TAG])));
    missing(s.find(PORT, &[named("b")], ColumnSet::EMPTY));
    missing(s.find(PORT, &[], ColumnSet::EMPTY));
    // a row that was met is known by its UUID as well, and one that was not is not
    assert_eq!(sorted(s.find(PORT, &[Condition::uuid(uuid(1))], set(&[NAME]))), [1]);
    missing(s.find(PORT, &[Condition::uuid(uuid(2))], ColumnSet::EMPTY));
    missing(s.cell(PORT, uuid(2), NAME));
    assert_eq!(s.row_count(PORT), 1);
}

#[test]
fn nothing_is_an_answer_too() {
    let mut s = empty();
    s.answer(&query(PORT, &[named("a")], &[]), []);
    s.answer(&query(PORT, &[Condition::uuid(uuid(2))], &[NAME]), []);
    assert_eq!(sorted(s.find(PORT, &[named("a")], set(&[TAG]))), [0u128; 0]);
    assert_eq!(sorted(s.find(PORT, &[Condition::uuid(uuid(2))], set(&[NAME, TAG]))), [0u128; 0]);
    let gone = Err(ReadError::NoRow { table: "Port".into(), row: uuid(2) });
    assert_eq!(s.cell(PORT, uuid(2), TAG), gone.as_ref().map(|d: &Datum| d).map_err(Clone::clone));
}

#[test]
fn two_answers_of_one_moment_complete_each_other() {
    let mut s = empty();
    s.answer(&query(PORT, &[named("a")], &[NAME]), [port(1, "a")]);
    s.answer(&query(PORT, &[named("a")], &[TAG]), [(uuid(1), vec![(TAG, Datum::one(7))])]);
    assert_eq!(sorted(s.find(PORT, &[named("a")], set(&[NAME, TAG]))), [1]);
    // columns that came by another way count
    s.answer(&query(PORT, &[named("b")], &[]), [(uuid(2), vec![])]);
    s.answer(&query(PORT, &[Condition::uuid(uuid(2))], &[TAG]), [(uuid(2), vec![])]);
    assert_eq!(sorted(s.find(PORT, &[named("b")], set(&[TAG]))), [2]);
    assert_eq!(s.cell(PORT, uuid(2), TAG).unwrap(), &Datum::empty_set());
}

#[test]
fn a_whole_table_answers_every_question_about_its_columns() {
    let mut s = empty();
    s.answer(&query(PORT, &[], &[NAME, TAG]), [port(1, "a"), port(2, "b"), port(3, "c")]);
    assert_eq!(sorted(s.find(PORT, &[], set(&[NAME, TAG]))), [1, 2, 3]);
    assert_eq!(sorted(s.find(PORT, &[named("b")], set(&[TAG]))), [2]);
    assert_eq!(sorted(s.find(PORT, &[named("z")], set(&[TAG]))), [0u128; 0]);
    let with_tag = Condition { column: TAG, function: Function::Ne, arg: Datum::empty_set() };
    assert_eq!(sorted(s.find(PORT, &[with_tag], ColumnSet::EMPTY)), [0u128; 0]);
    assert_eq!(sorted(s.find(PORT, &[Condition::uuid(uuid(3)), named("c")], ColumnSet::EMPTY)), [3]);
    assert_eq!(sorted(s.find(PORT, &[Condition::uuid(uuid(3)), named("a")], ColumnSet::EMPTY)), [0u128; 0]);
    assert!(matches!(s.cell(PORT, uuid(9), TAG), Err(ReadError::NoRow { .. })));
    // a column that was not read is neither answered nor tested
    missing(s.find(PORT, &[], set(&[NEW])));
    missing(s.find(PORT, &[Condition::eq(NEW, Datum::one("x"))], ColumnSet::EMPTY));
    // read once more, with other columns
    s.answer(
        &query(PORT, &[], &[NEW]),
        [(uuid(1), vec![(NEW, Datum::one("x"))]), (uuid(2), vec![]), (uuid(3), vec![])],
    );
    assert_eq!(sorted(s.find(PORT, &[Condition::eq(NEW, Datum::one("x"))], set(&[NAME]))), [1]);
}

#[test]
fn lookups_by_name_and_by_reference_see_a_later_answer() {
    let mut s = empty();
    let switch = |n, name: &str, ports: &[u128]| {
        let ports = Datum::set(ports.iter().map(|p| Atom::Uuid(uuid(*p))));
        (uuid(n), vec![(NAME, Datum::one(name)), (PORTS, ports)])
    };
    s.answer(&query(SWITCH, &[], &[NAME, PORTS]), [switch(1, "sw", &[10]), switch(2, "sw", &[11, 12])]);
    assert_eq!(sorted(s.find(SWITCH, &[named("sw")], ColumnSet::EMPTY)), [1, 2]);
    let has = Condition { column: PORTS, function: Function::Includes, arg: Datum::one(uuid(12)) };
    assert_eq!(sorted(s.find(SWITCH, &[has], ColumnSet::EMPTY)), [2]);
    let copy = s.clone();
    s.answer(&query(SWITCH, &[], &[NAME]), [switch(1, "other", &[]), switch(2, "sw", &[])]);
    assert_eq!(sorted(s.find(SWITCH, &[named("sw")], ColumnSet::EMPTY)), [2]);
    assert_eq!(sorted(copy.find(SWITCH, &[named("sw")], ColumnSet::EMPTY)), [1, 2]);
}

#[test]
fn an_identity_is_a_cell_if_it_was_asked_for() {
    let mut s = empty();
    s.answer(&query(PORT, &[named("a")], &[ColumnId::UUID, NAME]), [port(1, "a")]);
    assert_eq!(s.cell(PORT, uuid(1), ColumnId::UUID).unwrap(), &Datum::one(uuid(1)));
    s.answer(&query(PORT, &[named("b")], &[NAME]), [port(2, "b")]);
    missing(s.cell(PORT, uuid(2), ColumnId::UUID));
    s.answer(&query(PORT, &[Condition::uuid(uuid(2))], &[ColumnId::UUID]), [(uuid(2), vec![])]);
    assert_eq!(s.cell(PORT, uuid(2), ColumnId::UUID).unwrap(), &Datum::one(uuid(2)));
}

#[test]
fn what_an_older_server_lacks_holds_its_default() {
    let mut s = older();
    assert_eq!(sorted(s.find(YOUNG, &[], ColumnSet::EMPTY)), [0u128; 0]);
    assert!(matches!(s.cell(YOUNG, uuid(1), ColumnId(2)), Err(ReadError::NoRow { .. })));
    // never asked for
    assert_eq!(missing(s.find(PORT, &[named("a")], set(&[TAG, NEW]))), [query(PORT, &[named("a")], &[TAG])]);
    let new = |value: &str| Condition::eq(NEW, Datum::one(value));
    assert_eq!(missing(s.find(PORT, &[named("a"), new("")], set(&[NEW]))), [query(PORT, &[named("a")], &[])]);
    assert_eq!(sorted(s.find(PORT, &[named("a"), new("x")], set(&[NEW]))), [0u128; 0]);
    s.answer(&query(PORT, &[named("a")], &[TAG]), [(uuid(1), vec![])]);
    assert_eq!(sorted(s.find(PORT, &[named("a")], set(&[TAG, NEW]))), [1]);
    assert_eq!(sorted(s.find(PORT, &[new(""), named("a")], set(&[TAG, NEW]))), [1]);
    assert_eq!(s.cell(PORT, uuid(1), NEW).unwrap(), &Datum::one(""));
}

#[test]
fn numbers_that_are_not_of_the_schema_are_errors_or_ignored() {
    let mut s = empty();
    let (no_table, no_column) = (TableId(9), ColumnId(99));
    let error = |id| Err(ReadError::Id(id));
    assert_eq!(s.find(no_table, &[], ColumnSet::EMPTY), error(UnknownId::Table(no_table)));
    assert_eq!(s.cell(no_table, uuid(1), NAME).map(drop), Err(ReadError::Id(UnknownId::Table(no_table))));
    let tests = Condition::eq(no_column, Datum::one("x"));
    assert_eq!(s.find(PORT, &[tests], ColumnSet::EMPTY), error(UnknownId::Column(PORT, no_column)));
    let unknown = Err(ReadError::Id(UnknownId::Column(PORT, no_column)));
    assert_eq!(s.cell(PORT, uuid(1), no_column).map(drop), unknown);
    // all columns may be asked for by asking for every number there is
    let every = ColumnSet::EMPTY.complement();
    let all = [ColumnId::UUID, ColumnId::VERSION, NAME, NEW, TAG];
    assert_eq!(missing(s.find(PORT, &[], every)), [query(PORT, &[], &all)]);
    s.answer(&Query { table: PORT, conditions: vec![], columns: every }, [port(1, "a")]);
    assert_eq!(sorted(s.find(PORT, &[], every)), [1]);
    s.answer(&query(no_table, &[], &[]), []);
    assert_eq!(s.row_count(no_table), 0);
}

#[test]
fn missing_lists_the_unanswered() {
    let mut s = empty();
    s.answer(&query(PORT, &[], &[NAME]), []);
    let known = query(PORT, &[named("a")], &[NAME]);
    let unknown = query(PORT, &[named("a")], &[TAG]);
    let nonsense = query(TableId(9), &[], &[]);
    assert_eq!(s.missing(&[known, unknown.clone(), nonsense]).0, [unknown]);
}

#[test]
fn rows_in_which_a_column_is_not_known_to_differ_hold_its_default() {
    let mut s = empty();
    let differs = Condition::differs(TAG, Datum::empty_set());
    s.answer(&query(PORT, &[], &[NAME]), [port(1, "a"), port(2, "b")]);
    missing(s.find(PORT, &[], set(&[NAME, TAG])));
    s.answer(&query(PORT, std::slice::from_ref(&differs), &[TAG]), [(uuid(2), vec![(TAG, Datum::one(5))])]);
    assert_eq!(sorted(s.find(PORT, &[], set(&[NAME, TAG]))), [1, 2]);
    assert_eq!(s.cell(PORT, uuid(1), TAG).unwrap(), &Datum::empty_set());
    assert_eq!(s.cell(PORT, uuid(2), TAG).unwrap(), &Datum::one(5));
    assert_eq!(sorted(s.find(PORT, &[Condition::eq(TAG, Datum::empty_set())], set(&[TAG]))), [1]);
    assert_eq!(sorted(s.find(PORT, &[differs], set(&[TAG]))), [2]);
    assert_eq!(sorted(s.find(PORT, &[Condition::uuid(uuid(1))], set(&[TAG]))), [1]);
    missing(s.cell(PORT, uuid(1), NEW));
    // another difference says nothing of the other rows
    let mut s = empty();
    s.answer(&query(PORT, &[], &[NAME]), [port(1, "a")]);
    s.answer(&query(PORT, &[Condition::differs(TAG, Datum::one(1))], &[TAG]), []);
    missing(s.cell(PORT, uuid(1), TAG));
}
