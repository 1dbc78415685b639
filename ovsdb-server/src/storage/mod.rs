//! The standalone database file of ovsdb-server, which either server can open.
//!
//! What survives which failure:
//!
//! - The process dies, by any signal: every commit that was answered is there.
//! - The power or the kernel fails: every commit up to the last that was synced is there (those
//!   with `durable`, all of them with [`OpenOptions::sync_each`], and all that precede a
//!   compaction). Of the commits since, a first part is there, in the order in which they were
//!   made.
//! - The disk is full, or a write fails: every commit that was answered is there. The one that
//!   failed is cut off again, and later ones succeed once there is room.
//! - A sync fails: every commit that was answered is there if the process goes on. The system may
//!   have dropped what it could not write, so the file is written anew before the next commit is
//!   promised to be durable, and at the next [`Service::tick`](crate::service::Service::tick).
//! - The end of the file is damaged: every commit before the damage is there. What is cut off is
//!   kept in `NAME.damaged-OFFSET`.
//! - The file is damaged in the middle: it is refused. `ovsdb-tool recover` writes what can be read
//!   to a new one.
//! - The file is removed while it is open: nothing is there until a compaction writes it anew; it
//!   then holds everything.
//!
//! A commit is never there in part. No failure leaves a file that the next program cannot open,
//! but for damage in the middle, which no crash causes. A simulated disk that loses, tears and
//! reorders what was not synced holds the storage to all of this (`simulation`).
//!
//! What is not covered: a sync that fails, followed by the death of the process before the file
//! was written anew, followed by a loss of power. The next process cannot know that the system
//! dropped something.

mod aside;
pub mod contents;
mod damage;
mod disk;
mod error;
mod file;
pub mod journal;
mod lock;
pub mod log;
pub mod long_record;
mod open;
pub mod record;
mod recover;

pub use error::{Kept, Notice, RowsError, StorageError};
pub use file::FileJournal;
pub use journal::{Journal, JournalError};
pub use open::{OpenOptions, Opened, create, open};
pub use recover::{Loss, Recovered, Unfit, recover};

#[cfg(test)]
mod simulation;
