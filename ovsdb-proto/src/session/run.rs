//! How one line of commands is carried out over one connection: rounds of reading, the commit, and waiting for a change where the line asks for one.

use super::ask::{AnswerError, Asked};
use super::server_row;
use crate::json::JsonError;
use crate::limits::ROUNDS_MAX;
use crate::op::{ResultError, encode, render_error};
use crate::replica::{Absent, Snapshot};
use crate::row::ReadError;
use crate::rpc::{self, Message, RpcError};
use crate::schema::{ColumnId, ColumnSet, DatabaseSchema, SchemaError, TableId};
use crate::txn::{Commit, Committed, Outcome, Refusal, Request, Txn};
use crate::value::Uuid;
use std::collections::HashMap;
use std::sync::Arc;

/// What a line of commands came to when it was run over a snapshot.
#[derive(Debug)]
pub enum Verdict<T, E> {
    /// It did what it had to: commit its edits.
    Done(T),
    /// It waits for the database to change; nothing is to be committed.
    NotYet,
    /// It failed.
    Failed(E),
}

/// How a line is carried out.
#[derive(Clone, Debug)]
pub struct RunOptions {
    /// Whether a cluster's leader must be the one to answer. On by default.
    pub leader_only: bool,
    /// The cluster that the server must belong to, if it must be a certain one.
    pub cluster: Option<Uuid>,
    /// Random bits, of which the provisional UUIDs of new rows are made.
    pub seed: u128,
}

/// What to do after a message was taken in.
#[derive(Debug)]
pub enum Step<T> {
    /// Send what was written, if anything, and go on receiving.
    Continue,
    /// Something keeps changing beneath the line: wait this long, then call [`Run::resume`].
    Pause {
        /// Milliseconds.
        ms: u64,
    },
    /// It is done.
    Finished(Conclusion<T>),
}

/// How a line ended.
#[derive(Debug)]
pub struct Conclusion<T> {
    /// What the line returned.
    pub value: T,
    /// What was committed; `None` if nothing had to change.
    pub committed: Option<Committed>,
    /// What was read, if nothing was committed.
    pub snapshot: Option<Snapshot>,
}

/// Why this server cannot serve the line, though another may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// It does not serve the database.
    #[error("the server has no such database")]
    NoDatabase,
    /// It has lost its cluster.
    #[error("the server is not connected to its cluster")]
    NotConnected,
    /// It follows, and only the leader will do.
    #[error("the server is not the leader of its cluster")]
    NotLeader,
    /// It belongs to another cluster than the one named with the remotes.
    #[error("the server belongs to another cluster")]
    OtherCluster,
}

