//! Who is told what of a database's changes: monitors of the three kinds, over committed rows and transactions, without a socket or a clock.
//!
//! [`MonitorSet`] keeps the monitors of all clients and puts what each is told into whole messages. [`History`] keeps the last transactions of a
//! database for `monitor_cond_since`.

pub(crate) mod canonical;
mod condition;
mod error;
mod history;
mod members;
mod select;
mod set;
mod spec;
mod updates;

pub use error::MonitorError;
pub use history::{HISTORY_BYTES_MAX, HISTORY_COMMITS_MAX, History};
pub use set::{Client, MONITORS_PER_CLIENT_MAX, MonitorKind, MonitorSet, Notification, Opened};

#[cfg(test)]
mod tests;
