//! What is different between two states of a database, as lines of text that do not depend on UUIDs and versions?

use crate::engine::{Database, Row};
use ovsdb_proto::schema::{ColumnId, ColumnSet, TableSchema};
use ovsdb_proto::value::{Atom, Datum, Uuid, print_atom};

/// The rows that `after` has and `before` has not, those that it has not any more, and those with other values, sorted:
///
/// - `+TABLE ROW COLUMN=VALUE ...`, with all columns that do not hold their default
/// - `-TABLE ROW`
/// - `~TABLE ROW COLUMN=VALUE ...`, with the new values of the columns that changed
///
/// Values are written as the ctl tools do, only that every set has brackets and UUIDs are called by `name`.
/// Both must be of one schema. Between a database without rows and another this lists all rows.
pub fn changes(before: &Database, after: &Database, name: &dyn Fn(Uuid) -> String) -> Vec<String> {
    let schema = after.schema();
    let mut lines = Vec::new();
    for (id, table) in schema.tables().iter().filter_map(|t| Some((schema.table_id(&t.name)?, t))) {
        let gone = before.rows(id).filter(|row| after.row(id, row.uuid()).is_none());
        lines.extend(gone.map(|row| format!("-{} {}", table.name, name(row.uuid()))));
        for row in after.rows(id) {
            let old = before.row(id, row.uuid());
            let cells = cells(table, old, row, name);
            if old.is_none() || !cells.is_empty() {
                let sign = if old.is_none() { '+' } else { '~' };
                lines.push(format!("{sign}{} {}{cells}", table.name, name(row.uuid())));
            }
        }
    }
    lines.sort_unstable();
    lines
}

/// ` COLUMN=VALUE` of what a row holds and did not hold before.
fn cells(table: &TableSchema, old: Option<&Row>, new: &Row, name: &dyn Fn(Uuid) -> String) -> String {
    let columns: ColumnSet = match old {
        Some(old) => old.changed(new),
        None => new.cells().map(|(column, _)| column).collect(),
    };
    let mut text = String::new();
    for column in columns.iter().filter(|column| *column > ColumnId::VERSION) {
        if let (Some(schema), Some(value)) = (table.column(column), new.read(table, column)) {
            let value = datum(&value.to_datum(), schema.type_.max > 1, name);
            text.push_str(&format!(" {}={value}", schema.name));
        }
    }
    text
}

fn datum(value: &Datum, is_collection: bool, name: &dyn Fn(Uuid) -> String) -> String {
    let atom = |atom: &Atom| match atom {
        Atom::Uuid(uuid) => name(*uuid),
        _ => {
            let mut text = String::new();
            print_atom(&mut text, atom);
            text
        }
    };
    let mut elements: Vec<String> = value.atoms().iter().map(atom).collect();
    elements.extend(value.pairs().iter().map(|(key, value)| format!("{}={}", atom(key), atom(value))));
    // the order of UUIDs is not that of their names
    if value.atoms().iter().chain(value.pairs().iter().map(|pair| &pair.0)).any(|a| a.as_uuid().is_some()) {
        elements.sort_unstable();
    }
    let elements = elements.join(", ");
    match value.is_map() {
        true => format!("{{{elements}}}"),
        false if is_collection || elements.is_empty() => format!("[{elements}]"),
        false => elements,
    }
}
