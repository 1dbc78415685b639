//! Which schemas are taken, and what is said about the others.

use crate::limits::TABLES_MAX;
use crate::schema::*;
use crate::value::{Atom, AtomType, Datum};

fn column(type_: &str) -> Result<ColumnSchema, String> {
    let json = format!(
        r#"{{"name": "D", "version": "1.2.3", "tables": {{"T": {{"columns": {{"c": {{"type": {type_}}}}}}}}}}}"#
    );
    let schema = DatabaseSchema::parse(&json).map_err(|e| e.to_string())?;
    Ok(schema.tables()[0].columns()[2].clone())
}

fn key(type_: &str) -> BaseType {
    column(type_).unwrap().type_.key
}

fn check_error(json: &str, expect: &str) {
    assert_eq!(DatabaseSchema::parse(json).unwrap_err().to_string(), expect, "{json}");
}

fn check_type_error(type_: &str, expect: &str) {
    assert_eq!(column(type_).unwrap_err(), format!("schema: table T: column c: {expect}"), "{type_}");
}

#[test]
fn types() {
    assert_eq!(column(r#""integer""#).unwrap().type_, ColumnType::scalar(AtomType::Integer));
    assert_eq!(column(r#"{"key": "uuid"}"#).unwrap().type_, ColumnType::scalar(AtomType::Uuid));
    let map = column(r#"{"key": "string", "value": "real", "min": 0, "max": "unlimited"}"#).unwrap();
    assert_eq!((map.type_.min, map.type_.max, map.type_.is_map()), (0, u32::MAX, true));
    assert_eq!(map.default, Datum::empty_map());
    assert_eq!(column(r#"{"key": "string", "max": 7}"#).unwrap().type_.max, 7);
}

#[test]
fn constraints() {
    let bounds = key(r#"{"key": {"type": "integer", "minInteger": -5}}"#).constraint;
    assert_eq!(bounds, Constraint::Integer(-5, i64::MAX));
    let bounds = key(r#"{"key": {"type": "real", "minReal": 0, "maxReal": 1.5}}"#).constraint;
    assert_eq!(bounds, Constraint::Real(0.0, 1.5));
    let bounds = key(r#"{"key": {"type": "string", "maxLength": 63}}"#).constraint;
    assert_eq!(bounds, Constraint::Length(0, 63));
    let reference = key(r#"{"key": {"type": "uuid", "refTable": "T", "refType": "weak"}}"#).reference;
    assert_eq!(reference, Some(Reference { table: "T".into(), kind: RefKind::Weak }));
}

#[test]
fn bounds_that_bound_nothing_are_dropped() {
    for text in [
        r#"{"key": {"type": "integer", "minInteger": -9223372036854775808}}"#,
        r#"{"key": {"type": "integer", "maxInteger": 9223372036854775807}}"#,
        r#"{"key": {"type": "integer", "minInteger": -9223372036854775808, "maxInteger": 9223372036854775807}}"#,
        r#"{"key": {"type": "real", "minReal": -1.7976931348623157e308}}"#,
        r#"{"key": {"type": "real", "maxReal": 1.7976931348623157e308}}"#,
        r#"{"key": {"type": "string", "minLength": 0}}"#,
        r#"{"key": {"type": "string", "maxLength": 4294967295}}"#,
    ] {
        let column = column(text).unwrap();
        assert_eq!(column.type_.key.constraint, Constraint::None, "{text}");
        assert_eq!(column.type_.to_json(), format!("\"{}\"", column.type_.key.atom));
    }
    let type_ = column(r#"{"key": {"type": "string", "minLength": 0, "maxLength": 7}}"#).unwrap().type_;
    assert_eq!(type_.to_json(), r#"{"key": {"type": "string", "maxLength": 7}}"#);

    let rows = |max: &str| {
        let table = format!(r#"{{"T": {{"maxRows": {max}, "columns": {{"a": {{"type": "string"}}}}}}}}"#);
        let json = format!(r#"{{"name": "D", "version": "1.0.0", "tables": {table}}}"#);
        DatabaseSchema::parse(&json).unwrap().tables()[0].max_rows
    };
    assert_eq!(rows("4294967294"), Some(4_294_967_294));
    assert_eq!(["4294967295", "4294967296", "9223372036854775807"].map(rows), [None; 3]);
}

#[test]
fn weak_references_are_always_mutable() {
    let mutable = |base: &str| {
        let text = format!(r#"{{"key": "string", "value": {base}, "min": 0}}"#);
        let json = format!(
            r#"{{"name": "D", "version": "1.0.0", "tables": {{"T": {{"columns": {{
                "key": {{"type": {{"key": {base}, "min": 0}}, "mutable": false}},
                "value": {{"type": {text}, "mutable": false}}}}}}}}}}"#
        );
        let schema = DatabaseSchema::parse(&json).unwrap();
        let [_, _, key, value] = schema.tables()[0].columns() else { panic!("{schema:?}") };
        [key.mutable, value.mutable]
    };
    assert_eq!(mutable(r#"{"type": "uuid", "refTable": "T", "refType": "weak"}"#), [true; 2]);
    assert_eq!(mutable(r#"{"type": "uuid", "refTable": "T"}"#), [false; 2]);
}

#[test]
fn enums() {
    let allowed = |t: &str| key(t).allowed.unwrap().into_vec();
    assert_eq!(
        allowed(r#"{"key": {"enum": ["set", ["b", "a"]], "type": "string"}}"#),
        [Atom::from("a"), Atom::from("b")]
    );
    assert_eq!(allowed(r#"{"key": {"type": "integer", "enum": 3}}"#), [Atom::Integer(3)]);
    assert_eq!(allowed(r#"{"key": {"type": "string", "enum": "x"}}"#), [Atom::from("x")]);
    let uuid = "00112233-4455-6677-8899-aabbccddeeff";
    let json = format!(r#"{{"key": {{"type": "uuid", "enum": ["uuid", "{uuid}"]}}}}"#);
    assert_eq!(allowed(&json), [Atom::Uuid(uuid.parse().unwrap())]);
}

#[test]
fn schemas_from_before_is_root_have_only_root_tables() {
    let json = |root| {
        format!(
            r#"{{"name": "D", "tables": {{"A": {{"columns": {{"c": {{"type": "string"}}}} {root}}},
                "B": {{"columns": {{"a": {{"ephemeral": true, "type": {{"key": {{"type": "uuid", "refTable": "A"}}}}}}}}}}}}}}"#
        )
    };
    let old = DatabaseSchema::parse(&json("")).unwrap();
    assert!(old.tables().iter().all(|t| t.is_root) && old.tables()[1].columns()[2].ephemeral);
    let new = DatabaseSchema::parse(&json(r#", "isRoot": true"#)).unwrap();
    assert_eq!(new.tables().iter().map(|t| t.is_root).collect::<Vec<_>>(), [true, false]);
    let not_root = json("").replace(r#""B": {"#, r#""B": {"isRoot": true, "#);
    let schema = DatabaseSchema::parse(&not_root).unwrap();
    assert!(
        !schema.tables()[1].columns()[2].ephemeral,
        "a strong reference to a table outside the root set persists"
    );
}

#[test]
fn indexes_and_row_bounds() {
    let schema = DatabaseSchema::parse(
        r#"{"name": "D", "version": "1.0.0", "cksum": "1 2", "tables": {"T": {"maxRows": 5, "indexes": [["b", "a"], ["a"]],
            "columns": {"b": {"type": "string", "mutable": false}, "a": {"type": "integer", "ephemeral": false}}}}}"#,
    )
    .unwrap();
    let table = schema.table(schema.table_id("T").unwrap()).unwrap();
    let (a, b) = (table.column_id("a").unwrap(), table.column_id("b").unwrap());
    assert_eq!(table.indexes, [vec![b, a], vec![a]]);
    assert!(table.is_unique(a) && !table.is_unique(b) && !table.column(b).unwrap().mutable);
    assert_eq!((table.max_rows, schema.cksum.as_deref(), &*schema.version), (Some(5), Some("1 2"), "1.0.0"));
}

#[test]
fn bad_types_say_where_and_what() {
    check_type_error(r#""text""#, r#"member "type" is not the name of an atomic type"#);
    check_type_error("{}", r#"member "key" is missing"#);
    check_type_error(r#"{"key": "string", "min": 2}"#, r#"member "min" is not 0 or 1"#);
    check_type_error(
        r#"{"key": "string", "max": 0}"#,
        r#"member "max" is not an integer from 1 to 4294967294 or "unlimited""#,
    );
    check_type_error(
        r#"{"key": "string", "max": 4294967295}"#,
        r#"member "max" is not an integer from 1 to 4294967294 or "unlimited""#,
    );
    check_type_error(
        r#"{"key": {"type": "integer", "minInteger": 2, "maxInteger": 1}}"#,
        r#""minInteger" exceeds "maxInteger""#,
    );
    check_type_error(
        r#"{"key": {"type": "string", "minInteger": 2}}"#,
        r#"member "minInteger" is not allowed here"#,
    );
    check_type_error(
        r#"{"key": {"type": "integer", "enum": 3, "minInteger": 2}}"#,
        r#"member "minInteger" is not allowed here"#,
    );
    check_type_error(
        r#"{"key": {"type": "integer", "enum": ["set", []]}}"#,
        r#"member "enum" is not a value or set of values of its type"#,
    );
    check_type_error(r#"{"key": {"type": "uuid", "refTable": "X"}}"#, r#"refers to undefined table "X""#);
    check_type_error(
        r#"{"key": {"type": "uuid", "refTable": "T", "refType": "loose"}}"#,
        r#"member "refType" is not "strong" or "weak""#,
    );
}

#[test]
fn unknown_members_are_skipped_or_refused() {
    let json = r#"{"name": "D", "version": "1.0.0", "tables": {}, "new": {"a": [1]}}"#;
    assert!(DatabaseSchema::parse(json).is_ok());
    let error = DatabaseSchema::parse_strict(json).unwrap_err();
    assert_eq!(error.kind, SchemaErrorKind::Unexpected("new".into()));
}

#[test]
fn bad_schemas_say_where_and_what() {
    let table = |t: &str| format!(r#"{{"name": "D", "version": "1.0.0", "tables": {t}}}"#);
    check_error("{\n]", "schema: not JSON at byte 2");
    check_error("{} x", "schema: not JSON at byte 3");
    check_error(r#"{"name": "D", "name": "D"}"#, r#"schema: member "name" is not allowed here"#);
    check_error(
        &table(r#"{"T": {"columns": {"c": {"type": "string"}, "c": {"type": "string"}}}}"#),
        r#"schema: table T: "c" is not a valid or a unique name"#,
    );
    check_error("[]", r#"schema: member "schema" is not an object"#);
    check_error(r#"{"version": "1.0.0", "tables": {}}"#, r#"schema: member "name" is missing"#);
    check_error(r#"{"name": "D"}"#, r#"schema: member "tables" is missing"#);
    check_error(
        r#"{"name": "D", "version": "1.0", "tables": {}}"#,
        r#"schema: member "version" is not of the form x.y.z"#,
    );
    check_error(
        &table(r#"{"_T": {"columns": {"c": {"type": "string"}}}}"#),
        r#"schema: table _T: "_T" is not a valid or a unique name"#,
    );
    check_error(
        &table(r#"{"T": {"columns": {"c-d": {"type": "string"}}}}"#),
        r#"schema: table T: column c-d: "c-d" is not a valid or a unique name"#,
    );
    check_error(&table(r#"{"T": {"columns": {}}}"#), "schema: table T: at least one column is needed");
    check_error(
        &table(r#"{"T": {"columns": {"c": {"type": "string"}}, "indexes": [["d"]]}}"#),
        r#"schema: table T: column "d" cannot be part of the index"#,
    );
    check_error(
        &table(r#"{"T": {"columns": {"c": {"type": "string"}}, "maxRows": 0}}"#),
        r#"schema: table T: member "maxRows" is not an integer of at least 1"#,
    );
    let columns: Vec<String> = (0..300).map(|i| format!(r#""c{i}": {{"type": "string"}}"#)).collect();
    check_error(
        &table(&format!(r#"{{"T": {{"columns": {{{}}}}}}}"#, columns.join(", "))),
        "schema: table T: more than 256 tables or columns",
    );
}

/// What a schema that was read must hold, whatever text it was read from.
fn check_any(json: &str) {
    if let Ok(schema) = DatabaseSchema::parse(json) {
        let written = schema.to_json();
        assert_eq!(DatabaseSchema::parse_strict(&written), Ok(schema), "{json}");
    }
}

#[test]
fn cut_and_changed_schemas_are_errors_or_schemas() {
    let json = r#"{"name": "D", "version": "1.2.3", "cksum": "\u00e9", "tables": {
        "T": {"maxRows": 5, "isRoot": true, "indexes": [["a"], ["b", "a"]], "columns": {
            "a": {"type": "string", "mutable": false}, "b": {"type": {"key": {"type": "real", "minReal": 1e3}}},
            "c": {"type": {"key": {"type": "uuid", "refTable": "U", "refType": "weak"}, "min": 0, "max": "unlimited"}},
            "d": {"type": {"key": {"type": "integer", "enum": ["set", [1, -2]]}, "value": {"type": "string", "maxLength": 9}}}}},
        "U": {"columns": {"e": {"ephemeral": true, "type": {"key": {"type": "uuid", "refTable": "U"}}}}}}}"#;
    assert!(DatabaseSchema::parse_strict(json).is_ok());
    for at in 0..json.len() {
        check_any(&json[..at]);
        check_any(&format!("{}{}", &json[..at], &json[at + 1..]));
        for other in ["0", "-", "\"", "[", "}", ",", "\\", "e", "_", "null"] {
            check_any(&format!("{}{other}{}", &json[..at], &json[at + 1..]));
        }
    }
}

#[test]
fn a_schema_may_have_tens_of_thousands_of_tables() {
    let schema = |tables: usize| {
        let table = |n: usize| {
            let last = tables - 1 - n;
            format!(
                r#""T{n}": {{"columns": {{"a": {{"type": {{"key": {{"type": "uuid", "refTable": "T{last}"}}}}}}}}}}"#
            )
        };
        let tables: Vec<String> = (0..tables).map(table).collect();
        DatabaseSchema::parse(&format!(
            r#"{{"name": "D", "version": "1.0.0", "tables": {{{}}}}}"#,
            tables.join(",")
        ))
    };
    let largest = schema(TABLES_MAX).unwrap();
    assert_eq!(largest.tables().len(), TABLES_MAX);
    for name in ["T0", "T9999", "T64999"] {
        let id = largest.table_id(name).unwrap();
        assert_eq!(&*largest.table(id).unwrap().name, name);
    }
    assert_eq!(schema(TABLES_MAX + 1).unwrap_err().kind, SchemaErrorKind::TooMany(TABLES_MAX));
}
