//! How are certificates kept ready for many connections, and taken in anew when their files change?

use std::fs;
use std::io;
use std::net::IpAddr;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use rustls::client::Resumption;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::ServerName;
use rustls::server::danger::ClientCertVerifier;
use rustls::server::{NoServerSessionStorage, WebPkiClientVerifier};
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::{CertificateError, ClientConfig, ServerConfig};
use tokio::net::TcpStream;
use tokio_rustls::{TlsAcceptor, TlsConnector, TlsStream};

use super::verify::{ClientVerifier, Trust, Verifier};
use super::{CaCert, TlsConfig, bootstrap, files};
use crate::net::error::{Error, ErrorKind};

/// A [`TlsConfig`] with what its files held when they were last looked at.
///
/// Each new connection looks whether they have changed. While the new ones cannot be used (a key is replaced, its certificate is not yet), those that
/// were good before stay in force.
#[derive(Debug)]
pub struct TlsContext {
    config: TlsConfig,
    client: Mutex<Option<Loaded<ClientConfig>>>,
    server: Mutex<Option<Loaded<ServerConfig>>>,
}

#[derive(Debug)]
struct Loaded<T> {
    stamps: Vec<Stamp>,
    value: Arc<T>,
}

/// What changes when a file is written or replaced: its device and inode, size, and time of change in seconds and nanoseconds.
type Stamp = Option<(u64, u64, u64, i64, i64)>;

impl TlsContext {
    /// A context for these settings. Reads nothing yet.
    pub fn new(config: TlsConfig) -> TlsContext {
        TlsContext { config, client: Mutex::default(), server: Mutex::default() }
    }

    /// The settings.
    pub fn config(&self) -> &TlsConfig {
        &self.config
    }

    /// Makes sure that all is there that connecting to a server needs, without doing so.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`], naming the missing setting or the file and its fault.
    pub fn check_client(&self) -> Result<(), Error> {
        self.client().map(drop)
    }

    /// Makes sure that all is there that being connected to needs.
    ///
    /// # Errors
    ///
    /// As [`TlsContext::check_client`].
    pub fn check_server(&self) -> Result<(), Error> {
        self.server().map(drop)
    }

    /// Whether the CA's certificate must come from the next server, by [`bootstrap`](TlsContext::bootstrap).
    pub(crate) fn must_bootstrap(&self) -> bool {
        matches!(&self.config.ca_cert, Some(CaCert::Bootstrap(path)) if !path.exists())
    }

    /// Takes the CA's certificate from the server at the other end of `stream`, which is good for nothing else.
    pub(crate) async fn bootstrap(&self, stream: TcpStream, host: &str) -> Result<(), Error> {
        let Some(CaCert::Bootstrap(path)) = &self.config.ca_cert else { return Ok(()) };
        let (provider, identity) = self.identity()?;
        let verifier = Verifier { trust: Trust::Anyone, provider };
        let config = self.client_config(identity, &verifier.provider, Trust::Anyone)?;
        let name = self.server_name(host, &stream)?;
        let connected = TlsConnector::from(Arc::new(config)).connect(name.clone(), stream).await;
        let connected = connected.map_err(handshake_failed)?;
        let chain = connected.get_ref().1.peer_certificates().unwrap_or_default();
        bootstrap::save(bootstrap::ca_of(chain, &verifier, &name)?, path)
    }

    /// Speaks TLS over `stream` as a client, to a server that is then known to be trusted.
    pub(crate) async fn connect(&self, stream: TcpStream, host: &str) -> Result<TlsStream<TcpStream>, Error> {
        let config = self.client()?;
        let name = self.server_name(host, &stream)?;
        let connected = TlsConnector::from(config).connect(name, stream).await;
        connected.map(TlsStream::Client).map_err(handshake_failed)
    }

    /// Speaks TLS over `stream` as a server, to a client that is then known to be trusted, unless all are.
    pub(crate) async fn accept(&self, stream: TcpStream) -> Result<TlsStream<TcpStream>, Error> {
        let accepted = TlsAcceptor::from(self.server()?).accept(stream).await;
        accepted.map(TlsStream::Server).map_err(handshake_failed)
    }

    fn client(&self) -> Result<Arc<ClientConfig>, Error> {
        self.load(&self.client, || {
            let (roots, exact) = match &self.config.ca_cert {
                Some(CaCert::File(path) | CaCert::Bootstrap(path)) => files::trusted(path)?,
                Some(CaCert::Unchecked) => {
                    return Err(Error::new(
                        ErrorKind::Config,
                        "a server cannot be trusted without a CA certificate",
                    ));
                }
                None => return Err(self.missing()),
            };
            let (provider, identity) = self.identity()?;
            self.client_config(
                identity,
                &provider,
                Trust::Signed { roots, exact, check_name: self.config.check_name },
            )
        })
    }

