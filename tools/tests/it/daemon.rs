//! Our ovsdb-server as a daemon: detached, with a pid file, a control socket, and messages that say
//! what is wrong.

use crate::release::Release;
use crate::server::Folder;
use crate::tool::{Outcome, run};
use ovsdb_proto::schema::DatabaseSchema;
use std::io::Read as _;
use std::os::unix::net::UnixStream;
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const SCHEMA: &str = r#"{"name":"D","version":"1.0.0","tables":{
    "Root":{"columns":{"targets":{"type":{"key":"string","min":0,"max":"unlimited"}}},"isRoot":true}}}"#;

pub(crate) fn database(folder: &Folder, name: &str) {
    let schema = DatabaseSchema::parse(SCHEMA).unwrap();
    ovsdb_server::storage::create(&folder.path().join(name), &schema).unwrap();
}

pub(crate) fn command(folder: &Folder, words: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ovsdb-server"));
    command.args(words.split_whitespace()).current_dir(folder.path()).stdin(Stdio::null());
    let path = folder.path();
    command.env("OVS_RUNDIR", path).env("OVS_LOGDIR", path).env("OVS_DBDIR", path);
    command.env("OVS_SYSLOG_METHOD", "null");
    command
}

pub(crate) fn serve(folder: &Folder, words: &str) -> Outcome {
    run(command(folder, words))
}

/// What ovs-appctl prints; its complaints too.
pub(crate) fn appctl(folder: &Folder, words: &str) -> String {
    let mut command = Command::new(Release::find("23.03").program("ovs-appctl"));
    command.args(["-T", "20", "-t", "ovsdb-server"]).args(words.split_whitespace());
    let outcome = run({
        command.env("OVS_RUNDIR", folder.path());
        command
    });
    outcome.stdout + &outcome.stderr
}

/// Ends what runs in a folder when the test is over, however it ends.
pub(crate) struct Running<'a>(pub(crate) &'a Folder);

impl Running<'_> {
    pub(crate) fn pid(&self) -> String {
        std::fs::read_to_string(self.0.path().join("ovsdb-server.pid")).unwrap_or_default().trim().to_owned()
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        let pid = self.pid();
        if !pid.is_empty() {
            let _ = Command::new("kill").arg(pid).status();
        }
    }
}

pub(crate) fn until(what: &str, condition: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(60);
    while !condition() {
        assert!(Instant::now() < deadline, "{what}");
        std::thread::yield_now();
    }
}

pub(crate) fn exists(folder: &Folder, name: &str) -> bool {
    folder.path().join(name).exists()
}

#[test]
fn detached_it_serves_when_the_command_returns() {
    let folder = Folder::new();
    database(&folder, "d.db");
    let options = "--detach --no-chdir -vconsole:off -vsocket_util:console:info --pidfile --log-file \
                   --remote=punix:s --remote=ptcp:0:127.0.0.1 d.db";
    let outcome = serve(&folder, options);
    let running = Running(&folder);
    assert_eq!((outcome.status.as_str(), outcome.stdout.as_str()), ("exit 0", ""));
    let port: u16 = outcome.stderr.trim().rsplit(' ').next().unwrap().parse().unwrap();
    assert!(
        outcome.stderr.contains("|socket_util|INFO|0:127.0.0.1: listening on port "),
        "{}",
        outcome.stderr
    );
    // at once, without waiting for anything
    UnixStream::connect(folder.path().join("s")).unwrap();
    std::net::TcpStream::connect(("127.0.0.1", port)).unwrap();
    let pid = running.pid();
    assert_eq!(std::fs::read_to_string(format!("/proc/{pid}/comm")).unwrap(), "ovsdb-server\n");

    let text = serve(&folder, "--pidfile --no-dbs").stderr;
    let path = folder.path().display();
    assert_eq!(
        text,
        format!("ovsdb-server: {path}/ovsdb-server.pid: already running as pid {pid}, aborting\n")
    );
    let text = serve(&folder, "-vconsole:off d.db").stderr;
    assert_eq!(text, "ovsdb-server: server configuration failed\n");
    let text = serve(&folder, "d.db").stderr;
    assert!(text.contains(&format!("d.db: the database is in use by process {pid}\n")), "{text}");

    Command::new("kill").arg(&pid).status().unwrap();
    until("all is removed", || !exists(&folder, "ovsdb-server.pid"));
    assert!(!exists(&folder, "s") && !exists(&folder, &format!("ovsdb-server.{pid}.ctl")));
    let log = std::fs::read_to_string(folder.path().join("ovsdb-server.log")).unwrap();
    assert!(log.contains("|ovsdb_server|INFO|ovsdb-server (Open vSwitch) "), "{log}");
    assert!(log.ends_with("|fatal_signal|WARN|terminating with signal 15 (Terminated)\n"), "{log}");
}

