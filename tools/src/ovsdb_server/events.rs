//! Log lines for the events at the server's edge, with the modules and texts of the C server, which
//! scripts look for.

use super::files::with_sources;
use crate::ctl::vlog::{Level, Log, RateLimit};
use ovsdb_proto::session::remote::Remote;
use ovsdb_server::listen::{End, Event};
use ovsdb_server::service::{Keeping, StorageEvent};
use std::fmt::Display;
use std::time::SystemTime;

// One limit for each message that peers can cause, so that a flood of one kind hides no other. Rate
// and burst are those of the C server's own messages about broken streams and failed handshakes.
static LISTEN_FAILED: RateLimit = RateLimit::new(5, 20);
static REFUSED: RateLimit = RateLimit::new(5, 20);
static NOT_ESTABLISHED: RateLimit = RateLimit::new(10, 25);
static NOT_MESSAGE: RateLimit = RateLimit::new(5, 5);
static BROKEN: RateLimit = RateLimit::new(5, 5);
static BACKLOG: RateLimit = RateLimit::new(5, 5);
static MEMORY: RateLimit = RateLimit::new(5, 5);
static CLIENTS: RateLimit = RateLimit::new(5, 5);
static OTHER_END: RateLimit = RateLimit::new(5, 5);
static OTHER: RateLimit = RateLimit::new(5, 5);
static COMMIT: RateLimit = RateLimit::new(5, 5);
static COMPACTION: RateLimit = RateLimit::new(5, 5);
static WORKS: RateLimit = RateLimit::new(5, 5);

const SERVER: &str = "ovsdb_jsonrpc_server";

/// Logs an event.
pub(super) fn log(log: &Log, event: &Event<'_>) {
    let write = |module, level, text: &dyn Display| {
        log.write(SystemTime::now(), module, level, &text.to_string());
    };
    let limited = |limit, module, level, text: &dyn Display| {
        log.write_limited(limit, SystemTime::now(), module, level, text);
    };
    match event {
        Event::Listening { remote: Remote::Ptcp { port, bind } | Remote::Pssl { port, bind } } => {
            // ovsdb-server names the address as it was given; the port is what programs look for
            let place = bind.map(|ip| format!(":{ip}")).unwrap_or_default();
            write("socket_util", Level::Info, &format_args!("0{place}: listening on port {port}"));
        }
        Event::Listening { .. } => {}
        Event::Storage(StorageEvent::Failed { what: Keeping::Compaction, database, why }) => {
            let text = format_args!("compacting {database} database failed: {why}");
            limited(&COMPACTION, "ovsdb_server", Level::Err, &text);
        }
        Event::Storage(StorageEvent::Failed { why, .. }) => {
            limited(&COMMIT, "ovsdb_server", Level::Err, why);
        }
        Event::Storage(StorageEvent::Works { database }) => {
            let text = format_args!("{database}: the database can be written again");
            limited(&WORKS, "ovsdb_server", Level::Info, &text);
        }
        Event::ListenFailed { remote, error } => {
            if remote.starts_with("pfd:") {
                write("stream_unix", Level::Err, error);
            }
            let text = format!("{remote}: listen failed: {}", error.reason());
            limited(&LISTEN_FAILED, SERVER, Level::Err, &text);
        }
        Event::Refused { remote, why } => {
            limited(&REFUSED, SERVER, Level::Err, &format_args!("{remote}: {why}"));
        }
        Event::Ignored { remote } => {
            let text = format!(
                "pfd: remotes can only be specified on the command line; ignoring \"{remote}\" from database"
            );
            limited(&REFUSED, "ovsdb_server", Level::Warn, &text);
        }
        // the pause between two attempts limits these
        Event::Connecting { remote } => {
            write("reconnect", Level::Info, &format_args!("{remote}: connecting..."));
        }
        Event::ConnectFailed { remote, error } => {
            let text = format!("{remote}: connection attempt failed ({})", error.reason());
            write("reconnect", Level::Info, &text);
        }
        Event::Connected { remote } if is_active(remote) => {
            write("reconnect", Level::Info, &format_args!("{remote}: connected"));
        }
        Event::Connected { remote } => {
            write(SERVER, Level::Dbg, &format_args!("{remote}: a client has connected"));
        }
        Event::NotEstablished { remote, error } => {
            let text = format!("{remote}: {}", with_sources(*error));
            limited(&NOT_ESTABLISHED, "stream_ssl", Level::Warn, &text);
        }
        Event::Lost { remote, end } => {
            let remote = remote.unwrap_or("this process");
            let text = format_args!("{remote}: {end}");
            match loss(end) {
                (level, Some(limit)) => limited(limit, SERVER, level, &text),
                (level, None) => write(SERVER, level, &text),
            }
        }
        Event::Deconfigured { remote } => {
            write(SERVER, Level::Info, &format_args!("{remote}: remote deconfigured"));
        }
        other => limited(&OTHER, SERVER, Level::Info, &format_args!("{other:?}")),
    }
}

/// How the loss of a client is logged.
fn loss(end: &End) -> (Level, Option<&'static RateLimit>) {
    match end {
        End::Closed | End::Deconfigured | End::Dismissed => (Level::Dbg, None),
        End::Broken(_) => (Level::Info, Some(&BROKEN)),
        End::NotMessage(_) => (Level::Warn, Some(&NOT_MESSAGE)),
        End::Backlog { .. } => (Level::Warn, Some(&BACKLOG)),
        End::Memory => (Level::Warn, Some(&MEMORY)),
        End::Clients => (Level::Warn, Some(&CLIENTS)),
        _ => (Level::Warn, Some(&OTHER_END)),
    }
}

fn is_active(remote: &str) -> bool {
    ["unix:", "tcp:", "ssl:"].iter().any(|kind| remote.starts_with(kind))
}
