//! What a database does with a transaction: pure functions over rows, without a clock, a socket or a file.

mod change;
mod context;
mod database;
mod ids;
mod index;
mod links;
mod row;
mod table;

pub use change::{Change, Commit};
pub use context::{Context, Execution};
pub use database::Database;
pub use ids::Ids;
pub use row::Row;
