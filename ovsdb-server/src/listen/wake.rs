//! Which of many connections has something to do: a waker for each, and the list of those that were woken.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Wake, Waker};

/// Those that were woken, each once.
#[derive(Debug, Default)]
pub(super) struct Woken {
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    list: Vec<usize>,
    listed: Vec<bool>,
    // who looks after all of them
    parent: Option<Waker>,
}

impl Woken {
    /// A waker for the one with this number.
    pub(super) fn waker(self: &Arc<Woken>, number: usize) -> Waker {
        Waker::from(Arc::new(One { number, woken: Arc::clone(self) }))
    }

    /// Puts it on the list.
    pub(super) fn wake(&self, number: usize) {
        let parent = {
            let mut inner = self.lock();
            if inner.listed.len() <= number {
                inner.listed.resize(number + 1, false);
            }
            match inner.listed.get_mut(number) {
                Some(listed) if !*listed => *listed = true,
                _ => return,
            }
            inner.list.push(number);
            inner.parent.take()
        };
        // once is enough: it comes back for the whole list
        if let Some(parent) = parent {
            parent.wake();
        }
    }

    /// Exchanges the list for `list`, which must be empty. Whoever is woken from now on is on the next one.
    pub(super) fn take(&self, list: &mut Vec<usize>) {
        let mut inner = self.lock();
        std::mem::swap(&mut inner.list, list);
        for number in list {
            if let Some(listed) = inner.listed.get_mut(*number) {
                *listed = false;
            }
        }
    }

    /// Has `parent` woken when somebody gets on the list, unless somebody is on it: then nothing is done, and the answer is false.
    pub(super) fn wait(&self, parent: &Waker) -> bool {
        let mut inner = self.lock();
        if !inner.list.is_empty() {
            return false;
        }
        match &mut inner.parent {
            Some(known) => known.clone_from(parent),
            none => *none = Some(parent.clone()),
        }
        true
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct One {
    number: usize,
    woken: Arc<Woken>,
}

impl Wake for One {
    fn wake(self: Arc<One>) {
        self.woken.wake(self.number);
    }

    fn wake_by_ref(self: &Arc<One>) {
        self.woken.wake(self.number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_listed_once_until_the_list_is_taken() {
        let woken = Arc::new(Woken::default());
        let parent = Arc::new(Woken::default());
        let (a, b) = (woken.waker(0), woken.waker(7));
        assert!(woken.wait(&parent.waker(1)));
        b.wake_by_ref();
        a.wake_by_ref();
        b.wake_by_ref();
        let mut list = Vec::new();
        parent.take(&mut list);
        assert_eq!(list, [1]);
        assert!(!woken.wait(&parent.waker(1)));
        list.clear();
        woken.take(&mut list);
        assert_eq!(list, [7, 0]);
        assert!(woken.wait(&parent.waker(2)));
        b.wake();
        list.clear();
        parent.take(&mut list);
        assert_eq!(list, [2]);
    }
}
