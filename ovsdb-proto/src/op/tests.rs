//! Are operations written, applied and answered as ovsdb-server does it?

use super::*;
use crate::json::Writer;
use crate::schema::{BaseType, ColumnSet, ColumnType, DatabaseSchema, TableId};
use crate::value::{Atom, AtomType, Datum, Uuid};

fn column(name: &str, key: AtomType, value: Option<AtomType>, min: u32, max: u32) -> ColumnSchema {
    let type_ = ColumnType { key: BaseType::any(key), value: value.map(BaseType::any), min, max };
    ColumnSchema::new(name, type_)
}

fn schema() -> DatabaseSchema {
    let mut real = column("r", AtomType::Real, None, 1, 1);
    real.mutable = false;
    let columns = vec![
        column("i", AtomType::Integer, None, 1, 1),
        column("oi", AtomType::Integer, None, 0, 1),
        column("si", AtomType::Integer, None, 0, u32::MAX),
        column("s2", AtomType::String, None, 0, 2),
        column("u", AtomType::Uuid, None, 0, u32::MAX),
        column("m", AtomType::String, Some(AtomType::String), 0, u32::MAX),
        column("x", AtomType::Real, None, 1, 1),
        real,
    ];
    DatabaseSchema::new("DB", "1.0.0", None, vec![TableSchema::new("T", columns, None, true)])
}

const T: TableId = TableId(0);

fn id(name: &str) -> ColumnId {
    schema().table(T).unwrap().column_id(name).unwrap()
}

fn uuid(n: u128) -> Uuid {
    Uuid::from_u128(n)
}

fn ints(numbers: &[i64]) -> Datum {
    Datum::set(numbers.iter().map(|n| Atom::Integer(*n)))
}

fn map(pairs: &[(&str, &str)]) -> Datum {
    Datum::map(pairs.iter().map(|(k, v)| (Atom::from(*k), Atom::from(*v))))
}

fn encoded(operations: &[Operation]) -> String {
    let mut out = Vec::new();
    let mut w = Writer::new(&mut out);
    w.begin_array();
    encode(operations, &schema(), &mut w).unwrap();
    w.end_array();
    String::from_utf8(out).unwrap()
}

