//! How does one task look after a service and all its clients: what is ready is read, carried out and answered, round by round.

use super::event::{End, Event};
use super::limits::{BYTES_A_ROUND, BYTES_A_TURN, FAREWELL_MAX, Limits, ROUND_TIME_MAX, ROUNDS_A_TURN};
use super::remotes::Remotes;
use super::room::Room;
use super::server::Command;
use super::slot::{Client, Origin, Slot, Slots};
use super::watch::Watches;
use crate::service::{ClientId, Service};
use std::collections::HashMap;
use std::fmt;
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::task::{unconstrained, yield_now};
use tokio::time::{Instant, Sleep, sleep_until};

/// What is told of events.
pub(super) type Observer = Box<dyn FnMut(&Event<'_>) + Send>;

/// The work of a server, to be spawned or awaited by the program: it ends when the server was told to, or when all handles of it are gone.
///
/// Everything happens in this one future, on whichever thread polls it; alone on the thread of a single-threaded runtime it is fastest.
#[must_use = "a server does nothing unless its driver is polled"]
pub struct Driver {
    core: Box<Core>,
}

impl fmt::Debug for Driver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Driver").field("clients", &self.core.clients.len()).finish_non_exhaustive()
    }
}

impl Future for Driver {
    type Output = ();

    fn poll(mut self: Pin<&mut Driver>, cx: &mut Context<'_>) -> Poll<()> {
        // The driver divides its time among clients itself. The runtime's budget would be spent by
        // the first of those that always have something to read, and the last would never have a
        // turn.
        let core = &mut self.core;
        pin!(unconstrained(poll_fn(|cx| core.poll(cx)))).poll(cx)
    }
}

/// What a driver works with.
pub(super) struct Core {
    pub(super) service: Service,
    pub(super) limits: Limits,
    pub(super) slots: Slots,
    pub(super) remotes: Remotes,
    pub(super) watches: Watches,
    pub(super) observer: Option<Observer>,
    /// The moment of this round.
    pub(super) now: Instant,
    pub(super) clients: HashMap<ClientId, usize>,
    pub(super) room: Room,
    /// How many connections were accepted so far.
    pub(super) openings_made: u64,
    /// The most bytes that are read from one client in this round.
    pub(super) bytes_a_turn: usize,
    /// How many TLS handshakes were continued in this round.
    pub(super) handshake_steps: usize,
    /// What all clients together make us hold.
    pub(super) held: usize,
    started: Instant,
    commands: UnboundedReceiver<Command>,
    commands_over: bool,
    sleep: Pin<Box<Sleep>>,
    // when everything is given up, once the server was told to end
    over: Option<Instant>,
    list: Vec<usize>,
    ready: Vec<ClientId>,
}

impl Core {
    pub(super) fn new(
        service: Service,
        limits: Limits,
        remotes: Remotes,
        observer: Option<Observer>,
        commands: UnboundedReceiver<Command>,
    ) -> Core {
        let now = Instant::now();
        Core {
            service,
            limits,
            slots: Slots::default(),
            remotes,
            watches: Watches::default(),
            observer,
            now,
            clients: HashMap::new(),
            room: Room::default(),
            openings_made: 0,
            bytes_a_turn: 0,
            handshake_steps: 0,
            held: 0,
            started: now,
            commands,
            commands_over: false,
            sleep: Box::pin(sleep_until(now)),
            over: None,
            list: Vec::new(),
            ready: Vec::new(),
        }
    }

    pub(super) fn into_driver(self: Box<Core>) -> Driver {
        Driver { core: self }
    }

