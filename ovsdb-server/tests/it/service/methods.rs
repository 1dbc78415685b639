//! Each method, well called and badly, by one client.

use super::{check, check_newest};

#[test]
fn databases_are_listed_and_their_schemas_shown() {
    check(
        r#"
        a: {"id":1,"method":"list_dbs","params":[]}
        a: {"id":1,"method":"list_dbs","params":[3]}
        a: {"id":1,"method":"get_schema","params":["D"]}
        a: {"id":"x","method":"get_schema","params":["E",1]}
        a: {"id":[1],"method":"get_schema","params":["_Server"]}
        a: {"id":1,"method":"get_schema","params":[]}
        a: {"id":1,"method":"get_schema","params":[3]}
        a: {"id":1,"method":"get_schema","params":["zz"]}
        a: {"id":1,"method":"get_server_id","params":[]}
        a: {"id":1,"method":"get_server_id","params":[2]}
        "#,
    );
}

#[test]
fn echo_answers_with_what_it_was_given() {
    check(
        r#"
        a: {"id":1,"method":"echo","params":[]}
        a: {"id":{"b":1,"a":2},"method":"echo","params":[1.50,1e3,1e30,{"a":[null,true]}]}
        a: {"id":false,"method":"echo","params":["\ud83d\ude00é\u00e9\/\n"]}
        a: {"id":1,"method":"echo","params":[],"result":null}
        a: {"id":1,"id":2,"method":"echo","params":[]}
        a: {"method":"echo","params":[]}
        "#,
    );
}

#[test]
fn unknown_methods_and_notifications_change_nothing() {
    check(
        r#"
        a: {"id":1,"method":"foo","params":[]}
        a: {"id":1,"method":"cancel","params":[1]}
        a: {"id":null,"method":"cancel","params":[1]}
        a: {"id":null,"method":"cancel","params":[1,2]}
        a: {"id":null,"method":"blah","params":[1]}
        a: {"id":null,"method":"lock","params":["l"]}
        a: {"id":null,"method":"transact","params":["D"]}
        a: {"id":"echo","result":[],"error":null}
        a: {"id":1,"method":"lock","params":["l"]}
        "#,
    );
}

#[test]
fn what_is_no_message_ends_the_connection() {
    for message in [
        r#"{"id":"x","result":[],"error":null}"#,
        r#"{"id":"echo","result":null,"error":"x"}"#,
        r#"{"id":"echo","result":null,"error":null}"#,
        r#"{"id":1,"result":null,"error":{}}"#,
        r#"{"id":1}"#,
        r#"{"id":null}"#,
        "{}",
        "[]",
        r#"{"id":1,"method":"echo","params":{}}"#,
        r#"{"id":1,"method":3,"params":[]}"#,
        r#"{"id":1,"method":null,"params":[]}"#,
        r#"{"id":1,"method":"echo","params":[],"jsonrpc":"2.0"}"#,
        r#"{"id":1,"method":"echo","params":[],"result":1}"#,
        r#"{"id":1,"method":"echo"}"#,
        r#"{"method":"echo"}"#,
        r#"{"id":1,"method":"echo","params":["\u0000"]}"#,
        r#"{"id":1,"method":"echo","params":["\ud800"]}"#,
        r#"{"id":1,"method":"echo","params":[1 2]}"#,
        r#"{"id":1,"method":"echo","params":[1,]}"#,
        r#"{"id":1,"method":"echo","params":[01]}"#,
        r#"{"id":1,"method":"echo","params":[1e400]}"#,
        r#"{"id":1,"method":"echo","params":["\x"]}"#,
        r#"{"id":1,"method":"list_dbs","params":[nul]}"#,
        r#"{"id":1,"method":"transact","params":["D",{"op":"comment" "comment":"x"}]}"#,
        r#"{"id":1,"method":"transact","params":["D",{"op":"comment","comment":"x"},{"a":[1,{"b":tru}]}]}"#,
    ] {
        check(&format!("b: {{\"id\":1,\"method\":\"list_dbs\",\"params\":[]}}\na: {message}"));
    }
}

