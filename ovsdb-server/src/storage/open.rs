//! How a database file is opened and created.

use super::contents::{Contents, Strangers};
use super::damage::{self, Verdict};
use super::disk::{Access, Disk, DiskFile, Input, READ_BYTES, System, remove_if_there};
use super::error::{Notice, RowsError, StorageError};
use super::file::{COMPACT_AFTER, FileJournal, temporary, write_schema};
use super::lock::{self, Lock, LockError};
use super::log::{self, Magic, Next, RecordProblem};
use crate::engine::{Database, Ids};
use ovsdb_proto::schema::DatabaseSchema;
use std::hash::{BuildHasher, RandomState};
use std::io::{self, BufReader};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

/// How a database file is to be opened.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct OpenOptions {
    /// Takes no lock and changes nothing; the journal then refuses whatever would. Default: no.
    pub read_only: bool,
    /// Syncs each commit to disk before it counts as done, instead of only those that ask for it. Default: no, as in ovsdb-server.
    pub sync_each: bool,
    /// Refuses a file whose end is damaged, instead of cutting the end off. Default: no.
    pub refuse_torn: bool,
    /// Writes what changed in sets and maps instead of the whole of them. Servers before Open vSwitch 2.15 cannot read that. Default: yes.
    pub differences: bool,
    /// Reads the records under this schema instead of the file's own, and leaves out tables and columns that it lacks. Default: none.
    pub schema: Option<Arc<DatabaseSchema>>,
    /// Where the versions of the rows that are read come from. Default: random.
    pub seed: u128,
    /// What dates transactions, and tells when to compact. Default: the system's clock.
    pub clock: fn() -> SystemTime,
}

impl Default for OpenOptions {
    fn default() -> OpenOptions {
        // keys for hash tables, which differ from process to process and from call to call
        let random = || u128::from(RandomState::new().hash_one(0));
        OpenOptions {
            read_only: false,
            sync_each: false,
            refuse_torn: false,
            differences: true,
            schema: None,
            seed: random() << 64 | random(),
            clock: SystemTime::now,
        }
    }
}

/// A database file that was opened.
#[derive(Debug)]
#[non_exhaustive]
pub struct Opened {
    /// What it holds.
    pub database: Database,
    /// Where to write what changes.
    pub journal: FileJournal,
    /// What happened on the way.
    pub notices: Vec<Notice>,
}

/// Creates a database without rows. It is on disk when this returns.
///
/// # Errors
/// There is such a file already, or it cannot be written.
pub fn create(path: &Path, schema: &DatabaseSchema) -> Result<(), StorageError> {
    let lock = take_lock(path, path)?;
    create_on(&System, path, schema)?;
    drop(lock);
    Ok(())
}

pub(super) fn create_on(disk: &dyn Disk, path: &Path, schema: &DatabaseSchema) -> Result<(), StorageError> {
    let failed = |action, source| StorageError::Io { path: path.to_owned(), action, source };
    let file = disk.open(path, Access::Create).map_err(|error| failed("create", error))?;
    let written = write_schema(&*file, &mut Vec::new(), schema)
        .and_then(|_| file.sync_all())
        .and_then(|()| disk.sync_folder(path));
    if let Err(error) = written {
        let _ = disk.remove(path);
        return Err(failed("write", error));
    }
    Ok(())
}

/// Opens a database file and reads all of it.
///
/// An end of the file in which no record can be read is cut off, and kept in `NAME.damaged-OFFSET`
/// beside the file; a [`Notice`] tells of it. If good records follow the damage, the file is
/// refused, unless the damage shows that it is a loss of power that kept the last writes, none of
/// them synced, from reaching the disk.
///
/// # Errors
/// It is not a standalone database, is damaged, or cannot be opened; or somebody else has it open for writing.
pub fn open(path: &Path, options: OpenOptions) -> Result<Opened, StorageError> {
    let failed = |action, source| StorageError::Io { path: path.to_owned(), action, source };
    let real = path.canonicalize().map_err(|error| failed("open", error))?;
    // anything else could block, or never end
    if !real.metadata().map_err(|error| failed("open", error))?.is_file() {
        return Err(failed("open", io::Error::other("not a regular file")));
    }
    let lock = if options.read_only { None } else { Some(take_lock(path, &real)?) };
    open_on(Arc::new(System), Place { path: path.to_owned(), real, lock }, options)
}

/// Where a database file is.
#[derive(Debug)]
pub(super) struct Place {
    /// As it was named.
    pub(super) path: PathBuf,
    /// The file itself, where `path` may be a symbolic link to it.
    pub(super) real: PathBuf,
    pub(super) lock: Option<Lock>,
}

