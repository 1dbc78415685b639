//! What happens at a server's edge that a program may want to log.

use crate::service::StorageEvent;
use ovsdb_proto::net::Error;
use ovsdb_proto::session::remote::Remote;
use std::net::IpAddr;

/// Something that happened between a server and its remotes. A server tells it to the observer that it was built with, and to nobody else.
#[derive(Debug)]
#[non_exhaustive]
pub enum Event<'a> {
    /// It listens, at the port that the kernel chose if it was to choose.
    Listening {
        /// Where.
        remote: &'a Remote,
    },
    /// It cannot listen, or cannot accept who comes; it goes on trying.
    ListenFailed {
        /// The text of the remote.
        remote: &'a str,
        /// Why.
        error: &'a Error,
    },
    /// A text is no remote, or asks for what is not there.
    Refused {
        /// The text of the remote, or of a setting.
        remote: &'a str,
        /// Why.
        why: &'a str,
    },
    /// A database names a descriptor (`pfd:FD`), which only the program may do.
    Ignored {
        /// The text of the remote.
        remote: &'a str,
    },
    /// It connects to a remote.
    Connecting {
        /// The text of the remote.
        remote: &'a str,
    },
    /// It could not connect; it goes on trying.
    ConnectFailed {
        /// The text of the remote.
        remote: &'a str,
        /// Why.
        error: &'a Error,
    },
    /// A client is there, by a connection that either side has made.
    Connected {
        /// The text of the remote.
        remote: &'a str,
    },
    /// A peer came and could not agree with us on TLS.
    NotEstablished {
        /// The text of the remote.
        remote: &'a str,
        /// Why.
        error: &'a Error,
    },
    /// A client is gone.
    Lost {
        /// The text of the remote; none within this process.
        remote: Option<&'a str>,
        /// Why.
        end: &'a End,
    },
    /// A remote is no longer wanted; its clients are cut off.
    Deconfigured {
        /// The text of the remote.
        remote: &'a str,
    },
    /// A journal could not be written, or can be again.
    Storage(&'a StorageEvent),
}

/// Why a connection of a client ended.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum End {
    /// The client closed it.
    #[error("connection closed by peer")]
    Closed,
    /// The operating system or TLS says so.
    #[error("connection dropped: {0}")]
    Broken(std::io::Error),
    /// What came is not a message.
    #[error("received what is not a message: {0}")]
    NotMessage(ovsdb_proto::frame::FrameError),
    /// The service has done with it: it was silent, its message makes no sense, or a database that it uses has changed.
    #[error("closed by the server")]
    Dismissed,
    /// It does not read what is sent to it.
    #[error("the client does not read: {bytes} bytes wait for it")]
    Backlog {
        /// How much waited for it.
        bytes: usize,
    },
    /// The clients together made the server hold too much, and this one held most.
    #[error("too much memory is held for clients, and most for this one")]
    Memory,
    /// It made room for another client: it had been idle longest.
    #[error("too many clients: this one was idle longest")]
    Idle,
    /// There are as many connections from its address as may be.
    #[error("too many clients with address {0}")]
    Address(IpAddr),
    /// Its TLS handshake was the oldest of too many pending ones.
    #[error("too many pending SSL/TLS handshakes: this one was the oldest")]
    Handshakes,
    /// There are as many clients as may be.
    #[error("too many clients")]
    Clients,
    /// The remote is no longer wanted, has other options, or the program asked for it.
    #[error("remote deconfigured")]
    Deconfigured,
}
