//! The service, talked to directly.

use super::conversation::{Server, shown};
use ovsdb_proto::frame::Framer;
use ovsdb_proto::schema::DatabaseSchema;
use ovsdb_server::engine::Database;
use ovsdb_server::service::{ClientId, ClientOptions, Service};
use std::collections::BTreeMap;

pub(super) struct Ours {
    service: Service,
    clients: BTreeMap<char, ClientId>,
    now_ms: u64,
}

impl Ours {
    pub(super) fn new(schemas: &[&str]) -> Ours {
        let mut service = Service::new(1);
        for schema in schemas {
            let schema = DatabaseSchema::parse_strict(schema).unwrap();
            service.add_database(Database::new(schema.into()), None).unwrap();
        }
        Ours { service, clients: BTreeMap::new(), now_ms: 1000 }
    }
}

impl Server for Ours {
    fn connect(&mut self, client: char) {
        let id = self.service.connect(self.now_ms, ClientOptions::default());
        self.clients.insert(client, id);
    }

    fn say(&mut self, client: char, message: &[u8]) {
        self.now_ms += 1;
        self.service.receive(self.now_ms, self.clients[&client], message);
    }

    fn gone(&mut self, client: char) {
        let id = self.clients.remove(&client).unwrap();
        self.service.disconnect(id);
    }

    fn hears(&mut self, client: char) {
        while self.service.output_len(self.clients[&client]) == 0 {
            self.now_ms = self.service.next_deadline_ms().expect("nothing will ever happen");
            self.service.tick(self.now_ms);
        }
    }

    fn remove(&mut self, database: &str) {
        self.service.remove_database(database).unwrap();
    }

    fn heard(&mut self) -> BTreeMap<char, (Vec<String>, bool)> {
        let ready: Vec<ClientId> = self.service.take_ready().collect();
        let mut heard = BTreeMap::new();
        for (name, id) in &self.clients {
            let output = std::mem::take(self.service.output(*id).unwrap());
            let closing = self.service.closing(*id);
            // nothing comes or ends that the listener would not be told of
            assert_eq!(!output.is_empty() || closing, ready.contains(id));
            heard.insert(*name, (messages(&output), closing));
        }
        for (name, (_, closing)) in &heard {
            if *closing {
                self.service.disconnect(self.clients.remove(name).unwrap());
            }
        }
        heard
    }
}

/// The messages that these bytes are.
pub(super) fn messages(mut bytes: &[u8]) -> Vec<String> {
    let mut framer = Framer::new(1 << 24);
    let mut messages = Vec::new();
    while let Some(place) = framer.find(bytes).unwrap() {
        messages.push(shown(&bytes[place.clone()]));
        bytes = &bytes[place.end..];
    }
    assert!(bytes.is_empty(), "half a message: {}", String::from_utf8_lossy(bytes));
    messages
}
