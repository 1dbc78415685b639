//! The life of the server's processes, from their options to their end.

use super::control::{COMMANDS, Control};
use super::daemon::{self, Again, Role};
use super::link::{Link, Served};
use super::options::Options;
use super::signals::{self, Ending, Signals};
use super::start::{Ready, config, start};
use super::watch;
use super::{NAME, RELEASE};
use crate::ctl::exit::reason;
use crate::ctl::vlog::{Identity, Level, Log};
use crate::unixctl;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::SystemTime;

/// Does what the options say, in the role of this process.
///
/// # Errors
/// With the text for the user.
pub(super) fn run(options: Options, here: PathBuf) -> Result<Ending, String> {
    signals::let_faults_kill();
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
            let (mut child, mut link) = again(next, user).start(None).map_err(fail)?;
            if link.receive().is_some() {
                return Ok(Ending::Exit(0));
            }
            // whatever its status is, it does not serve
            Ok(Ending::Exit(daemon::code(child.wait().map_err(fail)?).max(1)))
        }
        Role::First if options.monitor => {
            let log = open_log(&options)?;
            watch(&again(Role::Watched, user), None, &log).map_err(fail)
        }
        Role::First if user.is_some() => Err(fail(again(Role::First, user).become_it())),
        Role::Monitor => {
            daemon::leave_session();
            let link = Link::take().map_err(fail)?;
            let log = open_log(&options)?;
            watch(&again(Role::Watched, None), Some(link), &log).map_err(fail)
        }
        Role::First => serve(options, here, None, false),
        Role::Daemon => {
            daemon::leave_session();
            let link = Link::take().map_err(fail)?;
            serve(options, here, Some(link), true)
        }
        Role::Watched => {
            let link = Link::take().map_err(fail)?;
            let detached = options.detach;
            serve(options, here, Some(link), detached)
        }
    }
}

/// The user and group to become, unless we are them.
fn other_user(wanted: (u32, u32)) -> Option<(u32, u32)> {
    let now = (rustix::process::geteuid().as_raw(), rustix::process::getegid().as_raw());
    (wanted != now).then_some(wanted)
}

fn watch(again: &Again, mut link: Option<Link>, log: &Log) -> std::io::Result<Ending> {
    let serves = || {
        if let Some(mut link) = link.take() {
            daemon::release_output()?;
            // the waiting process may have been killed
            let _ = link.send(None);
        }
        Ok(())
    };
    let log = |level, text: &str| log.write(SystemTime::now(), "daemon_unix", level, text);
    watch::watch(again, serves, log).map(Ending::Exit)
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

fn serve(options: Options, here: PathBuf, mut link: Option<Link>, detached: bool) -> Result<Ending, String> {
    // other programs look for the daemon by this name
    let _ = rustix::thread::set_name(c"ovsdb-server");
    let log = Arc::new(open_log(&options)?);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|e| format!("cannot start: {}", reason(&e)))?;
    // what a server served before it crashed counts, not what the options say
    let handed = link.as_mut().and_then(Link::receive).flatten();
    let config = match handed {
        Some(served) if options.config_file.is_none() => served.into(),
        _ => config(&options, &log)?,
    };
    let (result, signals) = runtime.block_on(async {
        let mut signals = Signals::new();
        let result = tokio::select! {
            // what comes while the server starts ends it, too
            signal = signals.next() => Err(Ended::Signal(signal)),
            started = start(&options, &config, &here, &log) => started.map_err(Ended::Failed),
        };
        (result, signals)
    });
    let ready = match result {
        Ok(ready) => ready,
        Err(Ended::Failed(text)) => return Err(text),
        Err(Ended::Signal(signal)) => return Ok(signaled(&log, signal)),
    };
    if options.chdir && detached {
        std::env::set_current_dir("/").map_err(|e| format!("cannot change to /: {}", reason(&e)))?;
    }
    if let Some(mut connected) = link.take() {
        if detached {
            daemon::release_output().map_err(|e| format!("cannot release stdout: {}", reason(&e)))?;
        }
        // a monitor keeps the link; whoever else waited needs nothing more
        link = (connected.send(Some(&Served::from(&config))).is_ok() && options.monitor).then_some(connected);
    }
    runtime.block_on(work(ready, options, link, signals, &log))
}

enum Ended {
    Failed(String),
    Signal(i32),
}

async fn work(
    ready: Ready,
    options: Options,
    link: Option<Link>,
    mut signals: Signals,
    log: &Arc<Log>,
) -> Result<Ending, String> {
    let Ready { server, mut driver, control: listener, files, pidfile } = ready;
    // a server that lives as long as a command needs no announcement
    if options.run.is_none() {
        let text = format!("{NAME} (Open vSwitch) {RELEASE}");
        log.write(SystemTime::now(), "ovsdb_server", Level::Info, &text);
    }
    let control = Arc::new(Control {
        server: server.clone(),
        log: Arc::clone(log),
        files: Mutex::new(files),
        link: Mutex::new(link),
        config_file: options.config_file,
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
    let ending = {
        let child = beside(options.run);
        tokio::select! {
            // the driver comes first: it is what there is most of
            biased;
            () = &mut driver => Ok(Ending::Exit(0)),
            () = answer => Ok(Ending::Exit(0)),
            () = control.exit.notified() => Ok(Ending::Exit(0)),
            signal = signals.next() => Ok(signaled(log, signal)),
            ended = child => ended.map(|()| Ending::Exit(0)),
        }
    };
    // whoever asked for the end gets the answer, and clients what is on its way to them
    let ended = server.shutdown();
    let (_, ()) = tokio::join!(&mut driver, ended);
    drop(pidfile);
    ending
}

/// Runs a command of the shell; waits forever without one.
///
/// # Errors
/// With the text for the user if it fails.
async fn beside(command: Option<String>) -> Result<(), String> {
    let Some(command) = command else { return std::future::pending().await };
    let (tell, told) = tokio::sync::oneshot::channel();
    let shell = command.clone();
    let wait = move || {
        let status = Command::new("/bin/sh").arg("-c").arg(shell).stdin(Stdio::inherit()).status();
        // nobody listens if the server has ended first
        let _ = tell.send(status);
    };
    std::thread::Builder::new().spawn(wait).map_err(|e| format!("cannot run: {}", reason(&e)))?;
    match told.await {
        Ok(Ok(status)) if status.success() => Ok(()),
        Ok(Ok(status)) => Err(format!("{command}: child exited, {}", signals::status_text(status))),
        Ok(Err(error)) => Err(format!("/bin/sh: {}", reason(&error))),
        Err(_) => Err("the command was not waited for".to_owned()),
    }
}

/// Logs the end by a signal.
fn signaled(log: &Log, number: i32) -> Ending {
    let text = format!("terminating with signal {number} ({})", signals::name(number));
    log.write(SystemTime::now(), "fatal_signal", Level::Warn, &text);
    Ending::Signal(number)
}
