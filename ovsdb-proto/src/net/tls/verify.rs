//! Is the server one that we trust: the chain of its certificate, and only if asked for, its name.

use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{verify_server_cert_signed_by_trust_anchor, verify_server_name};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};

use super::certificate::Certificate;

/// Whom to believe.
#[derive(Debug)]
pub(super) enum Trust {
    /// Whoever has a certificate from one of these, or one of these certificates itself.
    Signed {
        /// Those who sign.
        roots: RootCertStore,
        /// Their certificates.
        exact: Vec<CertificateDer<'static>>,
        /// Whether the certificate must be for the name of the server too.
        check_name: bool,
    },
    /// Anyone who has the key of the certificate that is shown: only to ask for the CA's certificate.
    Anyone,
}

/// The check of a server's certificate.
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
        // A self-signed certificate may itself be the trusted one. rustls would not take one that may also sign, as `openssl req -x509` makes them.
        if exact.contains(end_entity) {
            let certificate = Certificate::parse(end_entity).ok_or(CertificateError::BadEncoding)?;
            let good = certificate.is_good_at(now.as_secs());
            return if good { Ok(()) } else { Err(CertificateError::Expired.into()) };
        }
        let all = self.provider.signature_verification_algorithms.all;
        let certificate = ParsedCertificate::try_from(end_entity)?;
        verify_server_cert_signed_by_trust_anchor(&certificate, roots, intermediates, now, all)
    }
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
        if let Trust::Signed { roots, exact, check_name } = &self.trust {
            self.check_chain(roots, exact, end_entity, intermediates, now)?;
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
