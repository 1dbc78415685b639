//! How clients reach a service: sockets, TLS, connections within the process, and one task that looks after all of them.
//!
//! A [`Server`] is the handle, its [`Driver`] does the work, in whichever task the program gives it. The library prints nothing and spawns nothing; what is worth a line in a
//! log is an [`Event`] for the observer.

mod clients;
mod driver;
mod event;
mod limits;
mod openings;
mod peer;
mod remotes;
mod room;
mod server;
mod slot;
mod source;
mod status;
mod tls;
mod wake;
mod watch;

pub use driver::Driver;
pub use event::{End, Event};
pub use limits::{Limits, SMALL_BYTES};
pub use remotes::RemoteSettings;
pub use server::{Builder, Server, ServerError, StartError};
pub use source::{ColumnName, SourceError};
pub use tls::{Setting, TlsSettings};

#[cfg(test)]
mod tests;
