//! Reads what can be read of a damaged database file.
//!
//! Each record is carried out as a transaction, so that the database obeys its schema after every
//! one of them. A record that cannot be read is lost, and one that does not apply without those
//! lost is left out as a whole. What follows a loss may differ from what was there: a record says
//! which columns of a row change, not what they were, so that a row whose insertion was lost comes
//! back with the columns that were written later; and of sets and maps it says which elements came
//! or went.

use super::contents::{
    Cell, ReplayError, Strangers, check, holds_differences, is_remark, read_columns, read_remarks,
    record_text,
};
use super::damage::find_record;
use super::disk::{Access, Disk, DiskFile, Input, READ_BYTES, System};
use super::error::StorageError;
use super::log::{Magic, Next, Reader, RecordProblem};
use super::record::is_composite;
use crate::engine::{Commit, Database, Ids, LoadError, Row};
use ovsdb_proto::json::{Kind, Reader as Json};
use ovsdb_proto::schema::{ColumnId, DatabaseSchema, TableId, TableSchema};
use ovsdb_proto::value::{Datum, Uuid};
use std::collections::{BTreeMap, BTreeSet};
use std::io::BufReader;
use std::path::Path;

/// What was read of a file.
#[derive(Debug)]
#[non_exhaustive]
pub struct Recovered {
    /// The rows.
    pub database: Database,
    /// How many transactions they come of.
    pub kept: u64,
    /// What is not in them, in the order of the file.
    pub losses: Vec<Loss>,
    /// Rows that were first seen behind a loss, which may have held some of their columns.
    pub uncertain: Vec<(TableId, Uuid)>,
}

/// A part of a file that could not be used.
#[derive(Debug)]
#[non_exhaustive]
pub enum Loss {
    /// No record can be read there.
    Unreadable {
        /// Where it starts.
        offset: u64,
        /// How many bytes there are up to the next good record, or the end of the file.
        length: u64,
        /// What is wrong with what stands at its start.
        problem: RecordProblem,
    },
    /// A transaction that does not apply to what precedes it.
    LeftOut {
        /// Where its record starts.
        offset: u64,
        /// When it was made, in milliseconds since 1970, if it says so.
        date_ms: Option<i64>,
        /// What it says of itself.
        comment: Option<String>,
        /// Why it does not apply.
        why: Unfit,
    },
}

/// Why a transaction does not apply.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Unfit {
    /// It is not one of this schema, or changes a row that is not there.
    #[error(transparent)]
    Record(#[from] ReplayError),
    /// It would break a rule about references, the number of rows, or unique indexes.
    #[error(transparent)]
    Rows(#[from] LoadError),
}

/// Reads a database file, whatever is wrong with it, and leaves it as it is. `schema` is used if
/// the file's own schema, its first record, cannot be read.
///
/// # Errors
/// The file cannot be read, is not a standalone database, or has no schema that can be read.
pub fn recover(path: &Path, schema: Option<DatabaseSchema>) -> Result<Recovered, StorageError> {
    let io = |action| move |source| StorageError::Io { path: path.to_owned(), action, source };
    let file = System.open(path, Access::Read).map_err(io("open"))?;
    let size = file.size().map_err(io("read"))?;
    let own = own_schema(path, &*file, size);
    let mut reader = reader_at(&*file, size, 0);
    let schema = match (own, schema) {
        (Ok(own), _) => {
            reader.read().map_err(io("read"))?;
            own
        }
        (Err(StorageError::Damaged { .. }), Some(given)) => given,
        (Err(error), _) => return Err(error),
    };
    let mut recovery = Recovery::new(schema);
    let mut losses = Vec::new();
    loop {
        let offset = reader.offset();
        let problem = match reader.read().map_err(io("read"))? {
            Next::Record(Magic::Json, json) => {
                if let Err(why) = recovery.carry_out(json, !losses.is_empty()) {
                    let (date_ms, comment) = read_remarks(json).unwrap_or_default();
                    losses.push(Loss::LeftOut { offset, date_ms, comment, why });
                }
                continue;
            }
            Next::Record(Magic::Cluster, _) => RecordProblem::Header { offset },
            Next::Bad(problem) => problem,
            Next::End => break,
        };
        let next = find_record(&*file, size, offset + 1).map_err(io("read"))?;
        let length = next.unwrap_or(size) - offset;
        losses.push(Loss::Unreadable { offset, length, problem });
        let Some(next) = next else { break };
        reader = reader_at(&*file, size, next);
    }
    let Recovery { database, kept, mut uncertain, .. } = recovery;
    uncertain.retain(|(table, uuid)| database.row(*table, *uuid).is_some());
    Ok(Recovered { database, kept, losses, uncertain: uncertain.into_iter().collect() })
}

type FileReader<'a> = Reader<BufReader<Input<'a>>>;

fn reader_at(file: &dyn DiskFile, size: u64, offset: u64) -> FileReader<'_> {
    Reader::at(BufReader::with_capacity(READ_BYTES, Input { file, offset }), size, offset)
}

