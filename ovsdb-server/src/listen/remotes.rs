//! Which remotes a server has, from its program and from databases, and how each of them is kept going.

use super::driver::Core;
use super::event::{End, Event};
use super::limits::{LISTEN_AGAIN, OPENING_TIME_MAX};
use super::slot::{Opening, Origin, Slot};
use super::source::{self, ColumnName, RowName, SourceError, is_descriptor};
use super::status::Status;
use super::tls::TlsSettings;
use crate::service::limits::PROBE_MS_DEFAULT;
use ovsdb_proto::net::{ConnectOptions, Error, Listener, TlsContext, TlsSettingError, connect};
use ovsdb_proto::session::remote::{self, Remote};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::time::Instant;

/// The pause after the first failed attempt to connect, and the longest one by default, as in ovsdb-server. It doubles each time.
const BACKOFF_FIRST: Duration = Duration::from_secs(1);
const BACKOFF_MAX: Duration = Duration::from_secs(8);

/// How a remote is to be served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct RemoteOptions {
    /// 0 is never.
    pub(super) probe_ms: u64,
    pub(super) max_backoff: Duration,
    pub(super) read_only: bool,
    pub(super) role: String,
}

/// What a program says about a remote beside its text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct RemoteSettings {
    /// Milliseconds of silence after which a client is probed; 0 is never, `None` the default.
    pub probe_ms: Option<u64>,
    /// The longest pause between two attempts to connect, eight seconds by default.
    pub max_backoff: Option<Duration>,
    /// Whether its clients may only read.
    pub read_only: bool,
}

/// One remote and how it fares.
#[derive(Debug)]
pub(super) struct Entry {
    /// What the text means; `Err` if nothing.
    pub(super) address: Result<Remote, String>,
    pub(super) options: RemoteOptions,
    /// The rows that name it.
    pub(super) rows: BTreeSet<RowName>,
    /// What waits, binds, listens, connects, or is the client that we connected to.
    slot: Option<usize>,
    pub(super) phase: Phase,
    /// Clients that are there.
    pub(super) sessions: usize,
    /// The slots of TLS handshakes that peers have begun here and not completed, the oldest first.
    pub(super) handshakes: BTreeMap<u64, usize>,
    /// The port that the kernel gave.
    pub(super) bound_port: Option<u16>,
    /// What went wrong last.
    pub(super) last_error: Option<String>,
    pub(super) connected_at: Option<Instant>,
    pub(super) disconnected_at: Option<Instant>,
    backoff: Duration,
}

impl Entry {
    fn new(
        address: Result<Remote, String>,
        options: RemoteOptions,
        rows: BTreeSet<RowName>,
        slot: Option<usize>,
    ) -> Entry {
        Entry {
            last_error: address.as_ref().err().cloned(),
            address,
            options,
            rows,
            slot,
            phase: Phase::Void,
            sessions: 0,
            handshakes: BTreeMap::new(),
            bound_port: None,
            connected_at: None,
            disconnected_at: None,
            backoff: BACKOFF_FIRST,
        }
    }
}

/// Where an active remote stands, in ovsdb-server's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    Void,
    Backoff,
    Connecting,
    Active,
}

impl Phase {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Phase::Void => "VOID",
            Phase::Backoff => "BACKOFF",
            Phase::Connecting => "CONNECTING",
            Phase::Active => "ACTIVE",
        }
    }
}

/// All remotes.
#[derive(Debug, Default)]
pub(super) struct Remotes {
    /// As the program names them. The settings of one that names a column are not used.
    pub(super) configured: BTreeMap<String, RemoteSettings>,
    pub(super) entries: BTreeMap<Arc<str>, Entry>,
    pub(super) tls_settings: TlsSettings,
    pub(super) tls: Option<Arc<TlsContext>>,
    /// The fault of settings that were refused, told once.
    pub(super) tls_refused: Option<TlsSettingError>,
    pub(super) status: Status,
    /// Descriptors that databases name, which was told of each once.
    pub(super) ignored: BTreeSet<String>,
    /// Relative names of sockets are meant from here.
    pub(super) run_dir: PathBuf,
    /// Makes the path that is meant of one in a text.
    pub(super) path: Option<fn(PathBuf) -> PathBuf>,
}

impl Remotes {
    pub(super) fn path(&self, path: PathBuf) -> PathBuf {
        self.path.map_or(path.clone(), |make| make(path))
    }

    pub(super) fn options(&self, remote: &str) -> Option<&RemoteOptions> {
        self.entries.get(remote).map(|entry| &entry.options)
    }