    fn server(&self) -> Result<Arc<ServerConfig>, Error> {
        self.load(&self.server, || {
            let (provider, identity) = self.identity()?;
            let verifier: Arc<dyn ClientCertVerifier> = match &self.config.ca_cert {
                Some(CaCert::File(path) | CaCert::Bootstrap(path)) => {
                    let (roots, exact) = files::trusted(path)?;
                    let built = ClientVerifier::new(roots, exact, provider.clone());
                    Arc::new(built.map_err(|e| {
                        Error::new(ErrorKind::Config, "the CA certificate cannot be used").because(e)
                    })?)
                }
                Some(CaCert::Unchecked) => WebPkiClientVerifier::no_client_auth(),
                None => return Err(self.missing()),
            };
            let builder = ServerConfig::builder_with_provider(provider)
                .with_protocol_versions(&self.config.protocols.versions())
                .map_err(no_suite)?
                .with_client_cert_verifier(verifier);
            let mut config = builder.with_cert_resolver(Arc::new(SingleCertAndKey::from(identity)));
            // A resumed connection would not look at certificates again.
            config.session_storage = Arc::new(NoServerSessionStorage {});
            config.send_tls13_tickets = 0;
            Ok(config)
        })
    }

    fn client_config(
        &self,
        identity: CertifiedKey,
        provider: &Arc<CryptoProvider>,
        trust: Trust,
    ) -> Result<ClientConfig, Error> {
        let verifier = Verifier { trust, provider: provider.clone() };
        let mut config = ClientConfig::builder_with_provider(provider.clone())
            .with_protocol_versions(&self.config.protocols.versions())
            .map_err(no_suite)?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verifier))
            .with_client_cert_resolver(Arc::new(SingleCertAndKey::from(identity)));
        config.resumption = Resumption::disabled();
        Ok(config)
    }

    fn identity(&self) -> Result<(Arc<CryptoProvider>, CertifiedKey), Error> {
        let (Some(key), Some(certificate)) = (&self.config.private_key, &self.config.certificate) else {
            return Err(self.missing());
        };
        let provider = self.config.ciphers.provider();
        let identity = files::identity(key, certificate, self.config.peer_ca_cert.as_deref(), &provider)?;
        Ok((Arc::new(provider), identity))
    }

    /// What the settings lack, all at once.
    fn missing(&self) -> Error {
        let settings = [
            ("a private key", self.config.private_key.is_none()),
            ("a certificate", self.config.certificate.is_none()),
            ("a CA certificate", self.config.ca_cert.is_none()),
        ];
        let lacking: Vec<_> = settings.iter().filter(|(_, lacks)| *lacks).map(|(name, _)| *name).collect();
        Error::new(ErrorKind::Config, format!("SSL/TLS needs {}", lacking.join(" and ")))
    }

    /// Whom to ask for: the configured name, or the host. An address or a host name that DNS would not allow is not sent to the server.
    fn server_name(&self, host: &str, stream: &TcpStream) -> Result<ServerName<'static>, Error> {
        if let Some(name) = &self.config.server_name {
            let bad = |e| {
                Error::new(ErrorKind::Config, format!("{name:?} cannot be the name of a server")).because(e)
            };
            return ServerName::try_from(name.clone()).map_err(bad);
        }
        let host = host.split_once('%').map_or(host, |(address, _zone)| address);
        if let Ok(name) = ServerName::try_from(host.to_owned()) {
            return Ok(name);
        }
        if self.config.check_name {
            return Err(Error::new(
                ErrorKind::Config,
                format!("{host:?} cannot be the name in a certificate"),
            ));
        }
        let address = stream.peer_addr().map_or(IpAddr::from([0; 4]), |peer| peer.ip());
        Ok(ServerName::from(address))
    }

    /// What is in `slot`, made again if a file has changed.
    fn load<T>(
        &self,
        slot: &Mutex<Option<Loaded<T>>>,
        make: impl FnOnce() -> Result<T, Error>,
    ) -> Result<Arc<T>, Error> {
        let mut slot = slot.lock().unwrap_or_else(PoisonError::into_inner);
        // Taken before reading: a change in between is seen the next time.
        let stamps: Vec<Stamp> = self.paths().map(|path| stamp(path).ok()).collect();
        if let Some(old) = slot.as_ref().filter(|old| old.stamps == stamps) {
            return Ok(old.value.clone());
        }
        match (make(), &*slot) {
            (Err(_), Some(old)) => Ok(old.value.clone()),
            (made, _) => {
                let value = Arc::new(made?);
                *slot = Some(Loaded { stamps, value: value.clone() });
                Ok(value)
            }
        }
    }

    fn paths(&self) -> impl Iterator<Item = &Path> {
        let ca_cert = match &self.config.ca_cert {
            Some(CaCert::File(path) | CaCert::Bootstrap(path)) => Some(path),
            _ => None,
        };
        let paths = [&self.config.private_key, &self.config.certificate, &self.config.peer_ca_cert];
        paths.into_iter().filter_map(Option::as_ref).chain(ca_cert).map(PathBuf::as_path)
    }
}

fn stamp(path: &Path) -> io::Result<(u64, u64, u64, i64, i64)> {
    let file = fs::metadata(path)?;
    Ok((file.dev(), file.ino(), file.len(), file.mtime(), file.mtime_nsec()))
}

fn no_suite(error: rustls::Error) -> Error {
    Error::new(ErrorKind::Config, "the SSL/TLS protocols and ciphers do not go together").because(error)
}

fn handshake_failed(error: io::Error) -> Error {
    let failed = Error::new(ErrorKind::Handshake, "the SSL/TLS handshake failed");
    match error.get_ref().and_then(|inner| inner.downcast_ref()) {
        // rustls would show how this is made, not what it says
        Some(rustls::Error::InvalidCertificate(CertificateError::Other(other))) => {
            failed.because(Arc::clone(&other.0))
        }
        _ => failed.because(error),
    }
}
