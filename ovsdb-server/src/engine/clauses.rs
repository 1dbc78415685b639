//! How the conditions, mutations, columns and rows of operations are read, with the errors of ovsdb-server.

use super::failure::Failure;
use super::values::{Scope, elements, read_value};
use ovsdb_proto::json::{Kind, Reader};
use ovsdb_proto::op::{Condition, Function, Matcher, Mutation, Mutator};
use ovsdb_proto::schema::{BaseType, ColumnId, ColumnSchema, ColumnSet, ColumnType, TableSchema};
use ovsdb_proto::value::{AtomType, Datum};
use std::borrow::Cow;

/// The rows that an operation is about: those that meet all conditions.
#[derive(Clone, Debug, Default)]
pub(super) struct Where {
    pub(super) conditions: Vec<Matcher>,
    /// One of the conditions was `false`.
    pub(super) never: bool,
}

impl Where {
    /// Reads the array of conditions.
    pub(super) fn read(json: &[u8], table: &TableSchema, scope: &mut Scope<'_>) -> Result<Where, Failure> {
        let mut where_ = Where::default();
        let mut r = Reader::new(json);
        r.begin_array()?;
        while r.next_element()? {
            let json = r.skip()?;
            let mut element = Reader::new(json);
            if element.peek()? == Kind::Boolean {
                where_.never |= !element.boolean()?;
            } else {
                where_.conditions.push(Matcher::new(&condition(json, table, scope)?, table));
            }
        }
        Ok(where_)
    }
}

/// Column, function or mutator, and value.
type Parts<'a> = (Cow<'a, str>, Cow<'a, str>, &'a [u8]);

/// The three parts of a condition or a mutation.
fn three<'a>(json: &'a [u8], what: &str) -> Result<Parts<'a>, Failure> {
    let failure = || Failure::syntax(json, format!("Parse error in {what}."));
    let mut r = Reader::new(json);
    if r.peek()? != Kind::Array {
        return Err(failure());
    }
    r.begin_array()?;
    let mut text = || match r.next_element()? && r.peek()? == Kind::String {
        true => Ok(r.string()?),
        false => Err(failure()),
    };
    let (column, word) = (text()?, text()?);
    if !r.next_element()? {
        return Err(failure());
    }
    let value = r.skip()?;
    if r.next_element()? { Err(failure()) } else { Ok((column, word, value)) }
}

fn column<'t>(
    name: &str,
    json: &[u8],
    table: &'t TableSchema,
) -> Result<(ColumnId, &'t ColumnSchema), Failure> {
    let found = table.column_id(name).and_then(|id| Some((id, table.column(id)?)));
    found.ok_or_else(|| {
        Failure::at("unknown column", json, format!("No column {name} in table {}.", table.name))
    })
}

fn type_mismatch(json: &[u8], operator: &str, column: &ColumnSchema) -> Failure {
    let shape = column.type_.shape();
    Failure::syntax(
        json,
        format!(
            "Type mismatch: \"{operator}\" operator may not be applied to column {} of type {shape}.",
            column.name
        ),
    )
}

/// Reads `[column, function, value]`.
pub(crate) fn condition(
    json: &[u8],
    table: &TableSchema,
    scope: &mut Scope<'_>,
) -> Result<Condition, Failure> {
    let (name, function, value) = three(json, "condition")?;
    let (id, column) = column(&name, json, table)?;
    let function = Function::from_name(&function)
        .ok_or_else(|| Failure::new("unknown function", format!("No function named {function}.")))?;
    let type_ = &column.type_;
    let type_ = match function {
        _ if function.is_order() => {
            let number = matches!(type_.key.atom, AtomType::Integer | AtomType::Real);
            if !number || !(type_.is_scalar() || type_.is_optional()) {
                return Err(type_mismatch(json, function.name(), column));
            }
            Cow::Owned(ColumnType { min: 1, ..type_.clone() })
        }
        Function::Includes if !type_.is_scalar() => Cow::Owned(ColumnType { min: 0, ..type_.clone() }),
        Function::Excludes if !type_.is_scalar() => {
            Cow::Owned(ColumnType { min: 0, max: u32::MAX, ..type_.clone() })
        }
        _ => Cow::Borrowed(type_),
    };
    Ok(Condition { column: id, function, arg: read_value(value, &type_, scope)? })
}

