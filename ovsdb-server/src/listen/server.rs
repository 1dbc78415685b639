//! How does a program hold a server: what it is built of, and what can be asked of it while it runs.

use super::driver::{Core, Driver, Observer};
use super::event::Event;
use super::limits::{Limits, PIPE_BYTES};
use super::remotes::{RemoteSettings, Remotes};
use super::source::{SourceError, is_descriptor};
use super::tls::TlsSettings;
use crate::engine::Database;
use crate::service::{AddError, Service, TransactError};
use crate::storage::Journal;
use ovsdb_proto::net::{self, Client, Stream};
use ovsdb_proto::schema::DatabaseSchema;
use ovsdb_proto::session::remote::Remote;
use std::collections::BTreeMap;
use std::fmt;
use std::future::poll_fn;
use std::path::PathBuf;
use std::sync::Arc;
use std::task::Poll;
use tokio::sync::{mpsc, oneshot};

/// Work on the service, at its time in milliseconds.
pub(super) type Work = Box<dyn FnOnce(&mut Service, u64) + Send>;

/// What a driver is asked to do.
pub(super) enum Command {
    /// Takes in a client whose stream is there already.
    Connect(Stream),
    /// Does something to the service.
    With(Work),
    /// Does something to the remotes.
    Remotes(Box<dyn FnOnce(&mut Core) + Send>),
    Shutdown,
}

/// Why a server did not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// A remote or a setting names a column that cannot be used.
    #[error("failed to configure remotes: {0}")]
    Source(#[from] SourceError),
    /// A setting of TLS names a column that cannot be used.
    #[error("failed to configure SSL/TLS: {0}")]
    Tls(SourceError),
    /// A remote is not served: it is no address, or nobody can listen there.
    #[error("{remote}: {why}")]
    Remote {
        /// The text of the remote.
        remote: String,
        /// Why not.
        why: String,
    },
    /// A database cannot be served.
    #[error("{name}: {source}")]
    Database {
        /// Its name.
        name: String,
        /// Why not.
        source: AddError,
    },
    /// The system gives no random bytes.
    #[error("cannot make identities: {0}")]
    Random(net::Error),
}

/// Why a server did not do what it was asked for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ServerError {
    /// Its driver was dropped, or has ended.
    #[error("the server does not run any more")]
    Stopped,
    /// The transaction could not be tried.
    #[error(transparent)]
    Transact(#[from] TransactError),
    /// The column after `db:` cannot be used.
    #[error(transparent)]
    Source(#[from] SourceError),
}

/// A server being put together.
///
/// ```
/// # use ovsdb_server::engine::Database;
/// # use ovsdb_server::listen::Server;
/// # use ovsdb_proto::schema::DatabaseSchema;
/// # use std::sync::Arc;
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
/// let schema = r#"{"name": "Inventory", "version": "1.0.0", "tables":
///     {"Item": {"columns": {"name": {"type": "string"}}, "isRoot": true}}}"#;
/// let schema = Arc::new(DatabaseSchema::parse(schema)?);
/// let (server, driver) = Server::builder().database(Database::new(schema), None).start().await?;
/// tokio::spawn(driver);
///
/// let insert = r#"[{"op": "insert", "table": "Item", "row": {"name": "rope"}}]"#;
/// let results = server.transact("Inventory", insert).await?;
/// assert!(results.starts_with(r#"[{"uuid":["uuid","#));
/// server.shutdown().await;
/// # Ok::<(), Box<dyn std::error::Error>>(()) }).unwrap();
/// ```
#[derive(Default)]
#[must_use]
pub struct Builder {
    databases: Vec<(Database, Option<Box<dyn Journal>>)>,
    remotes: Vec<(String, RemoteSettings)>,
    tls: TlsSettings,
    limits: Limits,
    run_dir: PathBuf,
    path: Option<fn(PathBuf) -> PathBuf>,
    observer: Option<Observer>,
    seed: Option<u128>,
    patient: bool,
    forgetful: bool,
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder").field("remotes", &self.remotes).finish_non_exhaustive()
    }
}

impl Builder {
    /// Serves a database, and keeps its commits in `journal`, if there is one.
    pub fn database(mut self, database: Database, journal: Option<Box<dyn Journal>>) -> Builder {
        self.databases.push((database, journal));
        self
    }

    /// Serves a remote: `punix:FILE`, `ptcp:PORT[:IP]` and `pssl:PORT[:IP]` to listen; `unix:FILE`,
    /// `tcp:HOST:PORT` and `ssl:HOST:PORT` to connect, and to connect again whenever the connection
    /// is lost; `pfd:FD` for a listening socket with this descriptor, which the program has
    /// inherited, see [`Listener::inherit`](net::Listener::inherit); `db:DB,TABLE,COLUMN` for all
    /// that a database names there, at any time.
    pub fn remote(self, remote: impl Into<String>) -> Builder {
        self.remote_with(remote, RemoteSettings::default())
    }

