//! What can go wrong between us and a server, below the protocol.

use super::peer::Peer;
use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt;
use std::io;
use std::time::Duration;

/// A failure to reach a server or to talk to it. What the server itself says in a well-formed reply is not one.
pub struct Error {
    kind: ErrorKind,
    what: Cow<'static, str>,
    source: Option<Box<dyn StdError + Send + Sync>>,
    peer: Option<Peer>,
}

/// At which point it failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A host name has no address.
    Resolve,
    /// The connection could not be made.
    Connect,
    /// A passive remote could not be listened at.
    Listen,
    /// The connection broke.
    Lost,
    /// The peer closed the connection, perhaps in the middle of a message.
    Closed,
    /// The deadline passed.
    Timeout,
    /// The server accepts connections, or did, but does not answer in time.
    Silent,
    /// The peer sent what is no message, or more than fits.
    Message,
    /// No connection came about because the peer is not trusted, or does not trust us, or does not speak TLS.
    Handshake,
    /// The peer broke the rules of TLS, or ended the connection by them: with TLS 1.3 this is how it says that it does not trust us.
    Tls,
    /// Certificates, keys or settings of TLS are missing or wrong. Nothing was sent.
    Config,
    /// The system gave no random bytes.
    Random,
}

impl Error {
    pub(crate) fn new(kind: ErrorKind, what: impl Into<Cow<'static, str>>) -> Error {
        Error { kind, what: what.into(), source: None, peer: None }
    }

    pub(crate) fn because(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Error {
        self.source = Some(source.into());
        self
    }

    /// The error that the peer speaks the protocol of `peer` instead of OVSDB.
    pub(crate) fn foreign(peer: Peer) -> Error {
        let what = format!("the peer does not speak OVSDB: it is {peer}");
        Error { peer: Some(peer), ..Error::new(ErrorKind::Message, what) }
    }

    /// What the peer is, if it was recognized as something else than a peer that speaks OVSDB.
    pub fn peer(&self) -> Option<Peer> {
        self.peer
    }

    /// What an established connection's socket reports, with faults of TLS told apart from those of the network.
    pub(crate) fn io(what: &'static str, source: io::Error) -> Error {
        let kind = match source.kind() {
            io::ErrorKind::UnexpectedEof => ErrorKind::Closed,
            _ if is_tls(&source) => ErrorKind::Tls,
            _ => ErrorKind::Lost,
        };
        Error::new(kind, what).because(source)
    }

    pub(crate) fn timeout() -> Error {
        Error::new(ErrorKind::Timeout, "the deadline passed")
    }

    /// The error that `what` did not come within `limit`.
    pub(crate) fn silent(what: &str, limit: Duration) -> Error {
        Error::new(ErrorKind::Silent, format!("{what} after {} seconds", limit.as_secs_f64()))
    }

    /// At which point it failed.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// Whether the peer ended the connection, orderly or not, so that a new one may be tried.
    pub fn is_closed(&self) -> bool {
        use io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset};
        let ended = |e: &io::Error| matches!(e.kind(), BrokenPipe | ConnectionAborted | ConnectionReset);
        self.kind == ErrorKind::Closed
            || (self.kind == ErrorKind::Lost && self.io_source().is_some_and(ended))
    }

    /// Whether the deadline passed.
    pub fn is_timeout(&self) -> bool {
        self.kind == ErrorKind::Timeout
    }

    /// Whether no connection came about, so that nothing was sent.
    pub fn is_connect(&self) -> bool {
        use ErrorKind::{Config, Connect, Handshake, Listen, Resolve};
        matches!(self.kind, Resolve | Connect | Listen | Handshake | Config)
    }

