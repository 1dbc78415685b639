//! How commits get into a database file and stay there.

use super::aside;
use super::disk::{Access, Disk, DiskFile, remove_if_there};
use super::error::Kept;
use super::journal::{Journal, JournalError};
use super::lock::Lock;
use super::log;
use super::open::OpenOptions;
use super::record::{self, Stamp};
use crate::engine::{Commit, Database};
use ovsdb_proto::schema::DatabaseSchema;
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

/// A file that is smaller than this is never compacted of itself; ovsdb-server(1), `ovsdb-server/compact`, has the rules.
const COMPACT_BYTES_MIN: u64 = 10 << 20;

/// Nor is one that has fewer transactions.
const COMPACT_RECORDS_MIN: u64 = 100;

/// How long it is left alone after it was opened or compacted, and after how long it is compacted though it has not grown.
pub(super) const COMPACT_AFTER: Range<Duration> =
    Duration::from_secs(10 * 60)..Duration::from_secs(24 * 60 * 60);

/// How long it is left alone after compacting it failed.
const COMPACT_RETRY: Duration = Duration::from_secs(60);

/// How large a buffer is kept for the next transaction. A few large ones may come, but all that is kept is paid for all the time.
const BUFFER_BYTES_KEPT: usize = 256 << 10;

/// A standalone database file that commits are appended to. No other process can write it meanwhile.
#[derive(Debug)]
pub struct FileJournal {
    pub(super) path: PathBuf,
    /// The file itself, where `path` may be a symbolic link to it.
    pub(super) real: PathBuf,
    pub(super) disk: Arc<dyn Disk>,
    pub(super) file: Box<dyn DiskFile>,
    pub(super) _lock: Option<Lock>,
    pub(super) options: OpenOptions,
    /// Where the last good record ends, and the next goes.
    pub(super) size: u64,
    /// How large it was when it held one transaction, 0 as long as it holds none.
    pub(super) base: u64,
    /// How many transactions it holds beside that.
    pub(super) records: u64,
    pub(super) compact_min: SystemTime,
    pub(super) compact_max: SystemTime,
    pub(super) buffer: Vec<u8>,
    /// Where the file ends, if what is behind `size` was damaged before the file was opened: it is
    /// to be kept beside the file before anything takes its place.
    pub(super) tail: Option<u64>,
    /// There may be something of ours behind `size`.
    pub(super) torn: bool,
    /// A sync has failed. The system does not try again to write what it could not write then, so
    /// that a later sync which succeeds says nothing: only a file that is written anew is safe.
    pub(super) doubtful: bool,
    /// Why the last commit could not be written, and the last compaction.
    pub(super) commit_failed: Option<String>,
    pub(super) compact_failed: Option<String>,
    /// The folder does not surely know yet that the file was replaced.
    pub(super) moved: bool,
    /// It holds rows that nobody refers to, or weak references to rows that are not there, which the database does not have. What changes is written as
    /// what differs, so it must be written anew before anything else is.
    pub(super) mended: bool,
}

impl FileJournal {
    /// The file as it was named when it was opened.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// How many bytes it has.
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// Writes `database` in place of the file, with a comment of its own. [`Journal::compact`] and [`Journal::convert`] do the same with those of ovsdb-server.
    ///
    /// # Errors
    /// It could not be written; the file is as it was.
    pub fn replace(&mut self, database: &Database, comment: &str) -> Result<(), JournalError> {
        let replaced = self.try_replace(database, comment);
        self.compact_failed = replaced.as_ref().err().map(JournalError::line);
        if replaced.is_ok() {
            self.commit_failed = None;
        }
        replaced
    }

