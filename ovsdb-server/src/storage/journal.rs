//! What a server needs of the place where its commits are kept.

use crate::engine::{Commit, Database};
use std::fmt;
use std::io;
use std::path::PathBuf;

/// Where the commits of one database are kept.
pub trait Journal: fmt::Debug + Send {
    /// Writes a commit, which is about to be applied to `before`. When this returns, the commit survives the end of the program; it also survives a loss of power
    /// if the commit is [`durable`](Commit::durable) or the journal was told to sync each.
    ///
    /// # Errors
    /// It could not be written. The journal is as it was before: the commit must not be applied.
    fn append(&mut self, before: &Database, commit: &Commit) -> Result<(), JournalError>;

    /// Makes sure that what was appended survives a loss of power.
    ///
    /// # Errors
    /// The disk did not take it. What was appended last may be lost.
    fn sync(&mut self) -> Result<(), JournalError>;

    /// Whether it has grown so much that [`compact`](Journal::compact) is due.
    fn is_compaction_due(&self) -> bool;

    /// Writes the database as it is now in place of all that led to it.
    ///
    /// # Errors
    /// It could not be written. The journal is as it was before, and can still be appended to.
    fn compact(&mut self, database: &Database) -> Result<(), JournalError>;

    /// Writes a database that has another schema in place of what was kept so far.
    ///
    /// # Errors
    /// As [`compact`](Journal::compact): the database must not be replaced.
    fn convert(&mut self, converted: &Database) -> Result<(), JournalError>;

    /// What is wrong with it: the last commit or compaction could not be written, and nothing since
    /// shows that the next could. `None` if all is well.
    fn trouble(&self) -> Option<&str> {
        None
    }
}

impl JournalError {
    /// What failed, where and why, in one line of the form in which ovsdb-server logs it.
    pub fn line(&self) -> String {
        let why = std::error::Error::source(self).map(|source| {
            let text = source.to_string();
            // the number is of no use to an operator
            let text = text.split_once(" (os error ").map_or(&*text, |(text, _)| text);
            format!(" ({text})")
        });
        format!("I/O error: {self}{}", why.unwrap_or_default())
    }
}

/// Why a journal could not do what it was asked for.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// A commit could not be written; nothing of it is left in the file.
    #[error("{}: cannot append {length} bytes at offset {offset}", path.display())]
    Append {
        /// The file.
        path: PathBuf,
        /// Where it ends.
        offset: u64,
        /// How much was to be written.
        length: usize,
        /// Why not.
        source: io::Error,
    },
    /// The disk did not take what was written.
    #[error("{}: cannot sync the {offset} bytes of the file", path.display())]
    Sync {
        /// The file.
        path: PathBuf,
        /// Where it ends.
        offset: u64,
        /// Why not.
        source: io::Error,
    },
    /// The file could not be replaced.
    #[error("{}: cannot replace the file", path.display())]
    Replace {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// A commit that could not be written whole could not be removed either. Only replacing the file helps, which the next commit tries.
    #[error("{}: what was written of a transaction at offset {offset} cannot be removed", path.display())]
    Broken {
        /// The file.
        path: PathBuf,
        /// Where the last good record ends.
        offset: u64,
        /// Why not.
        source: io::Error,
    },
    /// The file was opened with a damaged end, which could not be kept beside the file before it is
    /// cut off. The next commit tries again.
    #[error("{}: the damaged end of the file, from offset {offset} on, cannot be put aside", path.display())]
    Tail {
        /// The file.
        path: PathBuf,
        /// Where the last good record ends.
        offset: u64,
        /// Why not.
        source: io::Error,
    },
    /// It was opened for reading only.
    #[error("{}: the database file was opened for reading only", path.display())]
    ReadOnly {
        /// The file.
        path: PathBuf,
    },
}
