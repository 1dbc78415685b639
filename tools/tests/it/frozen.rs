//! The tools at servers that are stopped: `SIGSTOP` leaves their sockets open, and nothing is
//! answered.

use std::net::TcpListener;
use std::path::Path;
use std::process::Command;

use crate::release::{Database, Release};
use crate::server::{Server, free_port};
use crate::tool::{Outcome, Tools, run};

/// A server of `database`, and a remote that leads to it over TCP.
fn serve(database: Database) -> (Server, String) {
    let release = Release::find("26.03");
    let port = free_port();
    let schema = release.schema(database);
    let server = Server::start(&release, &[(database, schema)], &[&format!("ptcp:{port}:127.0.0.1")]);
    (server, format!("tcp:127.0.0.1:{port}"))
}

fn tool(database: Database, folder: &Path, remotes: &[&str], words: &[&str]) -> Outcome {
    let db = format!("--db={}", remotes.join(","));
    // far more than this takes, and less than the 240 seconds after which the tools of OVN give up
    let words = [&[&*db, "--timeout=200"], words].concat();
    Tools::under_test().run(database, folder, &[], &words)
}

#[test]
fn ovs_vs_gives_a_frozen_server_up_after_a_probe_of_five_seconds() {
    let (server, remote) = serve(Database::Vs);
    server.freeze();
    let outcome = tool(Database::Vs, server.folder(), &[&remote], &["--no-wait", "add-br", "br0"]);
    let expect = format!(
        "ovs-vsctl: {remote}: database connection failed (no response to inactivity probe after 5 seconds)\n"
    );
    assert_eq!((outcome.status.as_str(), outcome.stderr), ("exit 1", expect));
}

#[test]
fn the_tools_leave_a_frozen_server_for_the_next_remote() {
    let ((frozen, first), (good, second)) = (serve(Database::Nb), serve(Database::Nb));
    frozen.freeze();
    // accepted by the operating system, and by nobody else
    let mute = TcpListener::bind("127.0.0.1:0").unwrap();
    let mute = format!("tcp:{}", mute.local_addr().unwrap());
    let remotes = [&*first, &*mute, &*second];
    let words = ["--no-shuffle-remotes", "ls-add", "a", "--", "ls-list"];
    let outcome = tool(Database::Nb, good.folder(), &remotes, &words);
    assert_eq!(outcome.status, "exit 0", "{outcome:?}");
    assert!(outcome.stdout.ends_with(" (a)\n"), "{outcome:?}");

    let remotes = remotes.join(",");
    let check = |words: &[&str], expect: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ovsdb"));
        command.args(["--timeout=200"]).args(words).env("OVS_SYSLOG_METHOD", "null");
        let outcome = run(command);
        assert_eq!(outcome.status, "exit 0", "{words:?}: {outcome:?}");
        assert!(outcome.stdout.contains(expect), "{words:?}: {outcome:?}");
    };
    check(&["dump", &remotes, "OVN_Northbound", "Logical_Switch", "name"], "a");
    check(&["list-dbs", &remotes], "OVN_Northbound");
    check(&["wait", &remotes, "OVN_Northbound", "connected"], "");
}