    /// The time of the service.
    pub(super) fn now_ms(&self) -> u64 {
        let elapsed = self.now.saturating_duration_since(self.started);
        u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX)
    }

    pub(super) fn tell(&mut self, event: &Event<'_>) {
        if let Some(observer) = &mut self.observer {
            observer(event);
        }
    }

    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        for _ in 0..ROUNDS_A_TURN {
            if self.round(cx) {
                // whoever waits for the end need not wait until the driver is dropped
                self.commands.close();
                return Poll::Ready(());
            }
            if !self.slots.woken.wait(cx.waker()) {
                if self.now.elapsed() >= ROUND_TIME_MAX {
                    break;
                }
                continue;
            }
            let Some(next) = self.next_deadline() else { return Poll::Pending };
            if self.sleep.deadline() != next {
                self.sleep.as_mut().reset(next);
            }
            if self.sleep.as_mut().poll(cx).is_pending() {
                return Poll::Pending;
            }
        }
        // Woken once the runtime has looked at its sockets and timers. A task that merely wakes
        // itself may be polled dozens of times before that.
        let _ = pin!(yield_now()).poll(cx);
        Poll::Pending
    }

    /// Does what there is to do; true if all is over.
    pub(super) fn round(&mut self, cx: &mut Context<'_>) -> bool {
        self.now = Instant::now();
        self.handshake_steps = 0;
        self.obey(cx);
        while let Some(number) = self.slots.ring(self.now) {
            self.alarm(number);
        }
        let mut list = std::mem::take(&mut self.list);
        self.slots.woken.take(&mut list);
        let [fewest, most] = BYTES_A_TURN;
        self.bytes_a_turn = (BYTES_A_ROUND / list.len().max(1)).clamp(fewest, most);
        for number in list.drain(..) {
            self.look_after(number);
        }
        self.list = list;
        if self.service.next_deadline_ms().is_some_and(|at| at <= self.now_ms()) {
            // what it does may take its time: compaction
            self.deliver();
            self.service.tick(self.now_ms());
        }
        self.deliver();
        self.write_status();
        self.deliver();
        for event in self.service.take_storage_events() {
            self.tell(&Event::Storage(&event));
        }
        if self.watches.changed {
            self.reconfigure();
        }
        self.over.is_some_and(|at| self.slots.iter().next().is_none() || at <= self.now)
    }

    fn next_deadline(&self) -> Option<Instant> {
        let service =
            self.service.next_deadline_ms().map(|ms| self.started + std::time::Duration::from_millis(ms));
        [self.slots.next_alarm(), service, self.status_due(), self.over].into_iter().flatten().min()
    }

    /// Carries out what the program asks for.
    fn obey(&mut self, cx: &mut Context<'_>) {
        while !self.commands_over {
            match self.commands.poll_recv(cx) {
                Poll::Ready(Some(Command::Connect(stream))) => self.welcome(stream, None, Origin::Ours),
                Poll::Ready(Some(Command::With(work))) => {
                    let now_ms = self.now_ms();
                    work(&mut self.service, now_ms);
                    // databases may have come or gone
                    self.watches.changed = true;
                }
                Poll::Ready(Some(Command::Remotes(work))) => {
                    work(self);
                    self.reconfigure();
                }
                Poll::Ready(Some(Command::Shutdown)) => self.end(),
                // nobody can ask for anything any more, nor can anybody connect from within
                Poll::Ready(None) => {
                    self.commands_over = true;
                    self.end();
                }
                Poll::Pending => return,
            }
        }
    }

    /// Stops listening, and lets what is on its way to clients go out.
    fn end(&mut self) {
        if self.over.is_some() {
            return;
        }
        self.over = Some(self.now + FAREWELL_MAX);
        let numbers: Vec<usize> = self.slots.iter().map(|(number, _)| number).collect();
        for number in numbers {
            match self.slots.get_mut(number) {
                Some(Slot::Client(_)) => self.end_client(number, &End::Deconfigured),
                Some(Slot::Farewell(_)) => {}
                _ => self.slots.remove(number),
            }
        }
        self.remotes.clear();
    }

    /// Whether the server was told to end.
    pub(super) fn is_over(&self) -> bool {
        self.over.is_some()
    }

    fn look_after(&mut self, number: usize) {
        match self.slots.get_mut(number) {
            Some(Slot::Client(_)) => self.serve(number),
            Some(Slot::Listening(..)) => self.accept(number),
            Some(Slot::Binding(..)) => self.bind(number),
            Some(Slot::Opening(_)) => self.open(number),
            Some(Slot::Farewell(_)) => self.farewell(number),
            Some(Slot::Free | Slot::Waiting(_)) | None => {}
        }
    }

    fn alarm(&mut self, number: usize) {
        match self.slots.get_mut(number) {
            Some(Slot::Client(_)) => self.check_client(number),
            Some(Slot::Waiting(_)) => self.start_remote(number),
            Some(Slot::Listening(..)) => self.accept(number),
            Some(Slot::Farewell(_)) => self.slots.remove(number),
            Some(Slot::Free | Slot::Binding(..) | Slot::Opening(_)) | None => {}
        }
    }

    /// Sends what the service has for its clients.
    fn deliver(&mut self) {
        let mut ready = std::mem::take(&mut self.ready);
        ready.extend(self.service.take_ready());
        for id in ready.drain(..) {
            match self.clients.get(&id) {
                Some(number) => self.send(*number),
                None => self.watches.notice(&mut self.service, id),
            }
        }
        self.ready = ready;
    }

    /// The clients, for those who look for one among all.
    pub(super) fn each_client(&self) -> impl Iterator<Item = (usize, &Client)> {
        self.slots.iter().filter_map(|(number, slot)| match slot {
            Slot::Client(client) => Some((number, &**client)),
            _ => None,
        })
    }
}
