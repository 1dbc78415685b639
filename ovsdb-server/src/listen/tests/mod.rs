//! Do clients of every kind of remote get served, and are those that misbehave cut off?

mod crowd;
mod inherited;
mod turns;

use super::*;
use crate::engine::Database;
use ovsdb_proto::net::{Connection, ErrorKind, Stream};
use ovsdb_proto::schema::DatabaseSchema;
use ovsdb_proto::session::remote::Remote;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

const SCHEMA: &str = r#"{"name":"D","version":"1.0.0","tables":{
    "Root":{"columns":{
        "targets":{"type":{"key":"string","min":0,"max":"unlimited"}},
        "connections":{"type":{"key":{"type":"uuid","refTable":"Connection"},"min":0,"max":"unlimited"}}},
        "isRoot":true},
    "Connection":{"columns":{
        "target":{"type":"string"},
        "read_only":{"type":{"key":"boolean","min":0,"max":1}},
        "role":{"type":"string"},
        "inactivity_probe":{"type":{"key":"integer","min":0,"max":1}},
        "is_connected":{"type":"boolean","ephemeral":true},
        "status":{"type":{"key":"string","value":"string","min":0,"max":"unlimited"},"ephemeral":true}}},
    "Text":{"columns":{"text":{"type":"string"}},"isRoot":true}}}"#;

fn builder() -> Builder {
    let schema = Arc::new(DatabaseSchema::parse(SCHEMA).unwrap());
    Server::builder().database(Database::new(schema), None).seed(1)
}

async fn start(builder: Builder) -> Server {
    let (server, driver) = builder.start().await.unwrap();
    tokio::spawn(driver);
    server
}

fn folder(name: &str) -> std::path::PathBuf {
    let path = std::env::temp_dir().join(format!("listen-{name}-{}", std::process::id()));
    let _ = std::fs::remove_dir_all(&path);
    std::fs::create_dir_all(&path).unwrap();
    path
}

async fn ask(connection: &mut Connection, request: &str) -> String {
    connection.output().extend_from_slice(request.as_bytes());
    String::from_utf8(connection.receive().await.unwrap().to_vec()).unwrap()
}

const LIST: &str = r#"{"id":1,"method":"list_dbs","params":[]}"#;
const LISTED: &str = r#"{"id":1,"result":["D","_Server"],"error":null}"#;

async fn connect(remote: &Remote) -> Connection {
    Connection::new(ovsdb_proto::net::connect(remote, &Default::default()).await.unwrap())
}

/// Waits until `condition` holds.
async fn until(mut condition: impl AsyncFnMut() -> bool) {
    let wait = async {
        while !condition().await {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), wait).await.expect("in time");
}

#[tokio::test]
async fn clients_within_the_process_over_unix_and_over_tcp() {
    let folder = folder("kinds");
    let server = start(builder().run_dir(&folder).remote("punix:s").remote("ptcp:0:127.0.0.1")).await;
    let mut inside = Connection::new(server.connect());
    assert_eq!(ask(&mut inside, LIST).await, LISTED);
    let bound = server.bound().await.unwrap();
    assert_eq!(bound.len(), 2);
    for remote in bound {
        let remote = match remote {
            Remote::Punix(path) => Remote::Unix(path),
            Remote::Ptcp { port, .. } => Remote::Tcp { host: "127.0.0.1".to_owned(), port },
            other => panic!("{other}"),
        };
        assert_eq!(ask(&mut connect(&remote).await, LIST).await, LISTED);
    }
    server.shutdown().await;
    assert!(inside.receive().await.unwrap_err().is_closed());
    assert!(!folder.join("s").exists());
    std::fs::remove_dir_all(folder).unwrap();
}

