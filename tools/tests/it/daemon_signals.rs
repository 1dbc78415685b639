//! Signals sent to ovsdb-server, compared with what the C server does.

use crate::daemon::{command, database, exists, serve, until};
use crate::release::Release;
use crate::server::Folder;
use crate::tool::Outcome;
use std::os::unix::net::UnixStream;
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::process::Command;

pub(crate) fn kill(signal: i32, pid: &str) {
    let status = Command::new("kill").arg(format!("-{signal}")).arg(pid).status().unwrap();
    assert!(status.success(), "kill -{signal} {pid}");
}

/// Starts a server in the foreground, sends it a signal, and returns how it ended.
fn ended_by(signal: i32) -> (Folder, std::process::ExitStatus) {
    let folder = Folder::new();
    database(&folder, "d.db");
    let options = "-vconsole:off --log-file=l --pidfile --unixctl=ctl --remote=punix:s d.db";
    let mut child = command(&folder, options).spawn().unwrap();
    let pid = child.id().to_string();
    let socket = folder.path().join("ctl");
    until("it has started", || UnixStream::connect(&socket).is_ok());
    kill(signal, &pid);
    let status = child.wait().unwrap();
    (folder, status)
}

/// systemd takes the end by one of the first three for a clean one, but no exit status of 128 and
/// more.
#[test]
fn it_cleans_up_and_dies_of_the_signal_that_ends_it() {
    for (signal, name) in [(15, "Terminated"), (2, "Interrupt"), (1, "Hangup"), (14, "Alarm clock")] {
        let (folder, status) = ended_by(signal);
        assert_eq!(status.signal(), Some(signal));
        for left in ["ovsdb-server.pid", "ctl", "s"] {
            assert!(!exists(&folder, left), "{left} after signal {signal}");
        }
        let log = std::fs::read_to_string(folder.path().join("l")).unwrap();
        let last = format!("|fatal_signal|WARN|terminating with signal {signal} ({name})\n");
        assert!(log.ends_with(&last), "{log}");
    }
}

#[test]
fn it_dies_of_the_first_fault_that_is_sent_to_it() {
    for signal in [11, 7] {
        let (_, status) = ended_by(signal);
        assert_eq!(status.signal(), Some(signal));
    }
}

#[test]
fn a_command_beside_it_ends_it_with_the_texts_and_statuses_of_the_c_server() {
    let folder = Folder::new();
    database(&folder, "d.db");
    let c_server = Release::find("23.03").program("ovsdb-server");
    for script in ["echo hello", "exit 3", "kill -9 $$", "kill -15 $$"] {
        let run = |program: &std::path::Path| {
            let mut command = command(&folder, "");
            let mut other = Command::new(program);
            other.arg0("ovsdb-server").current_dir(folder.path()).stdin(std::process::Stdio::null());
            other.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
            other.args(["--unixctl=none", "--remote=punix:s"]).arg(format!("--run={script}")).arg("d.db");
            command = other;
            crate::tool::run(command)
        };
        let ours: Outcome = run(std::path::Path::new(env!("CARGO_BIN_EXE_ovsdb-server")));
        assert_eq!(ours, run(&c_server), "{script}");
    }
}

#[test]
fn its_pid_file_and_log_have_the_modes_that_the_umask_leaves() {
    let folder = Folder::new();
    for (mask, pid_mode, log_mode) in [("022", 0o644, 0o640), ("000", 0o666, 0o660), ("077", 0o600, 0o600)] {
        let _ = std::fs::remove_file(folder.path().join("l"));
        let mut shell = Command::new("/bin/sh");
        shell.args(["-c", &format!(r#"umask {mask}; exec "$@""#), "sh", env!("CARGO_BIN_EXE_ovsdb-server")]);
        shell.args(["--no-dbs", "--unixctl=none", "--pidfile=p", "--log-file=l"]);
        shell.arg("--run=stat -c %a p l").current_dir(folder.path()).stdin(std::process::Stdio::null());
        shell.env("OVS_RUNDIR", folder.path()).env("OVS_SYSLOG_METHOD", "null");
        let outcome = crate::tool::run(shell);
        assert_eq!(outcome.stdout, format!("{pid_mode:o}\n{log_mode:o}\n"), "{outcome:?}");
    }
    // a relative name of the pid file is meant from the run folder, which this is
    assert!(serve(&folder, "--no-dbs --unixctl=none --pidfile=p --run=true").status == "exit 0");
}