#[test]
fn it_is_controlled_by_ovs_appctl() {
    let folder = Folder::new();
    database(&folder, "d.db");
    let outcome =
        serve(&folder, "--detach --no-chdir -vconsole:off --pidfile --remote=db:D,Root,targets d.db");
    assert_eq!(outcome.status, "exit 0", "{}", outcome.stderr);
    let running = Running(&folder);
    let check = |words: &str, expect: &str| {
        assert_eq!(
            appctl(&folder, words),
            expect.replace("DIR", &folder.path().to_string_lossy()),
            "{words}"
        );
    };
    let failed = "ovs-appctl: ovsdb-server: server returned an error\n";
    assert!(appctl(&folder, "version").starts_with("ovsdb-server (Open vSwitch) "));
    assert!(appctl(&folder, "list-commands").starts_with("The available commands are:\n  exit "));
    check("ovsdb-server/list-remotes", "db:D,Root,targets\n");
    check("ovsdb-server/add-remote punix:x", "");
    until("it listens", || exists(&folder, "x"));
    check("ovsdb-server/list-remotes", "db:D,Root,targets\npunix:x\n");
    check("ovsdb-server/remove-remote punix:x", "");
    check("ovsdb-server/remove-remote punix:x", &format!("no such remote\n{failed}"));
    check("ovsdb-server/add-remote db:D,foo,bar", &format!("\"db:D,foo,bar\": no table named foo\n{failed}"));
    check("ovsdb-server/list-dbs", "D\n_Server\n");
    check("ovsdb-server/compact", "");
    check("ovsdb-server/compact X", &format!("no database by that name\n{failed}"));
    check("ovsdb-server/add-db d.db", &format!("ovsdb error: d.db: already open\n{failed}"));
    let missing = format!("I/O error: x.db: open failed (No such file or directory)\n{failed}");
    check("ovsdb-server/add-db x.db", &missing);
    check("ovsdb-server/remove-db D", "");
    check("ovsdb-server/remove-db D", &format!("Failed to find the database.\n{failed}"));
    check("ovsdb-server/add-db d.db", "");
    check("ovsdb-server/list-dbs", "D\n_Server\n");
    check("ovsdb-server/sync-status", "state: active\n");
    check("ovsdb-server/reconnect", "");
    check("vlog/set foo", &format!("no destination, level, or module \"foo\"\n{failed}"));
    check("vlog/set jsonrpc:dbg", "");
    assert!(appctl(&folder, "vlog/list").contains("\njsonrpc            DBG        DBG        DBG\n"));
    check("exit", "");
    until("it has ended", || !exists(&folder, "ovsdb-server.pid"));
    assert_eq!(running.pid(), "");
}

#[test]
fn a_monitor_ends_with_its_server() {
    let folder = Folder::new();
    database(&folder, "d.db");
    let outcome = serve(&folder, "--detach --monitor -vconsole:off --pidfile --remote=punix:s d.db");
    assert_eq!(outcome.status, "exit 0", "{}", outcome.stderr);
    let running = Running(&folder);
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", running.pid())).unwrap();
    let monitor = stat.rsplit(')').next().unwrap().split_whitespace().nth(1).unwrap().to_owned();
    assert_ne!(monitor, "1");
    assert!(Path::new(&format!("/proc/{monitor}")).exists());
    drop(running);
    // perhaps nobody collects it
    let over = |text: String| text.rsplit(')').next().unwrap_or_default().trim_start().starts_with('Z');
    until("the monitor has ended", || {
        std::fs::read_to_string(format!("/proc/{monitor}/stat")).map_or(true, over)
    });
}

