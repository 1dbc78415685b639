//! How is a line of commands carried out against a list of remotes: one connection at a time, until one serves it.

use super::client_error::{Cause, ClientError};
use super::connection::{Connection, Received};
use super::error::{Error, ErrorKind};
use super::stream::{ConnectOptions, Stream, connect, within};
use crate::limits::{ANSWER_BYTES_MAX, VALUE_BYTES_MAX};
use crate::replica::Snapshot;
use crate::row::ReadError;
use crate::schema::{ColumnSet, DatabaseSchema, TableId};
use crate::session::remote::Remote;
use crate::session::{Conclusion, Run, RunError, RunOptions, Step, Verdict};
use crate::txn::Txn;
use crate::value::Uuid;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, sleep, timeout};

/// How long a remote is left alone after none of them served: first, and at most. Each time it doubles.
const PAUSE_FIRST: Duration = Duration::from_millis(100);
const PAUSE_MAX: Duration = Duration::from_secs(8);

/// How long a server may take over our goodbye.
const GOODBYE_MAX: Duration = Duration::from_secs(1);

/// How long a connection may take to be established, TLS handshake included. The C tools allow one
/// second.
const CONNECT_MAX: Duration = Duration::from_secs(10);

/// How a [`Client`] connects.
#[derive(Clone, Debug)]
pub struct ClientOptions {
    /// Where the servers are, in the order in which they are tried.
    pub remotes: Vec<Remote>,
    /// How connections are made. The deadline is that of everything that the client does; see [`Client::set_deadline`].
    pub connect: ConnectOptions,
    /// The cluster that the servers must belong to, if it must be a certain one.
    pub cluster: Option<Uuid>,
    /// Whether a cluster's leader must be the one to answer. On by default.
    pub leader_only: bool,
    /// Whether to begin again with the first remote when none serves, until the deadline. Off by default: each is tried once.
    pub retry: bool,
    /// After how long a silence a server is asked for a sign of life; after one more it counts as lost. 120 seconds by default, as with the C tools of
    /// OVN; never if `None`.
    pub probe: Option<Duration>,
    /// How long a server may take to connect and to say whether it serves the database, if there
    /// are other remotes to try; 5 seconds by default. Those that were skipped for this are tried
    /// once more, without this limit, if no other remote serves.
    pub patience: Duration,
    /// The most bytes of a message of a server that must be held whole, and of a row of a reply,
    /// which may itself have any length. [`VALUE_BYTES_MAX`] by default.
    pub message_bytes_max: usize,
}

impl ClientOptions {
    /// The defaults, for these remotes.
    pub fn new(remotes: Vec<Remote>) -> ClientOptions {
        ClientOptions {
            remotes,
            connect: ConnectOptions::default(),
            cluster: None,
            leader_only: true,
            retry: false,
            probe: Some(Duration::from_secs(120)),
            patience: Duration::from_secs(5),
            message_bytes_max: VALUE_BYTES_MAX,
        }
    }
}

/// A client that reads what a line needs and commits what it does, over one connection that it keeps for the next line.
///
/// Its futures may be dropped at any time; if a transaction was under way, it may then have been committed.
#[derive(Debug)]
pub struct Client {
    schema: Arc<DatabaseSchema>,
    options: ClientOptions,
    link: Option<Link>,
    seed: u128,
}

// a connection that stands
#[derive(Debug)]
struct Link {
    connection: Connection,
    remote: Remote,
    // the number of the next request
    next_id: u64,
}

enum Failure<E> {
    Final(ClientError<E>),
    // nothing was changed: the next remote may serve
    Next(Cause),
    // as `Next`, because the server did not answer in time while there were others to try
    Slow(Cause),
}

impl Client {
    /// A client of the database that `schema` names. It connects when the first line needs it.
    ///
    /// # Errors
    /// There are no remotes ([`ErrorKind::Config`]), or the system gives no random bytes ([`ErrorKind::Random`]).
    pub fn new(schema: Arc<DatabaseSchema>, options: ClientOptions) -> Result<Client, Error> {
        if options.remotes.is_empty() {
            return Err(Error::new(ErrorKind::Config, "no remote to connect to"));
        }
        let seed = super::random_u128()?;
        Ok(Client { schema, options, link: None, seed })
    }

    /// A client that uses `stream` and makes no connection of its own, for example to a server within this process. Once the stream ends, nothing can be
    /// carried out any more; errors then name the remote `unix:(given)`.
    ///
    /// # Errors
    /// The system gives no random bytes ([`ErrorKind::Random`]).
    pub fn over(stream: Stream, schema: Arc<DatabaseSchema>) -> Result<Client, Error> {
        let mut options = ClientOptions::new(Vec::new());
        // the other end is as alive as we are
        options.probe = None;
        let connection = Connection::with_limit(stream, options.message_bytes_max);
        let link = Some(Link { connection, remote: given(), next_id: 1 });
        Ok(Client { schema, options, link, seed: super::random_u128()? })
    }

