//! What became of a transaction, by the server's reply.

use super::Request;
use crate::op::{OpResult, ResultError, Results, read_rows, render_error};
use crate::schema::{ColumnId, DatabaseSchema, TableId};
use crate::value::Uuid;
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

/// What the result of an operation is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Expected {
    Done,
    Row(Uuid),
    Counter(TableId, ColumnId),
    Aborted,
}

impl Request {
    /// What the reply `result` to this request means.
    ///
    /// A failed guard (`timed out`), an operation that was not carried out (`null`), a canceled transaction and a database that is gone for the moment all
    /// mean to try again (ovsdb-server(7) section 4.1.3 and the C library).
    ///
    /// # Errors
    /// The reply is not one to these operations.
    pub fn outcome(&self, schema: &DatabaseSchema, result: &[u8]) -> Result<Outcome, ResultError> {
        let mut committed = Committed::default();
        let (mut again, mut refusal) = (false, None);
        let mut results = Results::new(result);
        let mut expected = self.expected.iter();
        while let Some(result) = results.next_result()? {
            let expected = expected.next();
            match (result, expected) {
                (OpResult::Null, _) => again = true,
                (OpResult::Error { error, details, raw }, expected) => match &*error {
                    "timed out" | "canceled" | "unknown database" => again = true,
                    "aborted" if expected == Some(&Expected::Aborted) => {}
                    _ if refusal.is_some() => {}
                    _ => {
                        let json = render_error(raw).map_err(ResultError::Json)?.into();
                        refusal =
                            Some(Refusal { error: error.into(), details: details.map(Into::into), json });
                    }
                },
                (OpResult::Uuid(real), Some(Expected::Row(local))) => {
                    committed.rows.insert(*local, real);
                }
                (OpResult::Rows(rows), Some(Expected::Counter(table, column))) => {
                    let Some(table) = schema.table(*table) else { continue };
                    read_rows(rows, table, |_, cells| {
                        let cell = cells.iter().find(|c| c.0 == *column);
                        committed
                            .counters
                            .extend(cell.and_then(|c| c.1.scalar()).and_then(|a| a.as_integer()));
                    })?;
                }
                _ => {}
            }
        }
        Ok(match refusal {
            Some(refusal) => Outcome::Refused(refusal),
            None if again || expected.next().is_some() => Outcome::TryAgain,
            None => Outcome::Committed(committed),
        })
    }
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.json)
    }
}
