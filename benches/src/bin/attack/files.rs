//! Database files that are damaged, or were never one.

use crate::attack::{Attack, Result, Verdict};
use crate::ground::Ground;
use crate::process::{self, Outcome};
use crate::rpc::Client;
use crate::server::{self, Server};
use ovn_benches::database_file;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

pub(crate) const ATTACKS: &[Attack] = &[
    Attack {
        name: "damaged-end",
        what: "files whose end is cut, flipped, zeroed or followed by something else",
        beside_c: true,
        run: damaged_end,
    },
    Attack {
        name: "damaged-middle",
        what: "a file with a damaged record among good ones",
        beside_c: false,
        run: damaged_middle,
    },
    Attack {
        name: "hostile-files",
        what: "files that claim 4 GB, nest 1,000,000 levels, hold one record of 100 MB, or are no database",
        beside_c: false,
        run: hostile,
    },
];

/// How many rows the whole file has: one a record.
const ROWS: usize = 50;
/// How long a server may take to refuse a file.
const REFUSAL: Duration = Duration::from_secs(10);

/// Writes a database of [`ROWS`] records of one row each; the offsets at which they end.
fn write(path: &Path) -> Result<Vec<usize>> {
    let rows = (0..ROWS).map(|row| {
        // as large as records of a real database, so that a sector may hold the end of one and the
        // beginning of the next
        let value = "v".repeat(300);
        format!(
            r#"{{"Big":{{"00000000-0000-4000-9000-{row:012x}":{{"name":"r{row}","n":{row},"value":"{value}"}}}}}}"#
        )
    });
    let records: Vec<String> = [server::SCHEMA.replace('\n', "")].into_iter().chain(rows).collect();
    let mut ends = Vec::new();
    for count in 1..=records.len() {
        let some: Vec<&str> = records.iter().take(count).map(String::as_str).collect();
        database_file::write(path, &some)?;
        ends.push(usize::try_from(std::fs::metadata(path)?.len())?);
    }
    Ok(ends)
}

fn damaged_end(ground: &Ground, verdict: &mut Verdict) -> Result<()> {
    let path = ground.work.join("attack.db");
    let ends = write(&path)?;
    let whole = std::fs::read(&path)?;
    let length = whole.len();
    let before_last = ends.iter().rev().nth(1).copied().unwrap_or(0);
    let with = |change: &dyn Fn(&mut Vec<u8>)| {
        let mut bytes = whole.clone();
        change(&mut bytes);
        bytes
    };
    let flip = |bytes: &mut Vec<u8>| bytes.iter_mut().rev().nth(5).into_iter().for_each(|byte| *byte ^= 1);
    let zero =
        |from: usize| move |bytes: &mut Vec<u8>| bytes.iter_mut().skip(from).for_each(|byte| *byte = 0);
    // the last sector of 512 bytes, as a disk leaves it that had not got to it
    let sector = (length - 1) / 512 * 512;
    let good_before = |offset: usize| ends.iter().filter(|end| **end <= offset).count() - 1;
    let cases: Vec<(&str, Vec<u8>, usize)> = vec![
        ("a flipped bit in the last record", with(&flip), ROWS - 1),
        ("a last record cut in its middle", with(&|b| b.truncate(length - 100)), ROWS - 1),
        ("a last record cut in its header", with(&|b| b.truncate(before_last + 20)), ROWS - 1),
        ("a newline", with(&|b| b.push(b'\n')), ROWS),
        ("text", with(&|b| b.extend_from_slice(b"some text\n")), ROWS),
        ("4096 zeros", with(&|b| b.extend_from_slice(&[0; 4096])), ROWS),
        ("a last sector of zeros", with(&zero(sector)), good_before(sector)),
        ("a last record of zeros", with(&zero(before_last)), ROWS - 1),
    ];
    let count = cases.len();
    let (mut served, mut kept, mut logged, mut wrong) = (0, 0, 0, String::new());
    for (what, bytes, rows) in cases {
        let folder = ground.work.join("case");
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder)?;
        let path = folder.join("attack.db");
        std::fs::write(&path, &bytes)?;
        match Server::start(ground, &path).and_then(|server| Ok((rows_of(&server)?, server.log()))) {
            Ok((found, log)) => {
                served += usize::from(found == rows);
                if found != rows {
                    wrong += &format!("{what}: {found} rows instead of {rows}; ");
                }
                logged += usize::from(log.lines().any(|line| line.contains("|WARN|")));
            }
            Err(error) => {
                let text = error.to_string();
                wrong += &format!("{what}: {}; ", text.lines().next().unwrap_or_default());
            }
        }
        let aside = std::fs::read_dir(&folder)?.flatten();
        kept += aside.filter(|entry| entry.file_name().to_string_lossy().contains(".damaged-")).count();
    }
    verdict.is_true(
        &format!("all {count} are served with every good row"),
        served == count,
        &format!("{served}: {wrong}"),
    );
    verdict.is_true("each is warned of", logged == count, &format!("{logged}"));
    // what a server cuts off for good must be found again, but for a record that was never written
    // whole
    verdict.is_true("what is cut is kept beside", kept >= count - 2, &format!("{kept}"));
    Ok(())
}

