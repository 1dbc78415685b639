//! How much one client may ask for: every bound of the service, and its reason.

/// How many transactions of one client may wait at a time. Each is run again after every commit; `ovsdb-client wait` and its like wait with one.
pub const WAITING_MAX: usize = 32;

/// How many bytes the waiting transactions of one client may have together: they are kept as they were written.
pub const WAITING_BYTES_MAX: usize = 4 << 20;

/// How many transactions may wait in one database. A commit tries all of them, a few microseconds each, and again after each of them that commits: at the very worst
/// a third of a second.
pub const WAITING_IN_DATABASE_MAX: usize = 256;

/// How many locks one client may own or wait for. Real clients use one each database.
pub const LOCKS_MAX: usize = 256;

/// How many bytes the name of a lock may have. Those of real clients have a dozen.
pub const LOCK_NAME_BYTES_MAX: usize = 1024;

/// The shortest interval of the inactivity probe in milliseconds, as in ovsdb-server: a shorter one is taken for this.
pub const PROBE_MS_MIN: u64 = 1000;

/// The interval of the inactivity probe in milliseconds that ovsdb-server uses over TCP and TLS where none is configured; over unix sockets, none.
pub const PROBE_MS_DEFAULT: u64 = 5000;
