//! The file operations that the storage is made of, so that tests can put a simulated disk under
//! it.

use std::fmt;
use std::fs::{self, File};
use std::io::{self, Read};
use std::os::unix::fs::{FileExt, MetadataExt, OpenOptionsExt, PermissionsExt, fchown};
use std::path::Path;

/// How much of a file is read at once.
pub(super) const READ_BYTES: usize = 128 << 10;

/// How a file is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Access {
    Read,
    Write,
    /// Creates the file; one that exists is an error.
    Create,
}

/// Who may use a file: mode, user and group.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Owner {
    pub(super) mode: u32,
    pub(super) uid: u32,
    pub(super) gid: u32,
}

/// Operations on names.
pub(super) trait Disk: fmt::Debug + Send + Sync {
    fn open(&self, path: &Path, access: Access) -> io::Result<Box<dyn DiskFile>>;

    /// Replaces `to`.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;

    fn remove(&self, path: &Path) -> io::Result<()>;

    /// Makes the names in the folder of `path` survive a loss of power.
    fn sync_folder(&self, path: &Path) -> io::Result<()>;
}

/// Operations on an open file.
pub(super) trait DiskFile: fmt::Debug + Send {
    fn size(&self) -> io::Result<u64>;

    /// Reads some bytes, none only at the end of the file.
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize>;

    /// Writes all of `bytes`. After an error, some of them may have been written.
    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<()>;

    fn truncate(&self, size: u64) -> io::Result<()>;

    /// Makes the contents and the size survive a loss of power.
    fn sync(&self) -> io::Result<()>;

    /// The same, and who may use it.
    fn sync_all(&self) -> io::Result<()>;

    fn owner(&self) -> io::Result<Owner>;

    fn set_owner(&self, owner: Owner) -> io::Result<()>;
}

/// The disk of the operating system.
#[derive(Debug)]
pub(super) struct System;

impl Disk for System {
    fn open(&self, path: &Path, access: Access) -> io::Result<Box<dyn DiskFile>> {
        let mut options = fs::OpenOptions::new();
        options.read(true).write(access != Access::Read);
        if access == Access::Create {
            options.create_new(true).mode(0o660);
        }
        Ok(Box::new(options.open(path)?))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        fs::remove_file(path)
    }

    fn sync_folder(&self, path: &Path) -> io::Result<()> {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
    }
}

impl DiskFile for File {
    fn size(&self) -> io::Result<u64> {
        Ok(self.metadata()?.len())
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        FileExt::read_at(self, buffer, offset)
    }

    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        self.write_all_at(bytes, offset)
    }

    fn truncate(&self, size: u64) -> io::Result<()> {
        self.set_len(size)
    }

    fn sync(&self) -> io::Result<()> {
        self.sync_data()
    }

    fn sync_all(&self) -> io::Result<()> {
        File::sync_all(self)
    }

    fn owner(&self) -> io::Result<Owner> {
        let metadata = self.metadata()?;
        Ok(Owner { mode: metadata.mode() & 0o7777, uid: metadata.uid(), gid: metadata.gid() })
    }

    fn set_owner(&self, owner: Owner) -> io::Result<()> {
        self.set_permissions(fs::Permissions::from_mode(owner.mode))?;
        // only root may give files away; everybody else's file stays theirs
        let _ = fchown(self, Some(owner.uid), Some(owner.gid));
        Ok(())
    }
}

/// Reads a file from an offset on.
#[derive(Debug)]
pub(super) struct Input<'a> {
    pub(super) file: &'a dyn DiskFile,
    pub(super) offset: u64,
}

impl Read for Input<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read_at(buffer, self.offset)?;
        self.offset += read as u64;
        Ok(read)
    }
}

/// Removes a file if it is there.
pub(super) fn remove_if_there(disk: &dyn Disk, path: &Path) -> io::Result<()> {
    match disk.remove(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        done => done,
    }
}