/// How many rows a server has.
fn rows_of(server: &Server) -> Result<usize> {
    let reply =
        Client::connect(server)?.transact(r#"{"op":"select","table":"Big","where":[],"columns":["n"]}"#)?;
    let rows = reply.pointer("/result/0/rows").and_then(|rows| rows.as_array());
    Ok(rows.ok_or("no rows in the reply")?.len())
}

fn damaged_middle(ground: &Ground, verdict: &mut Verdict) -> Result<()> {
    let path = ground.work.join("attack.db");
    let ends = write(&path)?;
    let mut bytes = std::fs::read(&path)?;
    let at = ends.get(10).copied().unwrap_or(0) - 20;
    bytes.iter_mut().skip(at).take(1).for_each(|byte| *byte ^= 1);
    std::fs::write(&path, &bytes)?;
    let refused = refuse(ground, &path)?;
    let text = format!("{}: {}", refused.status, refused.stderr);
    verdict.is_true("the server refuses it", refused.status == "exit 1", &text);
    verdict.is_true("and names the repair", refused.stderr.contains("ovsdb-tool recover"), &text);
    verdict.is_true("and leaves it as it is", std::fs::read(&path)? == bytes, "it was changed");

    let repaired = ground.work.join("repaired.db");
    let mut recover = Command::new(ground.programs.find("ovsdb-tool")?);
    let recovered = process::run(recover.arg("recover").arg(&path).arg(&repaired), REFUSAL)?;
    let text = format!("{}: {}{}", recovered.status, recovered.stdout, recovered.stderr);
    if !repaired.exists() {
        verdict.is_true("ovsdb-tool recover writes a new file", false, &text);
        return Ok(());
    }
    let rows = rows_of(&Server::start(ground, &repaired)?)?;
    verdict.is_true("all rows but the damaged are recovered", rows == ROWS - 1, &format!("{rows}; {text}"));
    Ok(())
}

/// Starts a server that is expected not to start.
fn refuse(ground: &Ground, path: &Path) -> Result<Outcome> {
    let mut command = Command::new(ground.programs.find("ovsdb-server")?);
    let folder = &ground.work;
    command.arg(path).arg("--no-chdir").arg(format!("--unixctl={}", folder.join("ctl").display()));
    command.arg(format!("--remote=punix:{}", folder.join("sock").display()));
    process::run(&mut command, REFUSAL)
}

fn hostile(ground: &Ground, verdict: &mut Verdict) -> Result<()> {
    let path = ground.work.join("attack.db");
    let record = |json: &str| -> Result<Vec<u8>> {
        database_file::write(&path, &[json])?;
        Ok(std::fs::read(&path)?)
    };
    let schema = server::SCHEMA.replace('\n', "");
    let mut good = record(&schema)?;
    let nested = format!("{}{}", "[".repeat(1_000_000), "]".repeat(1_000_000));
    let long = format!(
        r#"{{"Big":{{"00000000-0000-4000-9000-000000000000":{{"value":7,"name":"{}"}}}}}}"#,
        "x".repeat(100 << 20)
    );
    let mut with_long = good.clone();
    with_long.extend(record(&long)?);
    // the damage is in the middle, so that nothing may be cut
    with_long.extend_from_slice(&good);
    let sum = "0123456789abcdef0123456789abcdef01234567";
    good.extend_from_slice(format!("OVSDB JSON 4294967295 {sum}\n").as_bytes());
    let cases: Vec<(&str, Vec<u8>)> = vec![
        ("an empty file", Vec::new()),
        (
            "no database",
            (0..1u32 << 20).map(|n| (n.wrapping_mul(2_654_435_761) >> 24).to_le_bytes()[0]).collect(),
        ),
        ("a first record of 4 GB", format!("OVSDB JSON 4294967295 {sum}\n{{").into_bytes()),
        ("a length of 60 digits", format!("OVSDB JSON {} {sum}\n{{", "9".repeat(60)).into_bytes()),
        ("a nested schema", record(&nested)?),
        (
            "a schema of 1,000,000 names",
            record(&format!(r#"{{"name":"A","tables":{{{}}}}}"#, r#""T":{},"#.repeat(1_000_000)))?,
        ),
        ("a wrong record of 100 MB", with_long),
        (
            "a cluster's file",
            record(r#"{"server_id":1}"#)?.iter().skip(10).fold(b"OVSDB CLUSTER ".to_vec(), |mut all, b| {
                all.push(*b);
                all
            }),
        ),
    ];
    let count = cases.len();
    let (mut refused, mut peak, mut longest, mut wrong) = (0, 0.0f64, 0.0f64, String::new());
    for (what, bytes) in cases {
        std::fs::write(&path, &bytes)?;
        let outcome = refuse(ground, &path)?;
        peak = peak.max(outcome.peak);
        longest = longest.max(outcome.seconds);
        let fine = outcome.status == "exit 1" && !outcome.stderr.is_empty();
        refused += usize::from(fine);
        if !fine {
            let text: String = outcome.stderr.chars().take(100).collect();
            wrong += &format!("{what}: {} {text}; ", outcome.status);
        }
    }
    verdict.is_true(&format!("all {count} are refused"), refused == count, &wrong);
    verdict.at_most("longest", longest, "s", 3.0);
    verdict.at_most("memory", peak, "MB", 600.0);

    // a good file that ends in a record which claims 4 GB is served
    std::fs::write(&path, &good)?;
    let rows = Server::start(ground, &path).and_then(|server| rows_of(&server));
    let text = rows.as_ref().map_or_else(ToString::to_string, ToString::to_string);
    verdict.is_true("a torn record that claims 4 GB is cut off", rows.is_ok_and(|n| n == 0), &text);
    Ok(())
}
