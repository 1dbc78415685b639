//! How a schema is read from JSON, and which constraints it must meet (RFC 7047 section 3.2).

use super::{
    BaseType, ColumnId, ColumnSchema, ColumnType, Constraint, DatabaseSchema, RefKind, Reference,
    SchemaError, SchemaErrorKind as Kind, TableSchema,
};
use crate::limits::{COLUMNS_MAX, TABLES_MAX};
use crate::value::{Atom, AtomType, Uuid};
use serde_json::{Map, Value};

type Members = Map<String, Value>;

impl DatabaseSchema {
    /// Reads a schema: a file, or what a server answers to `get_schema`. Members that RFC 7047 does not know are skipped, so that
    /// a newer server breaks nothing.
    ///
    /// # Errors
    /// It is not JSON, or breaks a rule of RFC 7047 section 3.2; the error names table and column.
    pub fn parse(json: &str) -> Result<DatabaseSchema, SchemaError> {
        let value: Value =
            serde_json::from_str(json).map_err(|e| Kind::Json(byte_offset(json, e.line(), e.column())))?;
        let top = value.as_object().ok_or(invalid("schema", "an object"))?;
        let name = identifier(top, "name")?.ok_or(Kind::Missing("name"))?;
        let version = text(top, "version")?.unwrap_or("");
        if !version.is_empty() && !is_version(version) {
            return Err(invalid("version", "of the form x.y.z").into());
        }
        let members = object(top, "tables")?.ok_or(Kind::Missing("tables"))?;
        if members.len() > TABLES_MAX {
            return Err(Kind::TooMany(TABLES_MAX).into());
        }
        let mut tables = Vec::with_capacity(members.len());
        for (name, table) in members {
            tables.push(table_schema(name, table).map_err(|e| e.at(name, None))?);
        }
        finish(&mut tables)?;
        Ok(DatabaseSchema::new(name, version, text(top, "cksum")?, tables))
    }
}

fn byte_offset(json: &str, line: usize, column: usize) -> usize {
    json.lines().take(line.saturating_sub(1)).map(|l| l.len() + 1).sum::<usize>() + column.saturating_sub(1)
}

fn invalid(member: &'static str, expected: &'static str) -> Kind {
    Kind::Invalid { member, expected }
}

fn is_version(text: &str) -> bool {
    let mut parts = 0;
    text.split('.').all(|p| {
        parts += 1;
        !p.is_empty() && p.bytes().all(|b| b.is_ascii_digit())
    }) && parts == 3
}

