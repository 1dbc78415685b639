//! Locks among several clients.

use super::check;

#[test]
fn locks_go_round() {
    check(
        r#"
        a: {"id":1,"method":"lock","params":["l"]}
        a: {"id":1,"method":"lock","params":["l"]}
        a: {"id":1,"method":"steal","params":["l"]}
        b: {"id":2,"method":"lock","params":["l"]}
        c: {"id":3,"method":"lock","params":["l"]}
        a: {"id":4,"method":"unlock","params":["l"]}
        a: {"id":4,"method":"unlock","params":["l"]}
        c: {"id":5,"method":"unlock","params":["l"]}
        b: {"id":6,"method":"unlock","params":["l"]}
        "#,
    );
}

#[test]
fn locks_are_stolen() {
    check(
        r#"
        a: {"id":1,"method":"lock","params":["l"]}
        b: {"id":1,"method":"steal","params":["l"]}
        c: {"id":1,"method":"steal","params":["l"]}
        c: {"id":2,"method":"unlock","params":["l"]}
        b: {"id":2,"method":"unlock","params":["l"]}
        a: {"id":2,"method":"unlock","params":["l"]}
        b: {"id":3,"method":"steal","params":["l"]}
        c: {"id":3,"method":"steal","params":["l"]}
        a: {"id":3,"method":"steal","params":["l"]}
        a: {"id":4,"method":"unlock","params":["l"]}
        c: {"id":4,"method":"unlock","params":["l"]}
        b: {"id":4,"method":"unlock","params":["l"]}
        "#,
    );
}

#[test]
fn who_goes_gives_its_locks_back() {
    check(
        r#"
        b: {"id":1,"method":"lock","params":["k"]}
        b: {"id":1,"method":"lock","params":["l"]}
        c: {"id":1,"method":"lock","params":["k"]}
        a: {"id":1,"method":"lock","params":["k"]}
        a: {"id":1,"method":"lock","params":["l"]}
        b gone
        a hears
        c: {"id":2,"method":"unlock","params":["k"]}
        "#,
    );
}

#[test]
fn locks_have_names() {
    check(
        r#"
        a: {"id":1,"method":"lock","params":[]}
        a: {"id":1,"method":"lock","params":[1]}
        a: {"id":1,"method":"steal","params":["a b"]}
        a: {"id":1,"method":"lock","params":["a",1]}
        a: {"id":1,"method":"lock","params":[""]}
        a: {"id":1,"method":"lock","params":["1a"]}
        a: {"id":1,"method":"unlock","params":[]}
        a: {"id":1,"method":"unlock","params":["q"]}
        a: {"id":1,"method":"lock","params":["_aZ9"]}
        "#,
    );
}

#[test]
fn transactions_assert_locks() {
    check(
        r#"
        a: {"id":1,"method":"transact","params":["D",{"op":"assert","lock":"l"}]}
        a: {"id":1,"method":"lock","params":["l"]}
        a: {"id":1,"method":"transact","params":["D",{"op":"assert","lock":"l"}]}
        b: {"id":1,"method":"lock","params":["l"]}
        b: {"id":1,"method":"transact","params":["D",{"op":"assert","lock":"l"}]}
        "#,
    );
}
