//! What a transaction came to: the reply to `transact`, walked without building a tree (RFC 7047 section 4.1.3).

use crate::json::{JsonError, Kind, Number, Reader, Writer};
use crate::limits::DEPTH_MAX;
use crate::schema::{ColumnId, TableSchema, read_datum};
use crate::value::{Datum, DatumError, Uuid, print_real};
use std::borrow::Cow;

/// The result of one operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OpResult<'a> {
    /// `null`: not carried out, because an operation before it failed.
    Null,
    /// The operation failed, or, after the results of all operations, the commit.
    Error {
        /// What kind of error, such as `constraint violation` or `timed out`.
        error: Cow<'a, str>,
        /// What the server says about it.
        details: Option<Cow<'a, str>>,
        /// The whole object, as JSON; see [`render_error`].
        raw: &'a [u8],
    },
    /// How many rows were updated, mutated or deleted.
    Count(u64),
    /// The UUID that the new row got.
    Uuid(Uuid),
    /// The rows selected, as a JSON array; see [`read_rows`].
    Rows(&'a [u8]),
    /// An object without members: what `wait`, `commit`, `comment` and `assert` answer.
    Empty,
}

/// Why a reply to `transact` cannot be read. Offsets count bytes from the start of the slice given.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ResultError {
    /// It is not JSON, or not of the types expected.
    #[error(transparent)]
    Json(#[from] JsonError),
    /// A row holds a value that does not fit the column.
    #[error("column {column}: {source}")]
    Datum {
        /// The name of the column.
        column: Box<str>,
        /// What is wrong with the value.
        source: DatumError,
    },
    /// The identity of a new row is not `["uuid", "..."]`.
    #[error("not the UUID of a row at byte {offset}")]
    Uuid {
        /// Where it is.
        offset: usize,
    },
    /// There are fewer or more results than operations, or one is that of another kind of operation.
    #[error("result number {index} is not that of the operation")]
    Other {
        /// Which result, counted from 0.
        index: usize,
    },
    /// A selected row came without its identity.
    #[error("row without _uuid")]
    Nameless,
    /// A number of rows is negative.
    #[error("negative number of rows at byte {offset}")]
    Count {
        /// Where it is.
        offset: usize,
    },
}

/// A walk over the results of a transaction.
#[derive(Debug)]
pub struct Results<'a> {
    raw: &'a [u8],
    reader: Reader<'a>,
    started: bool,
}

impl<'a> Results<'a> {
    /// Of the `result` member of the reply to `transact`.
    pub fn new(raw: &'a [u8]) -> Results<'a> {
        Results { raw, reader: Reader::new(raw), started: false }
    }

    /// Reads one result by itself.
    ///
    /// # Errors
    /// It is not the result of an operation.
    pub fn read(raw: &'a [u8]) -> Result<OpResult<'a>, ResultError> {
        let mut results = Results::new(raw);
        let result = results.one()?;
        results.reader.end()?;
        Ok(result)
    }

    /// The next result; `None` at the end.
    ///
    /// # Errors
    /// It is not the result of an operation.
    pub fn next_result(&mut self) -> Result<Option<OpResult<'a>>, ResultError> {
        let r = &mut self.reader;
        if !self.started {
            r.begin_array()?;
            self.started = true;
        }
        if !r.next_element()? {
            r.end()?;
            return Ok(None);
        }
        self.one().map(Some)
    }

    fn one(&mut self) -> Result<OpResult<'a>, ResultError> {
        let r = &mut self.reader;
        if r.peek()? == Kind::Null {
            r.null()?;
            return Ok(OpResult::Null);
        }
        let start = r.offset();
        let mut result = OpResult::Empty;
        let (mut error, mut details) = (None, None);
        r.begin_object()?;
        while let Some(key) = r.next_key()? {
            match &*key {
                "error" => error = Some(r.string()?),
                "details" if r.peek()? == Kind::String => details = Some(r.string()?),
                "count" => {
                    let offset = r.offset();
                    let count = u64::try_from(r.integer()?).map_err(|_| ResultError::Count { offset })?;
                    result = OpResult::Count(count);
                }
                "uuid" => result = OpResult::Uuid(read_uuid(r)?),
                "rows" => result = OpResult::Rows(r.skip()?),
                _ => {
                    r.skip()?;
                }
            }
        }
        if let Some(error) = error {
            let raw = self.raw.get(start..r.offset()).unwrap_or_default().trim_ascii();
            return Ok(OpResult::Error { error, details, raw });
        }
        Ok(result)
    }
}

