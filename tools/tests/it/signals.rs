//! Programs that a signal ends: what they log, and what their parent sees.

use std::io::{BufRead, BufReader, Read};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::diff::plain_log;
use crate::release::{Database, Release};
use crate::server::Server;
use crate::tool::{Outcome, Tools, shown};

/// Waits for the first line that the program prints (when it debugs, for one that tells that it
/// waits), sends the signal and waits for the end.
fn end(program: &Path, name: &str, words: &[&str], folder: &Path, signal: &str) -> Outcome {
    let mut command = Command::new(program);
    command.arg0(name).args(words).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.current_dir(folder).env("OVN_RUNDIR", folder).env("OVS_RUNDIR", folder);
    command.env("OVS_SYSLOG_METHOD", "null");
    let mut child = command.spawn().unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    let (mut out, mut err) = (String::new(), String::new());
    if words.contains(&"-vconsole:dbg") {
        let waits =
            if program.starts_with(env!("CARGO_TARGET_TMPDIR")) { "|Called as " } else { "|poll_loop|" };
        while !err.contains(waits) {
            assert!(stderr.read_line(&mut err).unwrap() > 0, "{err}");
        }
    } else {
        stdout.read_line(&mut out).unwrap();
    }
    let sent = Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap();
    assert!(sent.success());
    stdout.read_to_string(&mut out).unwrap();
    stderr.read_to_string(&mut err).unwrap();
    // of the log, what a debugging C tool says in between is its own matter
    let last = err.lines().last().unwrap_or_default();
    Outcome { stdout: out, stderr: plain_log(last), status: shown(child.wait().unwrap()) }
}

#[test]
fn a_program_that_a_signal_ends_logs_it_and_dies_of_it() {
    let release = Release::find("26.03");
    let schema = (Database::Nb, release.schema(Database::Nb));
    let server = Server::start(&release, &[schema], &[]);
    let folder = server.folder();
    let made = Tools::under_test().run(Database::Nb, folder, &[], &["ls-add", "s"]);
    assert_eq!(made.status, "exit 0");
    let remote = format!("unix:{}", server.socket(Database::Nb).display());
    let monitor =
        ["-f", "json", "monitor", &remote, "OVN_Northbound", "Logical_Switch", "name", "external_ids"];
    let lock = ["lock", remote.as_str(), "l"];
    let waiting = ["-vconsole:dbg", "wait-until", "Logical_Switch", "nope"];
    let (client, nbctl) = (release.program("ovsdb-client"), Tools::Of(release.clone()).program(Database::Nb));
    let (our_client, our_nbctl) = (env!("CARGO_BIN_EXE_ovsdb"), Tools::under_test().program(Database::Nb));
    let check = |c: &Path, ours: &Path, name: &str, words: &[&str], signal: &str, text: &str| {
        // a lock of its own for each program: the server may not have noticed yet that the last one
        // is gone
        let end_of = |program: &Path, whose: &str| {
            let lock = format!("l{}{whose}", &signal[1..]);
            let words: Vec<&str> =
                words.iter().map(|word| if *word == "l" { &lock } else { *word }).collect();
            end(program, name, &words, folder, signal)
        };
        let seen = end_of(ours, "ours");
        assert_eq!(end_of(c, "c"), seen, "{words:?}");
        assert_eq!(seen.status, format!("signal {}", &signal[1..]));
        let line = format!("TIME|N|fatal_signal|WARN|terminating with signal {} ({text})\n", &signal[1..]);
        assert_eq!(seen.stderr, line);
    };
    for (signal, text) in
        [("-15", "Terminated"), ("-2", "Interrupt"), ("-1", "Hangup"), ("-14", "Alarm clock")]
    {
        check(&client, Path::new(our_client), "ovsdb-client", &lock, signal, text);
        check(&nbctl, &our_nbctl, "ovn-nbctl", &waiting, signal, text);
    }
    check(&client, Path::new(our_client), "ovsdb-client", &monitor, "-15", "Terminated");
}
