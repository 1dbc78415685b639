//! How does `wait` wait for a database to be added, connected or removed, through every loss of the connection?

use super::canonical;
use super::open::{PATIENCE, connect_telling, name_in};
use super::run::Session;
use super::server::Server;
use crate::ctl::error::{CtlError, ErrorKind};
use ovsdb_proto::json::{Reader, Writer};
use ovsdb_proto::rpc::{Message, id_number};
use ovsdb_proto::session::remote::{Remote, parse_list};
use std::path::Path;
use std::time::Duration;
use tokio::time::timeout;

/// How long after a lost or failed connection the next one is tried.
const PAUSE: Duration = Duration::from_secs(1);

/// After how long a silence a server is asked for a sign of life, except over a unix socket, as by
/// the C program.
const PROBE: Duration = Duration::from_secs(5);

/// What is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Added,
    Connected,
    Removed,
}

/// `wait`: `words` are perhaps a server, the database, and the state.
///
/// # Errors
/// The state or the server is none; the server refuses the question.
pub async fn wait(session: &mut Session<'_>, words: &[String]) -> Result<(), CtlError> {
    let [before @ .., database, state] = words else { return Ok(()) };
    let state = match state.as_str() {
        "added" => State::Added,
        "connected" => State::Connected,
        "removed" => State::Removed,
        _ => {
            let error = CtlError::usage(format!("{state}: unknown state"));
            return Err(error.hint("it is one of: added, connected, removed"));
        }
    };
    let text = before.first().cloned().unwrap_or_else(|| session.default_remote());
    let run_dir = session.run_dir();
    let remotes = parse_list(&text, Path::new(&run_dir)).map_err(|e| CtlError::usage(e.to_string()))?;
    let named = |remote: Remote| (name_in(&remote, &text, &run_dir), remote);
    let remotes: Vec<(String, Remote)> = remotes.list.into_iter().map(named).collect();
    loop {
        for (name, remote) in &remotes {
            let connected = timeout(PATIENCE, connect_telling(session, remote, name)).await;
            let Some(server) = connected.unwrap_or_default() else { continue };
            let local = matches!(remote, Remote::Unix(_) | Remote::Punix(_));
            let mut server = if local { server } else { server.probing(PROBE) };
            if ask(&mut server, database, state).await? {
                server.close().await;
                return Ok(());
            }
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// Whether the server says that the database has the state; not if the connection is lost first.
async fn ask(server: &mut Server, database: &str, state: State) -> Result<bool, CtlError> {
    let aware = server.send("set_db_change_aware", |w| w.boolean(true));
    let asked = server.send("transact", |w| operation(w, database, state));
    let name = server.name().to_owned();
    let answer = server.receive(|message| match message {
        Message::Reply { id, error: Some(error), .. } if id_number(id) == Some(aware) => {
            Some(Err(format!("{name}: set_db_change_aware failed ({})", canonical::text(error))))
        }
        Message::Reply { id, result, error } if id_number(id) == Some(asked) => Some(match error {
            Some(error) => Err(format!("transaction returned error: {}", canonical::text(error))),
            None => refused(result).map_or(Ok(()), Err),
        }),
        _ => None,
    });
    match answer.await {
        Ok(Ok(())) => Ok(true),
        Ok(Err(text)) => Err(CtlError::new(ErrorKind::Transaction, text)),
        Err(_) => Ok(false),
    }
}

fn operation(w: &mut Writer<'_>, database: &str, state: State) {
    w.string("_Server");
    w.begin_object();
    for (key, value) in [("op", "wait"), ("table", "Database"), ("until", "==")] {
        w.key(key);
        w.string(value);
    }
    w.key("where");
    w.begin_array();
    w.begin_array();
    ["name", "==", database].iter().for_each(|text| w.string(text));
    w.end_array();
    w.end_array();
    w.key("columns");
    w.raw(if state == State::Connected { b"[\"connected\"]" } else { b"[]" });
    w.key("rows");
    w.raw(match state {
        State::Connected => b"[{\"connected\":true}]",
        State::Added => b"[{}]",
        State::Removed => b"[]",
    });
    w.end_object();
}

/// What is wrong, if any result is an error.
pub fn refused(result: &[u8]) -> Option<String> {
    let mut r = Reader::new(result);
    if r.begin_array().is_err() {
        return Some("result is not array".to_owned());
    }
    while let Ok(true) = r.next_element() {
        let Ok(element) = r.skip() else { return Some("result is not array".to_owned()) };
        let mut object = Reader::new(element);
        if object.begin_object().is_err() {
            return Some("result array element is not object".to_owned());
        }
        while let Ok(Some(key)) = object.next_key() {
            if key == "error" {
                return Some(format!("server returned error reply: {}", canonical::text(element)));
            }
            if object.skip().is_err() {
                break;
            }
        }
    }
    None
}
