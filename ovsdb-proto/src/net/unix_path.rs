//! How is a Unix domain socket with a long name reached: a socket address has room for 107 bytes only.

use std::fs::File;
use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// What fits into `sun_path` with its final NUL.
const NAME_BYTES_MAX: usize = 107;

/// Another, short name of the same file, good for as long as this lives.
pub(crate) struct ShortPath {
    name: PathBuf,
    _directory: Option<File>,
}

impl ShortPath {
    /// `path` itself if it fits; otherwise its last part, looked up in its opened directory.
    ///
    /// # Errors
    ///
    /// The directory cannot be opened, or even the last part alone is too long.
    pub(crate) fn of(path: &Path) -> io::Result<ShortPath> {
        if path.as_os_str().len() <= NAME_BYTES_MAX {
            return Ok(ShortPath { name: path.to_owned(), _directory: None });
        }
        let (Some(parent), Some(last)) = (path.parent(), path.file_name()) else {
            return Err(io::ErrorKind::InvalidFilename.into());
        };
        let parent = if parent.as_os_str().is_empty() { Path::new(".") } else { parent };
        let directory = File::open(parent)?;
        let name = PathBuf::from(format!("/proc/self/fd/{}", directory.as_raw_fd())).join(last);
        if name.as_os_str().as_bytes().len() > NAME_BYTES_MAX {
            return Err(io::ErrorKind::InvalidFilename.into());
        }
        Ok(ShortPath { name, _directory: Some(directory) })
    }

    pub(crate) fn as_path(&self) -> &Path {
        &self.name
    }
}