#[test]
fn a_command_beside_it_decides_when_it_ends() {
    let folder = Folder::new();
    let mut command = command(&folder, "--remote=punix:s --no-dbs --unixctl=none");
    let outcome = run({
        command.arg("--run=test -S s && echo it serves; exit 3");
        command
    });
    assert_eq!(
        outcome,
        Outcome {
            stdout: "it serves\n".into(),
            stderr: "ovsdb-server: test -S s && echo it serves; exit 3: child exited, exit status 3\n".into(),
            status: "exit 1".into()
        }
    );
    assert!(!exists(&folder, "s"));
}

#[test]
fn it_does_not_die_of_a_reader_that_goes_away() {
    let folder = Folder::new();
    database(&folder, "d.db");
    let mut child = command(&folder, "-vconsole:off --remote=punix:s --pidfile d.db").spawn().unwrap();
    until("it listens", || UnixStream::connect(folder.path().join("s")).is_ok());
    for _ in 0..20 {
        let mut stream = UnixStream::connect(folder.path().join("s")).unwrap();
        let request = br#"{"id":1,"method":"get_schema","params":["D"]}"#.repeat(50);
        std::io::Write::write_all(&mut stream, &request).unwrap();
        let mut one = [0];
        stream.read_exact(&mut one).unwrap();
    }
    assert!(child.try_wait().unwrap().is_none());
    Command::new("kill").arg(child.id().to_string()).status().unwrap();
    assert_eq!(child.wait().unwrap().signal(), Some(15));
}

#[test]
fn what_is_wrong_is_said() {
    let folder = Folder::new();
    database(&folder, "d.db");
    std::fs::write(folder.path().join("junk"), "junk\n").unwrap();
    let program = env!("CARGO_BIN_EXE_ovsdb-server");
    let check = |words: &str, expect: &str| {
        let Outcome { stdout, stderr, status } = serve(&folder, words);
        assert_eq!((stdout.as_str(), status.as_str()), ("", "exit 1"), "{words}");
        assert!(stderr.contains(expect), "{words}: {stderr}");
    };
    check("--foo", &format!("{program}: unrecognized option '--foo'\n"));
    check("--sync-from=tcp:1.2.3.4:5 d.db", "ovsdb-server: --sync-from: replication is not supported\n");
    check("--config-file=x d.db", "ovsdb-server: Databases should be specified in a config file\n");
    check("--config-file=x", "|ERR|failed to open configuration file '");
    check("--config-file=x", "ovsdb-server: server configuration failed\n");
    check("relay:D:tcp:h:1", "ovsdb-server: relay:D:tcp:h:1: relays are not supported\n");
    check(
        "none.db",
        "|WARN|failed to open database 'none.db': I/O error: none.db: open failed (No such file",
    );
    check("none.db", "ovsdb-server: server configuration failed\n");
    check("junk", "|WARN|failed to open database 'junk': ovsdb error: ");
    check("--detach none.db", "ovsdb-server: server configuration failed\n");
    check("--remote=db:D,x,y d.db", "|WARN|failed to configure remotes: \"db:D,x,y\": no table named x\n");
    check(
        "--private-key=db:D,Root,x d.db",
        "failed to configure SSL/TLS: \"db:D,Root,x\": table \"Root\" has no column",
    );
    check("--pidfile=/nonexistent/x d.db", "ovsdb-server: /nonexistent/x.tmp");
    check(
        "--unixctl=/nonexistent/x d.db",
        "ovsdb-server: could not initialize control socket /nonexistent/x (",
    );
    check("--user=nobody-at-all d.db", "ovsdb-server: --user: user nobody-at-all not found, aborting.\n");
    check("-vfoo d.db", "ovsdb-server: processing \"foo\": no destination, level, or module \"foo\"\n");
}

