//! Does a server withstand any bytes of a client, and does another client's monitor still tell it exactly what there is?

use crate::requests::SCHEMA;
use crate::transactions::tables;
use ovsdb_proto::frame::Framer;
use ovsdb_proto::schema::{ColumnId, DatabaseSchema};
use ovsdb_proto::value::Uuid;
use ovsdb_server::engine::Database;
use ovsdb_server::service::{ClientId, ClientOptions, Service};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, LazyLock};

static PARSED: LazyLock<Option<Arc<DatabaseSchema>>> =
    LazyLock::new(|| DatabaseSchema::parse_strict(SCHEMA).ok().map(Arc::new));

/// How long a message of the client may be.
const FRAME_BYTES_MAX: usize = 1 << 20;

/// How much may be written to the client for one of its messages, which is no longer than the input: the input could have filled the
/// tables, and ask for all of them in each of its operations.
const OUTPUT_BYTES_MAX: usize = 64 << 20;

/// The input is what a client sends. It comes in pieces, one for each line feed, and at each of them time goes on. When the client is cut off, another goes on
/// where it was.
pub fn check_client_stream(data: &[u8]) {
    let Some(schema) = PARSED.as_ref() else { return };
    let mut service = Service::new(5);
    let added = service.add_database(Database::new(Arc::clone(schema)), None);
    assert!(added.is_ok());
    let mut watcher = Watcher::new(&mut service);
    let (mut client, mut framer) = connect(&mut service, 0);
    let mut unread: Vec<u8> = Vec::new();
    for (now_ms, piece) in (1u64..).map(|n| n * 997).zip(data.split_inclusive(|byte| *byte == b'\n')) {
        unread.extend_from_slice(piece);
        service.tick(now_ms);
        loop {
            let place = match framer.find(&unread) {
                Ok(Some(place)) => place,
                Ok(None) => break,
                Err(_) => {
                    // as the listener does with what is no JSON
                    service.disconnect(client);
                    unread.clear();
                    (client, framer) = connect(&mut service, now_ms);
                    break;
                }
            };
            let Some(message) = unread.get(place.clone()) else { break };
            service.receive(now_ms, client, message);
            unread.drain(..place.end);
            drain(&mut service, client);
            watcher.listen(&mut service, now_ms);
            if service.closing(client) {
                service.disconnect(client);
                unread.clear();
                (client, framer) = connect(&mut service, now_ms);
                break;
            }
        }
    }
    // whatever waits comes to its end
    service.tick(u64::MAX);
    drain(&mut service, client);
    watcher.listen(&mut service, u64::MAX);
    assert_eq!(service.take_ready().collect::<BTreeSet<_>>().len(), 0, "output that nobody was told of");
}

fn connect(service: &mut Service, now_ms: u64) -> (ClientId, Framer) {
    let client = service.connect(now_ms, ClientOptions { probe_ms: 60_000, ..ClientOptions::default() });
    (client, Framer::new(FRAME_BYTES_MAX))
}

/// Takes the output of a client, which must be whole messages.
fn drain(service: &mut Service, client: ClientId) {
    let _ = service.take_ready().count();
    let output = service.output(client).map(std::mem::take).unwrap_or_default();
    assert!(output.len() <= OUTPUT_BYTES_MAX, "{}", output.len());
    // what is not UTF-8 is returned as it came
    let text = String::from_utf8_lossy(&output);
    for message in serde_json::Deserializer::from_str(&text).into_iter::<serde::de::IgnoredAny>() {
        assert!(message.is_ok(), "{text}");
    }
}

/// A client that monitors everything.
struct Watcher {
    client: ClientId,
    known: BTreeMap<(String, String), BTreeMap<String, Value>>,
}

impl Watcher {
    fn new(service: &mut Service) -> Watcher {
        let client = service.connect(0, ClientOptions::default());
        let mut watcher = Watcher { client, known: BTreeMap::new() };
        watcher.open(service, 0);
        watcher
    }

    fn open(&mut self, service: &mut Service, now_ms: u64) {
        self.known.clear();
        let aware = br#"{"id":"aware","method":"set_db_change_aware","params":[true]}"#;
        service.receive(now_ms, self.client, aware);
        let Some(database) = service.database("D") else { return };
        let requests: serde_json::Map<String, Value> = tables(database.schema())
            .map(|(_, table)| (table.name.to_string(), serde_json::json!({})))
            .collect();
        let params = serde_json::json!(["D", "watch", requests]);
        let request = serde_json::json!({"id": "open", "method": "monitor", "params": params}).to_string();
        service.receive(now_ms, self.client, request.as_bytes());
        self.listen(service, now_ms);
    }

    /// Takes in what it is told, and compares what it knows with what there is.
    fn listen(&mut self, service: &mut Service, now_ms: u64) {
        let output = service.output(self.client).map(std::mem::take).unwrap_or_default();
        let mut canceled = false;
        for message in serde_json::Deserializer::from_slice(&output).into_iter::<Value>() {
            let Ok(message) = message else { continue };
            let method = message.get("method").and_then(Value::as_str);
            match (method, message.get("id").and_then(Value::as_str)) {
                (Some("update"), _) => {
                    let updates = message.get("params").and_then(|params| params.get(1));
                    self.update(updates.unwrap_or(&Value::Null));
                }
                (Some("monitor_canceled"), _) => canceled = true,
                (None, Some("open")) => self.update(message.get("result").unwrap_or(&Value::Null)),
                (None, Some("aware")) => {}
                _ => assert!(message.is_null(), "{message}"),
            }
        }
        assert!(!service.closing(self.client));
        if canceled {
            // the database was converted
            return self.open(service, now_ms);
        }
        self.check(service);
    }

    fn update(&mut self, updates: &Value) {
        for (table, rows) in updates.as_object().into_iter().flatten() {
            for (uuid, row) in rows.as_object().into_iter().flatten() {
                let place = (table.clone(), uuid.clone());
                let before = match row.get("new").and_then(Value::as_object) {
                    Some(new) => {
                        let new = new.iter().map(|(column, value)| (column.clone(), value.clone()));
                        self.known.insert(place, new.collect())
                    }
                    None => self.known.remove(&place),
                };
                let old = row.get("old").and_then(Value::as_object);
                assert_eq!(before.is_some(), old.is_some(), "{table} {uuid}");
                for (column, value) in old.into_iter().flatten() {
                    assert_eq!(before.as_ref().and_then(|row| row.get(column)), Some(value));
                }
            }
        }
    }

    fn check(&self, service: &Service) {
        let Some(database) = service.database("D") else { return };
        let mut count = 0;
        for (id, table) in tables(database.schema()) {
            for row in database.rows(id) {
                count += 1;
                let known = self.known.get(&(table.name.to_string(), row.uuid().to_string()));
                let version = known.and_then(|row| row.get("_version")?.get(1)?.as_str());
                let version: Option<Uuid> = version.and_then(|version| version.parse().ok());
                assert_eq!(version, Some(row.version()), "{} {}", table.name, row.uuid());
                // all columns but _uuid
                let columns = table.columns().len() - usize::from(ColumnId::VERSION.0);
                assert_eq!(known.map(BTreeMap::len), Some(columns));
            }
        }
        assert_eq!(count, self.known.len());
    }
}
