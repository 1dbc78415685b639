//! How does a passive remote work: we listen, and the peer connects.

use std::fs::{self, Permissions};
use std::future::poll_fn;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::net::{TcpListener, TcpSocket, TcpStream, UnixListener, UnixStream};
use tokio::time::timeout;

use super::error::{Error, ErrorKind};
use super::inherit::{self, Inherited};
use super::stream::{Stream, no_certificates};
use super::tls::TlsContext;
use super::unix_path::ShortPath;
use crate::session::remote::Remote;

/// How long one peer may take to agree while others wait. Those that we want to meet need a few round trips.
const HANDSHAKE_TIME_MAX: Duration = Duration::from_secs(10);

/// A place where peers may connect. A socket's file vanishes with it.
#[derive(Debug)]
pub struct Listener {
    socket: Socket,
    remote: Remote,
}

#[derive(Debug)]
enum Socket {
    Unix(
        UnixListener,
        #[expect(dead_code, reason = "held for what it does when dropped")] Option<SocketFile>,
    ),
    Tcp(TcpListener),
}

/// A peer that has connected, but with whom nothing was agreed yet.
#[derive(Debug)]
pub struct Incoming {
    peer: Peer,
}

#[derive(Debug)]
enum Peer {
    Unix(UnixStream),
    Tcp(TcpStream),
    Tls(TcpStream),
}

impl Listener {
    /// Listens at a passive remote. The file of a socket that nobody serves any more is replaced; any other file stays, and is an error.
    ///
    /// The socket may be used by those whom the umask allows, but by others than our user and group in no case.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Listen`] with the error of the operating system; also for an active remote.
    pub async fn bind(remote: &Remote) -> Result<Listener, Error> {
        let fail = |e| Error::new(ErrorKind::Listen, format!("cannot listen at {remote}")).because(e);
        match remote {
            Remote::Punix(path) => {
                let (listener, file) = bind_unix(path).await.map_err(fail)?;
                Ok(Listener { socket: Socket::Unix(listener, Some(file)), remote: remote.clone() })
            }
            Remote::Ptcp { port, bind } | Remote::Pssl { port, bind } => {
                let address = bind.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
                let listener = bind_tcp((address, *port).into()).map_err(fail)?;
                let (port, bind) = (listener.local_addr().map_err(fail)?.port(), *bind);
                let tls = remote.is_tls();
                let remote = if tls { Remote::Pssl { port, bind } } else { Remote::Ptcp { port, bind } };
                Ok(Listener { socket: Socket::Tcp(listener), remote })
            }
            Remote::Unix(_) | Remote::Tcp { .. } | Remote::Ssl { .. } => {
                Err(fail(io::ErrorKind::Unsupported.into()))
            }
        }
    }

    /// Takes over a socket that listens already: `number` is that of a descriptor which this
    /// process has inherited, as by socket activation of systemd. Clients over TCP talk in the
    /// clear.
    ///
    /// The descriptor with that number stays open. A Unix domain socket keeps its file, since it
    /// belongs to the program that opened it.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Listen`]: there is no such descriptor, or it is not a listening stream socket,
    /// or the kernel is older than Linux 5.6 or does not let this process call `pidfd_getfd`.
    pub fn inherit(number: &str) -> Result<Listener, Error> {
        let fail = |e| Error::new(ErrorKind::Listen, format!("pfd:{number}: cannot be used")).because(e);
        Ok(match inherit::take(number)? {
            Inherited::Unix(listener) => {
                let address = listener.local_addr().map_err(fail)?;
                let path = address.as_pathname().map(Path::to_owned).unwrap_or_default();
                let listener = UnixListener::from_std(listener).map_err(fail)?;
                Listener { socket: Socket::Unix(listener, None), remote: Remote::Punix(path) }
            }
            Inherited::Tcp(listener) => {
                let address = listener.local_addr().map_err(fail)?;
                let listener = TcpListener::from_std(listener).map_err(fail)?;
                let remote = Remote::Ptcp { port: address.port(), bind: Some(address.ip()) };
                Listener { socket: Socket::Tcp(listener), remote }
            }
        })
    }

    /// Where it listens, with the port that the kernel chose.
    pub fn remote(&self) -> &Remote {
        &self.remote
    }

    /// The next peer that connects. May be dropped and called again: no peer is lost.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Listen`], for example when the process has too many open files. The listener remains good.
    pub async fn accept(&self) -> Result<Incoming, Error> {
        poll_fn(|cx| self.poll_accept(cx)).await
    }

    /// As [`accept`](Listener::accept), for one who waits for many things: only the last waker is woken.
    ///
    /// # Errors
    ///
    /// As [`accept`](Listener::accept).
    pub fn poll_accept(&self, cx: &mut Context<'_>) -> Poll<Result<Incoming, Error>> {
        loop {
            let accepted = match &self.socket {
                Socket::Unix(listener, _) => {
                    listener.poll_accept(cx).map(|accepted| accepted.map(|(peer, _)| Peer::Unix(peer)))
                }
                Socket::Tcp(listener) => listener.poll_accept(cx).map(|accepted| {
                    accepted.map(
                        |(peer, _)| {
                            if self.remote.is_tls() { Peer::Tls(peer) } else { Peer::Tcp(peer) }
                        },
                    )
                }),
            };
            match ready!(accepted) {
                Ok(peer) => return Poll::Ready(Ok(Incoming { peer })),
                // It left again before we came to it.
                Err(e) if e.kind() == io::ErrorKind::ConnectionAborted => {}
                Err(e) => {
                    let what = format!("cannot accept a connection at {}", self.remote);
                    return Poll::Ready(Err(Error::new(ErrorKind::Listen, what).because(e)));
                }
            }
        }
    }
}

