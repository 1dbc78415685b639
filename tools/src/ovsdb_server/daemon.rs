//! The processes of a daemon: the one that the user starts, the monitor, and the server.
//!
//! The C programs fork. A program without `unsafe` code cannot, so it starts itself again: an
//! environment variable holds the role of the new process, and its stdin is a [`Link`] to the
//! process that started it.

use super::link::{Link, Served};
use rustix::process::setsid;
use std::ffi::OsString;
use std::fs::{self, OpenOptions};
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::process::{Child, Command, ExitStatus, Stdio};

/// What a process is to be, when it was started by another of the same program.
const ROLE: &str = "OVSDB_SERVER_ROLE";

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

    /// Starts it, with `handed` as what it is to serve instead of what its options say.
    ///
    /// # Errors
    /// It cannot be started.
    pub(super) fn start(&self, handed: Option<&Served>) -> io::Result<(Child, Link)> {
        let (ours, theirs) = UnixStream::pair()?;
        // the command is dropped, and with it our copy of the other end: the child's death closes
        // it
        let child = self.command(OwnedFd::from(theirs).into())?.spawn()?;
        let mut link = Link::over(ours);
        // a child that has died already shows it when it is waited for
        let _ = link.send(handed);
        Ok((child, link))
    }

    /// Becomes it.
    pub(super) fn become_it(&self) -> io::Error {
        match self.command(Stdio::inherit()) {
            Ok(mut command) => command.exec(),
            Err(error) => error,
        }
    }
}

/// The exit status of a process as the shell has it.
pub(super) fn code(status: ExitStatus) -> u8 {
    let code = status.code().or_else(|| status.signal().map(|signal| signal + 128));
    code.and_then(|code| u8::try_from(code).ok()).unwrap_or(1)
}

/// Leaves the session of whoever started us.
pub(super) fn leave_session() {
    // it fails only for the leader of a group, who has nothing to leave
    let _ = setsid();
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
}
