//! The end of a program: its output written, its error printed, or a signal that ends it.

use super::error::CtlError;
use super::error::ErrorKind;
use super::persona::Persona;
use super::raw;
use super::vlog::{Identity, Level, Log};
use signal_hook::consts::{SIGALRM, SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use std::io::{self, IsTerminal as _, Write};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

/// The stack of a thread that waits for a signal or for the end of the time: it formats one line.
const WATCH_STACK_BYTES: usize = 64 << 10;

/// The signals whose default action ends a program after a line in its log, as in the C programs.
const FATAL_SIGNALS: [i32; 4] = [SIGTERM, SIGINT, SIGHUP, SIGALRM];

/// Who this process is, for its log lines.
pub fn identity(persona: &Persona, started: SystemTime) -> Identity {
    Identity {
        program: persona.name().to_owned(),
        pid: std::process::id(),
        host: rustix::system::uname().nodename().to_string_lossy().into_owned(),
        started,
    }
}

/// Ends the process by SIGALRM after `secs` seconds, whatever it is doing then; also when it is
/// blocked writing its output.
///
/// # Errors
/// No thread can be started to watch the time.
pub fn set_alarm(secs: u32, log: Arc<Log>) -> Result<(), CtlError> {
    watch("alarm", move || {
        std::thread::sleep(Duration::from_secs(u64::from(secs)));
        die_of(SIGALRM, &log)
    })
}

/// Logs SIGTERM, SIGINT, SIGHUP or SIGALRM, and then ends the process by that signal. A signal that
/// the parent process had ignored (`nohup`) stays ignored.
///
/// # Errors
/// The signals cannot be caught, or no thread can be started to wait for them.
pub fn log_fatal_signals(log: Arc<Log>) -> Result<(), CtlError> {
    let ignored = ignored_signals();
    let caught = FATAL_SIGNALS.into_iter().filter(|signal| ignored >> (signal - 1) & 1 == 0);
    let signals = Signals::new(caught);
    let mut signals =
        signals.map_err(|e| CtlError::new(ErrorKind::Io, format!("cannot catch signals: {}", reason(&e))))?;
    watch("signals", move || {
        if let Some(signal) = signals.forever().next() {
            die_of(signal, &log);
        }
    })
}

fn watch(name: &str, work: impl FnOnce() + Send + 'static) -> Result<(), CtlError> {
    let thread = std::thread::Builder::new().name(name.to_owned()).stack_size(WATCH_STACK_BYTES);
    match thread.spawn(work) {
        Ok(_) => Ok(()),
        Err(e) => Err(CtlError::new(ErrorKind::Io, format!("cannot start a thread: {}", reason(&e)))),
    }
}

/// The signals that this process ignores, signal N as bit N - 1; none where /proc is missing.
fn ignored_signals() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0)
}

/// Ends the process by `signal` after a warning in the log, as the C programs end. Wrappers look at
/// the signal. What was printed is out already, since [`print()`] buffers nothing.
pub fn die_of(signal: i32, log: &Log) -> ! {
    let name = match signal {
        SIGTERM => "Terminated",
        SIGINT => "Interrupt",
        SIGHUP => "Hangup",
        SIGALRM => "Alarm clock",
        _ => "unknown",
    };
    let text = format!("terminating with signal {signal} ({name})");
    log.write(SystemTime::now(), "fatal_signal", Level::Warn, &text);
    // it returns only if it does not know the signal
    let _ = signal_hook::low_level::emulate_default_handler(signal);
    std::process::exit(128 + signal)
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
    if tell(error, error.name_for(persona), persona.is_own_name()) {
        // Errors of the option parser are known before the log is.
        if let Some(log) = log.filter(|_| error.kind != ErrorKind::Option) {
            log.write_behind(SystemTime::now(), "db_ctl_base", Level::Err, &error.message);
        }
    }
    ExitCode::from(error.status)
}

/// Prints `error` on stderr in the name of a program, with its hints and with control characters
/// escaped for a terminal if `own_name`. Returns whether there was anything to print.
pub fn tell(error: &CtlError, name: &str, own_name: bool) -> bool {
    let mut stderr = io::stderr().lock();
    let text = match own_name && stderr.is_terminal() {
        true => error.escaped().render_as(name, own_name),
        false => error.render_as(name, own_name),
    };
    // without stderr there is nobody to tell
    let _ = stderr.write_all(&raw::bytes(&text));
    !text.is_empty()
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

    const CHILD: &str = "CTL_EXIT_TEST_CHILD";

    fn log() -> Arc<Log> {
        use crate::ctl::vlog::{Config, Syslog};
        let mut config = Config::new(&[]);
        config.syslog = Syslog::Null;
        let now = SystemTime::now();
        let identity = identity(&Persona::new(Tool::Vs, "ovs-vsctl"), now);
        Arc::new(Log::open(config, identity, now).unwrap())
    }

    /// A command that runs the test `name` again with `CHILD` in its environment, and with no
    /// signal ignored, as they are for tests that run in the background of a script.
    fn child(name: &str, wrapper: &[&str]) -> std::process::Command {
        let program = std::env::current_exe().unwrap().into_os_string();
        let mut command = std::process::Command::new("env");
        command.arg("--default-signal=HUP,INT,TERM,ALRM").args(wrapper).arg(program);
        command.args(["--exact", &format!("ctl::exit::tests::{name}"), "--nocapture"]);
        command.env(CHILD, "1");
        command
    }

    fn check_end(output: std::process::Output, signal: i32, name: &str) {
        use std::os::unix::process::ExitStatusExt as _;
        assert_eq!(output.status.signal(), Some(signal));
        let stderr = String::from_utf8(output.stderr).unwrap();
        let line = format!("Z|00001|fatal_signal|WARN|terminating with signal {signal} ({name})\n");
        assert!(stderr.ends_with(&line), "{stderr}");
    }

    #[test]
    fn the_alarm_ends_the_process() {
        if std::env::var_os(CHILD).is_some() {
            set_alarm(1, log()).unwrap();
            std::thread::sleep(Duration::from_secs(60));
            return;
        }
        check_end(child("the_alarm_ends_the_process", &[]).output().unwrap(), 14, "Alarm clock");
    }

    #[test]
    fn a_fatal_signal_is_logged_and_ends_the_process() {
        if std::env::var_os(CHILD).is_some() {
            log_fatal_signals(log()).unwrap();
            signal_hook::low_level::raise(SIGHUP).unwrap();
            std::thread::sleep(Duration::from_secs(60));
            return;
        }
        let name = "a_fatal_signal_is_logged_and_ends_the_process";
        check_end(child(name, &[]).output().unwrap(), 1, "Hangup");
    }

    #[test]
    fn a_signal_that_the_parent_ignored_stays_ignored() {
        if std::env::var_os(CHILD).is_some() {
            log_fatal_signals(log()).unwrap();
            signal_hook::low_level::raise(SIGHUP).unwrap();
            signal_hook::low_level::raise(SIGINT).unwrap();
            std::thread::sleep(Duration::from_secs(60));
            return;
        }
        let ignore = ["/bin/sh", "-c", "trap '' HUP; exec \"$0\" \"$@\""];
        let name = "a_signal_that_the_parent_ignored_stays_ignored";
        check_end(child(name, &ignore).output().unwrap(), 2, "Interrupt");
    }
}
