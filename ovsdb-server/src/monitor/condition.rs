//! Which rows a monitor shows: conditions of which one must hold, arranged so that a long list of alternatives costs one look-up.

use super::MonitorError;
use super::canonical::elements;
use crate::engine::Row;
use ovsdb_proto::json::{Kind, Reader};
use ovsdb_proto::op::{self, Function};
use ovsdb_proto::schema::{BaseType, ColumnId, ColumnSet, ColumnType, TableSchema};
use ovsdb_proto::value::{Atom, AtomType, Datum, DatumError, DuplicateError, read_atom};

/// The `where` of one table, in a form that is the same for lists that mean the same but for their order.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Condition {
    /// Every row.
    All,
    /// The rows that meet one of them.
    Any {
        /// By column, the values of which it must have one, sorted.
        equal: Vec<(ColumnId, Vec<Datum>)>,
        /// Other conditions.
        other: Vec<op::Condition>,
    },
}

impl Condition {
    /// Reads an array of conditions and booleans (ovsdb-server(7) section 4.1.12). An empty one means every row.
    ///
    /// # Errors
    /// One of them is malformed or not for its column.
    pub(super) fn read(json: &[u8], table: &TableSchema) -> Result<Condition, MonitorError> {
        let clauses = elements(&mut Reader::new(json))?;
        let mut all = clauses.is_empty();
        let mut conditions = Vec::new();
        for clause in clauses {
            match clause.trim_ascii() {
                b"true" => all = true,
                b"false" => {}
                clause => conditions.push(read_clause(clause, table)?),
            }
        }
        if all {
            return Ok(Condition::All);
        }
        conditions.sort_unstable();
        conditions.dedup();
        let mut equal: Vec<(ColumnId, Vec<Datum>)> = Vec::new();
        let mut other = Vec::new();
        for condition in conditions {
            match equal.last_mut() {
                _ if condition.function != Function::Eq => other.push(condition),
                Some((column, values)) if *column == condition.column => values.push(condition.arg),
                _ => equal.push((condition.column, vec![condition.arg])),
            }
        }
        Ok(Condition::Any { equal, other })
    }

