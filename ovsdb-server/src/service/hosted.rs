//! What the service keeps of one database: its rows, where they are kept, and the transactions that wait for it to change.

use super::ClientId;
use super::keeping::StorageEvent;
use super::limits::WAITING_WORK_PER_TURN;
use crate::engine::{Commit, Database};
use crate::monitor::History;
use crate::monitor::canonical::sorted;
use crate::storage::Journal;
use ovsdb_proto::schema::{DatabaseSchema, TableId};
use ovsdb_proto::value::Uuid;
use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;

/// How long after a compaction that failed the next is tried: what filled a disk is seldom gone within seconds, and writing all of a database is work.
const COMPACT_RETRY_MS: u64 = 60_000;

/// One database of a service.
#[derive(Debug)]
pub(super) struct Hosted {
    pub(super) database: Database,
    pub(super) history: History,
    pub(super) journal: Option<Box<dyn Journal>>,
    /// The schema as `get_schema` and `_Server` show it.
    pub(super) schema_json: Arc<str>,
    /// In the order in which they were last tried.
    pub(super) waiting: VecDeque<Waiting>,
    /// How many rows those that wait may still look at before clients are served again.
    pub(super) waiting_work: u64,
    /// Not before this moment is the journal compacted by itself.
    pub(super) compact_from_ms: u64,
    /// What happened to the journal, until somebody asks.
    pub(super) storage_events: Vec<StorageEvent>,
}

/// A transaction whose `wait` does not hold yet.
#[derive(Debug)]
pub(super) struct Waiting {
    pub(super) client: ClientId,
    pub(super) id: Box<[u8]>,
    /// The parameters of `transact`, as they were written.
    pub(super) params: Box<[u8]>,
    /// When the request came.
    pub(super) since_ms: u64,
    /// When the `wait` times out, if it does.
    pub(super) until_ms: Option<u64>,
    /// The tables whose rows decide whether it still waits.
    pub(super) tables: BTreeSet<TableId>,
    /// Whether one of them has changed since it was tried.
    pub(super) stale: bool,
}

impl Waiting {
    /// Whether it is to be tried.
    pub(super) fn is_due(&self, now_ms: u64) -> bool {
        self.stale || self.until_ms.is_some_and(|at| at <= now_ms)
    }
}

impl Hosted {
    /// `state` names the state that the database is in; without a name for it, no history is kept.
    pub(super) fn new(database: Database, journal: Option<Box<dyn Journal>>, state: Option<Uuid>) -> Hosted {
        let schema_json = schema_json(database.schema());
        Hosted {
            database,
            history: state.map_or_else(History::off, History::new),
            journal,
            schema_json,
            waiting: VecDeque::new(),
            waiting_work: WAITING_WORK_PER_TURN,
            compact_from_ms: 0,
            storage_events: Vec::new(),
        }
    }

    /// When the next of those that wait is to be tried.
    pub(super) fn next_try(&self) -> Option<u64> {
        self.waiting.iter().filter_map(|waiting| if waiting.stale { Some(0) } else { waiting.until_ms }).min()
    }

    /// Notes which of those that wait may wait no more after a commit.
    pub(super) fn note_changes(&mut self, commit: &Commit) {
        if self.waiting.is_empty() {
            return;
        }
        let changed: BTreeSet<TableId> = commit.changes.iter().map(|change| change.table).collect();
        for waiting in self.waiting.iter_mut().filter(|waiting| !waiting.stale) {
            waiting.stale = !waiting.tables.is_disjoint(&changed);
        }
    }

    /// When the journal is to be compacted, if it asks for that.
    pub(super) fn compaction_at(&self) -> Option<u64> {
        self.journal.as_ref().filter(|journal| journal.is_compaction_due()).map(|_| self.compact_from_ms)
    }

    /// Compacts the journal if it asks for that.
    pub(super) fn compact_if_due(&mut self, now_ms: u64) {
        if self.compaction_at().is_none_or(|at| at > now_ms) {
            return;
        }
        if self.compact().is_err() {
            // the journal goes on as it was
            self.compact_from_ms = now_ms.saturating_add(COMPACT_RETRY_MS);
        }
    }
}

/// The schema as ovsdb-server shows it: keys sorted, and without `isRoot` if every table is in the root set, as schemas were written before there was
/// garbage collection.
fn schema_json(schema: &DatabaseSchema) -> Arc<str> {
    let text = if schema.tables().iter().all(|table| table.is_root) {
        let mut tables = schema.tables().to_vec();
        tables.iter_mut().for_each(|table| table.is_root = false);
        DatabaseSchema::new(&schema.name, &schema.version, schema.cksum.as_deref(), tables).to_json()
    } else {
        schema.to_json()
    };
    sorted(text.as_bytes()).unwrap_or(text).into()
}
