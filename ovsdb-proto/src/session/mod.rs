//! How a conversation with a server goes: which servers to try, what to ask in which order, when to ask again. Knows no socket and no clock.

mod ask;
mod error;
mod lacking;
pub mod remote;
mod run;
mod server_row;
mod watch;

pub use error::{Lacking, RunError, Unfit};
pub use run::{Conclusion, Run, RunOptions, Step, Verdict};
