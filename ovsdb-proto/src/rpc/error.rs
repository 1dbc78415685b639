//! What is wrong with a message.

use crate::json::JsonError;

/// A message that is not JSON-RPC 1.0 as OVSDB uses it. Offsets are bytes from the start of the message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RpcError {
    /// The message is not JSON, or not an object, or `method` is not a string, or `params` no array.
    #[error("malformed message")]
    Json(#[from] JsonError),
    /// A member that no message has; Open vSwitch refuses it too.
    #[error("unexpected member at offset {offset}")]
    UnexpectedMember {
        /// Where the value of the member begins.
        offset: usize,
    },
    /// A request or a reply lacks this member.
    #[error("{message} without `{member}`")]
    MissingMember {
        /// What the message would be: `request`, `notification` or `reply`.
        message: &'static str,
        /// What is missing.
        member: &'static str,
    },
    /// A request or a notification that also has a `result` or an `error`.
    #[error("message with both `method` and `{member}`")]
    Ambiguous {
        /// The member that should not be there.
        member: &'static str,
    },
    /// A long message of which too much does not consist of rows.
    #[error("message with more than {limit} bytes besides rows")]
    TooLong {
        /// How many bytes it may have.
        limit: usize,
    },
    /// A long message with a row that is too long by itself.
    #[error("row of more than {limit} bytes")]
    RowTooLong {
        /// How many bytes it may have.
        limit: usize,
    },
}
