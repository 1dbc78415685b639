//! What does a tool do when the server is broken, malicious or goes away at the worst moment?

use std::io::{Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::release::{Database, Release};
use crate::rpc::Client;
use crate::server::{Folder, Server};
use crate::tool::{Outcome, Tools, run};

/// What a tool may use, whatever a server sends: 400 MB, the memory that is only reserved included.
const MEMORY_KB: u32 = 400_000;

#[test]
fn nonsense_instead_of_a_reply() {
    let check = |reply: &'static [u8], expect: &str| {
        let outcome = ask(move |stream| {
            read_some(stream);
            let _ = stream.write_all(reply);
        });
        fails(&outcome, expect, &String::from_utf8_lossy(reply));
    };
    check(b"HTTP/1.1 400 Bad Request\r\n\r\n", "offset 0");
    check(b"{\"id\":0,\"result\":[],}", "offset");
    check(b"{\"id\":0,\"result\":\"\xff\xfe\"}", "offset");
    check(b"{\"id\":0,\"result\":\"\\ud800\"}", "");
    check(b"42", "");
    check(b"[]", "");
    check(b"{}", "");
    check(b"{\"id\":1,\"error\":{\"error\":\"no\"},\"result\":null}", "");
    check(b"{\"id\":[1],\"result\":[1,2,3],\"error\":null}", "");
    check(b"\0\0\0\0", "offset 0");
}

#[test]
fn nesting_without_end() {
    let outcome = ask(|stream| {
        read_some(stream);
        let _ = stream.write_all(&vec![b'['; 1 << 20]);
    });
    fails(&outcome, "", "nesting");
}

#[test]
fn a_string_without_end() {
    // time enough to take in as much as a message may have, in a build without optimisation on a busy machine
    let outcome = ask_within(240, |stream| {
        read_some(stream);
        let _ = stream.write_all(b"{\"id\":0,\"result\":\"");
        let chunk = vec![b'a'; 1 << 20];
        // A gigabyte, or until the tool has had enough.
        for _ in 0..1024 {
            if stream.write_all(&chunk).is_err() {
                break;
            }
        }
    });
    fails(&outcome, "", "a gigabyte");
}

#[test]
fn closing_at_once_and_half_way() {
    let outcome = ask(|_| ());
    fails(&outcome, "database connection failed", "closing at once");
    let outcome = ask(|stream| {
        read_some(stream);
        let _ = stream.write_all(b"{\"id\":0,\"res");
    });
    fails(&outcome, "database connection failed", "closing half-way");
}

#[test]
fn silence_ends_with_the_time_given() {
    let outcome = ask_within(1, |stream| {
        read_some(stream);
        let _ = stream.write_all(b"{\"id\":0,\"res");
        // Until the tool is gone.
        while stream.read(&mut [0; 4096]).is_ok_and(|n| n > 0) {}
    });
    assert_eq!(outcome.status, "signal 14", "{outcome:?}");
    assert!(outcome.stdout.is_empty() && outcome.stderr.contains("Alarm clock"), "{outcome:?}");
}

#[test]
fn losing_the_connection_after_the_commit_is_not_a_plain_failure() {
    // Whether the server has carried it out or not: the tool cannot know, and says so.
    for forwards in [true, false] {
        let release = Release::find("26.03");
        let server = Server::start(&release, &[(Database::Nb, release.schema(Database::Nb))], &[]);
        let real = server.socket(Database::Nb);
        let outcome = through(&real.clone(), move |client, server| lose_the_reply(client, server, forwards));
        assert_eq!(outcome.status, "exit 1", "{outcome:?}");
        assert!(outcome.stdout.is_empty(), "{outcome:?}");
        assert!(outcome.stderr.contains("the transaction may have been committed"), "{outcome:?}");
        let select = serde_json::json!({"op": "select", "table": "Logical_Switch", "where": []});
        let found = Client::connect(&real).transact(Database::Nb.name(), vec![select]);
        assert_eq!(found[0]["rows"].as_array().unwrap().len(), usize::from(forwards), "sent exactly once");
    }
}

