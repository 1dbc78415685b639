//! What do the UUIDs of a server stand for, and when do two answers say the same?

use serde_json::{Value, json};
use std::collections::HashMap;

/// The rows of one server, by what requests call them (`@SERIAL.OPERATION`) and by UUID.
#[derive(Default)]
pub(crate) struct Names {
    uuids: HashMap<String, String>,
    labels: HashMap<String, String>,
}

/// A row that was never made.
const NOBODY: &str = "1234abcd-dead-4000-8000-000000000000";

impl Names {
    /// Puts the UUIDs of this server into what is to be sent.
    pub(crate) fn fill_in(&self, json: &mut Value) {
        match json {
            Value::String(text) if text.starts_with('@') => {
                *text = self.uuids.get(text).map_or(NOBODY, String::as_str).to_owned();
            }
            Value::Array(items) => items.iter_mut().for_each(|item| self.fill_in(item)),
            Value::Object(members) => members.values_mut().for_each(|member| self.fill_in(member)),
            _ => {}
        }
    }

    /// Takes note of the rows that a transaction inserted.
    pub(crate) fn learn(&mut self, serial: usize, operations: &[Value], results: &Value) {
        for (i, operation) in operations.iter().enumerate() {
            if let (None, Some(uuid)) = (operation.get("uuid"), results[i]["uuid"][1].as_str()) {
                let label = format!("@{serial}.{i}");
                self.uuids.insert(label.clone(), uuid.to_owned());
                self.labels.insert(uuid.to_owned(), label);
            }
        }
    }

    /// Brings what a server said into a form in which what means the same looks the same.
    pub(crate) fn canonical(&self, json: &Value) -> Value {
        match json {
            Value::String(text) => Value::String(self.rename(text)),
            Value::Number(n) => match n.as_f64() {
                // a real server tells zeros of two signs, ours of one
                Some(real) if !n.is_i64() => json!(format!("{:.13e}", real + 0.0)),
                // a whole real number is written like an integer
                _ => json!(format!("{:.13e}", n.as_i64().unwrap() as f64)),
            },
            Value::Array(items) => {
                let mut items: Vec<Value> = items.iter().map(|item| self.canonical(item)).collect();
                if let [Value::String(tag), Value::Array(elements)] = items.as_mut_slice()
                    && matches!(tag.as_str(), "set" | "map")
                {
                    elements.sort_by_cached_key(Value::to_string);
                }
                Value::Array(items)
            }
            Value::Object(members) => {
                let member = |(name, member): (&String, &Value)| {
                    let member = match name.as_str() {
                        "_version" => json!("a version"),
                        _ => self.canonical(member),
                    };
                    (self.rename(name), member)
                };
                let mut members: serde_json::Map<String, Value> = members.iter().map(member).collect();
                if let Some(Value::Array(rows)) = members.get_mut("rows") {
                    rows.sort_by_cached_key(Value::to_string);
                }
                Value::Object(members)
            }
            other => other.clone(),
        }
    }

    /// A text with each UUID replaced by what it stands for.
    fn rename(&self, text: &str) -> String {
        if text.len() < 36 {
            return text.to_owned();
        }
        let mut out = String::new();
        let mut rest = text;
        while let Some(at) = (0..rest.len()).find(|at| rest.get(*at..at + 36).is_some_and(is_uuid)) {
            let (before, uuid) = (&rest[..at], &rest[at..at + 36]);
            out += before;
            let known = uuid.starts_with("1234abcd-") || uuid.starts_with("00000000-");
            out += self.labels.get(uuid).map_or(if known { uuid } else { "?" }, String::as_str);
            rest = &rest[at + 36..];
        }
        out + rest
    }
}

fn is_uuid(text: &str) -> bool {
    text.bytes().enumerate().all(|(i, byte)| match i {
        8 | 13 | 18 | 23 => byte == b'-',
        _ => byte.is_ascii_hexdigit(),
    })
}