    fn try_replace(&mut self, database: &Database, comment: &str) -> Result<(), JournalError> {
        self.refuse_read_only()?;
        self.schedule_compaction(COMPACT_RETRY);
        // the damaged end of the file would be gone with the file
        self.keep_tail().map_err(|source| self.tail_failed(source))?;
        let stamp =
            Stamp { date_ms: self.now_ms(), comment: Some(comment), differences: self.options.differences };
        let written = self.write_anew(database, &stamp);
        self.shrink();
        let (file, size) =
            written.map_err(|source| JournalError::Replace { path: self.path.clone(), source })?;
        // from here on it is done: what can still fail is only that the folder remembers it after a loss of power
        (self.file, self.size, self.base, self.records, self.torn) = (file, size, size, 0, false);
        (self.tail, self.doubtful, self.mended) = (None, false, false);
        self.moved = self.disk.sync_folder(&self.real).is_err();
        self.schedule_compaction(COMPACT_AFTER.start);
        self.compact_max = (self.options.clock)() + COMPACT_AFTER.end;
        Ok(())
    }

    /// Writes a whole database beside the file, syncs it, and puts it in its place. The file itself
    /// need not be there any more.
    fn write_anew(&mut self, database: &Database, stamp: &Stamp<'_>) -> io::Result<(Box<dyn DiskFile>, u64)> {
        let (disk, buffer) = (&*self.disk, &mut self.buffer);
        let owner = self.file.owner()?;
        let temporary = temporary(&self.real);
        // left over from a compaction that was interrupted: the lock says that it is nobody's
        remove_if_there(disk, &temporary)?;
        let file = disk.open(&temporary, Access::Create)?;
        let written = (|| {
            // users who could read it still can
            file.set_owner(owner)?;
            let mut size = write_schema(&*file, buffer, database.schema())?;
            let all = log::frame(buffer, |out| {
                record::write_all(out, database.schema(), |table| database.rows(table), stamp);
            });
            file.write_at(all, size)?;
            size += all.len() as u64;
            file.sync_all()?;
            disk.rename(&temporary, &self.real)?;
            Ok(size)
        })();
        match written {
            Ok(size) => Ok((file, size)),
            Err(error) => {
                let _ = disk.remove(&temporary);
                Err(error)
            }
        }
    }

    pub(super) fn schedule_compaction(&mut self, after: Duration) {
        self.compact_min = (self.options.clock)() + after;
    }

    fn now_ms(&self) -> i64 {
        milliseconds((self.options.clock)())
    }

    fn shrink(&mut self) {
        self.buffer.clear();
        self.buffer.shrink_to(BUFFER_BYTES_KEPT);
    }

    /// Cuts off the damaged end with which the file was opened, and tells what became of it. If it
    /// stays, the next commit tries again.
    pub(super) fn cut_tail(&mut self) -> Kept {
        if self.options.read_only {
            return Kept::InPlace(None);
        }
        let cut = self.keep_tail().and_then(|path| {
            self.truncate()?;
            Ok(path)
        });
        match cut {
            Ok(path) => path.map_or(Kept::InPlace(None), Kept::Beside),
            Err(error) => Kept::InPlace(Some(error)),
        }
    }

    /// Copies a damaged end to a file of its own. From then on it may be cut off.
    fn keep_tail(&mut self) -> io::Result<Option<PathBuf>> {
        let Some(end) = self.tail else { return Ok(None) };
        let path = aside::keep(&*self.disk, &self.real, &*self.file, (self.size, end))?;
        self.tail = None;
        self.torn = true;
        Ok(Some(path))
    }

    /// Ends the file where the last good record ends. That must be on disk before something else is
    /// written there: if the power fails, parts of either could be found.
    fn truncate(&mut self) -> io::Result<()> {
        self.file.truncate(self.size)?;
        self.sync_file()?;
        self.torn = false;
        Ok(())
    }

    /// Cuts off whatever is behind the last good record.
    fn mend(&mut self) -> Result<(), JournalError> {
        self.keep_tail().map_err(|source| self.tail_failed(source))?;
        if self.torn {
            let (path, offset) = (self.path.clone(), self.size);
            self.truncate().map_err(|source| JournalError::Broken { path, offset, source })?;
        }
        Ok(())
    }

    fn sync_file(&mut self) -> io::Result<()> {
        let synced = self.file.sync();
        self.doubtful |= synced.is_err();
        synced
    }

