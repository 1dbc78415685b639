//! Rows that are kept: packed, indexed, and shared between versions of a database.

mod index;
mod row;
mod table;
#[cfg(test)]
mod tests;
mod tree;
mod version;

pub use index::{Key, Probe};
pub use row::{Row, RowBuilder};
pub use table::Table;
pub use tree::{Iter, Tree};
pub use version::{Change, Version};
