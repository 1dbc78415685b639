//! Peers that are there and do nothing.

use crate::attack::{Attack, LOG_LINES, Result, Verdict};
use crate::fake::{listen, read_some};
use crate::ground::Ground;
use crate::probe::Probe;
use crate::process;
use crate::rpc::Client;
use crate::server::Server;
use ovn_benches::database_file;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::process::Command;
use std::time::Duration;

pub(crate) const ATTACKS: &[Attack] = &[
    Attack {
        name: "frozen-server",
        what: "a stopped server over TCP, asked by `ovs-vsctl show`",
        beside_c: true,
        run: one_frozen,
    },
    Attack {
        name: "frozen-first",
        what: "three remotes of which the first is stopped, asked by `ovn-nbctl ls-list`",
        beside_c: false,
        run: first_frozen,
    },
    Attack {
        name: "frozen-reply",
        what: "a server that stops in the middle of its first reply, asked by `ovs-vsctl show`",
        beside_c: false,
        run: frozen_reply,
    },
    Attack {
        name: "frozen-clients",
        what: "200 stopped clients with monitors over TCP, while another writes",
        beside_c: false,
        run: frozen_clients,
    },
];

/// When a tool is killed.
const LIMIT: Duration = Duration::from_secs(45);

/// Stops a process, or lets it go on.
fn signal(name: &str, server: &Server) -> Result<()> {
    let status = Command::new("kill").arg(format!("-{name}")).arg(server.pid().to_string()).status()?;
    if status.success() { Ok(()) } else { Err("kill failed".into()) }
}

/// Serves an empty Northbound database.
fn northbound(ground: &Ground) -> Result<Server> {
    let schema: serde_json::Value =
        serde_json::from_str(include_str!("../../../../ovn-nb/src/tables/schema.ovsschema"))?;
    let database = ground.work.join("nb.db");
    database_file::write(&database, &[&schema.to_string()])?;
    Server::start(ground, &database)
}

fn one_frozen(ground: &Ground, verdict: &mut Verdict) -> Result<()> {
    let server = Server::with_rows(ground, 0, 0)?;
    signal("STOP", &server)?;
    let remote = format!("tcp:127.0.0.1:{}", server.tcp);
    let mut command = Command::new(ground.programs.find("ovs-vsctl")?);
    let outcome = process::run(command.arg(format!("--db={remote}")).arg("show"), LIMIT)?;
    signal("CONT", &server)?;
    verdict.at_most("given up after", outcome.seconds, "s", 12.0);
    verdict.is_true("it fails", outcome.status == "exit 1", &outcome.status);
    verdict.is_true("and does not say End of file", !outcome.stderr.contains("End of file"), &outcome.stderr);
    verdict.note(format!("stderr: {}", outcome.stderr.trim().replace('\n', " / ")));
    Ok(())
}

fn first_frozen(ground: &Ground, verdict: &mut Verdict) -> Result<()> {
    let frozen = Server::with_rows(ground, 0, 0)?;
    signal("STOP", &frozen)?;
    let first = frozen.tcp;
    let mut elsewhere = Ground {
        programs: crate::ground::Programs { folder: ground.programs.folder.clone() },
        label: ground.label.clone(),
        work: ground.work.join("good"),
        certificates: ground.certificates.clone(),
    };
    std::fs::create_dir_all(&elsewhere.work)?;
    let good = northbound(&elsewhere)?;
    elsewhere.work.push("other");
    std::fs::create_dir_all(&elsewhere.work)?;
    let other = northbound(&elsewhere)?;
    let list: Vec<String> =
        [first, good.tcp, other.tcp].iter().map(|port| format!("tcp:127.0.0.1:{port}")).collect();
    let mut command = Command::new(ground.programs.find("ovn-nbctl")?);
    let words = ["--no-shuffle-remotes", "--no-leader-only", "ls-list"];
    let outcome = process::run(command.arg(format!("--db={}", list.join(","))).args(words), LIMIT)?;
    signal("CONT", &frozen)?;
    verdict.is_true(
        "the next is asked",
        outcome.status == "exit 0",
        &format!("{}: {}", outcome.status, outcome.stderr),
    );
    verdict.at_most("after", outcome.seconds, "s", 8.0);
    Ok(())
}

fn frozen_reply(ground: &Ground, verdict: &mut Verdict) -> Result<()> {
    let port = listen(|stream: &mut TcpStream| {
        read_some(stream);
        let _ = stream.write_all(br#"{"id":0,"result":["#);
        // until the tool is gone
        while stream.read(&mut [0; 4096]).is_ok_and(|n| n > 0) {}
    })?;
    let mut command = Command::new(ground.programs.find("ovs-vsctl")?);
    let outcome = process::run(command.arg(format!("--db=tcp:127.0.0.1:{port}")).arg("show"), LIMIT)?;
    verdict.at_most("given up after", outcome.seconds, "s", 12.0);
    verdict.is_true("it fails", outcome.status == "exit 1", &outcome.status);
    verdict.note(format!("stderr: {}", outcome.stderr.trim().replace('\n', " / ")));
    Ok(())
}

fn frozen_clients(ground: &Ground, verdict: &mut Verdict) -> Result<()> {
    let mut server = Server::with_rows(ground, 1_000, 350)?;
    let mut frozen = Vec::new();
    for at in 0..200 {
        let mut stream = crate::rpc::tcp(&server)?;
        let request = crate::rpc::request("monitor", &format!(r#"["Attack",{at},{{"Big":[{{}}]}}]"#));
        stream.write_all(request.as_bytes())?;
        frozen.push(stream);
    }
    let (unix, tcp, commits) = (Probe::unix(&server)?, Probe::tcp(&server)?, Probe::commits(&server)?);
    let mut writer = Client::connect(&server)?;
    let end = std::time::Instant::now() + Duration::from_secs(12);
    let value = "w".repeat(1_000);
    let mut at = 0;
    while std::time::Instant::now() < end {
        let place = r#"[["_uuid","==",["uuid","00000000-0000-4000-9000-000000000001"]]]"#;
        let row = format!(r#"{{"n":{at},"value":"{value}{at}"}}"#);
        writer.transact(&format!(r#"{{"op":"update","table":"Big","where":{place},"row":{row}}}"#))?;
        at += 1;
        std::thread::sleep(Duration::from_millis(2));
    }
    verdict.note(format!("{at} updates"));
    verdict.latencies("unix", &unix.finish());
    verdict.latencies("tcp", &tcp.finish());
    verdict.latencies("commits", &commits.finish());
    drop(frozen);
    server.judge(verdict, 1_300.0, LOG_LINES)
}
