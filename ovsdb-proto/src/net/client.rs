//! How is a line of commands carried out against a list of remotes: one connection at a time, until one serves it.

use super::connection::Connection;
use super::error::{Error, ErrorKind};
use super::stream::{ConnectOptions, connect};
use crate::schema::DatabaseSchema;
use crate::session::remote::Remote;
use crate::session::{Conclusion, Run, RunError, RunOptions, Step, Unfit, Verdict};
use crate::txn::Txn;
use crate::value::Uuid;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// How a [`Client`] connects.
#[derive(Clone, Debug)]
pub struct ClientOptions {
    /// Where the servers are, in the order in which they are tried.
    pub remotes: Vec<Remote>,
    /// How connections are made.
    pub connect: ConnectOptions,
    /// The cluster that the servers must belong to, if it must be a certain one.
    pub cluster: Option<Uuid>,
    /// Whether a cluster's leader must be the one to answer. On by default.
    pub leader_only: bool,
    /// Whether to begin again with the first remote when none serves, until the deadline. Off by default: each is tried once.
    pub retry: bool,
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
        }
    }
}

/// Why a line could not be carried out.
#[derive(Debug)]
pub enum ClientError<E> {
    /// The line, or the server's answer to it.
    Run(RunError<E>),
    /// No remote serves the database: the last one tried, and why not.
    Unserved {
        /// The last remote tried.
        remote: Remote,
        /// Why it does not serve.
        cause: Cause,
    },
    /// The connection was lost after the transaction was sent and before its reply came: it may have been committed.
    MaybeCommitted(Error),
    /// The connection was lost; nothing was sent that changes anything.
    Lost(Error),
}

/// Why a remote does not serve.
#[derive(Debug)]
pub enum Cause {
    /// It could not be reached, or broke off.
    Net(Error),
    /// It answers, but not for this database.
    Unfit(Unfit),
}

/// A client that reads what a line needs and commits what it does, over one connection that it keeps for the next line.
#[derive(Debug)]
pub struct Client {
    schema: Arc<DatabaseSchema>,
    options: ClientOptions,
    connection: Option<(Connection, Remote)>,
    seed: u128,
}

enum Attempt<T, E> {
    Finished(Conclusion<T>),
    Failed(ClientError<E>),
    // nothing was changed: the next remote may serve
    Next(Cause),
}

impl Client {
    /// A client of the database that `schema` names. It connects when the first line needs it.
    ///
    /// # Errors
    /// The system gives no random bytes.
    pub fn new(schema: Arc<DatabaseSchema>, options: ClientOptions) -> Result<Client, Error> {
        let seed = super::random_u128()?;
        Ok(Client { schema, options, connection: None, seed })
    }

    /// Carries a line out: runs it over what was read so far, reads what it lacks, and commits its edits. The line is run several times and must
    /// not do anything but read and edit its transaction.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn run<T, E>(
        &mut self,
        line: &mut dyn FnMut(&mut Txn<'_>) -> Verdict<T, E>,
    ) -> Result<Conclusion<T>, ClientError<E>> {
        self.seed = self.seed.wrapping_add(1 << 64);
        let options = RunOptions {
            leader_only: self.options.leader_only,
            cluster: self.options.cluster,
            seed: self.seed,
        };
        let mut run = Run::new(Arc::clone(&self.schema), options);
        let mut pause = Duration::from_millis(100);
        loop {
            let mut last = None;
            if let Some((connection, remote)) = self.connection.take() {
                match self.attempt(connection, remote.clone(), &mut run, line, true).await {
                    Attempt::Finished(conclusion) => return Ok(conclusion),
                    Attempt::Failed(error) => return Err(error),
                    Attempt::Next(cause) => last = Some((remote, cause)),
                }
            }
            for remote in self.options.remotes.clone() {
                let attempt = match connect(&remote, &self.options.connect).await {
                    Ok(stream) => {
                        self.attempt(Connection::new(stream), remote.clone(), &mut run, line, false).await
                    }
                    Err(error) => Attempt::Next(Cause::Net(error)),
                };
                match attempt {
                    Attempt::Finished(conclusion) => return Ok(conclusion),
                    Attempt::Failed(error) => return Err(error),
                    Attempt::Next(cause) => last = Some((remote, cause)),
                }
            }
            if !self.options.retry || self.deadline_passed() {
                return Err(match last {
                    Some((remote, cause)) => ClientError::Unserved { remote, cause },
                    None => ClientError::Lost(Error::new(ErrorKind::Connect, "no remote to connect to")),
                });
            }
            sleep(pause).await;
            pause = (pause * 2).min(Duration::from_secs(8));
        }
    }

    /// From now on, begins again with the first remote when none serves ([`ClientOptions::retry`]).
    pub const fn keep_trying(&mut self) {
        self.options.retry = true;
    }

    fn deadline_passed(&self) -> bool {
        self.options.connect.deadline.is_some_and(|d| d <= Instant::now())
    }

    async fn attempt<T, E>(
        &mut self,
        mut connection: Connection,
        remote: Remote,
        run: &mut Run<T>,
        line: &mut dyn FnMut(&mut Txn<'_>) -> Verdict<T, E>,
        again: bool,
    ) -> Attempt<T, E> {
        let deadline = self.options.connect.deadline;
        let mut out = Vec::new();
        let mut step = if again { run.start_again(line, &mut out) } else { run.start(line, &mut out) };
        loop {
            match step {
                Ok(Step::Finished(conclusion)) => {
                    self.connection = Some((connection, remote));
                    return Attempt::Finished(conclusion);
                }
                Ok(Step::Continue) => {}
                Ok(Step::Pause { ms }) => {
                    sleep(Duration::from_millis(ms)).await;
                    run.resume(&mut out);
                }
                Err(RunError::Unfit(unfit)) if !run.commit_pending() => {
                    return Attempt::Next(Cause::Unfit(unfit));
                }
                Err(error) => return Attempt::Failed(ClientError::Run(error)),
            }
            connection.output().append(&mut out);
            let received = super::stream::within(deadline, connection.receive()).await;
            step = match received {
                Ok(frame) => run.receive(frame, line, &mut out),
                Err(error) if run.commit_pending() => {
                    return Attempt::Failed(ClientError::MaybeCommitted(error));
                }
                Err(error) if error.is_timeout() || error.kind() == ErrorKind::Message => {
                    return Attempt::Failed(ClientError::Lost(error));
                }
                Err(error) => return Attempt::Next(Cause::Net(error)),
            };
        }
    }
}

impl<E: std::fmt::Display> std::fmt::Display for ClientError<E> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            ClientError::Run(error) => error.fmt(f),
            ClientError::Unserved { remote, cause: Cause::Net(error) } => {
                write!(f, "{remote}: database connection failed ({})", error.reason())
            }
            // the C tools give no reason here, and scripts match the line
            ClientError::Unserved { remote, cause: Cause::Unfit(_) } => {
                write!(f, "{remote}: database connection failed ()")
            }
            ClientError::MaybeCommitted(error) => {
                write!(
                    f,
                    "connection lost after the transaction was sent ({error}): the transaction may have been committed"
                )
            }
            ClientError::Lost(error) => error.fmt(f),
        }
    }
}

impl<E: std::fmt::Debug + std::fmt::Display> std::error::Error for ClientError<E> {}
