//! Why an operation could not be done, in the words of the C tool.

use ovsdb_proto::row::ReadError;

/// Why an operation could not be done. The text is what `ovs-vsctl` prints after its name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OpError {
    /// The snapshot does not hold what is needed, or its contents make no sense.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// There is no bridge, port or interface of this name.
    #[error("no {what} named {name}")]
    NotFound {
        /// `bridge`, `port`, `interface` or `port or interface`.
        what: &'static str,
        /// The name.
        name: Box<str>,
    },
    /// What is to be made cannot have this name: it is taken, or empty.
    #[error("cannot create {what} named {name} because {conflict}")]
    NameTaken {
        /// `a bridge`, `a port` or `an interface`.
        what: &'static str,
        /// The name.
        name: Box<str>,
        /// By what.
        conflict: Conflict,
    },
    /// A bridge or port must have a name.
    #[error("{what} name must not be empty string")]
    EmptyName {
        /// `bridge` or `port`.
        what: &'static str,
    },
    /// The parent of a VLAN bridge is not there, or is a VLAN bridge itself, or has one for the VLAN.
    #[error(transparent)]
    Parent(#[from] super::bridge::ParentError),
    /// There is one of this name already, but it is another than the one asked for.
    #[error("{0}")]
    Different(Context),
    /// The local port of a bridge goes only with the bridge.
    #[error(
        "cannot delete port {0} because it is the local port for bridge {0} (deleting this port requires deleting the entire bridge)"
    )]
    LocalPort(Box<str>),
    /// The port is on another bridge.
    #[error("bridge {bridge} does not have a port {port}{}", OnChild(.child))]
    NotOnBridge {
        /// The bridge named.
        bridge: Box<str>,
        /// The port.
        port: Box<str>,
        /// The VLAN bridge of that bridge which has the port, if one has.
        child: Option<Box<str>>,
    },
}

struct OnChild<'a>(&'a Option<Box<str>>);

impl std::fmt::Display for OnChild<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            Some(child) => write!(f, " (although its child bridge {child} does)"),
            None => Ok(()),
        }
    }
}

/// What has a name already.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Conflict {
    /// A bridge.
    #[error("a bridge named {0} already exists")]
    Bridge(Box<str>),
    /// A port, on a bridge.
    #[error("a port named {0} already exists on bridge {1}")]
    Port(Box<str>, Box<str>),
    /// An interface, on a bridge.
    #[error("an interface named {0} already exists on bridge {1}")]
    Interface(Box<str>, Box<str>),
}

/// In what something that exists differs from what was asked for; the text begins with the command in quotes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Context {
    /// A VLAN bridge, not a bridge of its own.
    #[error("\"--may-exist add-br {name}\" but {name} is a VLAN bridge for VLAN {vlan}")]
    IsVlanBridge {
        /// The bridge.
        name: Box<str>,
        /// Its VLAN.
        vlan: i64,
    },
    /// A bridge of its own, not a VLAN bridge.
    #[error("\"--may-exist add-br {name} {parent} {vlan}\" but {name} is not a VLAN bridge")]
    IsNoVlanBridge {
        /// The bridge.
        name: Box<str>,
        /// The parent asked for.
        parent: Box<str>,
        /// The VLAN asked for.
        vlan: i64,
    },
    /// A VLAN bridge of another parent.
    #[error("\"--may-exist add-br {name} {parent} {vlan}\" but {name} has the wrong parent {actual}")]
    WrongParent {
        /// The bridge.
        name: Box<str>,
        /// The parent asked for.
        parent: Box<str>,
        /// The VLAN asked for.
        vlan: i64,
        /// Its parent.
        actual: Box<str>,
    },
    /// A VLAN bridge for another VLAN.
    #[error(
        "\"--may-exist add-br {name} {parent} {vlan}\" but {name} is a VLAN bridge for the wrong VLAN {actual}"
    )]
    WrongVlan {
        /// The bridge.
        name: Box<str>,
        /// The parent asked for.
        parent: Box<str>,
        /// The VLAN asked for.
        vlan: i64,
        /// Its VLAN.
        actual: i64,
    },
    /// A port of another bridge.
    #[error("\"{command}\" but {port} is actually attached to bridge {actual}")]
    OtherBridge {
        /// The command as given.
        command: Box<str>,
        /// The port.
        port: Box<str>,
        /// Its bridge.
        actual: Box<str>,
    },
    /// A port with other interfaces.
    #[error("\"{command}\" but {port} actually has interface(s) {actual}")]
    OtherInterfaces {
        /// The command as given.
        command: Box<str>,
        /// The port.
        port: Box<str>,
        /// Their names, sorted, with commas.
        actual: Box<str>,
    },
}
