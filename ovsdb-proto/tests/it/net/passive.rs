//! Can servers connect to us, and what becomes of the sockets?

use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;
use std::time::Duration;

use ovsdb_proto::net::{
    CaCert, ConnectOptions, Connection, ErrorKind, Listener, TlsConfig, TlsContext, connect, within,
};
use ovsdb_proto::session::remote::Remote;

use super::{dial, prove, remote, soon};
use crate::pki;
use crate::scratch::Scratch;
use crate::server::Server;

fn port(listener: &Listener) -> u16 {
    match listener.remote() {
        Remote::Ptcp { port, .. } | Remote::Pssl { port, .. } => *port,
        other => panic!("{other} has no port"),
    }
}

/// A real server connects to `listener` at `active`.
async fn meet(listener: &Listener, active: &str, tls: Option<&TlsContext>, scratch: &Scratch) {
    let remote = format!("--remote={active}");
    let options = pki::options("server");
    let args: Vec<&str> = options.iter().map(String::as_str).chain([remote.as_str()]).collect();
    let _server = Server::start(scratch, &args);
    let meeting = async { listener.accept().await?.establish(tls).await.map(Connection::new) };
    prove(&mut within(soon(), meeting).await.unwrap()).await;
}

#[tokio::test]
async fn servers_connect() {
    let scratch = Scratch::new();
    let listener = Listener::bind(&remote("punix:ours", &scratch)).await.unwrap();
    meet(&listener, "unix:ours", None, &scratch).await;
    for passive in ["ptcp:0:127.0.0.1", "ptcp:0"] {
        let listener = Listener::bind(&remote(passive, &scratch)).await.unwrap();
        meet(&listener, &format!("tcp:127.0.0.1:{}", port(&listener)), None, &scratch).await;
    }
    let tls = TlsContext::new(pki::config("client"));
    let listener = Listener::bind(&remote("pssl:0:127.0.0.1", &scratch)).await.unwrap();
    meet(&listener, &format!("ssl:127.0.0.1:{}", port(&listener)), Some(&tls), &scratch).await;
}

#[tokio::test]
async fn connecting_to_a_passive_remote_waits_for_the_server() {
    let scratch = Scratch::new();
    let _server = Server::start(&scratch, &["--remote=unix:ours"]);
    prove(&mut dial(&remote("punix:ours", &scratch)).await.unwrap()).await;
    assert!(!scratch.join("ours").exists());
    let deadline = Some(tokio::time::Instant::now());
    let options = ConnectOptions { deadline, tls: None };
    assert!(connect(&remote("ptcp:0:127.0.0.1", &scratch), &options).await.unwrap_err().is_timeout());
}

#[tokio::test]
async fn clients_are_checked() {
    let scratch = Scratch::new();
    let listener = Listener::bind(&remote("pssl:0:127.0.0.1", &scratch)).await.unwrap();
    let active = remote(&format!("ssl:127.0.0.1:{}", port(&listener)), &scratch);
    let meet = async |server: TlsConfig, client: TlsConfig| {
        let (server, client) = (TlsContext::new(server), Arc::new(TlsContext::new(client)));
        let options = ConnectOptions { deadline: soon(), tls: Some(client) };
        let accepted = async { listener.accept().await?.establish(Some(&server)).await };
        tokio::join!(within(soon(), accepted), connect(&active, &options))
    };
    let (server, client) = meet(pki::config("server"), pki::config("client")).await;
    let (mut server, mut client) = (Connection::new(server.unwrap()), Connection::new(client.unwrap()));
    client.send(b"{} ").await.unwrap();
    assert_eq!(within(soon(), server.receive()).await.unwrap(), b"{}");

    let (server, _) = meet(pki::config("server"), pki::config("stranger")).await;
    assert_eq!(server.unwrap_err().kind(), ErrorKind::Handshake);
    // a self-signed certificate is its own CA
    let alone = || Some(CaCert::File(pki::file("alone-cert.pem")));
    for name in ["alone", "client"] {
        let client = TlsConfig { ca_cert: alone(), ..pki::config(name) };
        let (server, _) = meet(TlsConfig { ca_cert: alone(), ..pki::config("alone") }, client).await;
        assert_eq!(server.is_ok(), name == "alone");
    }
    // the file may hold several certificates, each trusted as it is or for what it has signed
    let several = scratch.join("several.pem");
    let texts =
        ["alone-cert.pem", "pki/switchca/cacert.pem"].map(|name| std::fs::read(pki::file(name)).unwrap());
    std::fs::write(&several, texts.concat()).unwrap();
    let several = Some(CaCert::File(several));
    for (name, trusted) in [("alone", true), ("client", true), ("stranger", false)] {
        let config = TlsConfig { ca_cert: several.clone(), ..pki::config("server") };
        let (server, _) = meet(config, pki::config(name)).await;
        assert_eq!(server.is_ok(), trusted, "{name}");
    }
    let anyone = TlsConfig { ca_cert: Some(CaCert::Unchecked), ..pki::config("server") };
    let (server, _) = meet(anyone, pki::config("stranger")).await;
    assert!(server.is_ok());
}

