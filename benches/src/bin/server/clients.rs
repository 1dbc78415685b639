//! What many clients cost a server: TLS handshakes, and the memory of each client.

use crate::loads::Figure;
use ovn_benches::northbound::Northbound;
use ovn_benches::server::Server;
use ovsdb_proto::net::{CaCert, ConnectOptions, Connection, TlsConfig, TlsContext, connect};
use ovsdb_proto::session::remote::Remote;
use std::error::Error;
use std::sync::Arc;

/// How many connections are made at the same time.
const AT_ONCE: u32 = 20;

/// How many handshakes are made.
const HANDSHAKES: u32 = 100;

/// How many clients there are when the memory is looked at.
const CLIENTS: u32 = 200;

const PROBE: &[u8] = br#""method":"echo""#;
const PROBE_REPLY: &[u8] = br#"{"id":"echo","result":[],"error":null}"#;
const ECHO: &[u8] = br#"{"id":1,"method":"echo","params":[]}"#;

/// How many handshakes the server completes in a second of processor time, each followed by an
/// echo.
///
/// The client, on the same machine, takes as much time as the server, so that the time by the clock
/// would say little.
pub(crate) fn handshakes(server: &Server, _: Northbound) -> Figure {
    run(async || {
        let (remote, options) = over_tls(server)?;
        greet(&remote, &options).await?;
        let before = server.processor_time()?;
        greet_many(HANDSHAKES, &remote, &options).await?;
        let took = server.processor_time()?.saturating_sub(before);
        Ok(f64::from(HANDSHAKES) / took.as_secs_f64())
    })
}

pub(crate) fn memory_over_tls(server: &Server, _: Northbound) -> Figure {
    let (remote, options) = over_tls(server)?;
    memory_for_each(server, &remote, &options)
}

pub(crate) fn memory_over_unix(server: &Server, _: Northbound) -> Figure {
    memory_for_each(server, &Remote::Unix(server.socket()), &ConnectOptions::default())
}

/// How many kilobytes the memory of the server grows by for each client that has connected, asked
/// for an echo, and stays.
fn memory_for_each(server: &Server, remote: &Remote, options: &ConnectOptions) -> Figure {
    run(async || {
        // what is made once
        let _first = greet(remote, options).await?;
        let before = server.memory()?;
        for client in greet_many(CLIENTS, remote, options).await? {
            tokio::spawn(stay(client));
        }
        let grown = server.memory()?.saturating_sub(before);
        Ok(grown as f64 / 1e3 / f64::from(CLIENTS))
    })
}

/// Answers the probes of the server, which would close the connection otherwise, until it is
/// closed.
async fn stay(mut client: Connection) {
    while let Ok(message) = client.receive().await {
        let is_probe = message.windows(PROBE.len()).any(|window| window == PROBE);
        if is_probe && client.send(PROBE_REPLY).await.is_err() {
            break;
        }
    }
}

fn run(work: impl AsyncFnOnce() -> Figure) -> Figure {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(work())
}

/// Connects clients, some at the same time: on a busy machine most of the time would be spent
/// waiting.
async fn greet_many(
    count: u32,
    remote: &Remote,
    options: &ConnectOptions,
) -> Result<Vec<Connection>, Box<dyn Error>> {
    let mut clients = Vec::new();
    for _ in 0..count / AT_ONCE {
        let each = (0..AT_ONCE).map(|_| {
            let (remote, options) = (remote.clone(), options.clone());
            tokio::spawn(async move { greet(&remote, &options).await })
        });
        for client in each.collect::<Vec<_>>() {
            clients.push(client.await??);
        }
    }
    Ok(clients)
}

async fn greet(remote: &Remote, options: &ConnectOptions) -> Result<Connection, ovsdb_proto::net::Error> {
    let mut client = Connection::new(connect(remote, options).await?);
    client.send(ECHO).await?;
    client.receive().await?;
    Ok(client)
}

fn over_tls(server: &Server) -> Result<(Remote, ConnectOptions), Box<dyn Error>> {
    let (remote, keys) = server.tls().ok_or("the server does not listen for TLS")?;
    let config = TlsConfig {
        private_key: Some(keys.private_key.clone()),
        certificate: Some(keys.certificate.clone()),
        ca_cert: Some(CaCert::File(keys.ca_cert.clone())),
        ..TlsConfig::default()
    };
    let options = ConnectOptions { tls: Some(Arc::new(TlsContext::new(config))), deadline: None };
    Ok((remote, options))
}
