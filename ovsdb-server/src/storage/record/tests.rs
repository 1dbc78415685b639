//! Do records come back as the rows that they were made of, whichever way they are written?

use super::*;
use crate::engine::{Database, Ids};
use crate::storage::contents::{Contents, ReplayError, Strangers, read_remarks};
use ovsdb_proto::json::JsonErrorKind;
use ovsdb_proto::schema::DatabaseSchema;
use ovsdb_proto::value::{Atom, Datum};
use proptest::prelude::*;
use std::sync::Arc;

fn schema() -> Arc<DatabaseSchema> {
    let text = r#"{"name":"D","version":"1.2.3","cksum":"1 2","tables":{
        "Empty":{"columns":{"x":{"type":"string"}}},
        "T":{"isRoot":true,"columns":{
            "name":{"type":"string"},
            "some":{"type":{"key":"integer","min":0,"max":1}},
            "many":{"type":{"key":{"type":"integer","minInteger":0,"maxInteger":9},"min":0,"max":"unlimited"}},
            "atleast":{"type":{"key":"integer","min":1,"max":"unlimited"}},
            "pairs":{"type":{"key":"string","value":"string","min":0,"max":"unlimited"}},
            "gone":{"type":"integer","ephemeral":true}}}}}"#;
    Arc::new(DatabaseSchema::parse_strict(text).unwrap())
}

const STAMP: Stamp<'_> = Stamp { date_ms: 7, comment: Some("why"), differences: true };
const T: TableId = TableId(1);
const A: &str = "00000000-0000-4000-8000-00000000000a";

fn contents() -> Contents {
    Contents::new(schema(), Strangers::Refuse)
}

fn columns(row: &Row) -> Vec<(ColumnId, Datum)> {
    row.cells().map(|(id, value)| (id, value.to_datum())).collect()
}

