//! What the messages of OVSDB are: requests, notifications and replies (RFC 7047 section 4, JSON-RPC 1.0).

pub mod encode;
mod error;
mod long;
mod message;
mod notification;

pub use error::RpcError;
pub use long::{Awaited, Event, LongReply};
pub use message::{Id, Message, id_number};
pub use notification::Notification;
