//! Attacks by the number of connections, and by connections that do next to nothing.

use crate::attack::{Attack, LOG_LINES, Result, Verdict};
use crate::ground::Ground;
use crate::probe::Probe;
use crate::rpc::{self, Client};
use crate::server::{self, Server};
use ovn_benches::database_file;
use std::io::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

pub(crate) const ATTACKS: &[Attack] = &[
    Attack {
        name: "tcp-10000-clients",
        what: "10,000 TCP clients that only answer the server's probes, and come again when closed",
        beside_c: false,
        run: many_clients,
    },
    Attack {
        name: "few-descriptors",
        what: "400 TCP clients that only answer probes, of a server that may open 256 files",
        beside_c: false,
        run: few_descriptors,
    },
    Attack {
        name: "pouring-clients",
        what: "300 TCP clients that send white space as fast as the server reads it",
        beside_c: false,
        run: pouring_clients,
    },
    Attack {
        name: "slow-writers",
        what: "500 clients that send a request byte by byte",
        beside_c: false,
        run: slow_writers,
    },
];

/// A few more than a server takes, so that the limit is reached.
const CLIENTS: usize = 10_200;

fn many_clients(ground: &Ground, verdict: &mut Verdict) -> Result<()> {
    let mut server = Server::with_rows(ground, 0, 0)?;
    // a client from before with a monitor, and one with a lock, which must not be taken for idle
    let mut with_monitor = Client::connect(&server)?;
    with_monitor.call("monitor", r#"["Attack",null,{"T":[{}]}]"#)?;
    let mut with_lock = Client::connect(&server)?;
    with_lock.call("lock", r#"["mine"]"#)?;

    let flood = Flood::start(&server, CLIENTS)?;
    let deadline = Instant::now() + Duration::from_secs(6);
    while flood.connected.load(Ordering::SeqCst) < CLIENTS && Instant::now() < deadline {
        std::thread::sleep(Duration::from_millis(20));
    }
    // what the kernel has taken the server has yet to accept
    std::thread::sleep(Duration::from_secs(2));
    let (unix, tcp) = (Probe::unix(&server)?, Probe::tcp(&server)?);
    std::thread::sleep(Duration::from_secs(8));
    flood.note(&server, verdict)?;
    verdict.latencies("unix", &unix.finish());
    verdict.latencies("tcp", &tcp.finish());
    let replied = |client: &mut Client| client.call("echo", "[]").is_ok();
    verdict.is_true("a client with a monitor stays", replied(&mut with_monitor), "it was closed");
    verdict.is_true("a client with a lock stays", replied(&mut with_lock), "it was closed");
    server.judge(verdict, 300.0, LOG_LINES)?;
    server.kill();
    flood.finish()
}

/// Clients that stay connected and do nothing but answer probes; each comes again after a while
/// when it is closed.
struct Flood {
    stop: Arc<AtomicBool>,
    connected: Arc<AtomicUsize>,
    thread: JoinHandle<Result<()>>,
}

impl Flood {
    fn start(server: &Server, clients: usize) -> Result<Flood> {
        let (stop, connected) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
        let (stopped, count, port) = (Arc::clone(&stop), Arc::clone(&connected), server.tcp);
        let thread = std::thread::Builder::new().name("flood".to_owned()).spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            runtime.block_on(keep_connected(port, clients, &stopped, &count));
            Ok(())
        })?;
        Ok(Flood { stop, connected, thread })
    }

    fn note(&self, server: &Server, verdict: &mut Verdict) -> Result<()> {
        let open = std::fs::read_dir(format!("/proc/{}/fd", server.pid()))?.count();
        let connected = self.connected.load(Ordering::SeqCst);
        verdict.note(format!("{connected} connected, {open} descriptors in the server"));
        Ok(())
    }

    fn finish(self) -> Result<()> {
        self.stop.store(true, Ordering::SeqCst);
        self.thread.join().unwrap_or_else(|_| Err("the flood ended".into()))
    }
}

