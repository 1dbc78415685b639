//! Signals: those that end the server, their names, and how a process dies of one.

use rustix::process::{Signal, getpid, kill_process};
use std::fs;
use std::future::poll_fn;
use std::os::unix::process::ExitStatusExt as _;
use std::process::{ExitCode, ExitStatus};
use std::task::Poll;
use tokio::signal::unix::{SignalKind, signal};

/// How a run ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    /// With an exit status.
    Exit(u8),
    /// By a signal, whose work of cleaning up is done.
    Signal(i32),
}

impl Ending {
    /// Ends the process if it is to die of a signal; the process that waits for it, such as
    /// systemd, distinguishes the signals that it sent itself from failures.
    pub(super) fn conclude(self) -> ExitCode {
        match self {
            Ending::Exit(code) => ExitCode::from(code),
            Ending::Signal(number) => {
                // returns for signals that end no process only
                let _ = signal_hook::low_level::emulate_default_handler(number);
                ExitCode::FAILURE
            }
        }
    }
}

/// The signals that a server cleans up for before it dies of them.
#[derive(Debug)]
pub(super) struct Signals(Vec<(tokio::signal::unix::Signal, i32)>);

impl Signals {
    /// Begins to listen. To be called once: what comes while nobody listens is lost.
    pub(super) fn new() -> Signals {
        let kinds =
            [SignalKind::terminate(), SignalKind::interrupt(), SignalKind::hangup(), SignalKind::alarm()];
        let listen = |kind: SignalKind| Some((signal(kind).ok()?, kind.as_raw_value()));
        Signals(kinds.into_iter().filter_map(listen).collect())
    }

    /// Waits for the next one; returns its number.
    pub(super) async fn next(&mut self) -> i32 {
        poll_fn(|cx| {
            let mut came = Poll::Pending;
            for (stream, number) in &mut self.0 {
                if stream.poll_recv(cx).is_ready() {
                    came = Poll::Ready(*number);
                }
            }
            came
        })
        .await
    }
}

/// Makes SIGSEGV and SIGBUS end the process at once, as everywhere else.
///
/// Rust's runtime handles them to report overflows of the stack. When it sees any other fault, its
/// handler restores the default action and returns, expecting the fault to occur again. A signal
/// that another process has sent does not occur again, so the first one would be lost. Sending it
/// ourselves, while nothing depends on it, makes the handler step aside.
pub(super) fn let_faults_kill() {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:"));
    let caught = caught.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0);
    for fault in [Signal::SEGV, Signal::BUS] {
        if caught >> (fault.as_raw() - 1) & 1 == 1 {
            let _ = kill_process(getpid(), fault);
        }
    }
}

/// How a process ended, in the words of the C daemons.
pub(super) fn status_text(status: ExitStatus) -> String {
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("exit status {code}"),
        (None, Some(number)) => {
            let dumped = if status.core_dumped() { ", core dumped" } else { "" };
            format!("killed ({}){dumped}", name(number))
        }
        (None, None) => "in an unknown way".to_owned(),
    }
}

/// The name of a signal in the words of libc.
pub(super) fn name(number: i32) -> String {
    let name = match number {
        1 => "Hangup",
        2 => "Interrupt",
        3 => "Quit",
        4 => "Illegal instruction",
        5 => "Trace/breakpoint trap",
        6 => "Aborted",
        7 => "Bus error",
        8 => "Floating point exception",
        9 => "Killed",
        10 => "User defined signal 1",
        11 => "Segmentation fault",
        12 => "User defined signal 2",
        13 => "Broken pipe",
        14 => "Alarm clock",
        15 => "Terminated",
        24 => "CPU time limit exceeded",
        25 => "File size limit exceeded",
        31 => "Bad system call",
        _ => return format!("signal {number}"),
    };
    name.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_process_in_words() {
        let check = |raw: i32, expect: &str| assert_eq!(status_text(ExitStatus::from_raw(raw)), expect);
        check(3 << 8, "exit status 3");
        check(15, "killed (Terminated)");
        check(11 | 0x80, "killed (Segmentation fault), core dumped");
        check(30, "killed (signal 30)");
    }
}
