//! What the commands of ovs-vsctl(8) mean: functions over a transaction, for tools and controllers alike.

pub mod bridge;
mod error;
pub mod external_id;
pub mod port;
pub mod ssl;
mod topology;

pub use error::{Conflict, Context, OpError};
pub use topology::{Bridge, Iface, Port, Topology};

#[cfg(test)]
mod tests;