#[test]
fn a_new_row_is_known_by_its_name() {
    let (new, old) = (uuid(0x1234), uuid(0x5678));
    let operations = [
        Operation::Mutate {
            table: T,
            where_: vec![Condition::uuid(old)],
            mutations: vec![Mutation::insert(id("u"), Datum::one(new))],
        },
        Operation::Insert { table: T, uuid: new, persist: false, row: vec![(id("oi"), Datum::one(7))] },
        Operation::Update {
            table: T,
            where_: vec![Condition::uuid(new)],
            row: vec![(id("u"), Datum::set([old.into(), new.into()]))],
        },
    ];
    let name = "row00000000_0000_0000_0000_000000001234";
    let old = r#"["uuid","00000000-0000-0000-0000-000000005678"]"#;
    assert_eq!(
        encoded(&operations),
        format!(
            r#"[{{"op":"mutate","table":"T","where":[["_uuid","==",{old}]],"mutations":[["u","insert",["named-uuid","{name}"]]]}},"#
        ) + &format!(r#"{{"op":"insert","table":"T","uuid-name":"{name}","row":{{"oi":7}}}},"#)
            + &format!(r#"{{"op":"update","table":"T","where":[["_uuid","==",["named-uuid","{name}"]]],"#)
            + &format!(r#""row":{{"u":["set",[["named-uuid","{name}"],{old}]]}}}}]"#)
    );
}

#[test]
fn a_persistent_row_keeps_its_uuid() {
    let row = vec![(id("u"), Datum::one(uuid(1)))];
    assert_eq!(
        encoded(&[Operation::Insert { table: T, uuid: uuid(1), persist: true, row }]),
        r#"[{"op":"insert","table":"T","uuid":"00000000-0000-0000-0000-000000000001","row":{"u":["uuid","00000000-0000-0000-0000-000000000001"]}}]"#
    );
}

#[test]
fn the_other_operations() {
    let columns: ColumnSet = [id("i"), id("m")].into_iter().collect();
    let where_ = vec![Condition { column: id("m"), function: Function::Includes, arg: map(&[("k", "v")]) }];
    let operations = [
        Operation::Wait {
            table: T,
            where_: vec![],
            columns: Some(columns),
            rows: vec![vec![(id("i"), Datum::one(1)), (id("m"), Datum::empty_map())]],
            until: Until::Equal,
            timeout_ms: Some(0),
        },
        Operation::Select { table: T, where_, columns: None },
        Operation::Delete { table: T, where_: vec![] },
        Operation::Commit { durable: true },
        Operation::Comment("a \"b\"".into()),
        Operation::Assert { lock: "l".into() },
        Operation::Abort,
    ];
    assert_eq!(
        encoded(&operations),
        concat!(
            r#"[{"op":"wait","table":"T","timeout":0,"where":[],"columns":["i","m"],"until":"==","rows":[{"i":1,"m":["map",[]]}]},"#,
            r#"{"op":"select","table":"T","where":[["m","includes",["map",[["k","v"]]]]]},"#,
            r#"{"op":"delete","table":"T","where":[]},{"op":"commit","durable":true},"#,
            r#"{"op":"comment","comment":"a \"b\""},{"op":"assert","lock":"l"},{"op":"abort"}]"#
        )
    );
}

#[test]
fn operations_of_another_schema_are_refused() {
    let mut out = Vec::new();
    let mut w = Writer::new(&mut out);
    let no_table = [Operation::Delete { table: TableId(9), where_: vec![] }];
    assert_eq!(encode(&no_table, &schema(), &mut w), Err(UnknownId::Table(TableId(9))));
    let no_column = [Operation::Delete { table: T, where_: vec![Condition::eq(ColumnId(99), ints(&[]))] }];
    assert_eq!(encode(&no_column, &schema(), &mut w), Err(UnknownId::Column(T, ColumnId(99))));
}

// pinned against ovsdb-server 3.1 and 4.0
#[test]
fn conditions_on_optional_columns_are_conditions_on_sets() {
    use Function::*;
    let check = |name: &str, function: Function, arg: &[i64], matching: [bool; 2]| {
        let condition = Condition { column: id(name), function, arg: ints(arg) };
        let type_ = schema().table(T).unwrap().column(id(name)).unwrap().type_.clone();
        let got = [ints(&[]), ints(&[5])].map(|value| condition.matches(&value, &type_));
        assert_eq!(got, matching, "{name} {function} {arg:?}");
    };
    for name in ["oi", "si"] {
        check(name, Eq, &[], [true, false]);
        check(name, Ne, &[], [false, true]);
        check(name, Includes, &[], [true, true]);
        check(name, Excludes, &[], [true, true]);
        check(name, Ne, &[7], [true, true]);
        check(name, Excludes, &[5], [true, false]);
        check(name, Excludes, &[5, 7], [true, false]);
        check(name, Includes, &[5], [false, true]);
    }
    check("oi", Lt, &[7], [false, true]);
    check("oi", Lt, &[5], [false, false]);
    check("oi", Le, &[5], [false, true]);
    check("oi", Ge, &[5], [false, true]);
    check("oi", Gt, &[4], [false, true]);
    check("si", Lt, &[7], [false, false]);
}

#[test]
fn conditions_read_back_what_was_written() {
    let schema = schema();
    let table = schema.table(T).unwrap();
    for (name, function, arg) in [
        ("i", Function::Lt, ints(&[3])),
        ("oi", Function::Eq, ints(&[])),
        ("si", Function::Excludes, ints(&[1, 2])),
        ("m", Function::Includes, map(&[("a", "b")])),
        ("_uuid", Function::Eq, Datum::one(uuid(9))),
    ] {
        let clause = Clause::Condition(Condition { column: id(name), function, arg });
        let mut out = Vec::new();
        clause.write(&mut Writer::new(&mut out), table);
        assert_eq!(Clause::read(&mut Reader::new(&out), table), Ok(clause));
    }
    assert_eq!(Clause::read(&mut Reader::new(b"true"), table), Ok(Clause::True));
    assert_eq!(Clause::read(&mut Reader::new(b"false"), table), Ok(Clause::False));
}

#[test]
fn bad_conditions_and_mutations_say_where() {
    let schema = schema();
    let table = schema.table(T).unwrap();
    let condition = |json: &str| {
        Condition::read(&mut Reader::new(json.as_bytes()), table, &mut |_| None).unwrap_err().to_string()
    };
    assert_eq!(condition(r#"["nope","==",1]"#), "unknown column at byte 1");
    assert_eq!(condition(r#"["i","=",1]"#), "unknown function at byte 5");
    assert_eq!(
        condition(r#"["si","<",1]"#),
        "operator at byte 0 may not be applied to a column of this type"
    );
    assert_eq!(
        condition(r#"["oi","<",["set",[]]]"#),
        "value of 0 elements at byte 0 does not fit the column"
    );
    assert_eq!(
        condition(r#"["oi","includes",["set",[1,2]]]"#),
        "value of 2 elements at byte 0 does not fit the column"
    );
    assert_eq!(condition(r#"["i","=="]"#), "expected an array of three elements at byte 0");
    assert_eq!(condition(r#"["i","==",1,2]"#), "expected an array of three elements at byte 0");
    assert_eq!(condition(r#"["i","==","x"]"#), "expected integer at byte 10");
    let mutation = |json: &str| {
        Mutation::read(&mut Reader::new(json.as_bytes()), table, &mut |_| None).map_err(|e| e.to_string())
    };
    assert_eq!(mutation(r#"["i","=+",1]"#), Err("unknown mutator at byte 5".to_owned()));
    assert_eq!(mutation(r#"["r","+=",1]"#), Err("mutation at byte 0 of an immutable column".to_owned()));
    assert_eq!(
        mutation(r#"["i","insert",1]"#),
        Err("operator at byte 0 may not be applied to a column of this type".to_owned())
    );
    assert_eq!(
        mutation(r#"["x","%=",1]"#),
        Err("operator at byte 0 may not be applied to a column of this type".to_owned())
    );
    assert_eq!(
        mutation(r#"["i","+=",["set",[1,2]]]"#),
        Err("value of 2 elements at byte 0 does not fit the column".to_owned())
    );
    assert_eq!(
        mutation(r#"["s2","insert",["set",["a","b","c"]]]"#),
        Err("value of 3 elements at byte 0 does not fit the column".to_owned())
    );
    assert_eq!(
        mutation(r#"["m","insert",["set",["a"]]]"#),
        Err("expected [\"map\", ...] at byte 14".to_owned())
    );
    let keys = Datum::one("a");
    assert_eq!(mutation(r#"["m","delete",["set",["a"]]]"#), Ok(Mutation::delete(id("m"), keys.clone())));
    assert_eq!(mutation(r#"["m","delete","a"]"#), Ok(Mutation::delete(id("m"), keys)));
    assert_eq!(
        mutation(r#"["m","delete",["map",[["a","b"]]]]"#),
        Ok(Mutation::delete(id("m"), map(&[("a", "b")])))
    );
}

// pinned against ovsdb-server 3.1 and 4.0
#[test]
fn mutations() {
    use Mutator::*;
    let check = |name: &str, value: Datum, mutator: Mutator, arg: Datum, expected: Result<Datum, &str>| {
        let type_ = schema().table(T).unwrap().column(id(name)).unwrap().type_.clone();
        let got = Mutation { column: id(name), mutator, arg }.apply(&value, &type_);
        assert_eq!(got.map_err(|e| e.to_string()), expected.map_err(str::to_owned), "{name} {mutator}");
    };
    let range = |op: &str| format!("result of \"{op}\" operation is out of range");
    check("i", ints(&[5]), Add, ints(&[1]), Ok(ints(&[6])));
    check("oi", ints(&[]), Add, ints(&[1]), Ok(ints(&[])));
    check("si", ints(&[1, 2]), Sub, ints(&[i64::MAX]), Ok(ints(&[2 - i64::MAX, 1 - i64::MAX])));
    check("i", ints(&[-7]), Div, ints(&[2]), Ok(ints(&[-3])));
    check("i", ints(&[-7]), Mod, ints(&[2]), Ok(ints(&[-1])));
    check("si", ints(&[1, 2]), Mul, ints(&[0]), Err("result of \"*=\" operation contains duplicates"));
    check("i", ints(&[1]), Div, ints(&[0]), Err("division by zero"));
    check("i", ints(&[1]), Mod, ints(&[0]), Err("division by zero"));
    check("i", ints(&[i64::MAX]), Add, ints(&[1]), Err(&range("+=")));
    check("i", ints(&[5]), Mul, ints(&[i64::MAX]), Err(&range("*=")));
    check("i", ints(&[i64::MIN]), Div, ints(&[-1]), Err(&range("/=")));
    check("i", ints(&[i64::MIN]), Mod, ints(&[-1]), Err(&range("%=")));
    check("x", Datum::one(1e308), Mul, Datum::one(100.0), Err(&range("*=")));
    check("x", Datum::one(1.0), Div, Datum::one(0.0), Err("division by zero"));
    check("x", Datum::one(1.0), Sub, Datum::one(0.5), Ok(Datum::one(0.5)));
    check(
        "oi",
        ints(&[5]),
        Insert,
        ints(&[9]),
        Err("Attempted to store 2 elements in set of up to 1 integers."),
    );
    check("si", ints(&[1]), Insert, ints(&[1, 9]), Ok(ints(&[1, 9])));
    check("si", ints(&[1]), Delete, ints(&[1, 9]), Ok(ints(&[])));
    check(
        "m",
        map(&[("a", "1")]),
        Insert,
        map(&[("a", "2"), ("b", "3")]),
        Ok(map(&[("a", "1"), ("b", "3")])),
    );
    check(
        "m",
        map(&[("a", "1"), ("b", "2")]),
        Delete,
        map(&[("a", "2"), ("b", "2")]),
        Ok(map(&[("a", "1")])),
    );
    check("m", map(&[("a", "1"), ("b", "2")]), Delete, Datum::one("a"), Ok(map(&[("b", "2")])));
    check(
        "i",
        ints(&[1]),
        Insert,
        ints(&[2]),
        Err("\"insert\" operator may not be applied to a column of this type"),
    );
    check(
        "si",
        ints(&[1]),
        Insert,
        map(&[]),
        Err("\"insert\" operator may not be applied to a column of this type"),
    );
}

#[test]
fn a_reply_is_walked() {
    let reply = concat!(
        r#"[{"count":2}, {"uuid":["uuid","00000000-0000-0000-0000-000000000001"]},{},{"rows":[{"i":1}]},"#,
        r#"{"error":"timed out","details":"d"} , null]"#
    );
    let mut results = Results::new(reply.as_bytes());
    let mut next = || results.next_result().unwrap();
    assert_eq!(next(), Some(OpResult::Count(2)));
    assert_eq!(next(), Some(OpResult::Uuid(uuid(1))));
    assert_eq!(next(), Some(OpResult::Empty));
    assert_eq!(next(), Some(OpResult::Rows(br#"[{"i":1}]"#)));
    let raw = br#"{"error":"timed out","details":"d"}"#.as_slice();
    assert_eq!(next(), Some(OpResult::Error { error: "timed out".into(), details: Some("d".into()), raw }));
    assert_eq!(next(), Some(OpResult::Null));
    assert_eq!(next(), None);
}

#[test]
fn malformed_replies_say_where() {
    let error = |reply: &str| {
        let mut results = Results::new(reply.as_bytes());
        loop {
            match results.next_result() {
                Ok(Some(_)) => {}
                Ok(None) => return String::new(),
                Err(e) => return e.to_string(),
            }
        }
    };
    assert_eq!(error(r#"[{"uuid":["uuid","x"]}]"#), "not the UUID of a row at byte 9");
    assert_eq!(error(r#"[{"count":-1}]"#), "negative number of rows at byte 10");
    assert_ne!(error(r#"[{"count":1}"#), "");
    assert_ne!(error(r#"[{"count":1}] x"#), "");
    assert_ne!(error("{}"), "");
    assert_ne!(error("[1]"), "");
}

#[test]
fn rows_are_decoded_by_column() {
    let rows = concat!(
        r#"[{"i":1,"_uuid":["uuid","00000000-0000-0000-0000-000000000002"],"unknown":{"a":[1]},"m":["map",[["k","v"]]]},"#,
        r#"{"si":["set",[2,1]]}]"#
    );
    let schema = schema();
    let mut got = Vec::new();
    read_rows(rows.as_bytes(), schema.table(T).unwrap(), |uuid, row| got.push((uuid, std::mem::take(row))))
        .unwrap();
    assert_eq!(
        got,
        [
            (Some(uuid(2)), vec![(id("i"), Datum::one(1)), (id("m"), map(&[("k", "v")]))]),
            (None, vec![(id("si"), ints(&[1, 2]))]),
        ]
    );
    let bad = read_rows(br#"[{"i":"x"}]"#, schema.table(T).unwrap(), |_, _| {}).unwrap_err();
    assert_eq!(bad.to_string(), "column i: expected integer at byte 6");
}

#[test]
fn errors_are_rendered_with_sorted_keys() {
    let raw = br#"{"error" : "constraint violation", "details":"a \u0041 \/ \"q\"", "x":{"b":[1, {"z":null,"y":2}],"a":1.5}}"#;
    assert_eq!(
        render_error(raw).unwrap(),
        r#"{"details":"a A / \"q\"","error":"constraint violation","x":{"a":1.5,"b":[1,{"y":2,"z":null}]}}"#
    );
}