    pub(super) fn clear(&mut self) {
        self.entries.clear();
        self.configured.clear();
    }

    pub(super) fn client_came(&mut self, remote: &str, number: usize, active: bool, now: Instant) {
        if let Some(entry) = self.entries.get_mut(remote) {
            entry.sessions += 1;
            if active {
                entry.slot = Some(number);
                entry.phase = Phase::Active;
                entry.connected_at = Some(now);
            }
        }
    }

    /// Where the server listens, with the ports that the kernel chose.
    pub(super) fn bound(&self) -> Vec<Remote> {
        let listens = |entry: &Entry| match (&entry.address, entry.bound_port) {
            (Ok(Remote::Ptcp { bind, .. }), Some(port)) => Some(Remote::Ptcp { port, bind: *bind }),
            (Ok(Remote::Pssl { bind, .. }), Some(port)) => Some(Remote::Pssl { port, bind: *bind }),
            (Ok(remote @ Remote::Punix(_)), _) if entry.last_error.is_none() => Some(remote.clone()),
            _ => None,
        };
        self.entries.values().filter_map(listens).collect()
    }
}

/// The meaning of a remote's text.
///
/// # Errors
/// With a text that names the fault.
fn parse(text: &str, run_dir: &std::path::Path) -> Result<Remote, String> {
    let mut found = remote::parse_list(text, run_dir).map_err(|error| error.kind.to_string())?;
    match (found.list.pop(), found.list.is_empty(), found.cluster) {
        (Some(remote), true, None) => Ok(remote),
        _ => Err("one remote only".to_owned()),
    }
}

impl Core {
    /// Makes sure that a text may be added to the remotes: it is an address, or names a column of remotes.
    ///
    /// # Errors
    /// The column cannot be used. Other texts are never refused, as by ovsdb-server: what is no address is an [`Event::Refused`].
    pub(super) fn check_remote(&self, text: &str) -> Result<(), SourceError> {
        if !text.starts_with("db:") {
            return Ok(());
        }
        let column = ColumnName::parse(text)?;
        source::remotes(&column, self.service.database(&column.database)).map(drop)
    }

    /// Brings the remotes, the certificates and the watches in line with what the program and the databases say now.
    pub(super) fn reconfigure(&mut self) {
        self.watches.changed = false;
        if self.is_over() {
            return;
        }
        self.configure_tls();
        let mut ignored = BTreeSet::new();
        let wanted = self.wanted(&mut ignored);
        for remote in ignored.difference(&self.remotes.ignored).cloned().collect::<Vec<_>>() {
            self.tell(&Event::Ignored { remote: &remote });
        }
        self.remotes.ignored = ignored;
        let gone: Vec<Arc<str>> =
            self.remotes.entries.keys().filter(|text| !wanted.contains_key(&***text)).cloned().collect();
        for text in gone {
            self.forget(&text);
        }
        for (text, (options, rows)) in wanted {
            self.want(&text, options, rows);
        }
        let columns: Vec<ColumnName> =
            self.remotes.configured.keys().filter_map(|text| ColumnName::parse(text).ok()).collect();
        let columns: Vec<&ColumnName> = columns.iter().chain(self.remotes.tls_settings.columns()).collect();
        let now_ms = self.now_ms();
        self.watches.set(&mut self.service, now_ms, &columns);
        // it answers later, and nothing that it says then was not seen here
    }

    /// The remotes that are to be served, and in `ignored` those that databases must not name.
    fn wanted(&self, ignored: &mut BTreeSet<String>) -> BTreeMap<String, (RemoteOptions, BTreeSet<RowName>)> {
        let mut wanted = BTreeMap::new();
        for (text, settings) in &self.remotes.configured {
            let Ok(column) = ColumnName::parse(text) else {
                let options = options(text, settings, "");
                wanted.entry(text.clone()).or_insert_with(|| (options, BTreeSet::new()));
                continue;
            };
            // a database that is gone has no remotes
            let named = source::remotes(&column, self.service.database(&column.database)).unwrap_or_default();
            for remote in named {
                if is_descriptor(&remote.target) {
                    ignored.insert(remote.target);
                    continue;
                }
                let options = options(&remote.target, &remote.settings, &remote.role);
                let entry: &mut (RemoteOptions, BTreeSet<RowName>) =
                    wanted.entry(remote.target).or_insert_with(|| (options.clone(), BTreeSet::new()));
                if remote.row.is_some() {
                    entry.0 = options;
                }
                entry.1.extend(remote.row);
            }
        }
        wanted
    }

