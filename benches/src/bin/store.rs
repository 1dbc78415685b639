//! What the row store costs at 100,000 ports: versions, lookups, differences, memory.
//!
//! `cargo run --release -p ovn-benches --bin store [PORTS]`. Times are of this thread's processor,
//! the best of several rounds; beside the store stand the plain hash maps of [`Snapshot`] and a
//! persistent map of another crate, in the same run.

#![allow(clippy::expect_used, reason = "a measurement that cannot run says so and stops")]

use immutable_chunkmap::map::MapM;
use ovn_benches::northbound::Northbound;
use ovsdb_proto::json::Reader;
use ovsdb_proto::op::Condition;
use ovsdb_proto::replica::{Absent, Snapshot};
use ovsdb_proto::row::Query;
use ovsdb_proto::schema::{ColumnId, DatabaseSchema, TableSchema, read_datum};
use ovsdb_proto::store::{Probe, Row, RowBuilder, Version};
use ovsdb_proto::value::{Datum, DatumView, Packed, Uuid};
use stats_alloc::StatsAlloc;
use std::alloc::System;
use std::hint::black_box;
use std::sync::Arc;

const SCHEMA: &str = include_str!("../../../ovn-nb/src/tables/schema.ovsschema");
const ROUNDS: usize = 7;

#[global_allocator]
static ALLOCATOR: StatsAlloc<System> = StatsAlloc::system();

type Cells = Vec<(ColumnId, Datum)>;

fn main() {
    let ports = std::env::args().nth(1).and_then(|n| n.parse().ok()).unwrap_or(100_000);
    let schema = Arc::new(DatabaseSchema::parse(SCHEMA).expect("the schema"));
    let id = schema.table_id("Logical_Switch_Port").expect("the table");
    let table = schema.table(id).expect("the table");
    let text = Northbound { ports }.record();
    let rows = read_rows(&text, table);
    drop(text);
    println!("| what | {ports} ports |\n|---|---|");

    let base = held();
    let mut snapshot = Snapshot::new(Arc::clone(&schema), Arc::new(Absent::default()));
    let all = Query { table: id, conditions: vec![], columns: table.own_columns() };
    snapshot.answer(&all, rows.iter().cloned());
    let maps = held() - base;
    println!("| hash maps: memory | {:.1} MB |", maps / 1e6);

    let base = held();
    let mut builder = RowBuilder::default();
    let packed: Vec<(Uuid, Row)> =
        rows.iter().map(|(uuid, cells)| (*uuid, pack(&mut builder, table, cells))).collect();
    let bytes: usize = packed.iter().map(|(_, row)| row.size()).sum();
    let mut version = Version::new(Arc::clone(&schema));
    version.fill(id, packed.clone());
    let own = held() - base;
    println!(
        "| store with the index of names: memory | {:.1} MB, {:.2} of the maps; {} bytes a row |",
        own / 1e6,
        own / maps,
        bytes / rows.len()
    );

    let order = shuffled(rows.len());
    let uuids: Vec<Uuid> = order.iter().filter_map(|i| rows.get(*i)).map(|row| row.0).collect();
    let name = table.column_id("name").expect("the column");
    let up = table.column_id("up").expect("the column");
    let value = |uuid: &Uuid| Some(Packed::from(version.row(id, *uuid)?.get(name)?));
    let names: Vec<Packed> = uuids.iter().filter_map(value).collect();

    let maps = time(20, |_| drop(black_box(snapshot.clone())));
    let own = time(100_000, |_| drop(black_box(version.clone())));
    report("clone", own, maps);

    let changed: Vec<(Uuid, Row)> = packed_changes(&packed, &order, table, up, &mut builder);
    let mut current = version.clone();
    let own = time(20_000, |i| {
        let held = current.clone();
        if let Some((uuid, row)) = changed.get(i % changed.len()) {
            current.replace(id, *uuid, Some(row.clone()));
        }
        drop(black_box(held));
    });
    let maps = time(5, |i| {
        let mut next = snapshot.clone();
        if let Some((uuid, cells)) = order.get(i).and_then(|i| rows.get(*i)) {
            let query =
                Query { table: id, conditions: vec![Condition::uuid(*uuid)], columns: table.own_columns() };
            next.answer(&query, [(*uuid, cells.clone())]);
        }
        drop(black_box(next));
    });
    report("next version, one row changed, beside a held version", own, maps);
    let mut chunks: MapM<Uuid, Row> = packed.iter().cloned().collect();
    let other = time(20_000, |i| {
        let held = chunks.clone();
        if let Some((uuid, row)) = changed.get(i % changed.len()) {
            chunks = held.insert(*uuid, row.clone()).0;
        }
        drop(black_box(held));
    });
    let mut tree: ovsdb_proto::store::Tree<Row> = packed.iter().cloned().collect();
    let bare = time(20_000, |i| {
        let held = tree.clone();
        if let Some((uuid, row)) = changed.get(i % changed.len()) {
            tree.insert(*uuid, row.clone());
        }
        drop(black_box(held));
    });
    println!("| the same, the tree of rows alone | {} |", show(bare));
    println!("| the same, immutable-chunkmap | {}, {:.1} times the tree |", show(other), other / bare);

    let own = time(uuids.len(), |i| {
        black_box(uuids.get(i % uuids.len()).and_then(|uuid| version.row(id, *uuid)));
    });
    println!("| row by UUID, in random order | {} |", show(own));
    let other = time(uuids.len(), |i| {
        black_box(uuids.get(i % uuids.len()).and_then(|uuid| chunks.get(uuid)));
    });
    println!("| the same, immutable-chunkmap | {}, {:.1} times |", show(other), other / own);
    let columns = [name];
    let own = time(names.len(), |i| {
        let value = [names.get(i % names.len()).map_or(DatumView::EMPTY, Packed::view)];
        let found = version
            .table(id)
            .and_then(|own| own.find(table, version.state(), &Probe::Columns(&columns, &value))?.next());
        assert!(black_box(found).is_some());
    });
    println!("| row by name, in random order, the row in hand | {} |", show(own));
    let row = version.row(id, uuids.first().copied().unwrap_or_default()).expect("a row").clone();
    let own = time(1_000_000, |_| {
        black_box(black_box(&row).read(table, name).and_then(DatumView::as_str));
    });
    println!("| one column of a row in hand | {} |", show(own));

    let mut newer = version.clone();
    for (uuid, row) in changed.iter().take(10) {
        newer.replace(id, *uuid, Some(row.clone()));
    }
    let own = time(2000, |_| assert_eq!(black_box(version.changes(&newer)).len(), 10));
    println!("| difference of two versions with 10 changes | {} |", show(own));
    let own = time(20_000, |i| {
        if let Some((_, cells)) = rows.get(i % rows.len()) {
            drop(black_box(pack(&mut builder, table, cells)));
        }
    });
    println!("| packing a row | {} |", show(own));
}

