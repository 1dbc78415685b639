//! Who owns which lock, and who gets it next (RFC 7047 sections 4.1.8 to 4.1.10).

use super::ClientId;
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

/// The locks of a server: they belong to clients, not to databases.
#[derive(Debug, Default)]
pub(super) struct Locks {
    /// By name, those who asked for it: the first owns it. A lock that nobody asks for is not kept.
    queues: HashMap<Arc<str>, VecDeque<Waiter>>,
    /// What each client has asked for and not given back, whether it owns it, waits for it or lost it.
    asked: HashMap<ClientId, Vec<Arc<str>>>,
}

#[derive(Debug)]
struct Waiter {
    client: ClientId,
    stole: bool,
}

/// What asking for a lock came to.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Asked {
    /// Whether the client owns it now.
    pub(super) owned: bool,
    /// Who owned it before, and is to be told.
    pub(super) victim: Option<ClientId>,
}

impl Locks {
    /// Whether the client owns the lock.
    pub(super) fn holds(&self, client: ClientId, lock: &str) -> bool {
        self.queues.get(lock).and_then(VecDeque::front).is_some_and(|first| first.client == client)
    }

    /// Whether the client asked for the lock and did not give it back: then it may not ask again.
    pub(super) fn has_asked(&self, client: ClientId, lock: &str) -> bool {
        self.asked.get(&client).is_some_and(|asked| asked.iter().any(|name| **name == *lock))
    }

    /// How many locks the client has asked for and not given back.
    pub(super) fn count(&self, client: ClientId) -> usize {
        self.asked.get(&client).map_or(0, Vec::len)
    }

    /// Puts the client at the end of the queue.
    pub(super) fn wait(&mut self, client: ClientId, lock: &str) -> Asked {
        let queue = self.ask(client, lock);
        queue.push_back(Waiter { client, stole: false });
        Asked { owned: queue.len() == 1, victim: None }
    }

    /// Puts the client at the head of the queue. Who owned it comes next, unless it had stolen it itself: then it has lost it for good.
    pub(super) fn steal(&mut self, client: ClientId, lock: &str) -> Asked {
        let queue = self.ask(client, lock);
        let victim = queue.front().map(|first| first.client);
        if queue.front().is_some_and(|first| first.stole) {
            queue.pop_front();
        }
        queue.push_front(Waiter { client, stole: true });
        Asked { owned: true, victim }
    }

    /// Takes the client out of the queue. Answers who owns the lock now, and is to be told so: even if it was the owner before, as in ovsdb-server.
    pub(super) fn unlock(&mut self, client: ClientId, lock: &str) -> Option<ClientId> {
        if let Some(asked) = self.asked.get_mut(&client) {
            asked.retain(|name| **name != *lock);
            if asked.is_empty() {
                self.asked.remove(&client);
            }
        }
        self.leave(client, lock)
    }

    /// Takes the client out of all queues. Answers who owns these locks now, and is to be told so.
    pub(super) fn forget(&mut self, client: ClientId) -> Vec<(Arc<str>, ClientId)> {
        let asked = self.asked.remove(&client).unwrap_or_default();
        asked.into_iter().filter_map(|lock| self.leave(client, &lock).map(|next| (lock, next))).collect()
    }

    fn ask(&mut self, client: ClientId, lock: &str) -> &mut VecDeque<Waiter> {
        let name =
            self.queues.get_key_value(lock).map_or_else(|| Arc::from(lock), |(name, _)| Arc::clone(name));
        self.asked.entry(client).or_default().push(Arc::clone(&name));
        self.queues.entry(name).or_default()
    }

    fn leave(&mut self, client: ClientId, lock: &str) -> Option<ClientId> {
        let queue = self.queues.get_mut(lock)?;
        // who lost it to a thief for good is not there any more, and nobody is told
        let at = queue.iter().position(|waiter| waiter.client == client)?;
        queue.remove(at);
        let next = queue.front().map(|first| first.client);
        if next.is_none() {
            self.queues.remove(lock);
        }
        next
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: ClientId = ClientId(1);
    const B: ClientId = ClientId(2);
    const C: ClientId = ClientId(3);

    #[test]
    fn a_lock_goes_round_in_the_order_of_asking() {
        let mut locks = Locks::default();
        assert_eq!(locks.wait(A, "l"), Asked { owned: true, victim: None });
        assert_eq!(locks.wait(B, "l"), Asked { owned: false, victim: None });
        assert_eq!(locks.wait(C, "l"), Asked { owned: false, victim: None });
        assert!(locks.holds(A, "l") && !locks.holds(B, "l") && !locks.holds(A, "k"));
        assert!(locks.has_asked(B, "l") && !locks.has_asked(B, "k"));
        assert_eq!(locks.unlock(C, "l"), Some(A));
        assert_eq!(locks.unlock(A, "l"), Some(B));
        assert_eq!(locks.forget(B), []);
        assert_eq!((locks.queues.len(), locks.asked.len()), (0, 0));
    }

    #[test]
    fn who_lost_a_lock_gets_it_back_unless_it_had_stolen_it() {
        let mut locks = Locks::default();
        locks.wait(A, "l");
        assert_eq!(locks.steal(B, "l"), Asked { owned: true, victim: Some(A) });
        assert_eq!(locks.steal(C, "l"), Asked { owned: true, victim: Some(B) });
        assert_eq!(locks.count(B), 1);
        assert_eq!(locks.forget(C), [("l".into(), A)]);
        assert_eq!(locks.unlock(B, "l"), None);
        assert!(locks.holds(A, "l"));
        assert_eq!(locks.unlock(A, "l"), None);
        assert_eq!((locks.queues.len(), locks.asked.len()), (0, 0));
    }
}
