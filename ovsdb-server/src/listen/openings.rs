//! Accepts connections, completes TLS handshakes and connects to active remotes.

use super::driver::Core;
use super::event::{End, Event};
use super::limits::{ACCEPTS_A_TURN, HANDSHAKES_A_ROUND, OPENING_TIME_MAX};
use super::slot::{Opening, Origin, Slot};
use ovsdb_proto::net::{Error, Incoming, within};
use std::io;
use std::sync::Arc;
use std::task::{Context, Poll};

impl Core {
    /// Accepts the connections that wait at a listening remote.
    pub(super) fn accept(&mut self, number: usize) {
        let waker = self.slots.waker(number);
        let cx = &mut Context::from_waker(&waker);
        for _ in 0..ACCEPTS_A_TURN {
            let Some(Slot::Listening(text, listener)) = self.slots.get_mut(number) else { return };
            let text = Arc::clone(text);
            match listener.poll_accept(cx) {
                Poll::Ready(Ok(incoming)) => self.begin_opening(text, incoming),
                Poll::Ready(Err(error)) if lacks_descriptors(&error) && self.free_descriptor() => {}
                Poll::Ready(Err(error)) => {
                    self.listen_failed(number, &text, &error);
                    return;
                }
                Poll::Pending => return,
            }
        }
        self.slots.woken.wake(number);
    }

    fn begin_opening(&mut self, remote: Arc<str>, incoming: Incoming) {
        let origin = match incoming.peer_ip() {
            Some(address) => Origin::Network(address),
            None if incoming.is_unix() => Origin::Local,
            // it has gone away again
            None => return,
        };
        if let Err(end) = self.room.enter(origin, self.limits.clients_per_address_max) {
            self.tell(&Event::Lost { remote: Some(&remote), end: &end });
            return;
        }
        let is_tls = incoming.is_tls();
        let tls = self.remotes.tls.clone();
        let deadline = Some(self.now + OPENING_TIME_MAX);
        let work = Box::pin(async move { within(deadline, incoming.establish(tls.as_deref())).await });
        if is_tls {
            self.make_room_for_handshake(&remote);
        }
        let handshake = is_tls.then_some(self.openings_made);
        self.openings_made = self.openings_made.wrapping_add(1);
        let opening = Opening { remote: Arc::clone(&remote), origin, handshake, work };
        let opened = self.slots.add(Slot::Opening(opening));
        match handshake {
            // its turn comes in the next round, so that many handshakes do not delay other clients
            Some(sequence) => {
                if let Some(entry) = self.remotes.entries.get_mut(&remote) {
                    entry.handshakes.insert(sequence, opened);
                }
            }
            None => self.open(opened),
        }
    }

    /// Drops the oldest pending handshake of a remote that has as many as it may have.
    fn make_room_for_handshake(&mut self, remote: &str) {
        let Some(entry) = self.remotes.entries.get(remote) else { return };
        if entry.handshakes.len() < self.limits.handshakes_max.max(1) {
            return;
        }
        if let Some((_, &oldest)) = entry.handshakes.first_key_value() {
            self.close_opening(oldest);
            self.tell(&Event::Lost { remote: Some(remote), end: &End::Handshakes });
        }
    }

    /// Closes the most expendable connection: the oldest pending handshake, else the longest idle
    /// client. Returns false if there is none.
    fn free_descriptor(&mut self) -> bool {
        let entries = self.remotes.entries.iter();
        let pending = entries.filter_map(|(text, entry)| Some((entry.handshakes.first_key_value()?, text)));
        let oldest = pending.min().map(|((_, number), text)| (*number, Arc::clone(text)));
        match oldest {
            Some((number, text)) => {
                self.close_opening(number);
                self.tell(&Event::Lost { remote: Some(&text), end: &End::Handshakes });
                true
            }
            None => self.close_idle(false),
        }
    }

    /// Continues a connection that is being made.
    pub(super) fn open(&mut self, number: usize) {
        let waker = self.slots.waker(number);
        let Some(Slot::Opening(opening)) = self.slots.get_mut(number) else { return };
        if opening.handshake.is_some() {
            if self.handshake_steps >= HANDSHAKES_A_ROUND {
                self.slots.woken.wake(number);
                return;
            }
            self.handshake_steps += 1;
        }
        match opening.work.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(Ok(stream)) => {
                let (remote, origin) = (Arc::clone(&opening.remote), opening.origin);
                self.remove_opening(number);
                self.welcome(stream, Some(remote), origin);
            }
            Poll::Ready(Err(error)) => self.opening_failed(number, &error),
            Poll::Pending => {}
        }
    }

    /// Gives up a connection that is being made.
    pub(super) fn close_opening(&mut self, number: usize) {
        if let Some(origin) = self.remove_opening(number) {
            self.room.leave(origin);
        }
    }

    fn remove_opening(&mut self, number: usize) -> Option<Origin> {
        let Some(Slot::Opening(opening)) = self.slots.get_mut(number) else { return None };
        let origin = opening.origin;
        // the remote may have been removed already, and what is counted with it
        let entry = self.remotes.entries.get_mut(&opening.remote);
        if let (Some(sequence), Some(entry)) = (opening.handshake, entry) {
            entry.handshakes.remove(&sequence);
        }
        self.slots.remove(number);
        Some(origin)
    }

    fn opening_failed(&mut self, number: usize, error: &Error) {
        let Some(Slot::Opening(opening)) = self.slots.get_mut(number) else { return };
        let (text, active) = (Arc::clone(&opening.remote), opening.origin == Origin::Ours);
        self.close_opening(number);
        if active {
            if let Some(entry) = self.remotes.entries.get_mut(&text) {
                entry.last_error = Some(error.reason().into_owned());
            }
            self.tell(&Event::ConnectFailed { remote: &text, error });
            self.back_off(&text);
        } else {
            self.tell(&Event::NotEstablished { remote: &text, error });
        }
    }
}

/// Whether the process or the system has as many open files as it may have.
fn lacks_descriptors(error: &Error) -> bool {
    let source = std::error::Error::source(error).and_then(|source| source.downcast_ref::<io::Error>());
    let errno = source.and_then(rustix::io::Errno::from_io_error);
    matches!(errno, Some(rustix::io::Errno::MFILE | rustix::io::Errno::NFILE))
}
