//! Limits of what one client may ask for, and their reasons.

/// How many bytes the reply to one transaction may have beside twice the text of the database: as
/// much as can be written in a tenth of a second. A copy of everything always fits.
pub const REPLY_BYTES_MAX: usize = 64 << 20;

/// How many rows one transaction may look at beside [`WORK_PER_ROW`](crate::engine::WORK_PER_ROW)
/// for each row of the database: a third of a second at the very worst. Real transactions name
/// their rows by UUID or by an indexed column, or read each table once.
pub const WORK_MAX: u64 = 4_000_000;

/// How many rows the transactions of one client may look at before it is another client's turn: a
/// few milliseconds.
pub const WORK_PER_TURN: u64 = 50_000;

/// How many bytes a message that is not UTF-8 may have; a longer one closes the connection. While
/// it is read, escaped text of up to four times its length stands for it.
pub const NOT_UTF8_BYTES_MAX: usize = 4 << 20;

/// How many transactions of one client may wait at a time; `ovsdb-client wait` and its like wait
/// with one.
pub const WAITING_MAX: usize = 32;

/// How many bytes the waiting transactions of one client may have together: they are kept as they were written.
pub const WAITING_BYTES_MAX: usize = 4 << 20;

/// How many transactions may wait in one database.
pub const WAITING_IN_DATABASE_MAX: usize = 256;

/// How many rows a transaction that waits may look at each time that it is tried: 20 scans of a
/// table of 10,000 rows cost a fifth of this.
pub const WAITING_WORK_MAX: u64 = 1_000_000;

/// How many rows the waiting transactions of a database may look at before clients are served
/// again: about two milliseconds. When it is used up, the try under way is finished, which takes a
/// tenth of a second at the very worst ([`WAITING_WORK_MAX`]); those that are left are tried after
/// the clients, in the order in which they were tried last. A transaction is tried again only if a
/// commit changed a table that it names, or its time is up.
pub const WAITING_WORK_PER_TURN: u64 = 20_000;

/// How many locks one client may own or wait for. Real clients use one each database.
pub const LOCKS_MAX: usize = 256;

/// How many bytes the name of a lock may have. Those of real clients have a dozen.
pub const LOCK_NAME_BYTES_MAX: usize = 1024;

/// The shortest interval of the inactivity probe in milliseconds, as in ovsdb-server: a shorter one is taken for this.
pub const PROBE_MS_MIN: u64 = 1000;

/// The interval of the inactivity probe in milliseconds that ovsdb-server uses over TCP and TLS where none is configured; over unix sockets, none.
pub const PROBE_MS_DEFAULT: u64 = 5000;
