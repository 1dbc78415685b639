//! Attacks on the memory of the server: messages that never end, and clients that do not read.

use crate::attack::{Attack, LOG_LINES, Result, STALL_MS, Verdict};
use crate::fake::pour;
use crate::ground::Ground;
use crate::probe::Probe;
use crate::rpc::{self, Client};
use crate::server::Server;
use std::io::Write as _;
use std::time::Duration;

pub(crate) const ATTACKS: &[Attack] = &[
    Attack {
        name: "unfinished-messages",
        what: "20 clients that send 100 MB of a string without its end",
        beside_c: false,
        run: unfinished,
    },
    Attack {
        name: "deaf-monitors",
        what: "40 monitors of different columns that read nothing while 400 MB are written",
        beside_c: false,
        run: deaf_monitors,
    },
    Attack {
        name: "deaf-requests",
        what: "8 clients that send 2,000 whole-table selects each and read nothing",
        beside_c: false,
        run: deaf_requests,
    },
];

/// What all clients together may make a server hold (1 GiB), and a fifth for what it costs to hold
/// it.
const HELD_MB: f64 = 1_300.0;

fn unfinished(ground: &Ground, verdict: &mut Verdict) -> Result<()> {
    let mut server = Server::with_rows(ground, 0, 0)?;
    let (unix, tcp) = (Probe::unix(&server)?, Probe::tcp(&server)?);
    let chunk = vec![b'x'; 1 << 20];
    let mut open = Vec::new();
    for _ in 0..20 {
        let mut stream = rpc::tcp(&server)?;
        stream.write_all(br#"{"id":7,"method":"echo","params":[""#)?;
        pour(&mut stream, &chunk, 100 << 20);
        open.push(stream);
    }
    verdict.longest("unix", &unix.finish(), STALL_MS);
    verdict.longest("tcp", &tcp.finish(), STALL_MS);
    drop(open);
    server.judge(verdict, HELD_MB, LOG_LINES)
}

fn deaf_monitors(ground: &Ground, verdict: &mut Verdict) -> Result<()> {
    let mut server = Server::with_rows(ground, 0, 0)?;
    let mut deaf = Vec::new();
    for at in 0..40 {
        let mut client = Client::connect(&server)?;
        // conditions that differ: no two of them can share what is sent
        let name = format!(r#"["Attack",{at},{{"Big":[{{"where":[["n","!=",{}]]}}]}}]"#, -1 - at);
        client.call("monitor_cond", &name)?;
        deaf.push(client);
    }
    let (unix, tcp) = (Probe::unix(&server)?, Probe::tcp(&server)?);
    let mut writer = Client::connect(&server)?;
    let value = "y".repeat(1 << 20);
    for at in 0..400 {
        let operation = if at == 0 {
            format!(r#"{{"op":"insert","table":"Big","row":{{"name":"w","value":"{value}"}}}}"#)
        } else {
            format!(
                r#"{{"op":"update","table":"Big","where":[["name","==","w"]],"row":{{"n":{at},"value":"{at}{value}"}}}}"#
            )
        };
        writer.transact(&operation)?;
    }
    verdict.longest("unix", &unix.finish(), STALL_MS);
    verdict.longest("tcp", &tcp.finish(), STALL_MS);
    drop(deaf);
    server.judge(verdict, HELD_MB, LOG_LINES)
}

fn deaf_requests(ground: &Ground, verdict: &mut Verdict) -> Result<()> {
    let mut server = Server::with_rows(ground, 10_000, 350)?;
    let (unix, tcp) = (Probe::unix(&server)?, Probe::tcp(&server)?);
    let select = rpc::request("transact", r#"["Attack",{"op":"select","table":"Big","where":[]}]"#);
    let requests = select.repeat(2_000);
    let mut deaf = Vec::new();
    for _ in 0..8 {
        let mut client = Client::connect(&server)?;
        client.stream.set_write_timeout(Some(Duration::from_millis(500)))?;
        // a server that does not take all of it defends itself
        let _ = client.send(requests.as_bytes());
        deaf.push(client);
    }
    std::thread::sleep(Duration::from_secs(2));
    verdict.latencies("unix", &unix.finish());
    verdict.latencies("tcp", &tcp.finish());
    drop(deaf);
    server.judge(verdict, 300.0, LOG_LINES)
}
