//! What the records of a database file come to: rows, made by doing one transaction after another, without a tree of JSON.

use super::record::is_composite;
use crate::engine::{Row, escape, restore};
use ovsdb_proto::json::{JsonError, JsonErrorKind, Kind, Reader};
use ovsdb_proto::schema::{
    ColumnId, ColumnSchema, ConstraintError, DatabaseSchema, TableId, TableSchema, read_datum,
};
use ovsdb_proto::store::RowBuilder;
use ovsdb_proto::value::{Atom, Datum, DatumError, Uuid};
use std::borrow::Cow;
use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

/// Why a record is not a transaction of the database. Offsets count bytes from the start of the JSON text.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ReplayError {
    /// It is not JSON of the form wanted.
    #[error(transparent)]
    Json(#[from] JsonError),
    /// It names a table that the schema lacks.
    #[error("no table named {0}")]
    Table(String),
    /// It names a column that the schema lacks.
    #[error("no column {column} in table {table}")]
    Column {
        /// The table.
        table: Box<str>,
        /// The name.
        column: String,
    },
    /// A row is not named by a UUID.
    #[error("table names must be followed by UUIDs, not {0:?}")]
    Uuid(String),
    /// It deletes a row that does not exist.
    #[error("transaction deletes row {uuid} of table {table} that does not exist")]
    Absent {
        /// The table.
        table: Box<str>,
        /// The row.
        uuid: Uuid,
    },
    /// A value is not of the column's type.
    #[error("column {column} of table {table}: {error}")]
    Value {
        /// The table.
        table: Box<str>,
        /// The column.
        column: Box<str>,
        /// What is wrong with it.
        error: DatumError,
    },
    /// The schema does not allow a value.
    #[error("column {column} of row {uuid} of table {table}: {error}")]
    Constraint {
        /// The table.
        table: Box<str>,
        /// The column.
        column: Box<str>,
        /// The row.
        uuid: Uuid,
        /// Which rule is broken.
        error: ConstraintError,
    },
}

/// The rows of a database while its records are being read.
#[derive(Debug)]
pub struct Contents {
    schema: Arc<DatabaseSchema>,
    tables: Vec<HashMap<Uuid, Slot>>,
    strangers: Strangers,
    builder: RowBuilder,
}

/// What to do with tables and columns that the schema lacks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Strangers {
    /// They are errors.
    #[default]
    Refuse,
    /// They are left out: the records were written under another schema.
    Drop,
}

/// A row that may still change. Most rows of a file never do; of those that do, some change so often (a set that grows to
/// 100,000 elements, one by one) that they must not be copied each time.
#[derive(Debug)]
struct Slot {
    /// The row as it was inserted, until it is changed; then its columns.
    whole: Option<Row>,
    open: Cells,
}

type Cells = BTreeMap<ColumnId, Cell>;

#[derive(Debug)]
pub(super) enum Cell {
    Value(Datum),
    Set(BTreeSet<Atom>),
    Map(BTreeMap<Atom, Atom>),
}

impl Contents {
    /// No rows yet.
    pub fn new(schema: Arc<DatabaseSchema>, strangers: Strangers) -> Contents {
        let tables = schema.tables().iter().map(|_| HashMap::new()).collect();
        Contents { schema, tables, strangers, builder: RowBuilder::default() }
    }

    /// Does one transaction: the JSON text of a record.
    ///
    /// # Errors
    /// It is malformed, or not of this schema. Some of it may have been done.
    pub fn replay(&mut self, json: &[u8]) -> Result<(), ReplayError> {
        let schema = Arc::clone(&self.schema);
        let text = record_text(json)?;
        let mut r = Reader::from_text(&text);
        let differences = self.holds_differences(&r)?;
        r.begin_object()?;
        while let Some(name) = r.next_key()? {
            match schema.table_id(&name) {
                Some(id) => self.replay_table(&mut r, &schema, id, differences)?,
                None if self.strangers == Strangers::Drop || is_remark(&name, r.peek()?) => drop(r.skip()?),
                None => return Err(ReplayError::Table(name.into_owned())),
            }
        }
        Ok(r.end()?)
    }