    /// The reason in the few words of the C library, as the C tools print it between brackets:
    /// `Connection refused`. For [`ErrorKind::Silent`], which server's silence exceeded which
    /// limit.
    pub fn reason(&self) -> Cow<'static, str> {
        if let Some(error) = self.io_source() {
            if error.raw_os_error().is_some() {
                return os_text(error).into();
            }
            // an error that we found before the system could
            if let Some(text) = text_of_kind(error.kind()).filter(|_| self.is_connect()) {
                return text.into();
            }
        }
        Cow::Borrowed(match self.kind {
            // the C tools say nothing here; that nobody answers is no error of the system
            ErrorKind::Silent => return self.what.clone(),
            // Open vSwitch says this of a name that it cannot resolve.
            ErrorKind::Resolve => "Address family not supported by protocol",
            ErrorKind::Connect | ErrorKind::Timeout => "Connection timed out",
            ErrorKind::Closed | ErrorKind::Lost => "End of file",
            ErrorKind::Message | ErrorKind::Handshake | ErrorKind::Tls => "Protocol error",
            ErrorKind::Config => "Protocol not available",
            ErrorKind::Listen | ErrorKind::Random => "Input/output error",
        })
    }

    fn io_source(&self) -> Option<&io::Error> {
        self.source.as_deref()?.downcast_ref()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = f.debug_struct("Error");
        out.field("kind", &self.kind).field("what", &self.what).field("source", &self.source).finish()
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_deref().map(|e| e as &(dyn StdError + 'static))
    }
}

/// The text of an error of the operating system without the number that Rust appends.
pub fn os_text(error: &io::Error) -> String {
    let text = error.to_string();
    match (error.raw_os_error(), text.rfind(" (os error ")) {
        (Some(_), Some(end)) => text.get(..end).unwrap_or(&text).to_owned(),
        _ => text,
    }
}

/// What the C library says of the errors that this crate makes itself.
fn text_of_kind(kind: io::ErrorKind) -> Option<&'static str> {
    Some(match kind {
        io::ErrorKind::InvalidFilename => "File name too long",
        io::ErrorKind::AddrInUse => "Address already in use",
        io::ErrorKind::AlreadyExists => "File exists",
        io::ErrorKind::AddrNotAvailable => "Cannot assign requested address",
        io::ErrorKind::Unsupported => "Operation not supported",
        io::ErrorKind::InvalidInput => "Invalid argument",
        _ => return None,
    })
}

fn is_tls(error: &io::Error) -> bool {
    error.get_ref().is_some_and(|inner| inner.is::<rustls::Error>())
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONNECTION_REFUSED: i32 = 111;
    const CONNECTION_RESET: i32 = 104;

    #[test]
    fn reasons_are_those_of_the_c_library() {
        let os = |kind, code| Error::new(kind, "x").because(io::Error::from_raw_os_error(code));
        assert_eq!(os(ErrorKind::Connect, CONNECTION_REFUSED).reason(), "Connection refused");
        assert_eq!(os(ErrorKind::Lost, CONNECTION_RESET).reason(), "Connection reset by peer");
        let ours = |kind, source: io::ErrorKind| Error::new(kind, "x").because(io::Error::from(source));
        let long = ours(ErrorKind::Connect, io::ErrorKind::InvalidFilename);
        assert_eq!(long.reason(), "File name too long");
        assert_eq!(ours(ErrorKind::Listen, io::ErrorKind::AddrInUse).reason(), "Address already in use");
        assert_eq!(ours(ErrorKind::Connect, io::ErrorKind::TimedOut).reason(), "Connection timed out");
        assert_eq!(ours(ErrorKind::Lost, io::ErrorKind::InvalidInput).reason(), "End of file");
        assert_eq!(Error::timeout().reason(), "Connection timed out");
    }

    #[test]
    fn a_reset_is_an_end_and_a_refusal_is_not() {
        assert!(Error::io("x", io::Error::from_raw_os_error(CONNECTION_RESET)).is_closed());
        assert!(Error::io("x", io::ErrorKind::UnexpectedEof.into()).is_closed());
        let refused =
            Error::new(ErrorKind::Connect, "x").because(io::Error::from_raw_os_error(CONNECTION_REFUSED));
        assert!(!refused.is_closed() && refused.is_connect());
    }

    #[test]
    fn what_tls_reports_is_told_apart() {
        let error = Error::io("x", io::Error::other(rustls::Error::DecryptError));
        assert_eq!((error.kind(), error.reason().as_ref()), (ErrorKind::Tls, "Protocol error"));
        assert_eq!(error.to_string(), "x");
        assert!(error.source().is_some());
    }
}
