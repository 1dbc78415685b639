//! Long replies taken in row by row, so that none of them need be held whole.

use super::{RpcError, id_number};
use crate::frame::PartRef;
use crate::json::{JsonError, JsonErrorKind, Reader};
use crate::limits::ROW_BYTES_MAX;

/// The request whose reply is taken in by rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Awaited {
    /// None is: every message comes whole.
    Nothing,
    /// The `transact` of this id: the rows of its `select`s.
    Rows(u64),
    /// The `monitor`, `monitor_cond` or `monitor_cond_since` of this id: its initial rows.
    Updates(u64),
}

/// What a part of a long message came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event<'a> {
    /// Nothing yet.
    Nothing,
    /// A row in the result of an operation, which is not checked yet.
    Row {
        /// Which operation, counted from 0.
        operation: usize,
        /// A JSON object.
        row: &'a [u8],
    },
    /// The end of the result of an operation. Of a `monitor_cond_since`, an element before the
    /// updates.
    Result {
        /// Which operation, counted from 0.
        operation: usize,
        /// The result, with no elements in `rows`. JSON, not checked yet.
        result: &'a [u8],
    },
    /// A row in the result of a monitor.
    Update {
        /// The name of its table, a JSON string.
        table: &'a [u8],
        /// Its UUID, a JSON string.
        row: &'a [u8],
        /// What the server says of it. JSON, not checked yet.
        update: &'a [u8],
    },
    /// The end of the reply whose rows came.
    End {
        /// Its `error`, if that is not `null`.
        error: Option<&'a [u8]>,
    },
    /// Any other message, whole. Of a notification of updates only the method is there, with no
    /// parameters.
    Message(&'a [u8]),
}

/// Puts together what the parts of long messages mean.
///
/// [`LongReply::depth`] says how deeply the next part is to be split. Only members that precede
/// `result` say whose reply it is, and all known servers write `id` first; if it comes later, the
/// message is passed on whole, if it is not longer than the limit.
#[derive(Clone, Debug)]
pub struct LongReply {
    text_bytes_max: usize,
    state: State,
    /// What does not consist of rows, to be passed on whole.
    text: Vec<u8>,
    /// Whether a comma is due in `text`.
    comma: bool,
    key: Key,
    id: Option<u64>,
    is_update: bool,
    /// Whether the rows of the reply are handed out.
    by_rows: bool,
    /// Which operation's result comes next.
    operation: usize,
    had_rows: bool,
    table: Vec<u8>,
    row: Vec<u8>,
    error: Option<Vec<u8>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Between,
    /// Among the members of the message.
    Message,
    /// Inside of parameters that nobody wants, so many levels deep.
    Unwanted(u32),
    /// Among the results of operations.
    Results,
    /// Among the members of one of them.
    Result,
    /// Among its rows.
    Rows,
    /// Among the tables of a monitor's result, which is inside of an array or not.
    Tables {
        in_array: bool,
    },
    /// Among the rows of one of them.
    TableRows {
        in_array: bool,
    },
    /// Behind the tables, in the array.
    AfterTables,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Key {
    Id,
    Method,
    Params,
    Result,
    Error,
    Rows,
    Other,
}

impl LongReply {
    /// For messages of which what is passed on whole has up to `text_bytes_max` bytes.
    pub fn new(text_bytes_max: usize) -> LongReply {
        LongReply {
            text_bytes_max,
            state: State::Between,
            text: Vec::new(),
            comma: false,
            key: Key::Other,
            id: None,
            is_update: false,
            by_rows: false,
            operation: 0,
            had_rows: false,
            table: Vec::new(),
            row: Vec::new(),
            error: None,
        }
    }

    /// How deeply the next part is to be split.
    pub fn depth(&self) -> u32 {
        match self.state {
            State::Message if self.key == Key::Result && self.by_rows => 2,
            State::Message if self.key == Key::Params && self.is_update => u32::MAX,
            State::Between | State::Message => 1,
            State::Unwanted(_) => u32::MAX,
            State::Results => 3,
            State::Result if self.key == Key::Rows => 4,
            State::Result => 3,
            State::Rows => 4,
            State::Tables { in_array } => 3 + u32::from(in_array),
            State::TableRows { in_array } => 3 + u32::from(in_array),
            State::AfterTables => 2,
        }
    }

