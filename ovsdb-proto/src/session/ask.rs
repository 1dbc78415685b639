//! Which `select`s a round of reading sends, and the snapshot that their answers make.

use crate::json::Writer;
use crate::op::{
    Condition, Function, OpResult, Operation, ResultError, Results, encode, read_row, read_rows, render_error,
};
use crate::replica::{Absent, Cells, Snapshot};
use crate::row::Query;
use crate::schema::{ColumnId, ColumnSet, DatabaseSchema, TableId, TableSchema};
use crate::value::{Datum, Uuid};
use std::collections::HashMap;
use std::sync::Arc;

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
    /// The last answer, if it may have been large: as long as the same rows have the same `_version` (RFC 7047 section 3.2) it still is the answer.
    held: Option<Held>,
    sent: bool,
}

#[derive(Debug)]
struct Held {
    columns: ColumnSet,
    /// With `_version` among the cells, by UUID.
    rows: Vec<(Uuid, Cells)>,
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
                    self.questions.push(Question { query, only: None, held: None, sent: false });
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
            set.remove(ColumnId::VERSION);
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

    /// Makes a snapshot of a whole reply.
    pub(super) fn answer(&mut self, snapshot: Snapshot, result: &[u8]) -> Result<Snapshot, AnswerError> {
        let mut answer = Answer::new(snapshot);
        let mut results = Results::new(result);
        while let Some(result) = results.next_result()? {
            answer.result(self, result)?;
        }
        answer.finish(self)
    }

    /// Forgets where rows were and what they held, as before asking another server, whose versions are others.
    pub(super) fn forget_places(&mut self) {
        self.questions.iter_mut().for_each(Question::forget);
    }
}

/// A reply on its way into a snapshot.
#[derive(Debug)]
pub(super) struct Answer {
    snapshot: Snapshot,
    /// The rows of the result that has not ended.
    rows: Vec<(Uuid, Cells)>,
    /// Which question the next result answers.
    next: usize,
    moved: bool,
    /// Why there will be no snapshot. The rest of the reply does not matter.
    failed: Option<AnswerError>,
}

impl Answer {
    pub(super) const fn new(snapshot: Snapshot) -> Answer {
        Answer { snapshot, rows: Vec::new(), next: 0, moved: false, failed: None }
    }

    /// Records a row of a result that has not ended yet.
    ///
    /// # Errors
    /// It is no row of the table that was asked for.
    pub(super) fn row(&mut self, asked: &Asked, row: &[u8]) -> Result<(), ResultError> {
        if self.failed.is_some() {
            return Ok(());
        }
        let question = asked.questions.get(self.next).ok_or(ResultError::Other { index: self.next })?;
        let schema = Arc::clone(self.snapshot.schema());
        let Some(table) = schema.table(question.query.table) else { return Ok(()) };
        let mut cells = Cells::new();
        let uuid = read_row(row, table, &mut cells)?;
        self.rows.push((uuid.ok_or(ResultError::Nameless)?, cells));
        Ok(())
    }

    /// Records the result of the next query, with those of its rows that were not recorded before.
    ///
    /// # Errors
    /// It is not the result of a query.
    pub(super) fn result(&mut self, asked: &mut Asked, result: OpResult<'_>) -> Result<(), ResultError> {
        let index = self.next;
        self.next += 1;
        let mut rows = std::mem::take(&mut self.rows);
        if self.failed.is_some() {
            return Ok(());
        }
        let raw = match result {
            OpResult::Rows(raw) => raw,
            OpResult::Error { error, .. } if error == "canceled" && index < asked.questions.len() => {
                self.failed = Some(AnswerError::Passing);
                return Ok(());
            }
            OpResult::Error { raw, .. } => {
                self.failed = Some(AnswerError::Refused(render_error(raw)?.into()));
                return Ok(());
            }
            _ => return Err(ResultError::Other { index }),
        };
        let question = asked.questions.get_mut(index).ok_or(ResultError::Other { index })?;
        let schema = Arc::clone(self.snapshot.schema());
        let Some(table) = schema.table(question.query.table) else { return Ok(()) };
        let mut nameless = false;
        read_rows(raw, table, |uuid, cells| match uuid {
            Some(uuid) => rows.push((uuid, std::mem::take(cells))),
            None => nameless = true,
        })?;
        if nameless {
            return Err(ResultError::Nameless);
        }
        if !question.still_holds(&mut rows) {
            question.forget();
            self.moved = true;
            return Ok(());
        }
        question.remember(table, &rows);
        if let Some(uuid) = question.only {
            let this = vec![Condition::uuid(uuid)];
            self.snapshot.answer(&Query { conditions: this, ..question.query.clone() }, rows.clone());
        }
        self.snapshot.answer(&question.query, rows);
        Ok(())
    }