impl Incoming {
    /// The IP address of the peer; `None` over a Unix domain socket, or if the peer is gone
    /// already.
    ///
    /// An IPv4 address that comes by an IPv6 socket is returned as IPv4 address.
    pub fn peer_ip(&self) -> Option<IpAddr> {
        match &self.peer {
            Peer::Unix(_) => None,
            Peer::Tcp(stream) | Peer::Tls(stream) => Some(stream.peer_addr().ok()?.ip().to_canonical()),
        }
    }

    /// Whether [`establish`](Incoming::establish) has to wait for the peer, to complete a TLS
    /// handshake.
    pub fn is_tls(&self) -> bool {
        matches!(self.peer, Peer::Tls(_))
    }

    /// Whether the peer came over a Unix domain socket, so that it is on this host.
    pub fn is_unix(&self) -> bool {
        matches!(self.peer, Peer::Unix(_))
    }

    /// Agrees with the peer on how to talk. Over TLS this waits for the peer, so a server should not do it between two
    /// [`accept`](Listener::accept)s.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`] without usable certificates for TLS, [`ErrorKind::Handshake`] if the peer has none that we trust.
    pub async fn establish(self, tls: Option<&TlsContext>) -> Result<Stream, Error> {
        let without_delay = |stream: TcpStream| match stream.set_nodelay(true) {
            Ok(()) => Ok(stream),
            Err(e) => Err(Error::io("the connection broke while it was made", e)),
        };
        Ok(match self.peer {
            Peer::Unix(stream) => Stream::Unix(stream),
            Peer::Tcp(stream) => Stream::Tcp(without_delay(stream)?),
            Peer::Tls(stream) => {
                let tls = tls.ok_or_else(no_certificates)?;
                Stream::Tls(Box::new(tls.accept(without_delay(stream)?).await?))
            }
        })
    }
}

/// Listens at a passive remote until a peer is there with whom we agree, and no longer.
pub(super) async fn accept_one(remote: &Remote, tls: Option<&TlsContext>) -> Result<Stream, Error> {
    if remote.is_tls() {
        tls.ok_or_else(no_certificates)?.check_server()?;
    }
    let listener = Listener::bind(remote).await?;
    loop {
        // Whoever fails to agree, or says nothing, must not keep the right one out for long.
        let incoming = listener.accept().await?;
        if let Ok(Ok(stream)) = timeout(HANDSHAKE_TIME_MAX, incoming.establish(tls)).await {
            return Ok(stream);
        }
    }
}

/// How many connections the kernel keeps that were not accepted yet. When there are more, it drops
/// requests to connect, and their clients try again after a second.
const BACKLOG: u32 = 4096;

fn bind_tcp(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

async fn bind_unix(path: &Path) -> io::Result<(UnixListener, SocketFile)> {
    let short = ShortPath::of(path)?;
    make_way(short.as_path()).await?;
    let listener = UnixListener::bind(short.as_path())?;
    let file = SocketFile::of(path)?;
    let mode = fs::metadata(path)?.mode() & 0o770;
    fs::set_permissions(path, Permissions::from_mode(mode))?;
    Ok((listener, file))
}

/// Removes a socket that a dead process has left.
async fn make_way(path: &Path) -> io::Result<()> {
    let file = match fs::symlink_metadata(path) {
        Ok(file) => file,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(e) => return Err(e),
    };
    if !file.file_type().is_socket() {
        return Err(io::ErrorKind::AlreadyExists.into());
    }
    match UnixStream::connect(path).await {
        Ok(_) => Err(io::ErrorKind::AddrInUse.into()),
        Err(e) if e.kind() == io::ErrorKind::ConnectionRefused => fs::remove_file(path),
        // more connections wait there already than it queues
        Err(e) if e.kind() == io::ErrorKind::WouldBlock => Err(io::ErrorKind::AddrInUse.into()),
        Err(e) => Err(e),
    }
}

/// The file of a socket that is ours, removed at the end unless another has taken its place.
#[derive(Debug)]
struct SocketFile {
    path: PathBuf,
    device_and_inode: (u64, u64),
}

impl SocketFile {
    fn of(path: &Path) -> io::Result<SocketFile> {
        Ok(SocketFile { path: path.to_owned(), device_and_inode: device_and_inode(path)? })
    }
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        if device_and_inode(&self.path).is_ok_and(|found| found == self.device_and_inode) {
            let _ = fs::remove_file(&self.path);
        }
    }
}

fn device_and_inode(path: &Path) -> io::Result<(u64, u64)> {
    let file = fs::symlink_metadata(path)?;
    Ok((file.dev(), file.ino()))
}
