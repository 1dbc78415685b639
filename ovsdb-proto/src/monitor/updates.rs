//! Which rows changed, and how: a walk over table updates (RFC 7047 section 4.1.6, ovsdb-server(7) section 4.1.14).

use super::{DatumRef, read_datum_ref};
use crate::json::{JsonError, JsonErrorKind, Kind, Reader};
use crate::value::{DatumError, Uuid};
use std::borrow::Cow;

/// Which of the two formats of table updates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UpdateFormat {
    /// `<table-updates>`: the reply to `monitor`, and `update`. Every row comes whole.
    Update,
    /// `<table-updates2>`: the replies to `monitor_cond` and `monitor_cond_since`, `update2` and `update3`. Of a row that was
    /// modified only the differences come.
    Update2,
}

/// What happened to a row, and so what its columns say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowChange {
    /// It was there when the monitor began: its columns, without those that hold their type's default. [`UpdateFormat::Update2`] only.
    Initial,
    /// It is new: its columns; in [`UpdateFormat::Update2`] without those that hold their type's default. In
    /// [`UpdateFormat::Update`] it may also have been there when the monitor began.
    Insert,
    /// It changed: the difference of each column that changed. Of a set, the elements that came or went; of a map, the pairs that
    /// came, went or changed, with the new value; of a column of exactly one value, that value. [`UpdateFormat::Update2`] only.
    Modify,
    /// It changed: all of its columns as they are now. [`UpdateFormat::Update`] only.
    Replace,
    /// It is gone: its columns as they were in [`UpdateFormat::Update`], none in [`UpdateFormat::Update2`].
    Delete,
}

/// A walk over table updates: tables, in them rows, in them columns. What is not read is passed over.
///
/// ```
/// use ovsdb_proto::monitor::{AtomRef, DatumRef, RowChange, UpdateFormat, Updates};
/// let json = br#"{"Bridge":{"00112233-4455-6677-8899-aabbccddeeff":{"insert":{"name":"br0"}}}}"#;
/// let mut updates = Updates::new(json, UpdateFormat::Update2)?;
/// while let Some(table) = updates.next_table()? {
///     assert_eq!(table, "Bridge");
///     while let Some((uuid, change)) = updates.next_row()? {
///         assert_eq!(change, RowChange::Insert);
///         while let Some(column) = updates.next_column()? {
///             assert_eq!(column, "name");
///             assert!(matches!(updates.value()?, DatumRef::Atom(AtomRef::String(name)) if name == "br0"));
///         }
///     }
/// }
/// # Ok::<(), ovsdb_proto::value::DatumError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Updates<'a> {
    /// Inside the object of tables at depth `base` + 1, of rows at + 2, of one row's change at + 3, of its columns at + 4.
    reader: Reader<'a>,
    base: u32,
    format: UpdateFormat,
    /// Where the value of the column named last begins, as long as it may not have been read. As with the next two, 0 is nowhere: no
    /// value begins there.
    value_at: usize,
    /// In [`UpdateFormat::Update`]: where to go on once the row that is being read is done.
    after_row: usize,
    /// In [`UpdateFormat::Update`]: where the old values begin, if the row came with new ones too.
    old: usize,
}

const TABLES: u32 = 1;
const ROWS: u32 = 2;
const CHANGE: u32 = 3;
const COLUMNS: u32 = 4;

impl<'a> Updates<'a> {
    /// Walks `updates`, one JSON object.
    ///
    /// # Errors
    /// It is no object.
    pub fn new(updates: &'a [u8], format: UpdateFormat) -> Result<Updates<'a>, DatumError> {
        Updates::within_message(Reader::new(updates), format)
    }

    /// Walks the object that comes next in a message. If anything is open around it, [`end`](Self::end) closes it.
    pub(super) fn within_message(
        mut reader: Reader<'a>,
        format: UpdateFormat,
    ) -> Result<Updates<'a>, DatumError> {
        let base = reader.depth();
        reader.begin_object()?;
        Ok(Updates { reader, base, format, value_at: 0, after_row: 0, old: 0 })
    }

