//! Attacks by transactions that wait, each of which is tried again after every commit.

use crate::attack::{Attack, LOG_LINES, Result, Verdict};
use crate::ground::Ground;
use crate::probe::Probe;
use crate::rpc::{self, Client};
use crate::server::Server;
use std::time::Duration;

pub(crate) const ATTACKS: &[Attack] = &[
    Attack {
        name: "waits",
        what: "8 clients with 32 waiting transactions each, of 20 scans of 10,000 rows before the wait",
        beside_c: true,
        run: after_scans,
    },
    Attack {
        name: "waits-on-scans",
        what: "8 clients with 32 waiting transactions each, whose wait itself scans 10,000 rows",
        beside_c: false,
        run: on_scans,
    },
];

const NEVER: &str = r#"{"op":"wait","table":"T","where":[["name","==","never"]],"columns":["name"],"until":"==","rows":[{"name":"never"}]}"#;
const SCAN: &str = r#"{"op":"select","table":"Big","where":[["n","<",0],["name","!=","r0"],["value","!=","a value that no row has, of some length"]],"columns":["n"]}"#;
const SCANNING: &str =
    r#"{"op":"wait","table":"Big","where":[["n","<",0]],"columns":["n"],"until":"==","rows":[{"n":-1}]}"#;

fn after_scans(ground: &Ground, verdict: &mut Verdict) -> Result<()> {
    let scans = vec![SCAN; 20].join(",");
    wait(ground, verdict, &format!(r#"["Attack",{scans},{NEVER}]"#))
}

fn on_scans(ground: &Ground, verdict: &mut Verdict) -> Result<()> {
    wait(ground, verdict, &format!(r#"["Attack",{SCANNING}]"#))
}

fn wait(ground: &Ground, verdict: &mut Verdict, params: &str) -> Result<()> {
    let mut server = Server::with_rows(ground, 10_000, 350)?;
    let request = rpc::request("transact", params);
    let mut waiting = Vec::new();
    for _ in 0..8 {
        let mut client = Client::connect(&server)?;
        client.send(request.repeat(32).as_bytes())?;
        waiting.push(client);
    }
    // until all have been tried once: the server takes requests in turn
    Client::connect(&server)?.call("echo", "[]")?;
    let (unix, commits) = (Probe::unix(&server)?, Probe::commits(&server)?);
    std::thread::sleep(Duration::from_secs(6));
    verdict.latencies("commits", &commits.finish());
    verdict.latencies("unix", &unix.finish());
    drop(waiting);
    server.judge(verdict, 150.0, LOG_LINES)
}
