//! Does `ovsdb`, called `ovsdb-client`, do and print the same as the C program?
//!
//! A line of `tests/cases/ovsdb-once.txt` and `ovsdb-live.txt` is what follows the program's name, split as a shell does; `{DIR}` stands for the folder
//! of the server, where its files are. In brackets before it: `unordered` (lines come in the order of a hash table: they are compared sorted), `writes`
//! (the contents afterwards are compared), `records` (stdout is a database file), `stdin FILE`, `only RELEASE`. `server zoo`, `server two` and `server many` say which server the lines that
//! follow find. What differs on purpose is listed in `ovsdb-on-purpose.txt`, in the form of `on-purpose.txt`.
//!
//! The lines of `ovsdb-live.txt` do not end by themselves: all run at once while the rows change, and end because the server does.

use std::fmt::Write as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use crate::cases::split_words;
use crate::diff::{plain_log, shortened, sorted};
use crate::dump::{replace_uuids, uuids_in};
use crate::on_purpose::{Allowed, OnPurpose};
use crate::ovsdb_zoo::{Range, Zoo};
use crate::release::Release;
use crate::tool::{Outcome, run};

const C_NAME: &str = "ovsdb-client";

#[derive(Clone, Debug, Default)]
struct Case {
    number: usize,
    text: String,
    words: Vec<String>,
    unordered: bool,
    writes: bool,
    records: bool,
    stdin: Option<String>,
}

/// What can be seen of a case.
#[derive(Clone, Debug, PartialEq)]
struct Seen {
    outcome: Outcome,
    contents: Vec<String>,
}

fn cases(file: &str, release: &str) -> Vec<(Range, Vec<Case>)> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases").join(file);
    let text = std::fs::read_to_string(path).unwrap();
    let mut groups = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        if line.trim().is_empty() || line.starts_with('#') {
            continue;
        }
        if let Some(name) = line.strip_prefix("server ") {
            let range = match name {
                "zoo" => Range::Zoo,
                "two" => Range::Two,
                "many" => Range::Many,
                _ => panic!("{file}:{number}: no server {name}"),
            };
            groups.push((range, Vec::new()));
            continue;
        }
        let mut case = Case { number, text: line.to_owned(), ..Case::default() };
        let mut rest = line;
        let mut wanted = std::env::var("OVN_CASE").map_or(true, |part| line.contains(&part));
        while let Some((flag, after)) = rest.strip_prefix('[').and_then(|rest| rest.split_once("] ")) {
            match flag.split_once(' ') {
                None if flag == "unordered" => case.unordered = true,
                None if flag == "writes" => case.writes = true,
                None if flag == "records" => case.records = true,
                Some(("stdin", name)) => case.stdin = Some(name.to_owned()),
                Some(("only", only)) => wanted &= only == release,
                _ => panic!("{file}:{number}: unknown flag [{flag}]"),
            }
            rest = after;
        }
        case.words = if rest == "(nothing)" { Vec::new() } else { split_words(rest).unwrap() };
        if wanted {
            groups.last_mut().unwrap_or_else(|| panic!("{file}:{number}: no server")).1.push(case);
        }
    }
    groups
}

/// Our program under the name of the C one.
fn ours() -> PathBuf {
    static LINK: OnceLock<PathBuf> = OnceLock::new();
    LINK.get_or_init(|| {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("ovsdb");
        std::fs::create_dir_all(&folder).unwrap();
        let link = folder.join(C_NAME);
        let _ = std::fs::remove_file(&link);
        std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_ovsdb"), &link).unwrap();
        link
    })
    .clone()
}

fn command(program: &Path, folder: &Path, case: &Case) -> Command {
    let mut command = Command::new(program);
    command.arg0(C_NAME);
    command.args(case.words.iter().map(|word| word.replace("{DIR}", folder.to_str().unwrap())));
    command.env_clear().current_dir(folder).env("LC_ALL", "C.UTF-8").env("TZ", "UTC");
    command.env("OVS_RUNDIR", folder).env("OVS_LOGDIR", folder).env("OVS_SYSLOG_METHOD", "null");
    command.stdin(match &case.stdin {
        Some(file) => std::fs::File::open(folder.join(file)).unwrap().into(),
        None => Stdio::null(),
    });
    command
}

