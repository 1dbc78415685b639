//! When do two servers say the same: UUIDs differ but mean the same rows, and rows come in any order.

use serde_json::Value;
use std::collections::HashMap;

/// What the UUIDs that the two servers chose stand for.
#[derive(Default)]
pub(crate) struct Names {
    ours: HashMap<String, String>,
    theirs: HashMap<String, String>,
    given: Vec<String>,
}

impl Names {
    /// Takes note of the rows that were inserted and of the UUIDs that the test itself uses.
    pub(crate) fn learn(&mut self, operations: &str, ours: &Value, theirs: &Value) {
        self.given.extend(uuids(operations).map(|(at, _)| operations[at..at + 36].to_owned()));
        for (a, b) in ours.as_array().into_iter().flatten().zip(theirs.as_array().into_iter().flatten()) {
            if let (Some(a), Some(b)) = (a["uuid"][1].as_str(), b["uuid"][1].as_str())
                && !self.given.iter().any(|given| given == a)
            {
                let name = format!("row{}", self.ours.len());
                self.ours.insert(a.to_owned(), name.clone());
                self.theirs.insert(b.to_owned(), name);
            }
        }
    }

    /// Brings results into a form in which equal ones look equal.
    pub(crate) fn canonical(&self, value: &mut Value, ours: bool) {
        match value {
            Value::String(text) => {
                *text = self.renamed(text, ours);
                if let Some((table, rest)) =
                    text.split_once(" row ").filter(|t| t.0.starts_with("cannot delete"))
                    && let Some((_, because)) = rest.split_once(' ')
                {
                    // of several, whichever is found first
                    *text = format!("{table} row {because}");
                }
                if let Some((start, rest)) = text.split_once("First row, with UUID ")
                    && let Some((first, second)) = rest.split_once(".  Second row, with UUID ")
                {
                    // whichever comes first
                    let mut rows = [first, second.trim_end_matches('.')];
                    rows.sort_unstable();
                    *text = format!("{start}{}; {}", rows[0], rows[1]);
                }
            }
            Value::Array(items) => {
                items.iter_mut().for_each(|item| self.canonical(item, ours));
                if let [Value::String(tag), Value::Array(elements)] = items.as_mut_slice()
                    && matches!(tag.as_str(), "set" | "map")
                {
                    elements.sort_by_key(Value::to_string);
                }
            }
            Value::Object(members) => {
                members.values_mut().for_each(|member| self.canonical(member, ours));
                if let Some(Value::Array(rows)) = members.get_mut("rows") {
                    rows.sort_by_key(Value::to_string);
                }
            }
            _ => {}
        }
    }

    fn renamed(&self, text: &str, ours: bool) -> String {
        let names = if ours { &self.ours } else { &self.theirs };
        let mut out = String::new();
        let mut done = 0;
        for (at, uuid) in uuids(text) {
            out.push_str(&text[done..at]);
            done = at + 36;
            let given = self.given.iter().any(|given| given == uuid) || uuid.starts_with("00000000-0000");
            out.push_str(names.get(uuid).map_or(if given { uuid } else { "?" }, String::as_str));
        }
        out + &text[done..]
    }
}

/// The first result in which the two differ, of many rows only those that one of them lacks.
pub(crate) fn difference(ours: &Value, theirs: &Value) -> String {
    let none = Value::Null;
    let count = ours.as_array().map_or(0, Vec::len).max(theirs.as_array().map_or(0, Vec::len));
    let at = (0..count).find(|at| ours.get(*at) != theirs.get(*at)).unwrap_or(0);
    let [ours, theirs] = [ours, theirs].map(|results| results.get(at).unwrap_or(&none));
    let only = |a: &Value, b: &Value| match (&a["rows"], &b["rows"]) {
        (Value::Array(a), Value::Array(b)) => {
            Value::Array(a.iter().filter(|row| !b.contains(row)).cloned().collect()).to_string()
        }
        _ => a.to_string(),
    };
    format!("  result {at}, ours:   {}\n  result {at}, theirs: {}", only(ours, theirs), only(theirs, ours))
}

/// The UUIDs in a text and where they are.
fn uuids(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let is_uuid = |text: &str| text.parse::<ovsdb_proto::value::Uuid>().is_ok();
    (0..text.len()).filter_map(move |at| {
        let part = text.get(at..at + 36).filter(|part| is_uuid(part))?;
        Some((at, part))
    })
}
