//! Arguments that are not UTF-8: taken as file names by every program, refused as values, as by the
//! C programs.

use crate::release::{Database, Release};
use crate::server::Folder;
use crate::tool::Tools;
use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A word from bytes.
fn raw(bytes: &[u8]) -> OsString {
    OsString::from_vec(bytes.to_vec())
}

/// What a program prints, byte by byte, and how it ends.
#[derive(Debug, PartialEq)]
struct Printed {
    stdout: String,
    stderr: String,
    status: String,
}

fn run(program: &Path, name: &str, folder: &Path, words: &[OsString]) -> Printed {
    let mut command = Command::new(program);
    command.arg0(name).args(words).current_dir(folder).stdin(Stdio::null());
    command.env("OVS_RUNDIR", folder).env("OVN_RUNDIR", folder).env("OVS_SYSLOG_METHOD", "null");
    let output = command.output().unwrap();
    let text = |bytes: Vec<u8>| bytes.escape_ascii().to_string();
    Printed { stdout: text(output.stdout), stderr: text(output.stderr), status: output.status.to_string() }
}

/// A folder whose name is not UTF-8, and our server in it, with every path given to it in that
/// folder.
struct Site {
    folder: Folder,
    pid: String,
}

impl Site {
    fn start() -> Site {
        let folder = Folder::new();
        let odd = folder.path().join(raw(b"d\xff"));
        std::fs::create_dir(&odd).unwrap();
        let schema = Release::find("26.03").schema(Database::Nb);
        let tool = Path::new(env!("CARGO_BIN_EXE_ovsdb-tool"));
        let create = [raw(b"create"), raw(b"d\xff/n.db"), schema.into_os_string()];
        let printed = run(tool, "ovsdb-tool", folder.path(), &create);
        assert_eq!(printed.status, "exit status: 0", "{printed:?}");
        let pidfile = [b"--pidfile=".as_slice(), odd.as_os_str().as_bytes(), b"/pid"].concat();
        let words = [
            raw(b"--detach"),
            raw(b"-vconsole:off"),
            raw(&pidfile),
            raw(b"--log-file=d\xff/l"),
            raw(b"--unixctl=d\xff/ctl"),
            raw(b"--remote=punix:d\xff/s"),
            raw(b"d\xff/n.db"),
        ];
        let server = Path::new(env!("CARGO_BIN_EXE_ovsdb-server"));
        let printed = run(server, "ovsdb-server", folder.path(), &words);
        assert_eq!(printed.status, "exit status: 0", "{printed:?}");
        let pid = std::fs::read_to_string(odd.join("pid")).unwrap().trim().to_owned();
        Site { folder, pid }
    }

    fn odd(&self) -> PathBuf {
        self.folder.path().join(raw(b"d\xff"))
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        let _ = Command::new("kill").arg(&self.pid).status();
    }
}

#[test]
fn the_server_takes_any_bytes_in_its_paths() {
    let site = Site::start();
    for name in ["l", "ctl", "s", "pid"] {
        assert!(site.odd().join(name).exists(), "{name}");
    }
    UnixStream::connect(site.odd().join("s")).unwrap();
    let log = std::fs::read(site.odd().join("l")).unwrap();
    assert!(log.escape_ascii().to_string().contains(r"opened log file "), "{}", log.escape_ascii());
    assert!(log.escape_ascii().to_string().contains(r"/d\xff/l\n"), "{}", log.escape_ascii());
    let missing = [raw(b"--unixctl=none"), raw(b"-vsyslog:off"), raw(b"d\xff/none.db")];
    let server = Path::new(env!("CARGO_BIN_EXE_ovsdb-server"));
    let printed = run(server, "ovsdb-server", site.folder.path(), &missing);
    let why = r"|WARN|failed to open database \'d\xff/none.db\': I/O error: d\xff/none.db: open failed (";
    assert!(printed.stderr.contains(why), "{printed:?}");
}

