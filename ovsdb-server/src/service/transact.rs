//! How a transaction is carried out: results, then the journal, then the database and the monitors, then the reply; and what happens to one that waits.

use super::dispatch::Request;
use super::hosted::Waiting;
use super::limits::{
    REPLY_BYTES_MAX, WAITING_BYTES_MAX, WAITING_IN_DATABASE_MAX, WAITING_MAX, WAITING_WORK_MAX,
    WAITING_WORK_PER_TURN, WORK_MAX,
};
use super::reply::{self, Refusal};
use super::{ClientId, Service, server_database};
use crate::engine::{Commit, Context, Cost, Execution, escape, restore};
use crate::monitor::canonical::canonical;
use ovsdb_proto::json::{Reader, Writer};
use ovsdb_proto::value::Uuid;
use std::borrow::Cow;

/// How much memory for a reply is kept between transactions: replies to small transactions need no more.
const REPLY_BYTES_KEPT: usize = 64 << 10;

/// Why a transaction of the embedding program was not carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TransactError {
    /// There is no database of this name.
    #[error("no such database")]
    Unknown,
    /// The operations are not a JSON array.
    #[error("the operations are not a JSON array")]
    Malformed,
    /// A `wait` does not hold: only a client can wait.
    #[error("a wait operation does not hold")]
    Waits,
}

/// What trying a transaction came to.
enum Tried {
    /// It was answered.
    Done,
    /// It waits, at most until then; what it cost to find that out.
    Waits { until_ms: Option<u64>, cost: Cost },
}

/// Whose transaction it is.
#[derive(Clone, Copy)]
struct Sender {
    client: ClientId,
    since_ms: u64,
}

impl Service {
    /// Carries out a transaction of the embedding program. `operations` is a JSON array of operations; so is the answer, of results (RFC 7047 section 4.1.3).
    ///
    /// # Errors
    /// There is no such database, it is no array, or it would have to wait; nothing was changed. That an operation fails is no error: its result says so.
    pub fn transact(
        &mut self,
        now_ms: u64,
        database: &str,
        operations: &[u8],
    ) -> Result<Vec<u8>, TransactError> {
        let params = with_name(database, operations).ok_or(TransactError::Malformed)?;
        let hosted = self.databases.get_mut(database).ok_or(TransactError::Unknown)?;
        let read_only = database == server_database::NAME;
        let mut cx = Context { read_only, ..Context::new(&mut self.ids) };
        let mut out = Vec::new();
        let execution = hosted.database.execute(&params, &mut cx, &mut out);
        hosted.database.learn(cx.questions);
        let Execution::Done { commit } = execution else { return Err(TransactError::Waits) };
        if let Some(commit) = commit {
            if let Err(error) = hosted.store(&commit) {
                append_error(&mut out, &error.into());
                return Ok(out);
            }
            self.take_in(database, commit);
            self.run_waiting(now_ms, database);
        }
        Ok(out)
    }

    /// The request `transact`.
    pub(super) fn transact_request(&mut self, name: &str, request: Request<'_>) -> Result<(), Refusal> {
        let (Request { now_ms, client, id, .. }, params) = (request, request.sent());
        self.refuse_duplicate("transact", request)?;
        let sender = Sender { client, since_ms: now_ms };
        match self.attempt(now_ms, name, sender, id, params) {
            Tried::Done => self.run_waiting(now_ms, name),
            Tried::Waits { cost, .. } if cost.work > WAITING_WORK_MAX => return Err(too_costly()),
            Tried::Waits { until_ms, cost } => {
                let (Some(waits), Some(hosted)) =
                    (self.clients.get_mut(&client), self.databases.get_mut(name))
                else {
                    return Ok(());
                };
                if hosted.waiting.len() >= WAITING_IN_DATABASE_MAX {
                    let details = format!("{WAITING_IN_DATABASE_MAX} transactions wait in the database");
                    return Err(Refusal::new("resources exhausted", details));
                }
                if waits.waiting >= WAITING_MAX || waits.waiting_bytes + params.len() > WAITING_BYTES_MAX {
                    let details = format!(
                        "a client may have {WAITING_MAX} transactions that wait, of {WAITING_BYTES_MAX} bytes together"
                    );
                    return Err(Refusal::new("resources exhausted", details));
                }
                waits.waiting += 1;
                waits.waiting_bytes += params.len();
                hosted.waiting.push_back(Waiting {
                    client,
                    id: id.into(),
                    params: params.into(),
                    since_ms: now_ms,
                    until_ms,
                    tables: cost.tables,
                    stale: false,
                });
            }
        }
        Ok(())
    }

