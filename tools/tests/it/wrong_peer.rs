//! What the programs say of servers that cannot be reached, lack the database, or are no database
//! servers.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::Path;
use std::process::Command;

use crate::release::{Database, Release};
use crate::server::{Folder, Server, free_port};
use crate::tool::{Outcome, run};

fn outcome(program: &str, folder: &Path, words: &[&str]) -> Outcome {
    let mut command = Command::new(program);
    command.args(words).current_dir(folder).env("OVN_RUNDIR", folder).env("OVS_RUNDIR", folder);
    command.env("OVS_SYSLOG_METHOD", "null").env("OVS_CTL_TIMEOUT", "60");
    run(command)
}

const NB: &str = env!("CARGO_BIN_EXE_ovn-nb");
const OVSDB: &str = env!("CARGO_BIN_EXE_ovsdb");

/// Asserts that the message and the hint are these, and that the hint repeats nothing.
fn check(outcome: &Outcome, message: &str, hint: &str) {
    let expect = format!("{message}\n  hint: {hint}\n");
    assert_eq!((outcome.status.as_str(), outcome.stderr.as_str()), ("exit 1", expect.as_str()));
}

#[test]
fn a_server_without_the_database_is_named_with_those_that_it_has() {
    let release = Release::find("26.03");
    let schemas = [Database::IcNb, Database::Vs].map(|database| (database, release.schema(database)));
    let server = Server::start(&release, &schemas, &[]);
    let db = format!("unix:{}", server.socket(Database::Vs).display());
    check(
        &outcome(NB, server.folder(), &["--db", &db, "show"]),
        &format!("ovn-nb: {db}: database connection failed (the server has no database OVN_Northbound)"),
        "name another server with --db: this one has OVN_IC_Northbound, Open_vSwitch",
    );
    let tools = crate::tool::Tools::under_test();
    let as_c = tools.run(Database::Nb, server.folder(), &[], &["--db", &db, "show"]);
    assert_eq!(as_c.stderr, format!("ovn-nbctl: {db}: database connection failed ()\n"));
}

#[test]
fn a_control_socket_of_a_daemon_is_recognized() {
    let release = Release::find("26.03");
    let server = Server::start(&release, &[(Database::Nb, release.schema(Database::Nb))], &[]);
    let db = format!("unix:{}", server.folder().join("server.ctl").display());
    let what = "it is the control socket of a daemon, not of a database";
    let other = "commands for daemons go by ovs-appctl and ovn-appctl";
    check(
        &outcome(NB, server.folder(), &["--db", &db, "show"]),
        &format!("ovn-nb: {db}: database connection failed ({what})"),
        &format!("name the socket of a database with --db; {other}"),
    );
    check(
        &outcome(OVSDB, server.folder(), &["list-dbs", &db]),
        &format!("ovsdb: {db}: {what}"),
        &format!("name the socket of a database after the command; {other}"),
    );
    let tools = crate::tool::Tools::under_test();
    let c = crate::tool::Tools::Of(release);
    let words = ["--db", &db, "show"];
    let as_c = tools.run(Database::Nb, server.folder(), &[], &words);
    assert_eq!(as_c, c.run(Database::Nb, server.folder(), &[], &words));
}

/// A server that answers with `answer` and closes the connection.
fn answering(answer: &'static [u8], clients: usize) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming().take(clients) {
            let mut stream = stream.unwrap();
            let _ = stream.read(&mut [0; 4096]);
            let _ = stream.write_all(answer);
        }
    });
    format!("tcp:127.0.0.1:{port}")
}

#[test]
fn servers_of_other_protocols_are_recognized() {
    let folder = Folder::new();
    let check_both = |answer, what: &str, hint: &dyn Fn(&str) -> String| {
        let db = answering(answer, 2);
        let seen = outcome(NB, folder.path(), &["--db", &db, "show"]);
        let begin =
            format!("ovn-nb: {db}: database connection failed (the peer does not speak OVSDB: it is {what}");
        assert!(seen.stderr.starts_with(&begin), "{seen:?}");
        assert!(seen.stderr.ends_with(&format!("\n  hint: {}\n", hint("with --db"))), "{seen:?}");
        let seen = outcome(OVSDB, folder.path(), &["list-dbs", &db]);
        let begin = format!("ovsdb: transaction failed (the peer does not speak OVSDB: it is {what}");
        assert!(seen.stderr.starts_with(&begin), "{seen:?}");
        assert!(seen.stderr.ends_with(&format!("\n  hint: {}\n", hint("after the command"))), "{seen:?}");
    };
    let port = |place: &str| format!("give the port of an OVSDB server {place}");
    check_both(b"HTTP/1.1 400 Bad Request\r\n\r\n", "an HTTP server", &port);
    check_both(b"SSH-2.0-OpenSSH_9.2\r\n", "an SSH server", &port);
    check_both(&[0x15, 3, 3, 0, 2, 2, 22], "a TLS server", &|_| "use ssl: in place of tcp:".to_owned());
}

#[test]
fn hints_say_what_to_do_and_repeat_nothing() {
    let folder = Folder::new();
    let path = folder.path().join("none.sock");
    let none = format!("unix:{}", path.display());
    check(
        &outcome(NB, folder.path(), &["--db", &none, "show"]),
        &format!("ovn-nb: {none}: database connection failed (No such file or directory)"),
        "start ovsdb-server, or name its socket with --db",
    );
    check(
        &outcome(OVSDB, folder.path(), &["list-dbs", &none]),
        &format!("ovsdb: failed to connect to \"{none}\" (No such file or directory)"),
        "start ovsdb-server, or name its socket after the command",
    );
    drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
    check(
        &outcome(NB, folder.path(), &["--db", &none, "show"]),
        &format!("ovn-nb: {none}: database connection failed (Connection refused)"),
        "start ovsdb-server: the one that made this socket no longer runs",
    );
    let refused = format!("tcp:127.0.0.1:{}", free_port());
    check(
        &outcome(NB, folder.path(), &["--db", &refused, "show"]),
        &format!("ovn-nb: {refused}: database connection failed (Connection refused)"),
        "start ovsdb-server with a remote for this address and port, or give another with --db",
    );
    let closed = answering(b"", 1);
    check(
        &outcome(NB, folder.path(), &["--db", &closed, "show"]),
        &format!("ovn-nb: {closed}: database connection failed (the peer closed the connection)"),
        "check the log of the server; if the port is one for TLS, use ssl: in place of tcp:",
    );
    check(
        &outcome(NB, folder.path(), &["--db", "ssl:127.0.0.1:1", "-p", "/x", "-c", "/y", "-C", "/z", "show"]),
        "ovn-nb: ssl:127.0.0.1:1: database connection failed (CA certificate /z cannot be read: No such file or directory)",
        "check what --private-key, --certificate and --ca-cert name",
    );
    let plain = answering(b"{\"id\":\"echo\",\"method\":\"echo\",\"params\":[]}", 1).replace("tcp:", "ssl:");
    let seen = outcome(OVSDB, folder.path(), &["list-dbs", &plain]);
    assert!(seen.stderr.contains("\n  hint: "), "{seen:?}");
}
