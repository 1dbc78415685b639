//! The monitor: starts the server, and starts it again when it crashes.

use super::daemon::{self, Again};
use super::link::Served;
use super::signals;
use crate::ctl::vlog::Level;
use std::io;
use std::os::unix::process::ExitStatusExt as _;
use std::process::ExitStatus;
use std::time::{Duration, Instant};

/// The least time between two restarts, as with the C daemons.
const RESTART_INTERVAL: Duration = Duration::from_secs(10);

/// Starts the server, and again whenever it crashes, until it ends in another way; returns the exit
/// status. `serves` is called once, when it serves for the first time.
///
/// # Errors
/// It cannot be started.
pub(super) fn watch(
    again: &Again,
    mut serves: impl FnMut() -> io::Result<()>,
    mut log: impl FnMut(Level, &str),
) -> io::Result<u8> {
    let mut kept: Option<Served> = None;
    let mut restarts = Restarts::default();
    let mut served_once = false;
    loop {
        let (mut child, mut link) = again.start(kept.as_ref())?;
        while let Some(served) = link.receive() {
            kept = served;
            if !served_once {
                served_once = true;
                serves()?;
            }
        }
        let status = child.wait()?;
        let died = format!("pid {} died, {}", child.id(), signals::status_text(status));
        if !served_once {
            // the process that started us is told so
            return Ok(daemon::code(status).max(1));
        }
        if !crashed(status) {
            log(Level::Info, &format!("{died}, exiting"));
            // the end by a signal was asked for
            return Ok(if status.signal().is_some() { 0 } else { daemon::code(status) });
        }
        let pause = restarts.crashed(Instant::now());
        let died = format!("{} crashes: {died}", restarts.crashes);
        if !pause.is_zero() {
            let seconds = RESTART_INTERVAL.as_secs();
            log(Level::Warn, &format!("{died}, waiting until {seconds} seconds since last restart"));
            std::thread::sleep(pause);
        }
        log(Level::Err, &format!("{died}, restarting"));
        restarts.restarted(Instant::now());
    }
}

/// The crashes so far, and when the server was started again.
#[derive(Debug, Default)]
struct Restarts {
    crashes: u32,
    last: Option<Instant>,
}

impl Restarts {
    /// Counts a crash; returns how long to wait before the restart. The first crash is answered at
    /// once.
    fn crashed(&mut self, now: Instant) -> Duration {
        self.crashes = self.crashes.saturating_add(1);
        let since = self.last.map(|last| now.saturating_duration_since(last));
        since.map_or(Duration::ZERO, |since| RESTART_INTERVAL.saturating_sub(since))
    }

    fn restarted(&mut self, now: Instant) {
        self.last = Some(now);
    }
}

/// Whether the end of a process is that of a program with a fault: the signals of ovsdb-server(1),
/// `--monitor`.
fn crashed(status: ExitStatus) -> bool {
    use rustix::process::Signal;
    const CRASHES: [Signal; 9] = [
        Signal::ABORT,
        Signal::ALARM,
        Signal::BUS,
        Signal::FPE,
        Signal::ILL,
        Signal::PIPE,
        Signal::SEGV,
        Signal::XCPU,
        Signal::XFSZ,
    ];
    status.signal().is_some_and(|signal| CRASHES.iter().any(|crash| crash.as_raw() == signal))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As ovsdb-server 3.1 did.
    #[test]
    fn the_first_crash_is_answered_at_once_and_later_ones_ten_seconds_after_the_last_restart() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut restarts = Restarts::default();
        assert_eq!(restarts.crashed(at(1)), Duration::ZERO);
        restarts.restarted(at(1));
        assert_eq!(restarts.crashed(at(4)), Duration::from_secs(7));
        restarts.restarted(at(11));
        assert_eq!(restarts.crashed(at(11)), Duration::from_secs(10));
        restarts.restarted(at(21));
        assert_eq!(restarts.crashed(at(31)), Duration::ZERO);
        assert_eq!(restarts.crashes, 4);
    }

    #[test]
    fn signals_that_are_asked_for_are_no_crashes() {
        let crashes = |signal| crashed(ExitStatus::from_raw(signal));
        assert!([6, 7, 8, 4, 11, 13, 14, 24, 25].into_iter().all(crashes));
        assert!(![1, 2, 9, 15, 10, 12].into_iter().any(crashes));
        assert!(!crashed(ExitStatus::from_raw(3 << 8)));
    }
}
