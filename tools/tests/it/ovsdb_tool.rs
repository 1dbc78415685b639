//! Does `ovsdb-tool` do and print the same as the C program, and leave the same files?
//!
//! A line of `tests/cases/ovsdb-tool.txt` is what follows the program's name, split as a shell does. All run one after the other in one folder, once by us and
//! once by the program of each release (`[unordered]` before it: lines of stdout come in the order of a hash table, and are compared sorted); after each, what was printed, the exit status and the records of all databases are compared. What differs on purpose is
//! listed in `ovsdb-tool-on-purpose.txt`, in the form of `on-purpose.txt`.

use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use ovsdb_server::storage::{self, OpenOptions, Opened};

use crate::cases::split_words;
use crate::diff::{plain_log, sorted};
use crate::dump::{replace_uuids, uuids_in};
use crate::on_purpose::{Allowed, OnPurpose};
use crate::release::Release;
use crate::server::Folder;
use crate::tool::{Outcome, run};

const ZOO: &str = r#"{"name":"Zoo","version":"1.0.0","cksum":"12 34","tables":{
    "Animal":{"isRoot":true,"columns":{
        "name":{"type":"string"},
        "legs":{"type":{"key":{"type":"integer","minInteger":0,"maxInteger":8}}},
        "weight":{"type":{"key":"real","min":0,"max":1}},
        "mood":{"type":"string","ephemeral":true},
        "friends":{"type":{"key":{"type":"uuid","refTable":"Animal"},"min":0,"max":"unlimited"}},
        "notes":{"type":{"key":"string","value":"string","min":0,"max":"unlimited"}}}},
    "Plant":{"isRoot":true,"columns":{"name":{"type":"string"}}}}}"#;

/// One side: the program, and the folder that it works in.
struct Side {
    program: PathBuf,
    folder: Folder,
    // held by this process, so that the program finds the file locked
    _locked: Opened,
}

/// What can be seen after a line.
#[derive(Clone, Debug, PartialEq)]
struct Seen {
    outcome: Outcome,
    files: BTreeMap<String, Vec<String>>,
}

impl Side {
    fn new(program: PathBuf, template: &Path) -> Side {
        let folder = Folder::new();
        for entry in fs::read_dir(template).unwrap() {
            let entry = entry.unwrap();
            fs::copy(entry.path(), folder.path().join(entry.file_name())).unwrap();
        }
        fs::create_dir(folder.path().join("folder")).unwrap();
        std::os::unix::fs::symlink("zoo.db", folder.path().join("link.db")).unwrap();
        std::os::unix::fs::symlink("there.db", folder.path().join("dangling.db")).unwrap();
        let locked = storage::open(&folder.path().join("locked.db"), OpenOptions::default()).unwrap();
        Side { program, folder, _locked: locked }
    }

    fn run(&self, words: &[String]) -> Seen {
        let mut command = Command::new(&self.program);
        command
            .arg0("ovsdb-tool")
            .args(words)
            .env_clear()
            .current_dir(self.folder.path())
            .stdin(Stdio::null());
        command.env("PATH", "/usr/bin:/bin").env("LC_ALL", "C.UTF-8").env("OVS_SYSLOG_METHOD", "null");
        for variable in ["OVS_DBDIR", "OVS_PKGDATADIR", "OVS_RUNDIR", "OVS_LOGDIR", "HOME"] {
            command.env(variable, self.folder.path());
        }
        let mut outcome = run(command);
        let folder = self.folder.path().display().to_string();
        // libc's option parser names the program by its path where a wrapper starts it
        let path = self.program.display().to_string();
        outcome.stderr = plain_log(&outcome.stderr).replace(&path, "ovsdb-tool").replace(&folder, "DIR");
        outcome.stdout = plain(&outcome.stdout);
        Seen { outcome, files: self.files() }
    }

    /// The records of all databases in one form.
    fn files(&self) -> BTreeMap<String, Vec<String>> {
        let mut files = BTreeMap::new();
        for entry in fs::read_dir(self.folder.path()).unwrap() {
            let entry = entry.unwrap();
            let name = entry.file_name().into_string().unwrap();
            if name.ends_with(".db") && entry.path().is_file() {
                let content = fs::read(entry.path()).unwrap();
                let lines = String::from_utf8_lossy(&content).lines().map(json).collect();
                files.insert(name, lines);
            }
        }
        files
    }
}

