//! Is TLS spoken with real servers, and only with those that are trusted?

use std::sync::Arc;

use ovsdb_proto::net::{
    CaCert, ConnectOptions, Connection, Error, ErrorKind, Listener, TlsConfig, TlsContext, connect, within,
};
use tokio::net::TcpListener;

use super::{ask, dial, prove, remote, soon};
use crate::pki;
use crate::scratch::Scratch;
use crate::server::Server;

const ECHO: &str = r#"{"method":"echo","params":[],"id":1}"#;

async fn dial_with(config: TlsConfig, host: &str, port: u16) -> Result<Connection, Error> {
    let remote = remote(&format!("ssl:{host}:{port}"), &Scratch::new());
    let tls = Some(Arc::new(TlsContext::new(config)));
    connect(&remote, &ConnectOptions { deadline: soon(), tls }).await.map(Connection::new)
}

/// Why there is no talking to a server: some refuse us only when we are already connected (TLS 1.3).
async fn refusal(config: TlsConfig, port: u16) -> Error {
    match dial_with(config, "127.0.0.1", port).await {
        Ok(mut connection) => ask(&mut connection, ECHO).await.unwrap_err(),
        Err(error) => error,
    }
}

fn text(error: &Error) -> String {
    format!("{error}: {}", std::error::Error::source(error).map(ToString::to_string).unwrap_or_default())
}

#[tokio::test]
async fn every_protocol_and_cipher() {
    let scratch = Scratch::new();
    let port = Server::with_tls(&scratch, "server", &[]).port_kept();
    let mut connection = dial_with(pki::config("client"), "127.0.0.1", port.1).await.unwrap();
    prove(&mut connection).await;
    connection.close().await.unwrap();

    for protocols in ["TLSv1.2", "TLSv1.3", "TLSv1.2+"] {
        let config = TlsConfig { protocols: protocols.parse().unwrap(), ..pki::config("client") };
        prove(&mut dial_with(config, "localhost", port.1).await.unwrap()).await;
    }
    for ciphers in ["ECDHE-RSA-AES128-GCM-SHA256", "ECDHE-RSA-CHACHA20-POLY1305", "HIGH:!aNULL:!MD5"] {
        let mut config = TlsConfig { protocols: "TLSv1.2".parse().unwrap(), ..pki::config("client") };
        config.ciphers.set_tls12(ciphers).unwrap();
        prove(&mut dial_with(config, "127.0.0.1", port.1).await.unwrap()).await;
    }
    let mut config = TlsConfig { protocols: "TLSv1.3".parse().unwrap(), ..pki::config("client") };
    config.ciphers.set_tls13("TLS_CHACHA20_POLY1305_SHA256").unwrap();
    prove(&mut dial_with(config, "127.0.0.1", port.1).await.unwrap()).await;
}

#[tokio::test]
async fn keys_of_other_kinds() {
    let scratch = Scratch::new();
    let port = Server::with_tls(&scratch, "named", &[]).port_kept();
    for (key, certificate) in [("named", "named"), ("old", "client")] {
        let certificate = Some(pki::file(&format!("{certificate}-cert.pem")));
        prove(
            &mut dial_with(TlsConfig { certificate, ..pki::config(key) }, "127.0.0.1", port.1).await.unwrap(),
        )
        .await;
    }
}

