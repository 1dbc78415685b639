//! How one line of commands is carried out over one connection: rounds of reading, the commit, and waiting for a change where the line asks for one.

use super::ask::{Answer, AnswerError, Asked};
use super::error::{RunError, Unfit};
use super::lacking::{lacking, may_be_the_schema};
use super::server_row;
use super::watch::Watch;
use crate::frame::PartRef;
use crate::limits::{ROUNDS_MAX, VALUE_BYTES_MAX};
use crate::op::{Results, encode, render_error};
use crate::replica::{Absent, Snapshot, Visits};
use crate::row::ReadError;
use crate::rpc::{self, Awaited, Event, LongReply, Message};
use crate::schema::DatabaseSchema;
use crate::txn::{Commit, Committed, Outcome, Refusal, Request, Txn};
use crate::value::Uuid;
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
    /// The number of the first request: on a connection that served another line, that line's [`Run::next_id`]. 1 by default.
    pub first_id: u64,
}

impl Default for RunOptions {
    fn default() -> RunOptions {
        RunOptions { leader_only: true, cluster: None, seed: 0, first_id: 1 }
    }
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
    /// It is done. What was written may still be sent, before anything else on this connection.
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

impl<T> Conclusion<T> {
    /// The UUID of a row, by the one that it went by in the transaction: another for a new row, the same for all others.
    pub fn real(&self, row: Uuid) -> Uuid {
        self.committed.as_ref().and_then(|c| c.rows.get(&row)).copied().unwrap_or(row)
    }
}

#[derive(Debug)]
enum Awaiting<T> {
    Nothing,
    // whether this server is fit: until then, nothing that the line came to counts
    Server,
    // the answers to all queries
    Round,
    // the schema, because of this refusal
    Schema(Box<Refused>),
    Commit { request: Request, value: T, relies_on_index: bool },
    // the reply to `monitor`; then a round
    Monitor,
    Change,
}

// what a server refused that may not have the tables and columns that we know
#[derive(Debug)]
enum Refused {
    Query(Box<str>),
    Commit(Refusal),
}

/// A line under way on one connection.
///
/// [`Run::start`] once the connection stands, then [`Run::receive`] for each message; both write what is to be sent. Nothing is read or
/// committed before the server has said that it is fit, and only the answers to what was asked last count.
#[derive(Debug)]
pub struct Run<T> {
    schema: Arc<DatabaseSchema>,
    absent: Arc<Absent>,
    options: RunOptions,
    asked: Asked,
    awaiting: Awaiting<T>,
    next_id: u64,
    awaited_id: u64,
    // the request that asks whether the server is fit, while it is not answered
    server_id: Option<u64>,
    // how often the server did not name the database
    absences: u32,
    watch: Option<Watch>,
    rounds: u32,
    tries: u32,
    // what was read led to further queries after all had been answered once
    strayed: bool,
    answered: bool,
    schema_read: bool,
    distrusts: bool,
    refusals: u32,
    // the message that comes in parts, and the answers in it
    long: LongReply,
    answer: Option<Answer>,
    visits: Visits,
}

// how often a line is worked out again at once, before it waits between tries
const TRIES_AT_ONCE: u32 = 5;
const PAUSE_STEP_MS: u64 = 10;
const PAUSE_MAX_MS: u64 = 1000;

// how often somebody else may take a name between the look and the commit before the server's words are passed on
const REFUSALS_MAX: u32 = 8;

// how often a server is asked whether it serves the database before its no counts
const ABSENCES_MAX: u32 = 3;

type Line<'l, T, E> = &'l mut dyn FnMut(&mut Txn<'_>) -> Verdict<T, E>;

impl<T> Run<T> {
    /// A line to come, against a database of this schema.
    pub fn new(schema: Arc<DatabaseSchema>, options: RunOptions) -> Run<T> {
        Run {
            schema,
            absent: Arc::default(),
            next_id: options.first_id,
            options,
            asked: Asked::default(),
            awaiting: Awaiting::Nothing,
            awaited_id: 0,
            server_id: None,
            absences: 0,
            watch: None,
            rounds: 0,
            tries: 0,
            strayed: false,
            answered: false,
            schema_read: false,
            distrusts: false,
            refusals: 0,
            long: LongReply::new(VALUE_BYTES_MAX),
            answer: None,
            visits: Visits::default(),
        }
    }

    /// What the server's schema is known to lack.
    pub const fn absent(&self) -> &Arc<Absent> {
        &self.absent
    }

    /// Whether a commit was written whose reply has not come: if the connection is lost now, it may have been carried out.
    pub const fn commit_pending(&self) -> bool {
        matches!(self.awaiting, Awaiting::Commit { .. })
    }

    /// Whether the server has said that it is fit.
    pub const fn server_answered(&self) -> bool {
        self.server_id.is_none()
    }

    /// The number of the next request, from which another line may go on on the same connection.
    pub const fn next_id(&self) -> u64 {
        self.next_id
    }

    /// How many rows the line has visited so far, in all its rounds: see
    /// [`Snapshot::rows_visited`].
    pub fn rows_visited(&self) -> u64 {
        self.visits.count()
    }

    /// Begins on a connection, a new one or one that an earlier line left behind: finds out what the line needs, and writes the first requests to `out`, all
    /// in one go. What the line was found to need on another connection is asked for at once.
    ///
    /// # Errors
    /// The line keeps asking for more, or cannot be told what it asks for.
    pub fn start<E>(&mut self, line: Line<'_, T, E>, out: &mut Vec<u8>) -> Result<Step<T>, RunError<E>> {
        self.awaiting = Awaiting::Nothing;
        self.watch = None;
        self.rounds = 0;
        if std::mem::take(&mut self.schema_read) {
            // that was another server
            self.absent = Arc::default();
            self.asked = Asked::default();
        }
        self.asked.forget_places();
        self.long = LongReply::new(VALUE_BYTES_MAX);
        self.answer = None;
        self.absences = 0;
        self.ask_server(out);
        self.begin(line, out)
    }

    /// Goes on after a [`Step::Pause`].
    pub fn resume(&mut self, out: &mut Vec<u8>) {
        self.ask(out);
    }

    /// Ends what the line left going on the connection, so that another can use it: to be called if the line failed. What it writes need not be
    /// sent before something else is.
    pub fn leave(&mut self, out: &mut Vec<u8>) {
        self.awaiting = Awaiting::Nothing;
        if let Some(watch) = self.watch.take() {
            watch.end(self.id(), out);
        }
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
            }
            Message::Request { .. } => {}
            Message::Notification { method, .. } => self.notified(&method, out),
            Message::Reply { id, result, error } => {
                return self.reply(rpc::id_number(id), result, error, line, out);
            }
        }
        Ok(Step::Continue)
    }

