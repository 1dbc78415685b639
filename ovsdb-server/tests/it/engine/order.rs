//! The order of selected rows, and of the two rows that an index violation names.

use super::Pair;
use serde_json::{Value, json};

const SCHEMA: &str = r#"{"name":"D","version":"1.0.0","tables":{"T":{"isRoot":true,"indexes":[["key"]],"columns":{
    "key":{"type":"integer"},
    "name":{"type":"string"},
    "real":{"type":"real"},
    "bool":{"type":"boolean"},
    "set":{"type":{"key":"integer","min":0,"max":"unlimited"}},
    "map":{"type":{"key":"string","value":"string","min":0,"max":"unlimited"}},
    "id":{"type":{"key":"uuid","min":0,"max":1}},
    "by_id":{"type":{"key":"uuid","value":"integer","min":0,"max":1}},
    "to_id":{"type":{"key":"integer","value":"uuid","min":0,"max":1}}}}}}"#;

impl Pair {
    /// Both results as they are, in the order in which they come.
    fn in_order(&mut self, operations: &Value) -> Value {
        let operations = operations.to_string();
        let ours = self.engine(&operations, 0);
        let theirs = self.real.transact(&operations);
        assert_eq!(ours, theirs, "left is ours, right Open vSwitch 4.0: {operations}");
        ours
    }
}

fn uuid(n: usize) -> String {
    format!("{:08x}-0000-4000-8000-000000000000", n.wrapping_mul(0x9e37_79b1) & 0xffff_ffff)
}

fn rows() -> Vec<Value> {
    let names = ["x", "Y", "", "é", "zz", "z"];
    let row = |n: usize| {
        let set: Vec<usize> = (0..n % 4).map(|i| (n * 7 + i * 5) % 11).collect();
        let pairs: Vec<_> = (0..n % 3).map(|i| json!([names[(n + i) % 6], names[n % 5]])).collect();
        let real = [0.5, -2.0, 1e30][n % 3];
        let id = if n.is_multiple_of(5) { json!([]) } else { json!([["uuid", uuid(n)]]) };
        json!({"key": n, "name": names[n % 6], "real": real, "bool": n.is_multiple_of(2),
            "set": ["set", set], "map": ["map", pairs], "id": ["set", id]})
    };
    (1..40).map(|n| json!({"op": "insert", "table": "T", "uuid": uuid(n), "row": row(n)})).collect()
}

#[test]
fn selected_rows_are_sorted_by_the_columns_named() {
    let mut pair = Pair::new(SCHEMA);
    pair.in_order(&Value::Array(rows()));
    let select =
        |sort: Value| json!([{"op": "select", "table": "T", "where": [], "columns": ["key"], "sort": sort}]);
    // with the key last, no two rows are equal
    for column in ["name", "real", "bool", "set", "map", "id"] {
        let sorted = pair.in_order(&select(json!([column, "key"])));
        assert_eq!(sorted[0]["rows"].as_array().unwrap().len(), 39, "{column}: {sorted}");
    }
    pair.in_order(&select(json!(["bool", "name", "map", "set", "key"])));
    pair.in_order(&select(json!(["_uuid"])));
    for wrong in
        [json!(["nope"]), json!(["key", "key"]), json!([3]), json!([["key"]]), json!("key"), json!({})]
    {
        let refused = pair.in_order(&select(wrong));
        assert_eq!(refused[0]["error"], "syntax error");
    }
    // conditions are read first, then the columns, then the order
    pair.in_order(
        &json!([{"op": "select", "table": "T", "where": [["q", "==", 1]], "columns": ["r"], "sort": ["s"]}]),
    );
    pair.in_order(&json!([{"op": "select", "table": "T", "where": [], "columns": ["r"], "sort": ["s"]}]));
}

#[test]
fn rows_that_look_alike_are_returned_once_in_order() {
    let mut pair = Pair::new(SCHEMA);
    pair.in_order(&Value::Array(rows()));
    for column in ["name", "real", "bool", "set", "map"] {
        pair.in_order(
            &json!([{"op": "select", "table": "T", "where": [], "columns": [column], "sort": [column]}]),
        );
    }
}

#[test]
fn an_index_violation_names_the_greater_row_first() {
    let values = [
        json!({"name": "b"}),
        json!({"name": "a", "set": ["set", [1, 2]]}),
        json!({"name": "a", "set": 9}),
        json!({"map": ["map", [["a", "z"], ["b", "a"]]]}),
        json!({"map": ["map", [["c", "a"]]]}),
        json!({"bool": true}),
        json!({"real": -1.5}),
        json!({"bool": true, "id": ["uuid", uuid(77)]}),
        json!({"by_id": ["map", [[["uuid", uuid(77)], 1]]]}),
        json!({"set": 8, "to_id": ["map", [[1, ["uuid", uuid(77)]]]]}),
    ];
    let mut pair = Pair::new(SCHEMA);
    for (i, a) in values.iter().enumerate() {
        for (j, b) in values.iter().enumerate().filter(|(j, _)| *j != i) {
            // these differ in nothing but a UUID
            if matches!((i, j), (5, 7) | (7, 5)) {
                continue;
            }
            let row = |n: usize, row: &Value| json!({"op": "insert", "table": "T", "uuid": uuid(n + 1), "row": row});
            let results = pair.in_order(&json!([row(i, a), row(j, b)]));
            assert_eq!(results[2]["error"], "constraint violation", "{results}");
        }
    }
    // one of the rows was there before
    let changed = json!([{"op": "insert", "table": "T", "uuid": uuid(1), "row": {"key": 1, "name": "m"}},
        {"op": "insert", "table": "T", "uuid": uuid(2), "row": {"key": 2, "name": "n"}}]);
    pair.in_order(&changed);
    for (from, to, name) in [(1, 2, "a"), (1, 2, "z"), (2, 1, "a"), (2, 1, "z")] {
        pair.in_order(
            &json!([{"op": "insert", "table": "T", "uuid": uuid(3), "row": {"key": to, "name": name}}]),
        );
        pair.in_order(&json!([{"op": "update", "table": "T", "where": [["key", "==", from]], "row": {"key": to, "name": name}}]));
    }
}
