//! The same parts come out however the bytes of a message arrive, and broken messages are refused.

use super::*;
use crate::json::Reader;
use proptest::prelude::*;

/// The parts of `message`, of which `piece` bytes arrive at a time, as text; and how many bytes
/// were held at most.
fn split(message: &[u8], pieces: &[usize], depth: u32) -> Result<(Vec<String>, usize), PartError> {
    let (mut splitter, mut found, mut held) = (Splitter::new(1000), Vec::new(), 0);
    let (mut buf, mut rest, mut i) = (Vec::new(), message, 0);
    while !rest.is_empty() {
        let (piece, after) = rest.split_at(pieces[i % pieces.len()].clamp(1, rest.len()));
        (rest, i) = (after, i + 1);
        buf.extend_from_slice(piece);
        let mut at = 0;
        while let Some(part) = splitter.next(&buf, &mut at, depth)? {
            let text = |range: Range<usize>| String::from_utf8_lossy(&buf[range]).into_owned();
            found.push(match part {
                Part::Array => "[".to_owned(),
                Part::Object => "{".to_owned(),
                Part::Key(range) => format!("{}:", text(range)),
                Part::Value(range) => text(range),
                Part::End => "end".to_owned(),
            });
        }
        buf.drain(..at);
        held = held.max(buf.len());
    }
    assert_eq!(splitter.offset() + buf.len() as u64, message.len() as u64);
    if !splitter.is_done() {
        found.push("...".to_owned());
    }
    Ok((found, held))
}

fn check(message: &str, depth: u32, expect: &[&str]) {
    for piece in 1..=message.len() {
        let (found, _) = split(message.as_bytes(), &[piece], depth).unwrap();
        assert_eq!(found, expect, "{message} in pieces of {piece}");
        let (found, _) = split(message.as_bytes(), &[piece, message.len()], depth).unwrap();
        assert_eq!(found, expect, "{message} split at {piece}");
    }
}

#[test]
fn parts_come_out_at_every_split() {
    let reply = r#"{"id": 7, "result":[{"rows":[{"a":"]}\"\\"} , {"a":["set",[]]}]},null],"error":null}"#;
    let all = [
        "{",
        "\"id\":",
        "7",
        "\"result\":",
        "[",
        "{",
        "\"rows\":",
        "[",
        r#"{"a":"]}\"\\"}"#,
        r#"{"a":["set",[]]}"#,
        "end",
        "end",
        "null",
        "end",
        "\"error\":",
        "null",
        "end",
    ];
    check(reply, 4, &all);
    let shallow = [
        "{",
        "\"id\":",
        "7",
        "\"result\":",
        r#"[{"rows":[{"a":"]}\"\\"} , {"a":["set",[]]}]},null]"#,
        "\"error\":",
        "null",
        "end",
    ];
    check(reply, 1, &shallow);
    check(" [ ] ", 1, &["[", "end"]);
    check("{}", 0, &["{}"]);
    check("[-1.5e3,true,\"\\\"\",{}]", 2, &["[", "-1.5e3", "true", "\"\\\"\"", "{", "end", "end"]);
    check("[[1],", 2, &["[", "[", "1", "end", "..."]);
}

