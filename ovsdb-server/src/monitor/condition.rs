//! Which rows a monitor shows: conditions of which one must hold, arranged so that a long list of alternatives costs one look-up.

use super::MonitorError;
use super::canonical::elements;
use crate::engine::{self, Row, Scope};
use ovsdb_proto::json::Reader;
use ovsdb_proto::op::{Function, Matcher};
use ovsdb_proto::schema::{ColumnId, ColumnSet, TableSchema};
use ovsdb_proto::value::{DatumView, Packed};

/// The `where` of one table, in a form that is the same for lists that mean the same but for their order.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Condition {
    /// Every row.
    All,
    /// The rows that meet one of them.
    Any {
        /// By column, the values of which it must have one, sorted.
        equal: Vec<(ColumnId, Vec<Packed>)>,
        /// Other conditions.
        other: Vec<Matcher>,
    },
}

impl Condition {
    /// Reads an array of conditions and booleans (ovsdb-server(7) section 4.1.12). An empty one means every row.
    ///
    /// # Errors
    /// One of them is malformed or not for its column.
    pub(super) fn read(json: &[u8], table: &TableSchema, escaped: bool) -> Result<Condition, MonitorError> {
        let mut scope = Scope { named: &mut |_| None, escaped };
        let clauses = elements(&mut Reader::new(json))?;
        let mut all = clauses.is_empty();
        let mut conditions = Vec::new();
        for clause in clauses {
            match clause.trim_ascii() {
                b"true" => all = true,
                b"false" => {}
                clause => conditions.push(engine::condition(clause, table, &mut scope)?),
            }
        }
        if all {
            return Ok(Condition::All);
        }
        conditions.sort_unstable();
        conditions.dedup();
        let mut equal: Vec<(ColumnId, Vec<Packed>)> = Vec::new();
        let mut other = Vec::new();
        for condition in conditions {
            let matcher = Matcher::new(&condition, table);
            match equal.last_mut() {
                _ if matcher.function != Function::Eq => other.push(matcher),
                Some((column, values)) if *column == matcher.column => {
                    values.push(matcher.arg().into());
                }
                _ => equal.push((matcher.column, vec![matcher.arg().into()])),
            }
        }
        equal.iter_mut().for_each(|(_, values)| values.sort_unstable());
        Ok(Condition::Any { equal, other })
    }

    /// Whether the row is shown.
    pub(super) fn matches(&self, row: &Row, table: &TableSchema) -> bool {
        let Condition::Any { equal, other } = self else { return true };
        equal.iter().any(|(column, values)| {
            let is = |value: DatumView<'_>| {
                values.binary_search_by(|own| own.view().bytes().cmp(value.bytes())).is_ok()
            };
            row.read(table, *column).is_some_and(is)
        }) || other
            .iter()
            .any(|condition| row.read(table, condition.column).is_some_and(|value| condition.matches(value)))
    }

    /// The columns that it looks at.
    pub(super) fn columns(&self) -> ColumnSet {
        match self {
            Condition::All => ColumnSet::EMPTY,
            Condition::Any { equal, other } => {
                equal.iter().map(|e| e.0).chain(other.iter().map(|c| c.column)).collect()
            }
        }
    }
}