fn read_uuid(r: &mut Reader<'_>) -> Result<Uuid, ResultError> {
    let offset = r.offset();
    r.begin_array()?;
    if r.next_element()? && r.string()? == "uuid" && r.next_element()? {
        let uuid = Uuid::parse_bytes(r.string()?.as_bytes());
        if let (Some(uuid), false) = (uuid, r.next_element()?) {
            return Ok(uuid);
        }
    }
    Err(ResultError::Uuid { offset })
}

/// Reads the rows of a `select`, each handed to `take` with its `_uuid` (if that was selected) and its other columns.
///
/// The list of columns is used again for the next row: what the callee wants to keep it takes out. Columns that the schema does not
/// know are left out.
///
/// # Errors
/// The JSON is not an array of rows, or a value does not fit its column.
pub fn read_rows(
    raw: &[u8],
    table: &TableSchema,
    mut take: impl FnMut(Option<Uuid>, &mut Vec<(ColumnId, Datum)>),
) -> Result<(), ResultError> {
    let mut r = Reader::new(raw);
    let mut row = Vec::new();
    r.begin_array()?;
    while r.next_element()? {
        row.clear();
        let uuid = read_columns(&mut r, table, &mut row)?;
        take(uuid, &mut row);
    }
    Ok(r.end()?)
}

/// Reads one such row, adds its columns to `row`, and returns its `_uuid`, if that was selected.
///
/// # Errors
/// The JSON is not a row, or a value does not fit its column.
pub fn read_row(
    raw: &[u8],
    table: &TableSchema,
    row: &mut Vec<(ColumnId, Datum)>,
) -> Result<Option<Uuid>, ResultError> {
    let mut r = Reader::new(raw);
    let uuid = read_columns(&mut r, table, row)?;
    r.end()?;
    Ok(uuid)
}

fn read_columns(
    r: &mut Reader<'_>,
    table: &TableSchema,
    row: &mut Vec<(ColumnId, Datum)>,
) -> Result<Option<Uuid>, ResultError> {
    let mut uuid = None;
    r.begin_object()?;
    while let Some(key) = r.next_key()? {
        let Some((id, column)) = table.column_id(&key).and_then(|id| Some((id, table.column(id)?))) else {
            r.skip()?;
            continue;
        };
        let datum = read_datum(r, &column.type_, &mut |_| None)
            .map_err(|source| ResultError::Datum { column: column.name.clone(), source })?;
        if id == ColumnId::UUID {
            uuid = datum.scalar().and_then(|atom| atom.as_uuid());
        } else {
            row.push((id, datum));
        }
    }
    Ok(uuid)
}

/// An error object, or what it quotes, as Open vSwitch prints it: compact JSON, keys sorted, numbers and strings in one form.
///
/// # Errors
/// It is not JSON.
pub fn render_error(raw: &[u8]) -> Result<String, JsonError> {
    let mut out = Vec::new();
    let mut r = Reader::new(raw);
    sort_keys(&mut r, &mut Writer::new(&mut out), 0)?;
    r.end()?;
    Ok(String::from_utf8_lossy(&out).into_owned())
}

fn sort_keys(r: &mut Reader<'_>, w: &mut Writer<'_>, depth: u32) -> Result<(), JsonError> {
    match r.peek()? {
        Kind::Object if depth < DEPTH_MAX => {
            let mut members = Vec::new();
            r.begin_object()?;
            while let Some(key) = r.next_key()? {
                members.push((key, r.skip()?));
            }
            members.sort_by(|a, b| a.0.cmp(&b.0));
            w.begin_object();
            for (key, value) in members {
                w.key(&key);
                sort_keys(&mut Reader::new(value), w, depth + 1)?;
            }
            w.end_object();
        }
        Kind::Array if depth < DEPTH_MAX => {
            r.begin_array()?;
            w.begin_array();
            while r.next_element()? {
                sort_keys(r, w, depth + 1)?;
            }
            w.end_array();
        }
        // through string() so that escapes come out in one form
        Kind::String => w.string(&r.string()?),
        Kind::Number => match r.number()? {
            Number::Integer(n) => w.integer(n),
            Number::Real(n) => {
                // to 15 digits, though values are never rounded so
                let mut text = String::new();
                print_real(&mut text, n);
                w.raw(text.as_bytes());
            }
        },
        _ => w.raw(r.skip()?.trim_ascii()),
    }
    Ok(())
}
