//! What does a run of a program cost: time, memory, bytes received?

use std::io::{self, Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// A command line, with `{}` standing for the number of the run.
#[derive(Clone, Debug)]
pub struct CommandLine {
    /// The program and its arguments.
    pub words: Vec<String>,
}

impl CommandLine {
    fn command(&self, run: usize) -> Command {
        let mut words = self.words.iter().map(|w| w.replace("{}", &run.to_string()));
        let mut command = Command::new(words.next().unwrap_or_default());
        command.args(words).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        command
    }

    /// Runs it once.
    ///
    /// # Errors
    /// It cannot be started, or fails.
    pub fn once(&self, run: usize) -> io::Result<Duration> {
        let started = Instant::now();
        let output = self.command(run).output()?;
        let took = started.elapsed();
        if output.status.success() {
            return Ok(took);
        }
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        Err(io::Error::other(format!("{:?}: {text}", self.words)))
    }

    /// The median wall time of `runs` runs after one that does not count. `first` is the number of the first run.
    ///
    /// # Errors
    /// It cannot be started, or fails.
    pub fn time(&self, first: usize, runs: usize) -> io::Result<Duration> {
        self.once(first)?;
        let mut times = (1..=runs).map(|run| self.once(first + run)).collect::<io::Result<Vec<_>>>()?;
        times.sort();
        times.get(times.len() / 2).copied().ok_or_else(|| io::Error::other("no runs"))
    }

    /// The most memory that a run has resident, in bytes, as time(1) tells.
    ///
    /// # Errors
    /// It cannot be started, or time(1) is missing.
    pub fn peak_memory(&self, run: usize) -> io::Result<u64> {
        let inner = self.command(run);
        let mut command = Command::new("/usr/bin/time");
        command.args(["-f", "%M", "--"]).arg(inner.get_program()).args(inner.get_args());
        let output = command.stdin(Stdio::null()).stdout(Stdio::null()).output()?;
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        let kib = text.lines().last().and_then(|line| line.trim().parse::<u64>().ok());
        kib.map(|n| n * 1024).ok_or_else(|| io::Error::other(text))
    }
}

/// A socket between a client and a server that counts what the server sends.
#[derive(Debug)]
pub struct Counter {
    received: Arc<AtomicU64>,
}

impl Counter {
    /// Listens at `socket` for connections to `server`, for as long as the process lives.
    ///
    /// # Errors
    /// It cannot listen there.
    pub fn start(socket: &Path, server: &Path) -> io::Result<Counter> {
        let _ = std::fs::remove_file(socket);
        let listener = UnixListener::bind(socket)?;
        let received = Arc::new(AtomicU64::new(0));
        let (count, server) = (Arc::clone(&received), server.to_owned());
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let Ok(upstream) = UnixStream::connect(&server) else { continue };
                let (Ok(client2), Ok(upstream2)) = (client.try_clone(), upstream.try_clone()) else {
                    continue;
                };
                let count = Arc::clone(&count);
                std::thread::spawn(move || copy(client2, upstream2, None));
                std::thread::spawn(move || copy(upstream, client, Some(count)));
            }
        });
        Ok(Counter { received })
    }

    /// How many bytes the server has sent since the last call.
    pub fn take(&self) -> u64 {
        self.received.swap(0, Ordering::SeqCst)
    }
}

fn copy(mut from: UnixStream, mut to: UnixStream, count: Option<Arc<AtomicU64>>) {
    let mut buffer = vec![0; 1 << 16];
    while let Ok(n @ 1..) = from.read(&mut buffer) {
        if let Some(count) = &count {
            count.fetch_add(n as u64, Ordering::SeqCst);
        }
        if to.write_all(buffer.get(..n).unwrap_or_default()).is_err() {
            break;
        }
    }
    let _ = to.shutdown(std::net::Shutdown::Write);
}
