//! How far has a committed change come: what `--wait` waits for, and what is reported of it.

use super::context::Progress;
use super::line::global_table;
use super::options::Wait;
use super::persona::ToolInfo;
use ovsdb_proto::row::ReadError;
use ovsdb_proto::schema::{ColumnId, ColumnSet};
use ovsdb_proto::session::Verdict;
use ovsdb_proto::txn::{RowId, Txn};
use std::time::{SystemTime, UNIX_EPOCH};

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

/// When the change came how far, in milliseconds since 1970 by the clocks of those who did it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Times {
    counted: i64,
    near: i64,
    far: i64,
}

impl Awaited {
    /// Whether the change has come far enough, and when; reads the global row.
    pub fn check(&self, txn: &Txn<'_>) -> Verdict<Times, ReadError> {
        match self.reached(txn) {
            Ok(Some(times)) => Verdict::Done(times),
            Ok(None) => Verdict::NotYet,
            Err(error) => Verdict::Failed(error),
        }
    }

    fn reached(&self, txn: &Txn<'_>) -> Result<Option<Times>, ReadError> {
        let table = global_table(self.info, txn)?;
        let schema = txn.base().schema().table(table).ok_or(ReadError::NoTable(self.info.global_table))?;
        let id = |name: &str| schema.column_id(name);
        let far = if self.wait == Wait::Hypervisors { self.progress.far } else { None };
        let tell: Vec<ColumnId> =
            [Some(self.progress.near), far].into_iter().flatten().filter_map(id).collect();
        let stamp = |name: &str| id(&format!("{name}_timestamp"));
        let stamps =
            [self.progress.counter, self.progress.near, self.progress.far.unwrap_or_default()].map(stamp);
        let set: ColumnSet = tell.iter().copied().chain(stamps.into_iter().flatten()).collect();
        for row in txn.find_rows(table, &[], set)? {
            let mut reached = true;
            for column in &tell {
                reached &= is_at_least(integer(txn, row, Some(*column))?, self.count);
            }
            if reached {
                let [counted, near, far] = stamps;
                let read = |column| integer(txn, row, column);
                return Ok(Some(Times { counted: read(counted)?, near: read(near)?, far: read(far)? }));
            }
        }
        Ok(None)
    }
}

// The counter may wrap: what is more than half the range of 32 bits apart is on the other side (ovn-nbctl(8) resets it long before).
fn is_at_least(value: i64, count: i64) -> bool {
    value >= count && value.wrapping_sub(count) < 1 << 31
}

fn integer(txn: &Txn<'_>, row: RowId, column: Option<ColumnId>) -> Result<i64, ReadError> {
    let Some(column) = column else { return Ok(0) };
    Ok(txn.cell(row, column)?.scalar().and_then(|a| a.as_integer()).unwrap_or(0))
}

/// What `--print-wait-time` prints: how long after `started` each step was done.
pub fn report(awaited: Awaited, times: Times, started: SystemTime) -> String {
    let started =
        started.duration_since(UNIX_EPOCH).map_or(0, |d| i64::try_from(d.as_millis()).unwrap_or(i64::MAX));
    let mut text = format!("Time spent on processing nb_cfg {}:\n", awaited.count);
    text += &format!("\tovn-northd delay before processing:\t{}ms\n", times.counted - started);
    text += &format!("\tovn-northd completion:\t\t\t{}ms\n", times.near - started);
    if awaited.wait == Wait::Hypervisors {
        text += &format!("\tovn-controller(s) completion:\t\t{}ms\n", times.far - started);
    }
    text
}