fn is_identifier(text: &str) -> bool {
    text.bytes().next().is_some_and(|b| b.is_ascii_alphabetic() || b == b'_')
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

fn own_name(name: &str) -> Result<(), Kind> {
    if is_identifier(name) && !name.starts_with('_') { Ok(()) } else { Err(Kind::Name(name.into())) }
}

/// What must hold between tables: references point to tables, and a schema from before `isRoot` has only root tables.
fn finish(tables: &mut [TableSchema]) -> Result<(), SchemaError> {
    if tables.iter().all(|t| !t.is_root) {
        tables.iter_mut().for_each(|t| t.is_root = true);
    }
    let roots: Vec<(Box<str>, bool)> = tables.iter().map(|t| (t.name.clone(), t.is_root)).collect();
    for table in tables {
        for column in &mut table.columns {
            for base in [Some(&column.type_.key), column.type_.value.as_ref()].into_iter().flatten() {
                let Some(reference) = &base.reference else { continue };
                let Some((_, is_root)) = roots.iter().find(|(name, _)| *name == reference.table) else {
                    let error = SchemaError::from(Kind::UndefinedTable(reference.table.clone()));
                    return Err(error.at(&table.name, Some(&column.name)));
                };
                // a row that only this column keeps alive would vanish from the log with it, so ovsdb-server stores the column
                if reference.kind == RefKind::Strong && !is_root {
                    column.ephemeral = false;
                }
            }
        }
    }
    Ok(())
}

fn table_schema(name: &str, value: &Value) -> Result<TableSchema, SchemaError> {
    own_name(name)?;
    let members = value.as_object().ok_or(invalid("tables", "an object of objects"))?;
    let own = object(members, "columns")?.ok_or(Kind::Missing("columns"))?;
    if own.is_empty() {
        return Err(Kind::NoColumns.into());
    }
    if own.len() + 2 > COLUMNS_MAX {
        return Err(Kind::TooMany(COLUMNS_MAX).into());
    }
    let mut columns = Vec::with_capacity(own.len());
    for (column, value) in own {
        columns.push(column_schema(column, value).map_err(|k| SchemaError::from(k).at(name, Some(column)))?);
    }
    let max_rows = match members.get("maxRows") {
        None => None,
        Some(n) => Some(
            n.as_u64()
                .filter(|n| *n > 0)
                .and_then(|n| u32::try_from(n).ok())
                .ok_or(invalid("maxRows", "an integer from 1 to 4294967295"))?,
        ),
    };
    let mut table = TableSchema::new(name, columns, max_rows, boolean(members, "isRoot")?.unwrap_or(false));
    if let Some(indexes) = members.get("indexes") {
        let indexes = indexes.as_array().ok_or(invalid("indexes", "an array"))?;
        table.indexes = indexes.iter().map(|i| index(&table, i)).collect::<Result<_, _>>()?;
    }
    Ok(table)
}

fn index(table: &TableSchema, value: &Value) -> Result<Vec<ColumnId>, Kind> {
    let names = value.as_array().ok_or(invalid("indexes", "an array of arrays of column names"))?;
    let mut columns = Vec::with_capacity(names.len());
    for name in names {
        let name = name.as_str().ok_or(invalid("indexes", "an array of arrays of column names"))?;
        let id = table.column_id(name).filter(|id| {
            !columns.contains(id)
                && id.0 > ColumnId::VERSION.0
                && table.column(*id).is_some_and(|c| !c.ephemeral)
        });
        columns.push(id.ok_or_else(|| Kind::Index(name.into()))?);
    }
    if columns.is_empty() { Err(Kind::NoColumns) } else { Ok(columns) }
}

fn column_schema(name: &str, value: &Value) -> Result<ColumnSchema, Kind> {
    own_name(name)?;
    let members = value.as_object().ok_or(invalid("columns", "an object of objects"))?;
    let type_ = column_type(members.get("type").ok_or(Kind::Missing("type"))?)?;
    Ok(ColumnSchema {
        ephemeral: boolean(members, "ephemeral")?.unwrap_or(false),
        mutable: boolean(members, "mutable")?.unwrap_or(true),
        ..ColumnSchema::new(name, type_)
    })
}

fn column_type(value: &Value) -> Result<ColumnType, Kind> {
    let Some(members) = value.as_object() else {
        return Ok(ColumnType { key: base_type(value, "type")?, value: None, min: 1, max: 1 });
    };
    let key = base_type(members.get("key").ok_or(Kind::Missing("key"))?, "key")?;
    let value = members.get("value").map(|v| base_type(v, "value")).transpose()?;
    let min = match members.get("min") {
        None => 1,
        Some(n) => match n.as_u64() {
            Some(0) => 0,
            Some(1) => 1,
            _ => return Err(invalid("min", "0 or 1")),
        },
    };
    let max = match members.get("max") {
        None => 1,
        Some(Value::String(text)) if text == "unlimited" => u32::MAX,
        Some(n) => n
            .as_u64()
            .filter(|n| *n > 0)
            .and_then(|n| u32::try_from(n).ok())
            .ok_or(invalid("max", "an integer from 1 to 4294967295 or \"unlimited\""))?,
    };
    Ok(ColumnType { key, value, min, max })
}

fn base_type(value: &Value, member: &'static str) -> Result<BaseType, Kind> {
    let atom_type = |v: &Value, member| {
        v.as_str().and_then(AtomType::from_name).ok_or(invalid(member, "the name of an atomic type"))
    };
    let Some(members) = value.as_object() else {
        return Ok(BaseType::any(atom_type(value, member)?));
    };
    let atom = atom_type(members.get("type").ok_or(Kind::Missing("type"))?, "type")?;
    let mut base = BaseType::any(atom);
    let mut taken: &[&str] = &[];
    if let Some(list) = members.get("enum") {
        base.allowed =
            Some(allowed(list, atom).ok_or(invalid("enum", "a value or set of values of its type"))?);
    } else {
        match atom {
            AtomType::Integer => {
                taken = &["minInteger", "maxInteger"];
                base.constraint = integers(members)?;
            }
            AtomType::Real => {
                taken = &["minReal", "maxReal"];
                base.constraint = reals(members)?;
            }
            AtomType::String => {
                taken = &["minLength", "maxLength"];
                base.constraint = lengths(members)?;
            }
            AtomType::Uuid => {
                taken = &["refTable", "refType"];
                base.reference = reference(members)?;
            }
            AtomType::Boolean => {}
        }
    }
    // a bound that does not apply to the type, or stands beside an enum, is an error in ovsdb-server too
    match BOUNDS.iter().find(|b| members.contains_key(**b) && !taken.contains(b)) {
        Some(bound) => Err(Kind::Unexpected((*bound).into())),
        None => Ok(base),
    }
}

const BOUNDS: [&str; 8] =
    ["minInteger", "maxInteger", "minReal", "maxReal", "minLength", "maxLength", "refTable", "refType"];

fn allowed(list: &Value, type_: AtomType) -> Option<Box<[Atom]>> {
    let one = |v: &Value| atom(v, type_);
    let mut atoms = match list.as_array().map(Vec::as_slice) {
        Some([tag, items]) if tag == "set" => {
            items.as_array()?.iter().map(one).collect::<Option<Vec<_>>>()?
        }
        _ => vec![one(list)?],
    };
    atoms.sort_unstable();
    let distinct = atoms.windows(2).all(|w| w.first() != w.last());
    (distinct && !atoms.is_empty()).then(|| atoms.into())
}

fn atom(value: &Value, type_: AtomType) -> Option<Atom> {
    match type_ {
        AtomType::Integer => value.as_i64().map(Atom::Integer),
        AtomType::Real => value.as_f64().map(Atom::Real),
        AtomType::Boolean => value.as_bool().map(Atom::Boolean),
        AtomType::String => value.as_str().map(Atom::from),
        AtomType::Uuid => match value.as_array()?.as_slice() {
            [tag, uuid] if tag == "uuid" => uuid.as_str()?.parse::<Uuid>().ok().map(Atom::Uuid),
            _ => None,
        },
    }
}

fn integers(members: &Members) -> Result<Constraint, Kind> {
    let get = |name| {
        members.get(name).map(|n| n.as_i64().ok_or(invalid(name, "an integer of 64 bits"))).transpose()
    };
    match (get("minInteger")?, get("maxInteger")?) {
        (None, None) => Ok(Constraint::None),
        (min, max) if min > max && max.is_some() => Err(Kind::Range("minInteger", "maxInteger")),
        (min, max) => Ok(Constraint::Integer(min.unwrap_or(i64::MIN), max.unwrap_or(i64::MAX))),
    }
}

fn reals(members: &Members) -> Result<Constraint, Kind> {
    let get = |name| members.get(name).map(|n| n.as_f64().ok_or(invalid(name, "a number"))).transpose();
    match (get("minReal")?, get("maxReal")?) {
        (None, None) => Ok(Constraint::None),
        (Some(min), Some(max)) if min > max => Err(Kind::Range("minReal", "maxReal")),
        (min, max) => Ok(Constraint::Real(min.unwrap_or(f64::MIN), max.unwrap_or(f64::MAX))),
    }
}

fn lengths(members: &Members) -> Result<Constraint, Kind> {
    let get = |name| {
        let length = |n: &Value| n.as_u64().and_then(|n| u32::try_from(n).ok());
        members
            .get(name)
            .map(|n| length(n).ok_or(invalid(name, "an integer from 0 to 4294967295")))
            .transpose()
    };
    match (get("minLength")?, get("maxLength")?) {
        (None, None) => Ok(Constraint::None),
        (Some(min), Some(max)) if min > max => Err(Kind::Range("minLength", "maxLength")),
        (min, max) => Ok(Constraint::Length(min.unwrap_or(0), max.unwrap_or(u32::MAX))),
    }
}

fn reference(members: &Members) -> Result<Option<Reference>, Kind> {
    let Some(table) = identifier(members, "refTable")? else {
        // without a table there is nothing to be strong or weak about
        return if members.contains_key("refType") { Err(Kind::Missing("refTable")) } else { Ok(None) };
    };
    let kind = match text(members, "refType")? {
        None | Some("strong") => RefKind::Strong,
        Some("weak") => RefKind::Weak,
        Some(_) => return Err(invalid("refType", "\"strong\" or \"weak\"")),
    };
    Ok(Some(Reference { table: table.into(), kind }))
}

fn text<'a>(members: &'a Members, name: &'static str) -> Result<Option<&'a str>, Kind> {
    members.get(name).map(|v| v.as_str().ok_or(invalid(name, "a string"))).transpose()
}

fn identifier<'a>(members: &'a Members, name: &'static str) -> Result<Option<&'a str>, Kind> {
    match text(members, name)? {
        Some(id) if !is_identifier(id) => Err(invalid(name, "an identifier")),
        id => Ok(id),
    }
}

fn boolean(members: &Members, name: &'static str) -> Result<Option<bool>, Kind> {
    members.get(name).map(|v| v.as_bool().ok_or(invalid(name, "true or false"))).transpose()
}

fn object<'a>(members: &'a Members, name: &'static str) -> Result<Option<&'a Members>, Kind> {
    members.get(name).map(|v| v.as_object().ok_or(invalid(name, "an object"))).transpose()
}

#[cfg(test)]
mod tests;