    fn sync_all(&mut self) -> io::Result<()> {
        if self.doubtful {
            return Err(io::Error::other("a sync has failed, and the file was not written anew since"));
        }
        self.sync_file()?;
        if self.moved {
            self.disk.sync_folder(&self.real)?;
            self.moved = false;
        }
        Ok(())
    }

    fn refuse_read_only(&self) -> Result<(), JournalError> {
        if self.options.read_only {
            return Err(JournalError::ReadOnly { path: self.path.clone() });
        }
        Ok(())
    }

    fn tail_failed(&self, source: io::Error) -> JournalError {
        JournalError::Tail { path: self.path.clone(), offset: self.size, source }
    }

    /// Appends a commit. Returns whether there was anything to write or to sync.
    fn try_append(&mut self, before: &Database, commit: &Commit) -> Result<bool, JournalError> {
        self.refuse_read_only()?;
        self.mend()?;
        let sync = self.options.sync_each || commit.durable;
        if self.mended || (sync && self.doubtful) {
            self.compact(before)?;
        }
        let stamp = Stamp {
            date_ms: self.now_ms(),
            comment: commit.comment.as_deref(),
            differences: self.options.differences,
        };
        let mut is_any = false;
        let record = log::frame(&mut self.buffer, |out| {
            is_any = record::write_changes(out, before.schema(), &commit.changes, &stamp);
        });
        let length = record.len();
        let mut done = Ok(());
        if is_any {
            // seen as torn until it is known to be whole: if it is not, it is cut off again
            self.torn = true;
            done = self.file.write_at(record, self.size);
        }
        if sync && done.is_ok() {
            done = self.sync_all();
        }
        self.shrink();
        if let Err(source) = done {
            // if this fails, the next append does it
            let _ = self.mend();
            return Err(JournalError::Append { path: self.path.clone(), offset: self.size, length, source });
        }
        self.torn = false;
        if is_any {
            self.size += length as u64;
            self.records += 1;
            if self.base == 0 {
                self.base = self.size;
            }
        }
        Ok(is_any || sync)
    }
}

impl Journal for FileJournal {
    fn append(&mut self, before: &Database, commit: &Commit) -> Result<(), JournalError> {
        let appended = self.try_append(before, commit);
        match &appended {
            Err(error) => self.commit_failed = Some(error.line()),
            Ok(true) => self.commit_failed = None,
            // nothing was written, which proves nothing
            Ok(false) => {}
        }
        appended.map(drop)
    }

    fn sync(&mut self) -> Result<(), JournalError> {
        let (path, offset) = (self.path.clone(), self.size);
        self.sync_all().map_err(|source| JournalError::Sync { path, offset, source })
    }

    fn is_compaction_due(&self) -> bool {
        let now = (self.options.clock)();
        let grown = self.size > COMPACT_BYTES_MIN && self.size / 2 > self.base;
        let many = self.records >= COMPACT_RECORDS_MIN;
        self.doubtful || (many && now >= self.compact_min && (grown || now >= self.compact_max))
    }

    fn compact(&mut self, database: &Database) -> Result<(), JournalError> {
        self.replace(database, "compacting database online")
    }

    fn convert(&mut self, converted: &Database) -> Result<(), JournalError> {
        self.replace(converted, "converted by ovsdb-server")
    }

    fn trouble(&self) -> Option<&str> {
        self.commit_failed.as_deref().or(self.compact_failed.as_deref())
    }
}

/// Milliseconds since 1970.
pub(super) fn milliseconds(time: SystemTime) -> i64 {
    let since = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

/// What takes the place of `path` while it is being written.
pub(super) fn temporary(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".~compacting~");
    path.with_file_name(name)
}

/// Writes the first record of a file, and answers where the second goes.
pub(super) fn write_schema(
    file: &dyn DiskFile,
    buffer: &mut Vec<u8>,
    schema: &DatabaseSchema,
) -> io::Result<u64> {
    let schema = log::frame(buffer, |out| record::write_schema(out, schema));
    file.write_at(schema, 0)?;
    Ok(schema.len() as u64)
}
