//! How commits get into a database file and stay there.

use super::journal::{Journal, JournalError};
use super::lock::Lock;
use super::log;
use super::open::OpenOptions;
use super::record::{self, Stamp};
use crate::engine::{Commit, Database, Row};
use ovsdb_proto::schema::{DatabaseSchema, TableId};
use std::fs::{self, File};
use std::io;
use std::ops::Range;
use std::os::unix::fs::{FileExt, MetadataExt, OpenOptionsExt, fchown};
use std::path::{Path, PathBuf};
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
    pub(super) file: File,
    /// `None` if it is only read.
    pub(super) lock: Option<Lock>,
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
    /// There may be something behind `size`.
    pub(super) torn: bool,
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
        if self.lock.is_none() {
            return Err(JournalError::ReadOnly { path: self.path.clone() });
        }
        self.schedule_compaction(COMPACT_RETRY);
        let stamp =
            Stamp { date_ms: self.now_ms(), comment: Some(comment), differences: self.options.differences };
        let written = replace(&self.real, &mut self.buffer, database, &stamp);
        self.shrink();
        let (file, size) =
            written.map_err(|source| JournalError::Replace { path: self.path.clone(), source })?;
        // from here on it is done: what can still fail is only that the folder remembers it after a loss of power
        (self.file, self.size, self.base, self.records, self.torn) = (file, size, size, 0, false);
        self.mended = false;
        self.moved = sync_folder(&self.real).is_err();
        self.schedule_compaction(COMPACT_AFTER.start);
        self.compact_max = (self.options.clock)() + COMPACT_AFTER.end;
        Ok(())
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

    /// Cuts off what is left of a transaction that could not be written.
    fn mend(&mut self) -> Result<(), JournalError> {
        if self.torn {
            self.file.set_len(self.size).map_err(|source| JournalError::Broken {
                path: self.path.clone(),
                offset: self.size,
                source,
            })?;
            self.torn = false;
        }
        Ok(())
    }

    fn sync_all(&mut self) -> io::Result<()> {
        self.file.sync_data()?;
        if self.moved {
            sync_folder(&self.real)?;
            self.moved = false;
        }
        Ok(())
    }
}

impl Journal for FileJournal {
    fn append(&mut self, before: &Database, commit: &Commit) -> Result<(), JournalError> {
        if self.lock.is_none() {
            return Err(JournalError::ReadOnly { path: self.path.clone() });
        }
        self.mend()?;
        if self.mended {
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
        let sync = self.options.sync_each || commit.durable;
        let mut done = Ok(());
        if is_any {
            // seen as torn until it is known to be whole: if it is not, it is cut off again
            self.torn = true;
            done = self.file.write_all_at(record, self.size);
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
        Ok(())
    }

    fn sync(&mut self) -> Result<(), JournalError> {
        let (path, offset) = (self.path.clone(), self.size);
        self.sync_all().map_err(|source| JournalError::Sync { path, offset, source })
    }

    fn is_compaction_due(&self) -> bool {
        let now = (self.options.clock)();
        let grown = self.size > COMPACT_BYTES_MIN && self.size / 2 > self.base;
        let many = self.records >= COMPACT_RECORDS_MIN;
        many && now >= self.compact_min && (grown || now >= self.compact_max)
    }

    fn compact(&mut self, database: &Database) -> Result<(), JournalError> {
        self.replace(database, "compacting database online")
    }

    fn convert(&mut self, converted: &Database) -> Result<(), JournalError> {
        self.replace(converted, "converted by ovsdb-server")
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

/// Writes a whole database beside `path`, syncs it, and puts it in its place.
fn replace(
    path: &Path,
    buffer: &mut Vec<u8>,
    database: &Database,
    stamp: &Stamp<'_>,
) -> io::Result<(File, u64)> {
    let old = fs::metadata(path)?;
    let temporary = temporary(path);
    // left over from a compaction that was interrupted: the lock says that it is nobody's
    remove(&temporary)?;
    let mut options = fs::OpenOptions::new();
    let file = options.read(true).write(true).create_new(true).mode(0o660).open(&temporary)?;
    let written = (|| {
        file.set_permissions(old.permissions())?;
        // whoever could read it shall be able to; only root may give files away
        let _ = fchown(&file, Some(old.uid()), Some(old.gid()));
        let mut size = write_schema(&file, buffer, database.schema())?;
        let all = log::frame(buffer, |out| {
            record::write_all(out, database.schema(), |table| rows(database, table), stamp);
        });
        file.write_all_at(all, size)?;
        size += all.len() as u64;
        file.sync_all()?;
        fs::rename(&temporary, path)?;
        Ok((file, size))
    })();
    if written.is_err() {
        let _ = fs::remove_file(&temporary);
    }
    written
}

fn rows(database: &Database, table: TableId) -> impl Iterator<Item = &Row> {
    database.rows(table).map(|row| &**row)
}

/// Writes the first record of a file, and answers where the second goes.
pub(super) fn write_schema(file: &File, buffer: &mut Vec<u8>, schema: &DatabaseSchema) -> io::Result<u64> {
    let schema = log::frame(buffer, |out| record::write_schema(out, schema));
    file.write_all_at(schema, 0)?;
    Ok(schema.len() as u64)
}

/// Removes a file if it is there.
pub(super) fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        done => done,
    }
}

/// Makes sure that the folder of `path` remembers which files it has.
pub(super) fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder)?.sync_all()
}
