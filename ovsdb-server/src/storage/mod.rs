//! How a database outlives its server: the standalone database file of ovsdb-server, which either server can open.

pub mod contents;
pub mod journal;
pub mod log;
pub mod record;

pub use journal::{Journal, JournalError};