#[test]
fn every_tool_prints_and_does_with_them_what_the_c_tool_does() {
    let site = Site::start();
    let release = Release::find("26.03");
    let check = |name: &str, ours: &Path, words: &[&[u8]]| {
        let words: Vec<OsString> = words.iter().map(|word| raw(word)).collect();
        let printed = run(ours, name, site.folder.path(), &words);
        assert_eq!(printed, run(&release.program(name), name, site.folder.path(), &words), "{words:?}");
        printed
    };
    let nbctl = Tools::under_test().program(Database::Nb);
    let nb = |words: &[&[u8]]| check("ovn-nbctl", &nbctl, words);
    let db: &[u8] = b"--db=unix:d\xff/s";
    assert_eq!(nb(&[db, b"--may-exist", b"ls-add", b"a"]).status, "exit status: 0");
    assert_eq!(nb(&[db, b"--bare", b"--columns=name", b"list", b"Logical_Switch"]).stdout, r"a\n");
    nb(&[db, b"--log-file=d\xff/tool", b"-p", b"d\xff/key", b"get", b"Logical_Switch", b"a", b"name"]);
    assert!(site.odd().join("tool").exists());
    nb(&[b"--db=unix:d\xff/none", b"show"]);
    nb(&[db, b"l\xff"]);
    nb(&[db, b"--l\xff"]);
    // values
    nb(&[db, b"set", b"NB_Global", b".", b"name=\xff"]);
    nb(&[db, b"set", b"NB_Global", b".", b"external_ids:a=\x80b"]);
    nb(&[db, b"find", b"NB_Global", b"name=\xff"]);

    let client = Path::new(env!("CARGO_BIN_EXE_ovsdb"));
    let client = |words: &[&[u8]]| check("ovsdb-client", client, words);
    assert!(client(&[b"list-dbs", b"unix:d\xff/s"]).stdout.contains("OVN_Northbound"));
    client(&[b"list-dbs", b"unix:d\xff/none"]);
    std::fs::copy(release.schema(Database::Nb), site.odd().join("s.ovsschema")).unwrap();
    client(&[b"needs-conversion", b"unix:d\xff/s", b"d\xff/s.ovsschema"]);
    client(&[b"needs-conversion", b"unix:d\xff/s", b"d\xff/none"]);

    let tool = Path::new(env!("CARGO_BIN_EXE_ovsdb-tool"));
    let tool = |words: &[&[u8]]| check("ovsdb-tool", tool, words);
    std::fs::copy(site.odd().join("n.db"), site.odd().join("copy.db")).unwrap();
    assert_eq!(tool(&[b"db-name", b"d\xff/copy.db"]).stdout, r"OVN_Northbound\n");
    tool(&[b"db-name", b"d\xff/none.db"]);
    tool(&[b"schema-version", b"d\xff/s.ovsschema"]);
    tool(&[b"compact", b"d\xff/copy.db"]);
    tool(&[b"create", b"d\xff/copy.db", b"d\xff/s.ovsschema"]);
}

/// The C tools send these, and the server refuses them, or find no such name.
#[test]
fn a_name_that_is_not_text_is_refused_with_the_reason() {
    let site = Site::start();
    let text = r"constraint violation: not a valid UTF-8 string: invalid UTF-8 sequence 0xff\n";
    let nbctl = Tools::under_test().program(Database::Nb);
    for words in [[b"ls-add".as_slice(), b"a\xffb"], [b"ls-del", b"a\xffb"]] {
        let words = [raw(b"--db=unix:d\xff/s"), raw(words[0]), raw(words[1])];
        let printed = run(&nbctl, "ovn-nbctl", site.folder.path(), &words);
        assert_eq!(
            (printed.stderr, printed.status.as_str()),
            (format!("ovn-nbctl: {text}"), "exit status: 1")
        );
    }
    let client = Path::new(env!("CARGO_BIN_EXE_ovsdb"));
    let words = [raw(b"transact"), raw(b"unix:d\xff/s"), raw(b"[\"D\xff\"]")];
    let printed = run(client, "ovsdb-client", site.folder.path(), &words);
    assert_eq!(printed.stderr, format!("ovsdb-client: {text}"));
}
