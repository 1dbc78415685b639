//! How much is too much: every bound of this crate, and its reason.

/// The most bytes of one JSON-RPC message that is held whole. The first copy of 100,000 ports is 78
/// MB; three times that leaves room, and a peer that never ends a message costs no more memory than
/// this.
pub const FRAME_BYTES_MAX: usize = 256 << 20;

/// From how many bytes on a client takes a message in by parts, so that the rows of a reply are
/// decoded one by one and a reply may have any length. Most replies are shorter, and simpler to
/// handle whole.
pub const LONG_BYTES_MIN: usize = 1 << 20;

/// The most bytes of a row in a long reply. A switch of 100,000 ports is a row of 5 MB. Decoding
/// and printing take several times as much memory as the text: this keeps a client that is sent one
/// malicious row below 400 MB.
pub const ROW_BYTES_MAX: usize = 24 << 20;

/// The most bytes of anything else in a long message that must be held whole, such as a schema, and
/// of all that a message holds besides rows. The results of a million inserts, which take 52 bytes
/// each, fit.
pub const VALUE_BYTES_MAX: usize = 64 << 20;

/// How many bytes of replies to `echo` requests may wait for a server that asks and does not read.
/// An honest one asks every few seconds.
pub const ANSWER_BYTES_MAX: usize = 1 << 20;

/// How deep arrays and objects may nest. The deepest message of the protocol, a map in a condition in a `transact`, needs 9; Open vSwitch's own
/// parser stops at 1000. Readers here do not recurse per level, so this bounds only state.
pub const DEPTH_MAX: u32 = 200;

/// The most columns a table may have, `_uuid` and `_version` included. Open vSwitch has no such
/// limit; the largest real table has 48 columns. Each row carries a bit mask of this size: every
/// further 64 columns would cost each row of every database 8 bytes.
pub const COLUMNS_MAX: usize = 256;

/// The most tables of a database. Open vSwitch has no such limit; the largest real schema has 47
/// tables. A table is numbered by 16 bits, in each row reference, and an empty one costs about 1 kB
/// of memory, less than in Open vSwitch.
pub const TABLES_MAX: usize = 65_000;

/// The most rows of one table that are asked for one by one. Each costs a server 20 us, whole rows of a table 4 to 8 us; so up to here asking one by one
/// takes at most 10 ms, and beyond, reading the whole table is no worse than what the C tools do, which always read it.
pub const SINGLE_ROWS_MAX: usize = 500;

/// How often a line may find that it needs more rows before it is given up. The longest chain of references that a command follows is 5 tables.
pub const ROUNDS_MAX: u32 = 64;
