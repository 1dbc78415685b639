//! How is our service asked in a test: directly, one request after the other?

use super::schema::SCHEMA;
use ovsdb_proto::schema::DatabaseSchema;
use ovsdb_server::engine::Database;
use ovsdb_server::service::{ClientId, ClientOptions, Service};
use serde_json::Value;

pub(crate) struct Ours {
    service: Service,
    client: ClientId,
}

impl Ours {
    pub(crate) fn new() -> Ours {
        let mut service = Service::new(7);
        let schema = DatabaseSchema::parse_strict(SCHEMA).unwrap();
        service.add_database(Database::new(schema.into()), None).unwrap();
        let client = service.connect(0, ClientOptions::default());
        Ours { service, client }
    }

    /// Without a history of changes, as ovsdb-server is with a database that is not clustered.
    pub(crate) fn standalone() -> Ours {
        let mut ours = Ours::new();
        ours.service.forget_history();
        ours
    }

    /// Everything that is said until the request is answered, the answer last.
    pub(crate) fn ask(&mut self, method: &str, params: &Value) -> Vec<Value> {
        let request = serde_json::json!({"id": "ask", "method": method, "params": params}).to_string();
        self.service.receive(0, self.client, request.as_bytes());
        assert!(self.service.next_deadline_ms().is_none(), "waits: {request}");
        let output = std::mem::take(self.service.output(self.client).unwrap());
        serde_json::Deserializer::from_slice(&output).into_iter().map(Result::unwrap).collect()
    }
}
