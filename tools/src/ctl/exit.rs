//! How does a tool end: its output written, its error told, or its time up?

use super::error::CtlError;
use super::error::ErrorKind;
use super::persona::Persona;
use super::vlog::{Identity, Level, Log};
use rustix::process::{Signal, getpid, kill_process};
use std::io::{self, Write};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

/// What a shell reports for a process that SIGALRM ended.
const STATUS_ALARM: i32 = 142;

/// The stack of the thread that waits for the end of the time: it formats one line.
const ALARM_STACK_BYTES: usize = 64 << 10;

/// Who this process is, for its log lines.
pub fn identity(persona: &Persona, started: SystemTime) -> Identity {
    Identity {
        program: persona.name().to_owned(),
        pid: std::process::id(),
        host: rustix::system::uname().nodename().to_string_lossy().into_owned(),
        started,
    }
}

/// From now on the process has `secs` seconds, whatever it is doing then; also when it is blocked writing its output.
///
/// # Errors
/// When no thread can be started to watch the time.
pub fn set_alarm(secs: u32, log: Arc<Log>) -> Result<(), CtlError> {
    let watch = move || {
        std::thread::sleep(Duration::from_secs(u64::from(secs)));
        die_of_alarm(&log)
    };
    let thread = std::thread::Builder::new().name("alarm".to_owned()).stack_size(ALARM_STACK_BYTES);
    match thread.spawn(watch) {
        Ok(_) => Ok(()),
        Err(e) => Err(CtlError::new(ErrorKind::Io, format!("cannot watch the time: {}", reason(&e)))),
    }
}

/// Ends the process as the C tools end when their time is up: by SIGALRM, after a warning. Wrappers look for the signal.
/// What was printed is out already, since [`print()`] buffers nothing.
pub fn die_of_alarm(log: &Log) -> ! {
    log.write(SystemTime::now(), "fatal_signal", Level::Warn, "terminating with signal 14 (Alarm clock)");
    // Our parent may have made us ignore the signal; then the shell's number for it has to do.
    let _ = kill_process(getpid(), Signal::ALARM);
    std::process::exit(STATUS_ALARM)
}

/// Writes output to stdout at once. A reader that has gone away has read enough, and is no error.
///
/// # Errors
/// When stdout takes no more: a full disk, a closed descriptor.
pub fn print(output: &[u8]) -> Result<(), CtlError> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(output).and_then(|()| stdout.flush()) {
        Err(e) if e.kind() != io::ErrorKind::BrokenPipe => {
            Err(CtlError::new(ErrorKind::Io, format!("cannot write to stdout: {}", reason(&e))))
        }
        _ => Ok(()),
    }
}

/// Tells `error` on stderr and in the logs, and answers the exit status: the one place where both are decided.
pub fn report(error: &CtlError, persona: &Persona, log: Option<&Log>) -> ExitCode {
    let text = error.render(persona);
    if !text.is_empty() {
        // Without stderr there is nobody to tell.
        let _ = io::stderr().write_all(text.as_bytes());
        // Errors of the option parser are known before the log is.
        if let Some(log) = log.filter(|_| error.kind != ErrorKind::Option) {
            log.write_behind(SystemTime::now(), "db_ctl_base", Level::Err, &error.message);
        }
    }
    ExitCode::from(error.status)
}

/// The system's word for an error, without Rust's ` (os error N)`.
pub fn reason(error: &io::Error) -> String {
    let text = error.to_string();
    text.split_once(" (os error").map_or(text.clone(), |(reason, _)| reason.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ctl::persona::Tool;

    #[test]
    fn reasons() {
        assert_eq!(reason(&io::Error::from_raw_os_error(2)), "No such file or directory");
        assert_eq!(reason(&io::Error::other("odd")), "odd");
    }

    #[test]
    fn statuses() {
        let persona = Persona::new(Tool::Vs, "ovs-vsctl");
        assert_eq!(report(&CtlError::silent(2), &persona, None), ExitCode::from(2));
    }

    #[test]
    fn identities() {
        let identity = identity(&Persona::new(Tool::Vs, "/b/ovs-vsctl"), SystemTime::now());
        assert_eq!((identity.program.as_str(), identity.pid), ("ovs-vsctl", std::process::id()));
        assert!(!identity.host.is_empty());
    }

    /// The test runs itself as a child that has one second.
    #[test]
    fn the_alarm_ends_the_process() {
        use crate::ctl::vlog::{Config, Syslog};
        use std::os::unix::process::ExitStatusExt as _;

        const CHILD: &str = "CTL_EXIT_TEST_CHILD";
        if std::env::var_os(CHILD).is_some() {
            let mut config = Config::new(&[]);
            config.syslog = Syslog::Null;
            let now = SystemTime::now();
            let log = Log::open(config, identity(&Persona::new(Tool::Vs, "ovs-vsctl"), now), now).unwrap();
            set_alarm(1, Arc::new(log)).unwrap();
            std::thread::sleep(Duration::from_secs(60));
            return;
        }
        let child = std::process::Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "ctl::exit::tests::the_alarm_ends_the_process", "--nocapture"])
            .env(CHILD, "1")
            .output()
            .unwrap();
        assert_eq!(child.status.signal(), Some(14));
        let stderr = String::from_utf8(child.stderr).unwrap();
        assert!(
            stderr.ends_with("Z|00001|fatal_signal|WARN|terminating with signal 14 (Alarm clock)\n"),
            "{stderr}"
        );
    }
}
