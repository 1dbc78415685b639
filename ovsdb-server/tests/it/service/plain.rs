//! What a message says, without what may differ between two servers that mean the same: UUIDs, times, and the order of members and rows.

use serde_json::Value;

/// The message with all UUIDs alike, members sorted, and rows sorted.
pub(super) fn plain(message: &str) -> String {
    let value: Value = serde_json::from_str(message).unwrap_or_else(|e| panic!("{e}: {message}"));
    let mut out = String::new();
    write(&value, &mut out);
    out
}

fn write(value: &Value, out: &mut String) {
    let text = |value: &Value| {
        let mut out = String::new();
        write(value, &mut out);
        out
    };
    match value {
        Value::Object(members) => {
            let members = members.iter();
            let mut members: Vec<String> = members
                .map(|(key, value)| {
                    let mut value = value.clone();
                    if let ("rows", Value::Array(rows)) = (&**key, &mut value) {
                        rows.sort_by_key(text);
                    }
                    format!("{}:{}", text(&Value::String(key.clone())), text(&value))
                })
                .collect();
            members.sort();
            *out += &format!("{{{}}}", members.join(","));
        }
        Value::Array(elements) => {
            *out += &format!("[{}]", elements.iter().map(text).collect::<Vec<_>>().join(","));
        }
        // JSON has one kind of number
        Value::Number(number) => *out += &number.as_f64().unwrap().to_string(),
        // how long it really took
        Value::String(string) if string.starts_with("\"wait\" timed out after") => *out += "\"timed out\"",
        Value::String(string) => *out += &Value::String(without_uuids(string)).to_string(),
        other => *out += &other.to_string(),
    }
}

fn without_uuids(text: &str) -> String {
    let is_uuid = |at: usize| {
        text.as_bytes().get(at..at + 36).is_some_and(|part| {
            part.iter().enumerate().all(|(i, byte)| match i {
                8 | 13 | 18 | 23 => *byte == b'-',
                _ => byte.is_ascii_hexdigit(),
            })
        })
    };
    let mut out = String::new();
    let mut at = 0;
    while let Some(c) = text[at..].chars().next() {
        if is_uuid(at) {
            out += "UUID";
            at += 36;
        } else {
            out.push(c);
            at += c.len_utf8();
        }
    }
    out
}

#[test]
fn uuids_and_order_make_no_difference() {
    let a = r#"{"b":["x 01234567-89ab-cdef-0123-456789abcdef"],"rows":[2,1]}"#;
    let b = r#"{"rows":[1,2],"b":["x 11111111-2222-3333-4444-555555555555"]}"#;
    assert_eq!(plain(a), plain(b));
    assert_eq!(plain(a), r#"{"b":["x UUID"],"rows":[1,2]}"#);
}
