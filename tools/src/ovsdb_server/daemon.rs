//! How does the server become a daemon: in the background once it serves, watched by another process, known by a file with its number?
//!
//! The C programs fork. A program without `unsafe` code cannot, so it starts itself again: what the new process is to be stands in its environment, and its stdin is a
//! pipe on which it tells that it serves.

use crate::ctl::exit::reason;
use rustix::fs::{FlockOperation, fcntl_lock};
use rustix::process::{Signal, setsid};
use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// What a process is to be, when it was started by another of the same program.
const ROLE: &str = "OVSDB_SERVER_ROLE";

/// A server that crashes sooner than this after its start is not started again at once, as with the C daemons.
const CRASH_PAUSE: Duration = Duration::from_secs(10);

/// What this process is to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// Started by a user: whatever the options say.
    First,
    /// Watches the server, in the background.
    Monitor,
    /// The server in the background.
    Daemon,
    /// The server, watched in the foreground.
    Watched,
}

impl Role {
    /// What the environment says.
    pub(super) fn current() -> Role {
        match std::env::var(ROLE).as_deref() {
            Ok("monitor") => Role::Monitor,
            Ok("daemon") => Role::Daemon,
            Ok("watched") => Role::Watched,
            _ => Role::First,
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Role::First => "",
            Role::Monitor => "monitor",
            Role::Daemon => "daemon",
            Role::Watched => "watched",
        }
    }
}

/// This program, to be started once more in another role.
#[derive(Clone, Debug)]
pub(super) struct Again {
    pub(super) argv: Vec<OsString>,
    pub(super) role: Role,
    /// User and group to be, if others than now.
    pub(super) user: Option<(u32, u32)>,
}

impl Again {
    fn command(&self, stdin: Stdio) -> io::Result<Command> {
        let mut words = self.argv.iter();
        let mut command = Command::new(std::env::current_exe()?);
        command.env(ROLE, self.role.name()).stdin(stdin);
        if let Some(argv0) = words.next() {
            command.arg0(argv0);
        }
        command.args(words);
        if let Some((user, group)) = self.user {
            command.gid(group).uid(user);
        }
        Ok(command)
    }

    /// Starts it and waits until it serves or has ended.
    ///
    /// # Errors
    /// It cannot be started.
    pub(super) fn start(&self) -> io::Result<Started> {
        let (mut reader, writer) = io::pipe()?;
        let mut child = self.command(writer.into())?.spawn()?;
        // the command is dropped, and with it our end for writing: what remains open is the child's
        let mut byte = [0];
        if reader.read(&mut byte)? == 1 {
            return Ok(Started::Serves(child));
        }
        Ok(Started::Ended(child.wait()?))
    }

    /// Becomes it.
    pub(super) fn become_it(&self) -> io::Error {
        match self.command(Stdio::inherit()) {
            Ok(mut command) => command.exec(),
            Err(error) => error,
        }
    }
}

/// What came of starting.
pub(super) enum Started {
    Serves(std::process::Child),
    Ended(ExitStatus),
}

/// The status to exit with, as the shell has it.
pub(super) fn code(status: ExitStatus) -> u8 {
    let code = status.code().or_else(|| status.signal().map(|signal| signal + 128));
    code.and_then(|code| u8::try_from(code).ok()).unwrap_or(1)
}

/// Leaves the session of whoever started us.
pub(super) fn leave_session() {
    // it fails only for the leader of a group, who has nothing to leave
    let _ = setsid();
}

/// The end of a pipe on which somebody waits until we serve.
pub(super) struct Notify(File);

impl Notify {
    /// Takes it from stdin, which is nothing from now on.
    ///
    /// # Errors
    /// It cannot be taken.
    pub(super) fn take() -> io::Result<Notify> {
        let pipe = rustix::io::dup(io::stdin())?;
        rustix::stdio::dup2_stdin(File::open("/dev/null")?)?;
        Ok(Notify(pipe.into()))
    }

    /// Tells that we serve.
    pub(super) fn tell(mut self) {
        // whoever waited may have been killed
        let _ = self.0.write_all(b"!");
    }
}

/// Lets go of stdout and stderr, on which somebody may be waiting for our end.
///
/// # Errors
/// The system refuses.
pub(super) fn release_output() -> io::Result<()> {
    let null = OpenOptions::new().write(true).open("/dev/null")?;
    rustix::stdio::dup2_stdout(&null)?;
    rustix::stdio::dup2_stderr(&null)?;
    Ok(())
}

/// Starts the server, and again whenever it crashes, until it ends by itself. `serves` is called once, when it serves for the first time.
///
/// # Errors
/// It cannot be started.
pub(super) fn watch(
    again: &Again,
    mut serves: impl FnMut() -> io::Result<()>,
    mut log: impl FnMut(&str),
) -> io::Result<u8> {
    loop {
        let begun = Instant::now();
        let status = match again.start()? {
            Started::Ended(status) => status,
            Started::Serves(mut child) => {
                serves()?;
                child.wait()?
            }
        };
        if !crashed(status) {
            return Ok(code(status));
        }
        log(&format!("server died ({status}), restarting"));
        std::thread::sleep(CRASH_PAUSE.saturating_sub(begun.elapsed()));
    }
}

