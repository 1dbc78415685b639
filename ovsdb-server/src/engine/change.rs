//! What a transaction changed: the one thing that storage, monitors and indexes are fed with.

use ovsdb_proto::store::Change;
use ovsdb_proto::value::Uuid;

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