    /// Whether the row is shown.
    pub(super) fn matches(&self, row: &Row, table: &TableSchema) -> bool {
        let Condition::Any { equal, other } = self else { return true };
        equal.iter().any(|(column, values)| {
            row.get(table, *column).is_some_and(|value| values.binary_search(value).is_ok())
        }) || other.iter().any(|condition| {
            let (value, column) = (row.get(table, condition.column), table.column(condition.column));
            value.zip(column).is_some_and(|(value, column)| condition.matches(value, &column.type_))
        })
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

fn read_clause(json: &[u8], table: &TableSchema) -> Result<op::Condition, MonitorError> {
    let form = || MonitorError::syntax("Parse error in condition.", Some(json));
    if Reader::new(json).peek()? != Kind::Array {
        return Err(form());
    }
    let parts = elements(&mut Reader::new(json))?;
    let [column, function, value] = parts.as_slice() else { return Err(form()) };
    let (Ok(name), Ok(function)) = (Reader::new(column).string(), Reader::new(function).string()) else {
        return Err(form());
    };
    let Some((id, column)) = table.column_id(&name).and_then(|id| Some((id, table.column(id)?))) else {
        let details = format!("No column {name} in table {}.", table.name);
        return Err(MonitorError::refused("unknown column", details, Some(json)));
    };
    let Some(function) = Function::from_name(&function) else {
        let details = format!("No function named {function}.");
        return Err(MonitorError::refused("unknown function", details, None));
    };
    if function.is_order() && !has_order(&column.type_) {
        let details = format!(
            "Type mismatch: \"{function}\" operator may not be applied to column {name} of type {}.",
            column.type_.shape()
        );
        return Err(MonitorError::syntax(details, Some(json)));
    }
    let arg = read_arg(value, &asked_type(&column.type_, function))?;
    Ok(op::Condition { column: id, function, arg })
}

fn has_order(type_: &ColumnType) -> bool {
    (type_.is_scalar() || type_.is_optional()) && matches!(type_.key.atom, AtomType::Integer | AtomType::Real)
}

/// What may stand behind this function: some functions ask for a part of the value.
fn asked_type(type_: &ColumnType, function: Function) -> ColumnType {
    let (min, max) = match function {
        _ if type_.is_scalar() => (1, 1),
        _ if function.is_order() => (1, type_.max),
        Function::Excludes => (0, u32::MAX),
        Function::Includes => (0, type_.max),
        _ => (type_.min, type_.max),
    };
    ColumnType { min, max, ..type_.clone() }
}

fn read_arg(json: &[u8], type_: &ColumnType) -> Result<Datum, MonitorError> {
    let parts = match Reader::new(json).peek()? {
        Kind::Array => elements(&mut Reader::new(json))?,
        _ => Vec::new(),
    };
    let class = if type_.is_map() { "map" } else { "set" };
    let tagged = parts.first().is_some_and(|tag| is_word(tag, class));
    if !type_.is_map() && !tagged {
        return read_base(json, &type_.key).map(Datum::one);
    }
    let [_, members] = parts.as_slice() else { return Err(wrong_form(class, json)) };
    if !tagged || Reader::new(members).peek()? != Kind::Array {
        return Err(wrong_form(class, json));
    }
    let members = elements(&mut Reader::new(members))?;
    if let Some(bounds) = wrong_count(members.len(), type_) {
        let details = format!("{class} must have {bounds} but {} are present", members.len());
        return Err(MonitorError::syntax(details, Some(json)));
    }
    match &type_.value {
        None => {
            let atoms = members.into_iter().map(|m| read_base(m, &type_.key)).collect::<Result<_, _>>()?;
            Datum::try_set(atoms).map_err(duplicate)
        }
        Some(value) => {
            let pairs = members.into_iter().map(|m| read_pair(m, &type_.key, value));
            Datum::try_map(pairs.collect::<Result<_, _>>()?).map_err(duplicate)
        }
    }
}

fn read_pair(json: &[u8], key: &BaseType, value: &BaseType) -> Result<(Atom, Atom), MonitorError> {
    let parts = match Reader::new(json).peek()? {
        Kind::Array => elements(&mut Reader::new(json))?,
        _ => Vec::new(),
    };
    match parts.as_slice() {
        [k, v] => Ok((read_base(k, key)?, read_base(v, value)?)),
        _ => Err(MonitorError::syntax("expected 2-element array", Some(json))),
    }
}

fn read_base(json: &[u8], base: &BaseType) -> Result<Atom, MonitorError> {
    let atom = read_atom(&mut Reader::new(json), base.atom, &mut |_| None).map_err(|error| {
        let details = match (error, base.atom) {
            (DatumError::Uuid { offset }, _) => {
                let text = json.get(offset..).map(|json| Reader::new(json).string());
                format!("\"{}\" is not a valid UUID", text.and_then(Result::ok).unwrap_or_default())
            }
            (_, AtomType::Uuid) => "expected [\"uuid\", <string>]".to_owned(),
            (_, other) => format!("expected {other}"),
        };
        MonitorError::syntax(details, Some(json))
    })?;
    match base.check(&atom) {
        Ok(()) => Ok(atom),
        Err(error) => Err(MonitorError::refused("constraint violation", error.to_string(), None)),
    }
}

fn is_word(json: &[u8], word: &str) -> bool {
    Reader::new(json).string().is_ok_and(|text| text == word)
}

fn wrong_form(class: &str, json: &[u8]) -> MonitorError {
    MonitorError::syntax(format!("expected [\"{class}\", <array>]"), Some(json))
}

fn wrong_count(count: usize, type_: &ColumnType) -> Option<String> {
    type_.check_count(count).err()?;
    Some(match (type_.min, type_.max) {
        (1, 1) => "exactly one member".to_owned(),
        (0, max) => format!("{max} or fewer members"),
        (min, u32::MAX) => format!("{min} or more members"),
        (min, max) => format!("{min} to {max} members"),
    })
}

fn duplicate(error: DuplicateError) -> MonitorError {
    let details = match error {
        DuplicateError::Element => "set contains duplicate",
        DuplicateError::Key => "map contains duplicate key",
    };
    MonitorError::refused("ovsdb error", details, None)
}
