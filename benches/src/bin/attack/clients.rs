//! Attacks on the tools by servers that send too much, and replies that are large for good reason.

use crate::attack::{Attack, Result, Verdict};
use crate::fake::{listen, pour, read_some};
use crate::ground::Ground;
use crate::process;
use crate::server::Server;
use ovn_benches::database_file;
use std::fmt::Write as _;
use std::io::Write as _;
use std::net::TcpStream;
use std::process::Command;
use std::time::Duration;

pub(crate) const ATTACKS: &[Attack] = &[
    Attack {
        name: "endless-string",
        what: "a server that answers with a string of up to 4 GB",
        beside_c: false,
        run: endless_string,
    },
    Attack {
        name: "endless-space",
        what: "a server that answers with up to 4 GB of white space",
        beside_c: false,
        run: endless_space,
    },
    Attack {
        name: "endless-probes",
        what: "a server that sends up to 1 GB of echo requests and reads nothing",
        beside_c: false,
        run: endless_probes,
    },
    Attack {
        name: "endless-updates",
        what: "a server that sends up to 1 GB of updates that nobody asked for",
        beside_c: false,
        run: endless_updates,
    },
    Attack {
        name: "endless-nesting",
        what: "a server that answers with up to 1 GB of opening brackets",
        beside_c: false,
        run: endless_nesting,
    },
    Attack {
        name: "large-reply",
        what: "`ovn-nbctl list` and `show` on a database of 328 MB",
        beside_c: false,
        run: large_reply,
    },
];

/// The most megabytes that a tool may have resident, whatever a server sends.
const MEMORY_MB: f64 = 400.0;
/// When a tool is killed.
const LIMIT: Duration = Duration::from_secs(12);
/// The time that tools are given by their option.
const TIMEOUT: &str = "-t3";

fn endless_string(ground: &Ground, verdict: &mut Verdict) -> Result<()> {
    hostile(ground, verdict, |stream| {
        let _ = stream.write_all(br#"{"id":0,"result":""#);
        pour(stream, &vec![b'a'; 1 << 20], 4 << 30);
    })
}

fn endless_space(ground: &Ground, verdict: &mut Verdict) -> Result<()> {
    hostile(ground, verdict, |stream| {
        pour(stream, &vec![b' '; 1 << 20], 4 << 30);
    })
}

fn endless_probes(ground: &Ground, verdict: &mut Verdict) -> Result<()> {
    hostile(ground, verdict, |stream| {
        let probe = br#"{"id":"echo","method":"echo","params":["some text that comes back with the reply"]}"#;
        pour(stream, &probe.repeat(10_000), 1 << 30);
    })
}

fn endless_updates(ground: &Ground, verdict: &mut Verdict) -> Result<()> {
    hostile(ground, verdict, |stream| {
        let row = "00000000-0000-4000-9000-000000000001";
        let update = format!(
            r#"{{"id":null,"method":"update","params":["m",{{"T":{{"{row}":{{"new":{{"name":"a"}}}}}}}}]}}"#
        );
        pour(stream, &update.as_bytes().repeat(10_000), 1 << 30);
    })
}

fn endless_nesting(ground: &Ground, verdict: &mut Verdict) -> Result<()> {
    hostile(ground, verdict, |stream| {
        let _ = stream.write_all(br#"{"id":0,"result":"#);
        pour(stream, &vec![b'['; 1 << 20], 1 << 30);
    })
}

/// Runs several tools against a server that does `act` once it has been asked something.
fn hostile(
    ground: &Ground,
    verdict: &mut Verdict,
    act: impl Fn(&mut TcpStream) + Send + Sync + 'static,
) -> Result<()> {
    let port = listen(move |stream| {
        read_some(stream);
        act(stream);
    })?;
    let remote = format!("tcp:127.0.0.1:{port}");
    let db = format!("--db={remote}");
    let lines: &[(&str, &[&str])] = &[
        ("ovn-nbctl", &[TIMEOUT, &db, "ls-list"]),
        ("ovs-vsctl", &[TIMEOUT, &db, "show"]),
        ("ovsdb-client", &[TIMEOUT, "list-dbs", &remote]),
        ("ovsdb-client", &[TIMEOUT, "dump", &remote, "D"]),
        ("ovsdb-client", &[TIMEOUT, "monitor", &remote, "D", "ALL"]),
    ];
    for (program, words) in lines {
        let outcome = process::run(Command::new(ground.programs.find(program)?).args(*words), LIMIT)?;
        let what = match *program {
            "ovsdb-client" => format!("{program} {}", words.get(1).copied().unwrap_or_default()),
            _ => (*program).to_owned(),
        };
        verdict.at_most(&what, outcome.peak, "MB", MEMORY_MB);
        verdict.note(format!("{} after {:.1} s", outcome.status, outcome.seconds));
        let failed = outcome.status.starts_with("exit") && outcome.status != "exit 0";
        let ended = failed || outcome.status == "signal 14";
        if !ended {
            verdict.is_true(&format!("{what} fails in its time"), false, &outcome.status);
        }
    }
    Ok(())
}

/// Rows of the database and the text in each: 328 MB.
const ROWS: usize = 100_000;
const TEXT_BYTES: usize = 3_200;

fn large_reply(ground: &Ground, verdict: &mut Verdict) -> Result<()> {
    let schema: serde_json::Value =
        serde_json::from_str(include_str!("../../../../ovn-nb/src/tables/schema.ovsschema"))?;
    let text = "t".repeat(TEXT_BYTES);
    let mut rows = String::from(r#"{"Logical_Switch":{"#);
    for row in 0..ROWS {
        let comma = if row == 0 { "" } else { "," };
        let _ = write!(
            rows,
            r#"{comma}"00000000-0000-4000-9000-{row:012x}":{{"name":"s{row}","external_ids":["map",[["k","{text}"]]]}}"#
        );
    }
    rows += "}}";
    let database = ground.work.join("large.db");
    database_file::write(&database, &[&schema.to_string(), &rows])?;
    drop(rows);
    let server = Server::start(ground, &database)?;
    let db = format!("--db=unix:{}", server.socket().display());
    for (words, lines) in
        [(["list", "Logical_Switch"], ROWS * 8), (["ls-list", ""], ROWS), (["show", ""], ROWS)]
    {
        let words = words.into_iter().filter(|word| !word.is_empty());
        let mut command = Command::new(ground.programs.find("ovn-nbctl")?);
        let outcome = process::run(command.arg(&db).args(words.clone()), Duration::from_secs(60))?;
        let what = words.collect::<Vec<_>>().join(" ");
        let fine = outcome.status == "exit 0" && outcome.lines >= lines;
        let text = format!("{}, {} lines: {}", outcome.status, outcome.lines, outcome.stderr);
        verdict.is_true(&format!("{what} prints all of it"), fine, &text);
        verdict.note(format!("{:.1} s, {:.0} MB", outcome.seconds, outcome.peak));
    }
    verdict.note(format!("server {:.0} MB", server.memory()));
    Ok(())
}
