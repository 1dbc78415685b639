//! Can real servers be reached over Unix domain sockets and TCP, and what is said when they cannot?

use std::fmt::Write as _;

use ovsdb_proto::net::{ErrorKind, within};
use tokio::time::Instant;

use super::{ask, dial, hear, prove, remote, soon};
use crate::scratch::Scratch;
use crate::server::Server;

#[tokio::test]
async fn unix() {
    let scratch = Scratch::new();
    let _server = Server::at_socket(&scratch);
    prove(&mut dial(&remote("unix:socket", &scratch)).await.unwrap()).await;
}

#[tokio::test]
async fn unix_with_a_name_longer_than_a_socket_address() {
    let scratch = Scratch::new();
    let _server = Server::at_socket(&scratch);
    let folder = scratch.join(&"x".repeat(120));
    std::fs::create_dir(&folder).unwrap();
    std::os::unix::fs::symlink(scratch.join("socket"), folder.join("socket")).unwrap();
    let text = format!("unix:{}", folder.join("socket").display());
    prove(&mut dial(&remote(&text, &scratch)).await.unwrap()).await;
}

#[tokio::test]
async fn tcp_by_address_and_by_name() {
    let scratch = Scratch::new();
    let port = Server::port(&mut Server::start(&scratch, &["--remote=ptcp:0:127.0.0.1"]));
    // The server above was dropped with the statement: its port refuses now.
    let error = dial(&remote(&format!("tcp:127.0.0.1:{port}"), &scratch)).await.unwrap_err();
    assert_eq!((error.kind(), error.reason().as_ref()), (ErrorKind::Connect, "Connection refused"));
    assert_eq!(error.to_string(), format!("cannot connect to tcp:127.0.0.1:{port}"));

    let mut server = Server::start(&scratch, &["--remote=ptcp:0:127.0.0.1"]);
    let port = server.port();
    for host in ["127.0.0.1", "localhost"] {
        prove(&mut dial(&remote(&format!("tcp:{host}:{port}"), &scratch)).await.unwrap()).await;
    }
}

#[tokio::test]
async fn why_there_is_no_connection() {
    let scratch = Scratch::new();
    std::fs::write(scratch.join("file"), "").unwrap();
    let long = format!("unix:{}", "x".repeat(300));
    let cases = [
        (long.as_str(), ErrorKind::Connect, "File name too long"),
        (long.get(..200).unwrap(), ErrorKind::Connect, "File name too long"),
        ("unix:nowhere", ErrorKind::Connect, "No such file or directory"),
        ("unix:file", ErrorKind::Connect, "Connection refused"),
        ("unix:file/x", ErrorKind::Connect, "Not a directory"),
        ("tcp:127.0.0.1:0", ErrorKind::Connect, "Connection refused"),
        ("tcp:nowhere.invalid:1", ErrorKind::Resolve, "Address family not supported by protocol"),
    ];
    for (text, kind, reason) in cases {
        let error = dial(&remote(text, &scratch)).await.unwrap_err();
        assert_eq!((error.kind(), error.reason().as_ref()), (kind, reason), "{text}");
        assert!(error.is_connect() && !error.is_closed(), "{text}");
    }
}

/// The server stops reading while it has output queued, so this can only end if we read while we write.
#[tokio::test]
async fn much_goes_both_ways_at_once() {
    const MESSAGES: usize = 400;
    let scratch = Scratch::new();
    let _server = Server::at_socket(&scratch);
    let mut connection = dial(&remote("unix:socket", &scratch)).await.unwrap();
    let text = "x".repeat(100_000);
    let mut all = String::new();
    for id in 0..MESSAGES {
        write!(all, r#"{{"method":"echo","params":["{text}"],"id":{id}}}"#).unwrap();
    }
    within(soon(), connection.send(all.as_bytes())).await.unwrap();
    for id in 0..MESSAGES {
        let reply = within(soon(), hear(&mut connection)).await.unwrap();
        assert!(reply.contains(&format!(r#""id":{id},"#)) && reply.contains(&text), "reply {id} is another");
    }
}

#[tokio::test]
async fn a_wait_that_is_dropped_loses_nothing() {
    let scratch = Scratch::new();
    let _server = Server::at_socket(&scratch);
    let mut connection = dial(&remote("unix:socket", &scratch)).await.unwrap();
    let text = "x".repeat(3_000_000);
    let message = format!(r#"{{"method":"echo","params":["{text}"],"id":1}}"#);
    connection.output().extend_from_slice(message.as_bytes());
    let mut dropped = 0;
    let reply = loop {
        // Each turn is cut off after one poll, in the middle of sending or receiving.
        let now = Some(Instant::now());
        match within(now, hear(&mut connection)).await {
            Ok(reply) => break reply,
            Err(error) => assert!(error.is_timeout(), "{error:?}"),
        }
        dropped += 1;
        tokio::task::yield_now().await;
    };
    assert!(dropped > 1 && reply.contains(&text));
    assert!(ask(&mut connection, r#"{"method":"echo","params":[],"id":2}"#).await.is_ok());
}

#[tokio::test]
async fn a_large_buffer_is_given_back() {
    let scratch = Scratch::new();
    let _server = Server::at_socket(&scratch);
    let mut connection = dial(&remote("unix:socket", &scratch)).await.unwrap();
    let text = "x".repeat(20_000_000);
    ask(&mut connection, &format!(r#"{{"method":"echo","params":["{text}"],"id":1}}"#)).await.unwrap();
    assert!(connection.input_capacity() > text.len());
    ask(&mut connection, r#"{"method":"echo","params":[],"id":2}"#).await.unwrap();
    assert!(connection.input_capacity() <= 1 << 20, "{}", connection.input_capacity());
}