    /// Carries a line out: runs it over what was read so far, reads what it lacks, and commits its edits. The line is run several times and must
    /// not do anything but read and edit its transaction.
    ///
    /// # Errors
    /// See [`ClientError`]. Only after [`ClientError::MaybeCommitted`] may anything have changed.
    pub async fn run<T, E>(
        &mut self,
        line: &mut dyn FnMut(&mut Txn<'_>) -> Verdict<T, E>,
    ) -> Result<Conclusion<T>, ClientError<E>> {
        let mut line = line;
        self.drive(&mut line).await
    }

    /// Runs `edit` over a transaction and commits what it does. It is run again whenever something that it relies on has changed meanwhile, and so must not do
    /// anything but read and edit its transaction.
    ///
    /// The conclusion says what was committed, if anything had to change, and has the real UUIDs of new rows ([`Conclusion::real`]).
    ///
    /// # Errors
    /// See [`ClientError`]. Only after [`ClientError::MaybeCommitted`] may anything have changed.
    pub async fn transact<T, E>(
        &mut self,
        mut edit: impl FnMut(&mut Txn<'_>) -> Result<T, E>,
    ) -> Result<Conclusion<T>, ClientError<E>> {
        let mut line = |txn: &mut Txn<'_>| match edit(txn) {
            Ok(value) => Verdict::Done(value),
            Err(error) => Verdict::Failed(error),
        };
        self.drive(&mut line).await
    }

    /// Reads whole tables, all rows of them with these columns, as they are at one moment. Numbers of columns that a table has not do not matter, so
    /// that `ColumnSet::EMPTY.complement()` asks for all columns.
    ///
    /// # Errors
    /// See [`ClientError`]; [`ReadError::Id`] if the schema has no such table.
    pub async fn snapshot(
        &mut self,
        tables: &[(TableId, ColumnSet)],
    ) -> Result<Snapshot, ClientError<ReadError>> {
        let mut line = |txn: &mut Txn<'_>| {
            for (table, columns) in tables {
                match txn.find_rows(*table, &[], *columns) {
                    // the others are asked for together with it
                    Ok(_) | Err(ReadError::Missing(_)) => {}
                    Err(error) => return Verdict::Failed(error),
                }
            }
            Verdict::Done(Arc::clone(txn.base().absent()))
        };
        let Conclusion { value: absent, snapshot, .. } = self.drive(&mut line).await?;
        // nothing is committed that changes nothing, and then there is a snapshot
        Ok(snapshot.unwrap_or_else(|| Snapshot::new(Arc::clone(&self.schema), absent)))
    }

    /// From now on, begins again with the first remote when none serves ([`ClientOptions::retry`]).
    pub const fn keep_trying(&mut self) {
        self.options.retry = true;
    }

    /// Until when everything that is asked of the client must be done; no limit if `None`.
    pub const fn set_deadline(&mut self, deadline: Option<Instant>) {
        self.options.connect.deadline = deadline;
    }

    /// The remote that the client is connected to.
    pub fn remote(&self) -> Option<&Remote> {
        self.link.as_ref().map(|link| &link.remote)
    }

    /// Ends the connection in good order, which over TLS a server expects.
    pub async fn close(mut self) {
        if let Some(link) = self.link.take() {
            say_goodbye(link).await;
        }
    }

