//! Tests of a server with more peers than it may have.

use super::*;
use ovsdb_proto::net::{CaCert, ConnectOptions, TlsConfig, TlsContext};
use std::path::Path;
use std::process::Command;
use tokio::net::{TcpStream, UnixStream};

const ECHO: &str = r#"{"id":1,"method":"echo","params":[]}"#;
const ECHOED: &str = r#"{"id":1,"result":[],"error":null}"#;

/// Makes a key and a self-signed certificate for it, `key` and `certificate` in `folder`.
fn make_certificate(folder: &Path) {
    let mut openssl = Command::new("openssl");
    openssl.args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]);
    openssl.args(["-keyout", "key", "-out", "certificate", "-subj", "/CN=test"]).current_dir(folder);
    let output = openssl.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

fn server_tls(folder: &Path) -> TlsSettings {
    let file = |name: &str| Some(Setting::Text(folder.join(name).to_str().unwrap().to_owned()));
    TlsSettings {
        private_key: file("key"),
        certificate: file("certificate"),
        ca_cert: Some(Setting::Text("none".to_owned())),
        ..TlsSettings::default()
    }
}

fn client_tls(folder: &Path) -> ConnectOptions {
    let config = TlsConfig {
        private_key: Some(folder.join("key")),
        certificate: Some(folder.join("certificate")),
        ca_cert: Some(CaCert::File(folder.join("certificate"))),
        ..TlsConfig::default()
    };
    ConnectOptions { tls: Some(Arc::new(TlsContext::new(config))), deadline: None }
}

/// The remotes by which clients reach a server that listens at all kinds of sockets: unix, tcp,
/// ssl.
async fn reached(server: &Server) -> [Remote; 3] {
    let host = || "127.0.0.1".to_owned();
    let mut found = [None, None, None];
    for remote in server.bound().await.unwrap() {
        match remote {
            Remote::Punix(path) => found[0] = Some(Remote::Unix(path)),
            Remote::Ptcp { port, .. } => found[1] = Some(Remote::Tcp { host: host(), port }),
            Remote::Pssl { port, .. } => found[2] = Some(Remote::Ssl { host: host(), port }),
            other => panic!("{other}"),
        }
    }
    found.map(Option::unwrap)
}

/// The ends of clients that the server has told.
#[derive(Clone, Default)]
struct Ends(Arc<Mutex<Vec<String>>>);

