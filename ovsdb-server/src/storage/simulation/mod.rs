//! Tests of the storage on a simulated disk: what was promised as durable is there, and nothing by
//! halves, wherever the program stops or the power fails.

mod disk;

pub(super) use disk::SimDisk;

use super::error::{Kept, Notice};
use super::open::{Place, create_on, open_on};
use super::{Journal, OpenOptions, Opened};
use crate::engine::{Change, Commit, Database, Row};
use ovsdb_proto::schema::{DatabaseSchema, TableId};
use ovsdb_proto::value::{Datum, Uuid};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

/// How many runs there are, unless `SIMULATION_SEEDS` in the environment says otherwise.
const SEEDS: u128 = 2_000;

/// How often the program is started anew on one disk.
const STARTS: u32 = 4;

const T: TableId = TableId(0);

const PATH: &str = "db";

/// All rows: their numbers and names.
type Rows = BTreeMap<Uuid, Arc<str>>;

fn schema() -> DatabaseSchema {
    let text = r#"{"name":"D","version":"1.0.0","tables":{"T":{"isRoot":true,"columns":{"name":{"type":"string"}}}}}"#;
    DatabaseSchema::parse_strict(text).unwrap()
}

fn rows(database: &Database) -> Rows {
    let table = &database.schema().tables()[0];
    let name = table.column_id("name").unwrap();
    let text = |row: &Row| Arc::from(row.read(table, name).unwrap().as_str().unwrap());
    database.rows(T).map(|row| (row.uuid(), text(row))).collect()
}

/// A transaction that sets the name of a row, or deletes the row.
fn change(database: &Database, n: u32, name: Option<&str>) -> Commit {
    let table = &database.schema().tables()[0];
    let (uuid, version) = (Uuid::from_u128(n.into()), Uuid::from_u128(1));
    let values = |name: &str| [(table.column_id("name").unwrap(), Datum::one(name))];
    let new = name.map(|name| Row::new(table, uuid, version, values(name)));
    let old = database.row(T, uuid).cloned();
    Commit {
        id: Uuid::NIL,
        changes: vec![Change { table: T, uuid, old, new }],
        comment: None,
        durable: false,
    }
}

/// A program that works on a disk until it stops, and what may be found afterwards.
struct Run {
    seed: u128,
    disk: SimDisk,
    /// What may be found after the power has failed.
    possible: Vec<Rows>,
    /// What is there for those who ask while the power is on. A transaction that the program was
    /// in when it stopped, or that it could not take back, may be there as well.
    seen: Rows,
    unfinished: Vec<Rows>,
    /// A sync has failed: the next program could not know.
    doubtful: bool,
    tally: Tally,
}

/// How often something happened, to know that it was tried at all.
#[derive(Debug, Default)]
struct Tally {
    tails: u32,
    unsynced: u32,
    left_in_place: u32,
    durable: u32,
    failed: u32,
    compacted: u32,
    lost: u32,
}

impl Run {
    fn new(seed: u128) -> Run {
        let disk = SimDisk::new(seed);
        create_on(&disk, Path::new(PATH), &schema()).unwrap();
        let (possible, seen) = (vec![Rows::new()], Rows::new());
        Run { seed, disk, possible, seen, unfinished: Vec::new(), doubtful: false, tally: Tally::default() }
    }

    fn open(&self) -> Opened {
        let place = Place { path: PATH.into(), real: PATH.into(), lock: None };
        let options = OpenOptions { seed: self.seed, ..OpenOptions::default() };
        match open_on(Arc::new(self.disk.clone()), place, options) {
            Ok(opened) => opened,
            Err(error) => panic!("seed {}: {error}", self.seed),
        }
    }

    /// Starts the program, lets it work until it stops, and the power fail or not.
    fn start(&mut self) {
        let before = self.disk.read(Path::new(PATH)).unwrap();
        self.disk.stop_after(self.disk.random(30));
        self.disk.fail(if self.seed.is_multiple_of(2) { 25 } else { 0 });
        let mut opened = self.open();
        self.look_at(&opened, &before);
        while !self.disk.is_stopped() {
            self.step(&mut opened);
        }
        self.doubtful |= opened.journal.doubtful;
        drop(opened);
        self.stop();
    }

