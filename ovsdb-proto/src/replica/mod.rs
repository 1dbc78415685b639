//! What was read of a database: rows, indexes, and one consistent view of them, complete or with holes.

mod absent;
mod row;
mod snapshot;
mod table;
mod visits;

pub use absent::Absent;
pub use row::{Cells, RowData};
pub use snapshot::Snapshot;
pub(crate) use visits::Visits;

#[cfg(test)]
mod tests;
