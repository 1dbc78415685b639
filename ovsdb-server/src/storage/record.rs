//! How a transaction stands in a database file (ovsdb(5), "Standalone Format").

use crate::engine::{Change, Row};
use ovsdb_proto::json::Writer;
use ovsdb_proto::schema::{ColumnId, ColumnSchema, ColumnType, DatabaseSchema, TableId, TableSchema};
use ovsdb_proto::value::{Atom, Datum, Uuid, write_datum};
use std::borrow::Cow;
use std::cmp::Ordering;

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
    for change in changes {
        let Some(table) = schema.table(change.table) else { continue };
        let columns = match (&change.old, &change.new) {
            (Some(old), Some(new)) => changed(table, old, new, stamp.differences),
            (None, Some(new)) => set(table, new),
            _ => Vec::new(),
        };
        let both = change.old.is_some() && change.new.is_some();
        if both && columns.is_empty() {
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
        match change.new {
            Some(_) => write_columns(&mut w, &columns),
            None => w.null(),
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
            write_columns(&mut w, &set(table, row));
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

fn write_columns(w: &mut Writer<'_>, columns: &[(&ColumnSchema, Cow<'_, Datum>)]) {
    w.begin_object();
    for (column, value) in columns {
        w.key(&column.name);
        write_datum(w, value, &|_| false);
    }
    w.end_object();
}

type Columns<'a> = Vec<(&'a ColumnSchema, Cow<'a, Datum>)>;

fn kept(table: &TableSchema, id: ColumnId) -> Option<&ColumnSchema> {
    table.column(id).filter(|column| !column.ephemeral)
}

/// The columns of a new row that are worth writing.
fn set<'a>(table: &'a TableSchema, row: &'a Row) -> Columns<'a> {
    row.cells().filter_map(|(id, value)| Some((kept(table, id)?, Cow::Borrowed(value)))).collect()
}

/// The columns of a row that are not what they were, and what to write of them.
fn changed<'a>(table: &'a TableSchema, old: &'a Row, new: &'a Row, differences: bool) -> Columns<'a> {
    let mut columns = Columns::new();
    for id in old.columns().union(*new.columns()).iter() {
        let Some(column) = kept(table, id) else { continue };
        let (Some(old), Some(new)) = (old.get(table, id), new.get(table, id)) else { continue };
        if old != new {
            let part = differences && is_composite(&column.type_);
            let value = if part { Cow::Owned(difference(old, new)) } else { Cow::Borrowed(new) };
            columns.push((column, value));
        }
    }
    columns
}

/// Whether a change of such a column is written as what changed in it: a value that has at most one element is always written as a whole.
pub(super) const fn is_composite(type_: &ColumnType) -> bool {
    type_.max > 1
}

/// What turns either value into the other: elements that one of them lacks; of a map, also pairs whose value differs, as they are in `new`.
fn difference(old: &Datum, new: &Datum) -> Datum {
    if new.is_map() {
        let pairs = merge(old.pairs(), new.pairs(), |a, b| a.0.cmp(&b.0), |a, b| (a.1 != b.1).then_some(b));
        return Datum::map(pairs.into_iter().cloned());
    }
    Datum::set(merge(old.atoms(), new.atoms(), Atom::cmp, |_, _| None).into_iter().cloned())
}

/// What only one of two sorted lists has, and what `both` makes of what both have.
fn merge<'a, T>(
    mut a: &'a [T],
    mut b: &'a [T],
    compare: impl Fn(&T, &T) -> Ordering,
    both: impl Fn(&'a T, &'a T) -> Option<&'a T>,
) -> Vec<&'a T> {
    let mut found = Vec::new();
    while let (Some((x, after_x)), Some((y, after_y))) = (a.split_first(), b.split_first()) {
        match compare(x, y) {
            Ordering::Less => {
                found.push(x);
                a = after_x;
            }
            Ordering::Greater => {
                found.push(y);
                b = after_y;
            }
            Ordering::Equal => {
                found.extend(both(x, y));
                (a, b) = (after_x, after_y);
            }
        }
    }
    found.extend(a.iter().chain(b));
    found
}

#[cfg(test)]
mod tests;
