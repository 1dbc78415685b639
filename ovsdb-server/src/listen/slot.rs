//! What a driver looks after, each by its number: sockets that listen, connections being made, clients.

use super::peer::Peer;
use super::wake::Woken;
use crate::service::ClientId;
use ovsdb_proto::net::{Error, Listener, Stream};
use std::collections::BTreeSet;
use std::fmt;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Waker;
use tokio::time::Instant;

/// Work under way that ends with a `T`.
pub(super) type Pending<T> = Pin<Box<dyn Future<Output = Result<T, Error>> + Send>>;

/// One thing to look after. Those that belong to a remote have its text.
pub(super) enum Slot {
    /// Nothing.
    Free,
    /// A remote whose turn comes when the alarm rings.
    Waiting(Arc<str>),
    /// A remote that is about to listen.
    Binding(Arc<str>, Pending<Listener>),
    /// A remote that listens.
    Listening(Arc<str>, Listener),
    /// A connection being made, by us or by the peer.
    Opening(Opening),
    /// A client.
    Client(Box<Client>),
    /// A connection that is being closed in good order.
    Farewell(Box<Peer>),
}

/// Where a connection comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// This process, or a remote that we connect to.
    Ours,
    /// A Unix domain socket of this host.
    Local,
    /// A peer with this address, over TCP or TLS.
    Network(IpAddr),
}

pub(super) struct Opening {
    pub(super) remote: Arc<str>,
    pub(super) origin: Origin,
    /// Its number among the pending handshakes of its remote, if it is one of them.
    pub(super) handshake: Option<u64>,
    pub(super) work: Pending<Stream>,
}

pub(super) struct Client {
    pub(super) peer: Peer,
    pub(super) id: ClientId,
    /// Nothing within this process.
    pub(super) remote: Option<Arc<str>>,
    pub(super) origin: Origin,
    /// How much waited for it after its own last request.
    pub(super) own: usize,
    /// What of it is counted among what all clients hold.
    pub(super) held: usize,
    /// Whether it has said all that it will.
    pub(super) ended: bool,
    /// When it came.
    pub(super) since: Instant,
}

impl fmt::Debug for Slot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Slot::Free => "Free",
            Slot::Waiting(_) => "Waiting",
            Slot::Binding(..) => "Binding",
            Slot::Listening(..) => "Listening",
            Slot::Opening(_) => "Opening",
            Slot::Client(_) => "Client",
            Slot::Farewell(_) => "Farewell",
        })
    }
}

/// All slots, with the alarm of each.
#[derive(Debug, Default)]
pub(super) struct Slots {
    list: Vec<(Slot, Option<Instant>, Waker)>,
    free: Vec<usize>,
    alarms: BTreeSet<(Instant, usize)>,
    pub(super) woken: Arc<Woken>,
}

impl Slots {
    /// Puts something into a free slot and wakes it, so that it is looked after soon.
    pub(super) fn add(&mut self, slot: Slot) -> usize {
        let number = match self.free.pop() {
            Some(number) => {
                self.set(number, slot);
                number
            }
            None => {
                let number = self.list.len();
                self.list.push((slot, None, self.woken.waker(number)));
                number
            }
        };
        self.woken.wake(number);
        number
    }

    /// Takes out what is in a slot, to be put back with [`Slots::set`] or given up with [`Slots::remove`].
    pub(super) fn take(&mut self, number: usize) -> Slot {
        match self.list.get_mut(number) {
            Some((slot, ..)) => std::mem::replace(slot, Slot::Free),
            None => Slot::Free,
        }
    }

    pub(super) fn get_mut(&mut self, number: usize) -> Option<&mut Slot> {
        self.list.get_mut(number).map(|entry| &mut entry.0)
    }

    pub(super) fn set(&mut self, number: usize, slot: Slot) {
        if let Some(entry) = self.list.get_mut(number) {
            entry.0 = slot;
        }
    }

    /// Frees a slot; what was in it is dropped.
    pub(super) fn remove(&mut self, number: usize) {
        self.set_alarm(number, None);
        self.set(number, Slot::Free);
        self.free.push(number);
    }

    /// Has a slot woken at a time; at no time if `None`.
    pub(super) fn set_alarm(&mut self, number: usize, at: Option<Instant>) {
        let Some(entry) = self.list.get_mut(number) else { return };
        if entry.1 == at {
            return;
        }
        if let Some(old) = std::mem::replace(&mut entry.1, at) {
            self.alarms.remove(&(old, number));
        }
        if let Some(at) = at {
            self.alarms.insert((at, number));
        }
    }

    /// Brings the alarm forward to `at`, if it would come later or not at all.
    pub(super) fn alarm_by(&mut self, number: usize, at: Instant) {
        if self.list.get(number).is_some_and(|entry| entry.1.is_none_or(|old| old > at)) {
            self.set_alarm(number, Some(at));
        }
    }

    /// One whose alarm rings, which it does once.
    pub(super) fn ring(&mut self, now: Instant) -> Option<usize> {
        let &(at, number) = self.alarms.first()?;
        if at > now {
            return None;
        }
        self.set_alarm(number, None);
        Some(number)
    }

    /// When the next alarm rings.
    pub(super) fn next_alarm(&self) -> Option<Instant> {
        self.alarms.first().map(|alarm| alarm.0)
    }

    /// What wakes a slot.
    pub(super) fn waker(&self, number: usize) -> Waker {
        self.list.get(number).map_or_else(|| Waker::noop().clone(), |entry| entry.2.clone())
    }

    /// The numbers of all slots that are in use, with what is in them.
    pub(super) fn iter(&self) -> impl Iterator<Item = (usize, &Slot)> {
        let all = self.list.iter().enumerate().map(|(number, entry)| (number, &entry.0));
        all.filter(|(_, slot)| !matches!(slot, Slot::Free))
    }
}
