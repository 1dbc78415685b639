//! How fast are messages framed and decoded, beside serde_json on the same bytes in the same run?
//!
//! `cargo run --release -p ovn-benches --bin codec [ports] [messages]`; 100,000 and 1,000 unless said otherwise.

#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "its input is its own, and a measurement that meets a surprise must stop"
)]

mod generate;
mod measure;
mod ours;
mod rows;
mod theirs;

use measure::{Case, table};
use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};
use std::alloc::System;

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |i: usize, usual| arguments.get(i).and_then(|a| a.parse().ok()).unwrap_or(usual);
    // for a profiler: only the cases whose name contains this
    let only = arguments.get(2).map_or("", String::as_str);
    first_reply(number(0, 100_000), only);
    small_updates(number(1, 1000), only);
}

/// What a client sees first: all of a database in one message.
fn first_reply(rows: usize, only: &str) {
    let bytes = generate::first_reply(rows);
    let expected = theirs::value_rows(&bytes);
    println!("One reply to monitor_cond of {:.1} MB, {expected} rows", bytes.len() as f64 / 1e6);
    let check_frames = |n: usize| assert_eq!(n, 1, "it is one message");
    let check = |n: usize| assert_eq!(n, expected, "every way must see the same rows");
    table(
        bytes.len(),
        1,
        only,
        vec![
            Case::new("framing, in reads of 64 KiB", || check_frames(ours::frames(&bytes))),
            Case::new("framing + walk, nothing kept", || check(ours::walk_reply(&bytes))),
            Case::new("framing + decode to structs", || check(ours::reply(&bytes).len())),
            Case::new("serde_json to structs", || check(theirs::reply(&bytes).len())),
            Case::new("serde_json::Value", || check(theirs::value_rows(&bytes))),
        ],
    );
}

/// What a client sees from then on: many small messages. They fit into the cache, where a read from a socket leaves them.
fn small_updates(messages: usize, only: &str) {
    let bytes = generate::updates(messages);
    println!("{messages} messages update2 of {} bytes", bytes.len() / messages.max(1));
    let check = |n: usize| assert_eq!(n, messages, "every way must see the same rows");
    table(
        bytes.len(),
        messages,
        only,
        vec![
            Case::new("framing", || check(ours::frames(&bytes))),
            Case::new("framing + walk, nothing kept", || check(ours::walk_updates(&bytes))),
            Case::new("framing + decode to structs", || check(ours::updates(&bytes))),
            Case::new("serde_json to structs", || check(theirs::updates(&bytes))),
            Case::new("serde_json::Value", || check(theirs::value_updates(&bytes))),
        ],
    );
}
