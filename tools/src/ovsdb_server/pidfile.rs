//! The file that holds the id of the running server.

use crate::ctl::exit::reason;
use rustix::fs::{FlockOperation, fcntl_lock};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

/// A file with the id of this process, locked while it runs and removed at the end. The lock tells
/// other processes that the id is still that of the server.
#[derive(Debug)]
pub(super) struct PidFile {
    path: PathBuf,
    file: File,
}

impl PidFile {
    /// Writes the file, with the mode that the umask leaves of 0666, as the C daemons do.
    ///
    /// # Errors
    /// With a text: another process has it and is not to be `overwritten`, or it cannot be written.
    pub(super) fn create(path: &Path, overwrite: bool) -> Result<PidFile, String> {
        let lock = |file: &File| fcntl_lock(file, FlockOperation::NonBlockingLockExclusive);
        if let Ok(mut old) = OpenOptions::new().read(true).write(true).open(path)
            && !overwrite
            && lock(&old).is_err()
        {
            let mut pid = String::new();
            let _ = old.read_to_string(&mut pid);
            return Err(format!("{}: already running as pid {}, aborting", path.display(), pid.trim()));
        }
        let mut name = path.as_os_str().to_owned();
        name.push(format!(".tmp{}", std::process::id()));
        let temporary = PathBuf::from(name);
        let fail =
            |what: &str, e: io::Error| format!("{}: {what} failed ({})", temporary.display(), reason(&e));
        // what is there by this name cannot be another's: the number is ours
        let _ = fs::remove_file(&temporary);
        let file = OpenOptions::new().read(true).write(true).create_new(true).mode(0o666).open(&temporary);
        let mut file = file.map_err(|e| fail("create", e))?;
        let written =
            lock(&file).map_err(io::Error::from).and_then(|()| writeln!(file, "{}", std::process::id()));
        let renamed = written.and_then(|()| fs::rename(&temporary, path));
        if let Err(e) = renamed {
            let _ = fs::remove_file(&temporary);
            return Err(fail("write", e));
        }
        Ok(PidFile { path: path.to_owned(), file })
    }
}

impl Drop for PidFile {
    fn drop(&mut self) {
        let same = |a: fs::Metadata, b: fs::Metadata| a.dev() == b.dev() && a.ino() == b.ino();
        let ours = match (self.file.metadata(), fs::metadata(&self.path)) {
            (Ok(ours), Ok(found)) => same(ours, found),
            _ => false,
        };
        if ours {
            let _ = fs::remove_file(&self.path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_with_the_process_id() {
        let path = std::env::temp_dir().join(format!("daemon-{}.pid", std::process::id()));
        let file = PidFile::create(&path, false).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), format!("{}\n", std::process::id()));
        // a umask of 022 or 077; group and others are treated alike
        let mode = fs::metadata(&path).unwrap().mode() & 0o777;
        assert!([0o644, 0o600, 0o666].contains(&mode), "{mode:o}");
        // another took the place: its file is not ours to remove
        fs::remove_file(&path).unwrap();
        fs::write(&path, "1\n").unwrap();
        drop(file);
        assert!(path.exists());
        drop(PidFile::create(&path, false).unwrap());
        assert!(!path.exists());
        let error = PidFile::create(Path::new("/nonexistent/p"), false).unwrap_err();
        assert!(error.ends_with("create failed (No such file or directory)"), "{error}");
    }
}
