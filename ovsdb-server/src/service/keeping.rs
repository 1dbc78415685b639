//! Writes what happens to a database to its journal, and notes what could not be written.

use super::Service;
use super::hosted::Hosted;
use crate::engine::{Commit, Database};
use crate::storage::{Journal, JournalError};

/// How many events are kept for a program that does not ask for them.
const EVENTS_MAX: usize = 256;

/// What a journal was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keeping {
    /// To write a commit.
    Commit,
    /// To write the database anew, because it was due or the program asked for it.
    Compaction,
    /// To write the database with another schema.
    Conversion,
}

/// Something that happened to a journal.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum StorageEvent {
    /// Something could not be written. A commit was refused; a compaction is tried again later.
    Failed {
        /// The database.
        database: Box<str>,
        /// What could not be done.
        what: Keeping,
        /// Why not, in one line.
        why: String,
    },
    /// Writing succeeds again.
    Works {
        /// The database.
        database: Box<str>,
    },
}

impl Hosted {
    pub(super) fn store(&mut self, commit: &Commit) -> Result<(), JournalError> {
        self.keep(Keeping::Commit, |journal, database| journal.append(database, commit))
    }

    pub(super) fn compact(&mut self) -> Result<(), JournalError> {
        self.keep(Keeping::Compaction, |journal, database| journal.compact(database))
    }

    pub(super) fn convert(&mut self, converted: &Database) -> Result<(), JournalError> {
        self.keep(Keeping::Conversion, |journal, _| journal.convert(converted))
    }

    fn keep(
        &mut self,
        what: Keeping,
        write: impl FnOnce(&mut dyn Journal, &Database) -> Result<(), JournalError>,
    ) -> Result<(), JournalError> {
        let Some(journal) = &mut self.journal else { return Ok(()) };
        let was_in_trouble = journal.trouble().is_some();
        let done = write(&mut **journal, &self.database);
        let database = || self.database.schema().name.clone();
        let event = match &done {
            Err(error) => StorageEvent::Failed { database: database(), what, why: error.line() },
            Ok(()) if was_in_trouble && journal.trouble().is_none() => {
                StorageEvent::Works { database: database() }
            }
            Ok(()) => return done,
        };
        if self.storage_events.len() < EVENTS_MAX {
            self.storage_events.push(event);
        }
        done
    }
}

impl Service {
    /// What happened to journals since this was last called. At most 256 events of each database
    /// are kept.
    pub fn take_storage_events(&mut self) -> Vec<StorageEvent> {
        let hosted = self.databases.values_mut();
        hosted.flat_map(|hosted| std::mem::take(&mut hosted.storage_events)).collect()
    }

    /// What is wrong with the journal of a database: see [`Journal::trouble`]. `None` if nothing
    /// is, or there is no such database.
    pub fn storage_trouble(&self, name: &str) -> Option<&str> {
        self.databases.get(name)?.journal.as_ref()?.trouble()
    }
}
