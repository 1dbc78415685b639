//! What a transaction changed: the one thing that storage, monitors and indexes are fed with.

use super::Row;
use ovsdb_proto::schema::TableId;
use ovsdb_proto::value::Uuid;
use std::sync::Arc;

/// One row before and after a transaction; never `None` on both sides, never equal on both.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Where the row is.
    pub table: TableId,
    /// The row.
    pub uuid: Uuid,
    /// The row before, `None` if it is new.
    pub old: Option<Arc<Row>>,
    /// The row after, `None` if it is gone.
    pub new: Option<Arc<Row>>,
}

/// A transaction that was carried out in full and may be written, applied and told to monitors.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commit {
    /// Names this state of the database (`last-txn-id` of `monitor_cond_since`).
    pub id: Uuid,
    /// Each changed row once, sorted by table, in a table in the order of UUIDs.
    pub changes: Vec<Change>,
    /// What `comment` operations said, one a line.
    pub comment: Option<String>,
    /// Whether a `commit` operation asked that the reply wait until the data is on disk.
    pub durable: bool,
}
