//! What was read of a database: rows, indexes, and one consistent view of them, complete or with holes.

mod absent;
mod row;
mod snapshot;
mod table;

pub use absent::Absent;
pub use row::{Cells, RowData};
pub use snapshot::Snapshot;

#[cfg(test)]
mod tests;