    /// The snapshot, when all results have come.
    ///
    /// # Errors
    /// There are too few, or one was a refusal.
    pub(super) fn finish(self, asked: &Asked) -> Result<Snapshot, AnswerError> {
        match self.failed {
            Some(error) => Err(error),
            None if self.next < asked.questions.len() => Err(ResultError::Other { index: self.next }.into()),
            None if self.moved => Err(AnswerError::Moved),
            None => Ok(self.snapshot),
        }
    }
}

impl Question {
    fn operation(&mut self, schema: &DatabaseSchema) -> Operation {
        self.sent = true;
        let table = schema.table(self.query.table);
        let mut columns = if self.is_proof() { ColumnSet::EMPTY } else { self.query.columns };
        columns.insert(ColumnId::UUID);
        if self.is_proof() || table.is_some_and(|t| self.may_be_large(t)) {
            columns.insert(ColumnId::VERSION);
        }
        let mut where_ = self.query.conditions.clone();
        if let Some(uuid) = self.only {
            where_.iter().for_each(|c| columns.insert(c.column));
            where_ = vec![Condition::uuid(uuid)];
        }
        // Who wants all columns names none: a server with an older schema then answers with those that it has, instead of refusing.
        let all = table.is_some_and(|t| columns.is_superset(&t.own_columns()));
        Operation::Select { table: self.query.table, where_, columns: (!all).then_some(columns) }
    }

    /// Whether an answer may be large although few rows meet the conditions: sets of references have no bound.
    fn may_be_large(&self, schema: &TableSchema) -> bool {
        let unbounded = |c: ColumnId| {
            schema.column(c).is_some_and(|c| c.type_.max > 1 && c.type_.key.reference.is_some())
        };
        !self.query.conditions.is_empty() && self.query.columns.iter().any(unbounded)
    }

    /// Whether the next round asks only if the last answer still holds.
    fn is_proof(&self) -> bool {
        self.held.as_ref().is_some_and(|held| held.columns.is_superset(&self.query.columns))
    }

    /// Whether what was remembered of the last answer is still so. The rows of a proof become those of the last answer.
    fn still_holds(&self, rows: &mut Vec<(Uuid, Cells)>) -> bool {
        if let Some(held) = self.held.as_ref().filter(|_| self.is_proof()) {
            rows.sort_unstable_by_key(|row| row.0);
            let same = rows.len() == held.rows.len()
                && rows.iter().zip(&held.rows).all(|(a, b)| a.0 == b.0 && version(&a.1) == version(&b.1));
            *rows = held.rows.clone();
            return same;
        }
        if self.only.is_none() {
            return true;
        }
        let [(uuid, cells)] = rows.as_slice() else { return false };
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
        if !self.is_proof() && rows.iter().all(|row| version(&row.1).is_some()) && self.may_be_large(table) {
            let mut rows = rows.to_vec();
            rows.sort_unstable_by_key(|row| row.0);
            self.held = Some(Held { columns: self.query.columns, rows });
        }
    }

    fn forget(&mut self) {
        self.only = None;
        self.held = None;
    }
}