    /// The next table, or `None` after the last.
    ///
    /// # Errors
    /// The updates are malformed.
    #[inline(always)]
    pub fn next_table(&mut self) -> Result<Option<Cow<'a, str>>, DatumError> {
        self.end_row()?;
        self.reader.leave(self.base + TABLES)?;
        if self.depth() < TABLES {
            return Ok(None);
        }
        let table = self.reader.next_key()?;
        if table.is_some() {
            self.reader.begin_object()?;
        } else {
            self.end()?;
        }
        Ok(table)
    }

    /// The next row of the table, or `None` after the last.
    ///
    /// # Errors
    /// The updates are malformed.
    #[inline(always)]
    pub fn next_row(&mut self) -> Result<Option<(Uuid, RowChange)>, DatumError> {
        self.end_row()?;
        if self.depth() < ROWS {
            return Ok(None);
        }
        let offset = self.reader.offset();
        let Some(key) = self.reader.next_key()? else { return Ok(None) };
        let uuid = Uuid::parse_bytes(key.as_bytes()).ok_or(DatumError::Uuid { offset })?;
        let change = match self.format {
            UpdateFormat::Update => self.begin_old_and_new()?,
            UpdateFormat::Update2 => self.begin_change()?,
        };
        Ok(Some((uuid, change)))
    }

    /// The next column of the row, whose value is then to be read, or `None` after the last.
    ///
    /// # Errors
    /// The updates are malformed.
    #[inline(always)]
    pub fn next_column(&mut self) -> Result<Option<Cow<'a, str>>, DatumError> {
        if self.depth() < COLUMNS {
            return Ok(None);
        }
        self.end_value()?;
        let Some(column) = self.reader.next_key()? else { return Ok(None) };
        // only past white space is the offset that of the value
        self.reader.peek()?;
        self.value_at = self.reader.offset();
        Ok(Some(column))
    }

    /// The value of the column. To be asked for once.
    ///
    /// # Errors
    /// It is malformed.
    #[inline(always)]
    pub fn value(&mut self) -> Result<DatumRef<'_, 'a>, DatumError> {
        read_datum_ref(&mut self.reader)
    }

    /// The reader where the value of the column begins, for those who know its type. No more than the value may be read.
    #[inline]
    pub const fn value_reader(&mut self) -> &mut Reader<'a> {
        &mut self.reader
    }

    /// Turns to the old values of a row whose change was [`RowChange::Replace`]: from now on
    /// [`next_column`](Self::next_column) yields the columns that changed, with what they held before. Answers whether there are any.
    ///
    /// # Errors
    /// They are no object.
    pub fn begin_old(&mut self) -> Result<bool, DatumError> {
        if self.old == 0 {
            return Ok(false);
        }
        self.reader.go_to(self.old, self.base + CHANGE);
        self.old = 0;
        self.value_at = 0;
        self.reader.begin_object()?;
        Ok(true)
    }

    /// How deep inside of the updates the reader is.
    #[inline(always)]
    const fn depth(&self) -> u32 {
        // not below: after the last table the reader is as deep as before the first, or at the end of the message
        self.reader.depth().saturating_sub(self.base)
    }

    /// Closes what is open around the updates: at most one array, and the object that is the message, of which no other member
    /// may be more than `null`.
    fn end(&mut self) -> Result<(), DatumError> {
        let offset = self.reader.offset();
        if self.base == 2 && self.reader.next_element()? {
            return Err(expected("the end of the updates", offset));
        }
        if self.base > 0 {
            while let Some(key) = self.reader.next_key()? {
                let known = matches!(&*key, "id" | "method" | "params" | "result" | "error");
                if !known || self.reader.peek()? != Kind::Null {
                    return Err(expected("the end of the message", self.reader.offset()));
                }
                self.reader.null()?;
            }
        }
        Ok(self.reader.end()?)
    }

    /// Enters the columns of one row of `<table-updates2>`, an object with one member.
    #[inline]
    fn begin_change(&mut self) -> Result<RowChange, DatumError> {
        self.reader.begin_object()?;
        let offset = self.reader.offset();
        let key = self.reader.next_key()?;
        let change = match key.as_deref() {
            Some("initial") => RowChange::Initial,
            Some("insert") => RowChange::Insert,
            Some("modify") => RowChange::Modify,
            Some("delete") => RowChange::Delete,
            _ => return Err(expected("`initial`, `insert`, `delete` or `modify`", offset)),
        };
        if change == RowChange::Delete && self.reader.peek()? == Kind::Null {
            self.reader.null()?;
        } else {
            self.reader.begin_object()?;
        }
        Ok(change)
    }

    /// Enters the columns of one row of `<table-updates>`, an object with `old`, `new` or both, in any order.
    fn begin_old_and_new(&mut self) -> Result<RowChange, DatumError> {
        self.reader.begin_object()?;
        let (mut old, mut new) = (0, 0);
        loop {
            let offset = self.reader.offset();
            let Some(key) = self.reader.next_key()? else { break };
            match &*key {
                "old" if old == 0 => old = self.reader.offset(),
                "new" if new == 0 => new = self.reader.offset(),
                _ => return Err(expected("`old` or `new`", offset)),
            }
            self.reader.skip()?;
        }
        let (columns, change) = match (old, new) {
            (0, 0) => return Err(expected("`old` or `new`", self.reader.offset())),
            (0, new) => (new, RowChange::Insert),
            (old, 0) => (old, RowChange::Delete),
            (old, new) => {
                self.old = old;
                (new, RowChange::Replace)
            }
        };
        self.after_row = self.reader.offset();
        self.reader.go_to(columns, self.base + CHANGE);
        self.reader.begin_object()?;
        Ok(change)
    }

    /// Passes over what is left of the value of the column named last.
    #[inline(always)]
    fn end_value(&mut self) -> Result<(), JsonError> {
        if self.value_at == self.reader.offset() {
            self.reader.skip()?;
        } else if self.value_at != 0 {
            self.reader.leave(self.base + COLUMNS)?;
        }
        self.value_at = 0;
        Ok(())
    }

    /// Passes over what is left of the row, so that the reader stands between rows.
    #[inline(always)]
    fn end_row(&mut self) -> Result<(), DatumError> {
        if self.depth() < CHANGE {
            return Ok(());
        }
        self.value_at = 0;
        if self.format == UpdateFormat::Update {
            self.old = 0;
            self.reader.go_to(self.after_row, self.base + ROWS);
            return Ok(());
        }
        self.reader.leave(self.base + CHANGE)?;
        if self.reader.end_object() {
            return Ok(());
        }
        Err(self.second_change())
    }

    /// The error of a row of `<table-updates2>` with more than one member.
    #[cold]
    fn second_change(&mut self) -> DatumError {
        let offset = self.reader.offset();
        match self.reader.next_key() {
            Ok(_) => expected("one change of a row", offset),
            Err(error) => error.into(),
        }
    }
}

pub(super) fn expected(what: &'static str, offset: usize) -> DatumError {
    DatumError::Json(JsonError { kind: JsonErrorKind::Expected(what), offset })
}

#[cfg(test)]
mod tests;
