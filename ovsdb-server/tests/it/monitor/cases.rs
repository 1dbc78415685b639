//! Do requests, well-formed or not, get the replies that real servers give?

use super::Pair;
use crate::release::Release;
use serde_json::{Value, json};

const NIL: &str = "00000000-0000-0000-0000-000000000000";

fn fill(pair: &mut Pair) {
    let row = json!({"name": "a", "n": 7, "e": "x", "s": ["set", [1, 2]], "m": ["map", [["k", "v"]]]});
    let uuid = "00000000-0000-4000-8000-000000000001";
    let insert = json!(["D", {"op": "insert", "table": "A", "uuid": uuid, "row": row}]);
    pair.call(9, "transact", &insert);
}

fn check_all(cases: &[(&str, Value)]) {
    for release in Release::both() {
        let mut pair = Pair::new(&release);
        fill(&mut pair);
        for (method, params) in cases {
            pair.call(1, method, params);
        }
    }
}

#[test]
fn requests_of_all_forms() {
    let mut cases = Vec::new();
    for request in [
        json!({"A": {}}),
        json!({"A": []}),
        json!({}),
        json!([]),
        json!({"X": {}}),
        json!({"A": 1}),
        json!({"A": "x"}),
        json!({"A": [1]}),
        json!({"A": [[]]}),
        json!({"A": {"x": 1}}),
        json!({"A": {"x": 1, "y": 2}}),
        json!({"A": {"x": 1, "y": 2, "z": 3}}),
        json!({"A": {"x": 1, "columns": 1}}),
        json!({"A": {"columns": 1}}),
        json!({"A": {"columns": null}}),
        json!({"A": {"columns": [1]}}),
        json!({"A": {"columns": ["x"]}}),
        json!({"A": {"columns": ["n", "n"]}}),
        json!({"A": {"columns": []}}),
        json!({"A": [{"columns": ["n"]}, {"columns": ["name"]}]}),
        json!({"A": [{"columns": ["n"]}, {"columns": ["n"]}]}),
        json!({"A": [{"columns": ["n"]}, {}]}),
        json!({"A": {"select": 1}}),
        json!({"A": {"select": {"x": 1}}}),
        json!({"A": {"select": {"insert": 1}}}),
        json!({"A": {"select": {"initial": false}}}),
        json!({"A": {"select": {"delete": "q", "foo": 3}}}),
        json!({"A": {"columns": ["_uuid", "_version", "n"]}}),
        json!({"A": {"columns": ["s", "m", "b", "r", "oi", "s3", "m1", "u", "e", "refs"]}}),
        json!({"A": {"where": []}}),
        json!({"A": {"columns": ["n"], "where": {}}}),
        json!({"A": {"columns": ["n"], "where": 1}}),
        json!({"A": {"columns": ["n"], "where": null}}),
    ] {
        for method in ["monitor", "monitor_cond"] {
            cases.push((method, json!(["D", "id", request])));
            cases.push(("monitor_cancel", json!(["id"])));
        }
        cases.push(("monitor_cond_since", json!(["D", "id", request, NIL])));
        cases.push(("monitor_cancel", json!(["id"])));
    }
    for params in [
        json!([]),
        json!([1, 1, {}]),
        json!(["D"]),
        json!(["D", 1]),
        json!(["X", 1, {}]),
        json!(["D", 1, {}, "x", 1]),
    ] {
        // plain `monitor` with too few parameters kills ovsdb-server
        cases.push(("monitor_cond", params.clone()));
        cases.push(("monitor_cond_since", params));
    }
    for last in [
        json!(1),
        json!("x"),
        json!(null),
        json!(format!("{NIL}0")),
        json!("00000000-0000-0000-0000-000000000001"),
    ] {
        cases.push(("monitor_cond_since", json!(["D", 1, {"A": {"columns": ["n"]}}, last])));
        cases.push(("monitor_cond_since", json!(["D", 1, {"X": {}}, last])));
        cases.push(("monitor_cancel", json!([1])));
    }
    check_all(&cases);
}

#[test]
fn ids_are_compared_by_value() {
    let mut cases = Vec::new();
    for id in [json!(1), json!("1"), json!(null), json!([1, {"b": 1, "a": [2]}]), json!(true), json!(1.5)] {
        cases.push(("monitor", json!(["D", id, {"A": {"columns": ["n"]}}])));
        cases.push(("monitor_cond", json!(["D", id, {"A": {}}])));
    }
    cases.push(("monitor", json!(["D", 1.0, {"A": {}}])));
    cases.push(("monitor", json!(["D", [1, {"a": [2], "b": 1}], {"A": {}}])));
    cases.push(("transact", json!(["D", {"op": "update", "table": "A", "where": [], "row": {"n": 1}}])));
    for id in [json!(1.0), json!([1.0, {"a": [2], "b": 1}]), json!(null), json!(2), json!("1")] {
        cases.push(("monitor_cancel", json!([id])));
        cases.push(("monitor_cancel", json!([id])));
    }
    cases.push(("monitor_cancel", json!([])));
    cases.push(("monitor_cancel", json!([1, 2])));
    check_all(&cases);
}