    /// Refuses a request whose id is that of a transaction of the client that waits.
    pub(super) fn refuse_duplicate(&self, method: &str, request: Request<'_>) -> Result<(), Refusal> {
        if self.place_of(request.client, request.id).is_some() {
            return Err(Refusal::syntax(request.params, format!("{method}: duplicate request ID")));
        }
        Ok(())
    }

    /// The notification `cancel`: the transaction is forgotten. There is no reply, neither to this nor to the transaction, as in ovsdb-server.
    pub(super) fn cancel(&mut self, client: ClientId, params: &[u8], escaped: bool) {
        let mut reader = Reader::new(params);
        let mut only = || {
            reader.begin_array().ok()?;
            let id = if reader.next_element().ok()? { reader.check().ok()? } else { return None };
            if reader.next_element().ok()? { None } else { Some(id) }
        };
        let Some(id) = only() else { return };
        let id = if escaped { restore(id.as_bytes()).into() } else { Cow::Borrowed(id.as_bytes()) };
        let Some((name, at)) = self.place_of(client, &id) else { return };
        if let Some(hosted) = self.databases.get_mut(&name) {
            let bytes = hosted.waiting.remove(at).map_or(0, |waiting| waiting.params.len());
            self.waits_no_more(client, bytes);
        }
    }

    /// Where a transaction of the client with this id waits.
    fn place_of(&self, client: ClientId, id: &[u8]) -> Option<(Box<str>, usize)> {
        // most clients never wait
        if self.clients.get(&client)?.waiting == 0 {
            return None;
        }
        let id = canonical_id(id)?;
        let is = |waiting: &Waiting| {
            waiting.client == client && canonical_id(&waiting.id).is_some_and(|other| other == id)
        };
        self.databases
            .iter()
            .find_map(|(name, hosted)| Some((name.clone(), hosted.waiting.iter().position(is)?)))
    }

    /// Tries those that wait in a database and may wait no more, as far as that may go before
    /// clients are served again.
    pub(super) fn run_waiting(&mut self, now_ms: u64, name: &str) {
        loop {
            let Some(hosted) = self.databases.get_mut(name).filter(|hosted| hosted.waiting_work > 0) else {
                return;
            };
            let Some(at) = hosted.waiting.iter().position(|waiting| waiting.is_due(now_ms)) else { return };
            let Some(waiting) = hosted.waiting.remove(at) else { return };
            let before = self.work;
            self.try_waiting(now_ms, name, waiting);
            let work = self.work.saturating_sub(before).max(1);
            if let Some(hosted) = self.databases.get_mut(name) {
                hosted.waiting_work = hosted.waiting_work.saturating_sub(work);
            }
        }
    }

    /// Goes on with what waits, now that clients have been served.
    pub(super) fn go_on_waiting(&mut self, now_ms: u64) {
        let mut names: Vec<Box<str>> = Vec::new();
        for (name, hosted) in &mut self.databases {
            hosted.waiting_work = WAITING_WORK_PER_TURN;
            if hosted.next_try().is_some_and(|at| at <= now_ms) {
                names.push(name.clone());
            }
        }
        names.iter().for_each(|name| self.run_waiting(now_ms, name));
    }

    fn try_waiting(&mut self, now_ms: u64, name: &str, waiting: Waiting) {
        let sender = Sender { client: waiting.client, since_ms: waiting.since_ms };
        match self.attempt(now_ms, name, sender, &waiting.id, &waiting.params) {
            Tried::Waits { cost, .. } if cost.work > WAITING_WORK_MAX => {
                self.waits_no_more(waiting.client, waiting.params.len());
                let refusal = too_costly();
                self.send(waiting.client, |out| reply::error(out, &waiting.id, |w| refusal.write(w)));
            }
            Tried::Waits { until_ms, cost } => {
                if let Some(hosted) = self.databases.get_mut(name) {
                    hosted.waiting.push_back(Waiting {
                        until_ms,
                        tables: cost.tables,
                        stale: false,
                        ..waiting
                    });
                }
            }
            Tried::Done => self.waits_no_more(waiting.client, waiting.params.len()),
        }
    }

