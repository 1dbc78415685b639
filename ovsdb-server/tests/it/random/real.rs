//! How is a real ovsdb-server asked in a test: over a raw unix socket, one request after the other?

use super::schema::SCHEMA;
use crate::release::Release;
use crate::scratch::Scratch;
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

/// How long anything may take; only a server that hangs takes so long.
const PATIENCE: Duration = Duration::from_secs(30);

/// The error that stands for the end of a server.
pub(super) const HUNG_UP: &str = "the server hung up";

/// A server with an empty database, and a connection to it.
pub(crate) struct Real {
    process: Child,
    stream: UnixStream,
    unread: Vec<u8>,
    // last, so that the server is gone before its files
    _scratch: Scratch,
}

impl Real {
    pub(crate) fn new(release: &Release) -> Real {
        let scratch = Scratch::new();
        let [schema, database] = ["schema", "db"].map(|name| scratch.join(name));
        std::fs::write(&schema, SCHEMA).unwrap();
        release.tool_says(&["create".as_ref(), database.as_os_str(), schema.as_os_str()]);
        let process = Command::new(release.program("ovsdb-server"))
            .args(["--remote=punix:socket", "--unixctl=control", "-vconsole:off", "--no-chdir", "db"])
            .current_dir(scratch.path())
            .env("OVS_RUNDIR", scratch.path())
            .spawn()
            .unwrap();
        let deadline = Instant::now() + PATIENCE;
        let socket = scratch.join("socket");
        let stream = loop {
            match UnixStream::connect(&socket) {
                Ok(stream) => break stream,
                Err(e) => assert!(Instant::now() < deadline, "{}: {e}", socket.display()),
            }
            std::thread::yield_now();
        };
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        Real { process, stream, unread: Vec::new(), _scratch: scratch }
    }

    /// Everything that is said until the request is answered and nothing more comes of it.
    pub(crate) fn ask(&mut self, method: &str, params: &Value) -> Vec<Value> {
        let request = json!({"id": "ask", "method": method, "params": params}).to_string();
        let mut said = self.until(&request, "ask");
        // what a monitor has to say of it comes before the answer to anything that is asked afterwards
        said.extend(self.until(r#"{"id":"more","method":"echo","params":[]}"#, "more"));
        said.pop();
        said
    }

    fn until(&mut self, request: &str, id: &str) -> Vec<Value> {
        // if it is gone, reading will tell
        let _ = self.stream.write_all(request.as_bytes());
        let mut said: Vec<Value> = Vec::new();
        while said.last().is_none_or(|last| last["id"] != id) {
            let mut messages = serde_json::Deserializer::from_slice(&self.unread).into_iter::<Value>();
            if let Some(Ok(message)) = messages.next() {
                let read = messages.byte_offset();
                self.unread.drain(..read);
                said.push(message);
                continue;
            }
            let mut buffer = [0; 65536];
            let count = match self.stream.read(&mut buffer) {
                // by a child of another test that ended
                Err(e) if e.kind() == std::io::ErrorKind::Interrupted => continue,
                read => read.unwrap(),
            };
            if count == 0 {
                // a server that ended does not say what was asked
                return vec![json!({"id": id, "error": HUNG_UP})];
            }
            self.unread.extend_from_slice(&buffer[..count]);
        }
        said
    }
}

impl Drop for Real {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
