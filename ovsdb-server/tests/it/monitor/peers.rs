//! How are a real server and ours asked the same: calls by several clients, each answered and everything heard.

use crate::release::Release;
use crate::scratch::Scratch;
use ovsdb_proto::frame::Framer;
use ovsdb_proto::schema::DatabaseSchema;
use ovsdb_server::engine::Database;
use ovsdb_server::service::{ClientId, ClientOptions, Service};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::{ErrorKind, Read, Write};
use std::os::unix::net::UnixStream;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

pub(super) const SCHEMA: &str = include_str!("schema.json");

/// How long anything may take; only a server that hangs takes so long.
const PATIENCE: Duration = Duration::from_secs(30);

/// What a call came to.
#[derive(Debug)]
pub(super) struct Heard {
    /// `result`, or `error` if it is not null.
    pub(super) reply: Value,
    /// Which client was told what, by any client's doing.
    pub(super) told: Vec<(u32, Value)>,
}

pub(super) trait Peer {
    /// Sends a request, connecting the client if it is not; all messages until that has had all of its effects.
    fn exchange(&mut self, client: u32, request: &Value) -> Vec<(u32, Value)>;
    /// The client hangs up.
    fn close(&mut self, client: u32);

    fn call(&mut self, client: u32, method: &str, params: &Value) -> Heard {
        let request = json!({"id": "call", "method": method, "params": params});
        let mut told = self.exchange(client, &request);
        let at = told.iter().position(|(_, message)| message["id"] == "call").expect("a reply");
        // what this client was told comes before the reply, by whatever it was caused
        assert!(!told[at..].iter().skip(1).any(|(other, _)| *other == client), "{told:?}");
        let (_, reply) = told.remove(at);
        let part = if reply["error"].is_null() { "result" } else { "error" };
        Heard { reply: reply[part].clone(), told }
    }
}

/// A real server that is a cluster of one, because only clusters keep a history.
pub(super) struct Real {
    process: Child,
    clients: BTreeMap<u32, Client>,
    // last, so that the server is gone before its files
    scratch: Scratch,
}

struct Client {
    stream: UnixStream,
    input: Vec<u8>,
    framer: Framer,
}

impl Real {
    pub(super) fn start(release: &Release) -> Real {
        let scratch = Scratch::new();
        let [schema, database] = ["schema", "db"].map(|name| scratch.join(name));
        std::fs::write(&schema, SCHEMA).unwrap();
        let remote = format!("unix:{}", scratch.join("raft").display());
        let args = ["create-cluster".as_ref(), database.as_os_str(), schema.as_os_str(), remote.as_ref()];
        assert!(release.tool(&args).status.success());
        let process = Command::new(release.program("ovsdb-server"))
            .args(["--remote=punix:socket", "--unixctl=control", "-vconsole:off", "--no-chdir", "db"])
            .current_dir(scratch.path())
            .env("OVS_RUNDIR", scratch.path())
            .spawn()
            .unwrap();
        let mut real = Real { process, clients: BTreeMap::new(), scratch };
        let deadline = Instant::now() + PATIENCE;
        let select = json!(["_Server", {"op": "select", "table": "Database", "where": [["name", "==", "D"]],
            "columns": ["leader"]}]);
        while real.call(0, "transact", &select).reply[0]["rows"][0]["leader"] != true {
            assert!(Instant::now() < deadline, "no leader");
        }
        real
    }

    fn client(&mut self, client: u32) -> &mut Client {
        let socket = self.scratch.join("socket");
        self.clients.entry(client).or_insert_with(|| {
            let deadline = Instant::now() + PATIENCE;
            let stream = loop {
                match UnixStream::connect(&socket) {
                    Ok(stream) => break stream,
                    Err(e) => assert!(Instant::now() < deadline, "{}: {e}", socket.display()),
                }
                std::thread::yield_now();
            };
            stream.set_read_timeout(Some(PATIENCE)).unwrap();
            Client { stream, input: Vec::new(), framer: Framer::new(1 << 26) }
        })
    }
}

impl Client {
    fn message(&mut self) -> Value {
        loop {
            if let Some(place) = self.framer.find(&self.input).unwrap() {
                let value = serde_json::from_slice(&self.input[place.clone()]).unwrap();
                self.input.drain(..place.end);
                return value;
            }
            let mut buffer = [0; 65536];
            let length = match self.stream.read(&mut buffer) {
                // by a child of another test that ended
                Err(e) if e.kind() == ErrorKind::Interrupted => continue,
                length => length.unwrap(),
            };
            assert!(length > 0, "the server hung up");
            self.input.extend_from_slice(&buffer[..length]);
        }
    }
}

impl Peer for Real {
    fn exchange(&mut self, client: u32, request: &Value) -> Vec<(u32, Value)> {
        let mut heard = Vec::new();
        let asker = self.client(client);
        asker.stream.write_all(request.to_string().as_bytes()).unwrap();
        while !heard.last().is_some_and(|(_, message): &(u32, Value)| message["id"] == "call") {
            heard.push((client, asker.message()));
        }
        // whatever a client is told by then comes before the reply to its echo
        for (client, talk) in &mut self.clients {
            talk.stream.write_all(br#"{"id":"echo","method":"echo","params":[]}"#).unwrap();
            loop {
                let message = talk.message();
                if message["id"] == "echo" {
                    break;
                }
                heard.push((*client, message));
            }
        }
        heard
    }

    fn close(&mut self, client: u32) {
        self.clients.remove(&client);
    }
}

impl Drop for Real {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The service, talked to directly.
pub(super) struct Ours {
    service: Service,
    clients: BTreeMap<u32, ClientId>,
}

impl Ours {
    pub(super) fn new() -> Ours {
        let schema = DatabaseSchema::parse(SCHEMA).unwrap();
        let mut service = Service::new(1);
        service.add_database(Database::new(schema.into()), None).unwrap();
        Ours { service, clients: BTreeMap::new() }
    }
}

impl Peer for Ours {
    fn exchange(&mut self, client: u32, request: &Value) -> Vec<(u32, Value)> {
        let service = &mut self.service;
        let id = self.clients.entry(client).or_insert_with(|| service.connect(0, ClientOptions::default()));
        service.receive(0, *id, request.to_string().as_bytes());
        let mut heard = Vec::new();
        for (client, id) in &self.clients {
            let output = std::mem::take(self.service.output(*id).unwrap());
            let messages = serde_json::Deserializer::from_slice(&output).into_iter();
            heard.extend(messages.map(|message| (*client, message.unwrap())));
        }
        heard
    }

    fn close(&mut self, client: u32) {
        if let Some(id) = self.clients.remove(&client) {
            self.service.disconnect(id);
        }
    }
}
