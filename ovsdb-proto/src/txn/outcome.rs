//! What became of a transaction, by the server's reply.

use super::Request;
use crate::op::{OpResult, ResultError, Results, read_rows, render_error};
use crate::schema::{ColumnId, DatabaseSchema, TableId};
use crate::value::{Atom, Uuid};
use std::collections::HashMap;

/// What a server made of a transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Carried out (or, in a dry run, found right and then aborted).
    Committed(Committed),
    /// Something changed since the snapshot was read: it must be worked out again from a fresh one.
    TryAgain,
    /// Refused; nothing was changed.
    Refused(Refusal),
}

/// What a committed transaction brought.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Committed {
    /// The real UUIDs of the new rows, by those that the transaction used.
    pub rows: HashMap<Uuid, Uuid>,
    /// The values of the incremented columns, in the order of the increments.
    pub counters: Vec<i64>,
}

/// An error that the server answered (RFC 7047 section 3.1, `<error>`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// What kind of error, such as `constraint violation`.
    pub error: Box<str>,
    /// What the server says about it.
    pub details: Option<Box<str>>,
    /// The whole object as compact JSON with sorted keys.
    pub json: Box<str>,
}

/// What the result of an operation must be, and what it is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Expected {
    /// That it was carried out.
    Empty,
    /// How many rows it changed.
    Count,
    /// The real identity of this new row.
    Row(Uuid),
    /// The value of an incremented column.
    Counter(TableId, ColumnId),
    /// The error of an `abort`.
    Aborted,
}

impl Request {
    /// What the reply `result` to this request means.
    ///
    /// A failed guard (`timed out`), an operation that was not carried out (`null`), a canceled transaction and a database that is gone for the moment all
    /// mean to try again (ovsdb-server(7) section 4.1.3 and the C library).
    ///
    /// # Errors
    /// The reply is not one to these operations. Whether they were carried out is then unknown.
    pub fn outcome(&self, schema: &DatabaseSchema, result: &[u8]) -> Result<Outcome, ResultError> {
        let mut committed = Committed::default();
        let (mut again, mut refusal) = (false, None);
        let mut results = Results::new(result);
        let mut index = 0;
        while let Some(result) = results.next_result()? {
            match (result, self.expected.get(index)) {
                (OpResult::Error { error, .. }, Some(Expected::Aborted)) if error == "aborted" => {}
                (OpResult::Null, Some(_)) => again = true,
                // after the results of all operations comes the error of the commit, if there is one (RFC 7047 section 4.1.3)
                (OpResult::Error { .. }, None) if index > self.expected.len() => {
                    return Err(ResultError::Other { index });
                }
                (OpResult::Error { error, details, raw }, _) => match &*error {
                    "timed out" | "canceled" | "unknown database" => again = true,
                    _ if refusal.is_some() => {}
                    _ => {
                        let json = render_error(raw).map_err(ResultError::Json)?.into();
                        let details = details.map(Into::into);
                        refusal = Some(Refusal { error: error.into(), details, json });
                    }
                },
                (OpResult::Uuid(real), Some(Expected::Row(local))) => {
                    committed.rows.insert(*local, real);
                }
                (OpResult::Rows(rows), Some(Expected::Counter(table, column))) => {
                    let counter = read_counter(rows, schema, *table, *column)?;
                    committed.counters.push(counter.ok_or(ResultError::Other { index })?);
                }
                (OpResult::Empty, Some(Expected::Empty)) | (OpResult::Count(_), Some(Expected::Count)) => {}
                _ => return Err(ResultError::Other { index }),
            }
            index += 1;
        }
        match refusal {
            Some(refusal) => Ok(Outcome::Refused(refusal)),
            None if again => Ok(Outcome::TryAgain),
            None if index < self.expected.len() => Err(ResultError::Other { index }),
            None => Ok(Outcome::Committed(committed)),
        }
    }
}

// the value in the only row, if it is one row with a number
fn read_counter(
    rows: &[u8],
    schema: &DatabaseSchema,
    table: TableId,
    column: ColumnId,
) -> Result<Option<i64>, ResultError> {
    let Some(table) = schema.table(table) else { return Ok(None) };
    let mut values = Vec::new();
    read_rows(rows, table, |_, cells| {
        let cell = cells.iter().find(|cell| cell.0 == column);
        values.push(cell.and_then(|cell| cell.1.scalar()).and_then(Atom::as_integer));
    })?;
    Ok(if let [value] = values.as_slice() { *value } else { None })
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.json)
    }
}
