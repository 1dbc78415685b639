//! What the doc comments say of tables and columns.

use crate::enums;
use crate::names::{ColumnNames, Names};
use crate::units;
use crate::value_type::names_word;
use ovsdb_proto::schema::{BaseType, ColumnSchema, Constraint, DatabaseSchema, RefKind, TableSchema};
use ovsdb_proto::value::AtomType;

/// What a table's marker type says.
pub(crate) fn table(table: &TableSchema) -> String {
    let mut text = format!("Table `{}`", table.name);
    match table.max_rows {
        Some(1) => text.push_str(", which has at most one row"),
        Some(max) => text.push_str(&format!(", which has at most {max} rows")),
        None => {}
    }
    text.push_str(if table.is_root {
        ".\n\nIn the root set: its rows live until they are deleted."
    } else {
        ".\n\nNot in the root set: a row lives while another row refers to it strongly."
    });
    for index in &table.indexes {
        let names: Vec<String> =
            index.iter().filter_map(|id| table.column(*id)).map(|c| format!("`{}`", c.name)).collect();
        text.push_str(&format!("\n\nUnique: {}.", names.join(" with ")));
    }
    text
}

/// What a column's handle says.
pub(crate) struct ColumnText<'a> {
    pub(crate) schema: &'a DatabaseSchema,
    pub(crate) names: &'a Names,
    pub(crate) table: &'a TableSchema,
    pub(crate) column: &'a ColumnSchema,
    pub(crate) column_names: &'a ColumnNames,
    /// The Rust type; only what it names is linked to.
    pub(crate) rust: &'a str,
}

impl ColumnText<'_> {
    pub(crate) fn text(&self) -> String {
        let type_ = &self.column.type_;
        let key = |many| self.base(&type_.key, self.column_names.key.as_deref(), many);
        let mut text = format!("`{}`: ", self.column.name);
        match &type_.value {
            Some(value) => {
                let values = self.base(value, self.column_names.value.as_deref(), true);
                text.push_str(&format!("a map from {} to {values}", key(true)));
                match (type_.min, type_.max) {
                    (0, u32::MAX) => {}
                    (_, u32::MAX) => text.push_str(", never empty"),
                    (min, max) => text.push_str(&format!(", of {min} to {max} pairs")),
                }
            }
            None => match (type_.min, type_.max) {
                (1, 1) => text.push_str(&key(false)),
                (_, 1) => text.push_str(&format!("{}, or nothing", key(false))),
                (0, u32::MAX) => text.push_str(&format!("any number of {}", key(true))),
                (_, u32::MAX) => text.push_str(&format!("at least one of {}", key(true))),
                (min, max) => text.push_str(&format!("{min} to {max} {}", key(true))),
            },
        }
        text.push('.');
        if let Some(unit) = units::unit(&self.schema.name, &self.table.name, &self.column.name) {
            text.push_str(&format!(" Unit: {unit}."));
        }
        if !self.column.mutable {
            text.push_str(" Immutable: set when the row is inserted, and never after.");
        }
        if self.column.ephemeral {
            text.push_str(" Ephemeral: lost when the server stops.");
        }
        text
    }

    fn base(&self, base: &BaseType, listed: Option<&str>, many: bool) -> String {
        if let Some(name) = listed {
            let link = self.link(name, name);
            return if many { format!("values of {link}") } else { format!("one of {link}") };
        }
        if let Some(atoms) = &base.allowed {
            let all: Vec<String> = atoms.iter().map(enums::shown).collect();
            return format!("one of {}", all.join(", "));
        }
        if let Some(reference) = &base.reference {
            let link = match self.names.type_of(self.schema, &reference.table) {
                Some(type_) => self.link(type_, &reference.table),
                None => format!("`{}`", reference.table),
            };
            let kind = if reference.kind == RefKind::Strong { "strong" } else { "weak" };
            return if many {
                format!("{kind} references to rows of {link}")
            } else {
                format!("a {kind} reference to a row of {link}")
            };
        }
        let word = match (base.atom, many) {
            (AtomType::Integer, false) => "an integer",
            (AtomType::Integer, true) => "integers",
            (AtomType::Real, false) => "a real number",
            (AtomType::Real, true) => "real numbers",
            (AtomType::Boolean, false) => "true or false",
            (AtomType::Boolean, true) => "booleans",
            (AtomType::String, false) => "a string",
            (AtomType::String, true) => "strings",
            (AtomType::Uuid, false) => "a UUID",
            (AtomType::Uuid, true) => "UUIDs",
        };
        format!("{word}{}", range(base.constraint))
    }

    fn link(&self, type_: &str, shown: &str) -> String {
        match names_word(self.rust, type_) {
            true => format!("[`{type_}`]"),
            false => format!("`{shown}`"),
        }
    }
}

fn range(constraint: Constraint) -> String {
    match constraint {
        Constraint::None
        | Constraint::Integer(i64::MIN, i64::MAX)
        | Constraint::Real(f64::MIN, f64::MAX)
        | Constraint::Length(0, u32::MAX) => String::new(),
        Constraint::Integer(min, i64::MAX) => format!(" of at least {min}"),
        Constraint::Integer(i64::MIN, max) => format!(" of at most {max}"),
        Constraint::Integer(min, max) => format!(" from {min} to {max}"),
        Constraint::Real(min, f64::MAX) => format!(" of at least {min:?}"),
        Constraint::Real(f64::MIN, max) => format!(" of at most {max:?}"),
        Constraint::Real(min, max) => format!(" from {min:?} to {max:?}"),
        Constraint::Length(min, u32::MAX) => format!(" of at least {min} characters"),
        Constraint::Length(0, max) => format!(" of at most {max} characters"),
        Constraint::Length(min, max) => format!(" of {min} to {max} characters"),
    }
}