fn crashed(status: ExitStatus) -> bool {
    const CRASHES: [Signal; 8] = [
        Signal::ABORT,
        Signal::BUS,
        Signal::FPE,
        Signal::ILL,
        Signal::PIPE,
        Signal::SEGV,
        Signal::XCPU,
        Signal::XFSZ,
    ];
    status.signal().is_some_and(|signal| CRASHES.iter().any(|crash| crash.as_raw() == signal))
}

/// A file with our process id, locked for as long as we live and removed at the end. The lock is what tells others that the process still is the one that wrote it.
#[derive(Debug)]
pub(super) struct PidFile {
    path: PathBuf,
    file: File,
}

impl PidFile {
    /// Writes it.
    ///
    /// # Errors
    /// With a text: another process has it and is not to be `overwritten`, or it cannot be written.
    pub(super) fn create(path: &Path, overwrite: bool) -> Result<PidFile, String> {
        let lock = |file: &File| fcntl_lock(file, FlockOperation::NonBlockingLockExclusive);
        if let Ok(mut old) = OpenOptions::new().read(true).write(true).open(path)
            && !overwrite
            && lock(&old).is_err()
        {
            let mut pid = String::new();
            let _ = old.read_to_string(&mut pid);
            return Err(format!("{}: already running as pid {}, aborting", path.display(), pid.trim()));
        }
        let mut name = path.as_os_str().to_owned();
        name.push(format!(".tmp{}", std::process::id()));
        let temporary = PathBuf::from(name);
        let fail =
            |what: &str, e: io::Error| format!("{}: {what} failed ({})", temporary.display(), reason(&e));
        // what is there by this name cannot be another's: the number is ours
        let _ = fs::remove_file(&temporary);
        let file = OpenOptions::new().read(true).write(true).create_new(true).mode(0o660).open(&temporary);
        let mut file = file.map_err(|e| fail("create", e))?;
        let written =
            lock(&file).map_err(io::Error::from).and_then(|()| writeln!(file, "{}", std::process::id()));
        let renamed = written.and_then(|()| fs::rename(&temporary, path));
        if let Err(e) = renamed {
            let _ = fs::remove_file(&temporary);
            return Err(fail("write", e));
        }
        Ok(PidFile { path: path.to_owned(), file })
    }
}

impl Drop for PidFile {
    fn drop(&mut self) {
        let same = |a: fs::Metadata, b: fs::Metadata| a.dev() == b.dev() && a.ino() == b.ino();
        let ours = match (self.file.metadata(), fs::metadata(&self.path)) {
            (Ok(ours), Ok(found)) => same(ours, found),
            _ => false,
        };
        if ours {
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// The user and group that `USER[:GROUP]` names.
///
/// # Errors
/// With a text: there is no such user or group.
pub(super) fn user(text: &str) -> Result<(u32, u32), String> {
    let (user, group) = text.split_once(':').unwrap_or((text, ""));
    let fail = |what: &str, name: &str| format!("--user: {what} {name} not found, aborting.");
    let users = fs::read_to_string("/etc/passwd").unwrap_or_default();
    let found = users.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        let (id, group) = (fields.nth(1)?, fields.next()?);
        (name == user).then(|| Some((id.parse().ok()?, group.parse().ok()?)))?
    });
    let (uid, gid) = found.ok_or_else(|| fail("user", user))?;
    if group.is_empty() {
        return Ok((uid, gid));
    }
    let groups = fs::read_to_string("/etc/group").unwrap_or_default();
    let found = groups.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (name == group).then(|| fields.nth(1)?.parse().ok())?
    });
    Ok((uid, found.ok_or_else(|| fail("group", group))?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_and_groups() {
        assert_eq!(user("root"), Ok((0, 0)));
        assert_eq!(user("root:root"), Ok((0, 0)));
        assert_eq!(user("nobody-at-all"), Err("--user: user nobody-at-all not found, aborting.".to_owned()));
        assert_eq!(user("root:none-such"), Err("--user: group none-such not found, aborting.".to_owned()));
    }

    #[test]
    fn the_file_with_the_process_id() {
        let path = std::env::temp_dir().join(format!("daemon-{}.pid", std::process::id()));
        let file = PidFile::create(&path, false).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), format!("{}\n", std::process::id()));
        // another took the place: its file is not ours to remove
        fs::remove_file(&path).unwrap();
        fs::write(&path, "1\n").unwrap();
        drop(file);
        assert!(path.exists());
        drop(PidFile::create(&path, false).unwrap());
        assert!(!path.exists());
        let error = PidFile::create(Path::new("/nonexistent/p"), false).unwrap_err();
        assert!(error.ends_with("create failed (No such file or directory)"), "{error}");
    }
}
