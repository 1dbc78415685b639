//! Transactions that wait.

use super::check;

#[test]
fn a_wait_ends_when_it_holds() {
    check(
        r#"
        a: {"id":1,"method":"transact","params":["D",{"op":"wait","timeout":20000,"table":"T","where":[["name","==","q"]],"columns":["n"],"until":"==","rows":[{"n":1}]},{"op":"comment","comment":"x"}]}
        a: {"id":1,"method":"transact","params":["D",{"op":"wait","timeout":20000,"table":"T","where":[],"columns":["n"],"until":"==","rows":[]}]}
        a: {"id":2,"method":"transact","params":["D",{"op":"wait","table":"T","where":[["name","==","q"]],"columns":["n"],"until":"==","rows":[{"n":1}]},{"op":"insert","table":"T","row":{"name":"r"}}]}
        b: {"id":1,"method":"transact","params":["D",{"op":"wait","table":"T","where":[["name","==","r"]],"columns":["n"],"until":"==","rows":[{"n":0}]}]}
        b: {"id":2,"method":"transact","params":["D",{"op":"insert","table":"T","row":{"name":"other"}}]}
        b: {"id":3,"method":"transact","params":["D",{"op":"insert","table":"T","row":{"name":"q","n":1}}]}
        "#,
    );
}

#[test]
fn a_wait_times_out() {
    check(
        r#"
        a: {"id":"w","method":"transact","params":["D",{"op":"wait","timeout":50,"table":"T","where":[["name","==","q"]],"columns":["n"],"until":"==","rows":[{"n":1}]},{"op":"comment","comment":"x"}]}
        a hears
        a: {"id":1,"method":"transact","params":["D",{"op":"wait","timeout":0,"table":"T","where":[["name","==","q"]],"columns":["n"],"until":"==","rows":[{"n":1}]}]}
        "#,
    );
}

#[test]
fn a_wait_is_cancelled_without_a_word() {
    check(
        r#"
        a: {"id":[1,{"a":1,"b":2}],"method":"transact","params":["D",{"op":"wait","table":"T","where":[["name","==","q"]],"columns":["n"],"until":"==","rows":[{"n":1}]}]}
        a: {"id":null,"method":"cancel","params":[7]}
        a: {"id":[1.0,{"b":2,"a":1}],"method":"transact","params":["D"]}
        b: {"id":null,"method":"cancel","params":[[1,{"a":1,"b":2}]]}
        a: {"id":null,"method":"cancel","params":[[1,{"b":2,"a":1.0}]]}
        a: {"id":[1,{"a":1,"b":2}],"method":"transact","params":["D"]}
        b: {"id":1,"method":"transact","params":["D",{"op":"insert","table":"T","row":{"name":"q","n":1}}]}
        "#,
    );
}

#[test]
fn who_goes_waits_no_more() {
    check(
        r#"
        a: {"id":1,"method":"transact","params":["D",{"op":"wait","table":"T","where":[["name","==","q"]],"columns":["n"],"until":"==","rows":[{"n":1}]},{"op":"insert","table":"T","row":{"name":"r"}}]}
        a: {"id":2,"method":"lock","params":["l"]}
        b: {"id":2,"method":"lock","params":["l"]}
        a gone
        b hears
        b: {"id":1,"method":"transact","params":["D",{"op":"insert","table":"T","row":{"name":"q","n":1}}]}
        b: {"id":1,"method":"transact","params":["D",{"op":"select","table":"T","where":[],"columns":["name"]}]}
        "#,
    );
}
