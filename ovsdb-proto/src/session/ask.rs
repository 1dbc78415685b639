//! Which `select`s a round of reading sends, and the snapshot that their answers make.

use crate::json::Writer;
use crate::op::{
    Condition, Function, OpResult, Operation, ResultError, Results, encode, read_rows, render_error,
};
use crate::replica::{Absent, Cells, Snapshot};
use crate::row::Query;
use crate::schema::{ColumnId, ColumnSet, DatabaseSchema, TableId, TableSchema};
use crate::value::Uuid;
use std::collections::HashMap;

/// The queries of a line, in the order in which they came up, and where each was answered last.
#[derive(Debug, Default)]
pub(super) struct Asked {
    questions: Vec<Question>,
    at: HashMap<(TableId, Vec<Condition>), usize>,
    /// How many of them the line asked before it knew anything, and so will always ask.
    roots: usize,
}

#[derive(Debug)]
struct Question {
    query: Query,
    /// The only row that met the conditions, which a unique index covers: as long as it still meets them it is the answer, and asking for it by
    /// UUID spares an older server a scan.
    only: Option<Uuid>,
    sent: bool,
}

/// Why a round brought no snapshot.
#[derive(Debug, PartialEq)]
pub(super) enum AnswerError {
    /// The server refused a query, in its own words.
    Refused(Box<str>),
    /// The reply makes no sense.
    Malformed(ResultError),
    /// A row that was asked for by UUID is not the answer any more: the round must be asked again.
    Moved,
    /// The database was gone for the moment, as while its schema is converted.
    Passing,
}

impl From<ResultError> for AnswerError {
    fn from(error: ResultError) -> AnswerError {
        AnswerError::Malformed(error)
    }
}

impl Asked {
    pub(super) fn is_empty(&self) -> bool {
        self.questions.is_empty()
    }

    /// Adds what is missing. Whether that asks for anything new.
    pub(super) fn add(&mut self, missing: Vec<Query>) -> bool {
        let first = self.questions.is_empty();
        let mut new = false;
        for query in missing {
            let key = (query.table, query.conditions.clone());
            match self.at.get(&key).and_then(|i| self.questions.get_mut(*i)) {
                Some(known) => {
                    let columns = known.query.columns.union(query.columns);
                    new |= columns != known.query.columns || !known.sent;
                    known.query.columns = columns;
                }
                None => {
                    new = true;
                    self.at.insert(key, self.questions.len());
                    self.questions.push(Question { query, only: None, sent: false });
                }
            }
        }
        if first {
            self.roots = self.questions.len();
        }
        new
    }

    /// Forgets what the line asked only because of what it had read.
    pub(super) fn forget_consequences(&mut self) {
        self.questions.truncate(self.roots);
        let roots = self.roots;
        self.at.retain(|_, place| *place < roots);
    }

    /// Rewrites the queries for a server that lacks some tables and columns.
    pub(super) fn reduce(&mut self, schema: &DatabaseSchema, absent: &Absent) {
        let before = std::mem::take(self);
        let reduced = before.questions.into_iter().filter_map(|Question { query, .. }| {
            let conditions = absent.reduce(query.table, schema.table(query.table)?, &query.conditions)?;
            let columns = query.columns.iter().filter(|c| absent.has_column(query.table, *c)).collect();
            Some(Query { table: query.table, conditions: conditions.into_owned(), columns })
        });
        self.add(reduced.collect());
    }

    /// The tables and columns that the answers come from, for a monitor that tells when they may be others.
    pub(super) fn columns(&self) -> HashMap<TableId, ColumnSet> {
        let mut columns: HashMap<TableId, ColumnSet> = HashMap::new();
        for Question { query, .. } in &self.questions {
            let set = columns.entry(query.table).or_default();
            *set = set.union(query.columns);
            query.conditions.iter().for_each(|c| set.insert(c.column));
            set.remove(ColumnId::UUID);
        }
        columns
    }

