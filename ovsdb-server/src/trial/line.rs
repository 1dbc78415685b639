//! What does a line of commands come to on a database: read round by round as a one-shot tool does, and over all rows at once as a controller does?

use super::TrialError;
use super::transact::{parameters, seed_of, transact};
use crate::engine::{Database, Row};
use crate::service::{ClientOptions, Service};
use ovsdb_proto::frame::Framer;
use ovsdb_proto::json::Reader;
use ovsdb_proto::limits::FRAME_BYTES_MAX;
use ovsdb_proto::replica::{Cells, Snapshot};
use ovsdb_proto::row::Query;
use ovsdb_proto::rpc::Message;
use ovsdb_proto::schema::{ColumnId, ColumnSet};
use ovsdb_proto::session::{Run, RunError, RunOptions, Step, Verdict};
use ovsdb_proto::txn::{Commit, Committed, Outcome, Txn};
use ovsdb_proto::value::Uuid;
use std::collections::VecDeque;
use std::sync::Arc;

/// How a line ended.
#[derive(Debug)]
pub enum End<T, E> {
    /// It returned this, and what it had to change was committed.
    Done(T),
    /// It waits for a change that nobody makes.
    Waits,
    /// It failed, or the engine refused it.
    Failed(RunError<E>),
}

/// A line that was carried out.
#[derive(Debug)]
pub struct Carried<T, E> {
    /// How it ended.
    pub end: End<T, E>,
    /// The transactions that were sent: queries, commits that were refused, and, if something was committed, that at last. Each is the parameters of
    /// `transact`, the database's name among them.
    pub requests: Vec<String>,
    /// What was committed; `None` if nothing had to change.
    pub committed: Option<Committed>,
    /// The database afterwards.
    pub after: Database,
    /// The random bits of the last time that the line was run: [`at_once`] with the same gives new rows the same provisional UUIDs.
    pub seed: u128,
    /// How many rows the line visited on its side, in all rounds: see [`Snapshot::rows_visited`].
    pub visited: u64,
}

/// How many messages a line may take: one that reads as often as it may needs two a round, and some more for each commit that is refused.
const MESSAGES_MAX: usize = 1000;

/// Carries out a line as a one-shot tool does: over a snapshot that holds nothing at first, filled by what the line was found to need, by messages
/// to and from a [`Service`] of this database only.
///
/// # Errors
/// The messages make no sense, or there is no end to them. That the line fails, or is refused, is none.
pub fn round_by_round<T, E>(
    database: &Database,
    mut line: impl FnMut(&mut Txn<'_>) -> Verdict<T, E>,
) -> Result<Carried<T, E>, TrialError> {
    let schema = database.schema();
    let mut service = Service::new(seed_of(database));
    // the name can be neither taken nor, in the schemas that there are, reserved
    let _ = service.add_database(database.clone(), None);
    let client = service.connect(0, ClientOptions::default());
    let mut seed = RunOptions::default().seed;
    let mut counted = |txn: &mut Txn<'_>| {
        seed += 1;
        line(txn)
    };

    let mut run = Run::new(Arc::clone(schema), RunOptions::default());
    let (mut requests, mut out, mut heard) = (Vec::new(), Vec::new(), VecDeque::new());
    let mut now_ms = 0;
    let mut committed = None;
    let mut step = run.start(&mut counted, &mut out);
    let mut messages = 0;
    let end = loop {
        match step {
            Ok(Step::Continue) => {}
            Ok(Step::Pause { ms }) => {
                now_ms += ms;
                run.resume(&mut out);
            }
            Ok(Step::Finished(conclusion)) => {
                committed = conclusion.committed;
                break End::Done(conclusion.value);
            }
            Err(error) => break End::Failed(error),
        }
        for frame in frames(&std::mem::take(&mut out))? {
            if let Message::Request { method, params, .. } = Message::decode(&frame)?
                && method == "transact"
                && names(params, &schema.name)
            {
                requests.push(String::from_utf8_lossy(params).into_owned());
            }
            service.receive(now_ms, client, &frame);
        }
        heard.extend(frames(&service.output(client).map(std::mem::take).unwrap_or_default())?);
        let Some(message) = heard.pop_front() else { break End::Waits };
        messages += 1;
        if messages > MESSAGES_MAX {
            return Err(TrialError::Endless);
        }
        step = run.receive(&message, &mut counted, &mut out);
    };
    let after = service.database(&schema.name).unwrap_or(database).clone();
    Ok(Carried { end, requests, committed, after, seed, visited: run.rows_visited() })
}

