//! Tests of remotes that are descriptors of listening sockets.

use super::*;
use std::os::fd::{AsRawFd as _, RawFd};

fn descriptor(number: RawFd) -> String {
    format!("pfd:{number}")
}

#[tokio::test]
async fn inherited_sockets_are_served() {
    let folder = folder("inherited");
    let path = folder.join("s");
    let unix = std::os::unix::net::UnixListener::bind(&path).unwrap();
    let tcp = std::net::TcpListener::bind("[::1]:0").unwrap();
    let unix_name = descriptor(unix.as_raw_fd());
    let server = start(builder().remote(&unix_name).remote(descriptor(tcp.as_raw_fd()))).await;
    let port = tcp.local_addr().unwrap().port();
    for remote in [Remote::Unix(path.clone()), Remote::Tcp { host: "::1".to_owned(), port }] {
        assert_eq!(ask(&mut connect(&remote).await, LIST).await, LISTED);
    }
    let ptcp = Remote::Ptcp { port, bind: Some("::1".parse().unwrap()) };
    let mut bound = server.bound().await.unwrap();
    bound.sort_by_key(ToString::to_string);
    assert_eq!(bound, [ptcp, Remote::Punix(path.clone())]);
    // the socket belongs to the program that opened it
    let mut client = connect(&Remote::Unix(path.clone())).await;
    assert_eq!(ask(&mut client, LIST).await, LISTED);
    assert!(server.remove_remote(unix_name).await.unwrap());
    assert!(client.receive().await.unwrap_err().is_closed());
    assert!(path.exists());
    std::fs::remove_dir_all(folder).unwrap();
}

#[tokio::test]
async fn only_listening_stream_sockets_are_served() {
    let udp = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    let address = "127.0.0.1:0".parse().unwrap();
    let idle = tokio::net::TcpSocket::new_v4().unwrap();
    idle.bind(address).unwrap();
    let file = std::fs::File::open("/dev/null").unwrap();
    let check = async |remote: String, why: &str| {
        let error = builder().remote(&remote).start().await.unwrap_err();
        assert_eq!(error.to_string(), format!("{remote}: {why}"));
    };
    check(descriptor(udp.as_raw_fd()), "not a stream socket (type 2)").await;
    check(descriptor(idle.as_raw_fd()), "not a listening socket").await;
    check(descriptor(file.as_raw_fd()), "not a socket (Socket operation on non-socket)").await;
    check(descriptor(1_000_000), "not a socket (Bad file descriptor)").await;
    for number in ["", "x", "-1", "99999999999"] {
        check(format!("pfd:{number}"), "bad file descriptor").await;
    }
}

#[tokio::test]
async fn only_the_program_may_name_descriptors() {
    let socket = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let remote = descriptor(socket.as_raw_fd());
    let told: Arc<Mutex<Vec<String>>> = Arc::default();
    let seen = Arc::clone(&told);
    let observer = move |event: &Event<'_>| {
        if let Event::Ignored { remote } = event {
            seen.lock().unwrap().push((*remote).to_owned());
        }
    };
    let server = start(builder().remote("db:D,Root,targets").observer(observer)).await;
    let error = server.add_remote(&remote).await.unwrap_err();
    assert_eq!(error.to_string(), "pfd: remotes can only be specified on the command line");
    for _ in 0..2 {
        let insert = format!(r#"[{{"op":"insert","table":"Root","row":{{"targets":"{remote}"}}}}]"#);
        transact(&server, &insert).await;
    }
    until(async || server.bound().await.unwrap().is_empty() && !told.lock().unwrap().is_empty()).await;
    assert_eq!(*told.lock().unwrap(), [remote]);
}
