//! Which values do random requests hold: mostly of the column's type and within its bounds, and of few kinds, so that they meet?

use super::schema::{Base, Type};
use super::source::Source;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// What values can refer to.
pub(crate) struct Values {
    /// The rows that the transaction at hand inserts: table and name.
    pub(crate) names: Vec<(&'static str, String)>,
    /// By table the rows that were inserted, if all went well: UUIDs, or what stands for them.
    rows: BTreeMap<&'static str, Vec<String>>,
    integers: &'static [i64],
}

const INTEGERS: [i64; 16] = [0, 1, 1, 2, 2, 3, 4, 5, 7, -1, -3, 15, 21, 1000, i64::MAX, i64::MIN];
const REALS: [f64; 10] = [0.0, 1.0, 1.0, 2.0, 0.5, -1.5, 8.5, 4.0, -2.0, 1e300];
const STRINGS: [&str; 9] = ["", "a", "a", "b", "c", "ab", "x\"y", "\u{fc}", "longer than three"];

/// How many rows the generator thinks of: the others were most likely deleted.
const ROWS_MAX: usize = 8;

impl Values {
    pub(crate) fn new(without_smallest: bool) -> Values {
        let count = INTEGERS.len() - usize::from(without_smallest);
        Values { names: Vec::new(), rows: BTreeMap::new(), integers: &INTEGERS[..count] }
    }

    pub(crate) fn remember(&mut self, table: &'static str, uuid: String) {
        let rows = self.rows.entry(table).or_default();
        rows.push(uuid);
        if rows.len() > ROWS_MAX {
            rows.remove(0);
        }
    }

    /// One of few UUIDs, others for each table: a real server takes a strong reference to a row of another table that has the UUID of the row that it
    /// is in for one to itself, and does not look whether there is such a row.
    pub(crate) fn fixed(source: &mut dyn Source, table: &str) -> String {
        let number = table.bytes().fold(0u16, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte.into()));
        format!("1234abcd-{number:04x}-4000-8000-00000000000{}", source.below(6))
    }

    /// One of few names of rows.
    pub(crate) fn name(&self, source: &mut dyn Source) -> String {
        format!("p{}", source.below(12))
    }

    /// A reference to a row of a table, which may have been deleted.
    pub(crate) fn reference(&self, source: &mut dyn Source, table: &str) -> Value {
        let names: Vec<&String> = self.names.iter().filter(|n| n.0 == table).map(|n| &n.1).collect();
        if !names.is_empty() && source.below(3) < 2 {
            return json!(["named-uuid", names[source.below(names.len())]]);
        }
        match self.rows.get(table) {
            _ if source.once_in(50) => json!(["named-uuid", "nobody"]),
            Some(rows) if !source.once_in(15) => json!(["uuid", rows[source.below(rows.len())]]),
            _ => json!(["uuid", Values::fixed(source, table)]),
        }
    }

    /// A value of this type, seldom one that it does not allow.
    pub(crate) fn value(&self, source: &mut dyn Source, type_: &Type) -> Value {
        if type_.is_scalar() {
            return self.atom(source, &type_.key);
        }
        let max = type_.max.min(4);
        // references are costly to satisfy
        let max =
            if type_.key.refers.is_some() && !source.once_in(3) { max.min(type_.min.max(1)) } else { max };
        let mut count = type_.min + source.below(max - type_.min + 1);
        if source.once_in(80) {
            count = type_.max.saturating_add(1).min(9);
        }
        let mut elements = Vec::new();
        let mut keys = Vec::new();
        for _ in 0..count {
            let key = self.atom(source, &type_.key);
            if keys.contains(&key) && !source.once_in(80) {
                continue;
            }
            keys.push(key.clone());
            elements.push(match &type_.value {
                Some(base) => json!([key, self.atom(source, base)]),
                None => key,
            });
        }
        if type_.value.is_some() {
            return json!(["map", elements]);
        }
        if elements.len() == 1 && source.once_in(2) { elements.remove(0) } else { json!(["set", elements]) }
    }

    fn atom(&self, source: &mut dyn Source, base: &Base) -> Value {
        if !base.enumeration.is_empty() && !source.once_in(50) {
            return base.enumeration[source.below(base.enumeration.len())].clone();
        }
        // a few tries to stay within the bounds
        let tries = if source.once_in(50) { 1 } else { 8 };
        let fits = |measure: f64| base.range.0 <= measure && measure <= base.range.1;
        let (mut atom, mut done) = (Value::Null, false);
        for _ in 0..tries {
            if done {
                break;
            }
            (atom, done) = match base.atom.as_str() {
                "integer" => {
                    let n = self.integers[source.below(self.integers.len())];
                    (json!(n), fits(n as f64))
                }
                "real" => {
                    let n = REALS[source.below(REALS.len())];
                    (json!(n), fits(n))
                }
                "boolean" => (json!(source.once_in(2)), true),
                "string" => {
                    let text = STRINGS[source.below(STRINGS.len())];
                    (json!(text), fits(text.chars().count() as f64))
                }
                _ => match &base.refers {
                    Some((table, _)) => (self.reference(source, table), true),
                    None if source.once_in(2) => (json!(["uuid", Values::fixed(source, "Root")]), true),
                    None => (self.reference(source, "Root"), true),
                },
            };
        }
        atom
    }
}
