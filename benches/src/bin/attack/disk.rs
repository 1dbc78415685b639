//! A disk that is full, and has room again.

use crate::attack::{Attack, LOG_LINES, Result, Verdict};
use crate::ground::Ground;
use crate::probe::Probe;
use crate::rpc::Client;
use crate::server::{self, Server};
use ovn_benches::database_file;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::process::Command;

pub(crate) const ATTACKS: &[Attack] = &[Attack {
    name: "full-disk",
    what: "commits of 10 kB until a file system of 4 MB is full, 3,000 more, then room again",
    beside_c: true,
    run: full,
}];

fn full(ground: &Ground, verdict: &mut Verdict) -> Result<()> {
    let original = ground.work.join("original.db");
    let records = server::records(0, 0);
    database_file::write(&original, &records.iter().map(String::as_str).collect::<Vec<_>>())?;
    let disk = ground.work.join("disk");
    std::fs::create_dir_all(&disk)?;
    let database = disk.join("attack.db");
    // the file system is in a mount namespace of the server's own, and goes with it
    let script = format!(
        "mount -t tmpfs -o size=4m tmpfs '{}' && cp '{}' '{}' && exec \"$@\"",
        disk.display(),
        original.display(),
        database.display()
    );
    let by = ["unshare", "--mount", "--map-root-user", "sh", "-c", &script, "sh"];
    let mut server = Server::start_by(ground, &database, &by)?;
    let (unix, tcp) = (Probe::unix(&server)?, Probe::tcp(&server)?);
    let mut client = Client::connect(&server)?;
    let value = "z".repeat(10_000);
    let insert = |client: &mut Client, at: usize| -> Result<String> {
        let row = format!(r#"{{"name":"r{at}","n":{at},"value":"{value}"}}"#);
        Ok(client.transact(&format!(r#"{{"op":"insert","table":"Big","row":{row}}}"#))?.to_string())
    };
    let (mut promised, mut refused, mut reason) = (0, 0, String::new());
    for at in 0..3_500 {
        let reply = insert(&mut client, at)?;
        if reply.contains("\"error\":\"") {
            refused += 1;
            reason = reply;
        } else {
            promised += 1;
        }
    }
    verdict.note(format!("{promised} committed, {refused} refused"));
    verdict.is_true("it was full", refused > 1_000, "it never was");
    verdict.is_true("clients are told why", reason.contains("No space left"), &reason);
    verdict.latencies("unix", &unix.finish());
    verdict.latencies("tcp", &tcp.finish());
    let mut control = Client::over(UnixStream::connect(server.control())?)?;
    let status = control.call("ovsdb-server/get-db-storage-status", r#"["Attack"]"#)?.to_string();
    verdict.is_true("so does appctl", status.contains("No space left"), &status);
    let log = server.log();
    verdict.is_true(
        "the log says why",
        log.contains("No space left"),
        log.lines().last().unwrap_or_default(),
    );

    let pid = server.pid().to_string();
    let remount = format!("mount -o remount,size=64m '{}'", disk.display());
    let namespaces = ["--target", &pid, "--user", "--preserve-credentials", "--mount", "sh", "-c", &remount];
    let grown = Command::new("nsenter").args(namespaces).output()?;
    if !grown.status.success() {
        return Err(String::from_utf8_lossy(&grown.stderr).into());
    }
    let reply = insert(&mut client, 10_000)?;
    let works = !reply.contains("\"error\":\"");
    promised += usize::from(works);
    verdict.is_true("with room it commits again", works, &reply);
    server.judge(verdict, 100.0, LOG_LINES)?;

    let copy = ground.work.join("copy.db");
    let inside = PathBuf::from(format!("/proc/{pid}/root{}", database.display()));
    std::fs::copy(inside, &copy)?;
    server.kill();
    let after = Server::start(ground, &copy)?;
    let found = Client::connect(&after)?
        .transact(r#"{"op":"select","table":"Big","where":[["name","!=","probe"]],"columns":["n"]}"#)?;
    let rows = found.pointer("/result/0/rows").and_then(|rows| rows.as_array()).map_or(0, Vec::len);
    verdict.is_true(
        "all that was promised is in the file",
        rows == promised,
        &format!("{rows} of {promised}"),
    );
    Ok(())
}