fn version(cells: &Cells) -> Option<&Datum> {
    cells.iter().find(|cell| cell.0 == ColumnId::VERSION).map(|cell| &cell.1)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCHEMA: &str = r#"{"name":"D","version":"1.0.0","tables":{
        "Port":{"columns":{"name":{"type":"string"},"other":{"type":"string"},"tag":{"type":"integer"}},"indexes":[["name"]]},
        "Switch":{"columns":{"name":{"type":"string"},"other":{"type":"string"},"ports":{"type":
            {"key":{"type":"uuid","refTable":"Port"},"min":0,"max":"unlimited"}}},"isRoot":true}}}"#;
    const A: &str = "00000000-0000-0000-0000-00000000000a";
    const B: &str = "00000000-0000-0000-0000-00000000000b";

    struct Case {
        schema: Arc<DatabaseSchema>,
        asked: Asked,
    }

    impl Case {
        fn new(table: &str, column: &str) -> Case {
            let schema = Arc::new(DatabaseSchema::parse(SCHEMA).unwrap());
            let mut case = Case { schema, asked: Asked::default() };
            case.want(table, column);
            case
        }

        fn want(&mut self, table: &str, column: &str) {
            let table = self.schema.table_id(table).unwrap();
            let column_id = |name: &str| self.schema.table(table).unwrap().column_id(name).unwrap();
            let conditions = vec![Condition::eq(column_id("name"), Datum::one("x"))];
            let columns = [column_id(column)].into_iter().collect();
            self.asked.add(vec![Query { table, conditions, columns }]);
        }

        /// The conditions and columns of the one operation that is sent.
        fn sent(&mut self) -> String {
            let mut out = Vec::new();
            let mut writer = Writer::new(&mut out);
            writer.begin_array();
            self.asked.write(&self.schema, &mut writer);
            writer.end_array();
            let text = String::from_utf8(out).unwrap().replace('"', "");
            let (_, rest) = text.split_once("where:").unwrap();
            rest.trim_end_matches("}]").to_owned()
        }

        /// What the answer makes of the snapshot, or that a row is gone.
        fn receive(&mut self, rows: &str) -> Option<Snapshot> {
            let snapshot = Snapshot::new(Arc::clone(&self.schema), Arc::default());
            let reply = format!(r#"[{{"rows":[{rows}]}}]"#);
            match self.asked.answer(snapshot, reply.as_bytes()) {
                Ok(snapshot) => Some(snapshot),
                Err(AnswerError::Moved) => None,
                Err(error) => panic!("{error:?}"),
            }
        }
    }

    #[test]
    fn a_row_that_a_unique_index_covers_is_asked_for_by_uuid() {
        let mut case = Case::new("Port", "tag");
        assert_eq!(case.sent(), "[[name,==,x]],columns:[_uuid,tag]");
        assert!(case.receive(&format!(r#"{{"_uuid":["uuid","{A}"],"tag":5}}"#)).is_some());
        assert_eq!(case.sent(), format!("[[_uuid,==,[uuid,{A}]]],columns:[_uuid,name,tag]"));
        assert!(case.receive(&format!(r#"{{"_uuid":["uuid","{A}"],"tag":6,"name":"x"}}"#)).is_some());
        assert!(case.receive(&format!(r#"{{"_uuid":["uuid","{A}"],"tag":6,"name":"y"}}"#)).is_none());
        assert_eq!(case.sent(), "[[name,==,x]],columns:[_uuid,tag]");
    }

    #[test]
    fn a_large_answer_is_not_asked_for_twice() {
        let mut case = Case::new("Switch", "ports");
        let row = |version: &str| {
            format!(r#"{{"_uuid":["uuid","{A}"],"_version":["uuid","{version}"],"ports":["uuid","{B}"]}}"#)
        };
        let proof = |version: &str| format!(r#"{{"_uuid":["uuid","{A}"],"_version":["uuid","{version}"]}}"#);
        assert_eq!(case.sent(), "[[name,==,x]],columns:[_uuid,_version,ports]");
        let ports = |snapshot: Snapshot| {
            let table = snapshot.schema().table_id("Switch").unwrap();
            let column = snapshot.schema().table(table).unwrap().column_id("ports").unwrap();
            format!("{:?}", snapshot.cell(table, A.parse().unwrap(), column).unwrap())
        };
        let first = ports(case.receive(&row(A)).unwrap());
        assert_eq!(case.sent(), "[[name,==,x]],columns:[_uuid,_version]");
        assert_eq!(ports(case.receive(&proof(A)).unwrap()), first);
        // another version, another row, no row, a second row
        for rows in
            [proof(B), proof(A).replacen(A, B, 1), String::new(), format!("{},{}", proof(A), proof(B))]
        {
            assert!(case.receive(&rows).is_none(), "{rows}");
            assert_eq!(case.sent(), "[[name,==,x]],columns:[_uuid,_version,ports]");
            assert!(case.receive(&row(A)).is_some());
        }
        // more of it is wanted
        case.want("Switch", "name");
        assert_eq!(case.sent(), "[[name,==,x]],columns:[_uuid,_version,name,ports]");
        case.receive(&row(A));
        case.asked.forget_places();
        assert_eq!(case.sent(), "[[name,==,x]],columns:[_uuid,_version,name,ports]");
    }
}
