//! Does the walk yield every row and column, whatever is read of them, and refuse everything else?

use super::*;
use crate::monitor::AtomRef;
use proptest::prelude::*;
use std::fmt::Write;

const A: &str = "00000000-0000-4000-8000-00000000000a";
const B: &str = "00000000-0000-4000-8000-00000000000B";

fn atom(out: &mut String, atom: &AtomRef<'_>) {
    match atom {
        AtomRef::Integer(n) => write!(out, "{n}"),
        AtomRef::Real(n) => write!(out, "{n:?}"),
        AtomRef::Boolean(b) => write!(out, "{b}"),
        AtomRef::String(s) => write!(out, "{s:?}"),
        AtomRef::Uuid(u) => {
            write!(out, "{}", u.to_string().trim_start_matches("00000000-0000-4000-8000-00000000000"))
        }
    }
    .unwrap();
}

/// Everything that a walk yields, as text. Only values for whose number `read` says so are read, sets and maps up to `most` elements.
fn walk(
    json: &str,
    format: UpdateFormat,
    read: impl Fn(usize) -> bool,
    most: usize,
) -> Result<String, DatumError> {
    let (mut out, mut n) = (String::new(), 0);
    let mut updates = Updates::new(json.as_bytes(), format)?;
    while let Some(table) = updates.next_table()? {
        write!(out, "{table}(").unwrap();
        while let Some((uuid, change)) = updates.next_row()? {
            let mut name = String::new();
            atom(&mut name, &AtomRef::Uuid(uuid));
            write!(out, "{name} {change:?} ").unwrap();
            loop {
                while let Some(column) = updates.next_column()? {
                    n += 1;
                    write!(out, "{column}").unwrap();
                    if read(n) {
                        out.push('=');
                        value(&mut out, updates.value()?, most)?;
                    }
                    out.push(' ');
                }
                if !updates.begin_old()? {
                    break;
                }
                out.push_str("was ");
            }
        }
        out.push(')');
    }
    assert_eq!(updates.next_table(), Ok(None));
    Ok(out)
}

fn value(out: &mut String, value: DatumRef<'_, '_>, most: usize) -> Result<(), DatumError> {
    match value {
        DatumRef::Atom(one) => atom(out, &one),
        DatumRef::Set(mut set) => {
            out.push('{');
            for _ in 0..most {
                let Some(one) = set.next()? else { break };
                atom(out, &one);
                out.push(',');
            }
            out.push('}');
        }
        DatumRef::Map(mut map) => {
            out.push('<');
            for _ in 0..most {
                let Some((key, value)) = map.next()? else { break };
                atom(out, &key);
                out.push(':');
                atom(out, &value);
                out.push(',');
            }
            out.push('>');
        }
    }
    Ok(())
}

fn check(format: UpdateFormat, json: &str, expected: &str) {
    let json = json.replace("$A", A).replace("$B", B);
    assert_eq!(walk(&json, format, |_| true, usize::MAX).as_deref(), Ok(expected), "{json}");
    // the same with white space everywhere
    let mut spaced = String::new();
    let mut string = false;
    for c in json.chars() {
        string ^= c == '"';
        let pad = !string && matches!(c, '{' | '}' | '[' | ']' | ',' | ':' | '"');
        spaced.push_str(if pad && c != '"' { " \t" } else { "" });
        spaced.push(c);
        spaced.push_str(if pad { "\n " } else { "" });
    }
    assert_eq!(walk(&spaced, format, |_| true, usize::MAX).as_deref(), Ok(expected), "{spaced}");
    // leaving values out, or reading only the first element, does not put the walk out of step
    for json in [&json, &spaced] {
        let skeleton = walk(json, format, |_| false, 0).unwrap();
        for modulus in 2..5 {
            for most in [0, 1, 2, usize::MAX] {
                let text = walk(json, format, |n| n % modulus == 0, most).unwrap();
                let columns: String = text
                    .split(' ')
                    .map(|w| w.split_once('=').map_or(w, |(name, _)| name))
                    .collect::<Vec<_>>()
                    .join(" ");
                assert_eq!(columns, skeleton, "{json}");
            }
        }
    }
}

