//! How does a server notice that a table which names its remotes has changed? It monitors it, as any client would.

use super::source::{self, ColumnName};
use crate::service::{ClientId, ClientOptions, Service};
use ovsdb_proto::rpc::encode;
use std::collections::{BTreeMap, BTreeSet};

/// The tables that are watched.
#[derive(Debug, Default)]
pub(super) struct Watches {
    /// Whether something may have changed since this was last set to false.
    pub(super) changed: bool,
    by_database: BTreeMap<String, Watch>,
}

#[derive(Debug)]
struct Watch {
    client: ClientId,
    tables: BTreeSet<String>,
}

impl Watches {
    /// Watches the tables that decide what `columns` say, and no others.
    pub(super) fn set(&mut self, service: &mut Service, now_ms: u64, columns: &[&ColumnName]) {
        let mut wanted: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for column in columns {
            let tables = source::tables(column, service.database(&column.database));
            if !tables.is_empty() {
                wanted.entry(column.database.clone()).or_default().extend(tables);
            }
        }
        self.by_database.retain(|database, watch| {
            let keep = wanted.get(database) == Some(&watch.tables) && !service.closing(watch.client);
            if !keep {
                service.disconnect(watch.client);
            }
            keep
        });
        for (database, tables) in wanted {
            if self.by_database.contains_key(&database) {
                continue;
            }
            let client = service.connect(now_ms, ClientOptions::default());
            let mut request = Vec::new();
            encode::request(&mut request, 0, "monitor", |w| {
                w.string(&database);
                w.null();
                w.begin_object();
                for table in &tables {
                    w.key(table);
                    w.begin_object();
                    w.end_object();
                }
                w.end_object();
            });
            service.receive(now_ms, client, &request);
            self.by_database.insert(database, Watch { client, tables });
        }
    }

    /// Takes what the service has for `client`, if it is one of ours.
    pub(super) fn notice(&mut self, service: &mut Service, client: ClientId) {
        if let Some(output) = service.output(client) {
            output.clear();
        }
        if self.by_database.values().any(|watch| watch.client == client) {
            self.changed = true;
        }
    }
}