#[tokio::test]
async fn the_file_of_a_socket() {
    let scratch = Scratch::new();
    let passive = remote("punix:ours", &scratch);
    let path = scratch.join("ours");

    let listener = Listener::bind(&passive).await.unwrap();
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o007, 0);
    let error = Listener::bind(&passive).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Listen);
    assert_eq!(error.to_string(), format!("cannot listen at punix:{}", path.display()));
    assert_eq!(error.reason(), "Address already in use");
    drop(listener);
    assert!(!path.exists());

    // What a killed process leaves is replaced.
    drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
    // A program that another test starts just now has the socket as well until it is on its way.
    let deadline = std::time::Instant::now() + Duration::from_secs(10);
    let listener = loop {
        match Listener::bind(&passive).await {
            Ok(listener) => break listener,
            Err(error) => assert!(std::time::Instant::now() < deadline, "{error:?}"),
        }
        tokio::task::yield_now().await;
    };

    // What took its place stays.
    std::fs::remove_file(&path).unwrap();
    std::fs::write(&path, "precious").unwrap();
    drop(listener);
    assert_eq!(Listener::bind(&passive).await.unwrap_err().reason(), "File exists");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "precious");
}

#[tokio::test]
async fn a_socket_with_a_full_queue_is_in_use() {
    let scratch = Scratch::new();
    let address = rustix::net::SocketAddrUnix::new(scratch.join("ours")).unwrap();
    let family = rustix::net::AddressFamily::UNIX;
    let socket = rustix::net::socket(family, rustix::net::SocketType::STREAM, None).unwrap();
    rustix::net::bind(&socket, &address).unwrap();
    rustix::net::listen(&socket, 0).unwrap();
    let _waits = std::os::unix::net::UnixStream::connect(scratch.join("ours")).unwrap();
    let error = Listener::bind(&remote("punix:ours", &scratch)).await.unwrap_err();
    assert_eq!(error.reason(), "Address already in use");
}

#[tokio::test]
async fn where_nobody_can_listen() {
    let scratch = Scratch::new();
    let long = format!("punix:{}", "x".repeat(300));
    let cases = [
        (long.as_str(), "File name too long"),
        (long.get(..200).unwrap(), "File name too long"),
        ("punix:/nonexistent/socket", "No such file or directory"),
        ("ptcp:1:192.0.2.1", "Cannot assign requested address"),
    ];
    for (text, reason) in cases {
        let error = dial(&remote(text, &scratch)).await.unwrap_err();
        assert_eq!((error.kind(), error.reason().as_ref()), (ErrorKind::Listen, reason), "{text}");
    }
    let error = Listener::bind(&remote("unix:x", &scratch)).await.unwrap_err();
    assert_eq!((error.kind(), error.reason().as_ref()), (ErrorKind::Listen, "Operation not supported"));
}

#[tokio::test]
async fn a_long_name() {
    let scratch = Scratch::new();
    let name = "x".repeat(60);
    std::fs::create_dir_all(scratch.join(&name).join(&name)).unwrap();
    let text = format!("unix:{name}/{name}/socket");
    let listener = Listener::bind(&remote(&format!("p{text}"), &scratch)).await.unwrap();
    let active = remote(&text, &scratch);
    let (client, server) = tokio::join!(dial(&active), within(soon(), listener.accept()));
    assert!(client.is_ok() && server.is_ok());
    drop(listener);
    assert_eq!(std::fs::read_dir(scratch.join(&name).join(&name)).unwrap().count(), 0);
}
