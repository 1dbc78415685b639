//! How does a test get a private ovsdb-server, ready and gone again without waiting by the clock?

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use crate::release::{Database, Release};

/// A folder of its own, removed with everything in it.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new() -> Folder {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let name = format!("ovn-it-{}-{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).unwrap();
        Folder(path)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A program that lives as long as a pipe to it is open, so that it ends with the test whatever ends the test.
pub(crate) struct Daemon(Child);

impl Daemon {
    /// Starts `command` under a shell that ends it when our end of the pipe closes.
    pub(crate) fn start(program: &Path, configure: impl FnOnce(&mut Command)) -> Daemon {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", r#""$@" & pid=$!; exec 2>/dev/null; read gone; kill $pid; wait $pid"#, "sh"]);
        command.arg(program).stdin(Stdio::piped());
        configure(&mut command);
        Daemon(command.spawn().unwrap())
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        drop(self.0.stdin.take());
        let _ = self.0.wait();
    }
}

/// An ovsdb-server with an empty database of each schema given, listening where the tools look by default.
pub(crate) struct Server {
    child: Child,
    folder: Folder,
}

impl Server {
    /// Starts the server of `release` and returns when it listens.
    pub(crate) fn start(release: &Release, databases: &[(Database, PathBuf)], remotes: &[&str]) -> Server {
        Server::start_with(release, databases, remotes, &[])
    }

    /// The same with further options.
    pub(crate) fn start_with(
        release: &Release,
        databases: &[(Database, PathBuf)],
        remotes: &[&str],
        options: &[&str],
    ) -> Server {
        let folder = Folder::new();
        for (database, schema) in databases {
            let file = folder.path().join(format!("{}.db", database.name()));
            let status =
                Command::new(release.program("ovsdb-tool")).arg("create").arg(file).arg(schema).status();
            assert!(status.unwrap().success(), "cannot create a database of {}", schema.display());
        }
        let databases = databases.iter().map(|(database, _)| *database);
        Server::serve_with(release, folder, databases, remotes, options)
    }

    /// Serves the files `NAME.db` that already are in `folder`.
    pub(crate) fn serve(
        release: &Release,
        folder: Folder,
        databases: impl Iterator<Item = Database>,
        remotes: &[&str],
    ) -> Server {
        Server::serve_with(release, folder, databases, remotes, &[])
    }

    fn serve_with(
        release: &Release,
        folder: Folder,
        databases: impl Iterator<Item = Database>,
        remotes: &[&str],
        options: &[&str],
    ) -> Server {
        let path = folder.path();
        // Detaching is how the server tells that it listens; the shell ends it when our pipe to the shell closes.
        let mut command = Command::new("/bin/sh");
        command.args(["-c", r#"pidfile=$0; "$@" && echo ready; read gone; kill $(cat $pidfile)"#]);
        let pidfile = path.join("server.pid");
        command.arg(&pidfile).arg(release.program("ovsdb-server"));
        command.args(["--detach", "--no-chdir", "-vfile:off", "-vsyslog:off", "-vconsole:off"]);
        command.arg(format!("--pidfile={}", pidfile.display()));
        command.arg(format!("--unixctl={}", path.join("server.ctl").display()));
        for database in databases {
            command.arg(format!("--remote=punix:{}", path.join(database.socket()).display()));
            command.arg(path.join(format!("{}.db", database.name())));
        }
        command.args(remotes.iter().map(|remote| format!("--remote={remote}"))).args(options);
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        assert_eq!(line, "ready\n", "ovsdb-server did not start");
        Server { child, folder }
    }

    /// The folder of its sockets and files.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The unix socket where it serves `database` (and all the others).
    pub(crate) fn socket(&self, database: Database) -> PathBuf {
        self.folder().join(database.socket())
    }

    /// Stops the server as `SIGSTOP` does: its sockets go on accepting connections, and it answers
    /// nothing.
    pub(crate) fn freeze(&self) {
        self.signal("-STOP");
    }

    fn signal(&self, signal: &str) {
        let pid = std::fs::read_to_string(self.folder().join("server.pid")).unwrap_or_default();
        let _ = Command::new("kill").args([signal, pid.trim()]).status();
    }

    /// The file that keeps `database`.
    pub(crate) fn file(&self, database: Database) -> PathBuf {
        self.folder().join(format!("{}.db", database.name()))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // it may be frozen
        self.signal("-CONT");
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}

/// A port at which nobody listens.
pub(crate) fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}