    /// Takes the next part in.
    ///
    /// # Errors
    /// It does not fit what came before, or what is to be passed on whole is too long.
    pub fn push<'a>(&'a mut self, part: PartRef<'a>, awaited: Awaited) -> Result<Event<'a>, RpcError> {
        match (self.state, part) {
            (State::Between, PartRef::Object) => {
                *self = LongReply::new(self.text_bytes_max);
                self.state = State::Message;
                self.write(b"{")?;
            }
            (State::Between, _) => return Err(unexpected("an object")),
            (State::Message, PartRef::Key(key)) => self.begin_member(key, awaited)?,
            (State::Message, PartRef::Value(value)) => self.end_member(value)?,
            (State::Message, PartRef::Array) if self.key == Key::Params => self.state = State::Unwanted(1),
            (State::Message, PartRef::Array) => self.state = State::Results,
            (State::Message, PartRef::Object) if matches!(awaited, Awaited::Updates(_)) => {
                self.state = State::Tables { in_array: false };
            }
            (State::Message, PartRef::Object) => return Err(unexpected("an array")),
            (State::Message, PartRef::End) => {
                self.state = State::Between;
                if self.by_rows {
                    return Ok(Event::End { error: self.error.as_deref() });
                }
                self.write(b"}")?;
                return Ok(Event::Message(&self.text));
            }
            (State::Unwanted(depth), PartRef::Array | PartRef::Object) => {
                self.state = State::Unwanted(depth + 1)
            }
            (State::Unwanted(depth), PartRef::End) => {
                self.state = if depth > 1 { State::Unwanted(depth - 1) } else { State::Message };
                if depth == 1 {
                    self.write(b"[]")?;
                    self.comma = true;
                }
            }
            (State::Unwanted(_), PartRef::Key(_) | PartRef::Value(_)) => {}
            (State::Results, PartRef::Value(result)) => {
                self.operation += 1;
                return Ok(Event::Result { operation: self.operation - 1, result });
            }
            (State::Results, PartRef::Object) if matches!(awaited, Awaited::Updates(_)) => {
                self.state = State::Tables { in_array: true };
            }
            (State::Results, PartRef::Object) => {
                self.state = State::Result;
                (self.key, self.had_rows) = (Key::Other, false);
                self.restart();
                self.write(b"{")?;
            }
            (State::Results | State::AfterTables, PartRef::End) => self.state = State::Message,
            (State::Result, PartRef::Key(key)) => {
                self.key = if Reader::new(key).string()? == "rows" { Key::Rows } else { Key::Other };
                self.write_key(key)?;
            }
            (State::Result, PartRef::Value(value)) => self.write_value(value)?,
            (State::Result, PartRef::Array) if !self.had_rows => {
                self.had_rows = true;
                self.state = State::Rows;
            }
            (State::Result, PartRef::End) => {
                self.write(b"}")?;
                self.state = State::Results;
                self.operation += 1;
                return Ok(Event::Result { operation: self.operation - 1, result: &self.text });
            }
            (State::Rows, PartRef::Value(row)) if row.len() <= ROW_BYTES_MAX => {
                return Ok(Event::Row { operation: self.operation, row });
            }
            (State::Rows, PartRef::Value(_)) => return Err(RpcError::RowTooLong { limit: ROW_BYTES_MAX }),
            (State::Rows, PartRef::End) => {
                self.write_value(b"[]")?;
                self.state = State::Result;
            }
            (State::Tables { .. }, PartRef::Key(key)) => self.table = key.to_vec(),
            (State::Tables { in_array }, PartRef::Object) => self.state = State::TableRows { in_array },
            (State::Tables { in_array }, PartRef::End) => {
                self.state = if in_array { State::AfterTables } else { State::Message };
            }
            (State::TableRows { .. }, PartRef::Key(key)) => self.row = key.to_vec(),
            (State::TableRows { .. }, PartRef::Value(update)) if update.len() > ROW_BYTES_MAX => {
                return Err(RpcError::RowTooLong { limit: ROW_BYTES_MAX });
            }
            (State::TableRows { .. }, PartRef::Value(update)) => {
                return Ok(Event::Update { table: &self.table, row: &self.row, update });
            }
            (State::TableRows { in_array }, PartRef::End) => self.state = State::Tables { in_array },
            (State::Tables { .. }, _) => return Err(unexpected("an object")),
            (State::AfterTables, _) => return Err(unexpected("the end of the updates")),
            (State::Result | State::Results | State::Rows | State::TableRows { .. }, _) => {
                return Err(unexpected("a value"));
            }
        }
        Ok(Event::Nothing)
    }

    fn begin_member(&mut self, key: &[u8], awaited: Awaited) -> Result<(), RpcError> {
        self.key = match &*Reader::new(key).string()? {
            "id" => Key::Id,
            "method" => Key::Method,
            "params" => Key::Params,
            "result" => Key::Result,
            "error" => Key::Error,
            _ => Key::Other,
        };
        let awaited = match awaited {
            Awaited::Rows(id) | Awaited::Updates(id) => Some(id),
            Awaited::Nothing => None,
        };
        if self.key == Key::Result && self.id.is_some() && self.id == awaited {
            if std::mem::replace(&mut self.by_rows, true) {
                return Err(unexpected("one `result`"));
            }
            return Ok(());
        }
        self.write_key(key)
    }

    fn end_member(&mut self, value: &[u8]) -> Result<(), RpcError> {
        match self.key {
            Key::Id => self.id = id_number(value),
            Key::Method => {
                let name = Reader::new(value).string()?;
                self.is_update = matches!(&*name, "update" | "update2" | "update3");
            }
            Key::Error if self.by_rows && value != b"null" => self.error = Some(value.to_vec()),
            // no rows came, and so the message is passed on whole
            Key::Result if self.by_rows => {
                self.by_rows = false;
                self.write_key(b"\"result\"")?;
            }
            Key::Result | Key::Params | Key::Error | Key::Rows | Key::Other => {}
        }
        self.write_value(value)
    }

    fn restart(&mut self) {
        self.text.clear();
        self.comma = false;
    }

    fn write_key(&mut self, key: &[u8]) -> Result<(), RpcError> {
        if self.comma {
            self.write(b",")?;
        }
        self.write(key)?;
        self.write(b":")
    }

    fn write_value(&mut self, value: &[u8]) -> Result<(), RpcError> {
        self.comma = true;
        self.write(value)
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), RpcError> {
        if self.text.len() + bytes.len() > self.text_bytes_max {
            return Err(RpcError::TooLong { limit: self.text_bytes_max });
        }
        self.text.extend_from_slice(bytes);
        Ok(())
    }
}

fn unexpected(what: &'static str) -> RpcError {
    JsonError { kind: JsonErrorKind::Expected(what), offset: 0 }.into()
}

#[cfg(test)]
mod tests;
