//! How is a database server started for a measurement, and stopped after it?

use std::io;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// An `ovsdb-server` of its own, over a copy of a database file; ends when dropped.
#[derive(Debug)]
pub struct Server {
    child: Child,
    folder: PathBuf,
}

impl Server {
    /// Starts `program` over a copy of `database` in `folder`, and waits until it answers.
    ///
    /// # Errors
    /// It does not start, or not within two minutes.
    pub fn start(program: &Path, database: &Path, folder: &Path) -> io::Result<Server> {
        std::fs::create_dir_all(folder)?;
        let file = folder.join("db");
        std::fs::copy(database, &file)?;
        let socket = folder.join("sock");
        let _ = std::fs::remove_file(&socket);
        let child = Command::new(program)
            .arg(&file)
            .arg("--no-chdir")
            .arg(format!("--unixctl={}", folder.join("ctl").display()))
            .arg(format!("--remote=punix:{}", socket.display()))
            .args(["-vconsole:off", "-vsyslog:off", "-vfile:off"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()?;
        let mut server = Server { child, folder: folder.to_owned() };
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