/// What a file of these records holds: the columns of the one row `A`.
fn check(records: &[&str], expect: &str) {
    let mut contents = contents();
    records.iter().for_each(|record| contents.replay(record.as_bytes()).unwrap());
    let change = |(table, row): (TableId, Row)| Change { table, uuid: row.uuid(), old: None, new: Some(row) };
    let changes: Vec<Change> = contents.into_rows().unwrap().into_iter().map(change).collect();
    let mut out = Vec::new();
    write_changes(&mut out, &schema(), &changes, &Stamp { comment: None, ..STAMP });
    let text = String::from_utf8(out).unwrap();
    let expect = format!(r#"{{"_date":7,"_is_diff":true,"T":{{"{A}":{expect}}}}}"#);
    assert_eq!(text, expect);
}

#[test]
fn later_records_change_what_earlier_ones_left() {
    let insert = format!(
        r#"{{"_date":1,"_comment":"x","_is_diff":true,"T":{{"{A}":{{"name":"n","many":["set",[1,2]],"pairs":["map",[["a","1"],["b","2"]]]}}}}}}"#
    );
    let whole = format!(
        r#"{{"T":{{"{A}":{{"many":["set",[2,3]],"some":4,"pairs":["map",[["a","1"]]]}}}},"_date":2}}"#
    );
    check(&[&insert, &whole], r#"{"many":["set",[2,3]],"name":"n","pairs":["map",[["a","1"]]],"some":4}"#);
    // the mark may stand behind what it is about
    let part = format!(
        r#"{{"T":{{"{A}":{{"many":["set",[2,3]],"some":4,"pairs":["map",[["a","9"],["b","2"],["c","3"]]],"atleast":["set",[0,5]]}}}},"_is_diff":true}}"#
    );
    check(
        &[&insert, &part],
        r#"{"atleast":5,"many":["set",[1,3]],"name":"n","pairs":["map",[["a","9"],["c","3"]]],"some":4}"#,
    );
    let empty = format!(r#"{{"_is_diff":true,"T":{{"{A}":{{"some":["set",[]],"many":1,"name":""}}}}}}"#);
    check(&[&insert, &part, &empty], r#"{"atleast":5,"many":3,"pairs":["map",[["a","9"],["c","3"]]]}"#);
    let gone = format!(r#"{{"T":{{"{A}":null}}}}"#);
    check(&[&insert, &gone, &whole], r#"{"many":["set",[2,3]],"pairs":["map",[["a","1"]]],"some":4}"#);
}

#[test]
fn only_a_comment_need_not_be_utf8() {
    let record = |comment: &[u8], name: &[u8]| {
        let mut out = b"{\"_date\":7,\"_comment\":\"".to_vec();
        out.extend_from_slice(comment);
        out.extend_from_slice(format!("\",\"T\":{{\"{A}\":{{\"name\":\"").as_bytes());
        out.extend_from_slice(name);
        out.extend_from_slice(b"\"}}}");
        out
    };
    let escapes = "\u{10ff80}\\udbff\\udf80\\\\udbff\\\"é";
    let good = record(b"a\xff\xc3", escapes.as_bytes());
    let mut read = contents();
    read.replay(&good).unwrap();
    let mut same = contents();
    same.replay(&record(b"", escapes.as_bytes())).unwrap();
    assert_eq!(read.into_rows().unwrap(), same.into_rows().unwrap());
    assert_eq!(read_remarks(&good).unwrap(), (Some(7), Some("a\u{fffd}\u{fffd}".to_owned())));
    for bad in [
        record(b"", b"\xff"),
        record(b"\xff", b"\xff"),
        b"{\"_date\":\xff}".to_vec(),
        b"{\"_comment\":\xff}".to_vec(),
    ] {
        let error = contents().replay(&bad).unwrap_err();
        assert!(matches!(error, ReplayError::Json(error) if error.kind == JsonErrorKind::InvalidUtf8));
    }
}

#[test]
fn what_is_no_transaction_is_refused() {
    let error = |record: &str| contents().replay(record.as_bytes()).unwrap_err().to_string();
    assert_eq!(error(r#"{"U":{}}"#), "no table named U");
    assert_eq!(error(r#"{"_date":"x"}"#), "no table named _date");
    let absent = format!("transaction deletes row {A} of table T that does not exist");
    assert_eq!(error(&format!(r#"{{"T":{{"{A}":null}}}}"#)), absent);
    assert_eq!(error(r#"{"T":{"x":{}}}"#), r#"table names must be followed by UUIDs, not "x""#);
    assert_eq!(error(&format!(r#"{{"T":{{"{A}":{{"x":1}}}}}}"#)), "no column x in table T");
    assert!(error(&format!(r#"{{"T":{{"{A}":{{"name":1}}}}}}"#)).starts_with("column name of table T: "));
    assert!(error(&format!(r#"{{"T":{{"{A}":{{"many":10}}}}}}"#)).starts_with("column many of row"));
    for text in ["", "[]", "{} {}", r#"{"T":[]}"#, r#"{"T":{"#] {
        assert!(matches!(contents().replay(text.as_bytes()), Err(ReplayError::Json(_))), "{text}");
    }
    // only the sum of all changes shows that the schema does not allow it
    let mut contents = contents();
    let row = |many| format!(r#"{{"_is_diff":true,"T":{{"{A}":{{"many":{many}}}}}}}"#);
    contents.replay(row(1).as_bytes()).unwrap();
    contents.replay(row(10).as_bytes()).unwrap();
    assert!(matches!(contents.into_rows(), Err(ReplayError::Constraint { .. })));
}

#[test]
fn what_another_schema_lacks_is_dropped_on_demand() {
    let mut contents = Contents::new(schema(), Strangers::Drop);
    contents.replay(format!(r#"{{"U":{{"{A}":[]}},"T":{{"{A}":{{"x":1,"some":1}}}}}}"#).as_bytes()).unwrap();
    assert_eq!(contents.into_rows().unwrap().len(), 1);
}

#[test]
fn ephemeral_columns_are_not_written() {
    let schema = schema();
    let table = schema.table(T).unwrap();
    let gone = table.column_id("gone").unwrap();
    let row = |n: i64| Some(Row::new(table, Uuid::from_u128(1), Uuid::from_u128(2), [(gone, Datum::one(n))]));
    let write = |old, new| {
        let mut out = Vec::new();
        let changes = [Change { table: T, uuid: Uuid::from_u128(1), old, new }];
        let is_any = write_changes(&mut out, &schema, &changes, &STAMP);
        (is_any, String::from_utf8(out).unwrap())
    };
    let uuid = Uuid::from_u128(1);
    let text = format!(r#"{{"_date":7,"_is_diff":true,"T":{{"{uuid}":{{}}}},"_comment":"why"}}"#);
    assert_eq!(write(None, row(1)), (true, text.clone()));
    assert_eq!(write(row(1), None), (true, text.replace(":{}}", ":null}")));
    assert!(!write(row(1), row(2)).0);
    assert_eq!(read_remarks(text.as_bytes()).unwrap(), (Some(7), Some("why".to_owned())));
}

#[test]
fn a_schema_stands_on_one_line() {
    let mut out = Vec::new();
    let mut schema = (*schema()).clone();
    schema.cksum = Some("a \"b\\\" c\\".into());
    write_schema(&mut out, &schema);
    let text = String::from_utf8(out).unwrap();
    assert!(
        text.starts_with(r#"{"name":"D","version":"1.2.3","cksum":"a \"b\\\" c\\","tables":{"Empty""#),
        "{text}"
    );
    assert!(!text.contains('\n'));
    assert_eq!(DatabaseSchema::parse_strict(&text).unwrap(), schema);
}

fn rows() -> impl Strategy<Value = Option<Vec<(ColumnId, Datum)>>> {
    let id = |name: &str| schema().table(T).unwrap().column_id(name).unwrap();
    let many = prop::collection::vec(0..10i64, 0..6).prop_map(|v| Datum::set(v.into_iter().map(Atom::from)));
    let atleast =
        prop::collection::vec(0..4i64, 1..4).prop_map(|v| Datum::set(v.into_iter().map(Atom::from)));
    let pairs = prop::collection::vec((0..4u8, 0..3u8), 0..5)
        .prop_map(|v| Datum::map(v.into_iter().map(|(k, v)| (k.to_string().into(), v.to_string().into()))));
    let some = prop::option::of(0..3i64).prop_map(|v| Datum::set(v.into_iter().map(Atom::from)));
    let row = (many, atleast, pairs, some).prop_map(move |(a, b, c, d)| {
        vec![(id("many"), a), (id("atleast"), b), (id("pairs"), c), (id("some"), d)]
    });
    prop::option::weighted(0.8, row)
}

proptest! {
    /// Whatever a row goes through, the file knows; with and without differences, and after compaction.
    #[test]
    fn files_hold_what_happened(history in prop::collection::vec(rows(), 1..12), differences: bool) {
        let schema = schema();
        let table = schema.table(T).unwrap();
        let uuid = Uuid::from_u128(77);
        let stamp = Stamp { differences, ..STAMP };
        let mut contents = contents();
        let mut old: Option<Row> = None;
        for (step, values) in (0..).zip(history) {
            let new = values.map(|values| Row::new(table, uuid, Uuid::from_u128(step), values));
            if old.is_some() || new.is_some() {
                let change = Change { table: T, uuid, old, new: new.clone() };
                let mut out = Vec::new();
                if write_changes(&mut out, &schema, &[change], &stamp) {
                    contents.replay(&out).unwrap();
                }
            }
            old = new;
        }
        let rows = contents.into_rows().unwrap();
        let read: Vec<_> = rows.iter().map(|(_, row)| columns(row)).collect();
        let expect: Vec<_> = old.iter().map(columns).collect();
        prop_assert_eq!(&read, &expect);

        let database = Database::load(Arc::clone(&schema), rows, &mut Ids::new(1)).unwrap().0;
        let mut out = Vec::new();
        write_all(&mut out, &schema, |table| database.rows(table), &stamp);
        let mut again = Contents::new(schema, Strangers::Refuse);
        again.replay(&out).unwrap();
        let again: Vec<_> = again.into_rows().unwrap().iter().map(|(_, row)| columns(row)).collect();
        prop_assert_eq!(again, expect);
    }
}
