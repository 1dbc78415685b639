//! How clients come, are sent something, fall silent and go.

use super::client::{Client, Silence};
use super::{ClientId, ClientOptions, Service};
use ovsdb_proto::rpc::encode;
use std::cmp::Reverse;

impl Service {
    /// A client comes.
    pub fn connect(&mut self, now_ms: u64, options: ClientOptions) -> ClientId {
        let id = ClientId(self.clients_made);
        self.clients_made = self.clients_made.wrapping_add(1);
        let mut client = Client::new(options, now_ms);
        self.probes.extend(client.plan_look().map(|at| Reverse((at, id))));
        self.clients.insert(id, client);
        id
    }

    /// A client is gone, with all that it had.
    pub fn disconnect(&mut self, client: ClientId) {
        self.release(client);
        self.clients.remove(&client);
    }

    /// A client gave a sign of life that is no whole message yet: bytes came, or it took bytes of a long output.
    pub fn heard(&mut self, now_ms: u64, client: ClientId) {
        if let Some(client) = self.clients.get_mut(&client) {
            client.heard(now_ms);
        }
    }

    /// From now on a client is probed after so many milliseconds; as in [`ClientOptions::probe_ms`].
    pub fn set_probe(&mut self, now_ms: u64, client: ClientId, probe_ms: u64) {
        if let Some(known) = self.clients.get_mut(&client) {
            known.set_probe(now_ms, probe_ms);
            self.probes.extend(known.plan_look().map(|at| Reverse((at, client))));
        }
    }

    /// The clients whose output grew, or that are to be closed, since this was last asked.
    pub fn take_ready(&mut self) -> impl Iterator<Item = ClientId> + '_ {
        for id in &self.ready {
            if let Some(client) = self.clients.get_mut(id) {
                client.ready = false;
            }
        }
        self.ready.drain(..)
    }

    /// What is to be sent to a client; whoever sends it takes it out. `None` if there is no such client.
    pub fn output(&mut self, client: ClientId) -> Option<&mut Vec<u8>> {
        Some(&mut self.clients.get_mut(&client)?.output)
    }

    /// How many bytes are to be sent to a client: it is to be cut off if it lets them pile up.
    pub fn output_len(&self, client: ClientId) -> usize {
        self.clients.get(&client).map_or(0, |client| client.output.len())
    }

    /// Since when a client is idle, in the milliseconds of `now_ms`: the time of its last request
    /// other than `echo`, or when it connected. `None` if it has a monitor, a lock or a waiting
    /// transaction.
    pub fn idle_since_ms(&self, id: ClientId) -> Option<u64> {
        let client = self.clients.get(&id)?;
        let is_idle = client.waiting == 0
            && self.locks.count(id) == 0
            && self.monitors.of_client(id.0).next().is_none();
        is_idle.then_some(client.asked_ms)
    }

    /// Whether the connection is to be closed once the output is sent. True also of a client that does not exist.
    pub fn closing(&self, client: ClientId) -> bool {
        self.clients.get(&client).is_none_or(|client| client.closing)
    }

    /// Begins to close a client: it loses all that it had, is not listened to and gets nothing more.
    pub(super) fn close(&mut self, id: ClientId) {
        self.release(id);
        let Some(client) = self.clients.get_mut(&id) else { return };
        client.closing = true;
        client.make_ready(id, &mut self.ready);
    }

    /// Closes all that did not say that they notice when databases change.
    pub(super) fn close_unaware(&mut self) {
        let mut unaware: Vec<ClientId> =
            self.clients.iter().filter(|(_, client)| !client.change_aware).map(|(id, _)| *id).collect();
        unaware.sort_unstable();
        for id in unaware {
            self.close(id);
        }
    }

    /// Appends a message to what a client is to be sent, unless it is about to be closed.
    pub(super) fn send(&mut self, id: ClientId, message: impl FnOnce(&mut Vec<u8>)) {
        let Some(client) = self.clients.get_mut(&id).filter(|client| !client.closing) else { return };
        message(&mut client.output);
        client.make_ready(id, &mut self.ready);
    }

    /// Probes those who are silent, and cuts off those who stay so.
    pub(super) fn probe(&mut self, now_ms: u64) {
        while let Some(&Reverse((at, id))) = self.probes.peek() {
            if at > now_ms {
                break;
            }
            self.probes.pop();
            let Some(client) = self.clients.get_mut(&id) else { continue };
            let silence = client.silence(at, now_ms);
            self.probes.extend(client.plan_look().map(|at| Reverse((at, id))));
            match silence {
                None | Some(Silence::Present) => {}
                // as ovsdb-server does, whose clients may know it by its id
                Some(Silence::Probe) => self.send(id, |out| {
                    out.extend_from_slice(br#"{"id":"echo","method":"echo","params":[]}"#);
                }),
                Some(Silence::Dead) => {
                    // it will not take what it was not sent by now
                    if let Some(client) = self.clients.get_mut(&id) {
                        client.output = Vec::new();
                    }
                    self.close(id);
                }
            }
        }
    }

    /// Takes away what a client had: locks, waiting transactions, monitors.
    fn release(&mut self, id: ClientId) {
        self.monitors.remove_client(id.0);
        for hosted in self.databases.values_mut() {
            hosted.waiting.retain(|waiting| waiting.client != id);
        }
        for (lock, owner) in self.locks.forget(id) {
            self.send(owner, |out| encode::locked(out, &lock));
        }
    }
}
