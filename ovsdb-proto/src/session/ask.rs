//! Which `select`s a round of reading sends, and the snapshot that their answers make.

use crate::json::Writer;
use crate::op::{Condition, Function, OpResult, Operation, ResultError, Results, encode, read_rows};
use crate::replica::{Absent, Cells, Snapshot};
use crate::row::Query;
use crate::schema::{ColumnId, ColumnSet, DatabaseSchema, TableId};
use crate::value::{Datum, Uuid};
use std::collections::HashMap;

/// The queries of a line, in the order in which they came up, and where each was answered last.
#[derive(Debug, Default)]
pub(super) struct Asked {
    queries: Vec<Question>,
    at: HashMap<(TableId, Vec<Condition>), usize>,
}

#[derive(Debug)]
struct Question {
    query: Query,
    /// The only row that met the conditions, which a unique index covers: as long as it still meets them it is the answer, and asking for it by
    /// UUID spares an older server a scan.
    only: Option<Uuid>,
    sent: bool,
}

/// A server does not understand a query: its schema is another one.
#[derive(Debug)]
pub(super) enum AnswerError {
    /// The server refused a query, in its own words.
    Refused(Box<str>),
    /// The reply makes no sense.
    Malformed(ResultError),
    /// A row that was asked for by UUID is not the answer any more: the round must be asked again.
    Moved,
}

impl From<ResultError> for AnswerError {
    fn from(error: ResultError) -> AnswerError {
        AnswerError::Malformed(error)
    }
}

impl Asked {
    pub(super) fn is_empty(&self) -> bool {
        self.queries.is_empty()
    }

    /// Adds what is missing. Whether that asks for anything new.
    pub(super) fn add(&mut self, missing: Vec<Query>) -> bool {
        let mut new = false;
        for query in missing {
            match self.at.get(&(query.table, query.conditions.clone())).and_then(|i| self.queries.get_mut(*i))
            {
                Some(known) => {
                    let columns = known.query.columns.union(query.columns);
                    new |= columns != known.query.columns || !known.sent;
                    known.query.columns = columns;
                }
                None => {
                    new = true;
                    self.at.insert((query.table, query.conditions.clone()), self.queries.len());
                    self.queries.push(Question { query, only: None, sent: false });
                }
            }
        }
        new
    }

    /// The tables and columns that the answers come from, for a monitor that tells when they may be others.
    pub(super) fn columns(&self) -> HashMap<TableId, ColumnSet> {
        let mut columns: HashMap<TableId, ColumnSet> = HashMap::new();
        for Question { query, .. } in &self.queries {
            let set = columns.entry(query.table).or_default();
            *set = set.union(query.columns);
            query.conditions.iter().filter(|c| c.column != ColumnId::UUID).for_each(|c| set.insert(c.column));
        }
        columns
    }

    /// Writes all queries as operations of one `transact`, so that the answers are of one moment.
    pub(super) fn write(&mut self, schema: &DatabaseSchema, absent: &Absent, w: &mut Writer<'_>) {
        let operations: Vec<Operation> =
            self.queries.iter_mut().filter_map(|q| q.operation(schema, absent)).collect();
        // the ids are of this very schema: the transaction took them from it
        let encoded = encode(&operations, schema, w);
        debug_assert!(encoded.is_ok(), "{encoded:?}");
    }

    /// Makes a snapshot of the reply.
    pub(super) fn answer(&mut self, snapshot: &mut Snapshot, result: &[u8]) -> Result<(), AnswerError> {
        let schema = std::sync::Arc::clone(snapshot.schema());
        let absent = std::sync::Arc::clone(snapshot.absent());
        let mut results = Results::new(result);
        let mut moved = false;
        for question in &mut self.queries {
            let Some(table) = schema.table(question.query.table) else { continue };
            if question.columns_asked(&absent).is_none() {
                snapshot.answer(&question.query, []);
                continue;
            }
            let mut rows: Vec<(Uuid, Cells)> = Vec::new();
            match results.next_result()? {
                Some(OpResult::Rows(raw)) => {
                    read_rows(raw, table, |uuid, cells| {
                        rows.extend(uuid.map(|u| (u, std::mem::take(cells))))
                    })?;
                }
                Some(OpResult::Error { raw, .. }) => {
                    return Err(AnswerError::Refused(String::from_utf8_lossy(raw).into()));
                }
                _ => return Err(AnswerError::Refused("no rows in the reply".into())),
            }
            if question.only.is_some() && !question.still_holds(&rows) {
                question.only = None;
                moved = true;
                continue;
            }
            question.remember(table, &rows);
            if let Some(uuid) = question.only {
                let this = vec![Condition::eq(ColumnId::UUID, Datum::one(uuid))];
                snapshot.answer(&Query { conditions: this, ..question.query.clone() }, rows.clone());
            }
            snapshot.answer(&question.query, rows);
        }
        if moved { Err(AnswerError::Moved) } else { Ok(()) }
    }

    /// Forgets where rows were, as before asking another server.
    pub(super) fn forget_places(&mut self) {
        for question in &mut self.queries {
            question.only = None;
        }
    }
}

impl Question {
    // None: the answer is known without asking, for the server lacks the table or a column tested
    fn columns_asked(&self, absent: &Absent) -> Option<ColumnSet> {
        let Query { table, conditions, columns } = &self.query;
        if !conditions.iter().all(|c| absent.has_column(*table, c.column)) || !absent.has_table(*table) {
            return None;
        }
        let mut asked: ColumnSet = columns.iter().filter(|c| absent.has_column(*table, *c)).collect();
        asked.insert(ColumnId::UUID);
        if self.only.is_some() {
            conditions.iter().for_each(|c| asked.insert(c.column));
        }
        Some(asked)
    }

    fn operation(&mut self, schema: &DatabaseSchema, absent: &Absent) -> Option<Operation> {
        let asked = self.columns_asked(absent)?;
        // Who wants all columns names none: a server with an older schema then answers with those that it has, instead of refusing.
        let all = schema.table(self.query.table).is_some_and(|t| asked.is_superset(&t.own_columns()));
        let columns = (!all).then_some(asked);
        self.sent = true;
        let where_ = match self.only {
            Some(uuid) => vec![Condition::eq(ColumnId::UUID, Datum::one(uuid))],
            None => self.query.conditions.clone(),
        };
        Some(Operation::Select { table: self.query.table, where_, columns })
    }

    fn still_holds(&self, rows: &[(Uuid, Cells)]) -> bool {
        let [(_, cells)] = rows else { return false };
        self.query
            .conditions
            .iter()
            .all(|c| cells.iter().any(|(id, value)| *id == c.column && *value == c.arg))
    }

    fn remember(&mut self, table: &crate::schema::TableSchema, rows: &[(Uuid, Cells)]) {
        let unique = |c: &Condition| {
            c.function == Function::Eq && c.column != ColumnId::UUID && table.is_unique(c.column)
        };
        self.only = match (self.query.conditions.as_slice(), rows) {
            ([condition], [(uuid, _)]) if unique(condition) => Some(*uuid),
            _ => None,
        };
    }
}
