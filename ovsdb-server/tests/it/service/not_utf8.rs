//! Strings that are not UTF-8, in every place of a request. `<ff>` is the byte 0xff.

use super::ours::Ours;
use super::{SCHEMAS, Step, check, check_against, converse};
use crate::release::Release;

/// A schema with a column of each kind.
const KINDS: &str = r#"{"name":"K","version":"1.0.0","tables":{"T":{"isRoot":true,"columns":{
    "s":{"type":"string"},"n":{"type":"integer"},"b":{"type":"boolean"},"u":{"type":{"key":"uuid","min":0}},
    "enum":{"type":{"key":{"type":"string","enum":["set",["","x","y"]]}}},
    "short":{"type":{"key":{"type":"string","maxLength":2}}},
    "two":{"type":{"key":"string","min":0,"max":2}},
    "set":{"type":{"key":"string","min":0,"max":"unlimited"}},
    "map":{"type":{"key":"string","value":"string","min":0,"max":"unlimited"}},
    "numbers":{"type":{"key":"string","value":"integer","min":0,"max":"unlimited"}}}}}}"#;

/// Has both releases and the service carry out each operation in a transaction of its own, and then
/// look at all rows.
fn check_operations(operations: &[&str]) {
    let mut lines = String::new();
    for operation in operations {
        lines += &format!("a: {{\"id\":1,\"method\":\"transact\",\"params\":[\"K\",{operation}]}}\n");
    }
    let select = r#"{"op":"select","table":"T","where":[],"columns":["s","n","set","map","enum"]}"#;
    lines += &format!("a: {{\"id\":2,\"method\":\"transact\",\"params\":[\"K\",{select}]}}\n");
    check_against(&Release::both(), &[KINDS], &lines);
}

