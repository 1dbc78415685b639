//! How is one client served: its messages carried out in turn, its output sent, and when is it cut off?

use super::driver::Core;
use super::event::{End, Event};
use super::limits::{FAREWELL_MAX, MESSAGES_A_TURN, SMALL_BYTES};
use super::peer::Peer;
use super::slot::{Client, Origin, Slot};
use crate::service::ClientOptions;
use ovsdb_proto::net::Stream;
use std::sync::Arc;
use std::task::{Context, Poll};

impl Core {
    /// Takes in a new client.
    pub(super) fn welcome(&mut self, stream: Stream, remote: Option<Arc<str>>, origin: Origin) {
        if self.is_over() || !self.make_room(origin) {
            self.room.leave(origin);
            self.tell(&Event::Lost { remote: remote.as_deref(), end: &End::Clients });
            return;
        }
        let now_ms = self.now_ms();
        let options = remote.as_deref().and_then(|remote| self.remotes.options(remote));
        let options = options.map(|o| ClientOptions { probe_ms: o.probe_ms, read_only: o.read_only });
        let id = self.service.connect(now_ms, options.unwrap_or_default());
        let client = Client {
            peer: Peer::new(stream, self.limits.message_bytes_max, self.now),
            id,
            remote: remote.clone(),
            origin,
            own: 0,
            held: 0,
            ended: false,
            since: self.now,
        };
        let number = self.slots.add(Slot::Client(Box::new(client)));
        self.clients.insert(id, number);
        self.room.client_came(origin);
        if let Some(remote) = &remote {
            self.remotes.client_came(remote, number, origin == Origin::Ours, self.now);
            self.tell(&Event::Connected { remote });
        }
    }

    /// Reads what a client has sent and carries it out, then sends what it may take.
    pub(super) fn serve(&mut self, number: usize) {
        let waker = self.slots.waker(number);
        if let Err(end) = self.receive(number, &mut Context::from_waker(&waker)) {
            self.end_client(number, &end);
            return;
        }
        self.send(number);
    }

    fn receive(&mut self, number: usize, cx: &mut Context<'_>) -> Result<(), End> {
        let now_ms = self.now_ms();
        let Some(Slot::Client(client)) = self.slots.get_mut(number) else { return Ok(()) };
        let mut waiting = client.waiting(self.service.output(client.id));
        let (mut messages, mut bytes) = (0, 0);
        while !client.ended {
            // whoever does not read shall not make us queue ever more replies; it is read again when it has taken what waits
            if waiting > SMALL_BYTES {
                return Ok(());
            }
            if messages == MESSAGES_A_TURN || bytes >= self.bytes_a_turn {
                self.slots.woken.wake(number);
                return Ok(());
            }
            if let Some(place) = client.peer.next_message().map_err(End::NotMessage)? {
                self.service.receive(now_ms, client.id, client.peer.message(place));
                messages += 1;
                if self.service.closing(client.id) {
                    client.ended = true;
                }
                waiting = client.waiting(self.service.output(client.id));
                client.own = client.own.max(waiting);
                if self.service.take_turn_over() {
                    self.slots.woken.wake(number);
                    return Ok(());
                }
                continue;
            }
            match client.peer.poll_fill(cx, self.now) {
                Poll::Ready(Ok(0)) => client.ended = true,
                Poll::Ready(Ok(read)) => {
                    bytes += read;
                    self.service.heard(now_ms, client.id);
                }
                Poll::Ready(Err(error)) => return Err(End::Broken(error)),
                Poll::Pending => break,
            }
        }
        Ok(())
    }

