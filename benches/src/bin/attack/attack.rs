//! One attack, and the verdict on what was measured under it.

use crate::ground::Ground;
use crate::probe::Latencies;
use std::error::Error;
use std::fmt;

pub(crate) type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

/// The longest that the slowest hundredth of other clients may wait, in milliseconds.
pub(crate) const P99_MS: f64 = 100.0;
/// The longest that any other client may wait while one large request is carried out, in
/// milliseconds.
pub(crate) const STALL_MS: f64 = 500.0;
/// The most lines that an attack may leave in a log.
pub(crate) const LOG_LINES: f64 = 200.0;

/// One attack.
pub(crate) struct Attack {
    pub(crate) name: &'static str,
    /// What the attacker does, in a few words.
    pub(crate) what: &'static str,
    /// Whether the figures of the C programs are worth their time in every run.
    pub(crate) beside_c: bool,
    pub(crate) run: fn(&Ground, &mut Verdict) -> Result<()>,
}

/// What was measured, each figure beside its limit.
#[derive(Default)]
pub(crate) struct Verdict {
    figures: Vec<String>,
    failures: usize,
}

impl Verdict {
    /// A figure that must not exceed `limit`.
    pub(crate) fn at_most(&mut self, what: &str, value: f64, unit: &str, limit: f64) {
        let (space, sign) =
            (if unit.is_empty() { "" } else { " " }, if value > limit { ", EXCEEDED" } else { "" });
        self.figures.push(format!("{what} {}{space}{unit} (at most {limit}{sign})", short(value)));
        self.failures += usize::from(value > limit);
    }

    /// Something that must hold; `seen` is printed if it does not.
    pub(crate) fn is_true(&mut self, what: &str, holds: bool, seen: &str) {
        if holds {
            self.figures.push(what.to_owned());
        } else {
            let seen: String = seen.trim().chars().take(300).collect();
            self.figures.push(format!("NOT {what} ({})", seen.replace('\n', " / ")));
            self.failures += 1;
        }
    }

    /// A figure without a limit.
    pub(crate) fn note(&mut self, text: String) {
        self.figures.push(text);
    }

    /// What other clients waited, whose slowest hundredth must not exceed [`P99_MS`].
    pub(crate) fn latencies(&mut self, who: &str, latencies: &Latencies) {
        self.at_most(&format!("{who} p99"), latencies.percentile(99.0), "ms", P99_MS);
        self.note(format!("max {} ms", short(latencies.max())));
        self.unserved(who, latencies);
    }

    /// What other clients waited, none of whom may wait longer than `limit` milliseconds.
    pub(crate) fn longest(&mut self, who: &str, latencies: &Latencies, limit: f64) {
        self.note(format!("{who} p99 {} ms", short(latencies.percentile(99.0))));
        self.at_most("max", latencies.max(), "ms", limit);
        self.unserved(who, latencies);
    }

    fn unserved(&mut self, who: &str, latencies: &Latencies) {
        if latencies.failures > 0 {
            let seen = format!("{} of {} were not", latencies.failures, latencies.count());
            self.is_true(&format!("all on {who} were served"), false, &seen);
        }
    }

    pub(crate) fn is_ok(&self) -> bool {
        self.failures == 0
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.figures.join("; "))
    }
}

/// A number with as many digits as mean something.
fn short(value: f64) -> String {
    if value < 10.0 && value.fract() != 0.0 { format!("{value:.1}") } else { format!("{value:.0}") }
}