    fn look_at(&mut self, opened: &Opened, before: &[u8]) {
        let found = rows(&opened.database);
        assert!(
            found == self.seen || self.unfinished.contains(&found),
            "seed {}: {} rows found",
            self.seed,
            found.len()
        );
        self.possible.push(found.clone());
        self.seen = found;
        self.unfinished.clear();
        for notice in &opened.notices {
            let Notice::Tail { offset, unsynced, kept, .. } = notice;
            let end = &before[usize::try_from(*offset).unwrap()..];
            self.tally.tails += 1;
            self.tally.unsynced += u32::from(*unsynced);
            match kept {
                Kept::Beside(path) => assert_eq!(self.disk.read(path).unwrap(), end, "seed {}", self.seed),
                // some operation failed, or was the last
                Kept::InPlace(_) => {
                    assert!(self.disk.read(Path::new(PATH)).unwrap().ends_with(end) || opened.journal.torn);
                    self.tally.left_in_place += 1;
                }
            }
        }
    }

    fn step(&mut self, opened: &mut Opened) {
        if self.disk.random(20) == 0 {
            return self.compact(opened);
        }
        let n = self.disk.random(8);
        let name = "x".repeat(self.disk.random(800) as usize) + &self.disk.random(1000).to_string();
        let name = (self.disk.random(5) > 0).then_some(&*name);
        let mut commit = change(&opened.database, n, name);
        if commit.changes.iter().all(|change| change.old == change.new) {
            return;
        }
        // some programs hardly ever sync
        commit.durable = self.disk.random(if self.seed.is_multiple_of(3) { 4 } else { 24 }) == 0;
        let mut after = self.seen.clone();
        match name {
            Some(name) => after.insert(Uuid::from_u128(n.into()), name.into()),
            None => after.remove(&Uuid::from_u128(n.into())),
        };
        match opened.journal.append(&opened.database, &commit) {
            Ok(()) => {
                opened.database.apply(&commit);
                self.seen.clone_from(&after);
                self.unfinished.clear();
                if commit.durable {
                    self.possible.clear();
                    self.tally.durable += 1;
                }
                self.possible.push(after);
            }
            Err(_) => {
                self.tally.failed += 1;
                // it was taken back, unless that failed as well
                self.unfinished.retain(|_| opened.journal.torn);
                self.unfinished.extend(opened.journal.torn.then_some(after));
            }
        }
    }

    fn compact(&mut self, opened: &mut Opened) {
        let compacted = opened.journal.compact(&opened.database).is_ok();
        self.tally.compacted += u32::from(compacted);
        if compacted && !opened.journal.moved {
            self.possible = vec![self.seen.clone()];
            self.unfinished.clear();
        }
    }

    /// Stops the program, perhaps because the power fails, and finds out which of the possible
    /// states the disk was left in.
    fn stop(&mut self) {
        if self.disk.random(3) == 0 && !self.doubtful {
            return self.disk.restart();
        }
        self.disk.lose_power();
        self.doubtful = false;
        let found = rows(&self.open().database);
        self.possible.append(&mut self.unfinished);
        assert!(
            self.possible.contains(&found),
            "seed {}: after a loss of power {} rows are found, which is none of {} possible states",
            self.seed,
            found.len(),
            self.possible.len()
        );
        self.tally.lost += u32::from(found != self.seen);
        self.possible = vec![found.clone()];
        self.seen = found;
    }
}

#[test]
fn what_was_promised_survives_every_loss_of_power_and_nothing_is_there_by_halves() {
    let mut all = Tally::default();
    let seeds = std::env::var("SIMULATION_SEEDS").ok().and_then(|seeds| seeds.parse().ok());
    for seed in 0..seeds.unwrap_or(SEEDS) {
        let mut run = Run::new(seed);
        for _ in 0..STARTS {
            run.start();
        }
        // what was left of a compaction does not stay
        run.disk.fail(0);
        drop(run.open());
        assert!(!run.disk.names().iter().any(|name| name.ends_with("db.~compacting~")), "seed {seed}");
        let tally = run.tally;
        all.tails += tally.tails;
        all.unsynced += tally.unsynced;
        all.left_in_place += tally.left_in_place;
        all.durable += tally.durable;
        all.failed += tally.failed;
        all.compacted += tally.compacted;
        all.lost += tally.lost;
    }
    println!("{all:?}");
    let Tally { tails, unsynced, left_in_place, durable, failed, compacted, lost } = all;
    // all of it was tried
    assert!(
        [tails, unsynced, left_in_place, durable, failed, compacted, lost].iter().all(|n| *n > 50),
        "{all:?}"
    );
}
