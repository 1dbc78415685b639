//! What the commands of ovn-sbctl(8) mean: functions over a transaction, for tools and controllers alike.
//!
//! Each is written once. Over a complete snapshot it runs at once; over a partial one it may come back with
//! [`ReadError::Missing`](ovsdb_proto::row::ReadError::Missing) until the driver has read what it needs.

pub mod chassis;
pub mod connection;
mod error;
pub mod ssl;

pub use error::OpError;
