//! When do two servers say the same: apart from the UUIDs that they chose themselves, and from the order in which monitors are told.

use super::peers::Heard;
use serde_json::Value;

/// How the UUIDs begin that the tests choose.
pub(super) const CHOSEN: &str = "00000000-0000-";

/// What was heard, in a form in which equal things look equal.
pub(super) fn plain(heard: &Heard) -> String {
    let mut told = Vec::new();
    for (client, message) in &heard.told {
        let mut message = anonymous(message);
        let updates = message["params"].as_array_mut().unwrap().last_mut().unwrap();
        if says_something(updates) {
            told.push(format!("{client}: {message}"));
        }
    }
    told.sort();
    let mut reply = anonymous(&heard.reply);
    if let Some(updates) = reply.get_mut(2) {
        says_something(updates);
    }
    told.insert(0, reply.to_string());
    told.join("\n")
}

/// Whether anything remains when modifications without columns are taken out. ovsdb-server reports such when a column has changed that only
/// conditions look at, also those of other clients; that is not worth a message.
fn says_something(updates: &mut Value) -> bool {
    let Some(tables) = updates.as_object_mut() else { return true };
    for rows in tables.values_mut().filter_map(Value::as_object_mut) {
        rows.retain(|_, row| *row != serde_json::json!({"modify": {}}));
    }
    tables.retain(|_, rows| rows.as_object().is_none_or(|rows| !rows.is_empty()));
    !tables.is_empty()
}

fn anonymous(value: &Value) -> Value {
    match value {
        Value::String(text) => Value::String(without_uuids(text)),
        Value::Array(items) => items.iter().map(anonymous).collect(),
        Value::Object(members) => {
            members.iter().map(|(key, value)| (without_uuids(key), anonymous(value))).collect()
        }
        other => other.clone(),
    }
}

fn without_uuids(text: &str) -> String {
    let is_uuid = |part: &str| part.parse::<ovsdb_proto::value::Uuid>().is_ok() && !part.starts_with(CHOSEN);
    match text {
        _ if is_uuid(text) => "?".to_owned(),
        _ => text.to_owned(),
    }
}
