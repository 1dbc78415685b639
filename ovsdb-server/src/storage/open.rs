//! How a database file is opened and created.

use super::contents::{Contents, Strangers};
use super::error::{Notice, RowsError, StorageError};
use super::file::{COMPACT_AFTER, FileJournal, remove, sync_folder, temporary, write_schema};
use super::lock::{self, Lock, LockError};
use super::log::{self, Magic, Next, RecordProblem};
use crate::engine::{Database, Ids};
use ovsdb_proto::schema::DatabaseSchema;
use std::fs::{self, File};
use std::hash::{BuildHasher, RandomState};
use std::io::{self, BufReader, Seek, SeekFrom};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

/// How much of a file is read at once.
const READ_BYTES: usize = 128 << 10;

/// How a database file is to be opened.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct OpenOptions {
    /// Takes no lock and changes nothing; the journal then refuses whatever would. Default: no.
    pub read_only: bool,
    /// Syncs each commit to disk before it counts as done, instead of only those that ask for it. Default: no, as in ovsdb-server.
    pub sync_each: bool,
    /// Refuses a file whose last record was not written to its end, instead of cutting that off. Default: no.
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
    let failed = |action, source| StorageError::Io { path: path.to_owned(), action, source };
    let file = fs::OpenOptions::new().write(true).create_new(true).mode(0o660).open(path);
    let file = file.map_err(|error| failed("create", error))?;
    let written = write_schema(&file, &mut Vec::new(), schema)
        .and_then(|_| file.sync_all())
        .and_then(|()| sync_folder(path));
    if let Err(error) = written {
        let _ = fs::remove_file(path);
        return Err(failed("write", error));
    }
    drop(lock);
    Ok(())
}

/// Opens a database file and reads all of it.
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
    let file = fs::OpenOptions::new().read(true).write(lock.is_some()).open(&real);
    let file = file.map_err(|error| failed("open", error))?;
    let length = file.metadata().map_err(|error| failed("open", error))?.len();

    let mut log = Log {
        path,
        reader: log::Reader::new(BufReader::with_capacity(READ_BYTES, &file), length),
        torn: None,
    };
    let schema = match options.schema {
        Some(ref schema) => log.schema().map(|_| Arc::clone(schema))?,
        None => Arc::new(log.schema()?),
    };
    let strangers = if options.schema.is_some() { Strangers::Drop } else { Strangers::Refuse };
    let mut contents = Contents::new(Arc::clone(&schema), strangers);
    let (mut records, mut base) = (0u64, 0);
    let mut offset = log.reader.offset();
    while let Some(json) = log.next(&file)? {
        let replayed = contents.replay(json);
        replayed.map_err(|error| StorageError::Record {
            path: path.to_owned(),
            offset,
            error: error.into(),
        })?;
        offset = log.reader.offset();
        records += 1;
        if records == 1 {
            base = offset;
        }
    }
    let torn = log.torn;
    drop(log);
    if let (Some(problem), true) = (torn, options.refuse_torn) {
        return Err(StorageError::Damaged { path: path.to_owned(), good: offset, problem });
    }
    let rows = |error: RowsError| StorageError::Rows { path: path.to_owned(), error: error.into() };
    let all = contents.into_rows().map_err(|error| rows(error.into()))?;
    let mut ids = Ids::new(options.seed);
    let (database, mended) = Database::load(schema, all, &mut ids).map_err(|error| rows(error.into()))?;

    let mut notices = Vec::new();
    if let Some(problem) = torn {
        notices.push(Notice::Torn { path: path.to_owned(), offset, length: length - offset, problem });
    }
    if lock.is_some() {
        if torn.is_some() {
            file.set_len(offset).map_err(|error| failed("truncate", error))?;
        }
        let _ = remove(&temporary(&real));
    }
    let now = (options.clock)();
    let journal = FileJournal {
        path: path.to_owned(),
        real,
        file,
        lock,
        options,
        size: offset,
        base,
        records,
        compact_min: now + COMPACT_AFTER.start,
        compact_max: now + COMPACT_AFTER.end,
        buffer: Vec::new(),
        torn: false,
        moved: false,
        mended,
    };
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
    reader: log::Reader<BufReader<&'a File>>,
    torn: Option<RecordProblem>,
}

impl Log<'_> {
    fn schema(&mut self) -> Result<DatabaseSchema, StorageError> {
        let path = || PathBuf::from(self.path);
        let schema = match self.reader.read().map_err(|error| read_failed(self.path, error))? {
            Next::Record(Magic::Json, json) => json,
            Next::Record(Magic::Cluster, _) => return Err(StorageError::Cluster { path: path() }),
            Next::End | Next::Bad(RecordProblem::Header { .. }) => {
                return Err(StorageError::NotDatabase { path: path() });
            }
            Next::Bad(problem) => return Err(StorageError::Damaged { path: path(), good: 0, problem }),
        };
        let text = str::from_utf8(schema).map_err(|_| StorageError::NotDatabase { path: path() })?;
        DatabaseSchema::parse_strict(text).map_err(|error| StorageError::Schema { path: path(), error })
    }

    /// The next transaction; `None` at the end, and at a torn record.
    fn next(&mut self, mut file: &File) -> Result<Option<&[u8]>, StorageError> {
        let offset = self.reader.offset();
        let problem = match self.reader.read().map_err(|error| read_failed(self.path, error))? {
            Next::Record(Magic::Json, json) => return Ok(Some(json)),
            Next::Record(Magic::Cluster, _) => RecordProblem::Header { offset },
            Next::Bad(problem) => problem,
            Next::End => return Ok(None),
        };
        let rest = file.seek(SeekFrom::Start(offset)).map(|_| BufReader::with_capacity(READ_BYTES, file));
        let torn = rest.and_then(|rest| log::is_torn(problem, offset, rest));
        if !torn.map_err(|error| read_failed(self.path, error))? {
            return Err(StorageError::Damaged { path: self.path.to_owned(), good: offset, problem });
        }
        self.torn = Some(problem);
        Ok(None)
    }
}

fn read_failed(path: &Path, source: io::Error) -> StorageError {
    StorageError::Io { path: path.to_owned(), action: "read", source }
}