    /// How deeply the next part of a long message is to be split; see [`Run::receive_part`].
    pub fn part_depth(&self) -> u32 {
        self.long.depth()
    }

    /// Processes one part of a message that is too long to be held whole, in place of
    /// [`Run::receive`] for the whole message.
    ///
    /// # Errors
    /// As [`Run::receive`].
    pub fn receive_part<E>(
        &mut self,
        part: PartRef<'_>,
        line: Line<'_, T, E>,
        out: &mut Vec<u8>,
    ) -> Result<Step<T>, RunError<E>> {
        let awaited = match self.awaiting {
            Awaiting::Round => Awaited::Rows(self.awaited_id),
            _ => Awaited::Nothing,
        };
        let (schema, absent) = (&self.schema, &self.absent);
        let new = || Answer::new(Snapshot::new(Arc::clone(schema), Arc::clone(absent)));
        match self.long.push(part, awaited)? {
            Event::Row { row, .. } => self.answer.get_or_insert_with(new).row(&self.asked, row)?,
            Event::Result { result, .. } => {
                let result = Results::read(result)?;
                self.answer.get_or_insert_with(new).result(&mut self.asked, result)?;
            }
            Event::End { error } => {
                let answer = self.answer.take().unwrap_or_else(new);
                self.awaited_id = 0;
                self.awaiting = Awaiting::Nothing;
                if let Some(error) = error {
                    let error = error.to_vec();
                    return self.request_failed(&error, out);
                }
                let answer = answer.finish(&self.asked);
                return self.answer_ended(answer, line, out);
            }
            Event::Message(message) => {
                let message = message.to_vec();
                return self.receive(&message, line, out);
            }
            Event::Nothing | Event::Update { .. } => {}
        }
        Ok(Step::Continue)
    }