    /// The rows, sorted by table, in a table in no order.
    ///
    /// # Errors
    /// The schema does not allow a value.
    pub fn into_rows(self) -> Result<Vec<(TableId, Row)>, ReplayError> {
        let mut builder = RowBuilder::default();
        let mut rows = Vec::with_capacity(self.tables.iter().map(HashMap::len).sum());
        for ((id, table), slots) in (0..).map(TableId).zip(self.schema.tables()).zip(self.tables) {
            for (uuid, slot) in slots {
                let row = match slot.whole {
                    Some(row) => row,
                    None => {
                        builder.set_uuid(ColumnId::UUID, uuid);
                        for (id, cell) in slot.open {
                            let value = cell.into_datum();
                            check(table, uuid, id, &value)?;
                            builder.set(id, &value);
                        }
                        builder.build(table, None)
                    }
                };
                rows.push((id, row));
            }
        }
        Ok(rows)
    }

    /// Whether the record writes what changed in sets and maps. That may be said after the rows; where there are no rows yet it makes no difference,
    /// so that the one large record of a compacted file is not read twice.
    fn holds_differences(&self, r: &Reader<'_>) -> Result<bool, JsonError> {
        if self.tables.iter().all(HashMap::is_empty) {
            return Ok(false);
        }
        holds_differences(r.clone())
    }

    fn replay_table(
        &mut self,
        r: &mut Reader<'_>,
        schema: &DatabaseSchema,
        id: TableId,
        differences: bool,
    ) -> Result<(), ReplayError> {
        let at = usize::from(id.0);
        let (Some(table), Some(slots)) = (schema.table(id), self.tables.get_mut(at)) else { return Ok(()) };
        r.begin_object()?;
        while let Some(name) = r.next_key()? {
            let uuid = Uuid::parse_bytes(name.as_bytes()).ok_or_else(|| ReplayError::Uuid(name.into()))?;
            match slots.entry(uuid) {
                Entry::Vacant(_) if r.peek()? == Kind::Null => {
                    return Err(ReplayError::Absent { table: table.name.clone(), uuid });
                }
                Entry::Occupied(slot) if r.peek()? == Kind::Null => {
                    r.null()?;
                    slot.remove();
                }
                Entry::Vacant(slot) => {
                    let mut values = BTreeMap::new();
                    read_columns(r, table, self.strangers, |id, _, value| drop(values.insert(id, value)))?;
                    self.builder.set_uuid(ColumnId::UUID, uuid);
                    for (id, value) in values {
                        check(table, uuid, id, &value)?;
                        self.builder.set(id, &value);
                    }
                    let row = self.builder.build(table, None);
                    slot.insert(Slot { whole: Some(row), open: Cells::new() });
                }
                Entry::Occupied(slot) => {
                    let cells = slot.into_mut().open();
                    read_columns(r, table, self.strangers, |id, column, value| {
                        if differences && is_composite(&column.type_) {
                            let cell = cells.entry(id);
                            cell.or_insert_with(|| Cell::Value(column.default.clone())).change(value);
                        } else {
                            cells.insert(id, Cell::Value(value));
                        }
                    })?;
                }
            }
        }
        Ok(())
    }
}

/// The text of a record. In comments, Open vSwitch accepts and writes what is not UTF-8: it is
/// replaced by U+FFFD.
///
/// # Errors
/// Something else is not UTF-8.
pub(super) fn record_text(json: &[u8]) -> Result<Cow<'_, str>, JsonError> {
    match str::from_utf8(json) {
        Ok(text) => Ok(Cow::Borrowed(text)),
        Err(error) => {
            let invalid = JsonError { kind: JsonErrorKind::InvalidUtf8, offset: error.valid_up_to() };
            with_comments_replaced(json).map(Cow::Owned).ok_or(invalid)
        }
    }
}

fn with_comments_replaced(json: &[u8]) -> Option<String> {
    let escaped = escape(json)?;
    let mut r = Reader::from_text(&escaped);
    let (mut out, mut copied) = (Vec::with_capacity(json.len()), 0);
    r.begin_object().ok()?;
    while let Some(name) = r.next_key().ok()? {
        r.peek().ok()?;
        let start = r.offset();
        let value = r.skip().ok()?;
        if name == "_comment" {
            out.extend(restore(escaped.get(copied..start)?.as_bytes()));
            out.extend_from_slice(String::from_utf8_lossy(&restore(value)).as_bytes());
            copied = r.offset();
        }
    }
    out.extend(restore(escaped.get(copied..)?.as_bytes()));
    String::from_utf8(out).ok()
}

