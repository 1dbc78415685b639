//! Databases that go or are given another schema, and what becomes of their clients.

use super::{check, check_newest};

#[test]
fn a_database_goes() {
    check(
        r#"
        a: {"id":1,"method":"set_db_change_aware","params":[true]}
        a: {"id":2,"method":"monitor_cond","params":["_Server","s",{"Database":{"columns":["name"]}}]}
        a: {"id":3,"method":"monitor","params":["D",["m"],{"T":{}}]}
        a: {"id":4,"method":"monitor","params":["E","e",{"X":{}}]}
        a: {"id":5,"method":"transact","params":["D",{"op":"wait","table":"T","where":[],"columns":["n"],"until":"!=","rows":[]}]}
        b: {"id":1,"method":"monitor","params":["E","e",{"X":{}}]}
        b: {"id":1,"method":"lock","params":["l"]}
        remove D
        a: {"id":6,"method":"transact","params":["D"]}
        a: {"id":7,"method":"transact","params":["E",{"op":"insert","table":"X","row":{"a":"x"}}]}
        a: {"id":8,"method":"list_dbs","params":[]}
        "#,
    );
}

#[test]
fn convert_asks_for_two_parameters() {
    check(
        r#"
        a: {"id":1,"method":"convert","params":[]}
        a: {"id":1,"method":"convert","params":["D"]}
        a: {"id":1,"method":"convert","params":["D",{"name":"D","tables":{}},1]}
        a: {"id":1,"method":"convert","params":["zz",{}]}
        a: {"id":1,"method":"convert","params":["D",{"name":"Q","version":"1.0.0","tables":{}}]}
        "#,
    );
    check_newest(r#"a: {"id":1,"method":"convert","params":["_Server",{}]}"#);
}

#[test]
fn a_database_is_converted() {
    check(
        r#"
        a: {"id":1,"method":"set_db_change_aware","params":[true]}
        a: {"id":2,"method":"transact","params":["D",{"op":"insert","table":"T","row":{"name":"x","n":7,"set":["set",["b","a"]]}},{"op":"insert","table":"U","row":{"a":"u"}}]}
        a: {"id":3,"method":"monitor","params":["D",["m"],{"T":{}}]}
        a: {"id":4,"method":"monitor","params":["E","e",{"X":{}}]}
        a: {"id":5,"method":"transact","params":["D",{"op":"wait","table":"T","where":[["name","==","z"]],"columns":["n"],"until":"!=","rows":[]}]}
        b: {"id":1,"method":"monitor","params":["E","e",{"X":{}}]}
        b: {"id":1,"method":"transact","params":["D",{"op":"wait","table":"T","where":[["name","==","z"]],"columns":["n"],"until":"!=","rows":[]}]}
        a: {"id":6,"method":"convert","params":["D",{"name":"D","version":"2.0.0","tables":{"T":{"columns":{"name":{"type":"string"},"n":{"type":"real"},"set":{"type":{"key":"string","min":0,"max":5}},"new":{"type":"integer"}}},"N":{"columns":{"c":{"type":"string"}}}}}]}
        a: {"id":7,"method":"get_schema","params":["D"]}
        b: {"id":7,"method":"transact","params":["D",{"op":"select","table":"T","where":[],"columns":["name","n","set","new"]},{"op":"select","table":"N","where":[]}]}
        b: {"id":8,"method":"convert","params":["D",{"name":"D","version":"3.0.0","tables":{"T":{"columns":{"n":{"type":"real"}}}}}]}
        a: {"id":9,"method":"transact","params":["D",{"op":"select","table":"T","where":[],"columns":["n"]}]}
        "#,
    );
}

#[test]
fn what_does_not_fit_is_not_converted() {
    check(
        r#"
        a: {"id":2,"method":"transact","params":["D",{"op":"insert","table":"T","row":{"name":"x","n":7}},{"op":"insert","table":"T","row":{"name":"y","n":7}}]}
        a: {"id":3,"method":"convert","params":["D",{"name":"D","version":"2.0.0","tables":{"T":{"columns":{"n":{"type":"integer"}},"indexes":[["n"]]}}}]}
        a: {"id":4,"method":"convert","params":["D",{"name":"D","version":"2.0.0","tables":{"T":{"columns":{"n":{"type":"integer"}},"maxRows":1}}}]}
        a: {"id":5,"method":"transact","params":["D",{"op":"select","table":"T","where":[],"columns":["name","n"]}]}
        "#,
    );
}