    /// Writes all queries as operations of one `transact`, so that the answers are of one moment.
    pub(super) fn write(&mut self, schema: &DatabaseSchema, w: &mut Writer<'_>) {
        let operations: Vec<Operation> = self.questions.iter_mut().map(|q| q.operation(schema)).collect();
        // the ids are of this very schema: a snapshot, which all queries come from, knows no others
        let encoded = encode(&operations, schema, w);
        debug_assert!(encoded.is_ok(), "{encoded:?}");
    }

    /// Makes a snapshot of the reply.
    pub(super) fn answer(&mut self, snapshot: &mut Snapshot, result: &[u8]) -> Result<(), AnswerError> {
        let schema = std::sync::Arc::clone(snapshot.schema());
        let mut results = Results::new(result);
        let mut moved = false;
        for (index, question) in self.questions.iter_mut().enumerate() {
            let Some(table) = schema.table(question.query.table) else { continue };
            let rows = match results.next_result()? {
                Some(OpResult::Rows(raw)) => read(raw, table)?,
                Some(OpResult::Error { error, .. }) if error == "canceled" => {
                    return Err(AnswerError::Passing);
                }
                Some(OpResult::Error { raw, .. }) => {
                    let text = render_error(raw).map_err(ResultError::Json)?;
                    return Err(AnswerError::Refused(text.into()));
                }
                _ => return Err(ResultError::Other { index }.into()),
            };
            if question.only.is_some() && !question.still_holds(&rows) {
                question.only = None;
                moved = true;
                continue;
            }
            question.remember(table, &rows);
            if let Some(uuid) = question.only {
                let this = vec![Condition::uuid(uuid)];
                snapshot.answer(&Query { conditions: this, ..question.query.clone() }, rows.clone());
            }
            snapshot.answer(&question.query, rows);
        }
        match results.next_result()? {
            Some(OpResult::Error { raw, .. }) => {
                Err(AnswerError::Refused(render_error(raw).map_err(ResultError::Json)?.into()))
            }
            Some(_) => Err(ResultError::Other { index: self.questions.len() }.into()),
            None if moved => Err(AnswerError::Moved),
            None => Ok(()),
        }
    }

    /// Forgets where rows were, as before asking another server.
    pub(super) fn forget_places(&mut self) {
        for question in &mut self.questions {
            question.only = None;
        }
    }
}

fn read(raw: &[u8], table: &TableSchema) -> Result<Vec<(Uuid, Cells)>, ResultError> {
    let mut rows: Vec<(Uuid, Cells)> = Vec::new();
    let mut nameless = false;
    read_rows(raw, table, |uuid, cells| match uuid {
        Some(uuid) => rows.push((uuid, std::mem::take(cells))),
        None => nameless = true,
    })?;
    if nameless { Err(ResultError::Nameless) } else { Ok(rows) }
}

impl Question {
    fn operation(&mut self, schema: &DatabaseSchema) -> Operation {
        self.sent = true;
        let mut columns = self.query.columns;
        columns.insert(ColumnId::UUID);
        let mut where_ = self.query.conditions.clone();
        if let Some(uuid) = self.only {
            where_.iter().for_each(|c| columns.insert(c.column));
            where_ = vec![Condition::uuid(uuid)];
        }
        // Who wants all columns names none: a server with an older schema then answers with those that it has, instead of refusing.
        let all = schema.table(self.query.table).is_some_and(|t| columns.is_superset(&t.own_columns()));
        Operation::Select { table: self.query.table, where_, columns: (!all).then_some(columns) }
    }

    fn still_holds(&self, rows: &[(Uuid, Cells)]) -> bool {
        let [(uuid, cells)] = rows else { return false };
        Some(*uuid) == self.only
            && self
                .query
                .conditions
                .iter()
                .all(|c| cells.iter().any(|(id, value)| *id == c.column && *value == c.arg))
    }

    fn remember(&mut self, table: &TableSchema, rows: &[(Uuid, Cells)]) {
        let unique = |c: &Condition| {
            c.function == Function::Eq && c.column != ColumnId::UUID && table.is_unique(c.column)
        };
        self.only = match (self.query.conditions.as_slice(), rows) {
            ([condition], [(uuid, _)]) if unique(condition) => Some(*uuid),
            _ => None,
        };
    }
}