    /// Serves a remote as [`Builder::remote`] does, with settings. Those of `db:DB,TABLE,COLUMN`
    /// are not used: the database says how its remotes are served.
    pub fn remote_with(mut self, remote: impl Into<String>, settings: RemoteSettings) -> Builder {
        self.remotes.push((remote.into(), settings));
        self
    }

    /// The certificates for `pssl:` and `ssl:`.
    pub fn tls(mut self, settings: TlsSettings) -> Builder {
        self.tls = settings;
        self
    }

    /// What is allowed to clients.
    pub fn limits(mut self, limits: Limits) -> Builder {
        self.limits = limits;
        self
    }

    /// Where relative names of sockets are meant from. The working directory by default.
    pub fn run_dir(mut self, folder: impl Into<PathBuf>) -> Builder {
        self.run_dir = folder.into();
        self
    }

    /// Has `path` make the path of a file or socket of the one that stands in a remote or a TLS
    /// setting. A text holds UTF-8 only: a program that is to use other names needs a way to write
    /// them.
    pub fn paths(mut self, path: fn(PathBuf) -> PathBuf) -> Builder {
        self.path = Some(path);
        self
    }

    /// Has `observer` told of what happens at the server's edge. It must not wait for anything.
    pub fn observer(mut self, observer: impl FnMut(&Event<'_>) + Send + 'static) -> Builder {
        self.observer = Some(Box::new(observer));
        self
    }

    /// Makes the same identities in each run. By default they are random.
    pub fn seed(mut self, seed: u128) -> Builder {
        self.seed = Some(seed);
        self
    }

    /// Starts even if some remotes cannot be served yet, as ovsdb-server does: it goes on trying. By default that is an error.
    pub fn patient(mut self) -> Builder {
        self.patient = true;
        self
    }

    /// Remembers no changes for `monitor_cond_since`: see [`Service::forget_history`].
    pub fn without_history(mut self) -> Builder {
        self.forgetful = true;
        self
    }

    /// Opens all remotes. When this returns, clients may connect; they are served as soon as the driver is polled.
    ///
    /// # Errors
    /// See [`StartError`].
    ///
    /// # Panics
    /// Outside of a tokio runtime with I/O and time enabled.
    pub async fn start(self) -> Result<(Server, Driver), StartError> {
        let seed = match self.seed {
            Some(seed) => seed,
            None => net::random_u128().map_err(StartError::Random)?,
        };
        let mut service = Service::new(seed);
        if self.forgetful {
            service.forget_history();
        }
        for (database, journal) in self.databases {
            let name = database.schema().name.to_string();
            service
                .add_database(database, journal)
                .map_err(|source| StartError::Database { name, source })?;
        }
        let (commands, received) = mpsc::unbounded_channel();
        let remotes =
            Remotes { tls_settings: self.tls, run_dir: self.run_dir, path: self.path, ..Remotes::default() };
        let mut core = Box::new(Core::new(service, self.limits, remotes, self.observer, received));
        core.check_tls().map_err(StartError::Tls)?;
        for (remote, settings) in self.remotes {
            core.check_remote(&remote)?;
            core.remotes.configured.insert(remote, settings);
        }
        core.reconfigure();
        poll_fn(|cx| {
            loop {
                core.round(cx);
                if core.all_bound() {
                    return Poll::Ready(());
                }
                if core.slots.woken.wait(cx.waker()) {
                    return Poll::Pending;
                }
            }
        })
        .await;
        if !self.patient {
            let failed = core.remotes.configured.keys().find_map(|text| {
                let entry = core.remotes.entries.get(&**text)?;
                let passive = entry.address.as_ref().map_or(true, Remote::is_passive);
                let why = entry.last_error.clone().filter(|_| passive)?;
                Some(StartError::Remote { remote: text.clone(), why })
            });
            if let Some(failed) = failed {
                return Err(failed);
            }
        }
        Ok((Server { commands }, core.into_driver()))
    }
}

/// A handle of a server, whose [`Driver`] does the work. Clones are handles of the same server; it ends when the last one is gone.
#[derive(Clone, Debug)]
pub struct Server {
    commands: mpsc::UnboundedSender<Command>,
}

impl Server {
    /// Begins to put a server together.
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// A connection to the server within this process. It ends at once if the server does not run any more.
    pub fn connect(&self) -> Stream {
        let (ours, theirs) = Stream::pair(PIPE_BYTES);
        // if nobody takes it, it is dropped, and the other end says so
        let _ = self.commands.send(Command::Connect(theirs));
        ours
    }

    /// A client of this server, without a socket in between.
    ///
    /// # Errors
    /// The system gives no random bytes.
    pub fn client(&self, schema: Arc<DatabaseSchema>) -> Result<Client, net::Error> {
        Client::over(self.connect(), schema)
    }