fn report(what: &str, own: f64, maps: f64) {
    println!("| {what} | {}, of the maps {}: {:.0} times |", show(own), show(maps), maps / own);
}

fn show(seconds: f64) -> String {
    match seconds {
        s if s < 1e-6 => format!("{:.0} ns", s * 1e9),
        s if s < 1e-3 => format!("{:.2} us", s * 1e6),
        s => format!("{:.1} ms", s * 1e3),
    }
}

/// The processor time of one of `runs` calls, in the best of several rounds.
fn time(runs: usize, mut work: impl FnMut(usize)) -> f64 {
    let round = |_| {
        let start = cpu_seconds();
        (0..runs).for_each(&mut work);
        (cpu_seconds() - start) / runs as f64
    };
    (0..ROUNDS).map(round).fold(f64::INFINITY, f64::min)
}

fn cpu_seconds() -> f64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").expect("a Linux kernel that counts");
    let nanoseconds: f64 = text.split(' ').next().and_then(|n| n.parse().ok()).expect("a number");
    nanoseconds / 1e9
}

/// The number of bytes allocated.
fn held() -> f64 {
    let stats = ALLOCATOR.stats();
    (stats.bytes_allocated as f64) - (stats.bytes_deallocated as f64)
}

fn shuffled(len: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..len).collect();
    order
        .sort_by_key(|i| (i.wrapping_mul(0x9e37_79b9) ^ 0x5bd1_e995).wrapping_mul(0x85eb_ca6b) & 0xffff_ffff);
    order
}

fn pack(builder: &mut RowBuilder, table: &TableSchema, cells: &Cells) -> Row {
    cells.iter().for_each(|(column, value)| builder.set(*column, value));
    builder.build(table, None)
}

fn packed_changes(
    packed: &[(Uuid, Row)],
    order: &[usize],
    table: &TableSchema,
    up: ColumnId,
    builder: &mut RowBuilder,
) -> Vec<(Uuid, Row)> {
    let some = order.iter().filter_map(|i| packed.get(*i)).take(20_000);
    some.map(|(uuid, row)| {
        let held = row.get(up).is_some_and(|up| up.contains(ovsdb_proto::value::AtomView::Boolean(false)));
        builder.set(up, &Datum::one(held));
        (*uuid, builder.build(table, Some(row)))
    })
    .collect()
}

fn read_rows(text: &str, table: &TableSchema) -> Vec<(Uuid, Cells)> {
    let mut reader = Reader::new(text.as_bytes());
    let mut rows = Vec::new();
    reader.begin_object().expect("tables");
    while let Some(name) = reader.next_key().expect("tables") {
        if *name != *table.name {
            reader.skip().expect("a table");
            continue;
        }
        reader.begin_object().expect("rows");
        while let Some(uuid) = reader.next_key().expect("rows") {
            let uuid: Uuid = uuid.parse().expect("a UUID");
            let mut cells = Cells::new();
            reader.begin_object().expect("columns");
            while let Some(name) = reader.next_key().expect("columns") {
                let column = table.column_id(&name).expect("a column");
                let type_ = &table.column(column).expect("a column").type_;
                cells.push((column, read_datum(&mut reader, type_, &mut |_| None).expect("a value")));
            }
            rows.push((uuid, cells));
        }
    }
    rows
}
