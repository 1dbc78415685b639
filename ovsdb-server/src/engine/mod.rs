//! What a database does with a transaction: pure functions over rows, without a clock, a socket or a file.

mod change;
mod clauses;
mod context;
mod database;
mod draft;
mod failure;
mod ids;
mod links;
mod load;
mod members;
mod names;
mod not_utf8;
mod operations;
mod order;
mod overlay;
mod query;
mod settle;
mod table;
mod unique;
mod values;

pub use change::Commit;
pub(crate) use clauses::condition;
pub use context::{Context, Cost, Execution, WORK_PER_ROW};
pub use database::Database;
pub(crate) use failure::Failure;
pub use ids::Ids;
pub use load::LoadError;
pub(crate) use not_utf8::{escape, restore};
pub use ovsdb_proto::store::{Change, Row};
pub use query::Questions;
pub(crate) use values::Scope;

#[cfg(test)]
mod tests;
