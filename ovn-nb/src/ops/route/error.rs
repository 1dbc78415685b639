//! Why a static route could not be added or taken away.

use crate::tables::LogicalRouterStaticRoutePolicy as Policy;

/// Why a static route could not be added or taken away.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RouteError {
    /// There is no such policy.
    #[error("bad policy: {policy}")]
    Policy {
        /// As it was given.
        policy: Box<str>,
    },
    /// The prefix is none.
    #[error("bad prefix argument: {prefix}")]
    Prefix {
        /// As it was given.
        prefix: Box<str>,
    },
    /// The next hop is neither an address nor a router port.
    #[error("bad nexthop argument: {nexthop}")]
    Nexthop {
        /// As it was given.
        nexthop: Box<str>,
    },
    /// There is no such row in table `BFD`.
    #[error("no entry found in the BFD table")]
    NoBfd,
    /// To watch a next hop that nobody watches yet, its port must be given.
    #[error("insert entry in the BFD table failed")]
    BfdPort,
    /// A route that drops packets cannot have this.
    #[error(transparent)]
    Discard(DiscardConflict),
    /// There is a route to this prefix.
    #[error("duplicate prefix: {prefix} (policy: {}). Use option --ecmp to allow this for ECMP routing.", .policy.as_str())]
    Duplicate {
        /// The prefix, normalized.
        prefix: Box<str>,
        /// Which address of a packet it is compared with.
        policy: Policy,
    },
    /// There is a route to this prefix over this next hop.
    #[error("duplicate nexthop for the same ECMP route")]
    DuplicateNexthop,
    /// There is a route to this prefix that drops packets.
    #[error("discard nexthop for the same ECMP route exists.")]
    DiscardExists,
    /// There is no route that meets what is given.
    #[error(
        "no matching route: policy '{}', prefix '{}', nexthop '{}', output_port '{}'.",
        .policy.as_ref().map_or("any", Policy::as_str), any(prefix), any(nexthop), any(port)
    )]
    NotFound {
        /// The policy, if one was given.
        policy: Option<Policy>,
        /// The prefix, normalized.
        prefix: Option<Box<str>>,
        /// The next hop, normalized.
        nexthop: Option<Box<str>>,
        /// The port.
        port: Option<Box<str>>,
    },
}

/// What a route that drops packets cannot have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DiscardConflict {
    /// Other next hops.
    #[error("ecmp is not valid for discard routes.")]
    Ecmp,
    /// A next hop that is watched.
    #[error("bfd dst_ip cannot be discard.")]
    Bfd,
    /// A port.
    #[error("outport is not valid for discard routes.")]
    Port,
}

fn any(given: &Option<Box<str>>) -> &str {
    given.as_deref().unwrap_or("any")
}
