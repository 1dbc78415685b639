//! Is what was acknowledged still there when the program was killed at any moment?

use super::damage::{child, task};
use super::*;
use ovsdb_server::engine::Ids;
use std::io::{BufRead, BufReader, Write};
use std::process::Stdio;

/// How often the program is killed.
const KILLS: u32 = 250;

/// How many rows are kept: each transaction adds one and removes the oldest.
const ROWS: u128 = 64;

/// The number of the newest row, 0 if there is none.
fn newest(database: &Database) -> u128 {
    database.rows(ANIMAL).map(|row| row.uuid().as_u128()).max().unwrap_or(0)
}

#[test]
fn nothing_acknowledged_is_lost_when_the_program_is_killed() {
    let scratch = Scratch::new();
    let path = scratch.join("zoo.db");
    drop(zoo(&path));
    let mut ids = Ids::new(20);
    let mut random = |below: u32| ids.next().first_word() % below;
    let (mut rows, mut torn) = (0, 0);
    for kill in 0..KILLS {
        let mut writer =
            child("storage::crash::write", "CRASH_FILE", &path).stdout(Stdio::piped()).spawn().unwrap();
        let mut said = BufReader::new(writer.stdout.take().unwrap()).lines().map(Result::unwrap);
        // the moment: after some answers, and then after some work of our own
        let mut acknowledged = rows;
        let mut take = |line: String| {
            if let Some(n) = line.strip_prefix("done ") {
                assert_eq!(n.parse(), Ok(acknowledged + 1));
                acknowledged += 1;
            }
        };
        said.by_ref().take(5 + random(60) as usize).for_each(&mut take);
        for n in 0..random(200_000) {
            std::hint::black_box(n);
        }
        writer.kill().unwrap();
        writer.wait().unwrap();
        said.for_each(&mut take);

        let opened = reopen(&path);
        let found = newest(&opened.database);
        assert!(
            found == acknowledged || found == acknowledged + 1,
            "kill {kill}: {found} found, {acknowledged} acknowledged"
        );
        let oldest = found.saturating_sub(ROWS);
        let numbers = opened.database.rows(ANIMAL).map(|row| row.uuid().as_u128());
        assert!(numbers.eq(oldest + 1..=found), "kill {kill}");
        torn += opened.notices.len();
        rows = found;
    }
    println!("{KILLS} kills, {rows} rows, {torn} torn records");
    for release in Release::both() {
        assert_eq!(dump(&reopen(&path).database), their_dump(&release, &path, &schema()));
    }
}

/// Commits rows until it is killed, and says of each that it did; now and then it compacts the file.
#[test]
fn write() {
    let Some(path) = task("CRASH_FILE") else { return };
    let mut opened = reopen(&path);
    let mut out = std::io::stdout();
    for n in newest(&opened.database) + 1.. {
        // some are so large that writing them takes a while
        let name = if n % 8 == 0 { "long ".repeat(4000) } else { format!("animal {n}") };
        let mut done = named(&opened.database, n, &name);
        if n > ROWS {
            done.changes.insert(0, animal(&opened.database, n - ROWS, None).changes.remove(0));
        }
        done.durable = n % 16 == 0;
        commit(&mut opened, &done);
        writeln!(out, "\ndone {n}").unwrap();
        out.flush().unwrap();
        if n % 32 == 0 {
            opened.journal.compact(&opened.database).unwrap();
        }
    }
}