pub(super) fn open_on(
    disk: Arc<dyn Disk>,
    place: Place,
    options: OpenOptions,
) -> Result<Opened, StorageError> {
    let Place { path, real, lock } = place;
    let failed = |action, source| StorageError::Io { path: path.clone(), action, source };
    let access = if options.read_only { Access::Read } else { Access::Write };
    let file = disk.open(&real, access).map_err(|error| failed("open", error))?;
    let length = file.size().map_err(|error| failed("open", error))?;

    let mut log = Log::new(&path, &*file, length);
    let schema = match options.schema {
        Some(ref schema) => log.schema().map(|_| Arc::clone(schema))?,
        None => Arc::new(log.schema()?),
    };
    let strangers = if options.schema.is_some() { Strangers::Drop } else { Strangers::Refuse };
    let mut contents = Contents::new(Arc::clone(&schema), strangers);
    let (mut records, mut base) = (0u64, 0);
    let mut offset = log.reader.offset();
    while let Some(json) = log.next()? {
        let replayed = contents.replay(json);
        replayed.map_err(|error| StorageError::Record { path: path.clone(), offset, error: error.into() })?;
        offset = log.reader.offset();
        records += 1;
        if records == 1 {
            base = offset;
        }
    }
    let tail = log.tail;
    drop(log);
    if let (Some((problem, _)), true) = (tail, options.refuse_torn) {
        return Err(StorageError::Damaged { path, good: offset, problem, next: None });
    }
    let rows = |error: RowsError| StorageError::Rows { path: path.clone(), error: error.into() };
    let all = contents.into_rows().map_err(|error| rows(error.into()))?;
    let mut ids = Ids::new(options.seed);
    let (database, mended) = Database::load(schema, all, &mut ids).map_err(|error| rows(error.into()))?;

    let now = (options.clock)();
    let mut journal = FileJournal {
        path: path.clone(),
        real,
        disk,
        file,
        _lock: lock,
        options,
        size: offset,
        base,
        records,
        compact_min: now + COMPACT_AFTER.start,
        compact_max: now + COMPACT_AFTER.end,
        buffer: Vec::new(),
        tail: tail.map(|_| length),
        torn: false,
        doubtful: false,
        commit_failed: None,
        compact_failed: None,
        // the program before this one may have replaced the file and stopped before it could sync
        // the folder
        moved: true,
        mended,
    };
    if !journal.options.read_only {
        let _ = remove_if_there(&*journal.disk, &temporary(&journal.real));
    }
    let mut notices = Vec::new();
    if let Some((problem, unsynced)) = tail {
        let kept = journal.cut_tail();
        notices.push(Notice::Tail { path, offset, length: length - offset, problem, unsynced, kept });
    }
    Ok(Opened { database, journal, notices })
}

fn take_lock(name: &Path, path: &Path) -> Result<Lock, StorageError> {
    lock::lock(path).map_err(|error| match error {
        LockError::Held(pid) => StorageError::Locked { path: name.to_owned(), pid },
        LockError::Io(source) => StorageError::Io { path: name.to_owned(), action: "lock", source },
    })
}

/// The records of a file, up to one that is not.
struct Log<'a> {
    path: &'a Path,
    file: &'a dyn DiskFile,
    size: u64,
    reader: log::Reader<BufReader<Input<'a>>>,
    /// What is wrong with the end of the file, and whether good records in it were never synced.
    tail: Option<(RecordProblem, bool)>,
}

impl<'a> Log<'a> {
    fn new(path: &'a Path, file: &'a dyn DiskFile, size: u64) -> Log<'a> {
        let input = BufReader::with_capacity(READ_BYTES, Input { file, offset: 0 });
        Log { path, file, size, reader: log::Reader::new(input, size), tail: None }
    }

    fn schema(&mut self) -> Result<DatabaseSchema, StorageError> {
        let path = || PathBuf::from(self.path);
        let schema = match self.reader.read().map_err(|error| read_failed(self.path, error))? {
            Next::Record(Magic::Json, json) => json,
            Next::Record(Magic::Cluster, _) => return Err(StorageError::Cluster { path: path() }),
            Next::End => return Err(StorageError::NotDatabase { path: path() }),
            Next::Bad(problem) => {
                let next = damage::find_record(self.file, self.size, 1);
                let next = next.map_err(|error| read_failed(self.path, error))?;
                return Err(match (problem, next) {
                    (RecordProblem::Header { .. }, None) => StorageError::NotDatabase { path: path() },
                    _ => StorageError::Damaged { path: path(), good: 0, problem, next },
                });
            }
        };
        let text = str::from_utf8(schema).map_err(|_| StorageError::NotDatabase { path: path() })?;
        DatabaseSchema::parse_strict(text).map_err(|error| StorageError::Schema { path: path(), error })
    }

    /// The next transaction; `None` at the end, and at an end that is damaged.
    fn next(&mut self) -> Result<Option<&[u8]>, StorageError> {
        let offset = self.reader.offset();
        let problem = match self.reader.read().map_err(|error| read_failed(self.path, error))? {
            Next::Record(Magic::Json, json) => return Ok(Some(json)),
            Next::Record(Magic::Cluster, _) => RecordProblem::Header { offset },
            Next::Bad(problem) => problem,
            Next::End => return Ok(None),
        };
        let verdict = damage::judge(self.file, self.size, offset);
        match verdict.map_err(|error| read_failed(self.path, error))? {
            Verdict::Tail => self.tail = Some((problem, false)),
            Verdict::Unsynced => self.tail = Some((problem, true)),
            Verdict::Middle(next) => {
                let (path, next) = (self.path.to_owned(), Some(next));
                return Err(StorageError::Damaged { path, good: offset, problem, next });
            }
        }
        Ok(None)
    }
}

fn read_failed(path: &Path, source: io::Error) -> StorageError {
    StorageError::Io { path: path.to_owned(), action: "read", source }
}
