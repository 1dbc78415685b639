//! Our ovsdb-server on a disk that is full: what clients are told, the log, and what ovs-appctl
//! shows.

use crate::daemon::{Running, appctl, command, database, exists, until};
use crate::server::Folder;
use crate::tool::run;
use std::path::Path;
use std::process::Command;

/// Starts the server on a file system of its own that holds 64 KB, which only the server sees;
/// where none can be mounted, its files may not grow beyond that.
fn start(folder: &Folder) {
    let serve = command(
        folder,
        "--detach --no-chdir --pidfile --log-file=log -vconsole:off --remote=punix:sock disk/d.db",
    );
    let script = r#"mount -t tmpfs -o size=64k none disk 2>/dev/null || { trap "" XFSZ; ulimit -f 128; }
        mv d.db disk/ && exec "$@""#;
    let mut shell = Command::new("unshare");
    shell.args(["-m", "sh", "-c", script, "sh"]).arg(serve.get_program()).args(serve.get_args());
    shell.current_dir(folder.path());
    shell.envs(serve.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let outcome = run(shell);
    assert_eq!(outcome.status, "exit 0", "{}", outcome.stderr);
}

/// The results of a transaction that inserts a row with a text of this length.
fn insert(folder: &Path, length: usize) -> String {
    let text = "x".repeat(length);
    let words = format!(r#"["D",{{"op":"insert","table":"Root","row":{{"targets":"{text}"}}}}]"#);
    let mut client = Command::new(env!("CARGO_BIN_EXE_ovsdb"));
    client.args(["transact", &format!("unix:{}", folder.join("sock").display()), &words]);
    let outcome = run(client);
    outcome.stdout + &outcome.stderr
}

#[test]
fn commits_and_compactions_that_fail_are_logged_within_limits_and_shown() {
    let folder = Folder::new();
    database(&folder, "d.db");
    std::fs::create_dir(folder.path().join("disk")).unwrap();
    start(&folder);
    let _running = Running(&folder);
    until("it listens", || exists(&folder, "sock"));
    let status = || appctl(&folder, "ovsdb-server/get-db-storage-status D").trim_end().to_owned();
    let insert = |length| insert(folder.path(), length);
    let said = insert(40_000);
    assert!(said.contains("\"uuid\""), "{said}");
    assert_eq!(status(), "status: ok");

    let reasons = ["No space left on device", "File too large"];
    let because = |text: &str| reasons.iter().any(|reason| text.contains(reason));
    for _ in 0..30 {
        let said = insert(60_000);
        assert!(said.contains("I/O error") && because(&said), "{said}");
    }
    let shown = status();
    assert!(shown.starts_with("status: I/O error: ") && because(&shown), "{shown}");
    assert!(shown.contains("disk/d.db: cannot append 601"), "{shown}");
    let log = || std::fs::read_to_string(folder.path().join("log")).unwrap();
    let lines = |what: &str| log().lines().filter(|line| line.contains(what)).count();
    // the burst of the limit
    assert_eq!(lines("|ovsdb_server|ERR|I/O error: "), 5);

    // compacting needs as much room once more
    let said = appctl(&folder, "ovsdb-server/compact D");
    let shown = status();
    if said.contains("server returned an error") {
        assert!(because(&said) && because(&shown), "{said} {shown}");
        assert_eq!(lines("|ovsdb_server|ERR|compacting D database failed: I/O error: "), 1);
    }

    // a small one still fits
    let said = insert(10);
    assert!(said.contains("\"uuid\""), "{said}");
    let shown = status();
    assert!(shown == "status: ok" || shown.contains("cannot replace the file"), "{shown}");
}