    async fn drive<T, E, L>(&mut self, line: &mut L) -> Result<Conclusion<T>, ClientError<E>>
    where
        L: FnMut(&mut Txn<'_>) -> Verdict<T, E>,
    {
        if let Some(remote) = self.options.remotes.first() {
            self.check_time(remote, Cause::Net(Error::timeout()))?;
        }
        self.seed = self.seed.wrapping_add(1 << 64);
        let options = RunOptions {
            leader_only: self.options.leader_only,
            cluster: self.options.cluster,
            seed: self.seed,
            first_id: self.link.as_ref().map_or(1, |link| link.next_id),
        };
        let mut run = Run::new(Arc::clone(&self.schema), options);
        let mut pause = PAUSE_FIRST;
        if let Some(link) = self.link.take() {
            let remote = link.remote.clone();
            let patience = (self.options.remotes.len() > 1).then_some(self.options.patience);
            match self.attempt(link, patience.map(|p| Instant::now() + p), &mut run, line).await {
                Ok(conclusion) => return Ok(conclusion),
                Err(Failure::Final(error)) => return Err(error),
                Err(Failure::Next(cause) | Failure::Slow(cause)) if self.options.remotes.is_empty() => {
                    return Err(ClientError::Unserved { remote, cause });
                }
                Err(Failure::Next(cause) | Failure::Slow(cause)) => {
                    self.check_time(&remote, cause).map(drop)?;
                }
            }
        } else if self.options.remotes.is_empty() {
            let cause = Cause::Net(Error::new(ErrorKind::Closed, "the connection has ended"));
            return Err(ClientError::Unserved { remote: given(), cause });
        }
        loop {
            let mut last = None;
            let mut candidates = self.options.remotes.clone();
            while !candidates.is_empty() {
                let mut slow = Vec::new();
                let others = (0..candidates.len()).rev();
                for (remote, others) in candidates.into_iter().zip(others) {
                    // the last one has as long as if it were the only one
                    let patience = (others > 0).then_some(self.options.patience);
                    let cause = match self.try_remote(&remote, patience, &mut run, line).await {
                        Ok(conclusion) => return Ok(conclusion),
                        Err(Failure::Final(error)) => return Err(error),
                        Err(Failure::Next(cause)) => cause,
                        Err(Failure::Slow(cause)) => {
                            slow.push(remote.clone());
                            cause
                        }
                    };
                    last = Some((self.check_time(&remote, cause)?, remote));
                }
                // a busy leader must not be passed over for good in favour of servers that do not
                // serve
                candidates = slow;
            }
            if let Some((cause, remote)) = last {
                if !self.options.retry {
                    return Err(ClientError::Unserved { remote, cause });
                }
                if !self.rest(pause).await {
                    return Err(ClientError::Unserved { remote, cause });
                }
            }
            pause = (pause * 2).min(PAUSE_MAX);
        }
    }

    async fn try_remote<T, E, L>(
        &mut self,
        remote: &Remote,
        patience: Option<Duration>,
        run: &mut Run<T>,
        line: &mut L,
    ) -> Result<Conclusion<T>, Failure<E>>
    where
        L: FnMut(&mut Txn<'_>) -> Verdict<T, E>,
    {
        let answer_by = patience.map(|patience| Instant::now() + patience);
        let stream = match self.connect(remote, patience).await {
            Ok(stream) => stream,
            Err(error) if error.kind() == ErrorKind::Silent && patience.is_some() => {
                return Err(Failure::Slow(Cause::Net(error)));
            }
            Err(error) => return Err(Failure::Next(Cause::Net(error))),
        };
        let connection =
            Connection::with_limit(stream, self.options.message_bytes_max).probing(self.options.probe);
        let link = Link { connection, remote: remote.clone(), next_id: 1 };
        self.attempt(link, answer_by, run, line).await
    }

    /// Connects within `patience`, and never in more than [`CONNECT_MAX`]. Whoever connects to a
    /// passive remote may take any time.
    async fn connect(&self, remote: &Remote, patience: Option<Duration>) -> Result<Stream, Error> {
        if remote.is_passive() {
            return connect(remote, &self.options.connect).await;
        }
        let limit = patience.unwrap_or(CONNECT_MAX).min(CONNECT_MAX);
        let by = Instant::now() + limit;
        if self.options.connect.deadline.is_some_and(|deadline| deadline <= by) {
            return connect(remote, &self.options.connect).await;
        }
        let options = ConnectOptions { deadline: Some(by), ..self.options.connect.clone() };
        connect(remote, &options).await.map_err(|error| match error.kind() {
            ErrorKind::Timeout => Error::silent("no connection", limit),
            _ => error,
        })
    }

    /// After the deadline no other remote is tried.
    fn check_time<E>(&self, remote: &Remote, cause: Cause) -> Result<Cause, ClientError<E>> {
        if self.options.connect.deadline.is_some_and(|d| d <= Instant::now()) {
            return Err(ClientError::Unserved { remote: remote.clone(), cause });
        }
        Ok(cause)
    }

    /// Whether the deadline leaves time after a pause.
    async fn rest(&self, pause: Duration) -> bool {
        within(self.options.connect.deadline, async {
            sleep(pause).await;
            Ok(())
        })
        .await
        .is_ok()
    }

    async fn attempt<T, E, L>(
        &mut self,
        mut link: Link,
        answer_by: Option<Instant>,
        run: &mut Run<T>,
        line: &mut L,
    ) -> Result<Conclusion<T>, Failure<E>>
    where
        L: FnMut(&mut Txn<'_>) -> Verdict<T, E>,
    {
        let result = self.converse(&mut link.connection, answer_by, run, line).await;
        let failure = match result {
            Ok(conclusion) => {
                link.next_id = run.next_id();
                self.link = Some(link);
                return Ok(conclusion);
            }
            Err(failure) => failure,
        };
        Err(match failure {
            Trouble::Lost { error, maybe_committed: true } => {
                Failure::Final(ClientError::MaybeCommitted { remote: link.remote, error })
            }
            Trouble::Lost { error, maybe_committed: false } => Failure::Next(Cause::Net(error)),
            Trouble::Slow(error) => Failure::Slow(Cause::Net(error)),
            Trouble::Run(RunError::Unfit(unfit)) => {
                say_goodbye(link).await;
                Failure::Next(Cause::Unfit(unfit))
            }
            Trouble::Run(error) => {
                // the server did all right
                run.leave(link.connection.output());
                link.next_id = run.next_id();
                self.link = Some(link);
                Failure::Final(ClientError::Run(error))
            }
        })
    }

    async fn converse<T, E, L>(
        &self,
        connection: &mut Connection,
        answer_by: Option<Instant>,
        run: &mut Run<T>,
        line: &mut L,
    ) -> Result<Conclusion<T>, Trouble<E>>
    where
        L: FnMut(&mut Txn<'_>) -> Verdict<T, E>,
    {
        let deadline = self.options.connect.deadline;
        let mut out = Vec::new();
        let mut committing = None;
        // a step that asks for nothing only answers the server: how many bytes of that have not
        // been sent
        let (mut next_id, mut answers) = (0, 0);
        let mut step = run.start(line, &mut out);
        loop {
            match step.map_err(|error| Trouble::of(error, committing.is_some()))? {
                Step::Finished(conclusion) => {
                    connection.output().append(&mut out);
                    return Ok(conclusion);
                }
                Step::Continue => {}
                Step::Pause { ms } => {
                    if !self.rest(Duration::from_millis(ms)).await {
                        return Err(Trouble::Lost { error: Error::timeout(), maybe_committed: false });
                    }
                    run.resume(&mut out);
                }
            }
            if connection.output().is_empty() {
                answers = 0;
            }
            if run.next_id() == next_id {
                answers += out.len();
            }
            next_id = run.next_id();
            if answers > ANSWER_BYTES_MAX {
                let error = Error::new(ErrorKind::Message, "the peer asks and does not listen");
                return Err(Trouble::lost(error, connection, committing));
            }
            let before = connection.bytes_sent() + connection.output().len() as u64;
            committing = run.commit_pending().then_some(committing.unwrap_or(before));
            connection.output().append(&mut out);
            let answer_by = answer_by.filter(|_| !run.server_answered());
            // messages of other kinds, however many, are no answer
            if answer_by.is_some_and(|by| by <= Instant::now()) {
                return Err(Trouble::Slow(Error::silent("no answer", self.options.patience)));
            }
            let until = deadline.into_iter().chain(answer_by).min();
            step = match within(until, connection.receive_part(run.part_depth())).await {
                Ok(Received::Message(frame)) => run.receive(frame, line, &mut out),
                Ok(Received::Part(part)) => run.receive_part(part, line, &mut out),
                Err(error) if error.is_timeout() && until != deadline => Ok(Step::Continue),
                Err(error) => return Err(Trouble::lost(error, connection, committing)),
            };
        }
    }
}

/// What ends a conversation without a conclusion.
enum Trouble<E> {
    /// The connection is of no more use.
    Lost { error: Error, maybe_committed: bool },
    /// Nothing was committed, and another remote may answer sooner.
    Slow(Error),
    /// The line, or the server's word on it.
    Run(RunError<E>),
}

impl<E> Trouble<E> {
    /// A server that makes no sense is as good as lost, and what it did is as unknown.
    fn of(error: RunError<E>, maybe_committed: bool) -> Trouble<E> {
        let nonsense = |what, source: Box<dyn std::error::Error + Send + Sync>| Trouble::Lost {
            error: Error::new(ErrorKind::Message, what).because(source),
            maybe_committed,
        };
        match error {
            RunError::Protocol(error) => nonsense("the peer sent what is not a message", error.into()),
            RunError::Reply(error) => nonsense("the reply does not fit the request", error.into()),
            RunError::Schema(error) => nonsense("the schema of the server makes no sense", error.into()),
            error => Trouble::Run(error),
        }
    }

    /// `commit`: where in all that is sent over the connection the transaction begins whose reply has not come.
    fn lost(error: Error, connection: &Connection, commit: Option<u64>) -> Trouble<E> {
        let maybe_committed = commit.is_some_and(|begin| connection.bytes_sent() > begin);
        Trouble::Lost { error, maybe_committed }
    }
}

/// Stands for the stream of [`Client::over`], which has no name.
fn given() -> Remote {
    Remote::Unix("(given)".into())
}

async fn say_goodbye(link: Link) {
    // nothing can be done if it fails
    let _ = timeout(GOODBYE_MAX, link.connection.close()).await;
}
