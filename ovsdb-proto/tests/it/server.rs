//! How does a test get a real ovsdb-server, with a small database of its own?

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, ChildStderr, Command, Stdio};

use crate::scratch::{Scratch, run_in};

const SCHEMA: &str = r#"{"name": "Things", "version": "1.0.0", "tables": {"Thing": {"columns": {
    "name": {"type": "string"}, "text": {"type": "string"}}, "isRoot": true}}}"#;

/// A server that runs until this is dropped, in the folder that it was given.
pub(crate) struct Server {
    process: Child,
    log: BufReader<ChildStderr>,
}

impl Server {
    /// Starts a server with these arguments, relative file names being in `scratch`.
    pub(crate) fn start(scratch: &Scratch, args: &[&str]) -> Server {
        if !scratch.join("db").exists() {
            std::fs::write(scratch.join("schema"), SCHEMA).unwrap();
            run_in(scratch.path(), "ovsdb-tool", &["create", "db", "schema"]);
        }
        Server::spawn(Path::new("ovsdb-server"), scratch, &[&["--unixctl=control", "db"], args].concat())
    }

    /// Starts this program with all of its arguments.
    pub(crate) fn spawn(program: &Path, scratch: &Scratch, args: &[&str]) -> Server {
        let mut process = Command::new(program)
            .args(["--no-chdir", "--verbose=console:info"])
            .args(args)
            .current_dir(scratch.path())
            .env("OVS_RUNDIR", scratch.path())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|e| panic!("this test needs {} (see scripts/test): {e}", program.display()));
        let log = BufReader::new(process.stderr.take().unwrap());
        Server { process, log }
    }

    /// Starts a server that listens at a TLS port, with the keys of `name` and these further arguments.
    pub(crate) fn with_tls(scratch: &Scratch, name: &str, more: &[&str]) -> Server {
        let options = crate::pki::options(name);
        let args: Vec<&str> =
            options.iter().map(String::as_str).chain(["--remote=pssl:0:127.0.0.1"]).collect();
        Server::start(scratch, &[&args, more].concat())
    }

    /// Starts a server that listens at `punix:socket`, and returns when it does.
    pub(crate) fn at_socket(scratch: &Scratch) -> Server {
        let mut server = Server::start(scratch, &["--remote=punix:socket"]);
        server.wait_for("ovsdb-server (Open vSwitch)");
        server
    }

    /// The port that the server chose for its only TCP remote.
    pub(crate) fn port(&mut self) -> u16 {
        self.wait_for("listening on port ").trim().parse().unwrap()
    }

    /// The server with its port.
    pub(crate) fn port_kept(mut self) -> (Server, u16) {
        let port = self.port();
        (self, port)
    }

    /// Ends the server at once, as a crash does.
    pub(crate) fn kill(mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    /// Stops the server as `SIGSTOP` does: its sockets go on accepting connections, and it answers
    /// nothing.
    pub(crate) fn freeze(&self) {
        self.signal("-STOP");
    }

    /// Lets a frozen server go on.
    pub(crate) fn thaw(&self) {
        self.signal("-CONT");
    }

    fn signal(&self, signal: &str) {
        let status = Command::new("kill").args([signal, &self.process.id().to_string()]).status().unwrap();
        assert!(status.success());
    }

    /// What follows `text` in the first line of the log that has it.
    pub(crate) fn wait_for(&mut self, text: &str) -> String {
        let mut seen = String::new();
        loop {
            let mut line = String::new();
            assert_ne!(
                self.log.read_line(&mut line).unwrap(),
                0,
                "the server ended before {text:?}:\n{seen}"
            );
            if let Some((_, after)) = line.split_once(text) {
                return after.to_owned();
            }
            seen += &line;
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
