//! How is the CA's certificate taken from a server that is met for the first time?

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use rustls::RootCertStore;
use rustls::client::danger::ServerCertVerifier;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};

use super::certificate::Certificate;
use super::verify::{Trust, Verifier};
use crate::net::error::{Error, ErrorKind};
use crate::net::random_u128;

/// The certificate at the end of a server's `chain`, if that is the certificate of the CA: it issued itself, and it signed the server's.
///
/// # Errors
///
/// [`ErrorKind::Handshake`], saying what the chain lacks.
pub(super) fn ca_of<'a>(
    chain: &'a [CertificateDer<'static>],
    verifier: &Verifier,
    name: &ServerName<'_>,
) -> Result<&'a CertificateDer<'static>, Error> {
    let fail = |what| Error::new(ErrorKind::Handshake, format!("could not bootstrap CA cert: {what}"));
    let (Some(own), Some(last)) = (chain.first(), chain.last()) else {
        return Err(fail("no certificate presented by peer"));
    };
    if !Certificate::parse(last).is_some_and(|c| c.is_self_issued()) {
        return Err(fail(if chain.len() < 2 {
            "obtained certificate is not self-signed: only one certificate was received, so probably the peer is not configured to send its CA certificate"
        } else {
            "obtained certificate is not self-signed"
        }));
    }
    let unusable = |e| fail("the peer's certificate is not signed by the obtained one").because(e);
    let mut roots = RootCertStore::empty();
    roots.add(last.clone()).map_err(unusable)?;
    let trust = Trust::Signed { roots, exact: vec![last.clone()], check_name: false };
    let check = Verifier { trust, provider: verifier.provider.clone() };
    let between = chain.get(1..).unwrap_or_default();
    check.verify_server_cert(own, between, name, &[], UnixTime::now()).map_err(unusable)?;
    Ok(last)
}

/// Writes a certificate to a file that does not exist yet. The file appears whole or not at all; if another process has made it meanwhile,
/// that one stays.
///
/// # Errors
///
/// [`ErrorKind::Config`]: the file cannot be made.
pub(super) fn save(certificate: &CertificateDer<'_>, path: &Path) -> Result<(), Error> {
    let mut draft = path.as_os_str().to_owned();
    draft.push(format!(".{:032x}", random_u128()?));
    let draft = Path::new(&draft);
    let written = write_new(draft, &pem(certificate)).and_then(|()| fs::hard_link(draft, path));
    let _ = fs::remove_file(draft);
    match written {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
            let what = format!("could not bootstrap CA cert: creating {} failed", path.display());
            Err(Error::new(ErrorKind::Config, what).because(error))
        }
        _ => Ok(()),
    }
}

fn write_new(path: &Path, text: &str) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o444).open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

/// A certificate in the text form that every tool reads (RFC 7468).
fn pem(der: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const LINE_BYTES: usize = 48;
    let mut text = String::from("-----BEGIN CERTIFICATE-----\n");
    for line in der.chunks(LINE_BYTES) {
        for three in line.chunks(3) {
            let byte = |i| three.get(i).copied().map_or(0, u32::from);
            let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
            for place in 0..4 {
                let digit = DIGITS.get((bits >> (18 - 6 * place)) as usize & 63).copied().unwrap_or(b'=');
                text.push(if place > three.len() { '=' } else { char::from(digit) });
            }
        }
        text.push('\n');
    }
    text + "-----END CERTIFICATE-----\n"
}

#[cfg(test)]
mod tests {
    use rustls::pki_types::pem::PemObject;

    use super::*;

    #[test]
    fn what_is_written_can_be_read() {
        for len in [1, 2, 3, 47, 48, 49, 1000] {
            let der: Vec<u8> = (0..len).map(|i| u8::try_from(i * 7 % 256).unwrap()).collect();
            let text = pem(&der);
            assert_eq!(CertificateDer::from_pem_slice(text.as_bytes()).unwrap().as_ref(), der);
            assert!(text.lines().all(|line| line.len() <= 64));
        }
        assert_eq!(pem(b"Ma"), "-----BEGIN CERTIFICATE-----\nTWE=\n-----END CERTIFICATE-----\n");
    }
}