/// Why a line could not be carried out.
#[derive(Debug, thiserror::Error)]
pub enum RunError<E> {
    /// The line itself failed.
    #[error("{0}")]
    Line(E),
    /// The server cannot serve it.
    #[error(transparent)]
    Unfit(#[from] Unfit),
    /// The server refused the transaction; nothing was changed.
    #[error("transaction error: {0}")]
    Refused(Refusal),
    /// The server refused a query or request.
    #[error("request refused: {0}")]
    Request(Box<str>),
    /// The server sent something that is no answer.
    #[error("protocol error: {0}")]
    Protocol(#[from] RpcError),
    /// The server's answer does not fit what was asked.
    #[error("malformed reply: {0}")]
    Reply(#[from] ResultError),
    /// The server's schema cannot be read.
    #[error("server's schema: {0}")]
    Schema(#[from] SchemaError),
    /// Reading would go on without end, or the transaction cannot be made of what was read.
    #[error("{0}")]
    Read(ReadError),
    /// The line keeps asking for more.
    #[error("the command needs more than {ROUNDS_MAX} rounds of reading")]
    Rounds,
}

impl<E> RunError<E> {
    /// The same, with the line's own error turned into another.
    pub fn map_line<F>(self, f: impl FnOnce(E) -> F) -> RunError<F> {
        match self {
            RunError::Line(error) => RunError::Line(f(error)),
            RunError::Unfit(unfit) => RunError::Unfit(unfit),
            RunError::Refused(refusal) => RunError::Refused(refusal),
            RunError::Request(text) => RunError::Request(text),
            RunError::Protocol(error) => RunError::Protocol(error),
            RunError::Reply(error) => RunError::Reply(error),
            RunError::Schema(error) => RunError::Schema(error),
            RunError::Read(error) => RunError::Read(error),
            RunError::Rounds => RunError::Rounds,
        }
    }
}

impl<E> From<JsonError> for RunError<E> {
    fn from(error: JsonError) -> RunError<E> {
        RunError::Reply(ResultError::Json(error))
    }
}

#[derive(Debug)]
enum Awaiting<T> {
    Nothing,
    // the answers to all queries
    Round,
    Schema,
    Commit { request: Request, value: T, trusted_an_index: bool },
    // the reply to `monitor`; then a round
    Monitor,
    Change,
}

/// A line under way on one connection.
///
/// [`Run::start`] once the connection stands, then [`Run::receive`] for each message; both write what is to be sent.
#[derive(Debug)]
pub struct Run<T> {
    schema: Arc<DatabaseSchema>,
    absent: Arc<Absent>,
    options: RunOptions,
    asked: Asked,
    awaiting: Awaiting<T>,
    next_id: u64,
    awaited_id: u64,
    server_id: Option<u64>,
    rounds: u32,
    tries: u32,
    schema_read: bool,
    distrusts: bool,
    monitored: HashMap<TableId, ColumnSet>,
}

// how often a line is worked out again at once, before it waits between tries
const TRIES_AT_ONCE: u32 = 5;
const PAUSE_MAX_MS: u64 = 1000;

type Line<'l, T, E> = &'l mut dyn FnMut(&mut Txn<'_>) -> Verdict<T, E>;

impl<T> Run<T> {
    /// A line to come, against a database of this schema.
    pub fn new(schema: Arc<DatabaseSchema>, options: RunOptions) -> Run<T> {
        Run {
            schema,
            absent: Arc::default(),
            options,
            asked: Asked::default(),
            awaiting: Awaiting::Nothing,
            next_id: 1,
            awaited_id: 0,
            server_id: None,
            rounds: 0,
            tries: 0,
            schema_read: false,
            distrusts: false,
            monitored: HashMap::new(),
        }
    }

    /// What the server's schema is known to lack.
    pub const fn absent(&self) -> &Arc<Absent> {
        &self.absent
    }

    /// Whether a commit was sent whose reply has not come: if the connection is lost now, it may have been carried out.
    pub const fn commit_pending(&self) -> bool {
        matches!(self.awaiting, Awaiting::Commit { .. })
    }

    /// Begins on a new connection: finds out what the line needs and writes the first requests to `out`, all in one go.
    ///
    /// # Errors
    /// The line fails whatever the database holds.
    pub fn start<E>(&mut self, line: Line<'_, T, E>, out: &mut Vec<u8>) -> Result<Step<T>, RunError<E>> {
        self.asked.forget_places();
        self.awaiting = Awaiting::Nothing;
        self.monitored.clear();
        let id = self.id();
        self.server_id = Some(id);
        let database = self.schema.name.clone();
        rpc::encode::request(out, id, "transact", |w| server_row::write_query(w, &database));
        if !self.asked.is_empty() {
            self.ask(out);
            return Ok(Step::Continue);
        }
        let snapshot = Snapshot::new(Arc::clone(&self.schema), Arc::clone(&self.absent));
        self.run(snapshot, line, out)
    }

    /// Begins on the connection that an earlier line left behind, whose server is known to be fit.
    ///
    /// # Errors
    /// As [`Run::start`].
    pub fn start_again<E>(
        &mut self,
        line: Line<'_, T, E>,
        out: &mut Vec<u8>,
    ) -> Result<Step<T>, RunError<E>> {
        let snapshot = Snapshot::new(Arc::clone(&self.schema), Arc::clone(&self.absent));
        self.asked = Asked::default();
        self.run(snapshot, line, out)
    }

    /// Goes on after a [`Step::Pause`].
    pub fn resume(&mut self, out: &mut Vec<u8>) {
        self.ask(out);
    }

    /// Takes in one message.
    ///
    /// # Errors
    /// The line failed, or the server refused it or sent something that makes no sense.
    pub fn receive<E>(
        &mut self,
        frame: &[u8],
        line: Line<'_, T, E>,
        out: &mut Vec<u8>,
    ) -> Result<Step<T>, RunError<E>> {
        match Message::decode(frame)? {
            Message::Request { id, method, params } if method == "echo" => {
                rpc::encode::echo_reply(out, id, params);
                Ok(Step::Continue)
            }
            Message::Request { .. } => Ok(Step::Continue),
            Message::Notification { method, .. } => {
                if matches!(self.awaiting, Awaiting::Change) && method.starts_with("update") {
                    self.ask(out);
                }
                Ok(Step::Continue)
            }
            Message::Reply { id, result, error } => self.reply(rpc::id_number(id), result, error, line, out),
        }
    }

    fn reply<E>(
        &mut self,
        id: Option<u64>,
        result: &[u8],
        error: Option<&[u8]>,
        line: Line<'_, T, E>,
        out: &mut Vec<u8>,
    ) -> Result<Step<T>, RunError<E>> {
        if id.is_some() && id == self.server_id {
            self.server_id = None;
            // a server without `_Server` is of before 2018 and serves what it serves
            if error.is_none() {
                self.check_server(result)?;
            }
            return Ok(Step::Continue);
        }
        if id != Some(self.awaited_id) {
            return Ok(Step::Continue);
        }
        match std::mem::replace(&mut self.awaiting, Awaiting::Nothing) {
            Awaiting::Nothing | Awaiting::Change => Ok(Step::Continue),
            Awaiting::Round => match error {
                Some(error) => self.request_failed(error, out),
                None => self.answers(result, line, out),
            },
            Awaiting::Schema => {
                if let Some(error) = error {
                    return Err(RunError::Request(text(error)));
                }
                let theirs = DatabaseSchema::parse(&String::from_utf8_lossy(result))?;
                self.absent = Arc::new(Absent::between(&self.schema, &theirs));
                self.ask(out);
                Ok(Step::Continue)
            }
            Awaiting::Commit { request, value, trusted_an_index } => match error {
                Some(error) if is_passing(error) => Ok(self.try_again(out)),
                Some(error) => Err(RunError::Request(text(error))),
                None => match request.outcome(&self.schema, result)? {
                    Outcome::TryAgain => Ok(self.try_again(out)),
                    Outcome::Committed(committed) => {
                        Ok(Step::Finished(Conclusion { value, committed: Some(committed), snapshot: None }))
                    }
                    Outcome::Refused(_) if trusted_an_index && !self.distrusts => {
                        // a name may be taken that was not looked for, whatever the server came upon first: look, so that the line
                        // can say so in its own words, or finds that it has nothing to do
                        self.distrusts = true;
                        self.ask(out);
                        Ok(Step::Continue)
                    }
                    Outcome::Refused(refusal) => Err(RunError::Refused(refusal)),
                },
            },
            Awaiting::Monitor => match error {
                Some(error) => Err(RunError::Request(text(error))),
                None => {
                    self.ask(out);
                    Ok(Step::Continue)
                }
            },
        }
    }

    fn check_server<E>(&self, result: &[u8]) -> Result<(), RunError<E>> {
        let row = server_row::read(result)?;
        if !row.present {
            return Err(Unfit::NoDatabase.into());
        }
        if !row.connected {
            return Err(Unfit::NotConnected.into());
        }
        if row.clustered && !row.leader && self.options.leader_only {
            return Err(Unfit::NotLeader.into());
        }
        if self.options.cluster.is_some() && row.cluster != self.options.cluster {
            return Err(Unfit::OtherCluster.into());
        }
        Ok(())
    }

    fn id(&mut self) -> u64 {
        self.next_id += 1;
        self.next_id - 1
    }

    // all queries so far in one transact, so that a line that needs several rounds still sees one moment
    fn ask(&mut self, out: &mut Vec<u8>) {
        let id = self.id();
        self.awaited_id = id;
        self.awaiting = Awaiting::Round;
        let (schema, absent, asked) = (&self.schema, &self.absent, &mut self.asked);
        rpc::encode::request(out, id, "transact", |w| {
            w.string(&schema.name);
            asked.write(schema, absent, w);
        });
    }

    fn request_failed<E>(&mut self, error: &[u8], out: &mut Vec<u8>) -> Result<Step<T>, RunError<E>> {
        if is_passing(error) {
            return Ok(self.try_again(out));
        }
        if error.windows(16).any(|w| w == b"unknown database") {
            return Err(Unfit::NoDatabase.into());
        }
        self.refused(text(error), out)
    }

    // a query that the server does not understand: is its schema another one than ours?
    fn refused<E>(&mut self, error: Box<str>, out: &mut Vec<u8>) -> Result<Step<T>, RunError<E>> {
        if std::mem::replace(&mut self.schema_read, true) {
            return Err(RunError::Request(error));
        }
        let id = self.id();
        self.awaited_id = id;
        self.awaiting = Awaiting::Schema;
        let database = self.schema.name.clone();
        rpc::encode::request(out, id, "get_schema", |w| w.string(&database));
        Ok(Step::Continue)
    }

    fn answers<E>(
        &mut self,
        result: &[u8],
        line: Line<'_, T, E>,
        out: &mut Vec<u8>,
    ) -> Result<Step<T>, RunError<E>> {
        let mut snapshot = Snapshot::new(Arc::clone(&self.schema), Arc::clone(&self.absent));
        match self.asked.answer(&mut snapshot, result) {
            Ok(()) => self.run(snapshot, line, out),
            Err(AnswerError::Malformed(error)) => Err(error.into()),
            Err(AnswerError::Refused(error)) => self.refused(error, out),
            Err(AnswerError::Moved) => Ok(self.try_again(out)),
        }
    }

    fn run<E>(
        &mut self,
        mut snapshot: Snapshot,
        line: Line<'_, T, E>,
        out: &mut Vec<u8>,
    ) -> Result<Step<T>, RunError<E>> {
        if self.distrusts {
            snapshot.distrust_indexes();
        }
        self.options.seed = self.options.seed.wrapping_add(1);
        let mut txn = Txn::new(&snapshot, self.options.seed);
        let verdict = line(&mut txn);
        let mut missing = txn.missing();
        if missing.is_empty() {
            if !self.distrusts && txn.trusted_an_index() && !matches!(verdict, Verdict::Done(_)) {
                // it may have gone past a name that is taken, and then must say that instead
                drop(txn);
                self.distrusts = true;
                return self.run(snapshot, line, out);
            }
            let value = match verdict {
                Verdict::Failed(error) => return Err(RunError::Line(error)),
                Verdict::NotYet => return Ok(self.wait_for_change(out)),
                Verdict::Done(value) => value,
            };
            match txn.finish() {
                Ok(Commit::Unchanged) => {
                    drop(txn);
                    return Ok(Step::Finished(Conclusion {
                        value,
                        committed: None,
                        snapshot: Some(snapshot),
                    }));
                }
                Ok(Commit::Send(request)) => {
                    self.send(&request, out);
                    self.awaiting =
                        Awaiting::Commit { request, value, trusted_an_index: txn.trusted_an_index() };
                    return Ok(Step::Continue);
                }
                Err(ReadError::Missing(_)) => missing = txn.missing(),
                Err(error) => return Err(RunError::Read(error)),
            }
        }
        self.rounds += 1;
        if !self.asked.add(missing) || self.rounds > ROUNDS_MAX {
            return Err(RunError::Rounds);
        }
        self.ask(out);
        Ok(Step::Continue)
    }

    fn send(&mut self, request: &Request, out: &mut Vec<u8>) {
        let id = self.id();
        self.awaited_id = id;
        let schema = &self.schema;
        rpc::encode::request(out, id, "transact", |w| {
            w.string(&schema.name);
            let encoded = encode(&request.operations, schema, w);
            debug_assert!(encoded.is_ok(), "{encoded:?}");
        });
    }

    // everything was read afresh from the start; only if that keeps failing is there anything to wait for
    fn try_again(&mut self, out: &mut Vec<u8>) -> Step<T> {
        self.tries += 1;
        if self.tries > TRIES_AT_ONCE {
            let ms = u64::from(self.tries - TRIES_AT_ONCE) * 10;
            return Step::Pause { ms: ms.min(PAUSE_MAX_MS) };
        }
        self.ask(out);
        Step::Continue
    }

    // a monitor of what was asked for, without its contents, tells when to ask again
    fn wait_for_change(&mut self, out: &mut Vec<u8>) -> Step<T> {
        let columns = self.asked.columns();
        if columns == self.monitored {
            self.awaiting = Awaiting::Change;
            return Step::Continue;
        }
        let id = self.id();
        self.awaited_id = id;
        self.awaiting = Awaiting::Monitor;
        let (schema, absent) = (&self.schema, &self.absent);
        rpc::encode::request(out, id, "monitor", |w| {
            w.string(&schema.name);
            w.integer(i64::try_from(id).unwrap_or(i64::MAX));
            w.begin_object();
            for (table_id, set) in &columns {
                let Some(table) = schema.table(*table_id).filter(|_| absent.has_table(*table_id)) else {
                    continue;
                };
                w.key(&table.name);
                w.begin_object();
                w.key("columns");
                w.begin_array();
                let present = set.iter().filter(|c| *c != ColumnId::UUID && absent.has_column(*table_id, *c));
                present.filter_map(|c| table.column(c)).for_each(|c| w.string(&c.name));
                w.end_array();
                w.key("select");
                w.raw(br#"{"initial":false}"#);
                w.end_object();
            }
            w.end_object();
        });
        self.monitored = columns;
        Step::Continue
    }
}

// `canceled` comes as a bare string, an unknown database while a server converts or joins as an object (ovsdb-server(7) section 4.1.3)
fn is_passing(error: &[u8]) -> bool {
    error == br#""canceled""#
}

fn text(json: &[u8]) -> Box<str> {
    render_error(json).unwrap_or_else(|_| String::from_utf8_lossy(json).into_owned()).into()
}
