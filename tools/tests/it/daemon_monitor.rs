//! `ovsdb-server --monitor`: the server is started again when it crashes, and serves what it served
//! before.

use crate::daemon::{Running, appctl, command, database, exists, serve, until};
use crate::daemon_signals::kill;
use crate::server::Folder;
use std::os::unix::net::UnixStream;

/// The process that watches another: its parent.
fn parent(pid: &str) -> String {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    stat.rsplit(')').next().unwrap().split_whitespace().nth(1).unwrap().to_owned()
}

/// Waits until another process than `before` serves the socket.
fn restarted(running: &Running<'_>, folder: &Folder, before: &str, socket: &str) -> String {
    until("another process serves", || {
        let pid = running.pid();
        !pid.is_empty() && pid != before && UnixStream::connect(folder.path().join(socket)).is_ok()
    });
    running.pid()
}

fn log(folder: &Folder) -> String {
    std::fs::read_to_string(folder.path().join("l")).unwrap()
}

#[test]
fn what_was_added_and_removed_through_appctl_survives_a_crash() {
    let folder = Folder::new();
    database(&folder, "d.db");
    let text = r#"{"name":"E","version":"1.0.0","tables":{"T":{"columns":{"c":{"type":"string"}}}}}"#;
    let schema = ovsdb_proto::schema::DatabaseSchema::parse(text).unwrap();
    ovsdb_server::storage::create(&folder.path().join("e.db"), &schema).unwrap();
    let options = "--detach --monitor -vconsole:off --pidfile --log-file=l --remote=punix:s d.db";
    let outcome = serve(&folder, options);
    let running = Running(&folder);
    assert_eq!(outcome.status, "exit 0", "{}", outcome.stderr);
    let ctl = |words: &str| appctl(&folder, words);
    let first = running.pid();
    let monitor = parent(&first);
    assert_eq!(ctl("ovsdb-server/add-db e.db"), "");
    assert_eq!(ctl("ovsdb-server/add-remote punix:x"), "");
    assert_eq!(ctl("ovsdb-server/remove-remote punix:s"), "");

    // the first crash is answered at once, with the crash as the only thing between
    kill(11, &first);
    let second = restarted(&running, &folder, &first, "x");
    let crash = format!("|daemon_unix|ERR|1 crashes: pid {first} died, killed (Segmentation fault)");
    let text = log(&folder);
    assert!(text.contains(&crash) && text.contains(", restarting\n"), "{text}");
    assert!(!text.contains("waiting until"), "{text}");
    assert_eq!(parent(&second), monitor);
    assert_eq!(ctl("ovsdb-server/list-dbs"), "D\nE\n_Server\n");
    assert_eq!(ctl("ovsdb-server/list-remotes"), "punix:x\n");
    assert!(!exists(&folder, "s") || UnixStream::connect(folder.path().join("s")).is_err());

    // what a server that was started again removes is gone, too, when that one crashes
    assert_eq!(ctl("ovsdb-server/remove-db D"), "");
    kill(14, &second);
    let third = restarted(&running, &folder, &second, "x");
    let crash = format!("2 crashes: pid {second} died, killed (Alarm clock)");
    assert!(log(&folder).contains(&format!("|ERR|{crash}, restarting\n")), "{}", log(&folder));
    assert_eq!(ctl("ovsdb-server/list-dbs"), "E\n_Server\n");

    // an end that was asked for ends the monitor
    kill(15, &third);
    until("the monitor says so", || {
        log(&folder).contains(&format!("|INFO|pid {third} died, killed (Terminated), exiting\n"))
    });
    assert_eq!(running.pid(), "");
}

#[test]
fn in_the_foreground_the_end_by_a_signal_that_was_asked_for_is_a_success() {
    let folder = Folder::new();
    database(&folder, "d.db");
    let options = "--monitor -vconsole:off --pidfile --remote=punix:s d.db";
    let mut child = command(&folder, options).spawn().unwrap();
    let running = Running(&folder);
    until("it serves", || UnixStream::connect(folder.path().join("s")).is_ok());
    assert_eq!(parent(&running.pid()), child.id().to_string());
    kill(15, &running.pid());
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn a_server_that_cannot_start_is_not_started_again() {
    let folder = Folder::new();
    let outcome = serve(&folder, "--detach --monitor -vconsole:off --pidfile none.db");
    assert_eq!(outcome.status, "exit 1");
    assert_eq!(outcome.stderr, "ovsdb-server: server configuration failed\n");
    let outcome = serve(&folder, "--monitor -vconsole:off --pidfile none.db");
    assert_eq!(outcome.status, "exit 1");
}