    /// Does something to the service between two requests of clients, who are then told what has changed. `work` must not wait for anything; its second argument is the
    /// service's time in milliseconds.
    ///
    /// # Errors
    /// [`ServerError::Stopped`]
    pub async fn with<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Service, u64) -> T + Send + 'static,
    ) -> Result<T, ServerError> {
        let (reply, answer) = oneshot::channel();
        let work = move |service: &mut Service, now_ms: u64| {
            // whoever asked may have gone away
            let _ = reply.send(work(service, now_ms));
        };
        self.commands.send(Command::With(Box::new(work))).map_err(|_| ServerError::Stopped)?;
        answer.await.map_err(|_| ServerError::Stopped)
    }

    /// Carries out operations, a JSON array of them as in `transact` (RFC 7047 section 4.1.3), and answers their results, a JSON array too. That an operation fails is no
    /// error: its result says so. To wait for something takes a client.
    ///
    /// # Errors
    /// [`ServerError::Stopped`], [`ServerError::Transact`]
    pub async fn transact(&self, database: &str, operations: &str) -> Result<String, ServerError> {
        let (database, operations) = (database.to_owned(), operations.to_owned().into_bytes());
        let results =
            self.with(move |service, now_ms| service.transact(now_ms, &database, &operations)).await?;
        Ok(String::from_utf8_lossy(&results?).into_owned())
    }

    /// Adds a remote, as [`Builder::remote`] but for `pfd:FD`. One that cannot be served yet is
    /// tried again and again.
    ///
    /// # Errors
    /// [`ServerError::Stopped`], [`ServerError::Source`]
    pub async fn add_remote(&self, remote: impl Into<String>) -> Result<(), ServerError> {
        let remote = remote.into();
        let added = self.remotes(move |core| {
            if is_descriptor(&remote) {
                return Err(SourceError::Descriptor);
            }
            core.check_remote(&remote)?;
            core.remotes.configured.insert(remote, RemoteSettings::default());
            Ok(())
        });
        Ok(added.await??)
    }

    /// Serves these remotes, with their settings, and no others. Clients of those that stay as they
    /// are notice nothing.
    ///
    /// # Errors
    /// [`ServerError::Stopped`], [`ServerError::Source`]; nothing has changed then.
    pub async fn set_remotes(
        &self,
        remotes: impl IntoIterator<Item = (String, RemoteSettings)>,
    ) -> Result<(), ServerError> {
        let wanted: BTreeMap<String, RemoteSettings> = remotes.into_iter().collect();
        let set = self.remotes(move |core| {
            wanted.keys().try_for_each(|remote| core.check_remote(remote))?;
            core.remotes.configured = wanted;
            Ok::<_, SourceError>(())
        });
        Ok(set.await??)
    }

    /// Removes a remote with all its clients; false if there is none of this text.
    ///
    /// # Errors
    /// [`ServerError::Stopped`]
    pub async fn remove_remote(&self, remote: impl Into<String>) -> Result<bool, ServerError> {
        let remote = remote.into();
        self.remotes(move |core| core.remotes.configured.remove(&remote).is_some()).await
    }

    /// The texts of all remotes that were named to it, sorted.
    ///
    /// # Errors
    /// [`ServerError::Stopped`]
    pub async fn remotes_configured(&self) -> Result<Vec<String>, ServerError> {
        self.remotes(|core| core.remotes.configured.keys().cloned().collect()).await
    }

    /// Where it listens, with the ports that the kernel chose.
    ///
    /// # Errors
    /// [`ServerError::Stopped`]
    pub async fn bound(&self) -> Result<Vec<Remote>, ServerError> {
        self.remotes(|core| core.remotes.bound()).await
    }

    /// How many clients there are, those within this process among them.
    ///
    /// # Errors
    /// [`ServerError::Stopped`]
    pub async fn client_count(&self) -> Result<usize, ServerError> {
        self.remotes(|core| core.clients.len()).await
    }

    /// Cuts off all clients that have come by remotes. They may come again, and we connect again.
    ///
    /// # Errors
    /// [`ServerError::Stopped`]
    pub async fn reconnect(&self) -> Result<(), ServerError> {
        self.remotes(Core::reconnect).await
    }

    /// Ends the server: it stops listening, lets what is on its way to clients go out for a moment, and the driver ends. Returns when it has.
    pub async fn shutdown(self) {
        // one that has ended already needs nothing more
        let _ = self.commands.send(Command::Shutdown);
        self.commands.closed().await;
    }

    async fn remotes<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Core) -> T + Send + 'static,
    ) -> Result<T, ServerError> {
        let (reply, answer) = oneshot::channel();
        let work = move |core: &mut Core| {
            let _ = reply.send(work(core));
        };
        self.commands.send(Command::Remotes(Box::new(work))).map_err(|_| ServerError::Stopped)?;
        answer.await.map_err(|_| ServerError::Stopped)
    }
}
