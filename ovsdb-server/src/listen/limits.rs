//! How much a server takes from its clients, and why: every bound of the listener.

use ovsdb_proto::limits::FRAME_BYTES_MAX;
use std::time::Duration;

/// What a server allows to its clients. Those that go beyond are cut off; the others do not notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The most clients at one time. 10,000 by default: twice the largest known deployment, and a
    /// small part of the descriptors that a daemon may have.
    ///
    /// A sixteenth of them is reserved for Unix domain sockets, so that peers in the network cannot
    /// lock out the programs of this host. At the limit, the client that has been idle longest
    /// makes room for a new one. Idle clients are those without a monitor, a lock or a waiting
    /// transaction; the time counts from their last request other than `echo`. If there is none,
    /// the new client is disconnected.
    pub clients_max: usize,
    /// The most connections of one IP address over TCP and TLS at one time, pending handshakes
    /// included; a further one is closed at once. `None`, the default, is no limit: behind one
    /// address there may be a relay or a translator with any number of clients.
    pub clients_per_address_max: Option<usize>,
    /// The most pending TLS handshakes of one remote; one more drops the oldest, which in good
    /// faith would be complete by then. 500 by default. Each holds a descriptor and up to 20 kB for
    /// at most 15 seconds.
    pub handshakes_max: usize,
    /// The most bytes of one message of a client. [`FRAME_BYTES_MAX`] by default: a `transact` that brings a whole database back is as large as the first
    /// copy of it.
    pub message_bytes_max: usize,
    /// The most bytes of updates that may wait for a client which does not read, beside the reply to its last request. 64 MiB by default: what 100 chassis
    /// cause in a large cluster within a minute.
    pub backlog_bytes_max: usize,
    /// The most bytes that all clients together may make the server hold: unfinished messages, and output that they do not read. When it is reached, whoever
    /// holds most is cut off. 1 GiB by default: room for ten first copies of 100,000 ports under way.
    pub held_bytes_max: usize,
    /// How long a client with more than [`SMALL_BYTES`] waiting for it may take none of it. 60 seconds by default: a machine that is suspended or a process
    /// that is stopped for longer copies the database anew.
    pub stall_max: Duration,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            clients_max: 10_000,
            clients_per_address_max: None,
            handshakes_max: 500,
            message_bytes_max: FRAME_BYTES_MAX,
            backlog_bytes_max: 64 << 20,
            held_bytes_max: 1 << 30,
            stall_max: Duration::from_secs(60),
        }
    }
}

/// Once so many bytes wait for a client, nothing more is read from it until it has read: it shall not get ever more replies queued. As much may wait for
/// ever, since it costs little.
pub const SMALL_BYTES: usize = 1 << 20;

/// The most messages of one client that are carried out before it is another's turn: enough that a client which pipelines costs few system calls, few enough
/// that others wait milliseconds.
pub(super) const MESSAGES_A_TURN: usize = 64;

/// The most bytes that are read from all clients in one round, shared evenly among those that have
/// something to say: messages that are not complete for long, or white space, must not keep the
/// server from others. Copying them takes a millisecond or two.
pub(super) const BYTES_A_ROUND: usize = 2 << 20;

/// The fewest and the most bytes that are read from one client as its share of a round.
pub(super) const BYTES_A_TURN: [usize; 2] = [8 << 10, 256 << 10];

/// The first size of a client's buffer for input: most requests fit.
pub(super) const INPUT_BYTES_FIRST: usize = 8 << 10;

/// What a buffer has beyond this is given back once it is empty, so that a client does not hold the size of its largest message for ever.
pub(super) const BUFFER_BYTES_KEPT: usize = 64 << 10;

/// How long a peer may take to agree on TLS, and we to reach a server or client that we connect to: a few round trips, or a resolver's time-out.
pub(super) const OPENING_TIME_MAX: Duration = Duration::from_secs(15);

/// How many connections are accepted in one turn: as many as the kernel queues by default.
pub(super) const ACCEPTS_A_TURN: usize = 128;

/// How many TLS handshakes are continued in one round. Each takes about a millisecond, for a
/// signature with an RSA key, and all other clients wait for it.
pub(super) const HANDSHAKES_A_ROUND: usize = 8;

/// How long, for each client, the next search for idle clients has to wait. A search takes a
/// twentieth of it.
pub(super) const SEARCH_TIME_PER_CLIENT: Duration = Duration::from_micros(2);

/// How long after a failed attempt to listen, or to accept (too many open files), the next one is made.
pub(super) const LISTEN_AGAIN: Duration = Duration::from_millis(2500);

/// How often the state of remotes is written to the database that names them, as by ovsdb-server.
pub(super) const STATUS_INTERVAL: Duration = Duration::from_millis(2500);

/// How often a driver goes round before others that share its thread have their turn.
pub(super) const ROUNDS_A_TURN: usize = 32;

/// After a round that took this long the runtime has its turn, which finds out what other sockets
/// have to say. Short rounds follow each other up to [`ROUNDS_A_TURN`].
pub(super) const ROUND_TIME_MAX: Duration = Duration::from_millis(1);

/// The most bytes under way in each direction between a program and its server in the same process.
pub(super) const PIPE_BYTES: usize = 256 << 10;

/// How long output may take to reach clients after the server was told to end.
pub(super) const FAREWELL_MAX: Duration = Duration::from_millis(500);