#[test]
fn updates_of_the_second_format_are_walked() {
    use UpdateFormat::Update2;
    check(Update2, "{}", "");
    check(Update2, r#"{"T":{},"U":{}}"#, "T()U()");
    check(
        Update2,
        r#"{"T":{"$A":{"initial":{"n":1,"r":1.5,"b":true,"s":"x","u":["uuid","$B"]}},"$B":{"delete":null}}}"#,
        r#"T(a Initial n=1 r=1.5 b=true s="x" u=b b Delete )"#,
    );
    check(
        Update2,
        r#"{"T":{"$A":{"insert":{"e":["set",[]],"s":["set",[["uuid","$A"],["uuid","$B"]]],"i":["set",[1,2]]}}}}"#,
        "T(a Insert e={} s={a,b,} i={1,2,} )",
    );
    check(
        Update2,
        r#"{"T":{"$A":{"modify":{"m":["map",[["k","v"],["l",["uuid","$A"]]]],"e":["map",[]],"z":0}}},"U":{"$B":{"insert":{}}}}"#,
        r#"T(a Modify m=<"k":"v","l":a,> e=<> z=0 )U(b Insert )"#,
    );
    check(Update2, r#"{"T":{"$A":{"delete":{"n":1}}}}"#, "T(a Delete n=1 )");
}

#[test]
fn updates_of_the_first_format_are_walked() {
    use UpdateFormat::Update;
    check(
        Update,
        r#"{"T":{"$A":{"new":{"n":1}},"$B":{"old":{"n":2}}},"U":{"$A":{"old":{"n":3},"new":{"n":4,"s":["set",[5]]}}}}"#,
        "T(a Insert n=1 b Delete n=2 )U(a Replace n=4 s={5,} was n=3 )",
    );
    check(
        Update,
        r#"{"T":{"$A":{"new":{"n":1,"m":["map",[]]},"old":{"n":2}},"$B":{"new":{}}}}"#,
        "T(a Replace n=1 m=<> was n=2 b Insert )",
    );
}

#[test]
fn rows_and_tables_can_be_left() {
    let json = format!(
        r#"{{"T":{{"{A}":{{"insert":{{"m":["map",[["a","b"]]]}}}},"{B}":{{"delete":null}}}},"U":{{}}}}"#
    );
    for read in 0..5 {
        let mut updates = Updates::new(json.as_bytes(), UpdateFormat::Update2).unwrap();
        assert_eq!(updates.next_table().unwrap().as_deref(), Some("T"));
        if read > 0 {
            updates.next_row().unwrap().unwrap();
        }
        if read > 1 {
            updates.next_column().unwrap().unwrap();
        }
        if read > 2
            && let DatumRef::Map(mut map) = updates.value().unwrap()
            && read > 3
        {
            map.next().unwrap().unwrap();
        }
        let mut second = updates.clone();
        assert_eq!(updates.next_table().unwrap().as_deref(), Some("U"));
        assert_eq!(updates.next_table(), Ok(None));
        if read > 0 {
            assert_eq!(second.next_row(), Ok(Some((B.parse().unwrap(), RowChange::Delete))));
            assert_eq!(second.next_column(), Ok(None));
            assert_eq!(second.next_row(), Ok(None));
            assert_eq!(second.next_row(), Ok(None));
            assert_eq!(second.next_table().unwrap().as_deref(), Some("U"));
        }
    }
}

#[test]
fn malformed_updates_are_refused_with_their_place() {
    use UpdateFormat::{Update, Update2};
    let json = |kind: JsonErrorKind, offset| DatumError::Json(JsonError { kind, offset });
    let what = |what, offset| json(JsonErrorKind::Expected(what), offset);
    let row = |rest: &str| format!(r#"{{"T":{{"{A}":{rest}}}}}"#);
    let column = |value: &str| row(&format!(r#"{{"insert":{{"c":{value}}}}}"#));
    let check = |format, text: &str, error| assert_eq!(walk(text, format, |_| true, 9), Err(error), "{text}");
    check(Update2, "[]", what("an object", 0));
    check(Update2, "{} x", what("the end", 3));
    check(Update2, r#"{"T":[]}"#, what("an object", 5));
    check(Update2, r#"{"T":{"x":{}}}"#, DatumError::Uuid { offset: 6 });
    check(Update2, &row("{}"), what("`initial`, `insert`, `delete` or `modify`", 46));
    check(Update2, &row(r#"{"new":{}}"#), what("`initial`, `insert`, `delete` or `modify`", 46));
    check(Update2, &row(r#"{"insert":null}"#), what("an object", 55));
    check(Update2, &row(r#"{"insert":{},"modify":{}}"#), what("one change of a row", 57));
    check(Update, &row("{}"), what("`old` or `new`", 47));
    check(Update, &row(r#"{"insert":{}}"#), what("`old` or `new`", 46));
    check(Update, &row(r#"{"new":{},"new":{}}"#), what("`old` or `new`", 54));
    check(Update, &row(r#"{"new":[]}"#), what("an object", 52));
    check(Update2, &column("null"), what("an array", 60));
    check(Update2, &column("[]"), DatumError::Form { expected: "set", offset: 60 });
    check(Update2, &column("[1,2]"), DatumError::Form { expected: "set", offset: 60 });
    check(Update2, &column(r#"["list",[]]"#), DatumError::Form { expected: "uuid", offset: 60 });
    check(Update2, &column(r#"["set",[],1]"#), DatumError::Form { expected: "set", offset: 70 });
    check(Update2, &column(r#"["set"]"#), DatumError::Form { expected: "set", offset: 67 });
    check(Update2, &column(r#"["set",1]"#), what("an array", 67));
    check(Update2, &column(r#"["map",[[1]]]"#), DatumError::Form { expected: "pair", offset: 71 });
    check(Update2, &column(r#"["map",[[1,2,3]]]"#), DatumError::Form { expected: "pair", offset: 73 });
    check(Update2, &column(r#"["uuid","x"]"#), DatumError::Uuid { offset: 68 });
    check(
        Update2,
        &column(&format!(r#"["uuid","{A}",1]"#)),
        DatumError::Form { expected: "uuid", offset: 60 },
    );
    check(Update2, &column(r#"["set",[{}]]"#), what("an array", 68));
    check(Update2, &column("1").replace("}}}}", "}}"), json(JsonErrorKind::UnexpectedEnd, 63));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(500) })]

    #[test]
    fn damaged_updates_never_panic_or_loop(at in 0usize..400, byte in prop::sample::select(&b"{}[]\",:x 0\\\xff"[..]), cut: bool) {
        let text = format!(
            r#"{{"T":{{"{A}":{{"insert":{{"m":["map",[["k","v"],["l",["uuid","{A}"]]]],"s":["set",[1,2]]}}}},"{B}":{{"delete":null}}}}}}"#
        );
        let mut bytes = text.into_bytes();
        let at = at % bytes.len();
        bytes[at] = byte;
        if cut {
            bytes.truncate(at);
        }
        let text = String::from_utf8_lossy(&bytes);
        for format in [UpdateFormat::Update, UpdateFormat::Update2] {
            for modulus in 1..4 {
                let _ = walk(&text, format, |n| n % modulus == 0, modulus);
            }
        }
    }
}