#[tokio::test]
async fn pipelined_requests_are_answered_in_order() {
    let server = start(builder()).await;
    let mut client = Connection::new(server.connect());
    for id in 0..1000 {
        let request = format!(r#"{{"id":{id},"method":"echo","params":[{id}]}}"#);
        client.output().extend_from_slice(request.as_bytes());
    }
    for id in 0..1000 {
        let reply = String::from_utf8(client.receive().await.unwrap().to_vec()).unwrap();
        assert_eq!(reply, format!(r#"{{"id":{id},"result":[{id}],"error":null}}"#));
    }
}

#[tokio::test]
async fn a_string_that_is_not_utf8_is_refused_and_the_client_is_served_on() {
    let server = start(builder()).await;
    let mut client = Connection::new(server.connect());
    client.output().extend_from_slice(
        b"{\"id\":1,\"method\":\"transact\",\"params\":[\"D\",\
          {\"op\":\"insert\",\"table\":\"Text\",\"row\":{\"text\":\"a\xff\"}}]}",
    );
    let refused = r#"{"id":1,"result":[{"details":"not a valid UTF-8 string: invalid UTF-8 sequence 0xff","error":"constraint violation"}],"error":null}"#;
    assert_eq!(ask(&mut client, LIST).await, refused);
    assert_eq!(client.receive().await.unwrap(), LISTED.as_bytes());
    client.output().extend_from_slice(b"{\"id\":\"\xc3\",\"method\":\"echo\",\"params\":[\"\xff\"]}");
    let echoed = b"{\"id\":\"\xc3\",\"result\":[\"\xff\"],\"error\":null}";
    assert_eq!(client.receive().await.unwrap(), echoed);
}

#[tokio::test]
async fn garbage_ends_one_client_and_no_other() {
    let events: Arc<Mutex<Vec<String>>> = Arc::default();
    let seen = Arc::clone(&events);
    let observer = move |event: &Event<'_>| {
        if let Event::Lost { end, .. } = event {
            seen.lock().unwrap().push(end.to_string());
        }
    };
    let limits = Limits { message_bytes_max: 10_000, ..Limits::default() };
    let server = start(builder().limits(limits).observer(observer)).await;
    let mut good = Connection::new(server.connect());
    assert_eq!(ask(&mut good, LIST).await, LISTED);
    let long = format!(r#"{{"id":1,"method":"echo","params":["{}"]}}"#, "x".repeat(10_000));
    for bad in ["GET / HTTP/1.0\r\n\r\n", "}", r#"{"a":}"#, "[1]", &"[".repeat(5000), &long] {
        let mut client = server.connect();
        client.write_all(bad.as_bytes()).await.unwrap();
        let mut rest = Vec::new();
        // the end, or the news that the other end is gone
        let _ = client.read_to_end(&mut rest).await;
    }
    assert_eq!(ask(&mut good, LIST).await, LISTED);
    until(async || server.client_count().await.unwrap() == 1).await;
    let events = events.lock().unwrap();
    assert_eq!(events.len(), 6, "{events:?}");
    assert!(events[0].starts_with("received what is not a message: expected a message"), "{events:?}");
    assert!(events[5].ends_with("longer than 10000 bytes"), "{events:?}");
}

#[tokio::test]
async fn whoever_does_not_read_is_not_read_from_either() {
    let server = start(builder()).await;
    let mut greedy = server.connect();
    let text = "x".repeat(100_000);
    let request = format!(r#"{{"id":1,"method":"echo","params":["{text}"]}}"#);
    let mut sent = 0_usize;
    // some replies wait, then no more is taken from it: as much as pipes and buffers hold, and not more
    while tokio::time::timeout(Duration::from_millis(100), greedy.write_all(request.as_bytes())).await.is_ok()
    {
        sent += request.len();
        assert!(sent < 8 << 20);
    }
    assert!(sent > SMALL_BYTES);
    let mut other = Connection::new(server.connect());
    assert_eq!(ask(&mut other, LIST).await, LISTED);
}

#[tokio::test]
async fn limits_of_clients_and_memory() {
    let limits = Limits { clients_max: 3, held_bytes_max: 1 << 20, ..Limits::default() };
    let server = start(builder().limits(limits)).await;
    let mut clients = Vec::new();
    for _ in 0..3 {
        let mut client = Connection::new(server.connect());
        assert_eq!(ask(&mut client, LIST).await, LISTED);
        clients.push(client);
    }
    let mut one_more = server.connect();
    assert_eq!(one_more.read(&mut [0]).await.unwrap(), 0);
    drop(clients.pop());
    until(async || server.client_count().await.unwrap() == 2).await;
    // a message that never ends is cut off before it is as long as a message may be
    let mut endless = server.connect();
    let mut sent = 0;
    endless.write_all(b"[\"").await.unwrap();
    while endless.write_all(&[b'x'; 10_000]).await.is_ok() {
        sent += 10_000;
        assert!(sent < 8 << 20);
    }
    for client in &mut clients {
        assert_eq!(ask(client, LIST).await, LISTED);
    }
}

#[tokio::test]
async fn remotes_come_and_go() {
    let folder = folder("remotes");
    let server = start(builder().run_dir(&folder)).await;
    server.add_remote("punix:a").await.unwrap();
    server.add_remote("punix:a").await.unwrap();
    until(async || folder.join("a").exists()).await;
    let mut client = connect(&Remote::Unix(folder.join("a"))).await;
    assert_eq!(ask(&mut client, LIST).await, LISTED);
    assert_eq!(server.remotes_configured().await.unwrap(), ["punix:a"]);
    server.reconnect().await.unwrap();
    assert!(client.receive().await.unwrap_err().is_closed());
    let mut client = connect(&Remote::Unix(folder.join("a"))).await;
    assert_eq!(ask(&mut client, LIST).await, LISTED);
    assert!(server.remove_remote("punix:a").await.unwrap());
    assert!(!server.remove_remote("punix:a").await.unwrap());
    assert!(client.receive().await.unwrap_err().is_closed());
    assert!(!folder.join("a").exists());
    let error = server.add_remote("db:D,Root,x").await.unwrap_err();
    assert_eq!(error.to_string(), r#""db:D,Root,x": table "Root" has no column "x""#);
    let error = builder().remote("ptcp:x").start().await.unwrap_err();
    assert_eq!(error.to_string(), "ptcp:x: not a port number from 0 to 65535");
    let error = builder().remote("punix:/nonexistent/x").start().await.unwrap_err();
    assert_eq!(error.to_string(), "punix:/nonexistent/x: No such file or directory");
    std::fs::remove_dir_all(folder).unwrap();
}

#[tokio::test]
async fn we_connect_and_connect_again() {
    let folder = folder("active");
    let path = folder.join("s");
    let listener = tokio::net::UnixListener::bind(&path).unwrap();
    let server = start(builder().remote(format!("unix:{}", path.display()))).await;
    for _ in 0..2 {
        let (stream, _) = listener.accept().await.unwrap();
        let mut connection = Connection::new(Stream::Unix(stream));
        assert_eq!(ask(&mut connection, LIST).await, LISTED);
    }
    drop(server);
    let (stream, _) = tokio::time::timeout(Duration::from_millis(1), listener.accept())
        .await
        .map_or_else(|_| (None, ()), |accepted| (Some(accepted.unwrap().0), ()));
    assert!(stream.is_none());
    std::fs::remove_dir_all(folder).unwrap();
}

#[tokio::test]
async fn a_server_without_handles_ends() {
    let (server, driver) = builder().start().await.unwrap();
    drop(server);
    driver.await;
    let (server, driver) = builder().start().await.unwrap();
    drop(driver);
    assert_eq!(server.bound().await, Err(ServerError::Stopped));
    let error = Connection::new(server.connect()).receive().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Closed);
}

/// Carries out operations and takes it for granted that they succeed.
async fn transact(server: &Server, operations: &str) {
    let results = server.transact("D", operations).await.unwrap();
    assert!(!results.contains("error"), "{results}");
}

#[tokio::test]
async fn remotes_that_a_database_names() {
    let folder = folder("table");
    let remotes = ["db:D,Root,targets", "db:D,Root,connections"];
    let server = start(builder().run_dir(&folder).remote(remotes[0]).remote(remotes[1])).await;
    let insert = r#"[{"op":"insert","table":"Root","row":{"targets":["set",["punix:a","punix:b"]],
        "connections":["set",[["named-uuid","c"],["named-uuid","d"]]]}},
        {"op":"insert","table":"Connection","uuid-name":"c","row":{"target":"ptcp:0:127.0.0.1","read_only":true}},
        {"op":"insert","table":"Connection","uuid-name":"d","row":{"target":"punix:c","role":"r"}}]"#;
    transact(&server, insert).await;
    until(async || server.bound().await.unwrap().len() == 3).await;
    let bound = server.bound().await.unwrap();
    let port = bound.iter().find_map(|r| if let Remote::Ptcp { port, .. } = r { Some(*port) } else { None });
    let port = port.unwrap();
    // the port that the kernel gave is told
    let select = r#"[{"op":"select","table":"Connection","where":[],"columns":["status"]}]"#;
    until(async || {
        server.transact("D", select).await.unwrap().contains(&format!("[\"bound_port\",\"{port}\"]"))
    })
    .await;
    let told = server.transact("D", select).await.unwrap();
    // without access control, nobody may come under a role
    assert!(told.contains("access control by role is not supported"), "{told}");
    let mut reader = connect(&Remote::Tcp { host: "127.0.0.1".to_owned(), port }).await;
    let insert = r#"{"id":1,"method":"transact","params":["D",{"op":"insert","table":"Text","row":{}}]}"#;
    let refused = ask(&mut reader, insert).await;
    assert!(refused.contains("read only") || refused.contains("not allowed"), "{refused}");
    let mut writer = connect(&Remote::Unix(folder.join("b"))).await;
    assert!(ask(&mut writer, insert).await.contains("\"uuid\""));
    // other rights are for those who connect anew
    transact(
        &server,
        r#"[{"op":"update","table":"Connection","where":[],"row":{"read_only":false,"role":""}}]"#,
    )
    .await;
    assert!(reader.receive().await.unwrap_err().is_closed());
    until(async || folder.join("c").exists()).await;
    transact(
        &server,
        r#"[{"op":"update","table":"Root","where":[],"row":{"targets":"punix:a","connections":["set",[]]}}]"#,
    )
    .await;
    assert!(writer.receive().await.unwrap_err().is_closed());
    until(async || server.bound().await.unwrap().len() == 1).await;
    std::fs::remove_dir_all(folder).unwrap();
}

#[tokio::test]
async fn a_server_without_history_gives_whole_copies() {
    let nil = "00000000-0000-0000-0000-000000000000";
    let since = |id: &str| {
        format!(r#"{{"id":1,"method":"monitor_cond_since","params":["D","{id}",{{"Text":[{{}}]}},"{id}"]}}"#)
    };
    for (builder, forgetful) in [(builder(), false), (builder().without_history(), true)] {
        let server = start(builder).await;
        let mut client = Connection::new(server.connect());
        transact(&server, r#"[{"op":"insert","table":"Text","row":{"text":"a"}}]"#).await;
        let first = ask(&mut client, &since(nil)).await;
        assert!(first.contains(r#""result":[false,"#), "{first}");
        let id = first.split('"').find(|word| word.len() == 36).unwrap();
        assert_eq!(id == nil, forgetful, "{first}");
        let again = ask(&mut client, &since(id)).await;
        assert_eq!(again.contains(r#""result":[true,"#), !forgetful, "{again}");
    }
}
