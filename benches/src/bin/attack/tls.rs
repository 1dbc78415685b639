//! Attacks on TLS: handshakes that are begun and never ended, text instead of TLS, and the cost of
//! handshakes.

use crate::attack::{Attack, LOG_LINES, Result, Verdict};
use crate::ground::Ground;
use crate::probe::Probe;
use crate::rpc;
use crate::server::Server;
use ovsdb_proto::net::{ConnectOptions, connect};
use ovsdb_proto::session::remote::Remote;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::time::{Duration, Instant};

pub(crate) const ATTACKS: &[Attack] = &[
    Attack {
        name: "tls-half-open",
        what: "600 TLS handshakes of three bytes, begun anew whenever one is closed",
        beside_c: false,
        run: half_open,
    },
    Attack {
        name: "tls-client-hellos",
        what: "two threads send ClientHellos and hang up once they are answered",
        beside_c: false,
        run: client_hellos,
    },
];

/// How many handshakes are kept open.
const HALF_OPEN: usize = 600;
/// How many times a second one that the server has closed is begun anew.
const ANEW_EVERY: Duration = Duration::from_micros(500);

fn half_open(ground: &Ground, verdict: &mut Verdict) -> Result<()> {
    let mut server = Server::with_rows(ground, 0, 0)?;
    let begin = || -> Option<TcpStream> {
        let mut stream = rpc::to_tls(&server).ok()?;
        stream.write_all(b"\x16\x03\x01").ok()?;
        stream.set_nonblocking(true).ok()?;
        Some(stream)
    };
    let mut open: Vec<Option<TcpStream>> = rpc::many(HALF_OPEN, begin);
    let (unix, tcp, tls) = (Probe::unix(&server)?, Probe::tcp(&server)?, Probe::tls(&server)?);
    // longer than a server gives a handshake, so that a whole round of them ends meanwhile
    let end = Instant::now() + Duration::from_secs(10);
    let mut anew = 0;
    while Instant::now() < end {
        for slot in &mut open {
            let is_open = slot.as_mut().is_some_and(|stream| {
                matches!(stream.read(&mut [0; 64]), Err(e) if e.kind() == std::io::ErrorKind::WouldBlock)
            });
            if !is_open {
                *slot = begin();
                anew += 1;
                std::thread::sleep(ANEW_EVERY);
            }
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    verdict.note(format!("{anew} begun anew"));
    verdict.latencies("unix", &unix.finish());
    verdict.latencies("tcp", &tcp.finish());
    verdict.latencies("tls", &tls.finish());
    server.judge(verdict, 60.0, LOG_LINES)
}

fn client_hellos(ground: &Ground, verdict: &mut Verdict) -> Result<()> {
    let mut server = Server::with_rows(ground, 0, 0)?;
    let hello = client_hello(ground)?;
    let (unix, tcp, tls) = (Probe::unix(&server)?, Probe::tcp(&server)?, Probe::tls(&server)?);
    let end = Instant::now() + Duration::from_secs(5);
    let answered: usize = std::thread::scope(|scope| {
        let attack = || {
            let mut answered = 0;
            while Instant::now() < end {
                let answer = rpc::to_tls(&server).and_then(|mut stream| {
                    stream.write_all(&hello)?;
                    stream.read(&mut [0; 4096])
                });
                answered += usize::from(answer.is_ok_and(|n| n > 0));
            }
            answered
        };
        let threads = [scope.spawn(attack), scope.spawn(attack)];
        threads.into_iter().map(|thread| thread.join().unwrap_or(0)).sum()
    });
    verdict.note(format!("{} answered a second", answered / 5));
    verdict.latencies("unix", &unix.finish());
    verdict.latencies("tcp", &tcp.finish());
    verdict.latencies("tls", &tls.finish());
    server.judge(verdict, 60.0, LOG_LINES)
}

/// What a client sends first, from a client of ours that connects to nobody.
fn client_hello(ground: &Ground) -> Result<Vec<u8>> {
    let listener = TcpListener::bind(("127.0.0.1", 0))?;
    let port = listener.local_addr()?.port();
    let tls = Some(ground.certificates.context());
    let client = std::thread::spawn(move || -> Result<()> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let remote = Remote::Ssl { host: "127.0.0.1".to_owned(), port };
        let deadline = tokio::time::Instant::now() + Duration::from_secs(5);
        let options = ConnectOptions { deadline: Some(deadline), tls };
        runtime.block_on(connect(&remote, &options))?;
        Ok(())
    });
    let (mut stream, _) = listener.accept()?;
    stream.set_read_timeout(Some(Duration::from_secs(5)))?;
    let mut hello = vec![0; 4096];
    let read = stream.read(&mut hello)?;
    hello.truncate(read);
    drop(stream);
    let _ = client.join();
    Ok(hello)
}
