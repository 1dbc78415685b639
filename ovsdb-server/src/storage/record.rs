//! How a transaction stands in a database file (ovsdb(5), "Standalone Format").

use crate::engine::{Change, Row};
use ovsdb_proto::json::Writer;
use ovsdb_proto::schema::{ColumnId, ColumnSchema, ColumnType, DatabaseSchema, TableId, TableSchema};
use ovsdb_proto::value::{Packer, Uuid, write_view};

/// What a record says beside its rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp<'a> {
    /// When the transaction was made, in milliseconds since 1970.
    pub date_ms: i64,
    /// What it says of itself, if anything.
    pub comment: Option<&'a str>,
    /// Whether sets and maps of changed rows are written as what changed in them; as a whole if not. Every server since Open vSwitch 2.15 reads both.
    pub differences: bool,
}

/// Appends the record of these changes, and answers whether there is anything to record: ephemeral columns are not.
pub fn write_changes(
    out: &mut Vec<u8>,
    schema: &DatabaseSchema,
    changes: &[Change],
    stamp: &Stamp<'_>,
) -> bool {
    let mut w = Writer::new(out);
    w.begin_object();
    write_date(&mut w, stamp);
    let mut open = None;
    let mut packer = Packer::default();
    for change in changes {
        let Some(table) = schema.table(change.table) else { continue };
        let both = change.old.as_ref().zip(change.new.as_ref());
        let columns = both.map(|(old, new)| changed(table, old, new));
        if columns.as_ref().is_some_and(Vec::is_empty) {
            continue;
        }
        if open != Some(change.table) {
            if open.is_some() {
                w.end_object();
            }
            w.key(&table.name);
            w.begin_object();
            open = Some(change.table);
        }
        write_key(&mut w, change.uuid);
        match (&change.old, &change.new, columns) {
            (Some(old), Some(new), Some(columns)) => {
                w.begin_object();
                for id in columns {
                    let (Some(column), Some(old), Some(new)) =
                        (table.column(id), old.read(table, id), new.read(table, id))
                    else {
                        continue;
                    };
                    w.key(&column.name);
                    let whole = !stamp.differences || !is_composite(&column.type_);
                    write_view(&mut w, packer.difference(old, new, whole), &|_| false);
                }
                w.end_object();
            }
            (_, Some(new), _) => write_new(&mut w, table, new),
            _ => w.null(),
        }
    }
    if open.is_some() {
        w.end_object();
    }
    write_end(&mut w, stamp);
    open.is_some()
}

/// Appends the record of a whole database, as a transaction that inserts all of its rows.
pub fn write_all<'a, Rows: Iterator<Item = &'a Row>>(
    out: &mut Vec<u8>,
    schema: &DatabaseSchema,
    rows: impl Fn(TableId) -> Rows,
    stamp: &Stamp<'_>,
) {
    let mut w = Writer::new(out);
    w.begin_object();
    write_date(&mut w, stamp);
    for (id, table) in (0..).map(TableId).zip(schema.tables()) {
        let mut rows = rows(id).peekable();
        if rows.peek().is_none() {
            continue;
        }
        w.key(&table.name);
        w.begin_object();
        for row in rows {
            write_key(&mut w, row.uuid());
            write_new(&mut w, table, row);
        }
        w.end_object();
    }
    write_end(&mut w, stamp);
}

/// Appends a schema as the first record of a file: on one line.
pub fn write_schema(out: &mut Vec<u8>, schema: &DatabaseSchema) {
    // what stands between the members is white space, which text never holds as such: there it is escaped
    let mut text = false;
    let mut escaped = false;
    for byte in schema.to_json().bytes() {
        if !text && byte.is_ascii_whitespace() {
            continue;
        }
        out.push(byte);
        text ^= byte == b'"' && !escaped;
        escaped = text && byte == b'\\' && !escaped;
    }
}

fn write_date(w: &mut Writer<'_>, stamp: &Stamp<'_>) {
    w.key("_date");
    w.integer(stamp.date_ms);
    if stamp.differences {
        w.key("_is_diff");
        w.boolean(true);
    }
}

fn write_end(w: &mut Writer<'_>, stamp: &Stamp<'_>) {
    if let Some(comment) = stamp.comment.filter(|c| !c.is_empty()) {
        w.key("_comment");
        w.string(comment);
    }
    w.end_object();
}

fn write_key(w: &mut Writer<'_>, uuid: Uuid) {
    w.key(uuid.encode(&mut [0; 36]));
}

fn kept(table: &TableSchema, id: ColumnId) -> Option<&ColumnSchema> {
    table.column(id).filter(|column| !column.ephemeral)
}

/// Writes the columns of a new row that are worth writing.
fn write_new(w: &mut Writer<'_>, table: &TableSchema, row: &Row) {
    w.begin_object();
    for (id, value) in row.cells() {
        if let Some(column) = kept(table, id) {
            w.key(&column.name);
            write_view(w, value, &|_| false);
        }
    }
    w.end_object();
}

/// The columns of a row that are not what they were and are worth writing.
fn changed(table: &TableSchema, old: &Row, new: &Row) -> Vec<ColumnId> {
    let is_kept = |id: &ColumnId| *id > ColumnId::VERSION && kept(table, *id).is_some();
    old.changed(new).iter().filter(is_kept).collect()
}

/// Whether a change of such a column is written as what changed in it: a value that has at most one element is always written as a whole.
pub(super) const fn is_composite(type_: &ColumnType) -> bool {
    type_.max > 1
}

#[cfg(test)]
mod tests;