/// Whether a record says that it writes what changed in sets and maps.
pub(super) fn holds_differences(mut r: Reader<'_>) -> Result<bool, JsonError> {
    r.begin_object()?;
    while let Some(name) = r.next_key()? {
        if name == "_is_diff" && r.peek()? == Kind::Boolean {
            return r.boolean();
        }
        r.skip()?;
    }
    Ok(false)
}

/// A member of a record that is no table.
pub(super) fn is_remark(name: &str, kind: Kind) -> bool {
    match name {
        "_date" => kind == Kind::Number,
        "_is_diff" => kind == Kind::Boolean,
        _ => name == "_comment",
    }
}

pub(super) fn read_columns(
    r: &mut Reader<'_>,
    table: &TableSchema,
    strangers: Strangers,
    mut put: impl FnMut(ColumnId, &ColumnSchema, Datum),
) -> Result<(), ReplayError> {
    r.begin_object()?;
    while let Some(name) = r.next_key()? {
        let found = table.column_id(&name).and_then(|id| Some((id, table.column(id)?)));
        let Some((id, column)) = found else {
            if strangers == Strangers::Drop {
                r.skip()?;
                continue;
            }
            return Err(ReplayError::Column { table: table.name.clone(), column: name.into_owned() });
        };
        let value = read_datum(r, &column.type_, &mut |_| None).map_err(|error| ReplayError::Value {
            table: table.name.clone(),
            column: column.name.clone(),
            error,
        })?;
        put(id, column, value);
    }
    Ok(())
}

pub(super) fn check(table: &TableSchema, uuid: Uuid, id: ColumnId, value: &Datum) -> Result<(), ReplayError> {
    let Some(column) = table.column(id).filter(|column| column.default != *value) else { return Ok(()) };
    column.type_.check(value).map_err(|error| ReplayError::Constraint {
        table: table.name.clone(),
        column: column.name.clone(),
        uuid,
        error,
    })
}

impl Slot {
    fn open(&mut self) -> &mut Cells {
        if let Some(row) = self.whole.take() {
            self.open = row.cells().map(|(id, value)| (id, Cell::Value(value.to_datum()))).collect();
        }
        &mut self.open
    }
}

impl Cell {
    /// Elements that are there go, others come; of a map, a pair that is there with another value gets this one.
    pub(super) fn change(&mut self, difference: Datum) {
        if let Cell::Value(value) = self {
            *self = if value.is_map() {
                Cell::Map(value.pairs().iter().cloned().collect())
            } else {
                Cell::Set(value.atoms().iter().cloned().collect())
            };
        }
        match self {
            Cell::Set(atoms) => {
                for atom in difference.atoms() {
                    if !atoms.remove(atom) {
                        atoms.insert(atom.clone());
                    }
                }
            }
            Cell::Map(pairs) => {
                for (key, value) in difference.pairs() {
                    if pairs.get(key) == Some(value) {
                        pairs.remove(key);
                    } else {
                        pairs.insert(key.clone(), value.clone());
                    }
                }
            }
            Cell::Value(_) => {}
        }
    }

    pub(super) fn into_datum(self) -> Datum {
        match self {
            Cell::Value(value) => value,
            Cell::Set(atoms) => Datum::set(atoms),
            Cell::Map(pairs) => Datum::map(pairs),
        }
    }
}

/// Reads the members of a record that are no tables: its date and comment.
///
/// # Errors
/// It is not JSON.
pub fn read_remarks(json: &[u8]) -> Result<(Option<i64>, Option<String>), JsonError> {
    let (mut date, mut comment) = (None, None);
    let text = record_text(json)?;
    let mut r = Reader::from_text(&text);
    r.begin_object()?;
    while let Some(name) = r.next_key()? {
        match (&*name, r.peek()?) {
            ("_date", Kind::Number) => date = Some(r.integer()?),
            ("_comment", Kind::String) => comment = Some(r.string()?.into_owned()),
            _ => drop(r.skip()?),
        }
    }
    r.end()?;
    Ok((date, comment))
}
