//! How are bytes carried to a server and back: Unix domain sockets, TCP, TLS.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpStream, UnixStream, lookup_host};
use tokio::time::{Instant, timeout_at};

use super::error::{Error, ErrorKind};
use super::unix_path::ShortPath;
use crate::session::remote::Remote;

/// An established connection.
///
/// There is no TCP keepalive: the session's inactivity probe finds a dead peer over every kind of connection, and knows how long to wait.
#[derive(Debug)]
#[non_exhaustive]
pub enum Stream {
    /// Over a Unix domain socket.
    Unix(UnixStream),
    /// Over TCP, in the clear.
    Tcp(TcpStream),
}

/// How a connection is made.
#[derive(Clone, Copy, Debug, Default)]
pub struct ConnectOptions {
    /// Until when it must stand; no limit if `None`.
    pub deadline: Option<Instant>,
}

/// Connects to `remote`. All addresses of a host name are tried in the order that the resolver gives.
///
/// # Errors
///
/// [`ErrorKind::Resolve`] for a name without addresses, [`ErrorKind::Connect`] with the last address's error of the operating system as
/// source, [`ErrorKind::Timeout`] when the deadline passed first.
pub async fn connect(remote: &Remote, options: ConnectOptions) -> Result<Stream, Error> {
    within(options.deadline, async {
        let stream = match remote {
            Remote::Unix(path) => connect_unix(path).await.map(Stream::Unix),
            Remote::Tcp { host, port } => {
                let addresses = resolve(host, *port).await?;
                connect_tcp(&addresses, options.deadline).await.map(Stream::Tcp)
            }
            Remote::Ssl { .. } | Remote::Pssl { .. } => {
                return Err(Error::new(
                    ErrorKind::Config,
                    "a private key, a certificate and a CA certificate are needed",
                ));
            }
            Remote::Punix(_) | Remote::Ptcp { .. } => Err(io::ErrorKind::Unsupported.into()),
        };
        stream.map_err(|e| Error::new(ErrorKind::Connect, format!("cannot connect to {remote}")).because(e))
    })
    .await
}

/// Waits for `work` until the deadline.
///
/// # Errors
///
/// [`ErrorKind::Timeout`] if the deadline passed first; those of `work` itself.
pub async fn within<T>(
    deadline: Option<Instant>,
    work: impl Future<Output = Result<T, Error>>,
) -> Result<T, Error> {
    match deadline {
        None => work.await,
        Some(deadline) => timeout_at(deadline, work).await.unwrap_or_else(|_| Err(Error::timeout())),
    }
}

async fn connect_unix(path: &Path) -> io::Result<UnixStream> {
    let short = ShortPath::of(path)?;
    UnixStream::connect(short.as_path()).await
}

async fn resolve(host: &str, port: u16) -> Result<Vec<SocketAddr>, Error> {
    // A literal address needs no resolver, which would cost a thread.
    if let Ok(address) = host.parse::<IpAddr>() {
        return Ok(vec![SocketAddr::new(address, port)]);
    }
    let fail = || Error::new(ErrorKind::Resolve, format!("cannot find the address of {host:?}"));
    let addresses: Vec<_> = lookup_host((host, port)).await.map_err(|e| fail().because(e))?.collect();
    if addresses.is_empty() { Err(fail()) } else { Ok(addresses) }
}

/// Tries the addresses in order, giving each its share of the time that is left, so that a silent one does not hide the next.
async fn connect_tcp(addresses: &[SocketAddr], deadline: Option<Instant>) -> io::Result<TcpStream> {
    let mut last = io::Error::from(io::ErrorKind::AddrNotAvailable);
    for (left, address) in (1..=addresses.len()).rev().zip(addresses) {
        let attempt = TcpStream::connect(address);
        let result = match deadline {
            None => attempt.await,
            Some(deadline) => {
                let now = Instant::now();
                let share = deadline.saturating_duration_since(now) / u32::try_from(left).unwrap_or(u32::MAX);
                timeout_at(now + share, attempt).await.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
            }
        };
        match result {
            Ok(stream) => {
                stream.set_nodelay(true)?;
                return Ok(stream);
            }
            Err(error) => last = error,
        }
    }
    Err(last)
}

/// Does `$call` with whichever stream is inside.
macro_rules! each {
    ($self:ident, $inner:ident => $call:expr) => {
        match $self.get_mut() {
            Stream::Unix($inner) => $call,
            Stream::Tcp($inner) => $call,
        }
    };
}

impl AsyncRead for Stream {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        each!(self, s => Pin::new(s).poll_read(cx, buf))
    }
}

impl AsyncWrite for Stream {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        each!(self, s => Pin::new(s).poll_write(cx, buf))
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        each!(self, s => Pin::new(s).poll_flush(cx))
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        each!(self, s => Pin::new(s).poll_shutdown(cx))
    }
}
