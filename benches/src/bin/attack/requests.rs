//! Attacks by requests that are well-formed and expensive.

use crate::attack::{Attack, LOG_LINES, Result, STALL_MS, Verdict};
use crate::ground::Ground;
use crate::probe::Probe;
use crate::rpc::{self, Client};
use crate::server::Server;
use std::fmt::Write as _;
use std::time::{Duration, Instant};

pub(crate) const ATTACKS: &[Attack] = &[
    Attack {
        name: "reply-bomb",
        what: "400 selects of a table of 4 MB in one transaction",
        beside_c: false,
        run: reply_bomb,
    },
    Attack {
        name: "scans",
        what: "2,000 selects that find nothing in 10,000 rows, in one transaction",
        beside_c: true,
        run: scans,
    },
    Attack {
        name: "many-operations",
        what: "100,000 inserts in one transaction, which is aborted at its end",
        beside_c: true,
        run: many_operations,
    },
    Attack {
        name: "monitor-flood",
        what: "one client asks for 2,000 monitors of a table of 4 MB and reads nothing",
        beside_c: false,
        run: monitor_flood,
    },
    Attack {
        name: "lock-flood",
        what: "one client asks for 200,000 locks",
        beside_c: false,
        run: lock_flood,
    },
    Attack {
        name: "echo-flood",
        what: "two clients send echo requests as fast as they are answered",
        beside_c: false,
        run: echo_flood,
    },
    Attack {
        name: "commit-flood",
        what: "two clients commit as fast as they are answered, 64 under way",
        beside_c: false,
        run: commit_flood,
    },
];

const SELECT_ALL: &str = r#"{"op":"select","table":"Big","where":[]}"#;