#[test]
fn connections_from_the_network_leave_descriptors_for_unix_sockets() {
    let folder = Folder::new();
    database(&folder, "d.db");
    let mut shell = Command::new("/bin/sh");
    shell.args(["-c", r#"ulimit -n 64; exec "$@""#, "sh", env!("CARGO_BIN_EXE_ovsdb-server")]);
    shell.args(["--detach", "--no-chdir", "--pidfile", "--log-file=log", "--remote=punix:s"]);
    shell.args(["--remote=ptcp:0:127.0.0.1", "d.db"]).current_dir(folder.path()).stdin(Stdio::null());
    shell.env("OVS_RUNDIR", folder.path()).env("OVS_SYSLOG_METHOD", "null");
    let outcome = run(shell);
    let _running = Running(&folder);
    assert_eq!(outcome.status, "exit 0", "{outcome:?}");
    let log = std::fs::read_to_string(folder.path().join("log")).unwrap();
    assert!(log.contains("the limit of open files allows 48 clients only"), "{log}");
    let port = log.split("listening on port ").nth(1).unwrap().lines().next().unwrap();
    let port: u16 = port.parse().unwrap();
    let monitor = br#"{"id":1,"method":"monitor","params":["D",null,{"Root":{}}]}"#;
    let mut clients = Vec::new();
    for _ in 0..100 {
        let mut client = std::net::TcpStream::connect(("127.0.0.1", port)).unwrap();
        // those beyond the limit are closed, perhaps before this reaches them
        let _ = std::io::Write::write_all(&mut client, monitor);
        clients.push(client);
    }
    let mut local = UnixStream::connect(folder.path().join("s")).unwrap();
    std::io::Write::write_all(&mut local, br#"{"id":1,"method":"echo","params":[]}"#).unwrap();
    let mut reply = [0; 33];
    local.read_exact(&mut reply).unwrap();
    assert_eq!(&reply, br#"{"id":1,"result":[],"error":null}"#);
}

#[test]
fn a_listening_socket_that_is_passed_on_is_served() {
    let folder = Folder::new();
    database(&folder, "d.db");
    let socket = std::os::unix::net::UnixListener::bind(folder.path().join("passed")).unwrap();
    let mut shell = Command::new("/bin/sh");
    shell.args(["-c", r#"exec 5<&0 </dev/null; exec "$@""#, "sh", env!("CARGO_BIN_EXE_ovsdb-server")]);
    shell.args(["--detach", "--monitor", "--no-chdir", "--pidfile", "--log-file=log", "--remote=pfd:5"]);
    shell.args(["--remote=pfd:77", "d.db"]).current_dir(folder.path());
    shell.stdin(std::os::fd::OwnedFd::from(socket));
    shell.env("OVS_RUNDIR", folder.path()).env("OVS_SYSLOG_METHOD", "null");
    let outcome = run(shell);
    let _running = Running(&folder);
    assert_eq!(outcome.status, "exit 0", "{outcome:?}");
    let mut client = UnixStream::connect(folder.path().join("passed")).unwrap();
    std::io::Write::write_all(&mut client, br#"{"id":1,"method":"echo","params":[]}"#).unwrap();
    let mut reply = [0; 33];
    client.read_exact(&mut reply).unwrap();
    assert_eq!(&reply, br#"{"id":1,"result":[],"error":null}"#);
    // as the C server says it
    let log = std::fs::read_to_string(folder.path().join("log")).unwrap();
    assert!(log.contains("|stream_unix|ERR|pfd:77: not a socket (Bad file descriptor)\n"), "{log}");
    assert!(log.contains("|ovsdb_jsonrpc_server|ERR|pfd:77: listen failed: Bad file descriptor\n"), "{log}");
    assert_eq!(appctl(&folder, "ovsdb-server/list-remotes"), "pfd:5\npfd:77\n");
    let refused = appctl(&folder, "ovsdb-server/add-remote pfd:5");
    assert!(refused.starts_with("pfd: remotes can only be specified on the command line\n"), "{refused}");
}
