//! The limit of open files, raised as far as the system allows, and how many clients it leaves room
//! for.

use ovsdb_server::listen::Limits;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Raises the soft limit of open files to the hard limit. Returns the limit that is then in force,
/// if there is one.
///
/// The soft limit is often 1024, for the sake of programs that call `select`, which this one does
/// not.
pub(super) fn raise() -> Option<u64> {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    match setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }) {
        Ok(()) => maximum,
        Err(_) => current,
    }
}

/// Limits with which clients leave enough descriptors for everything else: three quarters of all
/// for clients, an eighth for the pending handshakes of a TLS remote.
pub(super) fn limits(descriptors: Option<u64>) -> Limits {
    let all = Limits::default();
    let most = descriptors.map_or(usize::MAX, |most| usize::try_from(most).unwrap_or(usize::MAX));
    Limits {
        clients_max: all.clients_max.min(most / 4 * 3),
        handshakes_max: all.handshakes_max.min(most / 8).max(1),
        ..all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clients_do_not_take_all_descriptors() {
        let check = |descriptors, clients, handshakes| {
            let limits = limits(descriptors);
            assert_eq!((limits.clients_max, limits.handshakes_max), (clients, handshakes));
        };
        check(None, 10_000, 500);
        check(Some(1 << 20), 10_000, 500);
        check(Some(1024), 768, 128);
        check(Some(4), 3, 1);
    }
}
