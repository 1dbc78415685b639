//! How far has a committed change come: what `--wait` waits for, and what is reported of it.

use super::context::Progress;
use super::line::global_table;
use super::options::Wait;
use super::persona::ToolInfo;
use ovsdb_proto::row::ReadError;
use ovsdb_proto::schema::{ColumnId, ColumnSet};
use ovsdb_proto::session::Verdict;
use ovsdb_proto::txn::Txn;

/// A change to wait for.
#[derive(Clone, Copy, Debug)]
pub struct Awaited {
    /// The columns that tell.
    pub progress: Progress,
    /// The tool, and so the table.
    pub info: &'static ToolInfo,
    /// How far it must have come.
    pub wait: Wait,
    /// What the counter was set to with the change.
    pub count: i64,
}

/// The integers of the global row that tell how far a change has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reached {
    /// Whether the awaited point is reached.
    pub done: bool,
}

impl Awaited {
    /// Whether the change has come far enough; reads the global row.
    pub fn check(&self, txn: &Txn<'_>) -> Verdict<(), ReadError> {
        match self.reached(txn) {
            Ok(true) => Verdict::Done(()),
            Ok(false) => Verdict::NotYet,
            Err(error) => Verdict::Failed(error),
        }
    }

    fn reached(&self, txn: &Txn<'_>) -> Result<bool, ReadError> {
        let table = global_table(self.info, txn)?;
        let schema = txn.base().schema().table(table).ok_or(ReadError::NoTable(self.info.global_table))?;
        let far = if self.wait == Wait::Hypervisors { self.progress.far } else { None };
        let columns: Vec<ColumnId> = [Some(self.progress.near), far]
            .into_iter()
            .flatten()
            .filter_map(|c| schema.column_id(c))
            .collect();
        let set: ColumnSet = columns.iter().copied().collect();
        for row in txn.find_rows(table, &[], set)? {
            let mut reached = true;
            for column in &columns {
                let value = txn.cell(row, *column)?.scalar().and_then(|a| a.as_integer()).unwrap_or(0);
                // the counter wraps: what is less than half the range behind is not there yet
                reached &= value.wrapping_sub(self.count) >= 0;
            }
            if reached {
                return Ok(true);
            }
        }
        Ok(false)
    }
}