async fn keep_connected(port: u16, clients: usize, stop: &AtomicBool, connected: &Arc<AtomicUsize>) {
    for at in 0..clients {
        if at % 100 == 0 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        let connected = Arc::clone(connected);
        tokio::spawn(async move {
            loop {
                if let Ok(stream) = tokio::net::TcpStream::connect(("127.0.0.1", port)).await {
                    connected.fetch_add(1, Ordering::SeqCst);
                    let _ = answer_probes(stream).await;
                    connected.fetch_sub(1, Ordering::SeqCst);
                }
                tokio::time::sleep(Duration::from_millis(500)).await;
            }
        });
    }
    while !stop.load(Ordering::SeqCst) {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

async fn answer_probes(mut stream: tokio::net::TcpStream) -> std::io::Result<()> {
    let mut buffer = [0; 512];
    loop {
        let read = stream.read(&mut buffer).await?;
        if read == 0 {
            return Ok(());
        }
        let Ok(probe) = serde_json::from_slice::<serde_json::Value>(buffer.get(..read).unwrap_or_default())
        else {
            continue;
        };
        let reply = serde_json::json!({"id": probe.get("id"), "result": [], "error": null});
        stream.write_all(reply.to_string().as_bytes()).await?;
    }
}

fn few_descriptors(ground: &Ground, verdict: &mut Verdict) -> Result<()> {
    let database = ground.work.join("attack.db");
    let records = server::records(0, 0);
    database_file::write(&database, &records.iter().map(String::as_str).collect::<Vec<_>>())?;
    let by = ["sh", "-c", "ulimit -n 256; exec \"$@\"", "sh"];
    let mut server = Server::start_by(ground, &database, &by)?;
    let flood = Flood::start(&server, 400)?;
    std::thread::sleep(Duration::from_secs(2));
    let (unix, tcp) = (Probe::unix(&server)?, Probe::tcp(&server)?);
    std::thread::sleep(Duration::from_secs(5));
    flood.note(&server, verdict)?;
    verdict.latencies("unix", &unix.finish());
    verdict.latencies("tcp", &tcp.finish());
    server.judge(verdict, 60.0, LOG_LINES)?;
    server.kill();
    flood.finish()
}

fn pouring_clients(ground: &Ground, verdict: &mut Verdict) -> Result<()> {
    let mut server = Server::with_rows(ground, 0, 0)?;
    let clients = rpc::many(300, || rpc::tcp(&server)).into_iter().collect::<std::io::Result<Vec<_>>>()?;
    for client in &clients {
        client.set_nonblocking(true)?;
    }
    let (unix, tcp) = (Probe::unix(&server)?, Probe::tcp(&server)?);
    let end = Instant::now() + Duration::from_secs(4);
    let space = vec![b' '; 256 << 10];
    let mut bytes = 0.0;
    while Instant::now() < end {
        for mut client in &clients {
            // a server that closes it defends itself
            bytes += client.write(&space).unwrap_or(0) as f64;
        }
    }
    verdict.note(format!("{:.1} GB", bytes / 1e9));
    verdict.latencies("unix", &unix.finish());
    verdict.latencies("tcp", &tcp.finish());
    server.judge(verdict, 100.0, LOG_LINES)
}

fn slow_writers(ground: &Ground, verdict: &mut Verdict) -> Result<()> {
    let mut server = Server::with_rows(ground, 0, 0)?;
    let mut writers =
        rpc::many(500, || rpc::tcp(&server)).into_iter().collect::<std::io::Result<Vec<_>>>()?;
    let (unix, tcp) = (Probe::unix(&server)?, Probe::tcp(&server)?);
    let request = rpc::request("echo", r#"["a request that takes its time"]"#);
    let end = Instant::now() + Duration::from_secs(4);
    for byte in request.as_bytes().iter().cycle() {
        if Instant::now() > end {
            break;
        }
        for writer in &mut writers {
            // the server may close it, which is its answer
            let _ = writer.write_all(&[*byte]);
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    verdict.latencies("unix", &unix.finish());
    verdict.latencies("tcp", &tcp.finish());
    server.judge(verdict, 60.0, LOG_LINES)
}
