//! A real ovsdb-server, talked to over a unix socket.

use super::conversation::{Server, shown};
use crate::release::Release;
use crate::scratch::Scratch;
use ovsdb_proto::frame::Framer;
use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

/// How long anything may take; only a server that hangs takes so long.
const PATIENCE: Duration = Duration::from_secs(30);

pub(super) struct Real {
    release: Release,
    scratch: Scratch,
    process: Child,
    clients: BTreeMap<char, Client>,
    echoes: u32,
}

struct Client {
    stream: UnixStream,
    input: Vec<u8>,
    framer: Framer,
    heard: Vec<String>,
    cut_off: bool,
}

impl Real {
    pub(super) fn new(release: &Release, schemas: &[&str]) -> Real {
        let scratch = Scratch::new();
        let mut command = Command::new(release.program("ovsdb-server"));
        command.args(["--remote=punix:socket", "--unixctl=control", "-vconsole:off", "--no-chdir"]);
        for (i, schema) in schemas.iter().enumerate() {
            let [file, database] = ["schema", "db"].map(|name| scratch.join(&format!("{name}{i}")));
            std::fs::write(&file, schema).unwrap();
            release.tool_says(&["create".as_ref(), database.as_os_str(), file.as_os_str()]);
            command.arg(database);
        }
        let process = command.current_dir(scratch.path()).env("OVS_RUNDIR", scratch.path()).spawn().unwrap();
        Real { release: release.clone(), scratch, process, clients: BTreeMap::new(), echoes: 0 }
    }

    /// Waits until everything that the clients said has had all of its effects.
    fn settle(&mut self, first: Option<char>) {
        // twice, for what befalls one client can have an effect on another
        let names: Vec<char> = first
            .into_iter()
            .chain(self.clients.keys().copied())
            .chain(self.clients.keys().copied())
            .collect();
        for name in names {
            self.echoes += 1;
            let echo = format!(r#"{{"id":"sync","method":"echo","params":[{}]}}"#, self.echoes);
            let reply = format!(r#"{{"id":"sync","result":[{}],"error":null}}"#, self.echoes);
            let client = self.clients.get_mut(&name).unwrap();
            let _ = client.stream.write_all(echo.as_bytes());
            while !client.cut_off && !client.heard.contains(&reply) {
                client.read();
            }
            client.heard.retain(|message| *message != reply);
        }
    }
}

impl Client {
    fn read(&mut self) {
        let mut buffer = [0; 65536];
        match self.stream.read(&mut buffer) {
            Ok(0) => self.cut_off = true,
            Ok(length) => self.input.extend_from_slice(&buffer[..length]),
            Err(e) if e.kind() == std::io::ErrorKind::ConnectionReset => self.cut_off = true,
            // by a child of another test that ended
            Err(e) if e.kind() == std::io::ErrorKind::Interrupted => {}
            Err(e) => panic!("the server says nothing: {e}"),
        }
        while let Some(place) = self.framer.find(&self.input).unwrap() {
            self.heard.push(shown(&self.input[place.clone()]));
            self.input.drain(..place.end);
        }
    }
}

impl Server for Real {
    fn connect(&mut self, client: char) {
        let socket = self.scratch.join("socket");
        let deadline = Instant::now() + PATIENCE;
        let stream = loop {
            match UnixStream::connect(&socket) {
                Ok(stream) => break stream,
                Err(e) => assert!(Instant::now() < deadline, "{}: {e}", socket.display()),
            }
            std::thread::yield_now();
        };
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let framer = Framer::new(1 << 24);
        let made = Client { stream, input: Vec::new(), framer, heard: Vec::new(), cut_off: false };
        self.clients.insert(client, made);
    }

    fn say(&mut self, client: char, message: &[u8]) {
        self.clients.get_mut(&client).unwrap().stream.write_all(message).unwrap();
        self.settle(Some(client));
    }

    fn gone(&mut self, client: char) {
        self.clients.remove(&client);
    }

    fn hears(&mut self, client: char) {
        let client = self.clients.get_mut(&client).unwrap();
        while client.heard.is_empty() {
            client.read();
        }
        self.settle(None);
    }

    fn remove(&mut self, database: &str) {
        let control = self.scratch.join("control");
        let mut command = Command::new(self.release.program("ovs-appctl"));
        command.arg("-t").arg(control).args(["ovsdb-server/remove-db", database]);
        assert!(command.status().unwrap().success());
        self.settle(None);
    }

    fn heard(&mut self) -> BTreeMap<char, (Vec<String>, bool)> {
        let mut heard = BTreeMap::new();
        for (name, client) in &mut self.clients {
            heard.insert(*name, (std::mem::take(&mut client.heard), client.cut_off));
        }
        self.clients.retain(|_, client| !client.cut_off);
        heard
    }
}

impl Drop for Real {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
