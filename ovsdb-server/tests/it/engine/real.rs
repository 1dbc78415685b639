//! How does a test ask a real ovsdb-server: one connection, one request after the other.

use crate::release::Release;
use crate::scratch::Scratch;
use serde_json::Value;
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::net::UnixStream;
use std::process::{Child, Command, Stdio};

/// A server with an empty database, and a connection to it.
pub(crate) struct Real {
    process: Child,
    stream: UnixStream,
    unread: Vec<u8>,
    // last, so that the server is gone before its files
    _scratch: Scratch,
}

impl Real {
    pub(crate) fn start(schema: &str) -> Real {
        let scratch = Scratch::new();
        std::fs::write(scratch.join("schema"), schema).unwrap();
        let [_, newest] = Release::both();
        let run = |name: &str| {
            let mut command = Command::new(newest.program(name));
            command.current_dir(scratch.path()).env("OVS_RUNDIR", scratch.path());
            command
        };
        let created = run("ovsdb-tool").args(["create", "db", "schema"]).status().unwrap();
        assert!(created.success());
        let mut process = run("ovsdb-server")
            .args([
                "--no-chdir",
                "--verbose=console:info",
                "--unixctl=control",
                "--remote=punix:socket",
                "db",
            ])
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut log = BufReader::new(process.stderr.take().unwrap());
        let mut line = String::new();
        while !line.contains("ovsdb-server (Open vSwitch)") {
            line.clear();
            assert_ne!(log.read_line(&mut line).unwrap(), 0, "the server ended");
        }
        let stream = UnixStream::connect(scratch.join("socket")).unwrap();
        Real { process, stream, unread: Vec::new(), _scratch: scratch }
    }

    /// The results of a transaction.
    pub(crate) fn transact(&mut self, operations: &str) -> Value {
        let operations = operations.trim_start().strip_prefix('[').unwrap();
        let comma = if operations.trim_start().starts_with(']') { "" } else { "," };
        let request = format!("{{\"method\":\"transact\",\"id\":0,\"params\":[\"D\"{comma}{operations}}}");
        self.stream.write_all(request.as_bytes()).unwrap();
        loop {
            let mut replies = serde_json::Deserializer::from_slice(&self.unread).into_iter::<Value>();
            if let Some(Ok(mut reply)) = replies.next() {
                let read = replies.byte_offset();
                self.unread.drain(..read);
                assert_eq!(reply["error"], Value::Null, "{request}");
                return reply["result"].take();
            }
            let mut buffer = [0; 65536];
            let count = self.stream.read(&mut buffer).unwrap();
            assert_ne!(count, 0, "the server hung up at {request}");
            self.unread.extend_from_slice(&buffer[..count]);
        }
    }
}

impl Drop for Real {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
