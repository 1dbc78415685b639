//! How a database outlives its server: the standalone database file of ovsdb-server, which either server can open.

pub mod contents;
mod error;
mod file;
pub mod journal;
mod lock;
pub mod log;
mod open;
pub mod record;

pub use error::{Notice, RowsError, StorageError};
pub use file::FileJournal;
pub use journal::{Journal, JournalError};
pub use open::{OpenOptions, Opened, create, open};
