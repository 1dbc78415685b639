//! Which server and which database do the words of a command line mean?

use super::canonical;
use super::command::Need;
use super::options::Options;
use super::run::Session;
use super::server::{CallError, Reply, Server, failed};
use crate::ctl::error::{CtlError, ErrorKind};
use crate::ctl::raw;
use crate::ctl::unserved;
use crate::ctl::vlog::{Level, Log, RateLimit};
use ovsdb_proto::json::{JsonError, Kind, Reader, Writer};
use ovsdb_proto::net::{
    ConnectOptions, Error, ErrorKind as NetErrorKind, Listener, Stream, TlsContext, connect,
};
use ovsdb_proto::session::remote::{Remote, Remotes, parse_list};
use ovsdb_proto::value::Uuid;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use tokio::time::timeout;

/// The database that is meant where none is named and there are several.
const DEFAULT_DATABASE: &str = "Open_vSwitch";
/// The database in which a server tells about itself; like all whose names begin so, never meant where none is named.
const SERVER_DATABASE: &str = "_Server";

/// How long one of several servers may take to connect and to say whether it serves the database
/// before the next one is tried.
pub const PATIENCE: Duration = Duration::from_secs(5);

/// Where the user names servers.
pub const PLACE: &str = "after the command";

/// A server, and where the words said so a database.
#[derive(Debug)]
pub struct Opened {
    /// The server.
    pub server: Server,
    /// The database, if one is needed.
    pub database: String,
    /// How many words said which.
    pub used: usize,
}

/// Whether a word has the form of a remote: a letter at the beginning, and a colon.
pub fn is_remote(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_alphabetic()) && word.contains(':')
}

/// Connects to the server that `words` begin with (if they are more than `min`), or to the default one; and finds out which database is meant, unless
/// `database` says so.
///
/// # Errors
/// No server can be had, or no database can be chosen.
pub async fn open(
    session: &Session<'_>,
    (min, need): (usize, Need),
    words: &[String],
    database: Option<String>,
) -> Result<Opened, CtlError> {
    let (text, mut used) = match words.first() {
        Some(word) if words.len() > min && is_remote(word) => (word.clone(), 1),
        _ => (session.default_remote(), 0),
    };
    let next = words.get(used).filter(|_| words.len() - used > min);
    let remotes = parse(session, &text)?;
    if let [remote] = remotes.list.as_slice() {
        let mut server = Server::new(
            connect_one(session, remote, &text).await?,
            name_in(remote, &text, &session.run_dir()),
        );
        let database = match (need, database) {
            (_, Some(database)) => database,
            (Need::Database, None) => {
                let databases = list_dbs(&mut server, session.options).await?;
                if let Some(next) = next.filter(|next| databases.contains(next)) {
                    used += 1;
                    next.clone()
                } else {
                    default_database(&databases)?
                }
            }
            _ => String::new(),
        };
        return Ok(Opened { server, database, used });
    }
    // Several servers: a database chosen for what one of them happens to have would be a surprise.
    let database = match (need, database, next) {
        (_, Some(database), _) => database,
        (Need::Database, None, Some(next)) => {
            used += 1;
            next.clone()
        }
        (Need::Database, None, None) => {
            return Err(CtlError::usage("database name is required with multiple remotes"));
        }
        _ => String::new(),
    };
    let mut candidates: Vec<&Remote> = remotes.list.iter().collect();
    while let Some((last, others)) = candidates.split_last() {
        let mut slow = Vec::new();
        for remote in others {
            let name = name_in(remote, &text, &session.run_dir());
            match timeout(PATIENCE, fit(session, (remote, &name), &database, remotes.cluster)).await {
                Ok(Some(server)) => return Ok(Opened { server, database, used }),
                Ok(None) => {}
                Err(_) => {
                    tell_timed_out(session, &name);
                    slow.push(*remote);
                }
            }
        }
        // the last one has as long as if it were the only one
        let name = name_in(last, &text, &session.run_dir());
        if let Some(server) = fit(session, (last, &name), &database, remotes.cluster).await {
            return Ok(Opened { server, database, used });
        }
        candidates = slow;
    }
    Err(CtlError::new(ErrorKind::Connection, "no servers were available"))
}

fn parse(session: &Session<'_>, text: &str) -> Result<Remotes, CtlError> {
    parse_list(text, Path::new(&session.run_dir())).map_err(|e| {
        let message =
            format!("failed to connect or listen to \"{text}\" (Address family not supported by protocol)");
        CtlError::new(ErrorKind::Connection, message).detailed(e.to_string())
    })
}