/// A line of a database file, as far as two programs write it alike.
fn json(line: &str) -> String {
    let Ok(mut value) = serde_json::from_str::<Value>(line) else {
        return if line.starts_with("OVSDB JSON ") { "OVSDB JSON".to_owned() } else { line.to_owned() };
    };
    if let Some(tables) = value.get("tables") {
        // schemas have several spellings; which one it is was asked for by other means
        return format!("{} {} {}", value["name"], value["version"], tables.as_object().unwrap().len());
    }
    if let Some(date) = value.get_mut("_date").filter(|date| date.as_i64() > Some(1_700_000_000_000)) {
        *date = Value::from("NOW");
    }
    plain(&value.to_string())
}

/// A text with the moments of this run and the version of the program taken out, and new UUIDs by number.
fn plain(text: &str) -> String {
    let text = text
        .replace("by ovsdb-tool 3.1.0", "by ovsdb-tool N")
        .replace("by ovsdb-tool 4.0.0", "by ovsdb-tool N");
    let mut names = BTreeMap::new();
    for uuid in uuids_in(&text).into_iter().filter(|uuid| !uuid.starts_with("00000000-")) {
        let name = format!("UUID{}", names.len());
        names.entry(uuid).or_insert(name);
    }
    let text = replace_uuids(&text, &|uuid| names.get(uuid).cloned());
    let lines = text.split('\n').map(|line| match line.split_once(": 20") {
        Some((record, rest)) if record.starts_with("record ") => {
            format!("{record}: TIME{}", rest.get("26-11-22 20:55:54.345".len()..).unwrap_or_default())
        }
        _ => line.to_owned(),
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// A file of these records.
fn write(path: &Path, records: &[&str]) -> Vec<u8> {
    let (mut file, mut buffer) = (Vec::new(), Vec::new());
    for record in records {
        let record: String = record.lines().map(str::trim).collect();
        file.extend(storage::log::frame(&mut buffer, |out| out.extend(record.bytes())));
    }
    fs::write(path, &file).unwrap();
    file
}

/// The files that the lines find, the same for both sides.
fn template(folder: &Path, newest: &Release) {
    let at = |name: &str| folder.join(name);
    let put = |name: &str, text: &str| fs::write(at(name), text).unwrap();
    put("zoo.ovsschema", ZOO);
    put("zoo2.ovsschema", &ZOO.replace("1.0.0", "2.0.0").replace(r#""name":{"type":"string"},"#, ""));
    put("narrow.ovsschema", &ZOO.replace(r#""maxInteger":8"#, r#""maxInteger":5"#));
    put("vswitch.ovsschema", &ZOO.replace("Zoo", "Default"));
    put("plain.ovsschema", r#"{"name":"Plain","tables":{"T":{"columns":{"a":{"type":"string"}}}}}"#);
    put("bad.ovsschema", r#"{"name":1}"#);
    put("badversion.ovsschema", r#"{"name":"X","version":"1.2","tables":{}}"#);
    put("words", "some words\n");
    put("empty", "");
    write(&at("locked.db"), &[ZOO]);
    write(&at("array.db"), &["[]"]);

    let [a, b] = ["00000000-0000-4000-8000-00000000000a", "00000000-0000-4000-8000-00000000000b"];
    let odd = [
        r#"{"Animal":{},"_date":1}"#.to_owned(),
        r#"{"_date":"x"}"#.to_owned(),
        r#"{"Animal":{},"Z":{"x":{"q":[1,{"b":1,"a":2}]}},"_date":5000000000}"#.to_owned(),
        format!(r#"{{"Animal":{{"{a}":{{"legs":"x","name":"n"}},"{b}":{{"legs":2}}}},"_comment":5}}"#),
        format!(r#"{{"Animal":{{"{a}":{{"name":"m"}},"{b}":7}},"_is_diff":1}}"#),
        format!(r#"{{"Animal":{{"{a}":{{"name":[1]}},"{b}":{{"name":"late"}}}},"_is_diff":true}}"#),
        format!(r#"{{"Animal":{{"{a}":null,"{b}":{{"weight":["set",[1.5,2]]}}}},"_is_diff":true}}"#),
        format!(r#"{{"Animal":{{"{a}":{{}},"{b}":null,"c":null}}}}"#),
        r#"{"Animal":5,"_comment":"q\"uote\n"}"#.to_owned(),
        "[]".to_owned(),
    ];
    let odd: Vec<&str> = std::iter::once(ZOO).chain(odd.iter().map(String::as_str)).collect();
    write(&at("odd.db"), &odd);

    let row =
        |n: u32| format!(r#""00000000-0000-4000-8000-{n:012}":{{"name":"animal {n}","legs":{}}}"#, n % 8);
    let rows: Vec<String> = (0..500).map(row).collect();
    let many = format!(r#"{{"_date":1800000000000,"Animal":{{{}}}}}"#, rows.join(","));
    write(&at("many.db"), &[ZOO, &many]);

    let insert = |n: u32| format!(r#"{{"_date":1800000000000,"Animal":{{{}}}}}"#, row(n));
    let whole = write(&at("torn.db"), &[ZOO, &insert(1), &insert(2)]);
    fs::write(at("torn.db"), &whole[..whole.len() - 20]).unwrap();
    let last = (0..whole.len()).rev().find(|at| whole[*at..].starts_with(b"OVSDB")).unwrap();
    fs::write(at("tornline.db"), &whole[..last + 30]).unwrap();
    let mut damaged = whole.clone();
    damaged[last - 10] ^= 1;
    fs::write(at("damaged.db"), damaged).unwrap();
    fs::write(at("garbage.db"), [&whole[..last], b"garbage \"x\"\nmore\n"].concat()).unwrap();

    let tool = |words: &[&str]| {
        let done =
            Command::new(newest.program("ovsdb-tool")).args(words).current_dir(folder).output().unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    };
    tool(&["create-cluster", "cluster.db", "zoo.ovsschema", "tcp:127.0.0.1:6644"]);
    tool(&["join-cluster", "joining.db", "Zoo", "tcp:127.0.0.1:6644", "tcp:127.0.0.1:6645"]);
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.to_string_lossy().ends_with("~lock~") {
            fs::remove_file(path).unwrap();
        }
    }
}

fn lines() -> Vec<(usize, String)> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/ovsdb-tool.txt");
    let text = fs::read_to_string(path).unwrap();
    let lines = (1..).zip(text.lines().map(str::to_owned));
    lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#')).collect()
}

fn outcome(allowed: &[Allowed], seen: &Seen, ours: &str) -> Outcome {
    let mut outcome = seen.outcome.clone();
    for allowed in allowed {
        outcome.stderr = allowed.filter_stderr(&outcome.stderr, ours);
        if *allowed == Allowed::AnyStdout {
            outcome.stdout.clear();
        }
    }
    outcome
}

fn compare(release: &Release, version: &str) {
    let newest = Release::find("26.03");
    let files = Folder::new();
    template(files.path(), &newest);
    let side = |program: PathBuf| Side::new(program, files.path());
    let (ours, theirs) = (side(env!("CARGO_BIN_EXE_ovsdb-tool").into()), side(release.program("ovsdb-tool")));
    let best = side(newest.program("ovsdb-tool"));
    let on_purpose = OnPurpose::read_from("ovsdb-tool-on-purpose.txt", version, false);
    let mut wrong = String::new();
    for (number, line) in lines() {
        let unordered = line.strip_prefix("[unordered] ");
        let words = split_words(unordered.unwrap_or(&line)).unwrap();
        let [our, their, newest] = [&ours, &theirs, &best].map(|side| side.run(&words));
        let allowed = on_purpose.of(&line);
        let expect = if allowed.contains(&Allowed::AsNewest) { &newest } else { &their };
        let [found, wanted] = [&our, expect].map(|seen| {
            let mut outcome = outcome(&allowed, seen, &our.outcome.stderr);
            if unordered.is_some() {
                outcome.stdout = sorted(&outcome.stdout);
            }
            outcome
        });
        if allowed.contains(&Allowed::Anything) {
            continue;
        }
        if found != wanted {
            writeln!(wrong, "line {number}: {line}\n  ours   {found:?}\n  theirs {wanted:?}").unwrap();
        }
        if our.files != expect.files {
            let differ = our.files.iter().filter(|(name, file)| expect.files.get(*name) != Some(file));
            let differ: Vec<_> = differ.map(|(name, file)| (name, file, expect.files.get(name))).collect();
            let missing: Vec<_> = expect.files.keys().filter(|name| !our.files.contains_key(*name)).collect();
            writeln!(wrong, "line {number}: {line}\n  files {differ:?}\n  missing {missing:?}").unwrap();
        }
    }
    assert!(wrong.is_empty(), "{version}:\n{wrong}");
}

#[test]
fn as_the_program_of_3_1() {
    compare(&Release::find("23.03"), "3.1");
}

#[test]
fn as_the_program_of_4_0() {
    compare(&Release::find("26.03"), "4.0");
}

#[test]
fn a_damaged_database_is_recovered_into_a_new_file_and_stays_as_it_is() {
    let folder = Folder::new();
    let at = |name: &str| folder.path().join(name);
    let insert = |n: u32| {
        format!(
            r#"{{"_date":1800000000000,"Plant":{{"00000000-0000-4000-8000-{n:012}":{{"name":"plant {n}"}}}}}}"#
        )
    };
    let delete =
        r#"{"_date":1800000000000,"_comment":"fell","Plant":{"00000000-0000-4000-8000-000000000002":null}}"#;
    let mut bytes = write(&at("zoo.db"), &[ZOO, &insert(1), &insert(2), delete, &insert(3)]);
    let starts: Vec<usize> = (0..bytes.len()).filter(|at| bytes[*at..].starts_with(b"OVSDB JSON ")).collect();
    bytes[starts[2] + 80] ^= 1;
    fs::write(at("zoo.db"), &bytes).unwrap();
    let recover = |words: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ovsdb-tool"));
        command.arg("recover").args(words).current_dir(folder.path()).env("TZ", "UTC");
        run(command)
    };
    let lost = starts[3] - starts[2];
    let expect = |end: &str| {
        format!(
            "zoo.db: offset {}: {lost} bytes lost: SUM\n\
             zoo.db: offset {}: transaction left out: transaction deletes row 00000000-0000-4000-8000-000000000002 \
             of table Plant that does not exist (2027-01-15 08:00:00.000, \"fell\")\n\
             zoo.db: rows first seen behind a loss, which may lack columns: 1\n  \
             Plant 00000000-0000-4000-8000-000000000003\n\
             zoo.db: 2 transactions kept with 2 rows, 1 left out, {lost} bytes lost\n{end}\n",
            starts[2], starts[3]
        )
    };
    // the checksums are another test's
    let seen = |outcome: Outcome| {
        let (start, rest) = outcome.stdout.split_once("bytes lost: ").unwrap();
        let (_, rest) = rest.split_once('\n').unwrap();
        (outcome.status.clone(), format!("{start}bytes lost: SUM\n{rest}"), outcome.stderr)
    };
    let looked = recover(&["zoo.db"]);
    assert_eq!(
        seen(looked),
        ("exit 2".to_owned(), expect("nothing was written, since no TARGET was given"), String::new())
    );
    assert!(!at("new.db").exists());
    let written = recover(&["zoo.db", "new.db"]);
    assert_eq!(seen(written), ("exit 0".to_owned(), expect("written to new.db"), String::new()));
    assert_eq!(fs::read(at("zoo.db")).unwrap(), bytes);
    for release in ["23.03", "26.03"].map(Release::find) {
        let mut command = Command::new(release.program("ovsdb-tool"));
        let query =
            r#"["Zoo",{"op":"select","table":"Plant","where":[],"columns":["name"],"sort":["name"]}]"#;
        command.args(["query", "new.db", query]).current_dir(folder.path());
        let said = run(command).stdout;
        assert!(said.contains("plant 1") && said.contains("plant 3") && !said.contains("plant 2"), "{said}");
    }
    // what is there is not overwritten, the database itself least of all
    for target in ["new.db", "zoo.db"] {
        let refused = recover(&["zoo.db", target]);
        let text = format!("ovsdb-tool: I/O error: {target}: create failed (File exists)\n");
        assert_eq!(
            (refused.status, refused.stdout, refused.stderr),
            ("exit 1".to_owned(), String::new(), text)
        );
    }
    assert_eq!(fs::read(at("zoo.db")).unwrap(), bytes);
    let whole = recover(&["new.db"]);
    assert_eq!(whole.status, "exit 0");

    // a schema that cannot be read is given
    bytes[5] ^= 1;
    fs::write(at("zoo.db"), &bytes).unwrap();
    assert_eq!(recover(&["zoo.db", "other.db"]).status, "exit 1");
    fs::write(at("zoo.ovsschema"), ZOO).unwrap();
    assert_eq!(recover(&["zoo.db", "other.db", "zoo.ovsschema"]).status, "exit 0");
}
