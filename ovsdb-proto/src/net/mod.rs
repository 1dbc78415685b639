//! Sockets, TLS and timers: the one place of this crate that touches the outside.

mod client;
mod client_error;
mod codec;
mod connection;
mod error;
mod inherit;
mod listen;
mod peer;
mod stream;
mod tls;
mod unix_path;

pub use client::{Client, ClientOptions};
pub use client_error::{Cause, ClientError};
pub use codec::Codec;
pub use connection::{Connection, Received};
pub use error::{Error, ErrorKind, os_text};
pub use listen::{Incoming, Listener};
pub use peer::Peer;
pub use stream::{ConnectOptions, Stream, connect, within};
pub use tls::{CaCert, Ciphers, Protocols, TlsConfig, TlsContext, TlsSettingError};

/// Random bits from the operating system, for the order of remotes and for new identities.
///
/// # Errors
///
/// [`ErrorKind::Random`]: the system has none to give.
pub fn random_u128() -> Result<u128, Error> {
    let mut bytes = [0; 16];
    match getrandom::fill(&mut bytes) {
        Ok(()) => Ok(u128::from_ne_bytes(bytes)),
        Err(error) => {
            Err(Error::new(ErrorKind::Random, "the system gives no random bytes").because(error.to_string()))
        }
    }
}