/// What messages call one of the remotes in a list.
pub fn name_in(remote: &Remote, list: &str, run_dir: &str) -> String {
    let full = remote.to_string();
    match remote {
        Remote::Unix(path) if !list.contains(&full) => {
            format!("unix:{}", path.strip_prefix(run_dir).unwrap_or(path).display())
        }
        _ => full,
    }
}

async fn connect_one(session: &Session<'_>, remote: &Remote, text: &str) -> Result<Stream, CtlError> {
    let options = connect_options(session.options);
    let (what, result) = if remote.is_passive() {
        let listener = Listener::bind(&raw::remote(remote.clone())).await;
        match listener {
            Err(error) => ("connect or listen to", Err(error)),
            Ok(listener) => {
                session.log(Level::Info, &format!("{text}: waiting for connection..."));
                let accepted = match listener.accept().await {
                    Ok(incoming) => incoming.establish(options.tls.as_deref()).await,
                    Err(error) => Err(error),
                };
                ("accept connection on", accepted)
            }
        }
    } else {
        let result = connect(&raw::remote(remote.clone()), &options).await;
        let unresolved = result.as_ref().is_err_and(|e| e.kind() == NetErrorKind::Resolve);
        (if unresolved { "connect or listen to" } else { "connect to" }, result)
    };
    result.map_err(|error| {
        // under our own name the message says it
        if !session.called.is_own_name() {
            log_cause(session.log, &error);
        }
        let message = format!("failed to {what} \"{text}\" ({})", error.reason());
        let details = format!("failed to {what} \"{text}\" ({})", unserved::explanation(&error));
        let failure = CtlError::new(ErrorKind::Connection, message).detailed(details);
        unserved::hint(&error, &remote.to_string(), PLACE).into_iter().fold(failure, CtlError::hint)
    })
}

/// How connections are made with these options.
pub fn connect_options(options: &Options) -> ConnectOptions {
    ConnectOptions { tls: Some(Arc::new(TlsContext::new(options.tls.clone()))), ..ConnectOptions::default() }
}

/// The reason is one word of errno, which says nothing about certificates.
fn log_cause(log: &Log, error: &Error) {
    // a program that keeps trying fails as often as it tries
    static FAILED: RateLimit = RateLimit::new(10, 25);
    if matches!(error.kind(), NetErrorKind::Config | NetErrorKind::Handshake) {
        log.write_limited(
            &FAILED,
            SystemTime::now(),
            "stream_ssl",
            Level::Warn,
            &unserved::with_sources(error),
        );
    }
}

/// Connects to one of several remotes, and telling so: none if it cannot be reached or will not do.
async fn fit(
    session: &Session<'_>,
    (remote, name): (&Remote, &str),
    database: &str,
    cluster: Option<Uuid>,
) -> Option<Server> {
    let mut server = connect_telling(session, remote, name).await?;
    if database.is_empty() {
        // any server will do that answers at all
        return server.call("echo", |_| {}, |_| ()).await.is_ok().then_some(server);
    }
    let fit = server.call(
        "transact",
        |w| ServerRow::write_select(w, database),
        |reply| match reply {
            Reply::Result(result) => ServerRow::read(result)
                .is_ok_and(|row| row.is_some_and(|row| row.is_fit(session.options.leader_only, cluster))),
            Reply::Error(_) => false,
        },
    );
    if fit.await.unwrap_or(false) {
        return Some(server);
    }
    tell_timed_out(session, name);
    server.close().await;
    None
}

/// What the C program logs of a server that it leaves for the next one, for whatever reason.
fn tell_timed_out(session: &Session<'_>, name: &str) {
    session.log_as("reconnect", Level::Info, &format!("{name}: connection attempt timed out"));
}

/// Connects, and tells how it goes as the reconnecting C programs do.
pub async fn connect_telling(session: &Session<'_>, remote: &Remote, name: &str) -> Option<Server> {
    let tell = |text: &str| session.log_as("reconnect", Level::Info, &format!("{name}: {text}"));
    tell("connecting...");
    match connect(&raw::remote(remote.clone()), &connect_options(session.options)).await {
        Ok(stream) => {
            tell("connected");
            Some(Server::new(stream, name.to_owned()))
        }
        Err(error) => {
            log_cause(session.log, &error);
            tell(&format!("connection attempt failed ({})", error.reason()));
            None
        }
    }
}

/// What `_Server` says about a database.
#[derive(Debug, Default)]
pub struct ServerRow {
    /// Whether it is clustered.
    pub clustered: bool,
    connected: bool,
    leader: bool,
    cluster: Option<Uuid>,
}