    /// Tries a transaction once. If it does not wait it is carried out and answered.
    fn attempt(&mut self, now_ms: u64, name: &str, sender: Sender, id: &[u8], params: &[u8]) -> Tried {
        let Sender { client: client_id, since_ms } = sender;
        let locks = &self.locks;
        let (Some(hosted), Some(client)) = (self.databases.get_mut(name), self.clients.get_mut(&client_id))
        else {
            return Tried::Done;
        };
        let out = &mut client.output;
        let start = out.len();
        reply::begin(out, id);
        let mut cx = Context {
            elapsed_ms: now_ms.saturating_sub(since_ms),
            holds_lock: &|lock| locks.holds(client_id, lock),
            read_only: client.read_only || name == server_database::NAME,
            reply_bytes_max: REPLY_BYTES_MAX,
            work_max: WORK_MAX,
            ..Context::new(&mut self.ids)
        };
        let execution = hosted.database.execute(params, &mut cx, out);
        let Context { mut cost, questions, .. } = cx;
        cost.work = cost.work.saturating_add(hosted.database.learn(questions));
        self.work = self.work.saturating_add(cost.work);
        let commit = match execution {
            Execution::Done { commit } => commit,
            Execution::Waiting { until_ms } => {
                out.truncate(start);
                let until_ms = until_ms.map(|elapsed| since_ms.saturating_add(elapsed));
                return Tried::Waits { until_ms, cost };
            }
        };
        let stored = commit.map(|commit| hosted.store(&commit).map(|()| commit).map_err(Refusal::from));
        if let Some(Err(refusal)) = &stored {
            append_error(out, refusal);
        }
        reply::end(out);
        client.make_ready(client_id, &mut self.ready);
        let Some(Ok(commit)) = stored else { return Tried::Done };

        // what monitors tell goes before the reply
        self.reply.clear();
        self.reply.extend(client.output.drain(start..));
        self.take_in(name, commit);
        if let Some(client) = self.clients.get_mut(&client_id) {
            client.output.extend_from_slice(&self.reply);
        }
        self.reply.shrink_to(REPLY_BYTES_KEPT);
        Tried::Done
    }

    /// Takes a commit in and has the monitors tell of it.
    pub(super) fn take_in(&mut self, name: &str, mut commit: Commit) {
        let Some(hosted) = self.databases.get_mut(name) else { return };
        if !self.histories {
            // no client is to come back with the name of a state that nobody remembers
            commit.id = Uuid::NIL;
        }
        hosted.database.apply(&commit);
        hosted.note_changes(&commit);
        let (clients, ready) = (&mut self.clients, &mut self.ready);
        self.monitors.notify(hosted.database.schema(), &commit, |id, notification| {
            let id = ClientId(id);
            if let Some(client) = clients.get_mut(&id) {
                notification.append_to(&mut client.output);
                client.make_ready(id, ready);
            }
        });
        hosted.history.push(commit);
    }
}

/// The form in which ids are compared: whether it is UTF-8, and its canonical text, which is
/// escaped if it is not.
fn canonical_id(id: &[u8]) -> Option<(bool, String)> {
    let escaped = escape(id);
    let text = escaped.as_deref().map_or(id, str::as_bytes);
    Some((escaped.is_none(), canonical(text).ok()?))
}

/// The refusal of a transaction that costs too much to be tried again and again.
fn too_costly() -> Refusal {
    let details = format!("a transaction that waits may look at {WAITING_WORK_MAX} rows");
    Refusal::new("resources exhausted", details)
}

/// Adds an error to an array of results, which says that the transaction was not committed (RFC 7047 section 4.1.3).
fn append_error(out: &mut Vec<u8>, refusal: &Refusal) {
    out.pop();
    if out.last() != Some(&b'[') {
        out.push(b',');
    }
    refusal.write(&mut Writer::new(out));
    out.push(b']');
}

/// The parameters of `transact`: the database's name, then the operations.
fn with_name(database: &str, operations: &[u8]) -> Option<Vec<u8>> {
    let mut reader = Reader::new(operations);
    let operations = reader.check().ok()?.trim_ascii();
    reader.end().ok()?;
    let rest = operations.strip_prefix('[')?.trim_ascii_start();
    let mut params = Vec::with_capacity(operations.len() + database.len() + 8);
    params.push(b'[');
    Writer::new(&mut params).string(database);
    if rest != "]" {
        params.push(b',');
    }
    params.extend_from_slice(rest.as_bytes());
    Some(params)
}