#[test]
fn awareness_of_changes_is_set() {
    check(
        r#"
        a: {"id":1,"method":"set_db_change_aware","params":[]}
        a: {"id":1,"method":"set_db_change_aware","params":[true]}
        a: {"id":1,"method":"set_db_change_aware","params":[1]}
        a: {"id":1,"method":"set_db_change_aware","params":[true,1]}
        a: {"id":1,"method":"set_db_change_aware","params":[false]}
        "#,
    );
}

#[test]
fn transactions_are_answered() {
    check(
        r#"
        a: {"id":1,"method":"transact","params":[]}
        a: {"id":1,"method":"transact","params":["zz"]}
        a: {"id":1,"method":"transact","params":["zz",{"op":"insert","b":1,"a":[true,1.0,"x\/"]}]}
        a: {"id":1,"method":"transact","params":["D"]}
        a: {"id":"x","method":"transact","params":["D",1]}
        a: {"id":1,"method":"transact","params":["D",{"op":"comment","comment":"x"}]}
        a: {"id":1,"method":"transact","params":["D",{"op":"insert","table":"T","row":{"name":"a","n":1}}]}
        a: {"id":1,"method":"transact","params":["D",{"op":"insert","table":"T","row":{"name":"b"}},{"op":"insert","table":"T","row":{"name":"b"}}]}
        a: {"id":1,"method":"transact","params":["D",{"op":"select","table":"T","where":[],"columns":["name","n"]}]}
        a: {"id":1,"method":"transact","params":["D",{"op":"select","table":"Q","where":[]},{"op":"abort"}]}
        a: {"id":2,"method":"transact","params":["_Server",{"op":"select","table":"Database","where":[]}]}
        "#,
    );
}

#[test]
fn nobody_writes_to_the_database_of_databases() {
    check_newest(
        r#"
        a: {"id":2,"method":"transact","params":["_Server",{"op":"insert","table":"Database","row":{"name":"x","model":"relay"}}]}
        a: {"id":2,"method":"transact","params":["_Server",{"op":"insert","table":"Database","row":{}}]}
        a: {"id":2,"method":"transact","params":["_Server",{"op":"commit","durable":true}]}
        a: {"id":2,"method":"transact","params":["_Server",{"op":"delete","table":"Database","where":[]}]}
        a: {"id":2,"method":"transact","params":["_Server",{"op":"comment","comment":"x"}]}
        "#,
    );
}

#[test]
fn monitors_are_opened_changed_and_ended() {
    check(
        r#"
        a: {"id":1,"method":"monitor_cancel","params":[]}
        a: {"id":1,"method":"monitor_cancel","params":["x"]}
        a: {"id":1,"method":"monitor_cond_change","params":["x"]}
        a: {"id":1,"method":"monitor_cond_change","params":["x","y",{}]}
        a: {"id":1,"method":"monitor","params":["zz","m",{}]}
        a: {"id":1,"method":"monitor","params":["D",{"b":1,"a":2},{"T":{"columns":["name","n"]}}]}
        b: {"id":1,"method":"monitor_cond","params":["D",null,{"T":[{"columns":["name","n"],"where":[["n",">",5]]}]}]}
        a: {"id":2,"method":"transact","params":["D",{"op":"insert","table":"T","row":{"name":"x","n":1}}]}
        a: {"id":2,"method":"transact","params":["D",{"op":"update","table":"T","where":[["name","==","x"]],"row":{"n":7}}]}
        b: {"id":2,"method":"transact","params":["D",{"op":"select","table":"T","where":[],"columns":["n"]}]}
        b: {"id":2,"method":"monitor_cond_change","params":[null,"new",{"T":[{"where":[false]}]}]}
        a: {"id":1,"method":"monitor","params":["D",{"a":2.0,"b":1},{}]}
        a: {"id":1,"method":"monitor_cancel","params":[{"a":2,"b":1}]}
        a: {"id":2,"method":"transact","params":["D",{"op":"delete","table":"T","where":[]}]}
        a: {"id":2,"method":"monitor_cond","params":["_Server","s",{"Database":{"columns":["name","connected","leader","model"]}}]}
        "#,
    );
}
