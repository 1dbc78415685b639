//! Schemas as `get_schema` returns them, and what they mean for transactions.

use super::check_against;
use crate::release::Release;

fn check(table: &str, conversation: &str) {
    let schema = format!(r#"{{"name":"S","version":"1.0.0","tables":{{"T":{table}}}}}"#);
    check_against(&Release::both(), &[&schema], conversation);
}

const GET_SCHEMA: &str = r#"a: {"id":1,"method":"get_schema","params":["S"]}"#;

#[test]
fn bounds_that_bound_nothing_are_not_shown() {
    let bounds = |name: &str, lowest: &str, highest: &str| {
        let column = |n: usize, bounds: String| {
            let type_ = name.to_lowercase().replace("length", "string");
            let base = format!(r#"{{"type":"{type_}",{bounds}}}"#);
            format!(r#""{type_}{n}":{{"type":{{"key":{base},"value":{base},"min":0,"max":"unlimited"}}}}"#)
        };
        let min = |n: &str| format!(r#""min{name}":{n}"#);
        let max = |n: &str| format!(r#""max{name}":{n}"#);
        [
            column(1, min(lowest)),
            column(2, max(highest)),
            column(3, format!("{},{}", min(lowest), max(highest))),
            column(4, format!("{},{}", min("1"), max(highest))),
            column(5, format!("{},{}", min(lowest), max("1"))),
        ]
        .join(",")
    };
    let columns = [
        bounds("Integer", "-9223372036854775808", "9223372036854775807"),
        bounds("Real", "-1.7976931348623157e308", "1.7976931348623157e308"),
        bounds("Length", "0", "4294967295"),
    ];
    check(&format!(r#"{{"columns":{{{}}}}}"#, columns.join(",")), GET_SCHEMA);
    for max_rows in ["1", "4294967294", "4294967295", "4294967296"] {
        check(&format!(r#"{{"columns":{{"a":{{"type":"string"}}}},"maxRows":{max_rows}}}"#), GET_SCHEMA);
    }
}

#[test]
fn a_weak_reference_is_mutable_whatever_the_schema_says() {
    let weak = r#"{"type":"uuid","refTable":"T","refType":"weak"}"#;
    let columns = format!(
        r#""strong":{{"type":{{"key":{{"type":"uuid","refTable":"T"}},"min":0}},"mutable":false}},
           "weak":{{"type":{{"key":{weak},"min":0}},"mutable":false}},
           "values":{{"type":{{"key":"string","value":{weak},"min":0}},"mutable":false}}"#
    );
    let write = |column: &str, empty: &str| {
        format!(
            r#"
            a: {{"id":1,"method":"transact","params":["S",{{"op":"update","table":"T","where":[],"row":{{"{column}":["{empty}",[]]}}}}]}}
            a: {{"id":1,"method":"transact","params":["S",{{"op":"mutate","table":"T","where":[],"mutations":[["{column}","insert",["{empty}",[]]]]}}]}}"#
        )
    };
    let conversation = [
        GET_SCHEMA.to_owned(),
        r#"a: {"id":1,"method":"transact","params":["S",{"op":"insert","table":"T","row":{}}]}"#.to_owned(),
        write("strong", "set"),
        write("weak", "set"),
        write("values", "map"),
    ];
    check(&format!(r#"{{"columns":{{{columns}}},"isRoot":true}}"#), &conversation.join("\n"));
}