/// Carries out a line as a program does that holds all rows of the database. New rows get their provisional UUIDs from `seed`.
///
/// # Errors
/// The messages make no sense, or a guard fails. That the line fails, or is refused, is none.
pub fn at_once<T, E>(
    database: &Database,
    seed: u128,
    line: impl FnOnce(&mut Txn<'_>) -> Verdict<T, E>,
) -> Result<Carried<T, E>, TrialError> {
    let schema = database.schema();
    let snapshot = whole(database);
    let mut txn = Txn::new(&snapshot, seed);
    let verdict = line(&mut txn);
    let carried = |end| Carried {
        end,
        requests: Vec::new(),
        committed: None,
        after: database.clone(),
        seed,
        visited: snapshot.rows_visited(),
    };
    let value = match verdict {
        Verdict::Done(value) => value,
        Verdict::NotYet => return Ok(carried(End::Waits)),
        Verdict::Failed(error) => return Ok(carried(End::Failed(RunError::Line(error)))),
    };
    let request = match txn.finish() {
        Ok(Commit::Send(request)) => request,
        Ok(Commit::Unchanged) => return Ok(carried(End::Done(value))),
        Err(error) => return Ok(carried(End::Failed(RunError::Read(error)))),
    };
    let params = parameters(schema, &request.operations)?;
    let mut after = database.clone();
    let reply = transact(&mut after, &params);
    let (end, committed) = match request.outcome(schema, &reply)? {
        Outcome::Committed(committed) => (End::Done(value), Some(committed)),
        Outcome::Refused(refusal) => (End::Failed(RunError::Refused(refusal)), None),
        Outcome::TryAgain => return Err(TrialError::Endless),
    };
    let requests = vec![String::from_utf8_lossy(&params).into_owned()];
    Ok(Carried { end, requests, committed, after, seed, visited: snapshot.rows_visited() })
}

/// A snapshot in which every column of every row is known.
fn whole(database: &Database) -> Snapshot {
    let schema = database.schema();
    let mut snapshot = Snapshot::new(Arc::clone(schema), Arc::default());
    for (table, known) in
        schema.tables().iter().filter_map(|known| Some((schema.table_id(&known.name)?, known)))
    {
        let cells = |row: &Row| {
            let version = row.read(known, ColumnId::VERSION).map(|version| (ColumnId::VERSION, version));
            row.cells().chain(version).map(|(id, value)| (id, value.to_datum())).collect()
        };
        let rows = database.rows(table).map(|row| (row.uuid(), cells(row)));
        let rows: Vec<(Uuid, Cells)> = rows.collect();
        let columns = ColumnSet::EMPTY.complement();
        snapshot.answer(&Query { table, conditions: Vec::new(), columns }, rows);
    }
    snapshot
}

/// The messages that stand one behind the other in `bytes`.
fn frames(mut bytes: &[u8]) -> Result<VecDeque<Vec<u8>>, TrialError> {
    let mut framer = Framer::new(FRAME_BYTES_MAX);
    let mut frames = VecDeque::new();
    while let Some(range) = framer.find(bytes)? {
        let (frame, rest) = bytes.split_at(range.end);
        frames.push_back(frame.to_vec());
        bytes = rest;
    }
    Ok(frames)
}

/// Whether the first of these parameters is this name.
fn names(params: &[u8], name: &str) -> bool {
    let mut reader = Reader::new(params);
    let mut first = || {
        reader.begin_array().ok()?;
        reader.next_element().ok()?.then(|| reader.string().ok())?
    };
    first().is_some_and(|first| first == name)
}
