//! How is a database server started for a measurement, and stopped after it?

use crate::keys::Keys;
use ovsdb_proto::session::remote::Remote;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// An `ovsdb-server` of its own, over a copy of a database file; ends when dropped.
#[derive(Debug)]
pub struct Server {
    child: Child,
    folder: PathBuf,
    tls: Option<(u16, Keys)>,
}

impl Server {
    /// Starts `program` over a copy of `database` in `folder`, and waits until it answers. With
    /// `keys` it listens for TLS, too.
    ///
    /// # Errors
    /// It does not start, or not within two minutes.
    pub fn start(program: &Path, database: &Path, folder: &Path, keys: Option<&Keys>) -> io::Result<Server> {
        std::fs::create_dir_all(folder)?;
        let file = folder.join("db");
        std::fs::copy(database, &file)?;
        let socket = folder.join("sock");
        let _ = std::fs::remove_file(&socket);
        let mut command = Command::new(program);
        command
            .arg(&file)
            .arg("--no-chdir")
            .arg(format!("--unixctl={}", folder.join("ctl").display()))
            .arg(format!("--remote=punix:{}", socket.display()))
            .args(["-vconsole:off", "-vsyslog:off", "-vfile:off"])
            .stdin(Stdio::null())
            .stdout(Stdio::null());
        let mut tls = None;
        if let Some(keys) = keys {
            // free now, and hardly taken by another program before it is used
            let port = std::net::TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port();
            command
                .arg(format!("--remote=pssl:{port}:127.0.0.1"))
                .arg(format!("--private-key={}", keys.private_key.display()))
                .arg(format!("--certificate={}", keys.certificate.display()))
                .arg(format!("--ca-cert={}", keys.ca_cert.display()));
            tls = Some((port, keys.clone()));
        }
        let child = command.spawn()?;
        let mut server = Server { child, folder: folder.to_owned(), tls };
        let deadline = Instant::now() + Duration::from_secs(120);
        while std::os::unix::net::UnixStream::connect(server.socket()).is_err() {
            if server.child.try_wait()?.is_some() || Instant::now() > deadline {
                return Err(io::Error::other(format!("{} does not start", program.display())));
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(server)
    }

    /// The memory that it has resident now, in bytes.
    ///
    /// # Errors
    /// The kernel does not tell.
    pub fn memory(&self) -> io::Result<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let kib = status
            .lines()
            .find_map(|line| line.strip_prefix("VmRSS:")?.split_whitespace().next()?.parse::<u64>().ok());
        kib.map(|n| n * 1024).ok_or_else(|| io::Error::other("no VmRSS"))
    }

    /// The processor time that it has used, in all threads.
    ///
    /// # Errors
    /// The kernel does not tell.
    pub fn processor_time(&self) -> io::Result<Duration> {
        let mut nanoseconds = 0;
        for thread in std::fs::read_dir(format!("/proc/{}/task", self.child.id()))? {
            let text = std::fs::read_to_string(thread?.path().join("schedstat"))?;
            let used = text.split(' ').next().and_then(|used| used.parse::<u64>().ok());
            nanoseconds += used.ok_or_else(|| io::Error::other("no schedstat"))?;
        }
        Ok(Duration::from_nanos(nanoseconds))
    }

    /// Where it listens for TLS, and the keys that it uses and clients may use.
    pub fn tls(&self) -> Option<(Remote, &Keys)> {
        let (port, keys) = self.tls.as_ref()?;
        Some((Remote::Ssl { host: "127.0.0.1".to_owned(), port: *port }, keys))
    }

    /// Its socket.
    pub fn socket(&self) -> PathBuf {
        self.folder.join("sock")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}
