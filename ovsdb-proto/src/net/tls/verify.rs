//! Verifies the certificates of peers: their chain, and only if asked for, the name of a server.

use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{verify_server_cert_signed_by_trust_anchor, verify_server_name};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::server::{ParsedCertificate, WebPkiClientVerifier};
use rustls::{
    CertificateError, DigitallySignedStruct, DistinguishedName, Error, OtherError, RootCertStore,
    SignatureScheme,
};

use super::certificate::Certificate;

/// What to do about a certificate of an old version; the end of a sentence.
pub(super) const REISSUE: &str = "only version 3 is supported; sign it again with an extension, for example \
                                  with `openssl x509 -req -extfile <(echo basicConstraints=CA:FALSE)`";

/// A peer's certificate is of X.509 version 1 or 2, which rustls does not accept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the peer's certificate is of X.509 version {0}: {REISSUE}")]
pub(super) struct OldVersion(u8);

impl From<OldVersion> for Error {
    fn from(error: OldVersion) -> Error {
        CertificateError::Other(OtherError(Arc::new(error))).into()
    }
}

/// Which servers to trust.
#[derive(Debug)]
pub(super) enum Trust {
    /// Those with a certificate that is signed by one of these, or is one of these itself.
    Signed {
        /// The certificates of the CAs, as trust anchors.
        roots: RootCertStore,
        /// The same certificates as they stand in the file.
        exact: Vec<CertificateDer<'static>>,
        /// Whether the certificate must be for the name of the server too.
        check_name: bool,
    },
    /// All that have the key of the certificate they present: only to ask for the CA's certificate.
    Anyone,
}

/// Verifies the certificate of a server.
#[derive(Debug)]
pub(super) struct Verifier {
    pub(super) trust: Trust,
    pub(super) provider: Arc<CryptoProvider>,
}

impl Verifier {
    fn check_chain(
        &self,
        roots: &RootCertStore,
        exact: &[CertificateDer<'_>],
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<(), Error> {
        if exact.contains(end_entity) {
            return check_time(end_entity, now);
        }
        let all = self.provider.signature_verification_algorithms.all;
        let certificate = ParsedCertificate::try_from(end_entity)?;
        verify_server_cert_signed_by_trust_anchor(&certificate, roots, intermediates, now, all)
    }
}

/// Refuses certificates that rustls cannot parse for their version, with an error that says so.
fn check_versions(
    end_entity: &CertificateDer<'_>,
    intermediates: &[CertificateDer<'_>],
) -> Result<(), OldVersion> {
    let all = std::iter::once(end_entity).chain(intermediates);
    let mut versions = all.filter_map(|der| Certificate::parse(der)).map(|certificate| certificate.version());
    versions.find(|version| *version < 3).map_or(Ok(()), |version| Err(OldVersion(version)))
}

/// Checks a certificate that is trusted as it is: a self-signed certificate, which is its own CA.
/// rustls would refuse one that may also sign others, as `openssl req -x509` makes them.
fn check_time(certificate: &CertificateDer<'_>, now: UnixTime) -> Result<(), Error> {
    let certificate = Certificate::parse(certificate).ok_or(CertificateError::BadEncoding)?;
    if certificate.is_good_at(now.as_secs()) { Ok(()) } else { Err(CertificateError::Expired.into()) }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        check_versions(end_entity, &[])?;
        if let Trust::Signed { roots, exact, check_name } = &self.trust {
            self.check_chain(roots, exact, end_entity, intermediates, now).map_err(|error| {
                check_versions(end_entity, intermediates).err().map_or(error, Error::from)
            })?;
            // Open vSwitch's certificates are for names such as `server id:UUID`, which no host has, and it checks none.
            if *check_name {
                verify_server_name(&ParsedCertificate::try_from(end_entity)?, server_name)?;
            }
        }
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, cert, dss, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, cert, dss, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

/// Verifies the certificate of a client: as rustls does, but for one that is trusted as it is.
#[derive(Debug)]
pub(super) struct ClientVerifier {
    signed: Arc<dyn ClientCertVerifier>,
    exact: Vec<CertificateDer<'static>>,
}

impl ClientVerifier {
    /// Trusts clients whose certificate is signed by one of `roots`, or is in `exact` itself.
    ///
    /// # Errors
    ///
    /// There are no roots, or `provider` cannot verify anything.
    pub(super) fn new(
        roots: RootCertStore,
        exact: Vec<CertificateDer<'static>>,
        provider: Arc<CryptoProvider>,
    ) -> Result<ClientVerifier, rustls::server::VerifierBuilderError> {
        let signed = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build()?;
        Ok(ClientVerifier { signed, exact })
    }
}

impl ClientCertVerifier for ClientVerifier {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        self.signed.root_hint_subjects()
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        check_versions(end_entity, &[])?;
        if self.exact.contains(end_entity) {
            return check_time(end_entity, now).map(|()| ClientCertVerified::assertion());
        }
        let verified = self.signed.verify_client_cert(end_entity, intermediates, now);
        verified.map_err(|error| check_versions(end_entity, intermediates).err().map_or(error, Error::from))
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.signed.verify_tls12_signature(message, cert, dss)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.signed.verify_tls13_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.signed.supported_verify_schemes()
    }
}
