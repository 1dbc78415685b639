//! Where does a message go: stderr, the log file, the system log?

use super::config::{Config, Destination, Level, LogFile, Syslog};
use super::limit::{RateLimit, Verdict};
use super::pattern::{self, Process, Record};
use crate::ctl::error::CtlError;
use crate::ctl::escape;
use crate::ctl::exit::reason;
use crate::ctl::raw;
use std::fmt::Display;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::net::{SocketAddr, UdpSocket};
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::net::UnixDatagram;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Instant, SystemTime};

/// The facility under which messages are sent to the system log without `FACILITY:` (RFC 5424 section 6.2.1).
const DAEMON: u8 = 3;
/// The facility of `%B` and of `--syslog-target` without `FACILITY:`.
const LOCAL0: u8 = 16;

/// RFC 5424, as to `--syslog-target`.
const TARGET_PATTERN: &str = "<%B>1 %D{%Y-%m-%dT%H:%M:%S.###Z} %E %A %P %c - \u{feff}%m";

/// The log of one process. It may be shared between threads: a line is written whole.
#[derive(Debug)]
pub struct Log {
    config: Mutex<Config>,
    process: Process,
    written: AtomicU32,
    file: Mutex<Option<File>>,
    syslog: Channel,
    target: Option<UdpSocket>,
}

/// An open way to the system log.
#[derive(Debug)]
enum Channel {
    /// As libc writes to `/dev/log`: with the program's name before the message.
    Named(UnixDatagram),
    Unix(UnixDatagram),
    Udp(UdpSocket),
    Nowhere,
}

/// Which process logs.
#[derive(Clone, Debug)]
pub struct Identity {
    /// Base name of the program.
    pub program: String,
    /// Process id.
    pub pid: u32,
    /// Name of the host.
    pub host: String,
    /// When the process started.
    pub started: SystemTime,
}

impl Log {
    /// Opens what `config` names. A system log that cannot be reached is left out, as by the C tools.
    ///
    /// # Errors
    /// Without a further word (a warning is on stderr) when the file named by `--log-file=FILE` cannot be opened.
    pub fn open(config: Config, identity: Identity, now: SystemTime) -> Result<Log, CtlError> {
        let Identity { program, pid, host, started } = identity;
        let process = Process { program, pid, host, started, facility: config.facility.unwrap_or(LOCAL0) };
        let syslog = Channel::open(&config.syslog);
        let target = config.syslog_target.and_then(|address| udp(address).ok());
        let (config, file) = (Mutex::new(config), Mutex::new(None));
        let log = Log { config, process, written: AtomicU32::new(0), file, syslog, target };
        log.reopen(now)?;
        Ok(log)
    }

    /// Opens the log file anew, if there is to be one: somebody may have moved the old one away.
    ///
    /// # Errors
    /// As [`Log::open`]; the old file stays in use then.
    pub fn reopen(&self, now: SystemTime) -> Result<(), CtlError> {
        let Some(LogFile { path, required }) = self.config().file.clone() else { return Ok(()) };
        match OpenOptions::new().append(true).create(true).mode(0o660).open(raw::path(&path)) {
            Ok(file) => {
                *self.file.lock().unwrap_or_else(PoisonError::into_inner) = Some(file);
                self.write(now, "vlog", Level::Info, &format!("opened log file {path}"));
                Ok(())
            }
            Err(e) => {
                let text = format!("failed to open {path} for logging: {}", reason(&e));
                self.write(now, "vlog", Level::Warn, &text);
                if required { Err(CtlError::silent(1)) } else { Ok(()) }
            }
        }
    }