/// Without what differs from run to run: times, folders, and identities that the server gave to new rows.
fn plain(mut outcome: Outcome, folder: &Path, case: &Case) -> Outcome {
    let fixed =
        |uuid: &str| uuid.ends_with("-1111-4222-8333-444444444444") || uuid.starts_with("00000000-0000");
    for text in [&mut outcome.stdout, &mut outcome.stderr] {
        let mut known: Vec<String> = Vec::new();
        for uuid in uuids_in(text) {
            if !fixed(&uuid) && !known.contains(&uuid) {
                known.push(uuid);
            }
        }
        *text = replace_uuids(text, &|uuid| {
            // as long as a UUID, since tables are aligned
            let at = known.iter().position(|k| k == uuid)?;
            Some(if case.unordered { "#".repeat(36) } else { format!("{at:#>36}") })
        });
        if case.unordered {
            *text = without_short_links(text);
        }
        *text = without_times(&text.replace(folder.to_str().unwrap(), "{DIR}"));
    }
    outcome.stderr = plain_log(&outcome.stderr);
    if case.unordered {
        outcome.stdout = sorted(&outcome.stdout);
    }
    if case.records {
        outcome.stdout = outcome.stdout.lines().map(record).collect::<Vec<_>>().join("\n");
    }
    outcome
}

/// HTML shows the first 8 digits of an identity.
fn without_short_links(text: &str) -> String {
    let mut parts = text.split("###\">");
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        plain.push_str("###\">");
        plain.push_str(if part.get(8..).is_some_and(|rest| rest.starts_with("</a>")) {
            &part[8..]
        } else {
            part
        });
    }
    plain
}

/// A line of a database file without the checksum, the date, and the order of members.
fn record(line: &str) -> String {
    if let Some((length, _checksum)) = line.strip_prefix("OVSDB JSON ").and_then(|rest| rest.split_once(' '))
    {
        return format!("{length} bytes");
    }
    let mut record: serde_json::Value = serde_json::from_str(line).unwrap();
    if let Some(date) = record.get_mut("_date") {
        assert!(date.as_u64().unwrap() > 1_700_000_000_000);
        *date = serde_json::Value::Null;
    }
    record.to_string()
}

/// `TIME` for `2026-11-22 21:01:34.492`.
fn without_times(text: &str) -> String {
    let is_time = |window: &[u8]| {
        window.iter().zip(b"dddd-dd-dd dd:dd:dd.ddd").all(|(byte, form)| match form {
            b'd' => byte.is_ascii_digit(),
            other => byte == other,
        })
    };
    let mut rest = text;
    let mut plain = String::new();
    while let Some(at) = rest.as_bytes().windows(23).position(is_time) {
        plain.push_str(&rest[..at]);
        plain.push_str("TIME");
        rest = &rest[at + 23..];
    }
    plain + rest
}

fn observe(program: &Path, zoo: &Zoo, case: &Case) -> Seen {
    let mut command = command(program, zoo.folder(), case);
    command.env("OVS_CTL_TIMEOUT", "20");
    let outcome = plain(run(command), zoo.folder(), case);
    let contents = if case.writes {
        let contents =
            zoo.contents().into_iter().map(|row| replace_uuids(&row, &|_| Some("uuid".to_owned())));
        let mut contents: Vec<String> = contents.collect();
        contents.sort();
        contents
    } else {
        Vec::new()
    };
    Seen { outcome, contents }
}

fn difference(expected: &Seen, seen: &Seen, allowed: &[Allowed]) -> Option<String> {
    if allowed.contains(&Allowed::Anything) {
        return None;
    }
    let mut text = String::new();
    let mut field = |what: &str, expected: &str, seen: &str| {
        if expected != seen {
            writeln!(text, "  {what}\n    C:    {:?}\n    ours: {:?}", shortened(expected), shortened(seen))
                .unwrap();
        }
    };
    field("status", &expected.outcome.status, &seen.outcome.status);
    if !allowed.contains(&Allowed::AnyStdout) {
        field("stdout", &expected.outcome.stdout, &seen.outcome.stdout);
    }
    let filter = |text: String, rule: &Allowed| rule.filter_stderr(&text, &seen.outcome.stderr);
    let filtered = |text: &str| allowed.iter().fold(text.to_owned(), filter);
    field("stderr", &filtered(&expected.outcome.stderr), &filtered(&seen.outcome.stderr));
    field("contents", &expected.contents.join("\n"), &seen.contents.join("\n"));
    (!text.is_empty()).then_some(text)
}

