//! Processes: their memory, and commands that are run to their end or until they take too long.

use crate::attack::Result;
use std::io::Read;
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// How much of a command's output is kept; the rest is only counted.
const KEPT: usize = 64 << 10;

/// A figure of `/proc/PID/status` in MB, such as `VmRSS` or `VmHWM`.
pub(crate) fn memory(pid: u32, field: &str) -> Option<f64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(field)?.strip_prefix(':'))?;
    let kib: f64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kib / 1024.0)
}

/// How a command ended.
pub(crate) struct Outcome {
    /// `exit N`, `signal N`, or `too long`.
    pub(crate) status: String,
    pub(crate) seconds: f64,
    /// The most memory that it had resident, in MB.
    pub(crate) peak: f64,
    /// The beginning of what it printed.
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    /// How many lines it printed on stdout.
    pub(crate) lines: usize,
}

/// Runs a command to its end, and kills it after `limit`.
pub(crate) fn run(command: &mut Command, limit: Duration) -> Result<Outcome> {
    let started = Instant::now();
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.env("OVS_SYSLOG_METHOD", "null").spawn()?;
    let stdout = child.stdout.take().map(|pipe| std::thread::spawn(move || drain(pipe)));
    let stderr = child.stderr.take().map(|pipe| std::thread::spawn(move || drain(pipe)));
    let mut peak: f64 = 0.0;
    let status = loop {
        peak = peak.max(memory(child.id(), "VmHWM").unwrap_or(0.0));
        if let Some(status) = child.try_wait()? {
            break Some(status);
        }
        if started.elapsed() > limit {
            child.kill()?;
            child.wait()?;
            break None;
        }
        std::thread::sleep(Duration::from_millis(2));
    };
    let seconds = started.elapsed().as_secs_f64();
    let text = |thread: Option<std::thread::JoinHandle<(Vec<u8>, usize)>>| {
        let (bytes, lines) = thread.and_then(|t| t.join().ok()).unwrap_or_default();
        (String::from_utf8_lossy(&bytes).into_owned(), lines)
    };
    let (stdout, lines) = text(stdout);
    let (stderr, _) = text(stderr);
    let status = match status.map(|status| (status.code(), status.signal())) {
        None => "too long".to_owned(),
        Some((Some(code), _)) => format!("exit {code}"),
        Some((None, signal)) => format!("signal {}", signal.unwrap_or_default()),
    };
    Ok(Outcome { status, seconds, peak, stdout, stderr, lines })
}

/// Reads to the end; the beginning, and the number of lines.
fn drain(mut pipe: impl Read) -> (Vec<u8>, usize) {
    let (mut kept, mut lines) = (Vec::new(), 0);
    let mut buffer = vec![0; 1 << 20];
    while let Ok(n @ 1..) = pipe.read(&mut buffer) {
        let read = buffer.get(..n).unwrap_or_default();
        lines += read.iter().filter(|byte| **byte == b'\n').count();
        let room = KEPT.saturating_sub(kept.len()).min(n);
        kept.extend_from_slice(read.get(..room).unwrap_or_default());
    }
    (kept, lines)
}
