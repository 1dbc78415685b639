//! Does reading show the snapshot with the edits on top?

use super::*;
use crate::op::Function;

fn found(result: Result<Vec<RowId>, ReadError>) -> Vec<u128> {
    result.unwrap().into_iter().map(|row| row.uuid.as_u128()).collect()
}

fn has(port: u128) -> Condition {
    Condition { column: PORTS, function: Function::Includes, arg: refs(&[port]) }
}

#[test]
fn without_edits_it_is_the_snapshot_in_order() {
    let base = whole();
    let t = Txn::new(&base, 1);
    assert_eq!(found(t.find_rows(SWITCH, &[], ColumnSet::EMPTY)), [1, 2]);
    assert_eq!(found(t.find_rows(PORT, &[named("q")], set(&[TAG]))), [12]);
    assert_eq!(found(t.find_rows(SWITCH, &[has(12)], ColumnSet::EMPTY)), [1]);
    assert_eq!(t.cell(row(PORT, 12), TAG).unwrap().into_owned(), Datum::one(7));
    assert_eq!(t.cell(row(PORT, 12), ColumnId::UUID).unwrap().into_owned(), Datum::one(uuid(12)));
    assert!(matches!(t.cell(row(PORT, 13), TAG), Err(ReadError::NoRow { .. })));
    assert!(!t.has_missing() && !t.trusted_an_index());
}

#[test]
fn a_new_row_is_found_by_its_values_and_by_its_identity() {
    let base = whole();
    let mut t = Txn::new(&base, 1);
    let new = t.insert_row(SWITCH);
    assert_eq!(t.cell(new, NAME).unwrap().into_owned(), Datum::one(""));
    assert_eq!(t.find_rows(SWITCH, &[named("")], ColumnSet::EMPTY), Ok(vec![new]));
    t.set_cell(new, NAME, Datum::one("sw"));
    let mut expect = vec![row(SWITCH, 1), row(SWITCH, 2), new];
    expect.sort_unstable();
    assert_eq!(t.find_rows(SWITCH, &[named("sw")], ColumnSet::EMPTY), Ok(expect));
    assert_eq!(t.find_rows(SWITCH, &[Condition::uuid(new.uuid)], ColumnSet::EMPTY), Ok(vec![new]));
    assert!(t.is_new(new) && !t.is_new(row(SWITCH, 1)));
}

#[test]
fn a_row_that_was_taken_away_is_not_there() {
    let base = whole();
    let mut t = Txn::new(&base, 1);
    t.delete_row(row(PORT, 11));
    assert_eq!(found(t.find_rows(PORT, &[named("p")], ColumnSet::EMPTY)), [0u128; 0]);
    assert_eq!(found(t.find_rows(PORT, &[Condition::uuid(uuid(11))], ColumnSet::EMPTY)), [0u128; 0]);
    assert!(matches!(t.cell(row(PORT, 11), NAME), Err(ReadError::NoRow { .. })));
    assert_eq!(t.holder(PORT, NAME, &Datum::one("p"), ColumnSet::EMPTY), Ok(None));
    // nor does it come back by being written
    t.set_cell(row(PORT, 11), TAG, Datum::one(1));
    t.insert_into(row(PORT, 11), OPTIONS, &map(&[("a", "b")]));
    assert!(t.cell(row(PORT, 11), TAG).is_err());
    assert_eq!(sent(&t), [""; 0]);
}

#[test]
fn edits_decide_which_conditions_a_row_meets() {
    let base = whole();
    let mut t = Txn::new(&base, 1);
    t.set_cell(row(PORT, 11), NAME, Datum::one("q2"));
    assert_eq!(found(t.find_rows(PORT, &[named("p")], ColumnSet::EMPTY)), [0u128; 0]);
    assert_eq!(found(t.find_rows(PORT, &[named("q2")], ColumnSet::EMPTY)), [11]);
    t.set_cell(row(PORT, 11), NAME, Datum::one("p"));
    assert_eq!(found(t.find_rows(PORT, &[named("p")], ColumnSet::EMPTY)), [11]);
    assert_eq!(found(t.find_rows(PORT, &[named("q2")], ColumnSet::EMPTY)), [0u128; 0]);

    t.insert_into(row(SWITCH, 2), PORTS, &refs(&[11]));
    t.delete_from(row(SWITCH, 1), PORTS, &refs(&[11]));
    assert_eq!(found(t.find_rows(SWITCH, &[has(11)], ColumnSet::EMPTY)), [2]);
    assert_eq!(found(t.find_rows(SWITCH, &[has(12)], ColumnSet::EMPTY)), [1]);
    assert_eq!(found(t.find_rows(SWITCH, &[has(11), named("sw")], ColumnSet::EMPTY)), [2]);
    assert_eq!(found(t.find_rows(SWITCH, &[named("other"), has(11)], ColumnSet::EMPTY)), [0u128; 0]);
}

