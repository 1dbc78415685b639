//! What is `ovsdb` like under its own name: hints, completion, a server of its own, and pipes that close?

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Command, Stdio};

use crate::ovsdb_zoo::{Range, Zoo};
use crate::release::Release;
use crate::tool::{Outcome, run};

fn ovsdb(folder: &Path, words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ovsdb"));
    command.args(words).current_dir(folder).env("OVS_RUNDIR", folder).env("OVS_SYSLOG_METHOD", "null");
    command.env("OVS_CTL_TIMEOUT", "60");
    command
}

fn outcome(folder: &Path, words: &[&str]) -> Outcome {
    run(ovsdb(folder, words))
}

#[test]
fn hints_help_and_completion() {
    let here = std::env::temp_dir();
    let check = |words: &[&str], status: &str, part: &str| {
        let outcome = outcome(&here, words);
        assert_eq!(outcome.status, status, "{outcome:?}");
        assert!(outcome.stdout.contains(part) || outcome.stderr.contains(part), "{part}: {outcome:?}");
    };
    check(
        &["schema"],
        "exit 1",
        "hint: did you mean get-schema or get-schema-version or get-schema-cksum?\n",
    );
    check(&["list-dbz"], "exit 1", "hint: did you mean list-dbs?\n");
    check(&["transact", "{}"], "exit 1", "hint: it is an array: ");
    check(&["wait", "Zoo", "there"], "exit 1", "hint: it is one of: added, connected, removed\n");
    check(&["--detach", "monitor", "x"], "exit 1", "hint: let the shell run it in the background");
    check(&["--help"], "exit 0", "\nExamples:\n");
    check(&["man"], "exit 0", ".TH OVSDB 1 ");
    check(&["completion", "bash"], "exit 0", "needs-conversion");
    check(&["completion", "ksh"], "exit 1", "there is bash, zsh and fish");
    check(&["--version"], "exit 0", "(behaves as ovsdb-client 4.0.0)");
    check(&["serve", "--version"], "exit 0", "(Open vSwitch)");
    check(&["-t", "5", "serve"], "exit 1", "serve must be the first word");
}

#[test]
fn servers_and_tables_that_are_not_there() {
    let zoo = Zoo::start(&Release::find("26.03"), Range::Two);
    let check = |words: &[&str], stderr: &str| {
        let outcome = outcome(zoo.folder(), words);
        assert_eq!((outcome.status.as_str(), outcome.stderr.as_str()), ("exit 1", stderr), "{words:?}");
    };
    check(
        &["list-tables"],
        "ovsdb: could not find a default database, please specify a database name\n  hint: name one of Other, Zoo\n",
    );
    check(&["list-columns", "Zoo", "Nope"], "ovsdb: Zoo does not have a table named \"Nope\"\n");
    check(
        &["list-dbs", "nonsense:x"],
        "ovsdb: remote \"nonsense:x\": must begin with unix:, tcp:, ssl:, punix:, ptcp: or pssl:\n",
    );
    check(&["dump", "Zoo", "Nope"], "ovsdb: No table \"Nope\" found.\n");
}

/// What is watched goes on until nobody reads it any more, and then ends in peace.
#[test]
fn a_closed_pipe_ends_a_monitor() {
    let zoo = Zoo::start(&Release::find("26.03"), Range::Zoo);
    let mut command = ovsdb(zoo.folder(), &["-f", "json", "monitor", "Animal", "name"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    stdout.read_line(&mut line).unwrap();
    assert!(line.contains("\"initial\",\"cat\""), "{line}");
    drop(stdout);
    zoo.change();
    let status = child.wait().unwrap();
    let mut stderr = String::new();
    child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
    assert_eq!((status.code(), stderr.as_str()), (Some(0), ""));
}

/// The time as `--timestamp` prints it, by a program that takes longer to start than our program
/// needs to go back to waiting.
fn now() -> String {
    let output = Command::new("date").args(["-u", "+%Y-%m-%d %H:%M:%S.%3N"]).output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim_end().to_owned()
}

#[test]
fn each_update_of_a_monitor_is_stamped_with_its_own_time() {
    let zoo = Zoo::start(&Release::find("26.03"), Range::Zoo);
    let words = ["--timestamp", "-f", "json", "monitor", "Animal", "name"];
    let mut child = ovsdb(zoo.folder(), &words).stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut stamp = || {
        let line = lines.next().unwrap().unwrap();
        let table: serde_json::Value = serde_json::from_str(&line).unwrap();
        table["time"].as_str().unwrap().to_owned()
    };
    let initial = stamp();
    let before = now();
    zoo.change();
    let inserted = stamp();
    assert!(initial <= before && before <= inserted, "{initial}, {before}, {inserted}");
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn a_full_disk_is_told() {
    let zoo = Zoo::start(&Release::find("26.03"), Range::Zoo);
    let full = || std::fs::File::options().write(true).open("/dev/full").unwrap();
    for words in [&["dump"][..], &["backup"], &["list-dbs"], &["monitor", "Animal"]] {
        let mut command = ovsdb(zoo.folder(), words);
        let output =
            command.stdout(full()).stderr(Stdio::piped()).spawn().unwrap().wait_with_output().unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(
            (output.status.code(), stderr.as_str()),
            (Some(1), "ovsdb: write to stdout failed\n"),
            "{words:?}"
        );
    }
}

/// A backup is a database file, and comes back through a pipe.
#[test]
fn a_backup_comes_back_through_a_pipe() {
    let release = Release::find("26.03");
    let zoo = Zoo::start(&release, Range::Zoo);
    let before = zoo.contents();
    let file = zoo.folder().join("backup.db");
    let backup =
        ovsdb(zoo.folder(), &["backup"]).stdout(std::fs::File::create(&file).unwrap()).status().unwrap();
    assert!(backup.success());
    let version = Command::new(release.program("ovsdb-tool")).arg("db-version").arg(&file).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&version.stdout), "1.2.3\n");
    let emptied =
        outcome(zoo.folder(), &["transact", r#"["Zoo",{"op":"delete","table":"Keeper","where":[]}]"#]);
    assert_eq!(emptied.stdout, "[{\"count\":3}]\n");
    let mut cat = Command::new("cat").arg(&file).stdout(Stdio::piped()).spawn().unwrap();
    let restored = ovsdb(zoo.folder(), &["restore"]).stdin(cat.stdout.take().unwrap()).status().unwrap();
    assert!(cat.wait().unwrap().success() && restored.success());
    let without_uuids = |rows: Vec<String>| {
        let plain = |row: &String| crate::dump::replace_uuids(row, &|_| Some("uuid".to_owned()));
        // the mood of an animal is ephemeral
        let mut rows: Vec<String> = rows.iter().map(plain).map(|row| row.replace("\"ok\"", "\"\"")).collect();
        rows.sort();
        rows
    };
    assert_eq!(without_uuids(zoo.contents()), without_uuids(before));
}