fn own_schema(path: &Path, file: &dyn DiskFile, size: u64) -> Result<DatabaseSchema, StorageError> {
    let read_failed = |source| StorageError::Io { path: path.to_owned(), action: "read", source };
    let path = || path.to_owned();
    match reader_at(file, size, 0).read().map_err(read_failed)? {
        Next::Record(Magic::Json, json) => {
            let text = str::from_utf8(json).map_err(|_| StorageError::NotDatabase { path: path() })?;
            DatabaseSchema::parse_strict(text).map_err(|error| StorageError::Schema { path: path(), error })
        }
        Next::Record(Magic::Cluster, _) => Err(StorageError::Cluster { path: path() }),
        Next::End => Err(StorageError::NotDatabase { path: path() }),
        Next::Bad(problem) => match find_record(file, size, 1).map_err(read_failed)? {
            None => Err(StorageError::NotDatabase { path: path() }),
            next => Err(StorageError::Damaged { path: path(), good: 0, problem, next }),
        },
    }
}

/// The rows so far.
struct Recovery {
    database: Database,
    kept: u64,
    uncertain: BTreeSet<(TableId, Uuid)>,
    ids: Ids,
}

/// What rows become, `None` for those that go.
type Rows = BTreeMap<(TableId, Uuid), Option<Row>>;

impl Recovery {
    fn new(schema: DatabaseSchema) -> Recovery {
        let database = Database::new(schema.into());
        Recovery { database, kept: 0, uncertain: BTreeSet::new(), ids: Ids::new(0) }
    }

    /// Does one transaction, or nothing of it. Behind a loss, what it inserts is uncertain.
    fn carry_out(&mut self, json: &[u8], lossy: bool) -> Result<(), Unfit> {
        let rows = self.read(json)?;
        let new = rows
            .iter()
            .filter(|((table, uuid), row)| row.is_some() && self.database.row(*table, *uuid).is_none());
        let new: Vec<_> = new.map(|(place, _)| *place).filter(|_| lossy).collect();
        let rows = rows.into_iter().map(|((table, uuid), row)| (table, uuid, row));
        let changes = self.database.changes(rows, &mut self.ids)?;
        self.database.apply(&Commit { id: Uuid::NIL, changes, comment: None, durable: false });
        self.uncertain.extend(new);
        self.kept += 1;
        Ok(())
    }

    fn read(&self, json: &[u8]) -> Result<Rows, ReplayError> {
        let schema = self.database.schema();
        let text = record_text(json)?;
        let mut r = Json::from_text(&text);
        let differences = holds_differences(r.clone())?;
        let mut rows = Rows::new();
        r.begin_object()?;
        while let Some(name) = r.next_key()? {
            match schema.table_id(&name).and_then(|id| Some((id, schema.table(id)?))) {
                Some((id, table)) => self.read_table(&mut r, (id, table), differences, &mut rows)?,
                None if is_remark(&name, r.peek()?) => drop(r.skip()?),
                None => return Err(ReplayError::Table(name.into_owned())),
            }
        }
        r.end()?;
        Ok(rows)
    }

    fn read_table(
        &self,
        r: &mut Json<'_>,
        (id, table): (TableId, &TableSchema),
        differences: bool,
        rows: &mut Rows,
    ) -> Result<(), ReplayError> {
        r.begin_object()?;
        while let Some(name) = r.next_key()? {
            let uuid = Uuid::parse_bytes(name.as_bytes()).ok_or_else(|| ReplayError::Uuid(name.into()))?;
            let old = match rows.get(&(id, uuid)) {
                Some(row) => row.as_ref(),
                None => self.database.row(id, uuid),
            };
            let row = match (old, r.peek()?) {
                (None, Kind::Null) => {
                    return Err(ReplayError::Absent { table: table.name.clone(), uuid });
                }
                (Some(_), Kind::Null) => {
                    r.null()?;
                    None
                }
                (old, _) => Some(read_row(r, table, uuid, old, differences)?),
            };
            rows.insert((id, uuid), row);
        }
        Ok(())
    }
}

fn read_row(
    r: &mut Json<'_>,
    table: &TableSchema,
    uuid: Uuid,
    old: Option<&Row>,
    differences: bool,
) -> Result<Row, ReplayError> {
    let cells = old.into_iter().flat_map(|row| row.cells());
    let mut values: BTreeMap<ColumnId, Datum> = cells.map(|(id, value)| (id, value.to_datum())).collect();
    read_columns(r, table, Strangers::Refuse, |id, column, value| {
        let value = if differences && old.is_some() && is_composite(&column.type_) {
            let mut cell = Cell::Value(values.get(&id).unwrap_or(&column.default).clone());
            cell.change(value);
            cell.into_datum()
        } else {
            value
        };
        values.insert(id, value);
    })?;
    values.iter().try_for_each(|(id, value)| check(table, uuid, *id, value))?;
    Ok(Row::new(table, uuid, Uuid::NIL, values))
}
