//! Which log line says what happened at the server's edge? Modules and texts are those of ovsdb-server, which scripts look for.

use super::files::with_sources;
use crate::ctl::vlog::{Level, Log};
use ovsdb_proto::session::remote::Remote;
use ovsdb_server::listen::{End, Event};
use std::time::SystemTime;

/// Logs an event.
pub(super) fn log(log: &Log, event: &Event<'_>) {
    let write = |module, level, text: String| log.write(SystemTime::now(), module, level, &text);
    match event {
        Event::Listening { remote: Remote::Ptcp { port, bind } | Remote::Pssl { port, bind } } => {
            // ovsdb-server names the address as it was given; the port is what programs look for
            let place = bind.map(|ip| format!(":{ip}")).unwrap_or_default();
            write("socket_util", Level::Info, format!("0{place}: listening on port {port}"));
        }
        Event::Listening { .. } => {}
        Event::ListenFailed { remote, error } => {
            let text = format!("{remote}: listen failed: {}", error.reason());
            write("ovsdb_jsonrpc_server", Level::Err, text);
        }
        Event::Refused { remote, why } => {
            write("ovsdb_jsonrpc_server", Level::Err, format!("{remote}: {why}"));
        }
        Event::Connecting { remote } => write("reconnect", Level::Info, format!("{remote}: connecting...")),
        Event::ConnectFailed { remote, error } => {
            let text = format!("{remote}: connection attempt failed ({})", error.reason());
            write("reconnect", Level::Info, text);
        }
        Event::Connected { remote } if is_active(remote) => {
            write("reconnect", Level::Info, format!("{remote}: connected"));
        }
        Event::Connected { remote } => {
            write("ovsdb_jsonrpc_server", Level::Dbg, format!("{remote}: a client has connected"));
        }
        Event::NotEstablished { remote, error } => {
            write("stream_ssl", Level::Warn, format!("{remote}: {}", with_sources(*error)));
        }
        Event::Lost { remote, end } => {
            let level = match end {
                End::Closed | End::Deconfigured | End::Dismissed => Level::Dbg,
                End::Broken(_) => Level::Info,
                _ => Level::Warn,
            };
            let remote = remote.unwrap_or("this process");
            write("ovsdb_jsonrpc_server", level, format!("{remote}: {end}"));
        }
        Event::Deconfigured { remote } => {
            write("ovsdb_jsonrpc_server", Level::Info, format!("{remote}: remote deconfigured"));
        }
        other => write("ovsdb_jsonrpc_server", Level::Info, format!("{other:?}")),
    }
}

fn is_active(remote: &str) -> bool {
    ["unix:", "tcp:", "ssl:"].iter().any(|kind| remote.starts_with(kind))
}