    fn want(&mut self, text: &str, options: RemoteOptions, rows: BTreeSet<RowName>) {
        let Some(entry) = self.remotes.entries.get_mut(text) else {
            self.begin(text, options, rows);
            return;
        };
        entry.rows = rows;
        if entry.options == options {
            return;
        }
        let rights = entry.options.read_only != options.read_only;
        let role = entry.options.role != options.role;
        let probe_ms = options.probe_ms;
        if role {
            // it decides whether the remote is served at all
            let rows = std::mem::take(&mut entry.rows);
            self.forget(text);
            self.begin(text, options, rows);
            return;
        }
        entry.options = options;
        let now_ms = self.now_ms();
        let clients: Vec<usize> = self.clients_of(text);
        for number in clients {
            if rights {
                self.end_client(number, &End::Deconfigured);
            } else if let Some(Slot::Client(client)) = self.slots.get_mut(number) {
                self.service.set_probe(now_ms, client.id, probe_ms);
            }
        }
    }

    fn begin(&mut self, text: &str, options: RemoteOptions, rows: BTreeSet<RowName>) {
        if let Some(number) = text.strip_prefix("pfd:") {
            self.begin_inherited(text, number, options);
            return;
        }
        let mut address = parse(text, &self.remotes.run_dir).map(|remote| match remote {
            Remote::Unix(path) => Remote::Unix(self.remotes.path(path)),
            Remote::Punix(path) => Remote::Punix(self.remotes.path(path)),
            other => other,
        });
        if !options.role.is_empty() {
            // serving without looking at the role would give its clients more rights than the row says
            address = Err(format!("role {:?}: access control by role is not supported", options.role));
        }
        let text: Arc<str> = text.into();
        let slot = match &address {
            Ok(_) => Some(self.slots.add(Slot::Waiting(text.clone()))),
            Err(why) => {
                let why = why.clone();
                self.tell(&Event::Refused { remote: &text, why: &why });
                None
            }
        };
        self.remotes.entries.insert(text, Entry::new(address, options, rows, slot));
        if let Some(slot) = slot {
            self.start_remote(slot);
        }
    }

    fn begin_inherited(&mut self, text: &str, number: &str, options: RemoteOptions) {
        let name: Arc<str> = text.into();
        let (address, slot, port) = match Listener::inherit(number) {
            Ok(listener) => {
                let remote = listener.remote().clone();
                let port = if let Remote::Ptcp { port, .. } = remote { Some(port) } else { None };
                let slot = self.slots.add(Slot::Listening(Arc::clone(&name), listener));
                self.tell(&Event::Listening { remote: &remote });
                (Ok(remote), Some(slot), port)
            }
            // it will not become good, so this is not tried again
            Err(error) => {
                self.tell(&Event::ListenFailed { remote: text, error: &error });
                let why = error.to_string();
                let why = why.strip_prefix(text).and_then(|why| why.strip_prefix(": ")).unwrap_or(&why);
                (Err(why.to_owned()), None, None)
            }
        };
        let entry = Entry { bound_port: port, ..Entry::new(address, options, BTreeSet::new(), slot) };
        self.remotes.entries.insert(name, entry);
    }

    fn forget(&mut self, text: &str) {
        let Some(entry) = self.remotes.entries.remove(text) else { return };
        self.tell(&Event::Deconfigured { remote: text });
        let openings: Vec<usize> = self
            .slots
            .iter()
            .filter(|(_, slot)| matches!(slot, Slot::Opening(opening) if &*opening.remote == text))
            .map(|(number, _)| number)
            .collect();
        let clients = self.clients_of(text);
        if let Some(number) = entry.slot.filter(|n| !openings.contains(n) && !clients.contains(n)) {
            self.slots.remove(number);
        }
        for number in openings {
            self.close_opening(number);
        }
        for number in clients {
            self.end_client(number, &End::Deconfigured);
        }
    }

    fn clients_of(&self, text: &str) -> Vec<usize> {
        let of = |(number, client): (usize, &super::slot::Client)| {
            (client.remote.as_deref() == Some(text)).then_some(number)
        };
        self.each_client().filter_map(of).collect()
    }

    /// Cuts off all clients that came by remotes; they may come again.
    pub(super) fn reconnect(&mut self) {
        let all = self.each_client().filter(|(_, client)| client.remote.is_some());
        let numbers: Vec<usize> = all.map(|(number, _)| number).collect();
        for number in numbers {
            self.end_client(number, &End::Deconfigured);
        }
    }