/// Reads the array of mutations.
pub(super) fn mutations(
    json: &[u8],
    table: &TableSchema,
    scope: &mut Scope<'_>,
) -> Result<Vec<Mutation>, Failure> {
    let mut mutations = Vec::new();
    let mut r = Reader::new(json);
    r.begin_array()?;
    while r.next_element()? {
        mutations.push(mutation(r.skip()?, table, scope)?);
    }
    Ok(mutations)
}

fn mutation(json: &[u8], table: &TableSchema, scope: &mut Scope<'_>) -> Result<Mutation, Failure> {
    let (name, mutator, value) = three(json, "mutation")?;
    let (id, column) = column(&name, json, table)?;
    if !column.mutable {
        let details = format!("Cannot mutate immutable column {name} in table {}.", table.name);
        return Err(Failure::at("constraint violation", json, details));
    }
    let mutator = Mutator::from_name(&mutator)
        .ok_or_else(|| Failure::new("unknown mutator", format!("No mutator named {mutator}.")))?;
    let type_ = &column.type_;
    if !mutator.fits(type_) {
        return Err(type_mismatch(json, mutator.name(), column));
    }
    let arg = match mutator {
        Mutator::Insert => read_value(value, &ColumnType { min: 0, ..type_.clone() }, scope)?,
        Mutator::Delete => {
            let some = ColumnType { min: 0, max: u32::MAX, ..type_.clone() };
            let keys = ColumnType { value: None, ..some.clone() };
            match read_value(value, &some, scope) {
                Err(_) if type_.is_map() => read_value(value, &keys, scope)?,
                other => other?,
            }
        }
        _ => read_value(value, &ColumnType { key: BaseType::any(type_.key.atom), ..scalar(type_) }, scope)?,
    };
    Ok(Mutation { column: id, mutator, arg })
}

fn scalar(type_: &ColumnType) -> ColumnType {
    ColumnType::scalar(type_.key.atom)
}

/// Reads an object of columns and their values.
pub(super) fn row(
    json: &[u8],
    table: &TableSchema,
    scope: &mut Scope<'_>,
) -> Result<Vec<(ColumnId, Datum)>, Failure> {
    let mut r = Reader::new(json);
    if r.peek()? != Kind::Object {
        return Err(Failure::syntax(json, "row must be JSON object"));
    }
    let mut row: Vec<(ColumnId, Datum)> = Vec::new();
    r.begin_object()?;
    while let Some(name) = r.next_key()? {
        let value = r.skip()?;
        let (id, column) = column(&name, json, table)?;
        let value = read_value(value, &column.type_, scope)?;
        // a column that stands twice holds what stands there last
        match row.iter_mut().find(|(known, _)| *known == id) {
            Some(known) => known.1 = value,
            None => row.push((id, value)),
        }
    }
    Ok(row)
}

/// Reads the array of names of columns; all columns if there is none.
pub(super) fn columns(json: Option<&[u8]>, table: &TableSchema) -> Result<ColumnSet, Failure> {
    let Some(json) = json else {
        let identity = [ColumnId::UUID, ColumnId::VERSION].into_iter().collect();
        return Ok(table.own_columns().union(identity));
    };
    Ok(column_list(json, table)?.into_iter().collect())
}

/// Reads the array of names of columns, in their order.
pub(super) fn column_list(json: &[u8], table: &TableSchema) -> Result<Vec<ColumnId>, Failure> {
    let distinct = || Failure::syntax(json, "array of distinct column names expected");
    let mut seen = ColumnSet::EMPTY;
    let mut columns = Vec::new();
    for element in elements(json)?.ok_or_else(distinct)? {
        let mut r = Reader::new(element);
        if r.peek()? != Kind::String {
            return Err(distinct());
        }
        let name = r.string()?;
        let id = table
            .column_id(&name)
            .ok_or_else(|| Failure::syntax(json, format!("{name} is not a valid column name")))?;
        if seen.contains(id) {
            return Err(distinct());
        }
        seen.insert(id);
        columns.push(id);
    }
    Ok(columns)
}