/// What a malicious server sends for ever, after a beginning, and what the tools say of it under a
/// bound on their memory. Nothing: they wait for an answer, in bounded memory, until the time
/// given.
fn floods() -> Vec<(&'static str, &'static str, String, &'static str)> {
    let too_long = "is longer than 67108864 bytes";
    let member = format!(r#""id":"{}","#, "x".repeat(4000));
    let echo = format!(r#"{{"id":"e","method":"echo","params":["{}"]}}"#, "x".repeat(1000));
    vec![
        ("a string", r#"{"id":0,"result":""#, "a".repeat(16), too_long),
        ("a key", r#"{""#, "a".repeat(16), too_long),
        ("a number", r#"{"id":"#, "1".repeat(16), too_long),
        ("an array", r#"{"id":0,"result":["#, "1111111,".repeat(2), too_long),
        ("members", "{", member, "message with more than 67108864 bytes besides rows"),
        ("white space", "", " ".repeat(16), ""),
        ("questions", "", echo, "the peer asks and does not listen"),
        ("updates", "", r#"{"id":null,"method":"update","params":[1,{"T":{}}]}"#.to_owned(), ""),
    ]
}

#[test]
fn no_flood_takes_more_than_400_mb() {
    for (what, beginning, fill, expect) in floods() {
        let check = |words: &[&str], program: &Path| {
            let (folder, fill) = (Folder::new(), fill.clone());
            listen(folder.path(), move |stream| {
                read_some(stream);
                let chunk = fill.repeat((1 << 20) / fill.len());
                let mut result = stream.write_all(beginning.as_bytes());
                while result.is_ok() {
                    result = stream.write_all(chunk.as_bytes());
                }
            });
            let socket = format!("unix:{}", folder.path().join("db.sock").display());
            let words: Vec<String> = words.iter().map(|word| word.replace("SERVER", &socket)).collect();
            // those that end by themselves have time, for a machine that does much else; the others
            // need none
            let secs = if expect.is_empty() { "5" } else { "250" };
            let mut command = limited(program);
            command.args(["-t", secs]).args(words).env("OVS_SYSLOG_METHOD", "null");
            let outcome = run(command);
            match expect {
                "" => assert_eq!(outcome.status, "signal 14", "{what}: {outcome:?}"),
                _ => fails(&outcome, expect, what),
            }
        };
        check(&["dump", "SERVER", "Zoo"], Path::new(env!("CARGO_BIN_EXE_ovsdb")));
        check(&["--db=SERVER", "ls-add", "a"], Path::new(env!("CARGO_BIN_EXE_ovn-nb")));
    }
}

#[test]
fn a_row_of_the_longest_kind_takes_less_than_400_mb() {
    const SCHEMA: &str = r#"{"name":"Zoo","version":"1.0.0","tables":{"T":{"columns":{
        "n":{"type":{"key":"integer","min":0,"max":"unlimited"}}}}}}"#;
    let outcome = |element: fn(usize) -> String| {
        let folder = Folder::new();
        listen(folder.path(), move |stream| {
            for (id, result) in [(1, r#"["Zoo"]"#), (2, SCHEMA)] {
                read_some(stream);
                let _ = write!(stream, r#"{{"id":{id},"result":{result},"error":null}}"#);
            }
            read_some(stream);
            let _ = stream.write_all(br#"{"id":3,"result":[{"rows":[{"_uuid":["uuid","00000000-0000-0000-0000-000000000001"],"n":["set",["#);
            let numbers: Vec<String> = (0..3_100_000).map(element).collect();
            let _ = stream.write_all(numbers.join(",").as_bytes());
            let _ = stream.write_all(b"]]}]}],\"error\":null}");
            let _ = stream.read(&mut [0; 16]);
        });
        let mut command = limited(Path::new(env!("CARGO_BIN_EXE_ovsdb")));
        command.args(["-t", "250", "dump", &format!("unix:{}", folder.path().join("db.sock").display())]);
        run(command)
    };
    let honest = outcome(|i| i.to_string());
    assert_eq!(honest.status, "exit 0", "{:.500}", honest.stderr);
    fails(&outcome(|_| "1".to_owned()), "set contains duplicate value", "the same number again and again");
}

/// `program` under a bound on its memory.
fn limited(program: &Path) -> Command {
    let mut command = Command::new("/bin/sh");
    command.arg("-c").arg(format!("ulimit -v {MEMORY_KB}; exec \"$0\" \"$@\"")).arg(program);
    command
}

/// Passes on what both say until the client sends an insert; lets the server have that or not; then hangs up.
fn lose_the_reply(client: &mut UnixStream, server: &mut UnixStream, forwards: bool) {
    let mut buffer = vec![0; 1 << 16];
    let mut back = server.try_clone().unwrap();
    let mut to_client = client.try_clone().unwrap();
    std::thread::spawn(move || std::io::copy(&mut back, &mut to_client));
    loop {
        let n = client.read(&mut buffer).unwrap();
        assert!(n > 0, "the tool must send a transaction");
        if buffer[..n].windows(11).any(|window| window == b"\"op\":\"inser") {
            let _ = client.shutdown(std::net::Shutdown::Write);
            if forwards {
                server.write_all(&buffer[..n]).unwrap();
                // A second request on the same connection is answered after the first has been carried out.
                server.write_all(b"{\"id\":99,\"method\":\"echo\",\"params\":[]}").unwrap();
            }
            let _ = server.shutdown(std::net::Shutdown::Write);
            while server.read(&mut buffer).is_ok_and(|n| n > 0) {}
            return;
        }
        server.write_all(&buffer[..n]).unwrap();
    }
}

/// Runs `ovn-nbctl ls-add a` against a server that does `act` with every connection and then closes it.
fn ask(act: impl Fn(&mut UnixStream) + Send + 'static) -> Outcome {
    ask_within(25, act)
}

/// The same with `--timeout`.
fn ask_within(secs: u32, act: impl Fn(&mut UnixStream) + Send + 'static) -> Outcome {
    let folder = Folder::new();
    listen(folder.path(), act);
    add_a_switch(folder.path(), secs)
}

/// Runs the same between which and the server at `real` stands `act`.
fn through(real: &Path, act: impl Fn(&mut UnixStream, &mut UnixStream) + Send + 'static) -> Outcome {
    let folder = Folder::new();
    let real = real.to_owned();
    listen(folder.path(), move |client| act(client, &mut UnixStream::connect(&real).unwrap()));
    add_a_switch(folder.path(), 25)
}

fn listen(folder: &Path, act: impl Fn(&mut UnixStream) + Send + 'static) {
    let listener = UnixListener::bind(folder.join("db.sock")).unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            act(&mut stream.unwrap());
        }
    });
}

/// The tool under a bound on its memory and its time.
fn add_a_switch(folder: &Path, secs: u32) -> Outcome {
    let program: PathBuf = Tools::under_test().program(Database::Nb);
    let mut command = limited(&program);
    command.arg(format!("--db=unix:{}", folder.join("db.sock").display()));
    command.args(["-t", &secs.to_string(), "ls-add", "a"]).env("OVS_SYSLOG_METHOD", "null");
    run(command)
}

/// Waits for the request, as a server does.
fn read_some(stream: &mut UnixStream) {
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let _ = stream.read(&mut [0; 4096]);
}

fn fails(outcome: &Outcome, expect: &str, what: &str) {
    assert_eq!(outcome.status, "exit 1", "{what}: {outcome:?}");
    assert!(outcome.stdout.is_empty(), "{what}: {outcome:?}");
    assert!(outcome.stderr.contains(expect) && !outcome.stderr.is_empty(), "{what}: {outcome:?}");
    println!("{what:.60}: {}", outcome.stderr);
}