impl Ends {
    fn observer(&self) -> impl FnMut(&Event<'_>) + Send + 'static {
        let ends = self.clone();
        move |event| {
            if let Event::Lost { end, .. } = event {
                ends.0.lock().unwrap().push(end.to_string());
            }
        }
    }

    fn count(&self, text: &str) -> usize {
        self.0.lock().unwrap().iter().filter(|end| end.contains(text)).count()
    }
}

/// Starts a server that listens at a Unix domain socket, a TCP port and a TLS port.
async fn start_all(folder: &Path, limits: Limits, ends: &Ends) -> Server {
    make_certificate(folder);
    let builder = builder().run_dir(folder).tls(server_tls(folder)).limits(limits);
    let builder = builder.remote("punix:s").remote("ptcp:0:127.0.0.1").remote("pssl:0:127.0.0.1");
    start(builder.observer(ends.observer())).await
}

/// Waits until another request is later than the last one by the clock of the service.
async fn next_millisecond(server: &Server) {
    let now_ms = async || server.with(|_, now_ms| now_ms).await.unwrap();
    let before = now_ms().await;
    until(async || now_ms().await > before).await;
}

/// Whether the peer has closed the connection.
async fn is_closed(stream: &mut TcpStream) -> bool {
    let read = tokio::time::timeout(Duration::from_millis(1), stream.read(&mut [0; 64])).await;
    matches!(read, Ok(Ok(0) | Err(_)))
}

#[tokio::test]
async fn half_open_handshakes_do_not_delay_other_clients() {
    let folder = folder("handshakes");
    let ends = Ends::default();
    let limits = Limits { handshakes_max: 20, clients_max: 60, ..Limits::default() };
    let server = start_all(&folder, limits, &ends).await;
    let remotes = reached(&server).await;
    let Remote::Ssl { port, .. } = remotes[2] else { panic!("{:?}", remotes[2]) };
    let tls = client_tls(&folder);
    let mut pending = Vec::new();
    for round in 1..=5 {
        for _ in 0..30 {
            let mut stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
            stream.write_all(&[0x16, 3, 1]).await.unwrap();
            pending.push(stream);
        }
        until(async || ends.count("pending SSL/TLS handshakes") >= 30 * round - 20).await;
        for remote in &remotes {
            let stream = ovsdb_proto::net::connect(remote, &tls).await.unwrap();
            assert_eq!(ask(&mut Connection::new(stream), LIST).await, LISTED);
        }
    }
    // the oldest were dropped, two more of them for each client over TLS
    until(async || is_closed(&mut pending[129]).await).await;
    assert!(!is_closed(&mut pending[149]).await);
    let dropped = ends.count("pending SSL/TLS handshakes");
    assert!((130..=135).contains(&dropped), "{dropped}");
    assert_eq!(ends.count("too many clients"), 0);
    std::fs::remove_dir_all(folder).unwrap();
}

#[tokio::test]
async fn clients_from_the_network_do_not_lock_out_unix_sockets() {
    let folder = folder("reserve");
    let ends = Ends::default();
    let limits = Limits { clients_max: 32, ..Limits::default() };
    let server = start_all(&folder, limits, &ends).await;
    let [unix, tcp, _] = reached(&server).await;
    let monitor = r#"{"id":1,"method":"monitor","params":["D",null,{"Text":{}}]}"#;
    let mut clients = Vec::new();
    // those with a monitor are not closed, so this is as many as may come over the network
    for _ in 0..30 {
        let mut client = connect(&tcp).await;
        assert!(ask(&mut client, monitor).await.contains(r#""error":null"#));
        clients.push(client);
    }
    let mut one_more = connect(&tcp).await;
    assert!(one_more.receive().await.unwrap_err().is_closed());
    for _ in 0..2 {
        let mut client = connect(&unix).await;
        assert_eq!(ask(&mut client, LIST).await, LISTED);
        clients.push(client);
    }
    assert_eq!(server.client_count().await.unwrap(), 32);
    // one more unix client takes the place of the first
    assert_eq!(ask(&mut connect(&unix).await, LIST).await, LISTED);
    assert!(clients[30].receive().await.unwrap_err().is_closed());
    for client in clients.iter_mut().take(30) {
        assert_eq!(ask(client, ECHO).await, ECHOED);
    }
    assert_eq!(ends.count("idle longest"), 1);
    std::fs::remove_dir_all(folder).unwrap();
}

#[tokio::test]
async fn the_longest_idle_client_makes_room() {
    let folder = folder("idle");
    let ends = Ends::default();
    let limits = Limits { clients_max: 4, ..Limits::default() };
    let server = start_all(&folder, limits, &ends).await;
    let [_, tcp, _] = reached(&server).await;
    let mut clients = Vec::new();
    for request in [LIST, LIST, r#"{"id":1,"method":"lock","params":["l"]}"#, LIST] {
        let mut client = connect(&tcp).await;
        assert!(ask(&mut client, request).await.contains(r#""error":null"#));
        clients.push(client);
        next_millisecond(&server).await;
    }
    // an echo is no activity, another request is
    assert_eq!(ask(&mut clients[1], ECHO).await, ECHOED);
    assert_eq!(ask(&mut clients[0], LIST).await, LISTED);
    for victim in [1, 3, 0] {
        let mut client = connect(&tcp).await;
        assert_eq!(ask(&mut client, LIST).await, LISTED);
        assert!(clients[victim].receive().await.unwrap_err().is_closed(), "{victim}");
        clients.push(client);
        next_millisecond(&server).await;
    }
    assert_eq!(ask(&mut clients[2], ECHO).await, ECHOED);
    assert_eq!(ends.count("idle longest"), 3);
    std::fs::remove_dir_all(folder).unwrap();
}

#[tokio::test]
async fn a_limit_for_each_peer_address() {
    let folder = folder("address");
    let ends = Ends::default();
    let limits = Limits { clients_per_address_max: Some(2), ..Limits::default() };
    let server = start_all(&folder, limits, &ends).await;
    let [unix, tcp, ssl] = reached(&server).await;
    let Remote::Ssl { port, .. } = ssl else { panic!("{ssl}") };
    let half_open = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    let mut first = connect(&tcp).await;
    assert_eq!(ask(&mut first, LIST).await, LISTED);
    assert!(connect(&tcp).await.receive().await.unwrap_err().is_closed());
    assert_eq!(ends.count("too many clients with address 127.0.0.1"), 1);
    // neither another address nor a Unix domain socket is concerned
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.2:0".parse().unwrap()).unwrap();
    let Remote::Tcp { port, .. } = tcp else { panic!("{tcp}") };
    let other = socket.connect(([127, 0, 0, 1], port).into()).await.unwrap();
    assert_eq!(ask(&mut Connection::new(Stream::Tcp(other)), LIST).await, LISTED);
    for _ in 0..3 {
        let stream = UnixStream::connect(folder.join("s")).await.unwrap();
        assert_eq!(ask(&mut Connection::new(Stream::Unix(stream)), LIST).await, LISTED);
    }
    assert_eq!(ask(&mut connect(&unix).await, LIST).await, LISTED);
    // a client that leaves makes room, after a handshake or without one
    drop(half_open);
    drop(first);
    for _ in 0..2 {
        until(async || {
            let mut client = connect(&tcp).await;
            client.output().extend_from_slice(LIST.as_bytes());
            client.receive().await.is_ok_and(|reply| *reply == *LISTED.as_bytes())
        })
        .await;
    }
    std::fs::remove_dir_all(folder).unwrap();
}
