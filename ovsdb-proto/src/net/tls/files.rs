//! What is in the files with keys and certificates, and what is wrong with them.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use rustls::RootCertStore;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::ParsedCertificate;
use rustls::sign::CertifiedKey;

use super::certificate::Certificate;
use super::verify::REISSUE;
use crate::net::error::{Error, ErrorKind};

/// More than any file of certificates has. A device or a log named by mistake is not read to its end.
const FILE_BYTES_MAX: u64 = 8 << 20;

/// Our key with our certificate and, after it, whatever `extra` certificates the peer is to be sent.
///
/// # Errors
///
/// [`ErrorKind::Config`]: a file cannot be read, holds no key or certificate, or the two do not belong together.
pub(super) fn identity(
    private_key: &Path,
    certificate: &Path,
    extra: Option<&Path>,
    provider: &CryptoProvider,
) -> Result<CertifiedKey, Error> {
    let mut chain = certificates("certificate", certificate)?;
    if let Some(version) = chain.first().map(version_of).filter(|version| *version < 3) {
        let old = format!("is of X.509 version {version}: {REISSUE}");
        return Err(fault("certificate", certificate, &old));
    }
    if let Some(extra) = extra {
        chain.extend(certificates("peer CA certificate", extra)?);
    }
    let key = read_private_key(private_key)?;
    let unusable = |e| fault("private key", private_key, "is of a kind that cannot be used").because(e);
    let key = provider.key_provider.load_private_key(key).map_err(unusable)?;
    let identity = CertifiedKey::new(chain, key);
    match identity.keys_match() {
        Ok(()) | Err(rustls::Error::InconsistentKeys(rustls::InconsistentKeys::Unknown)) => Ok(identity),
        Err(error) => {
            let what = format!("does not belong to the certificate {}", certificate.display());
            Err(fault("private key", private_key, &what).because(error))
        }
    }
}

/// The CA certificates whose signatures are to be trusted, and the same as they came.
///
/// # Errors
///
/// [`ErrorKind::Config`]: the file cannot be read, or holds no certificate, or one that is malformed.
pub(super) fn trusted(path: &Path) -> Result<(RootCertStore, Vec<CertificateDer<'static>>), Error> {
    let all = certificates("CA certificate", path)?;
    let mut roots = RootCertStore::empty();
    for certificate in &all {
        let broken = |e| fault("CA certificate", path, "cannot be used").because(e);
        roots.add(certificate.clone()).map_err(broken)?;
    }
    Ok((roots, all))
}

fn certificates(what: &str, path: &Path) -> Result<Vec<CertificateDer<'static>>, Error> {
    let text = read(what, path)?;
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&text).collect();
    let found = found.map_err(|e| fault(what, path, "is malformed").because(e))?;
    if found.is_empty() {
        return Err(fault(what, path, "holds no certificate"));
    }
    // those of CAs may be of any version, but this parser knows only the last one
    for certificate in found.iter().filter(|certificate| version_of(certificate) >= 3) {
        ParsedCertificate::try_from(certificate).map_err(|e| fault(what, path, "is malformed").because(e))?;
    }
    Ok(found)
}

fn version_of(certificate: &CertificateDer<'_>) -> u8 {
    Certificate::parse(certificate).map_or(3, |certificate| certificate.version())
}

fn read_private_key(path: &Path) -> Result<PrivateKeyDer<'static>, Error> {
    let text = read("private key", path)?;
    // Both forms of encrypted keys say so in their first lines, yet to a PEM reader one has no key and the other is malformed.
    let encrypted =
        |line: &[u8]| line.ends_with(b"ENCRYPTED PRIVATE KEY-----") || line.ends_with(b",ENCRYPTED");
    if text.split(|&b| b == b'\n').any(|line| encrypted(line.trim_ascii())) {
        return Err(fault("private key", path, "is encrypted, which is not supported"));
    }
    PrivateKeyDer::from_pem_slice(&text).map_err(|e| match e {
        rustls::pki_types::pem::Error::NoItemsFound => fault("private key", path, "holds no private key"),
        e => fault("private key", path, "is malformed").because(e),
    })
}

fn read(what: &str, path: &Path) -> Result<Vec<u8>, Error> {
    let mut text = Vec::new();
    let result = File::open(path).and_then(|file| file.take(FILE_BYTES_MAX).read_to_end(&mut text));
    match result {
        Ok(_) => Ok(text),
        Err(error) => Err(fault(what, path, "cannot be read").because(error)),
    }
}

fn fault(what: &str, path: &Path, fault: &str) -> Error {
    Error::new(ErrorKind::Config, format!("{what} {} {fault}", path.display()))
}
