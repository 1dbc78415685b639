//! What the service keeps of one client: what it is to be sent, and what kind of client it is.

use super::limits::PROBE_MS_MIN;

/// Names a client of a service; never given twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClientId(pub(super) u64);

/// What the remote that a client came by says about it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ClientOptions {
    /// After how many milliseconds without a sign of life the client is probed, and after as many more cut off; 0, the default, is never.
    /// Less than [`PROBE_MS_MIN`](super::limits::PROBE_MS_MIN) is taken for that.
    pub probe_ms: u64,
    /// Whether it may only read: `read_only` of a remote's row (ovsdb-server(1)).
    pub read_only: bool,
}

/// One client.
#[derive(Debug)]
pub(super) struct Client {
    /// What is to be sent.
    pub(super) output: Vec<u8>,
    /// Whether whoever sends was told that there is something to do.
    pub(super) ready: bool,
    /// Whether it is cut off as soon as the output is sent. It is not listened to any more, and gets nothing more.
    pub(super) closing: bool,
    /// Whether it stays when a database comes, goes or is converted (`set_db_change_aware`).
    pub(super) change_aware: bool,
    /// Whether it may only read.
    pub(super) read_only: bool,
    /// How many of its transactions wait, in all databases.
    pub(super) waiting: usize,
    /// How many bytes they have.
    pub(super) waiting_bytes: usize,
    /// When it last sent a request other than `echo`, or connected.
    pub(super) asked_ms: u64,
    probe_ms: u64,
    heard_ms: u64,
    probed: bool,
    /// When its silence will be looked at next.
    looked_at_ms: Option<u64>,
}

/// What is to be done about a client that was silent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Silence {
    /// Nothing: it gave a sign of life. Look again later.
    Present,
    /// Ask whether it is there, and look again later.
    Probe,
    /// Cut it off.
    Dead,
}

impl Client {
    pub(super) fn new(options: ClientOptions, now_ms: u64) -> Client {
        Client {
            output: Vec::new(),
            ready: false,
            closing: false,
            change_aware: false,
            read_only: options.read_only,
            waiting: 0,
            waiting_bytes: 0,
            probe_ms: probe_ms(options.probe_ms),
            asked_ms: now_ms,
            heard_ms: now_ms,
            probed: false,
            looked_at_ms: None,
        }
    }

    /// When its silence is to be looked at, if that is earlier than was planned; it is then planned.
    pub(super) fn plan_look(&mut self) -> Option<u64> {
        let at = self.silent_until()?;
        if self.looked_at_ms.is_some_and(|planned| planned <= at) {
            return None;
        }
        self.looked_at_ms = Some(at);
        Some(at)
    }

    /// Has whoever sends told that there is something to do for this client, which is called `id`.
    pub(super) fn make_ready(&mut self, id: ClientId, ready: &mut Vec<ClientId>) {
        if !self.ready {
            self.ready = true;
            ready.push(id);
        }
    }

    /// It is to be probed at another interval.
    pub(super) fn set_probe(&mut self, now_ms: u64, ms: u64) {
        self.probe_ms = probe_ms(ms);
        self.heard(now_ms);
    }

    /// It gave a sign of life.
    pub(super) const fn heard(&mut self, now_ms: u64) {
        self.heard_ms = now_ms;
        self.probed = false;
    }

    /// When its silence is to be looked at, if ever.
    pub(super) const fn silent_until(&self) -> Option<u64> {
        if self.probe_ms == 0 || self.closing {
            None
        } else {
            Some(self.heard_ms.saturating_add(self.probe_ms))
        }
    }

    /// What its silence calls for at `planned_ms`: a probe after an interval, the end after another. `None` if it is not watched, or the look was planned
    /// anew since.
    pub(super) fn silence(&mut self, planned_ms: u64, now_ms: u64) -> Option<Silence> {
        if self.looked_at_ms != Some(planned_ms) {
            return None;
        }
        self.looked_at_ms = None;
        let until = self.silent_until()?;
        Some(if now_ms < until {
            Silence::Present
        } else if self.probed {
            Silence::Dead
        } else {
            self.heard_ms = now_ms;
            self.probed = true;
            Silence::Probe
        })
    }
}

/// What an interval that is asked for comes to.
fn probe_ms(ms: u64) -> u64 {
    if ms == 0 { 0 } else { ms.max(PROBE_MS_MIN) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silence_is_probed_and_then_ended() {
        let mut client = Client::new(ClientOptions { probe_ms: 5000, read_only: false }, 100);
        let look = |client: &mut Client, now_ms| {
            let planned = client.plan_look();
            assert_eq!(client.plan_look(), None);
            (planned, planned.and_then(|at| client.silence(at, now_ms)))
        };
        assert_eq!(look(&mut client, 5100), (Some(5100), Some(Silence::Probe)));
        client.heard(6000);
        assert_eq!(look(&mut client, 10_999), (Some(11_000), Some(Silence::Present)));
        assert_eq!(look(&mut client, 11_000), (Some(11_000), Some(Silence::Probe)));
        assert_eq!(look(&mut client, 16_000), (Some(16_000), Some(Silence::Dead)));

        let mut client = Client::new(ClientOptions { probe_ms: 1, read_only: false }, 0);
        assert_eq!(client.plan_look(), Some(1000));
        client.set_probe(0, 5000);
        assert_eq!(client.plan_look(), None);
        assert_eq!(client.silence(5000, 5000), None);
        assert_eq!(Client::new(ClientOptions::default(), 0).plan_look(), None);
    }
}
