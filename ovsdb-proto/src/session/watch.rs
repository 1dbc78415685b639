//! How does a line that waits learn that the database has changed? By a monitor of what it reads, without the contents.

use crate::monitor::{MonitorRequest, Select};
use crate::replica::Absent;
use crate::rpc;
use crate::schema::{ColumnSet, DatabaseSchema, TableId};
use std::collections::HashMap;

/// A monitor that a server was asked for.
#[derive(Debug)]
pub(super) struct Watch {
    id: u64,
    columns: HashMap<TableId, ColumnSet>,
    /// Whether something has changed since the last queries were sent.
    pub(super) changed: bool,
}

impl Watch {
    /// Writes the request number `id` for a monitor of these columns, which goes by that number.
    pub(super) fn begin(
        id: u64,
        columns: HashMap<TableId, ColumnSet>,
        schema: &DatabaseSchema,
        absent: &Absent,
        out: &mut Vec<u8>,
    ) -> Watch {
        rpc::encode::monitor(out, id, &schema.name, name(id).as_bytes(), |w| {
            w.begin_object();
            for (table_id, set) in &columns {
                let Some(table) = schema.table(*table_id).filter(|_| absent.has_table(*table_id)) else {
                    continue;
                };
                let held = set.iter().filter(|c| absent.has_column(*table_id, *c));
                let names: Vec<&str> = held.filter_map(|c| Some(&*table.column(c)?.name)).collect();
                let select = Select { initial: false, ..Select::default() };
                MonitorRequest { columns: Some(&names), select, where_: None }.write(w, &table.name);
            }
            w.end_object();
        });
        Watch { id, columns, changed: false }
    }

    /// Writes the request number `id` to end the monitor.
    pub(super) fn end(self, id: u64, out: &mut Vec<u8>) {
        rpc::encode::monitor_cancel(out, id, name(self.id).as_bytes());
    }

    /// Whether a change of any of these columns would be told.
    pub(super) fn covers(&self, columns: &HashMap<TableId, ColumnSet>) -> bool {
        columns.iter().all(|(table, set)| self.columns.get(table).is_some_and(|c| c.is_superset(set)))
    }
}

fn name(id: u64) -> String {
    id.to_string()
}
