//! Attacks on the log: whatever leaves a line, as fast as it can be done.

use crate::attack::{Attack, LOG_LINES, Result, Verdict};
use crate::ground::Ground;
use crate::probe::Probe;
use crate::rpc;
use crate::server::Server;
use std::io::{self, Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

pub(crate) const ATTACKS: &[Attack] = &[
    Attack {
        name: "log-garbage",
        what: "connect, \"garbage\", close, on two threads for 5 s",
        beside_c: true,
        run: garbage,
    },
    Attack {
        name: "log-tls-garbage",
        what: "connect to the TLS port, an HTTP request, close, on two threads for 5 s",
        beside_c: true,
        run: tls_garbage,
    },
    Attack {
        name: "log-hang-ups",
        what: "connect, half a request, reset, on two threads for 3 s",
        beside_c: false,
        run: hang_ups,
    },
    Attack {
        name: "log-control",
        what: "connect to the control socket, \"garbage\" or an unknown command, close, on two threads for 3 s",
        beside_c: false,
        run: control,
    },
];

/// How long the server may take to close a connection, or answer on it, before the next is made.
const PATIENCE: Duration = Duration::from_secs(1);
/// The most megabytes that any of these may cost.
const MEMORY_MB: f64 = 60.0;

fn garbage(ground: &Ground, verdict: &mut Verdict) -> Result<()> {
    let once = |server: &Server, _| {
        let mut stream = UnixStream::connect(server.socket())?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.write_all(b"garbage ")?;
        read_to_end(&mut stream)
    };
    repeat(ground, verdict, Duration::from_secs(5), once)
}

fn tls_garbage(ground: &Ground, verdict: &mut Verdict) -> Result<()> {
    let once = |server: &Server, _| {
        let mut stream = rpc::to_tls(server)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")?;
        read_to_end(&mut stream)
    };
    repeat(ground, verdict, Duration::from_secs(5), once)
}

fn hang_ups(ground: &Ground, verdict: &mut Verdict) -> Result<()> {
    let once = |server: &Server, _| {
        let mut stream = rpc::tcp(server)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        // the reply is never read, so that the close resets the connection
        stream.write_all(br#"{"id":1,"method":"list_dbs","params":[]}{"id":2,"method":"ec"#)?;
        stream.peek(&mut [0; 1]).map(|_| ())
    };
    repeat(ground, verdict, Duration::from_secs(3), once)
}

fn control(ground: &Ground, verdict: &mut Verdict) -> Result<()> {
    let once = |server: &Server, turn: usize| {
        let mut stream = UnixStream::connect(server.control())?;
        stream.set_read_timeout(Some(PATIENCE))?;
        let garbage = turn.is_multiple_of(2);
        stream.write_all(if garbage {
            b"garbage "
        } else {
            br#"{"id":1,"method":"no-such","params":[]}"#
        })?;
        if garbage { read_to_end(&mut stream) } else { stream.read(&mut [0; 4096]).map(|_| ()) }
    };
    repeat(ground, verdict, Duration::from_secs(3), once)
}

/// Does something as often as two threads can.
fn repeat(
    ground: &Ground,
    verdict: &mut Verdict,
    duration: Duration,
    once: impl Fn(&Server, usize) -> io::Result<()> + Sync,
) -> Result<()> {
    let mut server = Server::with_rows(ground, 0, 0)?;
    let (unix, tcp) = (Probe::unix(&server)?, Probe::tcp(&server)?);
    let end = Instant::now() + duration;
    let done: usize = std::thread::scope(|scope| {
        let attack = || {
            let mut done = 0;
            while Instant::now() < end {
                // a server that refuses is no failure of the attack
                let _ = once(&server, done);
                done += 1;
            }
            done
        };
        let threads = [scope.spawn(attack), scope.spawn(attack)];
        threads.into_iter().map(|thread| thread.join().unwrap_or(0)).sum()
    });
    verdict.note(format!("{done} times"));
    verdict.latencies("unix", &unix.finish());
    verdict.latencies("tcp", &tcp.finish());
    server.judge(verdict, MEMORY_MB, LOG_LINES)
}

/// Waits for the server to close the connection.
fn read_to_end(stream: &mut impl io::Read) -> io::Result<()> {
    let mut buffer = [0; 4096];
    while stream.read(&mut buffer)? > 0 {}
    Ok(())
}