#[test]
fn parts_of_maps_and_sets_are_read_with_the_rest() {
    let base = whole();
    let mut t = Txn::new(&base, 1);
    let port = row(PORT, 12);
    t.insert_into(port, OPTIONS, &map(&[("k", "new"), ("m", "x")]));
    t.delete_from(port, OPTIONS, &strings(&["l", "nowhere"]));
    assert_eq!(t.cell(port, OPTIONS).unwrap().into_owned(), map(&[("k", "new"), ("m", "x")]));
    t.set_cell(port, OPTIONS, map(&[("z", "1")]));
    t.insert_into(port, OPTIONS, &map(&[("y", "2")]));
    t.delete_from(port, OPTIONS, &strings(&["z"]));
    assert_eq!(t.cell(port, OPTIONS).unwrap().into_owned(), map(&[("y", "2")]));
    let new = t.insert_row(PORT);
    t.insert_into(new, OPTIONS, &map(&[("a", "b")]));
    assert_eq!(t.cell(new, OPTIONS).unwrap().into_owned(), map(&[("a", "b")]));
}

#[test]
fn holes_are_reported_and_remembered_once() {
    let base = nothing();
    let t = Txn::new(&base, 1);
    let asked = missing(t.find_rows(PORT, &[named("p")], set(&[TAG])));
    missing(t.find_rows(PORT, &[named("p")], set(&[OPTIONS])));
    missing(t.cell(row(PORT, 11), NAME));
    missing(t.fetch_rows(&[row(PORT, 11), row(PORT, 12)], set(&[TAG, ColumnId::UUID])));
    assert_eq!(asked, [Query { table: PORT, conditions: vec![named("p")], columns: set(&[TAG]) }]);
    let this = |n, columns: &[ColumnId]| Query {
        table: PORT,
        conditions: vec![Condition::uuid(uuid(n))],
        columns: set(columns),
    };
    let by_name = Query { columns: set(&[TAG, OPTIONS]), ..asked[0].clone() };
    assert_eq!(t.missing(), [by_name, this(11, &[NAME, TAG]), this(12, &[TAG])]);
    assert!(t.has_missing());
}

#[test]
fn what_only_a_new_row_can_answer_is_not_asked() {
    let base = nothing();
    let mut t = Txn::new(&base, 1);
    let port = t.insert_row(PORT);
    t.set_cell(port, NAME, Datum::one("new"));
    let refers = Condition { column: PORTS, function: Function::Includes, arg: Datum::one(port.uuid) };
    assert_eq!(t.find_rows(SWITCH, std::slice::from_ref(&refers), ColumnSet::EMPTY), Ok(vec![]));
    t.insert_into(row(SWITCH, 1), PORTS, &Datum::one(port.uuid));
    assert_eq!(t.find_rows(SWITCH, &[refers], ColumnSet::EMPTY), Ok(vec![row(SWITCH, 1)]));
    assert_eq!(t.find_rows(PORT, &[Condition::uuid(port.uuid)], set(&[TAG])), Ok(vec![port]));
    assert_eq!(t.fetch_rows(&[port], set(&[TAG])), Ok(()));
    assert!(!t.has_missing());
    // a name that an index makes its own
    assert_eq!(t.lookup_rows(PORT, NAME, &Datum::one("new"), set(&[TAG])), Ok(vec![port]));
    assert_eq!(t.holder(PORT, NAME, &Datum::one("new"), set(&[TAG])), Ok(Some(port)));
    assert!(t.trusted_an_index() && !t.has_missing());
    // what it was called before, and what others are called, are questions
    t.set_cell(port, NAME, Datum::one("newer"));
    missing(t.find_rows(PORT, &[named("new")], ColumnSet::EMPTY));
    missing(t.find_rows(PORT, &[named("")], ColumnSet::EMPTY));
    missing(t.find_rows(SWITCH, &[named("new")], ColumnSet::EMPTY));
}

