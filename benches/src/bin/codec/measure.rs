//! How a way of decoding is timed and its memory counted.

use crate::ALLOCATOR;
use std::time::Instant;

/// One way to do the work.
pub(crate) struct Case<'a> {
    name: &'static str,
    run: Box<dyn Fn() + 'a>,
}

impl<'a> Case<'a> {
    pub(crate) fn new(name: &'static str, run: impl Fn() + 'a) -> Case<'a> {
        Case { name, run: Box::new(run) }
    }
}

const ROUNDS: usize = 15;
const ROUND_SECONDS: f64 = 0.2;

/// How long this thread has run: Linux counts it, and leaves out what other programs took. The kernel brings it up to date every few
/// milliseconds, so a round must last much longer.
fn cpu_seconds() -> f64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").expect("a Linux kernel that counts");
    let nanoseconds: f64 = text.split(' ').next().and_then(|n| n.parse().ok()).expect("a number");
    nanoseconds / 1e9
}

/// Times all cases in turns, so that a busy moment of the machine meets them all, and prints the best turn of each: speed, the ratio
/// to the last case, and allocations per message.
pub(crate) fn table(bytes: usize, messages: usize, only: &str, mut cases: Vec<Case<'_>>) {
    cases.retain(|case| case.name.contains(only));
    let mut best = vec![f64::INFINITY; cases.len()];
    for _ in 0..ROUNDS {
        for (case, best) in cases.iter().zip(&mut best) {
            // once untimed: the first run after another case pays for the heap that the other left behind
            let warm = Instant::now();
            (case.run)();
            let runs = (ROUND_SECONDS / warm.elapsed().as_secs_f64()).ceil().max(1.0);
            let start = cpu_seconds();
            for _ in 0..runs as u32 {
                (case.run)();
            }
            *best = best.min((cpu_seconds() - start) / runs);
        }
    }
    let slowest = best.last().copied().unwrap_or(f64::NAN);
    let structs =
        cases.iter().position(|c| c.name == "serde_json to structs").and_then(|i| best.get(i).copied());
    println!(
        "| what | GB/s | times Value | times serde structs | allocations per message | bytes allocated per message |"
    );
    println!("|---|---|---|---|---|---|");
    for (case, best) in cases.iter().zip(&best) {
        let before = ALLOCATOR.stats();
        (case.run)();
        let after = ALLOCATOR.stats();
        let calls = |s: &stats_alloc::Stats| s.allocations + s.reallocations;
        let size = |s: &stats_alloc::Stats| s.bytes_allocated;
        println!(
            "| {} | {:.2} | {:.1} | {:.1} | {:.2} | {:.0} |",
            case.name,
            bytes as f64 / best / 1e9,
            slowest / best,
            structs.unwrap_or(f64::NAN) / best,
            (calls(&after) - calls(&before)) as f64 / messages as f64,
            (size(&after) - size(&before)) as f64 / messages as f64,
        );
    }
    println!();
}
