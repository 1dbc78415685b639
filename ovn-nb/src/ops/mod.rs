//! What the commands of ovn-nbctl(8) mean: functions over a transaction, for tools and controllers alike.
//!
//! Each is written once. Over a complete snapshot it runs at once; over a partial one it may come back with
//! [`ReadError::Missing`](ovsdb_proto::row::ReadError::Missing) until the driver has read what it needs.

pub mod addresses;
pub mod connection;
mod entity;
mod error;
pub mod gateway_chassis;
pub mod lr;
pub mod lrp;
pub mod ls;
pub mod lsp;
mod named;
pub mod prefix;
pub mod route;
mod scan;
pub mod show;
pub mod ssl;
#[cfg(test)]
mod tests;

pub use entity::Entity;
pub use error::OpError;
pub use named::NamedAdd;
pub use scan::leading_integer;
