//! An ovsdb-server under attack, with every kind of remote, a log and a control socket.

use crate::attack::{Result, Verdict};
use crate::ground::{Certificates, Ground};
use crate::process;
use ovn_benches::database_file;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A database with a table of names, one of them `probe`, and a table to be filled.
pub(crate) const SCHEMA: &str = r#"{"name":"Attack","version":"1.0.0","tables":{
"T":{"isRoot":true,"indexes":[["name"]],"columns":{"name":{"type":"string"},"n":{"type":"integer"}}},
"Big":{"isRoot":true,"columns":{"name":{"type":"string"},"n":{"type":"integer"},"value":{"type":"string"}}}}}"#;

/// How long a start may take.
const START: Duration = Duration::from_secs(60);

/// The records of a database whose table `Big` has `rows` rows with `bytes` bytes of text each.
pub(crate) fn records(rows: usize, bytes: usize) -> Vec<String> {
    use std::fmt::Write as _;
    let probe = r#"{"T":{"00000000-0000-4000-8000-000000000001":{"name":"probe"}}}"#;
    let mut big = String::from(r#"{"Big":{"#);
    let value = "x".repeat(bytes);
    for row in 0..rows {
        let comma = if row == 0 { "" } else { "," };
        let _ = write!(
            big,
            r#"{comma}"00000000-0000-4000-9000-{row:012x}":{{"name":"r{row}","n":{row},"value":"{value}"}}"#
        );
    }
    big += "}}";
    let mut records = vec![SCHEMA.replace('\n', ""), probe.to_owned()];
    records.extend((rows > 0).then_some(big));
    records
}

/// A running server, killed when dropped.
pub(crate) struct Server {
    child: Child,
    folder: PathBuf,
    /// The port on 127.0.0.1.
    pub(crate) tcp: u16,
    /// The port for TLS on 127.0.0.2.
    pub(crate) tls: u16,
    pub(crate) certificates: Certificates,
    started_with: f64,
}

impl Server {
    /// Serves a new database with a large table of `rows` rows of `bytes` bytes.
    pub(crate) fn with_rows(ground: &Ground, rows: usize, bytes: usize) -> Result<Server> {
        let database = ground.work.join("attack.db");
        let records = records(rows, bytes);
        database_file::write(&database, &records.iter().map(String::as_str).collect::<Vec<_>>())?;
        Server::start(ground, &database)
    }

    /// Serves the database at `database`.
    pub(crate) fn start(ground: &Ground, database: &Path) -> Result<Server> {
        Server::start_by(ground, database, &[])
    }

    /// The same, by a command that executes the command that follows its own words.
    pub(crate) fn start_by(ground: &Ground, database: &Path, by: &[&str]) -> Result<Server> {
        let folder = ground.work.join("server");
        std::fs::create_dir_all(&folder)?;
        let program = ground.programs.find("ovsdb-server")?;
        let mut command = match by {
            [] => Command::new(&program),
            [first, rest @ ..] => {
                let mut command = Command::new(first);
                command.args(rest).arg(&program);
                command
            }
        };
        let option = |name: &str, file: &Path| format!("--{name}={}", file.display());
        let certificates = ground.certificates.clone();
        command
            .arg(database)
            .arg("--no-chdir")
            .arg(option("unixctl", &folder.join("ctl")))
            .arg(option("log-file", &folder.join("log")))
            .arg(format!("--remote=punix:{}", folder.join("sock").display()))
            .args(["--remote=ptcp:0:127.0.0.1", "--remote=pssl:0:127.0.0.2"])
            .arg(option("private-key", &certificates.key))
            .arg(option("certificate", &certificates.certificate))
            .arg(option("ca-cert", &certificates.ca))
            .args(["-vconsole:off", "-vsyslog:off", "-vfile:info"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped());
        let _ = std::fs::remove_file(folder.join("log"));
        let _ = std::fs::remove_file(folder.join("sock"));
        let mut child = command.spawn()?;
        let deadline = Instant::now() + START;
        loop {
            let log = std::fs::read_to_string(folder.join("log")).unwrap_or_default();
            let ports = (port(&log, "127.0.0.1"), port(&log, "127.0.0.2"));
            if let (Some(tcp), Some(tls)) = ports
                && UnixStream::connect(folder.join("sock")).is_ok()
            {
                let mut server = Server { child, folder, tcp, tls, certificates, started_with: 0.0 };
                server.started_with = server.memory();
                return Ok(server);
            }
            if child.try_wait()?.is_some() || Instant::now() > deadline {
                let _ = child.kill();
                let output = child.wait_with_output()?;
                let text = String::from_utf8_lossy(&output.stderr);
                return Err(format!("ovsdb-server does not start ({}): {text}{log}", output.status).into());
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    pub(crate) fn socket(&self) -> PathBuf {
        self.folder.join("sock")
    }

    /// The control socket.
    pub(crate) fn control(&self) -> PathBuf {
        self.folder.join("ctl")
    }

    /// Its process id.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// The memory that it has resident now, in MB.
    pub(crate) fn memory(&self) -> f64 {
        process::memory(self.child.id(), "VmRSS").unwrap_or(0.0)
    }

    /// What it has logged.
    pub(crate) fn log(&self) -> String {
        let bytes = std::fs::read(self.folder.join("log")).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// Adds what every attack on a server is judged by: that it still runs, its memory, and its
    /// log.
    pub(crate) fn judge(&mut self, verdict: &mut Verdict, memory_max: f64, lines_max: f64) -> Result<()> {
        let peak = process::memory(self.child.id(), "VmHWM").unwrap_or(0.0);
        verdict.at_most(&format!("memory {:.0} to", self.started_with), peak, "MB", memory_max);
        let log = self.log();
        verdict.at_most("log lines", log.lines().count() as f64, "", lines_max);
        let ended = self.child.try_wait()?;
        if let Some(status) = ended {
            verdict.is_true("the server survives", false, &status.to_string());
        }
        Ok(())
    }

    /// Ends it as the system does when it must, and waits for that.
    pub(crate) fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}

/// The port that the log names for an address.
fn port(log: &str, address: &str) -> Option<u16> {
    let (_, rest) = log.split_once(&format!("{address}: listening on port "))?;
    rest.split_once('\n')?.0.trim().parse().ok()
}
