//! What long messages come to, however their bytes arrive.

use super::*;
use crate::frame::Splitter;

/// The events of `stream`, of which `piece` bytes arrive at a time.
fn events(stream: &str, piece: usize, awaited: Awaited, limit: usize) -> Result<Vec<String>, RpcError> {
    let (mut splitter, mut long) = (Splitter::new(1000), LongReply::new(limit));
    let (mut found, mut buf) = (Vec::new(), Vec::new());
    for bytes in stream.as_bytes().chunks(piece) {
        buf.extend_from_slice(bytes);
        let mut at = 0;
        while let Some(part) = splitter.next(&buf, &mut at, long.depth()).unwrap() {
            let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
            match long.push(part.of(&buf), awaited)? {
                Event::Nothing => {}
                Event::Row { operation, row } => found.push(format!("row {operation} {}", text(row))),
                Event::Result { operation, result } => {
                    found.push(format!("result {operation} {}", text(result)))
                }
                Event::Update { table, row, update } => {
                    found.push(format!("{} {} {}", text(table), text(row), text(update)));
                }
                Event::End { error } => found.push(format!("end {}", error.map(text).unwrap_or_default())),
                Event::Message(message) => found.push(text(message)),
            }
            if splitter.is_done() {
                splitter = Splitter::new(1000);
            }
        }
        buf.drain(..at);
    }
    Ok(found)
}

fn check(stream: &str, awaited: Awaited, expect: &[&str]) {
    for piece in 1..=stream.len() {
        assert_eq!(events(stream, piece, awaited, 1000).unwrap(), expect, "{stream} in pieces of {piece}");
    }
}

#[test]
fn rows_come_one_by_one() {
    let reply = r#"{"id":7,"result":[{"rows":[{"a":1} , {"a":[]}]},{"rows":[]},{},
        {"details":"d","error":"e"},null],"error":null}"#;
    let expect = [
        "row 0 {\"a\":1}",
        "row 0 {\"a\":[]}",
        "result 0 {\"rows\":[]}",
        "result 1 {\"rows\":[]}",
        "result 2 {}",
        "result 3 {\"details\":\"d\",\"error\":\"e\"}",
        "result 4 null",
        "end ",
    ];
    check(reply, Awaited::Rows(7), &expect);
    // the next message begins afresh
    check(&format!("{reply}{reply}"), Awaited::Rows(7), &[expect, expect].concat());
    check(r#"{"id":7,"result":[],"error":"x"}"#, Awaited::Rows(7), &["end \"x\""]);
}

#[test]
fn updates_come_one_by_one() {
    let tables = r#"{"T":{"1":{"new":{"a":1}},"2":{"new":{}}},"U":{}}"#;
    let expect = ["\"T\" \"1\" {\"new\":{\"a\":1}}", "\"T\" \"2\" {\"new\":{}}", "end "];
    check(&format!(r#"{{"id":1,"result":{tables},"error":null}}"#), Awaited::Updates(1), &expect);
    let since = format!(r#"{{"id":1,"result":[true,"x",{tables}],"error":null}}"#);
    check(&since, Awaited::Updates(1), &[&["result 0 true", "result 1 \"x\""], &expect[..]].concat());
}

#[test]
fn other_messages_come_whole() {
    for whole in [
        r#"{"id":6,"result":[{"rows":[{"a":1}]}],"error":null}"#,
        r#"{"id":7,"error":{"error":"e"},"result":null}"#,
        r#"{"id":7,"result":null,"error":{"error":"e"}}"#,
        r#"{"result":[{"rows":[{"a":1}]}],"id":7}"#,
        r#"{"id":"e","method":"echo","params":[[1,{"a":[]}]]}"#,
        r#"{"id":null,"method":"locked","params":["x"]}"#,
    ] {
        check(whole, Awaited::Rows(7), &[whole]);
    }
    check(
        r#"{"id":null,"method":"update","params":[null,{"T":{"1":{"new":{}}}}]}"#,
        Awaited::Nothing,
        &[r#"{"id":null,"method":"update","params":[]}"#],
    );
}

#[test]
fn what_is_kept_has_a_limit_and_rows_do_not_count() {
    let rows = vec![r#"{"a":1}"#; 1000].join(",");
    let reply = format!(r#"{{"id":7,"result":[{{"rows":[{rows}]}}],"error":null}}"#);
    assert_eq!(events(&reply, 50, Awaited::Rows(7), 100).unwrap().len(), 1002);
    let update = format!(r#"{{"id":null,"method":"update","params":[null,{{"T":[{rows}]}}]}}"#);
    assert_eq!(events(&update, 50, Awaited::Nothing, 100).unwrap().len(), 1);
    let members = (0..50).map(|i| format!(r#""{i}":1"#)).collect::<Vec<_>>().join(",");
    let many = format!(r#"{{"id":7,"result":[{{{members}}}]}}"#);
    assert_eq!(events(&many, 50, Awaited::Rows(7), 100), Err(RpcError::TooLong { limit: 100 }));
}

#[test]
fn what_does_not_fit_is_refused() {
    for wrong in [
        "[]",
        r#"{"id":7,"result":{}}"#,
        r#"{"id":7,"result":[[]]}"#,
        r#"{"id":7,"result":[{"rows":[],"rows":[]}]}"#,
        r#"{"id":7,"result":[],"result":[]}"#,
    ] {
        assert!(events(wrong, 3, Awaited::Rows(7), 100).is_err(), "{wrong}");
    }
    assert!(events(r#"{"id":7,"result":[true,{},1]}"#, 3, Awaited::Updates(7), 100).is_err());
}
