//! Why a database file cannot be opened or created, and what is worth saying of one that could.

use super::contents::ReplayError;
use super::log::RecordProblem;
use crate::engine::LoadError;
use ovsdb_proto::schema::SchemaError;
use std::io;
use std::path::{Path, PathBuf};

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
        "{}: clustered databases are not supported: serve this one with the ovsdb-server of Open vSwitch, \
         or convert it with `ovsdb-tool cluster-to-standalone` of Open vSwitch",
        path.display()
    )]
    Cluster {
        /// The file.
        path: PathBuf,
    },
    /// A record is damaged and good ones follow, so that cutting off the end would lose them; or
    /// the end is damaged, and was not to be cut off.
    #[error("{}: {problem}{}", path.display(), Following(path, *next))]
    Damaged {
        /// The file.
        path: PathBuf,
        /// Where the last good record ends: what is in front of it can be read.
        good: u64,
        /// What is wrong and where.
        problem: RecordProblem,
        /// Where the next good record starts, if there is one.
        next: Option<u64>,
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
    #[error("{}: transaction at offset {offset}: {error}: {}", path.display(), Remedy(path))]
    Record {
        /// The file.
        path: PathBuf,
        /// Where the record starts.
        offset: u64,
        /// What is wrong with it.
        error: Box<ReplayError>,
    },
    /// The rows together break a rule of the schema.
    #[error("{}: {error}: {}", path.display(), Remedy(path))]
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
#[derive(Debug)]
#[non_exhaustive]
pub enum Notice {
    /// The end of the file cannot be read, and is not part of the database: a record that was not
    /// written to its end, or damage that no good record follows.
    Tail {
        /// The file.
        path: PathBuf,
        /// Where it starts.
        offset: u64,
        /// How many bytes of it there are.
        length: u64,
        /// What is wrong with its first record.
        problem: RecordProblem,
        /// Good records follow, but what precedes them never reached the disk: the power failed
        /// before any of it was synced.
        unsynced: bool,
        /// What became of it.
        kept: Kept,
    },
}

/// What became of the damaged end of a file.
#[derive(Debug)]
#[non_exhaustive]
pub enum Kept {
    /// It was cut off, after it was copied to this file.
    Beside(PathBuf),
    /// It is still there: the file was opened for reading only, or for this reason, in which case
    /// the next commit tries again to cut it off.
    InPlace(Option<io::Error>),
}

impl std::fmt::Display for Notice {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Notice::Tail { path, offset, length, problem, unsynced, kept } = self;
        let why = if *unsynced {
            "what was written there last was never synced and is not whole"
        } else {
            "no good record follows"
        };
        write!(f, "{}: {problem}, and {why}: ", path.display())?;
        let range = format!("{length} bytes from offset {offset} on");
        match kept {
            Kept::Beside(copy) => write!(f, "cut off {range}, and kept them in {}", copy.display()),
            Kept::InPlace(None) => write!(f, "left out {range}"),
            Kept::InPlace(Some(error)) => {
                write!(
                    f,
                    "left out {range}, which could not be cut off and kept in a file beside it: {error}"
                )
            }
        }
    }
}

/// What to do about damage, if good records follow it.
struct Following<'a>(&'a Path, Option<u64>);

impl std::fmt::Display for Following<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Some(next) = self.1 else { return Ok(()) };
        write!(f, ", and good records follow from offset {next} on: {}", Remedy(self.0))
    }
}

/// The command that makes a new file of what is good in one that is refused.
struct Remedy<'a>(&'a Path);

impl std::fmt::Display for Remedy<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let path = in_shell(self.0);
        write!(f, "`ovsdb-tool recover {path} NEW` writes all that can be read to a new file")
    }
}

/// A path that can be pasted into a POSIX shell.
fn in_shell(path: &Path) -> String {
    let text = path.to_string_lossy();
    let plain = |c: char| c.is_ascii_alphanumeric() || "_@%+=:,./-".contains(c);
    if text.chars().all(plain) { text.into_owned() } else { format!("'{}'", text.replace('\'', r"'\''")) }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_that_repairs_a_file_can_be_pasted_into_a_shell() {
        let remedy = |path: &str| Remedy(Path::new(path)).to_string();
        assert!(remedy("/a/b.db").contains("`ovsdb-tool recover /a/b.db NEW`"));
        assert!(remedy("/it's a/b.db").contains(r"`ovsdb-tool recover '/it'\''s a/b.db' NEW`"));
    }
}