#[test]
fn conditions_of_all_forms() {
    let some = "00000000-0000-4000-8000-000000000001";
    let mut cases = Vec::new();
    for clause in [
        json!("x"),
        json!(1),
        json!(null),
        json!({"a": 1}),
        json!([]),
        json!(["n"]),
        json!(["n", "=="]),
        json!(["n", "==", 1, 2]),
        json!([1, "==", 1]),
        json!(["n", 1, 1]),
        json!(["x", "==", 1]),
        json!(["x", "=", 1]),
        json!(["n", "=", 1]),
        json!(["n", "==", "x"]),
        json!(["n", "==", 1.5]),
        json!(["n", "==", 7.0]),
        json!(["n", "<", "a"]),
        json!(["n", ">=", 7]),
        json!(["n", "includes", 7]),
        json!(["n", "excludes", 7]),
        json!(["n", "includes", ["set", [1, 2]]]),
        json!(["n", "==", ["set", [7]]]),
        json!(["n", "==", ["map", []]]),
        json!(["n", "==", ["x", 1]]),
        json!(["name", "<", "a"]),
        json!(["b", "<", true]),
        json!(["b", "==", "true"]),
        json!(["r", "<", 1]),
        json!(["oi", "<", 5]),
        json!(["oi", "<", ["set", []]]),
        json!(["oi", "==", ["set", []]]),
        json!(["oi", "==", ["set", [1, 2]]]),
        json!(["oi", "includes", ["set", [1, 2]]]),
        json!(["oi", "excludes", ["set", [1, 2]]]),
        json!(["s", "<", 5]),
        json!(["s", "includes", 2]),
        json!(["s", "includes", ["set", [1, 3]]]),
        json!(["s", "excludes", ["set", [1, 3]]]),
        json!(["s", "==", ["set", [2, 1]]]),
        json!(["s", "==", ["set", [1, 1]]]),
        json!(["s", "==", ["set", 1]]),
        json!(["s", "==", ["set"]]),
        json!(["s", "==", ["set", [1], 2]]),
        json!(["s3", "==", ["set", ["a", "b", "c", "d"]]]),
        json!(["e", "==", "z"]),
        json!(["e", "!=", "y"]),
        json!(["m", "==", 5]),
        json!(["m", "==", ["set", []]]),
        json!(["m", "==", ["map", [["a", "b"], ["a", "c"]]]]),
        json!(["m", "==", ["map", [["a"]]]]),
        json!(["m", "==", ["map", ["a"]]]),
        json!(["m", "==", ["map", [["a", 1]]]]),
        json!(["m", "includes", ["map", [["k", "v"]]]]),
        json!(["m", "excludes", ["map", [["k", "v"]]]]),
        json!(["m1", "==", ["map", [["a", 1], ["b", 2]]]]),
        json!(["u", "==", ["uuid", "x"]]),
        json!(["u", "==", "x"]),
        json!(["u", "==", ["uuid"]]),
        json!(["_uuid", "==", ["uuid", some]]),
        json!(["_uuid", "!=", ["uuid", some]]),
        json!(["_uuid", "<", ["uuid", some]]),
        json!(["refs", "includes", ["set", [["uuid", some]]]]),
        json!(true),
        json!(false),
    ] {
        cases.push(("monitor_cond", json!(["D", 1, {"A": {"columns": ["name"], "where": [clause]}}])));
        cases.push(("monitor_cancel", json!([1])));
    }
    for list in [json!([]), json!([true, false]), json!([["n", "==", 7], ["n", "==", 7], false])] {
        cases.push(("monitor_cond", json!(["D", 1, {"A": {"columns": ["name"], "where": list}}])));
        cases.push(("monitor_cancel", json!([1])));
    }
    check_all(&cases);
}

#[test]
fn changes_of_conditions_of_all_forms() {
    let mut cases = vec![
        ("monitor_cond_change", json!([1, 2, {}])),
        ("monitor_cond_change", json!([1, 2])),
        ("monitor_cond_change", json!([])),
        ("monitor_cond", json!(["D", 1, {"A": {"columns": ["name"]}}])),
        ("monitor_cond", json!(["D", 5, {"A": {"columns": ["name"]}}])),
        ("monitor", json!(["D", 6, {"A": {"columns": ["name"]}}])),
        ("monitor_cond_change", json!([1, 5, {"A": [{"where": [false]}]}])),
        ("monitor_cond_change", json!([1, 5, []])),
    ];
    // where absent, a second request, or a later table is wrong, ovsdb-server crashes or changes half
    for requests in [
        json!([]),
        json!({"X": []}),
        json!({"B": []}),
        json!({"A": {}}),
        json!({"A": 1}),
        json!({"A": [1]}),
        json!({"A": [{"columns": []}]}),
        json!({"A": [{"columns": ["n"], "where": []}]}),
        json!({"A": [{"x": 1}]}),
        json!({"A": [{"where": 1}]}),
        json!({"A": [{"where": [1]}]}),
        json!({"A": [{"where": [["x", "==", 1]]}]}),
        json!({}),
        json!({"A": []}),
        json!({"A": [{"where": [false]}]}),
        json!({"A": [{"where": [false]}]}),
        json!({"A": [{"where": [["name", "==", "a"]]}]}),
        json!({"A": [{"where": [true]}]}),
        json!({"A": [{"where": [["n", "==", 7], ["n", "==", 8]]}]}),
        json!({"A": [{"where": [["n", "==", 8]]}]}),
        json!({"A": [{"where": []}]}),
        json!({"A": [{"where": [false]}, {"where": [true]}]}),
    ] {
        cases.push(("monitor_cond_change", json!([1, 1, requests])));
        cases.push(("monitor_cond_change", json!([6, 6, requests])));
    }
    cases.push(("monitor_cond_change", json!([1, 7, {"A": [{"where": [false]}]}])));
    cases.push(("monitor_cond_change", json!([1, 7, {}])));
    cases.push(("monitor_cond_change", json!([7, [7], {"A": [{"where": [true]}]}])));
    check_all(&cases);
}