#[test]
fn the_wrong_sequence_is_named() {
    let sequences = [
        "a<ff>b",
        "<80>",
        "<c3>",
        "<c3>A",
        "<e2><82>",
        "<e2><82>A",
        "<f0><90><80>",
        "<f0><90><80>A",
        "<ed><a0><80>",
        "<e0><80><80>",
        "<f0><80><80><80>",
        "<f4><90><80><80>",
        "<f4><8f><be>",
        "<f5><80><80><80>",
        "<f8><88><80><80><80>",
        "<c0><af>",
        "<c1>",
        "é<fe>é",
        "\u{10ff80}<ff>",
    ];
    let insert = |text: &str| format!(r#"{{"op":"insert","table":"T","row":{{"s":"{text}"}}}}"#);
    let operations = sequences.map(insert);
    check_operations(&operations.each_ref().map(String::as_str));
}

#[test]
fn values_are_constraint_violations() {
    check_operations(&[
        r#"{"op":"insert","table":"T","row":{"s":"x","set":["set",["a","b<ff>"]]}}"#,
        r#"{"op":"insert","table":"T","row":{"set":["set",["<ff>","<ff>"]]}}"#,
        r#"{"op":"insert","table":"T","row":{"set":"<ff>"}}"#,
        r#"{"op":"insert","table":"T","row":{"two":["set",["a","<ff>","b"]]}}"#,
        r#"{"op":"insert","table":"T","row":{"map":["map",[["a","<ff>"]]]}}"#,
        r#"{"op":"insert","table":"T","row":{"map":["map",[["<c3>","<ff>"]]]}}"#,
        r#"{"op":"insert","table":"T","row":{"numbers":["map",[["a","<ff>"]]]}}"#,
        r#"{"op":"insert","table":"T","row":{"enum":"<ff>"}}"#,
        r#"{"op":"insert","table":"T","row":{"enum":"x<ff>y"}}"#,
        r#"{"op":"insert","table":"T","row":{"short":"<ff>"}}"#,
        r#"{"op":"insert","table":"T","row":{"short":"abcdef<ff>"}}"#,
        r#"{"op":"insert","table":"T","row":{"n":"<ff>"}}"#,
        r#"{"op":"insert","table":"T","row":{"b":"<ff>"}}"#,
        r#"{"op":"insert","table":"T","row":{"u":"<ff>"}}"#,
        r#"{"op":"insert","table":"T","row":{"u":["uuid","<ff>"]}}"#,
        r#"{"op":"insert","table":"T","row":{"u":["named-uuid","<ff>"]}}"#,
        r#"{"op":"insert","table":"T","row":{"u":["<ff>","x"]}}"#,
        r#"{"op":"insert","table":"T","row":{"set":["<ff>",["x"]]}}"#,
        r#"{"op":"insert","table":"T","row":{"s":"x","n":1}},{"op":"insert","table":"T","row":{"s":"<ff>"}},{"op":"abort"}"#,
        r#"{"op":"update","table":"T","where":[],"row":{"s":"<ff>"}}"#,
        r#"{"op":"insert","table":"T","row":{"s":"good"}}"#,
    ]);
}

#[test]
fn conditions_mutations_and_expected_rows_are_constraint_violations() {
    check_operations(&[
        r#"{"op":"insert","table":"T","row":{"s":"x"}}"#,
        r#"{"op":"select","table":"T","where":[["s","==","<ff>"]]}"#,
        r#"{"op":"select","table":"T","where":[["set","includes",["set",["a","<ff>"]]]]}"#,
        r#"{"op":"select","table":"T","where":[["map","excludes",["map",[["<ff>","b"]]]]]}"#,
        r#"{"op":"select","table":"T","where":[["enum","==","<ff>"]]}"#,
        r#"{"op":"delete","table":"T","where":[["s","!=","<ff>"]]}"#,
        r#"{"op":"update","table":"T","where":[["s","!=","<ff>"]],"row":{"s":"y"}}"#,
        r#"{"op":"mutate","table":"T","where":[],"mutations":[["set","insert","<ff>"]]}"#,
        r#"{"op":"mutate","table":"T","where":[],"mutations":[["set","delete",["set",["<ff>"]]]]}"#,
        r#"{"op":"mutate","table":"T","where":[],"mutations":[["map","insert",["map",[["a","<ff>"]]]]]}"#,
        r#"{"op":"mutate","table":"T","where":[],"mutations":[["map","delete",["set",["<ff>"]]]]}"#,
        r#"{"op":"mutate","table":"T","where":[],"mutations":[["n","+=","<ff>"]]}"#,
        r#"{"op":"wait","table":"T","timeout":0,"where":[],"columns":["s"],"until":"!=","rows":[{"s":"<ff>"}]}"#,
        r#"{"op":"wait","table":"T","timeout":0,"where":[["s","==","<ff>"]],"columns":["s"],"until":"==","rows":[]}"#,
    ]);
}

#[test]
fn wrong_names_are_quoted_as_they_were_sent() {
    check_operations(&[
        r#"{"op":"<ff>"}"#,
        r#"{"op":"insert","table":"<ff>","row":{}}"#,
        r#"{"op":"insert","table":"T<ff>","row":{"s":"<c3>"}}"#,
        r#"{"op":"insert","table":"T","row":{"<ff>":"x"}}"#,
        r#"{"op":"insert","table":"T","row":{},"uuid-name":"<ff>"}"#,
        r#"{"op":"insert","table":"T","row":{},"uuid":"<ff>"}"#,
        r#"{"op":"insert","table":"T","row":{},"<ff>":1}"#,
        r#"{"op":"select","table":"T","where":[],"columns":["<ff>"]}"#,
        r#"{"op":"select","table":"T","where":[],"sort":["<ff>"]}"#,
        r#"{"op":"select","table":"T","where":[["<ff>","==","x"]]}"#,
        r#"{"op":"select","table":"T","where":[["s","<ff>","x"]]}"#,
        r#"{"op":"select","table":"T","where":["<ff>"]}"#,
        r#"{"op":"mutate","table":"T","where":[],"mutations":[["<ff>","+=",1]]}"#,
        r#"{"op":"mutate","table":"T","where":[],"mutations":[["n","<ff>",1]]}"#,
        r#"{"op":"wait","table":"T","timeout":0,"where":[],"columns":["s"],"until":"<ff>","rows":[]}"#,
        r#"{"op":"assert","lock":"<ff>"}"#,
        r#"{"op":"comment","comment":["<ff>"]}"#,
        r#""<ff>""#,
    ]);
}

#[test]
fn the_rest_of_a_request_is_carried_out() {
    check_operations(&[
        r#"{"op":"comment","comment":"<ff>"}"#,
        r#"{"op":"insert","table":"T","row":{"s":"a"}},{"op":"comment","comment":"a<c3>"}"#,
        "{\"op\":\"insert\",\"table\":\"T\",\"row\":{\"s\":\"\u{10ff80}\",\"set\":\"\\udbff\\udf81é\",\"map\":[\"map\",[[\"\\\\udbff\\\\udf80\",\"\"]]]}},{\"op\":\"comment\",\"comment\":\"<ff>\"}",
        "{\"op\":\"comment\",\"comment\":\"<ff>\"},{\"op\":\"select\",\"table\":\"T\",\"where\":[[\"s\",\"==\",\"\u{10ff80}\"]]}",
        r#"{"op":"comment","comment":"<ff>"},{"op":"insert","table":"T","row":{"short":"ééé"}}"#,
    ]);
}

#[test]
fn other_methods_return_what_they_were_given() {
    check(
        r#"
        a: {"id":"<ff>","method":"echo","params":["<c3>",{"<fe>":"é"}]}
        a: {"id":{"a":"<ff>"},"method":"list_dbs","params":[]}
        a: {"id":"<ff>","method":"transact","params":["D",{"op":"comment","comment":"x"}]}
        a: {"id":1,"method":"<ff>","params":[]}
        a: {"id":1,"method":"get_schema","params":["<ff>"]}
        a: {"id":1,"method":"transact","params":["<ff>"]}
        a: {"id":1,"method":"lock","params":["<ff>"]}
        a: {"id":1,"method":"unlock","params":["<ff>"]}
        a: {"id":1,"method":"set_db_change_aware","params":["<ff>"]}
        a: {"id":null,"method":"<ff>","params":["<ff>"]}
        a: {"id":"echo","result":["<ff>"],"error":null}
        a: {"id":1,"method":"list_dbs","params":["<ff>"]}
        "#,
    );
}

#[test]
fn monitors_may_have_such_ids_but_no_such_conditions() {
    check(
        r#"
        a: {"id":1,"method":"monitor","params":["D","<ff>",{"T":{"columns":["name"]}}]}
        a: {"id":1,"method":"monitor","params":["D","<ff>",{"T":{"columns":["name"]}}]}
        a: {"id":1,"method":"monitor_cond","params":["D",["<fe>"],{"T":{"columns":["name"]}}]}
        a: {"id":1,"method":"monitor_cond","params":["D",1,{"T":[{"columns":["name"],"where":[["name","==","<ff>"]]}]}]}
        a: {"id":1,"method":"monitor_cond","params":["D",1,{"T":[{"columns":["<ff>"]}]}]}
        a: {"id":1,"method":"monitor_cond","params":["D",1,{"<ff>":[{}]}]}
        b: {"id":1,"method":"transact","params":["D",{"op":"insert","table":"T","row":{"name":"x"}}]}
        a: {"id":1,"method":"monitor_cond_change","params":[["<fe>"],2,{"T":[{"where":[["name","==","<ff>"]]}]}]}
        a: {"id":1,"method":"monitor_cond_change","params":[["<fe>"],"<fd>",{"T":[{"where":[["name","==","y"]]}]}]}
        a: {"id":1,"method":"monitor_cancel","params":["<fd>"]}
        a: {"id":1,"method":"monitor_cancel","params":["<ff>"]}
        a: {"id":1,"method":"monitor_cancel","params":["<ff>"]}
        "#,
    );
}

#[test]
fn a_transaction_with_such_an_id_waits_and_is_cancelled() {
    check(
        r#"
        a: {"id":"<ff>","method":"transact","params":["D",{"op":"comment","comment":"<fe>"},{"op":"wait","table":"T","where":[],"columns":["n"],"until":"==","rows":[{"n":1}]}]}
        a: {"id":"<ff>","method":"transact","params":["D"]}
        a: {"id":"x<ff>","method":"transact","params":["D",{"op":"wait","table":"T","where":[],"columns":["n"],"until":"==","rows":[{"n":1}]}]}
        a: {"id":null,"method":"cancel","params":["x<ff>"]}
        b: {"id":1,"method":"transact","params":["D",{"op":"insert","table":"T","row":{"n":1}}]}
        "#,
    );
}

#[test]
fn outside_of_strings_the_connection_ends() {
    for message in [
        r#"{"id":1,"method":"echo","params":[<ff>]}"#,
        r#"{"id":1,"method":"echo","params":[],<ff>}"#,
        r#"{"id":1,"method":"echo","params":[<c3><a9>"<ff>"]}"#,
        r#"{"id":1,"method":"echo","params":["<ff>\x"]}"#,
        r#"{"<ff>":1,"id":1,"method":"echo","params":[]}"#,
    ] {
        check(&format!("b: {{\"id\":1,\"method\":\"list_dbs\",\"params\":[]}}\na: {message}"));
    }
}

#[test]
fn a_schema_is_refused_and_the_database_stays_as_it_was() {
    let schema = r#"{"name":"D","version":"1.0.0","tables":{"T":{"columns":{"a":{"type":{"key":{"type":"string","enum":["set",["<ff>"]]}}}}}}}"#;
    let steps = Step::parse(&format!(
        "a: {{\"id\":1,\"method\":\"convert\",\"params\":[\"D\",{schema}]}}\n\
         a: {{\"id\":1,\"method\":\"get_schema\",\"params\":[\"D\"]}}"
    ));
    let heard = converse(&mut Ours::new(&SCHEMAS), &steps);
    assert!(heard[0][0].contains("constraint violation"), "{heard:?}");
    assert!(!heard[1][0].contains("enum"), "{heard:?}");
}