    /// Sends what waits for a client as far as it takes it; ends one that has ended, and one that lags too much.
    pub(super) fn send(&mut self, number: usize) {
        let now_ms = self.now_ms();
        let waker = self.slots.waker(number);
        let Some(Slot::Client(client)) = self.slots.get_mut(number) else { return };
        let service = &mut self.service;
        let was = client.waiting(service.output(client.id));
        let sent = client.peer.poll_send(&mut Context::from_waker(&waker), self.now, |empty| {
            if let Some(output) = service.output(client.id) {
                std::mem::swap(output, empty);
            }
        });
        let waiting = client.waiting(service.output(client.id));
        let held = client.peer.held() + service.output(client.id).map_or(0, |output| output.len());
        self.held = self.held - client.held + held;
        client.held = held;
        let closing = client.ended || service.closing(client.id);
        let end = match sent {
            Poll::Ready(Err(error)) => Some(End::Broken(error)),
            _ if closing => {
                Some(if client.ended && !service.closing(client.id) { End::Closed } else { End::Dismissed })
            }
            Poll::Ready(Ok(())) => {
                client.own = 0;
                if was > SMALL_BYTES {
                    // it was not read from while so much waited
                    self.slots.woken.wake(number);
                }
                None
            }
            Poll::Pending if waiting > client.own.saturating_add(self.limits.backlog_bytes_max) => {
                Some(End::Backlog { bytes: waiting })
            }
            Poll::Pending => {
                if client.peer.took == self.now {
                    // it reads, and comes to the probe behind all that waits later
                    service.heard(now_ms, client.id);
                }
                if waiting > SMALL_BYTES {
                    let at = client.peer.took + self.limits.stall_max;
                    self.slots.alarm_by(number, at);
                }
                None
            }
        };
        if let Some(end) = end {
            self.end_client(number, &end);
        }
        if self.held > self.limits.held_bytes_max {
            let most = self.each_client().max_by_key(|(_, client)| client.held).map(|(number, _)| number);
            if let Some(most) = most {
                self.end_client(most, &End::Memory);
            }
        }
    }

    /// Cuts off a client that has stopped reading.
    pub(super) fn check_client(&mut self, number: usize) {
        let Some(Slot::Client(client)) = self.slots.get_mut(number) else { return };
        let bytes = client.waiting(self.service.output(client.id));
        if bytes <= SMALL_BYTES {
            return;
        }
        let at = client.peer.took + self.limits.stall_max;
        if at <= self.now {
            self.end_client(number, &End::Backlog { bytes });
        } else {
            self.slots.set_alarm(number, Some(at));
        }
    }

    /// Cuts a client off. What is on its way to it still goes out, if it takes it soon.
    pub(super) fn end_client(&mut self, number: usize, end: &End) {
        let Slot::Client(client) = self.slots.take(number) else { return };
        let Client { mut peer, id, remote, origin, held, since, .. } = *client;
        self.held -= held;
        self.clients.remove(&id);
        self.room.client_left(origin);
        let in_order = matches!(end, End::Closed | End::Dismissed | End::Deconfigured);
        if in_order && let Some(output) = self.service.output(id).filter(|output| !output.is_empty()) {
            peer.say(output);
        }
        self.service.disconnect(id);
        if in_order {
            self.slots.set(number, Slot::Farewell(Box::new(peer)));
            self.slots.set_alarm(number, Some(self.now + FAREWELL_MAX));
            self.farewell(number);
        } else {
            self.slots.remove(number);
        }
        self.tell(&Event::Lost { remote: remote.as_deref(), end });
        if let Some(remote) = &remote {
            self.client_left(remote, origin == Origin::Ours, since, end);
        }
    }

    /// Goes on closing a connection in good order.
    pub(super) fn farewell(&mut self, number: usize) {
        let waker = self.slots.waker(number);
        let cx = &mut Context::from_waker(&waker);
        let Some(Slot::Farewell(peer)) = self.slots.get_mut(number) else { return };
        let done = match peer.poll_send(cx, self.now, |_| {}) {
            Poll::Ready(Ok(())) => peer.poll_goodbye(cx).is_ready(),
            Poll::Ready(Err(_)) => true,
            Poll::Pending => false,
        };
        if done {
            self.slots.remove(number);
        }
    }
}

impl Client {
    /// How much waits for it, here and in the service.
    fn waiting(&self, output: Option<&mut Vec<u8>>) -> usize {
        self.peer.waiting() + output.map_or(0, |output| output.len())
    }
}
