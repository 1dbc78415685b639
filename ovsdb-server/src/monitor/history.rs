//! What changed lately: the transactions that `monitor_cond_since` can replay, bounded.

use crate::engine::{Change, Commit, Row};
use ovsdb_proto::schema::TableId;
use ovsdb_proto::value::Uuid;
use std::collections::{BTreeMap, VecDeque};
use std::mem::size_of;

/// How many transactions are kept: as many as ovsdb-server keeps.
pub const HISTORY_COMMITS_MAX: usize = 100;

/// How much memory the rows of the transactions kept may take, by a rough count. Only rows that are otherwise gone really take it. A client that missed
/// more is as well served with a fresh copy.
pub const HISTORY_BYTES_MAX: usize = 16 << 20;

/// The last transactions of a database, oldest first.
#[derive(Clone, Debug, Default)]
pub struct History {
    /// Names the state before the oldest commit kept; nil if it has no name.
    base: Uuid,
    commits: VecDeque<(Commit, usize)>,
    bytes: usize,
    off: bool,
}

/// A row's identity, with what it was first and last.
pub(super) type Merged<'a> = BTreeMap<(TableId, Uuid), (Option<&'a Row>, Option<&'a Row>)>;

impl History {
    /// Of a database whose state is called `base`; nil if that is not known, which no client can then ask for.
    pub const fn new(base: Uuid) -> History {
        History { base, commits: VecDeque::new(), bytes: 0, off: false }
    }

    /// Of nothing: the states of the database have no names, and every client that comes back gets a fresh copy.
    pub const fn off() -> History {
        History { base: Uuid::NIL, commits: VecDeque::new(), bytes: 0, off: true }
    }

    /// Takes in a transaction after it was applied, and forgets those that are too old.
    pub fn push(&mut self, commit: Commit) {
        if self.off {
            return;
        }
        let bytes = commit.changes.iter().map(bytes_of).sum();
        self.bytes += bytes;
        self.commits.push_back((commit, bytes));
        while self.commits.len() > HISTORY_COMMITS_MAX || self.bytes > HISTORY_BYTES_MAX {
            let Some((commit, bytes)) = self.commits.pop_front() else { break };
            self.bytes -= bytes;
            self.base = commit.id;
        }
    }

    /// The name of the database's state: of the last transaction, nil if there was none.
    pub fn last(&self) -> Uuid {
        self.commits.back().map_or(self.base, |(commit, _)| commit.id)
    }

    /// What changed since the state `id`, by row; `None` if that is not known any more.
    pub(super) fn since(&self, id: Uuid) -> Option<Merged<'_>> {
        if id == Uuid::NIL {
            return None;
        }
        let skip = match self.commits.iter().rposition(|(commit, _)| commit.id == id) {
            Some(at) => at + 1,
            None if id == self.base => 0,
            None => return None,
        };
        let mut merged = Merged::new();
        for change in self.commits.iter().skip(skip).flat_map(|(commit, _)| &commit.changes) {
            let entry = merged.entry((change.table, change.uuid)).or_insert((change.old.as_ref(), None));
            entry.1 = change.new.as_ref();
        }
        Some(merged)
    }
}

fn bytes_of(change: &Change) -> usize {
    [&change.old, &change.new].into_iter().flatten().map(Row::size).sum::<usize>() + size_of::<Change>()
}
