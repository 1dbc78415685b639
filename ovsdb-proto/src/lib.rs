//! The OVSDB protocol (RFC 7047 and the Open vSwitch extensions).

pub mod frame;
pub mod json;
pub mod limits;
pub mod monitor;
#[cfg(feature = "net")]
pub mod net;
pub mod op;
pub mod replica;
pub mod row;
pub mod rpc;
mod scan;
pub mod schema;
pub mod session;
pub mod txn;
pub mod value;
