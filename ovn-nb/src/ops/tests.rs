//! Do the operations do the same over a complete snapshot and over one that is filled round by round? The driver of their tests.

use super::OpError;
use crate::tables;
use ovsdb_proto::json::Writer;
use ovsdb_proto::op::{Condition, Operation, encode};
use ovsdb_proto::replica::{Absent, Cells, Snapshot};
use ovsdb_proto::row::{Column, ColumnValue, Query, ReadError, Ref, Table};
use ovsdb_proto::schema::{ColumnSet, TableId};
use ovsdb_proto::txn::{Commit, Txn};
use ovsdb_proto::value::{Datum, Uuid};
use std::fmt::Debug;
use std::sync::Arc;

/// What is in a database. Its rows have the UUIDs 1, 2, 3 ..., written `#1`, `#2`, `#3`.
#[derive(Default)]
pub(super) struct Contents(Vec<(TableId, Uuid, Cells)>);

/// What an operation came to.
#[derive(Debug, PartialEq)]
pub(super) struct Done {
    /// What it answered, or the text of its error.
    pub(super) answer: String,
    /// The operations that it sends, a line each; new rows are `new1`, `new2` ....
    pub(super) sent: String,
}

/// A column with a value.
pub(super) fn cell<T: Table, V: ColumnValue>(column: Column<T, V>, value: V) -> (&'static str, Datum) {
    (column.name(), value.to_datum())
}

impl Contents {
    /// Adds a row.
    pub(super) fn row<T: Table>(&mut self, cells: &[(&'static str, Datum)]) -> Ref<T> {
        let uuid = Uuid::from_u128(self.0.len() as u128 + 1);
        let id = tables::schema().table_id(T::NAME).unwrap();
        let table = tables::schema().table(id).unwrap();
        let cells = cells.iter().map(|(name, value)| (table.column_id(name).unwrap(), value.clone()));
        self.0.push((id, uuid, cells.collect()));
        Ref::new(uuid)
    }

    /// Runs an operation over the whole contents, and over a snapshot that is filled round by round, which must come to the same. Also how many
    /// rounds of reading and refused commits that took.
    pub(super) fn run<T: Debug>(&self, op: impl Fn(&mut Txn<'_>) -> Result<T, OpError>) -> (Done, u128) {
        let whole = self.whole();
        let mut asked: Vec<Query> = Vec::new();
        let mut distrusts = false;
        for round in 0..8 {
            let mut partial = Snapshot::new(Arc::clone(tables::schema()), Arc::default());
            asked.iter().for_each(|query| partial.answer(query, answer(&whole, query)));
            if distrusts {
                partial.distrust_indexes();
            }
            // other UUIDs for new rows in each round, as the real driver does
            let mut txn = Txn::new(&partial, round);
            let result = op(&mut txn);
            let commit = if txn.missing().is_empty() { txn.finish() } else { Ok(Commit::Unchanged) };
            if txn.missing().is_empty() {
                let commit = commit.unwrap();
                if txn.trusted_an_index() && violates_index(&whole, &commit) {
                    distrusts = true;
                    continue;
                }
                let partially = done(result, &commit);
                let mut txn = Txn::new(&whole, round);
                let result = op(&mut txn);
                assert_eq!(partially, done(result, &txn.finish().unwrap()), "over holes, over the whole");
                return (partially, round);
            }
            asked.extend(txn.missing());
        }
        panic!("no end to the rounds of reading: {asked:?}");
    }

    fn whole(&self) -> Snapshot {
        let schema = tables::schema();
        let mut snapshot = Snapshot::new(Arc::clone(schema), Arc::new(Absent::default()));
        for table in schema.tables().iter().map(|t| schema.table_id(&t.name).unwrap()) {
            let rows = self.0.iter().filter(|r| r.0 == table).map(|r| (r.1, r.2.clone()));
            let columns = ColumnSet::EMPTY.complement();
            snapshot.answer(&Query { table, conditions: Vec::new(), columns }, rows);
        }
        snapshot
    }
}

fn answer(whole: &Snapshot, query: &Query) -> Vec<(Uuid, Cells)> {
    let rows = whole.find(query.table, &query.conditions, query.columns).unwrap();
    let cells =
        |row| query.columns.iter().map(|c| (c, whole.cell(query.table, row, c).unwrap().clone())).collect();
    rows.into_iter().map(|row| (row, cells(row))).collect()
}

/// As the server would see it.
fn violates_index(whole: &Snapshot, commit: &Commit) -> bool {
    let Commit::Send(request) = commit else { return false };
    request.operations.iter().any(|operation| {
        let Operation::Insert { table, row, .. } = operation else { return false };
        let schema = tables::schema().table(*table).unwrap();
        row.iter().filter(|(column, _)| schema.is_unique(*column)).any(|(column, value)| {
            let same = [Condition::eq(*column, value.clone())];
            !whole.find(*table, &same, ColumnSet::EMPTY).unwrap().is_empty()
        })
    })
}

fn done<T: Debug>(result: Result<T, OpError>, commit: &Commit) -> Done {
    let answer = match result {
        Ok(value) => format!("{value:?}"),
        Err(error) => {
            assert!(!matches!(error, OpError::Read(ReadError::Missing(_))), "missing, but not noted as such");
            return Done { answer: readable(&error.to_string(), &[]), sent: String::new() };
        }
    };
    let Commit::Send(request) = commit else {
        return Done { answer: readable(&answer, &[]), sent: String::new() };
    };
    let mut new: Vec<Uuid> = Vec::new();
    let mut lines = Vec::new();
    for operation in &request.operations {
        if let Operation::Insert { uuid, .. } = operation {
            new.push(*uuid);
        }
    }
    let mut bytes = Vec::new();
    let mut writer = Writer::new(&mut bytes);
    writer.begin_array();
    encode(&request.operations, tables::schema(), &mut writer).unwrap();
    writer.end_array();
    let text = String::from_utf8(bytes).unwrap();
    for operation in text[1..text.len() - 1].split(r#"{"op":"#).skip(1) {
        let operation = operation.strip_suffix(',').unwrap_or(operation);
        let operation = operation.strip_suffix('}').unwrap_or(operation);
        lines.push(readable(operation, &new).replace('"', ""));
    }
    Done { answer: readable(&answer, &new), sent: lines.join("\n") }
}

fn readable(text: &str, new: &[Uuid]) -> String {
    let mut text = text.to_owned();
    for (uuid, number) in new.iter().zip(1..) {
        let uuid = uuid.to_string();
        text = text.replace(&uuid, &format!("new{number}"));
        text = text.replace(&format!("row{}", uuid.replace('-', "_")), &format!("new{number}"));
    }
    for number in (1..100u128).rev() {
        text = text.replace(&Uuid::from_u128(number).to_string(), &format!("#{number}"));
    }
    text
}