#[test]
fn a_free_name_is_trusted_only_while_that_is_sound() {
    let base = nothing();
    let name = Datum::one("p");
    let holder = |t: &Txn<'_>| t.holder(PORT, NAME, &name, ColumnSet::EMPTY);
    assert_eq!(holder(&Txn::new(&base, 1)), Ok(None));

    // a dry run ends before the indexes are checked
    let mut t = Txn::new(&base, 1);
    t.dry_run(true);
    missing(holder(&t));
    // rows that go with a row that is deleted still count, though the server sees them gone
    let mut t = Txn::new(&base, 1);
    t.delete_row(row(SWITCH, 1));
    missing(holder(&t));
    // after a refusal
    let mut distrusting = nothing();
    distrusting.distrust_indexes();
    missing(holder(&Txn::new(&distrusting, 1)));
    // a column without an index
    missing(Txn::new(&base, 1).holder(SWITCH, NAME, &name, ColumnSet::EMPTY));
    // known rows are seen, whatever of them is known
    let mut partial = nothing();
    let query = Query { table: PORT, conditions: vec![named("p")], columns: ColumnSet::EMPTY };
    partial.answer(&query, [(uuid(11), vec![])]);
    missing(Txn::new(&partial, 1).holder(PORT, NAME, &name, set(&[TAG])));
    let t = Txn::new(&partial, 1);
    assert_eq!(holder(&t), Ok(Some(row(PORT, 11))));
    assert!(!t.trusted_an_index());
    // a row that was given the name here
    let mut t = Txn::new(&base, 1);
    t.set_cell(row(PORT, 12), NAME, name.clone());
    assert_eq!(holder(&t), Ok(Some(row(PORT, 12))));
}

#[test]
fn trust_that_nothing_came_of_is_looked_after() {
    let base = nothing();
    let by_name = Query { table: PORT, conditions: vec![named("p")], columns: ColumnSet::EMPTY };
    // taken as free, and then not used
    let mut t = Txn::new(&base, 1);
    t.holder(PORT, NAME, &Datum::one("p"), ColumnSet::EMPTY).unwrap();
    let port = t.insert_row(PORT);
    t.set_cell(port, NAME, Datum::one("p"));
    assert!(matches!(t.finish(), Ok(Commit::Send(_))));
    t.delete_row(port);
    assert_eq!(missing(t.finish()), t.missing());
    assert_eq!(t.missing(), std::slice::from_ref(&by_name));
    // used, but a row that has it may go at the same time
    let mut t = Txn::new(&base, 1);
    t.holder(PORT, NAME, &Datum::one("p"), ColumnSet::EMPTY).unwrap();
    let port = t.insert_row(PORT);
    t.set_cell(port, NAME, Datum::one("p"));
    t.delete_row(row(SWITCH, 1));
    assert_eq!(missing(t.finish()), [by_name]);
}

#[test]
fn indexes_over_parts_of_sets_are_not_lost() {
    let text = r#"{"name":"D","version":"1.0.0","tables":{"T":{"columns":{
        "s":{"type":{"key":"string","min":0,"max":"unlimited"}}},"indexes":[["s"]],"isRoot":true}}}"#;
    let schema = Arc::new(DatabaseSchema::parse(text).unwrap());
    let mut base = Snapshot::new(schema, Arc::default());
    let (table, column) = (TableId(0), ColumnId(2));
    let all = Query { table, conditions: Vec::new(), columns: set(&[column]) };
    base.answer(&all, [(uuid(1), vec![(column, strings(&["a"]))])]);
    let mut t = Txn::new(&base, 1);
    t.insert_into(row(table, 1), column, &strings(&["b"]));
    let is = |items: &[&str]| [Condition::eq(column, strings(items))];
    assert_eq!(t.find_rows(table, &is(&["a", "b"]), ColumnSet::EMPTY), Ok(vec![row(table, 1)]));
    assert_eq!(t.find_rows(table, &is(&["a"]), ColumnSet::EMPTY), Ok(vec![]));
}

#[test]
fn provisional_identities_differ() {
    let base = nothing();
    let mut all = std::collections::HashSet::new();
    for seed in [0, 1, u128::MAX] {
        let mut t = Txn::new(&base, seed);
        assert!((0..1000).all(|_| all.insert(t.fresh_uuid())), "{seed}");
    }
}
