//! A count of the rows that reading has visited.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// How many rows, edits and elements of sets were looked at; clones count together.
#[derive(Clone, Debug, Default)]
pub(crate) struct Visits(Arc<AtomicU64>);

impl Visits {
    pub(crate) fn add(&self, rows: usize) {
        self.0.fetch_add(rows as u64, Ordering::Relaxed);
    }

    pub(crate) fn count(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}
