//! What other clients wait while an attack is under way.

use crate::attack::Result;
use crate::server::Server;
use ovsdb_proto::net::{ConnectOptions, Connection, Error, connect, within};
use ovsdb_proto::session::remote::Remote;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// How often a client comes.
const INTERVAL: Duration = Duration::from_millis(20);
/// How long it waits before it has not been served.
const PATIENCE: Duration = Duration::from_secs(5);
/// Its requests: a probe and a transaction that reads one row by its indexed name.
const REQUESTS: &str = concat!(
    r#"{"id":1,"method":"echo","params":[]}"#,
    r#"{"id":2,"method":"transact","params":["Attack",{"op":"select","table":"T","where":[["name","==","probe"]]}]}"#,
);
/// What a client that stays commits: a write to one row, read by nobody.
const COMMIT: &str = r#"{"id":3,"method":"transact","params":["Attack",{"op":"mutate","table":"T","where":[["name","==","probe"]],"mutations":[["n","+=",1]]}]}"#;

/// A client that comes every 20 ms, as long as it is not told to stop.
pub(crate) struct Probe {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<Latencies>,
}

/// Milliseconds from when each client was due until it had its replies.
#[derive(Default)]
pub(crate) struct Latencies {
    sorted: Vec<f64>,
    pub(crate) failures: usize,
}

impl Latencies {
    /// The value that `percent` of all do not exceed.
    pub(crate) fn percentile(&self, percent: f64) -> f64 {
        let share = |at: usize| at as f64 * 100.0 >= percent * self.sorted.len() as f64;
        let at = (1..=self.sorted.len()).find(|at| share(*at));
        at.and_then(|at| self.sorted.get(at - 1)).copied().unwrap_or(f64::NAN)
    }

    pub(crate) fn max(&self) -> f64 {
        self.sorted.last().copied().unwrap_or(f64::NAN)
    }

    pub(crate) fn count(&self) -> usize {
        self.sorted.len()
    }
}

impl Probe {
    /// New connections over the unix socket.
    pub(crate) fn unix(server: &Server) -> Result<Probe> {
        Probe::connecting(Remote::Unix(server.socket()), ConnectOptions::default())
    }

    /// New connections over TCP.
    pub(crate) fn tcp(server: &Server) -> Result<Probe> {
        let remote = Remote::Tcp { host: "127.0.0.1".to_owned(), port: server.tcp };
        Probe::connecting(remote, ConnectOptions::default())
    }

    /// New connections over TLS, with a certificate that the server accepts.
    pub(crate) fn tls(server: &Server) -> Result<Probe> {
        let remote = Remote::Ssl { host: "127.0.0.2".to_owned(), port: server.tls };
        let tls = Some(server.certificates.context());
        Probe::connecting(remote, ConnectOptions { tls, ..ConnectOptions::default() })
    }

    fn connecting(remote: Remote, options: ConnectOptions) -> Result<Probe> {
        Probe::start(async move |_: &mut Option<Connection>| {
            let options = ConnectOptions { deadline: Some(tokio_now() + PATIENCE), ..options.clone() };
            let stream = connect(&remote, &options).await?;
            within(options.deadline, async {
                let mut connection = Connection::new(stream);
                connection.send(REQUESTS.as_bytes()).await?;
                connection.receive().await?;
                connection.receive().await?;
                // a server that has closed it has answered all the same
                let _ = connection.close().await;
                Ok(())
            })
            .await
        })
    }

    /// Commits over one connection that stays, on the unix socket.
    pub(crate) fn commits(server: &Server) -> Result<Probe> {
        let socket: PathBuf = server.socket();
        Probe::start(async move |kept: &mut Option<Connection>| {
            let deadline = Some(tokio_now() + PATIENCE);
            let mut connection = match kept.take() {
                Some(connection) => connection,
                None => {
                    let options = ConnectOptions { deadline, ..ConnectOptions::default() };
                    Connection::new(connect(&Remote::Unix(socket.clone()), &options).await?)
                }
            };
            within(deadline, async {
                connection.send(COMMIT.as_bytes()).await?;
                while !is_reply(connection.receive().await?) {}
                Ok(())
            })
            .await?;
            *kept = Some(connection);
            Ok(())
        })
    }

    fn start(
        mut once: impl AsyncFnMut(&mut Option<Connection>) -> std::result::Result<(), Error> + Send + 'static,
    ) -> Result<Probe> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let thread = std::thread::Builder::new().name("probe".to_owned()).spawn(move || {
            let mut latencies = Latencies::default();
            let mut kept = None;
            let mut due = Instant::now();
            loop {
                std::thread::sleep(due.saturating_duration_since(Instant::now()));
                if stopped.load(Ordering::SeqCst) {
                    break;
                }
                // Clients that came while one was waiting have waited, too, from when they were
                // due.
                let waited = due.elapsed();
                let served = if waited >= PATIENCE { Ok(()) } else { runtime.block_on(once(&mut kept)) };
                latencies.failures += usize::from(served.is_err() || waited >= PATIENCE);
                let waited = if served.is_ok() { due.elapsed() } else { due.elapsed().max(PATIENCE) };
                latencies.sorted.push(waited.as_secs_f64() * 1000.0);
                due += INTERVAL;
            }
            latencies.sorted.sort_by(f64::total_cmp);
            latencies
        })?;
        Ok(Probe { stop, thread })
    }

    /// Ends it and returns what was measured.
    pub(crate) fn finish(self) -> Latencies {
        self.stop.store(true, Ordering::SeqCst);
        self.thread.join().unwrap_or_default()
    }
}

/// Whether a message is the reply to a commit.
fn is_reply(message: &[u8]) -> bool {
    message.windows(6).any(|text| text == b"\"id\":3")
}

fn tokio_now() -> tokio::time::Instant {
    tokio::time::Instant::now()
}
