//! TLS: which peers are trusted, and the files that keys and certificates come from.
//!
//! A peer is trusted whose certificate is signed by a certificate of [`TlsConfig::ca_cert`],
//! directly or by way of the certificates that the peer sends along, or that stands in that file
//! itself, byte for byte. The latter is how a self-signed certificate works as its own CA, as with
//! OpenSSL, even if it is marked as the certificate of a CA; and how the certificates of single
//! peers are pinned. In both cases the certificate must not have expired.
//!
//! Certificates of peers and our own must be of X.509 version 3. Programs that use OpenSSL also
//! accept those of version 1, which many releases of `openssl x509 -req` make unless they are given
//! an extension; here they are refused with an error that says how to sign them again. The
//! certificate of a CA may be of any version.

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
    /// The certificates in this file: those of CAs, and those of peers that are trusted as they
    /// are.
    File(PathBuf),
    /// The same; but if the file does not exist, the first server that we connect to provides it: the last certificate of its chain, if that is
    /// self-signed and signed the server's. It is written to the file, and the connection is made anew under its terms. Whoever
    /// sits between us and that server the first time can lie to us for ever.
    Bootstrap(PathBuf),
    /// Nobody's: only for passive remotes and servers, which then take every client. A server that we connect to is always checked.
    Unchecked,
}