    /// Writes to no file from now on, until it is opened anew.
    pub fn close(&self) {
        *self.file.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// What is logged where. To be changed only for a moment: whoever logs waits for it.
    pub fn config(&self) -> MutexGuard<'_, Config> {
        self.config.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Logs one message wherever the levels let it through. Failures to write are not reported: there is nowhere
    /// to report them to.
    pub fn write(&self, now: SystemTime, module: &str, level: Level, text: &str) {
        self.write_to(&Destination::ALL, now, module, level, text);
    }

    /// Logs one message as [`Log::write`] does, unless `limit` says that there were too many like
    /// it. Before the next message that passes, a line tells how many were dropped. A message below
    /// the configured levels is neither formatted nor counted.
    pub fn write_limited(
        &self,
        limit: &RateLimit,
        now: SystemTime,
        module: &str,
        level: Level,
        text: &dyn Display,
    ) {
        if !self.is_enabled(module, level) {
            return;
        }
        if let Verdict::Pass(report) = limit.admit(Instant::now()) {
            if let Some(report) = report {
                self.write(now, module, level, &report.to_string());
            }
            self.write(now, module, level, &text.to_string());
        }
    }

    /// Whether a message of `level` from `module` goes anywhere.
    fn is_enabled(&self, module: &str, level: Level) -> bool {
        let config = self.config();
        let to_file = config.file.is_some();
        let destinations = Destination::ALL.into_iter().filter(|d| to_file || *d != Destination::File);
        destinations.into_iter().any(|d| config.lets_through(module, d, level))
    }

    /// The same, but not on the console: for what the user has been told already.
    pub fn write_behind(&self, now: SystemTime, module: &str, level: Level, text: &str) {
        self.write_to(&[Destination::Syslog, Destination::File], now, module, level, text);
    }

    fn write_to(&self, to: &[Destination], now: SystemTime, module: &str, level: Level, text: &str) {
        let config = self.config();
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        let wanted = |d| to.contains(&d) && config.lets_through(module, d, level);
        let [console, syslog, to_file] = Destination::ALL.map(wanted);
        let file = file.as_mut().filter(|_| to_file);
        if !console && !syslog && file.is_none() {
            return;
        }
        let number = self.written.fetch_add(1, Ordering::Relaxed).wrapping_add(1);
        let record = Record { number, time: now, module, level, text };
        let line = |d| pattern::format(config.pattern(d), &self.process, &record);
        if console {
            let line = format!("{}\n", line(Destination::Console));
            let _ = io::stderr().write_all(&escape::output(&raw::bytes(&line), config.escapes_console));
        }
        if syslog {
            let facility = config.facility.unwrap_or(DAEMON);
            let priority = u32::from(facility) * 8 + u32::from(level.severity());
            // A system log takes one line a message.
            for part in line(Destination::Syslog).split('\n').filter(|part| !part.is_empty()) {
                self.syslog.send(priority, &self.process.program, part);
            }
            if let Some(target) = &self.target {
                let _ = target.send(pattern::format(TARGET_PATTERN, &self.process, &record).as_bytes());
            }
        }
        if let Some(file) = file {
            let _ = file.write_all(&raw::bytes(&format!("{}\n", line(Destination::File))));
        }
    }
}

impl Channel {
    fn open(method: &Syslog) -> Channel {
        let connect = |path: &str| {
            let socket = UnixDatagram::unbound()?;
            socket.connect(raw::path(path))?;
            // A reader that has stopped must not stop us.
            socket.set_nonblocking(true)?;
            io::Result::Ok(socket)
        };
        match method {
            Syslog::Libc => connect("/dev/log").map_or(Channel::Nowhere, Channel::Named),
            Syslog::Unix(path) => connect(path).map_or(Channel::Nowhere, Channel::Unix),
            Syslog::Udp(address) => udp(*address).map_or(Channel::Nowhere, Channel::Udp),
            Syslog::Null => Channel::Nowhere,
        }
    }