fn reply_bomb(ground: &Ground, verdict: &mut Verdict) -> Result<()> {
    let mut server = Server::with_rows(ground, 10_000, 350)?;
    let (unix, tcp) = (Probe::unix(&server)?, Probe::tcp(&server)?);
    let mut attacker = Client::connect(&server)?;
    let insert = r#"{"op":"insert","table":"T","row":{"name":"bomb"}}"#;
    let selects = vec![SELECT_ALL; 400].join(",");
    attacker
        .send(rpc::request("transact", &format!(r#"["Attack",{insert},{selects},{insert}]"#)).as_bytes())?;
    // answered after the transaction, whose reply may be larger than anybody wants to keep
    attacker.send(rpc::request("echo", r#"["the end"]"#).as_bytes())?;
    let started = Instant::now();
    match attacker.receive_until("the end") {
        Ok((bytes, tail)) => {
            let seconds = started.elapsed().as_secs_f64();
            verdict.note(format!("{:.1} MB in {seconds:.1} s", bytes as f64 / 1e6));
            verdict.is_true("an error says why", tail.contains(r#""error":"resources exhausted""#), &tail);
        }
        Err(error) => verdict.is_true("there is a reply", false, &error.to_string()),
    }
    let found = Client::connect(&server)?
        .transact(r#"{"op":"select","table":"T","where":[["name","==","bomb"]],"columns":["name"]}"#)?;
    verdict.is_true("nothing is committed", !found.to_string().contains("bomb"), &found.to_string());
    verdict.longest("unix", &unix.finish(), STALL_MS);
    verdict.longest("tcp", &tcp.finish(), STALL_MS);
    server.judge(verdict, 250.0, LOG_LINES)
}

fn scans(ground: &Ground, verdict: &mut Verdict) -> Result<()> {
    let mut server = Server::with_rows(ground, 10_000, 350)?;
    let (unix, tcp) = (Probe::unix(&server)?, Probe::tcp(&server)?);
    let scan = r#"{"op":"select","table":"Big","where":[["n","<",0]],"columns":["n"]}"#;
    let started = Instant::now();
    let reply = Client::connect(&server)?.transact(&vec![scan; 2_000].join(","))?.to_string();
    let how = if reply.contains("resources exhausted") { "refused" } else { "answered" };
    verdict.note(format!("{how} after {:.1} s", started.elapsed().as_secs_f64()));
    verdict.longest("unix", &unix.finish(), STALL_MS);
    verdict.longest("tcp", &tcp.finish(), STALL_MS);
    server.judge(verdict, 100.0, LOG_LINES)
}

fn many_operations(ground: &Ground, verdict: &mut Verdict) -> Result<()> {
    let mut server = Server::with_rows(ground, 0, 0)?;
    let (unix, tcp) = (Probe::unix(&server)?, Probe::tcp(&server)?);
    let mut operations = String::new();
    for at in 0..100_000 {
        let _ = write!(operations, r#"{{"op":"insert","table":"Big","row":{{"name":"r{at}"}}}},"#);
    }
    operations += r#"{"op":"abort"}"#;
    let started = Instant::now();
    Client::connect(&server)?.transact(&operations)?;
    verdict.note(format!("answered in {:.1} s", started.elapsed().as_secs_f64()));
    verdict.longest("unix", &unix.finish(), STALL_MS);
    verdict.longest("tcp", &tcp.finish(), STALL_MS);
    server.judge(verdict, 400.0, LOG_LINES)
}

fn monitor_flood(ground: &Ground, verdict: &mut Verdict) -> Result<()> {
    let mut server = Server::with_rows(ground, 10_000, 350)?;
    let (unix, tcp, commits) = (Probe::unix(&server)?, Probe::tcp(&server)?, Probe::commits(&server)?);
    let mut attacker = Client::connect(&server)?;
    attacker.stream.set_write_timeout(Some(Duration::from_secs(1)))?;
    for at in 0..2_000 {
        let request = rpc::request("monitor", &format!(r#"["Attack",{at},{{"T":[{{}}],"Big":[{{}}]}}]"#));
        if attacker.send(request.as_bytes()).is_err() {
            break;
        }
    }
    std::thread::sleep(Duration::from_secs(2));
    verdict.latencies("unix", &unix.finish());
    verdict.latencies("tcp", &tcp.finish());
    verdict.latencies("commits", &commits.finish());
    server.judge(verdict, 300.0, LOG_LINES)
}

fn lock_flood(ground: &Ground, verdict: &mut Verdict) -> Result<()> {
    let mut server = Server::with_rows(ground, 0, 0)?;
    let (unix, tcp) = (Probe::unix(&server)?, Probe::tcp(&server)?);
    let mut attacker = Client::connect(&server)?;
    let mut reader = Client::over(attacker.stream.try_clone()?)?;
    let reading = std::thread::spawn(move || reader.read_to_end());
    for at in 0..200_000 {
        if attacker.send(rpc::request("lock", &format!(r#"["lock{at}"]"#)).as_bytes()).is_err() {
            break;
        }
    }
    attacker.stream.shutdown(std::net::Shutdown::Both)?;
    let _ = reading.join();
    verdict.latencies("unix", &unix.finish());
    verdict.latencies("tcp", &tcp.finish());
    server.judge(verdict, 100.0, LOG_LINES)
}

fn echo_flood(ground: &Ground, verdict: &mut Verdict) -> Result<()> {
    flood(ground, verdict, &rpc::request("echo", "[]"))
}

fn commit_flood(ground: &Ground, verdict: &mut Verdict) -> Result<()> {
    let commit = r#"["Attack",{"op":"mutate","table":"Big","where":[["_uuid","==",["uuid","00000000-0000-4000-9000-000000000001"]]],"mutations":[["n","+=",1]]}]"#;
    flood(ground, verdict, &rpc::request("transact", commit))
}

/// Two clients send a request, 64 of them under way, for 4 s.
fn flood(ground: &Ground, verdict: &mut Verdict, request: &str) -> Result<()> {
    let mut server = Server::with_rows(ground, 100, 350)?;
    let (unix, tcp) = (Probe::unix(&server)?, Probe::tcp(&server)?);
    let end = Instant::now() + Duration::from_secs(4);
    let batch = request.repeat(64);
    let done: usize = std::thread::scope(|scope| {
        let attack = || -> Result<usize> {
            let mut client = Client::connect(&server)?;
            let mut done = 0;
            while Instant::now() < end {
                client.send(batch.as_bytes())?;
                for _ in 0..64 {
                    client.receive()?;
                }
                done += 64;
            }
            Ok(done)
        };
        let threads = [scope.spawn(attack), scope.spawn(attack)];
        threads.into_iter().map(|thread| thread.join().map_or(0, Result::unwrap_or_default)).sum()
    });
    verdict.note(format!("{} a second", done / 4));
    verdict.latencies("unix", &unix.finish());
    verdict.latencies("tcp", &tcp.finish());
    server.judge(verdict, 100.0, LOG_LINES)
}
