//! What may be wrong with a switch port, in the words of the C tool.

use std::fmt;

/// What is wrong with a switch port, or with what is to be written to it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LspError {
    /// The tag of a nested port is out of range.
    #[error("{tag}: invalid tag (must be in range 0 to 4095)")]
    Tag {
        /// The tag.
        tag: i64,
    },
    /// There is a port of this name, but it is another one than was to be made.
    #[error("{port}: port already exists {how}")]
    Differs {
        /// The name or UUID of the port as given.
        port: Box<str>,
        /// In what it differs.
        how: Difference,
    },
    /// No switch refers to the port, which the schema does not allow of a database but may be so in a transaction.
    #[error("logical port {port} is not part of any logical switch")]
    NoSwitch {
        /// The name of the port.
        port: Box<str>,
    },
    /// There is no such type of ports.
    #[error("Logical switch port type '{type_}' is unrecognized. Not setting type.")]
    Type {
        /// As it was given.
        type_: Box<str>,
    },
    /// Only a port that connects switches has a peer of its own.
    #[error("Peer can only be set for a logical switch port with type 'switch'.")]
    Peer,
    /// An address does not begin with what every address begins with.
    #[error(
        "{address}: Invalid address format. See ovn-nb(5). Hint: An Ethernet address must be listed before an IP address, together as a single argument."
    )]
    Address {
        /// As it was given.
        address: Box<str>,
    },
    /// Another port of the switch has an IP address already.
    #[error(
        "Error on switch {switch}: duplicate IPv{version} address '{address}' found on logical switch port '{port}'"
    )]
    Duplicate {
        /// The name of the switch.
        switch: Box<str>,
        /// 4 or 6.
        version: u8,
        /// The address.
        address: Box<str>,
        /// The name of the other port.
        port: Box<str>,
    },
}

/// In what a port differs from the one that was to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Difference {
    /// It is in the switch of this name, or of this UUID if it has no name.
    Switch(Box<str>),
    /// It has no parent.
    NoParent,
    /// It has this one for a parent.
    Parent(Box<str>),
    /// It asks for no tag.
    NoTagRequest,
    /// It asks for this tag.
    TagRequest(i64),
    /// It has this parent, and was to have none.
    HasParent(Box<str>),
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Difference::Switch(switch) => write!(f, "but in switch {switch}"),
            Difference::NoParent => f.write_str("but has no parent"),
            Difference::Parent(parent) => write!(f, "with different parent {parent}"),
            Difference::NoTagRequest => f.write_str("but has no tag_request"),
            Difference::TagRequest(tag) => write!(f, "with different tag_request {tag}"),
            Difference::HasParent(parent) => write!(f, "but has parent {parent}"),
        }
    }
}
