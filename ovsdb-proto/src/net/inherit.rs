//! Listening sockets that another program has opened and passed on, as systemd does (socket
//! activation).

use std::io;
use std::net::TcpListener;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixListener;

use rustix::net::{AddressFamily, SocketType, sockopt};
use rustix::process::{PidfdFlags, PidfdGetfdFlags, getpid, pidfd_getfd, pidfd_open};

use super::error::{Error, ErrorKind};

/// A listening socket of a family that we know.
pub(super) enum Inherited {
    Unix(UnixListener),
    Tcp(TcpListener),
}

/// Takes over the listening socket with this descriptor number, as text.
///
/// The result is a duplicate; the descriptor itself stays open, since only its opener may know
/// whether somebody else uses it.
///
/// # Errors
///
/// [`ErrorKind::Listen`]: it is not a number, not open, or not a listening stream socket.
pub(super) fn take(number: &str) -> Result<Inherited, Error> {
    let fail = |what: String, source: io::Error| {
        Error::new(ErrorKind::Listen, format!("pfd:{number}: {what}")).because(source)
    };
    let invalid = || io::Error::from(io::ErrorKind::InvalidInput);
    let parsed = number.parse().ok().filter(|number: &i32| *number >= 0);
    let parsed = parsed.ok_or_else(|| fail("bad file descriptor".to_owned(), invalid()))?;
    let because = |what: &str, error: rustix::io::Errno| {
        let error = io::Error::from(error);
        fail(format!("{what} ({})", super::os_text(&error)), error)
    };
    let socket = duplicate(parsed).map_err(|error| match error {
        rustix::io::Errno::BADF => because("not a socket", error),
        _ => because("cannot be taken over", error),
    })?;
    let type_ = sockopt::socket_type(&socket).map_err(|error| because("not a socket", error))?;
    if type_ != SocketType::STREAM {
        return Err(fail(format!("not a stream socket (type {})", type_.as_raw()), invalid()));
    }
    if !sockopt::socket_acceptconn(&socket).is_ok_and(|listens| listens) {
        return Err(fail("not a listening socket".to_owned(), invalid()));
    }
    let family = sockopt::socket_domain(&socket).map_err(|error| because("not a socket", error))?;
    let inherited = match family {
        AddressFamily::UNIX => Inherited::Unix(socket.into()),
        AddressFamily::INET | AddressFamily::INET6 => Inherited::Tcp(socket.into()),
        _ => return Err(fail("neither a Unix domain socket nor a TCP socket".to_owned(), invalid())),
    };
    let nonblocking = match &inherited {
        Inherited::Unix(listener) => listener.set_nonblocking(true),
        Inherited::Tcp(listener) => listener.set_nonblocking(true),
    };
    nonblocking.map_err(|error| fail("cannot be used".to_owned(), error))?;
    Ok(inherited)
}

/// Duplicates a descriptor of this process. Linux 5.6 or later is needed for all but the first
/// three, and a filter of system calls that allows `pidfd_getfd`.
fn duplicate(number: i32) -> rustix::io::Result<OwnedFd> {
    match number {
        0 => rustix::io::fcntl_dupfd_cloexec(io::stdin().as_fd(), 3),
        1 => rustix::io::fcntl_dupfd_cloexec(io::stdout().as_fd(), 3),
        2 => rustix::io::fcntl_dupfd_cloexec(io::stderr().as_fd(), 3),
        _ => {
            let process = pidfd_open(getpid(), PidfdFlags::empty())?;
            pidfd_getfd(process, number, PidfdGetfdFlags::empty())
        }
    }
}