    fn notified(&mut self, method: &str, out: &mut Vec<u8>) {
        let Some(watch) = &mut self.watch else { return };
        match method {
            "update" => watch.changed = true,
            // it will be set up anew when the line has looked again
            "monitor_canceled" => self.watch = None,
            _ => return,
        }
        if matches!(self.awaiting, Awaiting::Change) {
            self.afresh();
            self.ask(out);
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
                let row = server_row::read(result)?;
                if !row.present && self.absences < ABSENCES_MAX {
                    // A server that has just started answers before it has written down what it serves. One that does not serve the
                    // database answers the line's own questions accordingly.
                    self.absences += 1;
                    self.ask_server(out);
                    return Ok(Step::Continue);
                }
                row.check(&self.options)?;
            }
            return match self.awaiting {
                Awaiting::Server => self.begin(line, out),
                _ => Ok(Step::Continue),
            };
        }
        if id != Some(self.awaited_id) {
            return Ok(Step::Continue);
        }
        // no request of this number is under way any more
        self.awaited_id = 0;
        match std::mem::replace(&mut self.awaiting, Awaiting::Nothing) {
            Awaiting::Nothing => Ok(Step::Continue),
            still @ (Awaiting::Server | Awaiting::Change) => {
                self.awaiting = still;
                Ok(Step::Continue)
            }
            Awaiting::Round => match error {
                Some(error) => self.request_failed(error, out),
                None => self.answers(result, line, out),
            },
            Awaiting::Schema(why) => match error {
                Some(error) => Err(RunError::Request(text(error))),
                None => self.schema_came(result, *why, line, out),
            },
            Awaiting::Commit { request, value, relies_on_index } => match error {
                Some(error) if is_canceled(error) => Ok(self.try_again(out)),
                Some(error) if is_unknown_database(error) => Err(Unfit::NoDatabase.into()),
                Some(error) => Err(RunError::Request(text(error))),
                None => match request.outcome(&self.schema, result)? {
                    Outcome::TryAgain => Ok(self.try_again(out)),
                    Outcome::Committed(committed) => {
                        self.leave(out);
                        Ok(Step::Finished(Conclusion { value, committed: Some(committed), snapshot: None }))
                    }
                    Outcome::Refused(refusal) => self.commit_refused(refusal, &request, relies_on_index, out),
                },
            },
            Awaiting::Monitor => match error {
                Some(error) => Err(RunError::Request(text(error))),
                None => {
                    // what changed before the monitor stood is seen only by looking
                    self.ask(out);
                    Ok(Step::Continue)
                }
            },
        }
    }

    fn id(&mut self) -> u64 {
        self.next_id += 1;
        self.next_id - 1
    }

    fn ask_server(&mut self, out: &mut Vec<u8>) {
        let id = self.id();
        self.server_id = Some(id);
        rpc::encode::request(out, id, "transact", |w| server_row::write_query(w, &self.schema.name));
    }

    fn begin<E>(&mut self, line: Line<'_, T, E>, out: &mut Vec<u8>) -> Result<Step<T>, RunError<E>> {
        if self.asked.is_empty() {
            let snapshot = Snapshot::new(Arc::clone(&self.schema), Arc::clone(&self.absent));
            return self.run(snapshot, line, out);
        }
        self.ask(out);
        Ok(Step::Continue)
    }

    // all queries so far in one transact, so that a line that needs several rounds still sees one moment
    fn ask(&mut self, out: &mut Vec<u8>) {
        let id = self.id();
        self.awaited_id = id;
        self.awaiting = Awaiting::Round;
        if let Some(watch) = &mut self.watch {
            watch.changed = false;
        }
        let (schema, asked) = (&self.schema, &mut self.asked);
        rpc::encode::transact(out, id, &schema.name, |w| asked.write(schema, w));
    }

    fn request_failed<E>(&mut self, error: &[u8], out: &mut Vec<u8>) -> Result<Step<T>, RunError<E>> {
        if is_canceled(error) {
            return Ok(self.try_again(out));
        }
        if is_unknown_database(error) {
            return Err(Unfit::NoDatabase.into());
        }
        Err(RunError::Request(text(error)))
    }

    // something that the server does not understand: is its schema another one than ours?
    fn read_schema(&mut self, why: Refused, out: &mut Vec<u8>) -> Step<T> {
        self.schema_read = true;
        let id = self.id();
        self.awaited_id = id;
        self.awaiting = Awaiting::Schema(Box::new(why));
        rpc::encode::get_schema(out, id, &self.schema.name);
        Step::Continue
    }

    fn schema_came<E>(
        &mut self,
        schema: &[u8],
        why: Refused,
        line: Line<'_, T, E>,
        out: &mut Vec<u8>,
    ) -> Result<Step<T>, RunError<E>> {
        let theirs = DatabaseSchema::parse(&String::from_utf8_lossy(schema))?;
        let absent = Absent::between(&self.schema, &theirs);
        match why {
            Refused::Query(text) if absent.is_empty() => Err(RunError::Request(text)),
            Refused::Commit(refusal) if absent.is_empty() => Err(RunError::Refused(refusal)),
            _ => {
                self.asked.reduce(&self.schema, &absent);
                self.absent = Arc::new(absent);
                self.begin(line, out)
            }
        }
    }

    fn answers<E>(
        &mut self,
        result: &[u8],
        line: Line<'_, T, E>,
        out: &mut Vec<u8>,
    ) -> Result<Step<T>, RunError<E>> {
        let snapshot = Snapshot::new(Arc::clone(&self.schema), Arc::clone(&self.absent));
        let answer = self.asked.answer(snapshot, result);
        self.answer_ended(answer, line, out)
    }

    fn answer_ended<E>(
        &mut self,
        answer: Result<Snapshot, AnswerError>,
        line: Line<'_, T, E>,
        out: &mut Vec<u8>,
    ) -> Result<Step<T>, RunError<E>> {
        match answer {
            Ok(snapshot) => self.run(snapshot, line, out),
            Err(AnswerError::Malformed(error)) => Err(error.into()),
            Err(AnswerError::Refused(error)) if self.schema_read => Err(RunError::Request(error)),
            Err(AnswerError::Refused(error)) => Ok(self.read_schema(Refused::Query(error), out)),
            Err(AnswerError::Moved | AnswerError::Passing) => Ok(self.try_again(out)),
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
        snapshot.count_in(&self.visits);
        self.options.seed = self.options.seed.wrapping_add(1);
        let mut txn = Txn::new(&snapshot, self.options.seed);
        let verdict = line(&mut txn);
        if txn.has_missing() {
            let missing = txn.missing();
            return self.ask_for(missing, out);
        }
        if self.server_id.is_some() {
            self.awaiting = Awaiting::Server;
            return Ok(Step::Continue);
        }
        let value = match verdict {
            Verdict::Done(value) => value,
            // it may have gone past a name that is taken, and then must say that instead
            _ if txn.trusted_an_index() && !self.distrusts => {
                drop(txn);
                self.distrusts = true;
                return self.run(snapshot, line, out);
            }
            Verdict::Failed(error) => return Err(RunError::Line(error)),
            Verdict::NotYet => return Ok(self.wait_for_change(out)),
        };
        match txn.finish() {
            Ok(Commit::Unchanged) => {
                drop(txn);
                self.leave(out);
                Ok(Step::Finished(Conclusion { value, committed: None, snapshot: Some(snapshot) }))
            }
            Ok(Commit::Send(request)) => {
                let relies_on_index = txn.trusted_an_index();
                self.commit(request, value, relies_on_index, out)
            }
            Err(ReadError::Missing(_)) => {
                let missing = txn.missing();
                self.ask_for(missing, out)
            }
            Err(error) => Err(RunError::Read(error)),
        }
    }

    fn ask_for<E>(
        &mut self,
        missing: Vec<crate::row::Query>,
        out: &mut Vec<u8>,
    ) -> Result<Step<T>, RunError<E>> {
        self.strayed |= self.answered;
        self.rounds += 1;
        if !self.asked.add(missing) || self.rounds > ROUNDS_MAX {
            return Err(RunError::Rounds);
        }
        self.ask(out);
        Ok(Step::Continue)
    }

    fn commit<E>(
        &mut self,
        request: Request,
        value: T,
        relies_on_index: bool,
        out: &mut Vec<u8>,
    ) -> Result<Step<T>, RunError<E>> {
        let id = self.id();
        let before = out.len();
        let mut encoded = Ok(());
        rpc::encode::transact(out, id, &self.schema.name, |w| {
            encoded = encode(&request.operations, &self.schema, w);
        });
        if let Err(error) = encoded {
            out.truncate(before);
            return Err(RunError::Read(ReadError::Id(error)));
        }
        self.answered = true;
        self.awaited_id = id;
        self.awaiting = Awaiting::Commit { request, value, relies_on_index };
        Ok(Step::Continue)
    }

    fn commit_refused<E>(
        &mut self,
        refusal: Refusal,
        request: &Request,
        relies_on_index: bool,
        out: &mut Vec<u8>,
    ) -> Result<Step<T>, RunError<E>> {
        // A name may be taken that was not looked for, whatever the server came upon first: look, so that the line can say so in its own
        // words, or finds that it has nothing to do. Or it was taken after the look.
        let again = !self.distrusts || &*refusal.error == "constraint violation";
        if relies_on_index && again && self.refusals < REFUSALS_MAX {
            self.distrusts = true;
            self.refusals += 1;
            self.ask(out);
            return Ok(Step::Continue);
        }
        if may_be_the_schema(&refusal.error) && !self.schema_read {
            return Ok(self.read_schema(Refused::Commit(refusal), out));
        }
        Err(match lacking(&request.operations, &self.schema, &self.absent) {
            Some(lacking) => RunError::Lacking { lacking, refusal },
            None => RunError::Refused(refusal),
        })
    }

    // the line is worked out once more, from the start
    fn afresh(&mut self) {
        self.rounds = 0;
        if std::mem::take(&mut self.strayed) {
            // otherwise a line that waits for long would go on asking for all that it ever came upon
            self.asked.forget_consequences();
            self.answered = false;
        }
    }

    // everything is read afresh at once; only if that keeps failing is there anything to wait for
    fn try_again(&mut self, out: &mut Vec<u8>) -> Step<T> {
        self.afresh();
        self.tries += 1;
        if self.tries > TRIES_AT_ONCE {
            let ms = u64::from(self.tries - TRIES_AT_ONCE) * PAUSE_STEP_MS;
            return Step::Pause { ms: ms.min(PAUSE_MAX_MS) };
        }
        self.ask(out);
        Step::Continue
    }

    // a monitor of what was asked for, without its contents, tells when to ask again
    fn wait_for_change(&mut self, out: &mut Vec<u8>) -> Step<T> {
        self.answered = true;
        let columns = self.asked.columns();
        match &self.watch {
            Some(watch) if watch.covers(&columns) => {
                if watch.changed {
                    self.afresh();
                    self.ask(out);
                } else {
                    self.awaiting = Awaiting::Change;
                }
                return Step::Continue;
            }
            _ => {}
        }
        if let Some(watch) = self.watch.take() {
            watch.end(self.id(), out);
        }
        let id = self.id();
        self.awaited_id = id;
        self.awaiting = Awaiting::Monitor;
        self.watch = Some(Watch::begin(id, columns, &self.schema, &self.absent, out));
        Step::Continue
    }
}

// a transaction that was given up comes back as a bare string (RFC 7047 section 4.1.4), as while a server converts its database
fn is_canceled(error: &[u8]) -> bool {
    error == br#""canceled""#
}

fn is_unknown_database(error: &[u8]) -> bool {
    const NAME: &[u8] = b"\"unknown database\"";
    error.windows(NAME.len()).any(|window| window == NAME)
}

fn text(json: &[u8]) -> Box<str> {
    render_error(json).unwrap_or_else(|_| String::from_utf8_lossy(json).into_owned()).into()
}

#[cfg(test)]
mod tests;
