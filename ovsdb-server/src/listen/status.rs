//! What a server writes to the rows that name its remotes: `is_connected` and `status`, as ovsdb-server does (ovs-vswitchd.conf.db(5), table Manager).

use super::driver::Core;
use super::limits::STATUS_INTERVAL;
use super::remotes::{Entry, Phase};
use super::source::RowName;
use ovsdb_proto::json::Writer;
use std::collections::{BTreeMap, HashMap};
use tokio::time::Instant;

/// What was written to which row, and when the next time comes.
#[derive(Debug, Default)]
pub(super) struct Status {
    written: HashMap<RowName, Shown>,
    due: Option<Instant>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Shown {
    is_connected: bool,
    status: BTreeMap<&'static str, String>,
}

impl Core {
    /// When the state of remotes is to be written next; never if no row wants it.
    pub(super) fn status_due(&self) -> Option<Instant> {
        let wanted = self.remotes.entries.values().any(|entry| !entry.rows.is_empty());
        wanted.then(|| self.remotes.status.due.unwrap_or(self.now))
    }

    /// Writes what has changed in the state of remotes since the last time, if it is time.
    pub(super) fn write_status(&mut self) {
        if self.status_due().is_none_or(|due| due > self.now) || self.is_over() {
            return;
        }
        self.remotes.status.due = Some(self.now + STATUS_INTERVAL);
        let mut next = HashMap::new();
        for entry in self.remotes.entries.values() {
            let shown = entry.shown(self.now);
            next.extend(entry.rows.iter().map(|row| (row.clone(), shown.clone())));
        }
        let written = std::mem::take(&mut self.remotes.status.written);
        let now_ms = self.now_ms();
        for (row, shown) in &next {
            if written.get(row) == Some(shown) {
                continue;
            }
            let columns = self.status_columns(row);
            if columns.contains(&true) {
                let operations = operations(row, shown, columns);
                // a refusal has no one to be told to, and the next time is soon
                let _ = self.service.transact(now_ms, &row.database, &operations);
            }
        }
        self.remotes.status.written = next;
    }

    // whether the table has is_connected and status
    fn status_columns(&self, row: &RowName) -> [bool; 2] {
        let table = self.service.database(&row.database).and_then(|database| {
            let schema = database.schema();
            schema.table(schema.table_id(&row.table)?)
        });
        ["is_connected", "status"].map(|column| table.is_some_and(|table| table.column_id(column).is_some()))
    }
}

impl Entry {
    fn shown(&self, now: Instant) -> Shown {
        let passive = self.address.as_ref().is_ok_and(ovsdb_proto::session::remote::Remote::is_passive);
        let secs = |at: Instant| now.saturating_duration_since(at).as_secs().to_string();
        let mut status = BTreeMap::new();
        if passive {
            // of many clients no one moment can be told
            status.insert("sec_since_connect", "0".to_owned());
            status.insert("sec_since_disconnect", "0".to_owned());
            status.extend(self.bound_port.map(|port| ("bound_port", port.to_string())));
            if self.sessions > 1 {
                status.insert("n_connections", self.sessions.to_string());
            }
        } else {
            status.insert("state", self.phase.name().to_owned());
            status.extend(self.connected_at.map(|at| ("sec_since_connect", secs(at))));
            status.extend(self.disconnected_at.map(|at| ("sec_since_disconnect", secs(at))));
        }
        if let Some(error) = self.last_error.as_ref().filter(|_| self.phase != Phase::Active) {
            status.insert("last_error", error.clone());
        }
        Shown { is_connected: self.sessions > 0, status }
    }
}

fn operations(row: &RowName, shown: &Shown, [is_connected, status]: [bool; 2]) -> Vec<u8> {
    let mut out = Vec::new();
    let w = &mut Writer::new(&mut out);
    w.begin_array();
    w.begin_object();
    w.key("op");
    w.string("update");
    w.key("table");
    w.string(&row.table);
    w.key("where");
    w.raw(format!(r#"[["_uuid","==",["uuid","{}"]]]"#, row.uuid).as_bytes());
    w.key("row");
    w.begin_object();
    if is_connected {
        w.key("is_connected");
        w.boolean(shown.is_connected);
    }
    if status {
        w.key("status");
        w.begin_array();
        w.string("map");
        w.begin_array();
        for (key, value) in &shown.status {
            w.begin_array();
            w.string(key);
            w.string(value);
            w.end_array();
        }
        w.end_array();
        w.end_array();
    }
    w.end_object();
    w.end_object();
    w.end_array();
    out
}
