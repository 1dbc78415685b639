//! How a conversation with a server goes: which servers to try, what to ask in which order, when to ask again. Knows no socket and no clock.

mod ask;
pub mod remote;
mod run;
mod server_row;

pub use run::{Conclusion, Run, RunError, RunOptions, Step, Unfit, Verdict};