#[tokio::test]
async fn much_goes_over_tls() {
    let scratch = Scratch::new();
    let port = Server::with_tls(&scratch, "server", &[]).port_kept();
    let mut connection = dial_with(pki::config("client"), "127.0.0.1", port.1).await.unwrap();
    let text = "x".repeat(5_000_000);
    for _ in 0..3 {
        let message = format!(r#"{{"method":"echo","params":["{text}"],"id":1}}"#);
        assert!(ask(&mut connection, &message).await.unwrap().contains(&text));
    }
}

#[tokio::test]
async fn names_are_checked_only_on_request() {
    let scratch = Scratch::new();
    let port = Server::with_tls(&scratch, "named", &[]).port_kept();
    let checked = || TlsConfig { check_name: true, ..pki::config("client") };
    for host in ["127.0.0.1", "localhost"] {
        prove(&mut dial_with(checked(), host, port.1).await.unwrap()).await;
    }
    let elsewhere = TlsConfig { server_name: Some("example.com".into()), ..checked() };
    let error = refusal(elsewhere, port.1).await;
    assert_eq!(error.kind(), ErrorKind::Handshake);
    assert!(text(&error).contains("not valid for name"), "{}", text(&error));
    let unchecked = TlsConfig { server_name: Some("example.com".into()), ..pki::config("client") };
    prove(&mut dial_with(unchecked, "127.0.0.1", port.1).await.unwrap()).await;
    let not_a_name = TlsConfig { server_name: Some("a b".into()), ..pki::config("client") };
    assert_eq!(refusal(not_a_name, port.1).await.kind(), ErrorKind::Config);
}

#[tokio::test]
async fn whom_we_do_not_trust() {
    let scratch = Scratch::new();
    let cases = [
        ("server", CaCert::File(pki::other_ca()), "UnknownIssuer"),
        ("expired", CaCert::File(pki::ca()), "Expired"),
        ("alone", CaCert::File(pki::ca()), "CaUsedAsEndEntity"),
    ];
    for (server, ca_cert, why) in cases {
        let port = Server::with_tls(&scratch, server, &[]).port_kept();
        let error = refusal(TlsConfig { ca_cert: Some(ca_cert), ..pki::config("client") }, port.1).await;
        assert_eq!(
            (error.kind(), error.reason().as_ref()),
            (ErrorKind::Handshake, "Protocol error"),
            "{error:?}"
        );
        assert!(text(&error).contains(why) && error.is_connect(), "{}", text(&error));
    }
}

#[tokio::test]
async fn who_does_not_trust_us() {
    let scratch = Scratch::new();
    let port = Server::with_tls(&scratch, "server", &[]).port_kept();
    for protocols in ["TLSv1.2", "TLSv1.3"] {
        for name in ["stranger", "expired", "alone"] {
            let error =
                refusal(TlsConfig { protocols: protocols.parse().unwrap(), ..pki::config(name) }, port.1)
                    .await;
            assert!(matches!(error.kind(), ErrorKind::Handshake | ErrorKind::Tls), "{name} {error:?}");
            assert_eq!(error.reason(), "Protocol error");
            assert!(text(&error).contains("alert"), "{}", text(&error));
        }
    }
}

#[tokio::test]
async fn a_self_signed_certificate_may_be_the_trusted_one() {
    let scratch = Scratch::new();
    let ca = format!("--ca-cert={}", pki::file("alone-cert.pem").display());
    let port = Server::with_tls(&scratch, "alone", &[&ca]).port_kept();
    let ca_cert = Some(CaCert::File(pki::file("alone-cert.pem")));
    prove(&mut dial_with(TlsConfig { ca_cert, ..pki::config("alone") }, "127.0.0.1", port.1).await.unwrap())
        .await;
}

/// The end of an error about a certificate of version 1, which says what to do.
const REISSUE: &str = "is of X.509 version 1: only version 3 is supported; sign it again with an extension, \
                       for example with `openssl x509 -req -extfile <(echo basicConstraints=CA:FALSE)`";

#[tokio::test]
async fn a_certificate_of_version_1_is_refused_with_the_remedy() {
    let scratch = Scratch::new();
    let remedy = format!("the SSL/TLS handshake failed: the peer's certificate {REISSUE}");
    // as the certificate of a server: signed by a CA, or its own CA
    for (name, ca) in [("v1", pki::ca()), ("v1-ca", pki::file("v1-ca-cert.pem"))] {
        let port = Server::with_tls(&scratch, name, &[]).port_kept();
        for protocols in ["TLSv1.2", "TLSv1.3"] {
            let config = TlsConfig {
                ca_cert: Some(CaCert::File(ca.clone())),
                protocols: protocols.parse().unwrap(),
                ..pki::config("client")
            };
            let error = refusal(config, port.1).await;
            assert_eq!((error.kind(), text(&error)), (ErrorKind::Handshake, remedy.clone()));
        }
    }
    // as our own
    let error = TlsContext::new(pki::config("v1")).check_client().unwrap_err();
    let path = pki::file("v1-cert.pem");
    assert_eq!(
        (error.kind(), error.to_string()),
        (ErrorKind::Config, format!("certificate {} {REISSUE}", path.display()))
    );
    // as that of a client, which openssl plays: ours would not present it
    let remote = remote("pssl:0:127.0.0.1", &scratch);
    let listener = Listener::bind(&remote).await.unwrap();
    let ovsdb_proto::session::remote::Remote::Pssl { port, .. } = listener.remote() else { panic!() };
    let _client = std::process::Command::new("openssl")
        .args(["s_client", "-connect", &format!("127.0.0.1:{port}"), "-key"])
        .arg(pki::file("v1-privkey.pem"))
        .arg("-cert")
        .arg(&path)
        .stdin(std::process::Stdio::null())
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .spawn()
        .map(Reaped)
        .unwrap();
    let tls = TlsContext::new(pki::config("server"));
    let meeting = async { listener.accept().await?.establish(Some(&tls)).await };
    assert_eq!(text(&within(soon(), meeting).await.unwrap_err()), remedy);
}

/// A program that is ended with the test.
struct Reaped(std::process::Child);

impl Drop for Reaped {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[tokio::test]
async fn the_certificate_of_a_ca_may_be_of_version_1() {
    let scratch = Scratch::new();
    let ca = pki::file("v1-ca-cert.pem");
    let port = Server::with_tls(&scratch, "child", &[&format!("--ca-cert={}", ca.display())]).port_kept();
    let config = TlsConfig { ca_cert: Some(CaCert::File(ca)), ..pki::config("child") };
    prove(&mut dial_with(config.clone(), "127.0.0.1", port.1).await.unwrap()).await;
    assert!(TlsContext::new(config).check_server().is_ok());
}

#[tokio::test]
async fn tls_and_plain_do_not_mix() {
    let scratch = Scratch::new();
    let tls = Server::with_tls(&scratch, "server", &[]).port_kept();
    let mut connection = dial(&remote(&format!("tcp:127.0.0.1:{}", tls.1), &scratch)).await.unwrap();
    let error = ask(&mut connection, ECHO).await.unwrap_err();
    assert!(error.kind() == ErrorKind::Message || error.is_closed(), "{error:?}");

    let other = Scratch::new();
    let plain = Server::start(&other, &["--remote=ptcp:0:127.0.0.1"]).port_kept();
    let error = refusal(pki::config("client"), plain.1).await;
    assert_eq!(
        (error.kind(), error.reason().as_ref()),
        (ErrorKind::Handshake, "Protocol error"),
        "{error:?}"
    );
}

#[tokio::test]
async fn a_server_that_says_nothing_meets_the_deadline() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let tls = Some(Arc::new(TlsContext::new(pki::config("client"))));
    let remote = remote(&format!("ssl:127.0.0.1:{}", listener.local_addr().unwrap().port()), &Scratch::new());
    let deadline = Some(tokio::time::Instant::now() + std::time::Duration::from_millis(20));
    let error = connect(&remote, &ConnectOptions { deadline, tls }).await.unwrap_err();
    assert!(error.is_timeout());
}

#[tokio::test]
async fn the_ca_certificate_may_come_from_the_first_server() {
    let scratch = Scratch::new();
    let path = scratch.join("ca.pem");
    let bootstrap = || TlsConfig { ca_cert: Some(CaCert::Bootstrap(path.clone())), ..pki::config("client") };

    // This server does not know the certificate of its own CA, so it cannot send it.
    let foreign = format!("--ca-cert={}", pki::other_ca().display());
    let silent = Server::with_tls(&scratch, "server", &[&foreign]).port_kept();
    let error = refusal(bootstrap(), silent.1).await;
    assert_eq!(error.kind(), ErrorKind::Handshake);
    assert!(error.to_string().contains("only one certificate was received"), "{error}");
    assert!(!path.exists());
    drop(silent);

    let sends = format!("--peer-ca-cert={}", pki::ca().display());
    let sending = Server::with_tls(&scratch, "server", &[&sends]).port_kept();
    prove(&mut dial_with(bootstrap(), "127.0.0.1", sending.1).await.unwrap()).await;
    let body = |path| {
        let text = std::fs::read_to_string(path).unwrap();
        text[text.find("-----BEGIN").unwrap()..].to_owned()
    };
    assert_eq!(body(&path), body(&pki::ca()));
    assert_eq!(
        std::fs::read_dir(scratch.path()).unwrap().filter(|e| is_draft(e.as_ref().unwrap())).count(),
        0
    );

    // From now on it counts: another server is not believed, whatever it sends.
    std::fs::remove_file(&path).unwrap();
    std::fs::copy(pki::other_ca(), &path).unwrap();
    let error = refusal(bootstrap(), sending.1).await;
    assert!(text(&error).contains("UnknownIssuer"), "{}", text(&error));
    drop(sending);

    // A CA that did not sign the server is not taken.
    std::fs::remove_file(&path).unwrap();
    let lies = format!("--peer-ca-cert={}", pki::other_ca().display());
    let lying = Server::with_tls(&scratch, "server", &[&lies]).port_kept();
    let error = refusal(bootstrap(), lying.1).await;
    assert!(error.to_string().contains("not signed by the obtained one"), "{error}");
    assert!(!path.exists());
    drop(lying);

    let nowhere = TlsConfig { ca_cert: Some(CaCert::Bootstrap("/nonexistent/ca.pem".into())), ..bootstrap() };
    let sending = Server::with_tls(&scratch, "server", &[&sends]).port_kept();
    let error = refusal(nowhere, sending.1).await;
    assert_eq!((error.kind(), error.reason().as_ref()), (ErrorKind::Config, "No such file or directory"));
}

fn is_draft(entry: &std::fs::DirEntry) -> bool {
    entry.file_name().to_string_lossy().starts_with("ca.pem.")
}

#[tokio::test]
async fn changed_files_count_for_the_next_connection() {
    let scratch = Scratch::new();
    let server = Server::with_tls(&scratch, "server", &[]).port_kept();
    let remote = remote(&format!("ssl:127.0.0.1:{}", server.1), &scratch);
    let path = |name: &str| Some(scratch.join(name));
    let put = |from: &str, to: &str| std::fs::copy(pki::file(from), scratch.join(to)).map(drop).unwrap();
    put("stranger-privkey.pem", "key");
    put("stranger-cert.pem", "certificate");
    let tls = Arc::new(TlsContext::new(TlsConfig {
        private_key: path("key"),
        certificate: path("certificate"),
        ..pki::config("client")
    }));
    let talk = async || {
        let options = ConnectOptions { deadline: soon(), tls: Some(tls.clone()) };
        let mut connection = Connection::new(connect(&remote, &options).await?);
        ask(&mut connection, ECHO).await
    };
    assert!(talk().await.is_err());
    put("client-privkey.pem", "key");
    // The new key alone does not fit the old certificate, so the old pair still counts.
    tls.check_client().unwrap();
    put("client-cert.pem", "certificate");
    within(soon(), talk()).await.unwrap();
    std::fs::remove_file(scratch.join("key")).unwrap();
    within(soon(), talk()).await.unwrap();
}
