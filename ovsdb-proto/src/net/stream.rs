//! How are bytes carried to a server and back: Unix domain sockets, TCP, TLS.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, DuplexStream, ReadBuf};
use tokio::net::{TcpStream, UnixStream, lookup_host};
use tokio::time::{Instant, timeout_at};
use tokio_rustls::TlsStream;

use super::error::{Error, ErrorKind};
use super::listen::accept_one;
use super::tls::TlsContext;
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
    /// Over TLS over TCP.
    Tls(Box<TlsStream<TcpStream>>),
    /// Within this process, as between a program and the server that it embeds.
    Memory(DuplexStream),
}

impl Stream {
    /// Two ends of a connection within this process. Each holds back at most `bytes` that the other has not read.
    pub fn pair(bytes: usize) -> (Stream, Stream) {
        let (one, other) = tokio::io::duplex(bytes);
        (Stream::Memory(one), Stream::Memory(other))
    }
}

/// How a connection is made.
#[derive(Clone, Debug, Default)]
pub struct ConnectOptions {
    /// Until when it must stand; no limit if `None`.
    pub deadline: Option<Instant>,
    /// The certificates, without which `ssl` and `pssl` remotes are refused.
    pub tls: Option<Arc<TlsContext>>,
}

/// Connects to `remote`, or waits for the one that connects to it if it is passive. All addresses of a host name are tried in the order that
/// the resolver gives.
///
/// # Errors
///
/// - [`ErrorKind::Resolve`] for a name without addresses;
/// - [`ErrorKind::Connect`] with the last address's error of the operating system as source;
/// - [`ErrorKind::Config`] if certificates are missing or unusable, [`ErrorKind::Handshake`] if they do not satisfy;
/// - [`ErrorKind::Listen`] if a passive remote cannot be had;
/// - [`ErrorKind::Timeout`] when the deadline passed first.
pub async fn connect(remote: &Remote, options: &ConnectOptions) -> Result<Stream, Error> {
    let fail = |e| Error::new(ErrorKind::Connect, format!("cannot connect to {remote}")).because(e);
    within(options.deadline, async {
        match remote {
            Remote::Unix(path) => connect_unix(path).await.map(Stream::Unix).map_err(fail),
            Remote::Tcp { host, port } => {
                let addresses = resolve(host, *port).await?;
                connect_tcp(&addresses, options.deadline).await.map(Stream::Tcp).map_err(fail)
            }
            Remote::Ssl { host, port } => {
                let tls = options.tls.as_ref().ok_or_else(no_certificates)?;
                let addresses = resolve(host, *port).await?;
                if tls.must_bootstrap() {
                    let stream = connect_tcp(&addresses, options.deadline).await.map_err(fail)?;
                    tls.bootstrap(stream, host).await?;
                }
                // Before the connection, so that a server does not see us come and go because of our own files.
                tls.check_client()?;
                let stream = connect_tcp(&addresses, options.deadline).await.map_err(fail)?;
                Ok(Stream::Tls(Box::new(tls.connect(stream, host).await?)))
            }
            Remote::Punix(_) | Remote::Ptcp { .. } | Remote::Pssl { .. } => {
                accept_one(remote, options.tls.as_deref()).await
            }
        }
    })
    .await
}

pub(super) fn no_certificates() -> Error {
    Error::new(ErrorKind::Config, "SSL/TLS needs a private key and a certificate and a CA certificate")
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
            Stream::Tls($inner) => $call,
            Stream::Memory($inner) => $call,
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
