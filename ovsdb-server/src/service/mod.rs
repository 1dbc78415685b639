//! What a server does with what its clients send: a state machine of several databases and clients, stepped by bytes and time.
//!
//! [`Service`] knows no socket, file or clock. Whoever listens gives it whole messages with [`Service::receive`], sends what [`Service::output`] holds for
//! each client that [`Service::take_ready`] names, calls [`Service::tick`] when [`Service::next_deadline_ms`] has come, and closes
//! connections for which [`Service::closing`] is true once their output is sent.
//!
//! ```
//! use ovsdb_proto::schema::DatabaseSchema;
//! use ovsdb_server::engine::Database;
//! use ovsdb_server::service::{ClientOptions, Service};
//! let schema = DatabaseSchema::parse(r#"{"name":"D","version":"1.0.0","tables":{}}"#)?;
//! let mut service = Service::new(1);
//! service.add_database(Database::new(schema.into()), None)?;
//! let client = service.connect(0, ClientOptions::default());
//! service.receive(0, client, br#"{"id":1,"method":"list_dbs","params":[]}"#);
//! assert!(service.take_ready().eq([client]));
//! assert_eq!(service.output(client).unwrap(), br#"{"id":1,"result":["D","_Server"],"error":null}"#);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod client;
mod clients;
mod convert;
mod databases;
mod dispatch;
mod hosted;
mod keeping;
pub mod limits;
mod locks;
mod reply;
mod server_database;
mod transact;

pub use client::{ClientId, ClientOptions};
pub use databases::{AddError, CompactError};
pub use keeping::{Keeping, StorageEvent};
pub use transact::TransactError;

use crate::engine::Ids;
use crate::monitor::History;
use crate::monitor::MonitorSet;
use client::Client;
use hosted::Hosted;
use locks::Locks;
use ovsdb_proto::value::Uuid;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, HashMap};

/// A server without its sockets and files.
#[derive(Debug)]
pub struct Service {
    /// `_Server` among them.
    databases: BTreeMap<Box<str>, Hosted>,
    clients: HashMap<ClientId, Client>,
    clients_made: u64,
    locks: Locks,
    monitors: MonitorSet,
    ids: Ids,
    /// Whether changes are remembered for `monitor_cond_since`.
    histories: bool,
    /// What `get_server_id` answers.
    server_id: Uuid,
    /// Clients whose output grew, or that began to close, since it was last asked; each once.
    ready: Vec<ClientId>,
    /// When the silence of clients is to be looked at, at the latest; a client may stand there earlier than is needed.
    probes: BinaryHeap<Reverse<(u64, ClientId)>>,
    /// How many rows the transactions of clients have looked at since this was last taken.
    work: u64,
    /// The reply to a transaction, while what monitors tell goes before it.
    reply: Vec<u8>,
}

impl Service {
    /// A service without databases, except `_Server`. The UUIDs that it gives follow from the seed, which is to be another for each
    /// run: clients take equal names of states for equal states.
    pub fn new(seed: u128) -> Service {
        let mut ids = Ids::new(seed);
        let mut service = Service {
            databases: BTreeMap::new(),
            clients: HashMap::new(),
            clients_made: 0,
            locks: Locks::default(),
            monitors: MonitorSet::new(),
            server_id: ids.next(),
            ids,
            histories: true,
            ready: Vec::new(),
            probes: BinaryHeap::new(),
            work: 0,
            reply: Vec::new(),
        };
        service.add_server_database();
        service
    }

    /// From now on does not remember changes, so that a client which comes back gets a whole copy, as from ovsdb-server unless that is part of a cluster. Some programs
    /// rely on it: they expect to hear of every row after they have connected again.
    pub fn forget_history(&mut self) {
        self.histories = false;
        self.databases.values_mut().for_each(|hosted| hosted.history = History::off());
    }

    fn next_state(&mut self) -> Option<Uuid> {
        self.histories.then(|| self.ids.next())
    }

    /// When [`Service::tick`] is to be called, in the milliseconds of `now_ms`; 0 is at once, but not before what is ready was sent. Calling it earlier does
    /// no harm.
    pub fn next_deadline_ms(&self) -> Option<u64> {
        let timeouts = self.databases.values().filter_map(Hosted::next_try);
        let compactions = self.databases.values().filter_map(Hosted::compaction_at);
        timeouts.chain(compactions).chain(self.probes.peek().map(|Reverse((at, _))| *at)).min()
    }

    /// Whether the requests received since this was last asked were so much work that other clients
    /// should have their turn.
    pub fn take_turn_over(&mut self) -> bool {
        std::mem::take(&mut self.work) > limits::WORK_PER_TURN
    }

    /// Does what is due: transactions that wait, clients that are silent, journals to be compacted.
    pub fn tick(&mut self, now_ms: u64) {
        self.go_on_waiting(now_ms);
        self.probe(now_ms);
        self.databases.values_mut().for_each(|hosted| hosted.compact_if_due(now_ms));
    }
}

#[cfg(test)]
mod tests;
