//! Attacks by text that is no JSON, or hardly.

use crate::attack::{Attack, LOG_LINES, Result, Verdict};
use crate::fake::pour;
use crate::ground::Ground;
use crate::probe::Probe;
use crate::rpc::{self, Client};
use crate::server::Server;
use std::io::Write as _;
use std::time::{Duration, Instant};

pub(crate) const ATTACKS: &[Attack] = &[
    Attack {
        name: "broken-json",
        what: "requests that are no JSON from their first bytes on, of 64 MB each",
        beside_c: true,
        run: broken,
    },
    Attack {
        name: "white-space",
        what: "300 MB of white space before a request",
        beside_c: true,
        run: white_space,
    },
    Attack {
        name: "not-utf8",
        what: "strings with bytes that are not UTF-8 in transactions",
        beside_c: true,
        run: not_utf8,
    },
    Attack {
        name: "nesting",
        what: "a request of 2,000,000 opening brackets, again and again for 3 s",
        beside_c: false,
        run: nesting,
    },
];

/// Requests that are broken at their end, and what may follow without making it whole.
const BROKEN: &[(&str, &[u8], u8)] = &[
    ("a word", b"garbage", b'x'),
    ("a misplaced bracket", br#"{"id":7,"method":"echo","params":[}"#, b' '),
    ("two colons", br#"{"id"::7,"#, b'1'),
    ("a misspelt word", br#"{"id":7,"method":trve,"params":["#, b'1'),
    ("an unknown escape", br#"{"id":7,"method":"\q"#, b'x'),
    ("a raw control byte", b"{\"id\":7,\"method\":\"a\x01", b'x'),
    ("a number with a leading zero", br#"{"id":7,"method":"echo","params":[01,"#, b'1'),
];

fn broken(ground: &Ground, verdict: &mut Verdict) -> Result<()> {
    let mut server = Server::with_rows(ground, 0, 0)?;
    let (unix, tcp) = (Probe::unix(&server)?, Probe::tcp(&server)?);
    let mut most: (u64, &str) = (0, "");
    for (what, start, byte) in BROKEN {
        let mut stream = rpc::tcp(&server)?;
        stream.write_all(start)?;
        most = most.max((pour(&mut stream, &vec![*byte; 64 << 10], 64 << 20), what));
    }
    let (bytes, what) = most;
    // sockets of both sides hold some megabytes
    verdict.at_most(&format!("most bytes taken ({what})"), bytes as f64 / 1e6, "MB", 8.0);
    verdict.latencies("unix", &unix.finish());
    verdict.latencies("tcp", &tcp.finish());
    server.judge(verdict, 60.0, LOG_LINES)
}

fn white_space(ground: &Ground, verdict: &mut Verdict) -> Result<()> {
    let mut server = Server::with_rows(ground, 0, 0)?;
    let (unix, tcp) = (Probe::unix(&server)?, Probe::tcp(&server)?);
    let mut client = Client::connect(&server)?;
    pour(&mut client.stream, &vec![b' '; 1 << 20], 300 << 20);
    let reply = client.call("echo", r#"["after"]"#);
    verdict.is_true(
        "the request is answered",
        reply.is_ok(),
        &reply.err().map(|e| e.to_string()).unwrap_or_default(),
    );
    verdict.latencies("unix", &unix.finish());
    verdict.latencies("tcp", &tcp.finish());
    server.judge(verdict, 60.0, LOG_LINES)
}

fn not_utf8(ground: &Ground, verdict: &mut Verdict) -> Result<()> {
    let mut server = Server::with_rows(ground, 0, 0)?;
    let mut client = Client::connect(&server)?;
    for bytes in [&b"\xff"[..], b"\xc3", b"\xed\xa0\x80", b"\xf8\x88\x80\x80\x80", b"\xc0\xaf"] {
        client.send(
            br#"{"id":7,"method":"transact","params":["Attack",{"op":"insert","table":"T","row":{"name":"a"#,
        )?;
        client.send(bytes)?;
        client.send(br#""}}]}"#)?;
        let reply = client.receive().map_or_else(|e| e.to_string(), |reply| reply.to_string());
        let refused = reply.contains("constraint violation");
        verdict.is_true(&format!("{} is a constraint violation", bytes.escape_ascii()), refused, &reply);
        if !refused {
            client = Client::connect(&server)?;
        }
    }
    verdict.is_true("the connection stays", client.call("echo", "[]").is_ok(), "it was closed");
    server.judge(verdict, 60.0, LOG_LINES)
}

fn nesting(ground: &Ground, verdict: &mut Verdict) -> Result<()> {
    let mut server = Server::with_rows(ground, 0, 0)?;
    let (unix, tcp) = (Probe::unix(&server)?, Probe::tcp(&server)?);
    let brackets = vec![b'['; 2_000_000];
    let end = Instant::now() + Duration::from_secs(3);
    let mut times = 0;
    while Instant::now() < end {
        let mut stream = rpc::tcp(&server)?;
        // the server closes it half-way
        let _ = stream.write_all(br#"{"id":7,"method":"echo","params":"#);
        let _ = stream.write_all(&brackets);
        times += 1;
    }
    verdict.note(format!("{times} times"));
    verdict.latencies("unix", &unix.finish());
    verdict.latencies("tcp", &tcp.finish());
    server.judge(verdict, 60.0, LOG_LINES)
}
