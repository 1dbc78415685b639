//! Why a database file cannot be opened or created, and what is worth saying of one that could.

use super::contents::ReplayError;
use super::log::RecordProblem;
use crate::engine::LoadError;
use ovsdb_proto::schema::SchemaError;
use std::io;
use std::path::PathBuf;

/// Why a database file could not be opened or created. It is as it was.
#[derive(Debug, thiserror::Error)]
pub enum StorageError {
    /// The operating system refused something.
    #[error("{}: {action} failed", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What was refused.
        action: &'static str,
        /// Why.
        source: io::Error,
    },
    /// Another server, or a tool, is at work on the file.
    #[error("{}: the database is in use by {}", path.display(), Process(*pid))]
    Locked {
        /// The file.
        path: PathBuf,
        /// The process that has it open, perhaps this one; 0 if the system does not say which.
        pid: u32,
    },
    /// It does not begin like a database.
    #[error("{}: not a database file", path.display())]
    NotDatabase {
        /// The file.
        path: PathBuf,
    },
    /// It is one server's part of a cluster.
    #[error(
        "{}: a member of a cluster, which only ovsdb-server itself can serve \
         (`ovsdb-tool cluster-to-standalone` makes a standalone database of it)",
        path.display()
    )]
    Cluster {
        /// The file.
        path: PathBuf,
    },
    /// What was written to it once is damaged, and more follows; or it is cut off, and was not to be repaired.
    #[error("{}: {problem}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// Where the last good record ends: what is in front of it can be read.
        good: u64,
        /// What is wrong and where.
        problem: RecordProblem,
    },
    /// Its first record is not a schema.
    #[error("{}: {error}", path.display())]
    Schema {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        error: SchemaError,
    },
    /// A record is not a transaction of this schema.
    #[error("{}: transaction at offset {offset}: {error}", path.display())]
    Record {
        /// The file.
        path: PathBuf,
        /// Where the record starts.
        offset: u64,
        /// What is wrong with it.
        error: Box<ReplayError>,
    },
    /// The rows together break a rule of the schema.
    #[error("{}: {error}", path.display())]
    Rows {
        /// The file.
        path: PathBuf,
        /// Which rule.
        error: Box<RowsError>,
    },
}

/// Which rule of the schema the rows of a file break.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum RowsError {
    /// One about a single value, when all changes of it are known.
    #[error(transparent)]
    Value(#[from] ReplayError),
    /// One about references, the number of rows, or unique indexes.
    #[error(transparent)]
    Together(#[from] LoadError),
}

/// Something that happened while a file was opened, which is not an error, but which somebody should hear of.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Notice {
    /// The last record was being written when the program or the machine stopped. It was never acknowledged as durable. It is not part of the database, and cut off unless
    /// the file was opened for reading only.
    Torn {
        /// The file.
        path: PathBuf,
        /// Where it starts, which is the size of the file from now on.
        offset: u64,
        /// How many bytes of it there were.
        length: u64,
        /// What of it is wrong.
        problem: RecordProblem,
    },
}

impl std::fmt::Display for Notice {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Notice::Torn { path, offset, length, .. } = self;
        write!(
            f,
            "{}: the last record, {length} bytes at offset {offset}, was not written to its end and is left out",
            path.display()
        )
    }
}

struct Process(u32);

impl std::fmt::Display for Process {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            0 => f.write_str("another process"),
            pid if pid == std::process::id() => f.write_str("this process"),
            pid => write!(f, "process {pid}"),
        }
    }
}
