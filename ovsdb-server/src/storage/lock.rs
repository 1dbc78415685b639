//! How two servers are kept from writing one file: a lock on a file beside it, the same that the C server takes.

use rustix::fs::{FlockOperation, fcntl_lock};
use rustix::process::{Flock, FlockType, fcntl_getlk};
use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The lock files that this process holds, by device and inode. Such a lock belongs to the process, not to who took it: taking it again succeeds, and closing
/// any other descriptor of the file gives it up. So the file must not even be opened twice.
static HELD: Mutex<Vec<(u64, u64)>> = Mutex::new(Vec::new());

/// A lock, held until dropped. The file itself stays, as it does with the C server: whoever removed it could remove another's.
#[derive(Debug)]
pub(super) struct Lock {
    file: File,
    key: (u64, u64),
}

/// Why there is no lock.
#[derive(Debug)]
pub(super) enum LockError {
    /// Somebody has it: the process, 0 if unknown.
    Held(u32),
    /// The file cannot be opened or locked.
    Io(io::Error),
}

/// The lock file that goes with a file: `.NAME.~lock~` in the same folder.
pub(super) fn lock_path(file: &Path) -> PathBuf {
    let mut name = std::ffi::OsString::from(".");
    name.push(file.file_name().unwrap_or_default());
    name.push(".~lock~");
    file.with_file_name(name)
}

/// Takes the lock that goes with `file`, which is not a symbolic link, without waiting for it.
pub(super) fn lock(file: &Path) -> Result<Lock, LockError> {
    let path = lock_path(file);
    // held until the end: two threads that open one file must not both find it free
    let mut held = held();
    if let Ok(there) = path.metadata()
        && held.contains(&key(&there))
    {
        return Err(LockError::Held(std::process::id()));
    }
    let file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(&path)
        .map_err(LockError::Io)?;
    let key = key(&file.metadata().map_err(LockError::Io)?);
    match fcntl_lock(&file, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => {
            held.push(key);
            Ok(Lock { file, key })
        }
        Err(rustix::io::Errno::AGAIN | rustix::io::Errno::ACCESS) => Err(LockError::Held(holder(&file))),
        Err(error) => Err(LockError::Io(error.into())),
    }
}

fn holder(file: &File) -> u32 {
    let pid = fcntl_getlk(file, &Flock::from(FlockType::WriteLock)).ok().flatten().and_then(|lock| lock.pid);
    pid.and_then(|pid| u32::try_from(pid.as_raw_nonzero().get()).ok()).unwrap_or(0)
}

fn key(metadata: &std::fs::Metadata) -> (u64, u64) {
    (metadata.dev(), metadata.ino())
}

fn held() -> MutexGuard<'static, Vec<(u64, u64)>> {
    HELD.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Drop for Lock {
    fn drop(&mut self) {
        // given up while the list is held: the descriptor closes only after this, so it is unlocked here
        let mut held = held();
        let _ = fcntl_lock(&self.file, FlockOperation::Unlock);
        held.retain(|key| *key != self.key);
    }
}
