//! What the messages of OVSDB are: requests, notifications and replies (RFC 7047 section 4, JSON-RPC 1.0).

mod error;
mod message;

pub use error::RpcError;
pub use message::{Id, Message, id_number};