impl ServerRow {
    /// The parameters of the transaction that asks for it.
    pub fn write_select(w: &mut Writer<'_>, database: &str) {
        w.string(SERVER_DATABASE);
        w.begin_object();
        for (key, value) in [("op", "select"), ("table", "Database")] {
            w.key(key);
            w.string(value);
        }
        w.key("where");
        w.begin_array();
        w.begin_array();
        ["name", "==", database].iter().for_each(|text| w.string(text));
        w.end_array();
        w.end_array();
        w.end_object();
    }

    /// Reads the result of that transaction; none if there is no row.
    ///
    /// # Errors
    /// It is not what it should be.
    pub fn read(result: &[u8]) -> Result<Option<ServerRow>, JsonError> {
        let mut r = Reader::new(result);
        let mut found = None;
        r.begin_array()?;
        while r.next_element()? {
            r.begin_object()?;
            while let Some(key) = r.next_key()? {
                if key != "rows" {
                    r.skip()?;
                    continue;
                }
                r.begin_array()?;
                while r.next_element()? {
                    found = Some(ServerRow::read_one(&mut r)?);
                }
            }
        }
        Ok(found)
    }

    fn read_one(r: &mut Reader<'_>) -> Result<ServerRow, JsonError> {
        let mut row = ServerRow::default();
        r.begin_object()?;
        while let Some(key) = r.next_key()? {
            match (&*key, r.peek()?) {
                ("model", Kind::String) => row.clustered = r.string()? == "clustered",
                ("connected", Kind::Boolean) => row.connected = r.boolean()?,
                ("leader", Kind::Boolean) => row.leader = r.boolean()?,
                ("cid", _) => {
                    // `["uuid", "..."]`, or the empty set
                    let text = String::from_utf8_lossy(r.skip()?).into_owned();
                    row.cluster = text.split('"').find_map(|part| part.parse().ok());
                }
                _ => drop(r.skip()?),
            }
        }
        Ok(row)
    }

    fn is_fit(&self, leader_only: bool, cluster: Option<Uuid>) -> bool {
        if cluster.is_some() && cluster != self.cluster {
            return false;
        }
        !self.clustered || (self.connected && (self.leader || !leader_only))
    }
}

/// The names of the databases, sorted.
///
/// # Errors
/// The server does not say.
pub async fn list_dbs(server: &mut Server, options: &Options) -> Result<Vec<String>, CtlError> {
    let wrong = |text: String| CtlError::new(ErrorKind::Transaction, text);
    let read = |result: &[u8]| {
        let mut r = Reader::new(result);
        r.begin_array().map_err(|_| wrong("list_dbs response is not array".to_owned()))?;
        let mut names: Vec<String> = Vec::new();
        while r.next_element().map_err(|_| wrong("list_dbs response is not array".to_owned()))? {
            let name =
                r.string().map_err(|_| wrong(format!("list_dbs response {} is not string", names.len())))?;
            names.push(name.into_owned());
        }
        names.sort_unstable();
        Ok(names)
    };
    server.ask("list_dbs", |_| {}, |error| options.json(&canonical::text(error)), read).await
}

fn default_database(databases: &[String]) -> Result<String, CtlError> {
    let own: Vec<&String> = databases.iter().filter(|name| !name.starts_with('_')).collect();
    match own.as_slice() {
        _ if databases.iter().any(|name| name == DEFAULT_DATABASE) => Ok(DEFAULT_DATABASE.to_owned()),
        [only] => Ok((*only).clone()),
        _ => {
            let names: Vec<&str> = own.iter().map(|name| name.as_str()).collect();
            let error = CtlError::usage("could not find a default database, please specify a database name");
            Err(if names.is_empty() {
                error
            } else {
                error.hint(format!("name one of {}", names.join(", ")))
            })
        }
    }
}

/// Tells that nothing more comes from `server`.
pub fn receive_failed(server: &Server, error: &CallError) -> CtlError {
    failed(server.name(), &format!("{}: receive failed", server.name()), error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults() {
        let check = |names: &[&str], expect: Option<&str>| {
            let names: Vec<String> = names.iter().map(|n| n.to_string()).collect();
            assert_eq!(default_database(&names).ok().as_deref(), expect, "{names:?}");
        };
        check(&["A", "Open_vSwitch", "_Server"], Some("Open_vSwitch"));
        check(&["A", "_Server"], Some("A"));
        check(&["A", "B"], None);
        check(&["_Server"], None);
    }

    #[test]
    fn remotes() {
        assert!(is_remote("unix:x") && is_remote("a:b"));
        assert!(!is_remote("Zoo") && !is_remote(":x") && !is_remote("[\"a:b\"]"));
    }
}
