//! Limits on how often one kind of message is logged.

use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// What one message costs. With the rate given by the minute, a token is earned in a millisecond.
const MESSAGE: u64 = 60_000;

/// The limit on the messages of one call site: a token bucket, and a count of what was dropped.
///
/// Each place that a peer can make log at will has a `static` limit of its own, which it hands to
/// [`Log::write_limited`](super::Log::write_limited).
#[derive(Debug)]
pub struct RateLimit {
    per_minute: u32,
    burst: u32,
    state: Mutex<State>,
}

#[derive(Clone, Copy, Debug)]
struct State {
    tokens: u64,
    /// When `tokens` was last brought up to date; never before the first message.
    updated: Option<Instant>,
    dropped: Option<Dropped>,
}

#[derive(Clone, Copy, Debug)]
struct Dropped {
    count: u64,
    first: Instant,
    last: Instant,
}

/// Whether a message may be logged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It is dropped, and counted.
    Drop,
    /// It is logged, after the report of what was dropped before it.
    Pass(Option<Report>),
}

/// The messages that were dropped since the last one that was logged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Report {
    count: u64,
    since_first: Duration,
    since_last: Duration,
}

impl RateLimit {
    /// Lets `burst` messages pass at once, and `per_minute` in the long run.
    pub const fn new(per_minute: u32, burst: u32) -> RateLimit {
        let tokens = burst as u64 * MESSAGE;
        RateLimit { per_minute, burst, state: Mutex::new(State { tokens, updated: None, dropped: None }) }
    }

    /// Decides about a message at `now`.
    pub(super) fn admit(&self, now: Instant) -> Verdict {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let elapsed = now.saturating_duration_since(state.updated.unwrap_or(now));
        let millis = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX);
        if millis > 0 || state.updated.is_none() {
            let earned = millis.saturating_mul(u64::from(self.per_minute));
            let full = u64::from(self.burst) * MESSAGE;
            state.tokens = state.tokens.saturating_add(earned).min(full);
            state.updated = Some(now);
        }
        match state.tokens.checked_sub(MESSAGE) {
            Some(left) => {
                state.tokens = left;
                Verdict::Pass(state.dropped.take().map(|dropped| Report {
                    count: dropped.count,
                    since_first: now.saturating_duration_since(dropped.first),
                    since_last: now.saturating_duration_since(dropped.last),
                }))
            }
            None => {
                let dropped = state.dropped.get_or_insert(Dropped { count: 0, first: now, last: now });
                dropped.count = dropped.count.saturating_add(1);
                dropped.last = now;
                Verdict::Drop
            }
        }
    }
}

/// The text of the C programs.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Report { count, since_first, since_last } = self;
        write!(
            f,
            "Dropped {count} log messages in last {} seconds (most recently, {} seconds ago) due to \
             excessive rate",
            since_first.as_secs(),
            since_last.as_secs()
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many of the messages that come at these milliseconds pass, and the reports between them.
    fn passed(limit: &RateLimit, start: Instant, times: impl IntoIterator<Item = u64>) -> (u32, Vec<String>) {
        let (mut count, mut reports) = (0, Vec::new());
        for millis in times {
            if let Verdict::Pass(report) = limit.admit(start + Duration::from_millis(millis)) {
                count += 1;
                reports.extend(report.map(|report| report.to_string()));
            }
        }
        (count, reports)
    }

    /// The numbers of ovsdb-server 3.1 for five messages at once and five a minute: one every 12
    /// seconds.
    #[test]
    fn a_burst_passes_and_then_one_message_as_often_as_the_rate_allows() {
        let limit = RateLimit::new(5, 5);
        let start = Instant::now();
        assert_eq!(passed(&limit, start, 0..12_000), (5, vec![]));
        let report = "Dropped 11995 log messages in last 11 seconds (most recently, 0 seconds ago) due to \
                      excessive rate";
        assert_eq!(passed(&limit, start, [12_000, 12_001]), (1, vec![report.to_owned()]));
        let report = "Dropped 1 log messages in last 107 seconds (most recently, 107 seconds ago) due to \
                      excessive rate";
        assert_eq!(passed(&limit, start, [120_000; 10]), (5, vec![report.to_owned()]));
    }

    #[test]
    fn a_rare_message_always_passes() {
        let limit = RateLimit::new(5, 5);
        assert_eq!(passed(&limit, Instant::now(), (0..100).map(|i| i * 12_000)), (100, vec![]));
    }

    #[test]
    fn a_clock_that_stands_still_or_steps_back_earns_nothing() {
        let limit = RateLimit::new(5, 2);
        let start = Instant::now() + Duration::from_secs(10);
        assert_eq!(passed(&limit, start, [0; 10]), (2, vec![]));
        assert_eq!(limit.admit(start - Duration::from_secs(5)), Verdict::Drop);
        assert_eq!(limit.admit(start + Duration::from_secs(1)), Verdict::Drop);
    }
}
