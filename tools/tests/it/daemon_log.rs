//! What ovsdb-server logs when peers make it log as often as they can.

use crate::daemon::{Running, database, exists, serve};
use crate::rpc::Client;
use crate::server::Folder;
use serde_json::json;
use std::io::{Read as _, Write as _};
use std::os::unix::net::UnixStream;

/// Connections of one kind, far more than any limit lets pass.
const FLOOD: usize = 1_000;

/// A burst of each kind, and what the rate lets pass during a minute on a slow machine.
const LINES_MAX: usize = 40;

#[test]
fn a_flood_of_broken_connections_leaves_few_log_lines() {
    let folder = Folder::new();
    database(&folder, "d.db");
    let options = "--detach --no-chdir -vconsole:off --pidfile --log-file=l --remote=punix:s d.db";
    let outcome = serve(&folder, options);
    assert_eq!(outcome.status, "exit 0", "{}", outcome.stderr);
    let _running = Running(&folder);
    let socket = folder.path().join("s");
    let log = || std::fs::read_to_string(folder.path().join("l")).unwrap();
    let quiet = log().lines().count();

    // what is not a message: the server closes
    for _ in 0..FLOOD {
        let mut stream = UnixStream::connect(&socket).unwrap();
        stream.write_all(b"garbage").unwrap();
        let _ = stream.read_to_end(&mut Vec::new());
    }
    let text = log();
    let lines = text.matches("received what is not a message").count();
    assert!((5..LINES_MAX).contains(&lines), "{text}");
    // a client that goes away without reading its reply
    for _ in 0..FLOOD {
        let mut stream = UnixStream::connect(&socket).unwrap();
        let request = br#"{"id":1,"method":"get_schema","params":["D"]}"#;
        let _ = stream.write_all(&request.repeat(3));
    }
    // clients are served in the order in which they came: those before this one are gone
    assert_eq!(Client::connect(&socket).call("echo", &json!([1])), json!([1]));
    let text = log();
    assert!(text.lines().count() < quiet + LINES_MAX, "{text}");
    assert!(exists(&folder, "ovsdb-server.pid"));
}
