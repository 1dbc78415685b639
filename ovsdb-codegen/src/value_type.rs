//! Which Rust type a column's value has.

use crate::names::{ColumnNames, Names};
use ovsdb_proto::schema::{BaseType, ColumnType, DatabaseSchema};
use ovsdb_proto::value::AtomType;

/// The Rust type of a column.
pub(crate) fn value_type(
    schema: &DatabaseSchema,
    names: &Names,
    column: &ColumnNames,
    type_: &ColumnType,
) -> String {
    let key = atom(schema, names, column.key.as_deref(), &type_.key);
    match &type_.value {
        // a double has no order, and so cannot be the key of a BTreeMap
        Some(_) if key == "f64" => "Datum".to_owned(),
        Some(value) => format!("BTreeMap<{key}, {}>", atom(schema, names, column.value.as_deref(), value)),
        None if type_.is_scalar() => key,
        None if type_.is_optional() => format!("Option<{key}>"),
        None if type_.max == 1 => key,
        None => format!("Vec<{key}>"),
    }
}

fn atom(schema: &DatabaseSchema, names: &Names, listed: Option<&str>, base: &BaseType) -> String {
    if let Some(name) = listed {
        return name.to_owned();
    }
    let table = base.reference.as_ref().and_then(|r| names.type_of(schema, &r.table));
    match (base.atom, table) {
        (AtomType::Uuid, Some(table)) => format!("Ref<{table}>"),
        (AtomType::Uuid, None) => "Uuid".to_owned(),
        (AtomType::Integer, _) => "i64".to_owned(),
        (AtomType::Real, _) => "f64".to_owned(),
        (AtomType::Boolean, _) => "bool".to_owned(),
        (AtomType::String, _) => "String".to_owned(),
    }
}

/// Whether `type_` names `word`, a whole identifier.
pub(crate) fn names_word(type_: &str, word: &str) -> bool {
    type_.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').any(|w| w == word)
}
