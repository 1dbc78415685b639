//! Do connections work, and fail as they should?

mod certificates;
mod hostile;
mod passive;
mod plain;
mod tls;

use std::time::Duration;

use ovsdb_proto::net::{ConnectOptions, Connection, Error, connect, within};
use ovsdb_proto::session::remote::{Remote, parse_list};
use tokio::time::Instant;

use crate::scratch::Scratch;

/// Longer than anything takes on a busy machine; only a hanging test meets it.
const PATIENCE: Duration = Duration::from_secs(30);

fn soon() -> Option<Instant> {
    Some(Instant::now() + PATIENCE)
}

fn remote(text: &str, scratch: &Scratch) -> Remote {
    parse_list(text, scratch.path()).unwrap().list.remove(0)
}

async fn dial(remote: &Remote) -> Result<Connection, Error> {
    connect(remote, &ConnectOptions { deadline: soon(), ..Default::default() }).await.map(Connection::new)
}

/// Sends one message and returns the next that comes.
async fn ask(connection: &mut Connection, message: &str) -> Result<String, Error> {
    within(soon(), connection.send(message.as_bytes())).await?;
    within(soon(), hear(connection)).await
}

async fn hear(connection: &mut Connection) -> Result<String, Error> {
    Ok(String::from_utf8(connection.receive().await?.to_vec()).unwrap())
}

/// Proves that a real server is at the other end.
async fn prove(connection: &mut Connection) {
    let echo = ask(connection, r#"{"method":"echo","params":["a]\"}"],"id":"e"}"#).await.unwrap();
    assert!(echo.contains(r#""result":["a]\"}"]"#) && echo.contains(r#""id":"e""#), "{echo}");
    let list = ask(connection, r#"{"method":"list_dbs","params":[],"id":1}"#).await.unwrap();
    assert!(list.contains(r#""Things""#), "{list}");
}