/// Runs every case of `ovsdb-once.txt` by the C program of `release` and by ours, both against `server`.
fn compare_once(release: &str, server: &Path) {
    let newest = Release::find("26.03");
    let (reference, newer) = (Release::find(release).program(C_NAME), newest.program(C_NAME));
    let on_purpose = OnPurpose::read_from("ovsdb-on-purpose.txt", release, false);
    let (mut wrong, mut compared) = (String::new(), 0);
    for (range, cases) in cases("ovsdb-once.txt", release) {
        let zoo = Zoo::start_by(server, &newest, range);
        for case in &cases {
            compared += 1;
            let allowed = on_purpose.of(&case.text);
            let of = if allowed.contains(&Allowed::AsNewest) { &newer } else { &reference };
            let observe = |program: &Path| {
                let seen = observe(program, &zoo, case);
                if case.writes {
                    let _ = Command::new(&newer)
                        .arg("convert")
                        .arg("unix:db.sock")
                        .arg("zoo.ovsschema")
                        .current_dir(zoo.folder())
                        .env("OVS_RUNDIR", zoo.folder())
                        .status();
                    zoo.fill();
                }
                seen
            };
            let (expected, seen) = (observe(of), observe(&ours()));
            if let Some(difference) = difference(&expected, &seen, &allowed) {
                writeln!(wrong, "\novsdb-once.txt:{}: {}\n{difference}", case.number, case.text).unwrap();
            }
        }
    }
    println!("{compared} command lines compared with {C_NAME} of {release}");
    assert!(wrong.is_empty(), "{wrong}");
}

/// What the cases of `ovsdb-live.txt` print while rows change and until the server ends.
fn live(program: &Path, cases: &[Case], range: Range) -> Vec<Seen> {
    let zoo = Zoo::start(&Release::find("26.03"), range);
    let folder = zoo.folder().to_owned();
    let running: Vec<_> = cases
        .iter()
        .map(|case| {
            let mut command = command(program, &folder, case);
            command.stdout(Stdio::piped()).stderr(Stdio::piped());
            let child = command.spawn().unwrap();
            std::thread::spawn(move || child.wait_with_output().unwrap())
        })
        .collect();
    zoo.await_requests(cases.len());
    zoo.change();
    drop(zoo);
    let ended = running.into_iter().map(|thread| thread.join().unwrap());
    let seen = ended.zip(cases).map(|(output, case)| {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let status = output.status.code().map_or("signal".to_owned(), |code| format!("exit {code}"));
        let outcome = Outcome { stdout: text(&output.stdout), stderr: text(&output.stderr), status };
        Seen { outcome: plain(outcome, &folder, case), contents: Vec::new() }
    });
    seen.collect()
}

fn compare_live(release: &str) {
    let reference = Release::find(release).program(C_NAME);
    let on_purpose = OnPurpose::read_from("ovsdb-on-purpose.txt", release, false);
    let mut wrong = String::new();
    for (range, cases) in cases("ovsdb-live.txt", release) {
        let (expected, seen) = (live(&reference, &cases, range), live(&ours(), &cases, range));
        for ((case, expected), seen) in cases.iter().zip(expected).zip(seen) {
            if let Some(difference) = difference(&expected, &seen, &on_purpose.of(&case.text)) {
                writeln!(wrong, "\novsdb-live.txt:{}: {}\n{difference}", case.number, case.text).unwrap();
            }
        }
        println!("{} command lines compared with {C_NAME} of {release} while rows changed", cases.len());
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn once_as_3_1() {
    compare_once("23.03", &Release::find("26.03").program("ovsdb-server"));
}

#[test]
fn once_as_4_0() {
    compare_once("26.03", &Release::find("26.03").program("ovsdb-server"));
}

/// The same lines, by both programs, against our own server.
#[test]
fn once_against_our_server() {
    compare_once("26.03", Path::new(env!("CARGO_BIN_EXE_ovsdb-server")));
}

#[test]
fn live_as_3_1() {
    compare_live("23.03");
}

#[test]
fn live_as_4_0() {
    compare_live("26.03");
}
