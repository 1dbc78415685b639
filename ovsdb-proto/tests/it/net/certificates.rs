//! Is every fault of keys and certificates named, before anything is sent?

use std::path::PathBuf;
use std::sync::Arc;

use ovsdb_proto::net::{CaCert, ConnectOptions, ErrorKind, TlsConfig, TlsContext, connect};

use super::{dial, remote, soon};
use crate::pki;
use crate::scratch::Scratch;

fn fault(config: TlsConfig) -> String {
    let error = TlsContext::new(config).check_client().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    error.to_string()
}

#[test]
fn what_is_missing_is_listed() {
    let none = TlsConfig::default();
    let config = pki::config("client");
    assert_eq!(fault(none.clone()), "SSL/TLS needs a private key and a certificate and a CA certificate");
    assert_eq!(fault(TlsConfig { ca_cert: None, ..config.clone() }), "SSL/TLS needs a CA certificate");
    assert_eq!(fault(TlsConfig { private_key: None, ..config.clone() }), "SSL/TLS needs a private key");
    let unchecked = TlsConfig { ca_cert: Some(CaCert::Unchecked), ..config };
    assert_eq!(fault(unchecked.clone()), "a server cannot be trusted without a CA certificate");
    assert!(TlsContext::new(unchecked).check_server().is_ok());
    assert!(TlsContext::new(none).check_server().is_err());
}

#[tokio::test]
async fn without_certificates_nobody_is_called() {
    let scratch = Scratch::new();
    for text in ["ssl:127.0.0.1:1", "pssl:0"] {
        let error = dial(&remote(text, &scratch)).await.unwrap_err();
        assert_eq!((error.kind(), error.reason().as_ref()), (ErrorKind::Config, "Protocol not available"));
        let tls = Some(Arc::new(TlsContext::new(TlsConfig::default())));
        let options = ConnectOptions { deadline: soon(), tls };
        assert_eq!(connect(&remote(text, &scratch), &options).await.unwrap_err().kind(), ErrorKind::Config);
    }
}

#[test]
fn bad_files_are_named_with_their_fault() {
    let scratch = Scratch::new();
    let file = |name: &str, text: &[u8]| {
        std::fs::write(scratch.join(name), text).unwrap();
        scratch.join(name)
    };
    let pem = |label: &str, body: &str| format!("-----BEGIN {label}-----\n{body}\n-----END {label}-----\n");
    let nowhere = PathBuf::from("/nonexistent");
    let empty = file("empty", b"");
    let garbage = file("garbage", &[0xff; 10_000]);
    let not_base64 = file("not_base64", pem("CERTIFICATE", "!!").as_bytes());
    let not_der = file("not_der", pem("CERTIFICATE", "AAAA").as_bytes());
    let not_key = file("not_key", pem("PRIVATE KEY", "AAAA").as_bytes());
    let cut = std::fs::read(pki::file("client-cert.pem")).unwrap();
    let cut = file("cut", &cut[..cut.len() - 40]);

    let key = |path: &PathBuf| TlsConfig { private_key: Some(path.clone()), ..pki::config("client") };
    let certificate = |path: &PathBuf| TlsConfig { certificate: Some(path.clone()), ..pki::config("client") };
    let ca =
        |path: &PathBuf| TlsConfig { ca_cert: Some(CaCert::File(path.clone())), ..pki::config("client") };
    let extra = |path: &PathBuf| TlsConfig { peer_ca_cert: Some(path.clone()), ..pki::config("client") };
    let stranger = pki::file("stranger-privkey.pem");
    let mismatch = format!("does not belong to the certificate {}", pki::file("client-cert.pem").display());
    let cases = [
        (key(&nowhere), "private key", &nowhere, "cannot be read"),
        (key(&empty), "private key", &empty, "holds no private key"),
        (key(&garbage), "private key", &garbage, "holds no private key"),
        (key(&not_key), "private key", &not_key, "is of a kind that cannot be used"),
        (key(&pki::ca()), "private key", &pki::ca(), "holds no private key"),
        (key(&stranger), "private key", &stranger, &mismatch),
        (certificate(&nowhere), "certificate", &nowhere, "cannot be read"),
        (certificate(&empty), "certificate", &empty, "holds no certificate"),
        (certificate(&stranger), "certificate", &stranger, "holds no certificate"),
        (certificate(&not_base64), "certificate", &not_base64, "is malformed"),
        (certificate(&not_der), "certificate", &not_der, "is malformed"),
        (certificate(&cut), "certificate", &cut, "is malformed"),
        (ca(&nowhere), "CA certificate", &nowhere, "cannot be read"),
        (ca(&empty), "CA certificate", &empty, "holds no certificate"),
        (ca(&not_der), "CA certificate", &not_der, "is malformed"),
        (extra(&garbage), "peer CA certificate", &garbage, "holds no certificate"),
    ];
    for (config, what, path, why) in cases {
        assert_eq!(fault(config), format!("{what} {} {why}", path.display()));
    }
    for name in ["encrypted-privkey.pem", "encrypted-old-privkey.pem"] {
        let path = pki::file(name);
        let expect = format!("private key {} is encrypted, which is not supported", path.display());
        assert_eq!(fault(key(&path)), expect);
    }
}