    /// Begins to listen or to connect.
    pub(super) fn start_remote(&mut self, number: usize) {
        let Some(Slot::Waiting(text)) = self.slots.get_mut(number) else { return };
        let text = Arc::clone(text);
        let Some(entry) = self.remotes.entries.get_mut(&text) else {
            self.slots.remove(number);
            return;
        };
        let Ok(address) = entry.address.clone() else { return };
        if address.is_passive() {
            let work = Box::pin(async move { Listener::bind(&address).await });
            self.slots.set(number, Slot::Binding(text, work));
            self.slots.woken.wake(number);
            return;
        }
        entry.phase = Phase::Connecting;
        let deadline = Some(self.now + OPENING_TIME_MAX);
        let options = ConnectOptions { deadline, tls: self.remotes.tls.clone() };
        let work = Box::pin(async move { connect(&address, &options).await });
        self.slots.set(
            number,
            Slot::Opening(Opening { remote: text.clone(), origin: Origin::Ours, handshake: None, work }),
        );
        self.slots.woken.wake(number);
        self.tell(&Event::Connecting { remote: &text });
    }

    /// Goes on with binding.
    pub(super) fn bind(&mut self, number: usize) {
        let waker = self.slots.waker(number);
        let Some(Slot::Binding(text, work)) = self.slots.get_mut(number) else { return };
        let Poll::Ready(bound) = work.as_mut().poll(&mut Context::from_waker(&waker)) else { return };
        let text = Arc::clone(text);
        let Some(entry) = self.remotes.entries.get_mut(&text) else {
            self.slots.remove(number);
            return;
        };
        match bound {
            Ok(listener) => {
                entry.last_error = None;
                let remote = listener.remote().clone();
                if let Remote::Ptcp { port, .. } | Remote::Pssl { port, .. } = &remote {
                    entry.bound_port = Some(*port);
                }
                self.slots.set(number, Slot::Listening(text, listener));
                self.slots.woken.wake(number);
                self.tell(&Event::Listening { remote: &remote });
            }
            Err(error) => {
                self.slots.set(number, Slot::Waiting(text.clone()));
                self.listen_failed(number, &text, &error);
            }
        }
    }

    pub(super) fn listen_failed(&mut self, number: usize, text: &str, error: &Error) {
        let told = error.reason().into_owned();
        self.slots.set_alarm(number, Some(self.now + LISTEN_AGAIN));
        let Some(entry) = self.remotes.entries.get_mut(text) else { return };
        // the same failure is told once
        if entry.last_error.as_deref() != Some(&told) {
            entry.last_error = Some(told);
            self.tell(&Event::ListenFailed { remote: text, error });
        }
    }

    /// What becomes of a remote whose client is gone.
    pub(super) fn client_left(&mut self, text: &str, active: bool, since: Instant, end: &End) {
        let now = self.now;
        let Some(entry) = self.remotes.entries.get_mut(text) else { return };
        entry.sessions = entry.sessions.saturating_sub(1);
        if active {
            entry.disconnected_at = Some(now);
            entry.last_error = Some(end.to_string());
            if now.saturating_duration_since(since) >= entry.backoff {
                entry.backoff = BACKOFF_FIRST;
            }
            self.back_off(text);
        }
    }

    pub(super) fn back_off(&mut self, text: &str) {
        let over = self.is_over();
        let Some(entry) = self.remotes.entries.get_mut(text).filter(|_| !over) else { return };
        let pause = entry.backoff.min(entry.options.max_backoff);
        entry.backoff = (entry.backoff * 2).min(entry.options.max_backoff.max(BACKOFF_FIRST));
        entry.phase = Phase::Backoff;
        let number = self.slots.add(Slot::Waiting(text.into()));
        entry.slot = Some(number);
        self.slots.set_alarm(number, Some(self.now + pause));
    }

    /// Whether each remote that the program named listens, or has failed to.
    pub(super) fn all_bound(&self) -> bool {
        !self.slots.iter().any(|(_, slot)| matches!(slot, Slot::Binding(..)))
    }
}

fn options(text: &str, settings: &RemoteSettings, role: &str) -> RemoteOptions {
    // the kernel tells when a client over a Unix domain socket dies; inherited sockets mostly are
    // such
    let local = ["unix:", "punix:", "pfd:"].iter().any(|kind| text.starts_with(kind));
    let default_ms = if local { 0 } else { PROBE_MS_DEFAULT };
    RemoteOptions {
        probe_ms: settings.probe_ms.unwrap_or(default_ms),
        max_backoff: settings.max_backoff.unwrap_or(BACKOFF_MAX),
        read_only: settings.read_only,
        role: role.to_owned(),
    }
}
