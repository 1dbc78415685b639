//! How does the server run, from its options to its end?

use super::control::{COMMANDS, Control};
use super::daemon::{self, Again, Notify, PidFile, Role, Started};
use super::descriptors;
use super::events;
use super::files::Files;
use super::options::Options;
use super::{NAME, RELEASE};
use crate::ctl::exit::reason;
use crate::ctl::vlog::{Identity, Level, Log};
use crate::unixctl;
use ovsdb_proto::net::Listener;
use ovsdb_proto::session::remote::Remote;
use ovsdb_server::listen::{Limits, Server, StartError};
use std::future::poll_fn;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::time::SystemTime;
use tokio::signal::unix::{SignalKind, signal};

/// Said last when the server cannot start, after the reasons.
const FAILED: &str = "server configuration failed";

/// Does what the options say, in the role that this process has; answers the exit status.
///
/// # Errors
/// With the text for the user.
pub(super) fn run(options: Options, here: PathBuf) -> Result<u8, String> {
    let role = Role::current();
    let fail = |error: std::io::Error| format!("cannot start: {}", reason(&error));
    let argv: Vec<_> = std::env::args_os().collect();
    let again = |role, user| Again { argv: argv.clone(), role, user };
    let user = match (&options.user, role) {
        (Some(text), Role::First) => other_user(daemon::user(text)?),
        _ => None,
    };
    match role {
        Role::First if options.detach => {
            let next = if options.monitor { Role::Monitor } else { Role::Daemon };
            Ok(match again(next, user).start().map_err(fail)? {
                Started::Serves(_) => 0,
                Started::Ended(status) => daemon::code(status),
            })
        }
        Role::First if options.monitor => {
            let log = open_log(&options)?;
            watch(&again(Role::Watched, user), None, &log).map_err(fail)
        }
        Role::First if user.is_some() => Err(fail(again(Role::First, user).become_it())),
        Role::Monitor => {
            daemon::leave_session();
            let notify = Notify::take().map_err(fail)?;
            let log = open_log(&options)?;
            watch(&again(Role::Watched, None), Some(notify), &log).map_err(fail)
        }
        Role::First => serve(options, here, None, false),
        Role::Daemon => {
            daemon::leave_session();
            let notify = Notify::take().map_err(fail)?;
            serve(options, here, Some(notify), true)
        }
        Role::Watched => {
            let notify = Notify::take().map_err(fail)?;
            let detached = options.detach;
            serve(options, here, Some(notify), detached)
        }
    }
}

/// The user and group to become, unless we are them.
fn other_user(wanted: (u32, u32)) -> Option<(u32, u32)> {
    let now = (rustix::process::geteuid().as_raw(), rustix::process::getegid().as_raw());
    (wanted != now).then_some(wanted)
}

fn watch(again: &Again, notify: Option<Notify>, log: &Log) -> std::io::Result<u8> {
    let mut notify = notify;
    let serves = || {
        if let Some(notify) = notify.take() {
            daemon::release_output()?;
            notify.tell();
        }
        Ok(())
    };
    daemon::watch(again, serves, |text| log.write(SystemTime::now(), "daemon_unix", Level::Err, text))
}

fn open_log(options: &Options) -> Result<Log, String> {
    let now = SystemTime::now();
    let identity = Identity {
        program: NAME.to_owned(),
        pid: std::process::id(),
        host: rustix::system::uname().nodename().to_string_lossy().into_owned(),
        started: now,
    };
    // the reason is on stderr
    Log::open(options.log.clone(), identity, now).map_err(|error| error.message)
}

fn serve(options: Options, here: PathBuf, notify: Option<Notify>, detached: bool) -> Result<u8, String> {
    // other programs look for the daemon by this name
    let _ = rustix::thread::set_name(c"ovsdb-server");
    let log = Arc::new(open_log(&options)?);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|e| format!("cannot start: {}", reason(&e)))?;
    let (result, signals) = runtime.block_on(async {
        let mut signals = Signals::new();
        let result = tokio::select! {
            // what comes while the server starts ends it, too
            signal = signals.next() => Err(Ended::Signal(signal)),
            started = start(&options, &here, &log) => started.map_err(Ended::Failed),
        };
        (result, signals)
    });
    let ready = match result {
        Ok(ready) => ready,
        Err(Ended::Failed(text)) => return Err(text),
        Err(Ended::Signal(signal)) => return Ok(log_signal(&log, signal)),
    };
    if options.chdir && detached {
        std::env::set_current_dir("/").map_err(|e| format!("cannot change to /: {}", reason(&e)))?;
    }
    if let Some(notify) = notify {
        if detached {
            daemon::release_output().map_err(|e| format!("cannot release stdout: {}", reason(&e)))?;
        }
        notify.tell();
    }
    runtime.block_on(work(ready, options.run, signals, &log))
}

enum Ended {
    Failed(String),
    Signal(Signal),
}

/// A server that clients can connect to.
struct Ready {
    server: Server,
    driver: ovsdb_server::listen::Driver,
    control: Option<Listener>,
    files: Files,
    // removed when it is dropped
    _pidfile: Option<PidFile>,
}