    fn send(&self, priority: u32, program: &str, line: &str) {
        let _ = match self {
            Channel::Named(socket) => socket.send(format!("<{priority}>{program}: {line}").as_bytes()),
            Channel::Unix(socket) => socket.send(format!("<{priority}>{line}").as_bytes()),
            Channel::Udp(socket) => socket.send(format!("<{priority}>{line}").as_bytes()),
            Channel::Nowhere => Ok(0),
        };
    }
}

fn udp(address: SocketAddr) -> io::Result<UdpSocket> {
    let local = if address.is_ipv4() { "0.0.0.0:0" } else { "[::]:0" };
    let socket = UdpSocket::bind(local)?;
    socket.connect(address)?;
    Ok(socket)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::{Duration, UNIX_EPOCH};

    fn now() -> SystemTime {
        UNIX_EPOCH + Duration::from_millis(1_795_370_642_732)
    }

    fn open(config: Config) -> Result<Log, CtlError> {
        let identity = Identity { program: "ovn-nbctl".into(), pid: 7, host: "vm".into(), started: now() };
        Log::open(config, identity, now())
    }

    fn quiet() -> Config {
        let mut config = Config::new(&["ovn_dbctl"]);
        config.apply("console:off").unwrap();
        config.syslog = Syslog::Null;
        config
    }

    struct Folder(std::path::PathBuf);

    impl Folder {
        fn new(name: &str) -> Folder {
            let path = std::env::temp_dir().join(format!("vlog-{name}-{}", std::process::id()));
            std::fs::create_dir_all(&path).unwrap();
            Folder(path)
        }

        fn path(&self, name: &str) -> String {
            self.0.join(name).to_str().unwrap().to_owned()
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = std::fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn file() {
        let folder = Folder::new("file");
        let path = folder.path("log");
        let config = Config { file: Some(LogFile { path: path.clone(), required: true }), ..quiet() };
        let log = open(config).unwrap();
        log.write(now(), "ovn_dbctl", Level::Dbg, "hidden");
        log.write(now(), "ovn_dbctl", Level::Info, "Called as x");
        let expect = format!(
            "2026-11-22T18:04:02.732Z|00001|vlog|INFO|opened log file {path}\n\
             2026-11-22T18:04:02.732Z|00002|ovn_dbctl|INFO|Called as x\n"
        );
        assert_eq!(std::fs::read_to_string(&path).unwrap(), expect);
    }

    #[test]
    fn frequent_messages_are_limited_by_call_site_and_those_below_the_level_are_not_counted() {
        let folder = Folder::new("limit");
        let path = folder.path("log");
        let config = Config { file: Some(LogFile { path: path.clone(), required: true }), ..quiet() };
        let log = open(config).unwrap();
        let (one, other) = (RateLimit::new(0, 3), RateLimit::new(0, 3));
        for i in 0..1000 {
            log.write_limited(&one, now(), "jsonrpc", Level::Dbg, &format_args!("hidden {i}"));
        }
        for i in 0..1000 {
            log.write_limited(&one, now(), "jsonrpc", Level::Warn, &format_args!("one {i}"));
            log.write_limited(&other, now(), "jsonrpc", Level::Warn, &format_args!("other {i}"));
        }
        let text = std::fs::read_to_string(&path).unwrap();
        let texts: Vec<&str> = text.lines().skip(1).map(|line| line.rsplit('|').next().unwrap()).collect();
        assert_eq!(texts, ["one 0", "other 0", "one 1", "other 1", "one 2", "other 2"]);
    }

    #[test]
    fn a_file_that_cannot_be_opened() {
        let config = |required| Config {
            file: Some(LogFile { path: "/nonexistent/x".to_owned(), required }),
            ..quiet()
        };
        assert_eq!(open(config(true)).map(|_| ()), Err(CtlError::silent(1)));
        assert!(open(config(false)).is_ok());
    }

    /// As ovn-nbctl 26.03 sent it with `--syslog-method=unix:FILE` and `udp:IP:PORT`.
    #[test]
    fn syslog() {
        let folder = Folder::new("syslog");
        let path = folder.path("socket");
        let server = UnixDatagram::bind(&path).unwrap();
        server.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
        let mut config = Config { syslog: Syslog::Unix(path), ..quiet() };
        let mut buffer = [0; 2000];
        let mut check = |config: &Config, level: Level, text: &str, expect: &[&str]| {
            open(config.clone()).unwrap().write(now(), "ovn_dbctl", level, text);
            for line in expect {
                let size = server.recv(&mut buffer).unwrap();
                assert_eq!(String::from_utf8_lossy(&buffer[..size]), *line);
            }
        };
        check(&config, Level::Info, "a", &["<29>ovs|00001|ovn_dbctl|INFO|a"]);
        check(&config, Level::Err, "a\nb", &["<27>ovs|00001|ovn_dbctl|ERR|a", "<27>b"]);
        config.apply("FACILITY:local0").unwrap();
        config.apply("PATTERN:syslog:%A|%m").unwrap();
        check(&config, Level::Warn, "a", &["<132>ovn-nbctl|a"]);

        let server = UdpSocket::bind("127.0.0.1:0").unwrap();
        server.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
        let config = Config { syslog_target: Some(server.local_addr().unwrap()), ..quiet() };
        open(config).unwrap().write(now(), "vlog", Level::Warn, "x");
        let size = server.recv(&mut buffer).unwrap();
        let expect = "<132>1 2026-11-22T18:04:02.732Z vm ovn-nbctl 7 vlog - \u{feff}x";
        assert_eq!(String::from_utf8_lossy(&buffer[..size]), expect);
    }
}
