//! Makes room for new clients: counts them by where they come from, and closes idle ones at the
//! limit.

use super::driver::Core;
use super::event::End;
use super::limits::{Limits, SEARCH_TIME_PER_CLIENT};
use super::slot::Origin;
use crate::service::ClientId;
use std::collections::{HashMap, VecDeque};
use std::net::IpAddr;
use tokio::time::Instant;

/// Who is connected, and who may be closed to make room for others.
#[derive(Debug, Default)]
pub(super) struct Room {
    /// Clients over TCP and TLS.
    network: usize,
    /// Clients and pending handshakes of each peer address, while they are limited.
    by_address: HashMap<IpAddr, usize>,
    idle: Idle,
}

/// Clients that were found idle, the longest idle one first.
///
/// A search visits all clients, so it finds as many as there are, and the next search has to wait
/// for a time that grows with the number of clients: a flood of connections does not make the
/// server search all the time.
#[derive(Debug, Default)]
struct Idle {
    network: VecDeque<Candidate>,
    local: VecDeque<Candidate>,
    next_search: Option<Instant>,
}

/// A client and since when it was idle, in milliseconds of the service's time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Candidate {
    since_ms: u64,
    id: ClientId,
}

impl Room {
    /// Counts a connection that was accepted.
    ///
    /// # Errors
    /// [`End::Address`]: there are as many from its address as may be.
    pub(super) fn enter(&mut self, origin: Origin, per_address_max: Option<usize>) -> Result<(), End> {
        let (Origin::Network(address), Some(max)) = (origin, per_address_max) else { return Ok(()) };
        let count = self.by_address.entry(address).or_default();
        if *count >= max {
            return Err(End::Address(address));
        }
        *count += 1;
        Ok(())
    }

    /// Forgets a connection that is gone: one that was accepted, and did not become a client.
    pub(super) fn leave(&mut self, origin: Origin) {
        let Origin::Network(address) = origin else { return };
        if let Some(count) = self.by_address.get_mut(&address) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                self.by_address.remove(&address);
            }
        }
    }

    /// Counts a connection that becomes a client.
    pub(super) fn client_came(&mut self, origin: Origin) {
        self.network += usize::from(matches!(origin, Origin::Network(_)));
    }

    /// Forgets a client that is gone.
    pub(super) fn client_left(&mut self, origin: Origin) {
        self.network -= usize::from(matches!(origin, Origin::Network(_)));
        self.leave(origin);
    }
}

impl Limits {
    /// How many of the clients may come over TCP and TLS: all but the share that is reserved for
    /// this host.
    fn network_clients_max(&self) -> usize {
        self.clients_max - self.clients_max / 16
    }
}

impl Core {
    /// Whether there is room for another client, if need be after an idle one was closed.
    pub(super) fn make_room(&mut self, origin: Origin) -> bool {
        let is_network = matches!(origin, Origin::Network(_));
        let is_full = self.clients.len() >= self.limits.clients_max
            || is_network && self.room.network >= self.limits.network_clients_max();
        !is_full || self.close_idle(is_network)
    }

    /// Closes the client that has been idle longest; false if none may be closed.
    ///
    /// Clients are idle that have no monitor, lock or waiting transaction. The time counts from
    /// their last request other than `echo`. Clients within this process and those that the server
    /// connected to are never closed, and with `only_network` neither are those that came over Unix
    /// domain sockets.
    pub(super) fn close_idle(&mut self, only_network: bool) -> bool {
        if let Some(number) = self.next_idle(only_network) {
            self.end_client(number, &End::Idle);
            return true;
        }
        if self.room.idle.next_search.is_some_and(|at| at > self.now) {
            return false;
        }
        self.search_idle();
        let Some(number) = self.next_idle(only_network) else { return false };
        self.end_client(number, &End::Idle);
        true
    }

    /// Takes the longest idle client from the list, unless it has become active since.
    fn next_idle(&mut self, only_network: bool) -> Option<usize> {
        loop {
            let idle = &mut self.room.idle;
            let local = idle.local.front().filter(|_| !only_network);
            let list = match (idle.network.front(), local) {
                (Some(network), Some(local)) if local < network => &mut idle.local,
                (None, Some(_)) => &mut idle.local,
                _ => &mut idle.network,
            };
            let Candidate { since_ms, id } = list.pop_front()?;
            if self.service.idle_since_ms(id) == Some(since_ms) {
                return self.clients.get(&id).copied();
            }
        }
    }

    fn search_idle(&mut self) {
        let found = self.each_client().filter_map(|(_, client)| {
            let since_ms = self.service.idle_since_ms(client.id)?;
            Some((Candidate { since_ms, id: client.id }, client.origin))
        });
        let (mut network, mut local) = (Vec::new(), Vec::new());
        for (candidate, origin) in found {
            match origin {
                Origin::Network(_) => network.push(candidate),
                Origin::Local => local.push(candidate),
                Origin::Ours => {}
            }
        }
        network.sort_unstable();
        local.sort_unstable();
        let count = u32::try_from(self.clients.len()).unwrap_or(u32::MAX);
        let next_search = Some(self.now + SEARCH_TIME_PER_CLIENT * count);
        self.room.idle = Idle { network: network.into(), local: local.into(), next_search };
    }
}