async fn start(options: &Options, here: &std::path::Path, log: &Arc<Log>) -> Result<Ready, String> {
    let pidfile = match &options.pidfile {
        Some(path) => Some(PidFile::create(path, options.overwrite_pidfile)?),
        None => None,
    };
    let warn = |text: &str| log.write(SystemTime::now(), "ovsdb_server", Level::Warn, text);
    let mut builder = Server::builder();
    let mut files = Files::new(here.to_owned(), options.differences);
    let mut failed = false;
    for path in &options.databases {
        let name = path.strip_prefix(here).unwrap_or(path).to_string_lossy();
        if files.is_open(path) {
            warn(&format!("Duplicate database configuration: {name}"));
            continue;
        }
        match files.open(&name) {
            Ok(opened) => {
                opened.notices.iter().for_each(|notice| warn(&notice.to_string()));
                files.is_served(&name, &opened.database.schema().name);
                builder = builder.database(opened.database, Some(Box::new(opened.journal)));
            }
            Err(text) => {
                warn(&format!("failed to open database '{name}': {text}"));
                failed = true;
            }
        }
    }
    if failed {
        warn("failed to configure databases");
        return Err(FAILED.to_owned());
    }
    for remote in &options.remotes {
        builder = builder.remote(remote);
    }
    let observer = Arc::clone(log);
    let limits = Limits {
        clients_per_address_max: options.clients_per_address_max,
        ..descriptors::limits(descriptors::raise())
    };
    if limits.clients_max < Limits::default().clients_max {
        warn(&format!("the limit of open files allows {} clients only", limits.clients_max));
    }
    let started = builder
        .tls(options.tls.clone())
        .limits(limits)
        .run_dir(&options.run_dir)
        .observer(move |event| events::log(&observer, event))
        .patient()
        // as the C server does with standalone databases; ovsdbapp and others expect every row after a reconnect
        .without_history()
        .start()
        .await;
    let (server, driver) = started.map_err(|error: StartError| {
        warn(&error.to_string());
        FAILED.to_owned()
    })?;
    let control = match options.unixctl.as_deref() {
        Some("none") => None,
        name => {
            let own = || format!("{NAME}.{}.ctl", std::process::id());
            let path = options.run_dir.join(name.map_or_else(own, str::to_owned));
            match Listener::bind(&Remote::Punix(path.clone())).await {
                Ok(listener) => Some(listener),
                Err(error) => {
                    let text = format!(
                        "could not initialize control socket {} ({})",
                        path.display(),
                        error.reason()
                    );
                    return Err(text);
                }
            }
        }
    };
    Ok(Ready { server, driver, control, files, _pidfile: pidfile })
}

async fn work(ready: Ready, run: Option<String>, mut signals: Signals, log: &Arc<Log>) -> Result<u8, String> {
    let Ready { server, mut driver, control: listener, files, _pidfile } = ready;
    let text = format!("{NAME} (Open vSwitch) {RELEASE}");
    log.write(SystemTime::now(), "ovsdb_server", Level::Info, &text);
    let control = Arc::new(Control {
        server: server.clone(),
        log: Arc::clone(log),
        files: Mutex::new(files),
        exit: tokio::sync::Notify::new(),
    });
    let handler = Arc::clone(&control);
    let handler: Arc<unixctl::Handler> =
        Arc::new(move |name, words| Arc::clone(&handler).carry_out(name, words));
    let answer = async {
        match listener {
            Some(listener) => unixctl::serve(listener, COMMANDS, handler).await,
            None => std::future::pending().await,
        }
    };
    let code = {
        let child = beside(run);
        tokio::select! {
            // the driver comes first: it is what there is most of
            biased;
            () = &mut driver => 0,
            () = answer => 0,
            () = control.exit.notified() => 0,
            signal = signals.next() => log_signal(log, signal),
            code = child => code?,
        }
    };
    // whoever asked for the end gets the answer, and clients what is on its way to them
    let ended = server.shutdown();
    let (_, ()) = tokio::join!(&mut driver, ended);
    Ok(code)
}

/// Runs a command of the shell and answers its exit status; never if there is none.
async fn beside(command: Option<String>) -> Result<u8, String> {
    let Some(command) = command else { return std::future::pending().await };
    let (tell, told) = tokio::sync::oneshot::channel();
    let wait = move || {
        let status = Command::new("/bin/sh").arg("-c").arg(&command).stdin(Stdio::inherit()).status();
        // nobody listens if the server has ended first
        let _ = tell.send(status);
    };
    std::thread::Builder::new().spawn(wait).map_err(|e| format!("cannot run: {}", reason(&e)))?;
    match told.await {
        Ok(Ok(status)) => Ok(daemon::code(status)),
        Ok(Err(error)) => Err(format!("/bin/sh: {}", reason(&error))),
        Err(_) => Err("the command was not waited for".to_owned()),
    }
}

/// The signals that end a daemon, with their numbers and names.
#[derive(Clone, Copy)]
struct Signal(u8, &'static str);

const SIGNALS: [(SignalKind, Signal); 4] = [
    (SignalKind::terminate(), Signal(15, "Terminated")),
    (SignalKind::interrupt(), Signal(2, "Interrupt")),
    (SignalKind::hangup(), Signal(1, "Hangup")),
    (SignalKind::alarm(), Signal(14, "Alarm clock")),
];

/// Those of the signals that have come. To be made once: what comes while nobody listens is lost.
struct Signals(Vec<(tokio::signal::unix::Signal, Signal)>);

impl Signals {
    fn new() -> Signals {
        let listen = |(kind, known)| Some((signal(kind).ok()?, known));
        Signals(SIGNALS.into_iter().filter_map(listen).collect())
    }

    async fn next(&mut self) -> Signal {
        poll_fn(|cx| {
            let mut came = Poll::Pending;
            for (stream, known) in &mut self.0 {
                if stream.poll_recv(cx).is_ready() {
                    came = Poll::Ready(*known);
                }
            }
            came
        })
        .await
    }
}

/// Logs the end, and answers the exit status.
fn log_signal(log: &Log, Signal(number, name): Signal) -> u8 {
    let text = format!("terminating with signal {number} ({name})");
    log.write(SystemTime::now(), "fatal_signal", Level::Warn, &text);
    128 + number
}
