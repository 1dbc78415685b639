//! What a database does with a transaction: pure functions over rows, without a clock, a socket or a file.

mod change;
mod ids;
mod row;

pub use change::{Change, Commit};
pub use ids::Ids;
pub use row::Row;