#[test]
fn only_what_has_not_ended_is_held() {
    let rows = vec![r#"{"name":"x","ports":[]}"#; 10_000].join(",");
    let message = format!(r#"{{"result":[{{"rows":[{rows}]}}]{}}}"#, " ".repeat(100_000));
    let (found, held) = split(message.as_bytes(), &[100], 4).unwrap();
    assert_eq!(found.len(), 10_000 + 10);
    assert!(held < 100, "{held}");
}

#[test]
fn broken_messages_are_refused_where_they_break() {
    let refused = |message: &str, text: &str| {
        for piece in 1..=message.len() {
            let error = split(message.as_bytes(), &[piece], 3).unwrap_err();
            assert_eq!(error.to_string(), text, "{message} in pieces of {piece}");
        }
    };
    refused("{1:2}", "expected a key at offset 1, found byte 0x31");
    refused("{\"a\" 1}", "expected `:` at offset 5, found byte 0x31");
    refused("{\"a\":1]", "expected `,` or `}` at offset 6, found byte 0x5d");
    refused("[1}", "expected `,` or `]` at offset 2, found byte 0x7d");
    refused("[1 2]", "expected `,` or `]` at offset 3, found byte 0x32");
    refused("[,", "expected a value at offset 1, found byte 0x2c");
    refused("[1,]", "expected a value at offset 3, found byte 0x5d");
    refused("{\"a\":1,}", "expected a key at offset 7, found byte 0x7d");
    refused("[\"a\nb\"]", "expected an escaped control character at offset 3, found byte 0x0a");
    refused(
        &format!("[[{}", "[".repeat(DEPTH_MAX as usize + 2)),
        "message nests deeper than 200 levels at offset 203",
    );
}

#[test]
fn a_value_has_a_limit_and_a_message_has_none() {
    let limited = |message: &[u8], limit: usize| {
        let (mut splitter, mut at) = (Splitter::new(limit), 0);
        while splitter.next(message, &mut at, 1)?.is_some() {}
        Ok(splitter.is_done())
    };
    let fits = br#"["aaaaaaaa",[1,2,3,4.],1234567890,{"a":[1,2]}]"#;
    assert_eq!(limited(fits, 11), Ok(true));
    for too_long in ["[\"aaaaaaaaaa", "[[1,2,3,4,5,", "[123456789012", "[{\"a\":[1,2,3"] {
        assert_eq!(limited(too_long.as_bytes(), 10), Err(PartError::TooLong { offset: 1, limit: 10 }));
    }
}

/// What a reader of the whole text finds.
fn naive(r: &mut Reader<'_>, depth: u32, found: &mut Vec<String>) {
    use crate::json::Kind;
    match r.peek().unwrap() {
        Kind::Array if depth > 0 => {
            found.push("[".to_owned());
            r.begin_array().unwrap();
            while r.next_element().unwrap() {
                naive(r, depth - 1, found);
            }
            found.push("end".to_owned());
        }
        Kind::Object if depth > 0 => {
            found.push("{".to_owned());
            r.begin_object().unwrap();
            while let Some(key) = r.next_key().unwrap() {
                let mut text = Vec::new();
                crate::json::Writer::new(&mut text).string(&key);
                found.push(format!("{}:", String::from_utf8(text).unwrap()));
                naive(r, depth - 1, found);
            }
            found.push("end".to_owned());
        }
        _ => found.push(String::from_utf8(r.skip().unwrap().to_vec()).unwrap()),
    }
}

fn json() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("null".to_owned()),
        Just("true".to_owned()),
        any::<i32>().prop_map(|n| n.to_string()),
        "[a-z\\]}]{0,40}".prop_map(|s| format!("\"{s}\\\"\"")),
    ];
    leaf.prop_recursive(6, 60, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(|v| format!("[{}]", v.join(" ,"))),
            prop::collection::vec(("[a-z]{1,3}", inner), 0..5).prop_map(|v| {
                let members: Vec<String> = v.iter().map(|(k, v)| format!("\"{k}\":{v}")).collect();
                format!("{{{}}}", members.join(", "))
            }),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(500) })]

    #[test]
    fn any_split_finds_what_a_reader_finds(
        value in json(),
        pieces in prop::collection::vec(1usize..50, 1..10),
        depth in 1u32..6,
    ) {
        let message = format!("[{value}]");
        let mut expect = Vec::new();
        naive(&mut Reader::new(message.as_bytes()), depth, &mut expect);
        prop_assert_eq!(split(message.as_bytes(), &pieces, depth).unwrap().0, expect);
    }
}
