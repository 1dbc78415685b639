//! How is a connection made private: whose certificates count, and which files they come from.

mod bootstrap;
mod certificate;
mod context;
mod files;
mod settings;
mod verify;

use std::path::PathBuf;

pub use context::TlsContext;
pub use settings::{Ciphers, Protocols, TlsSettingError};

/// What TLS needs to know: the settings of the options `--private-key` and so on.
///
/// Nothing is read before a connection is made. What is missing is an error then, so that a program may take these options and never use them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TlsConfig {
    /// Our private key: PEM, not encrypted.
    pub private_key: Option<PathBuf>,
    /// The certificate for it: PEM, followed by those between it and the CA's, if any.
    pub certificate: Option<PathBuf>,
    /// Whose signature makes a peer trusted.
    pub ca_cert: Option<CaCert>,
    /// More certificates to send to a peer, so that it may take our CA's certificate from us.
    pub peer_ca_cert: Option<PathBuf>,
    /// Versions of TLS.
    pub protocols: Protocols,
    /// Cipher suites.
    pub ciphers: Ciphers,
    /// The name to ask a server for (Server Name Indication), instead of the host name of the remote.
    pub server_name: Option<String>,
    /// Whether a server's certificate must be for that name or address. Open vSwitch never checks it, and its certificates have no such
    /// names, so this is off by default.
    pub check_name: bool,
}

/// Whose signature makes a peer trusted.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CaCert {
    /// The CA certificates in this file.
    File(PathBuf),
    /// The same; but if the file does not exist, the first server that we connect to provides it: the last certificate of its chain, if that is
    /// self-signed and signed the server's. It is written to the file, and the connection is made anew under its terms. Whoever
    /// sits between us and that server the first time can lie to us for ever.
    Bootstrap(PathBuf),
    /// Nobody's: only for passive remotes and servers, which then take every client. A server that we connect to is always checked.
    Unchecked,
}
