//! Why an operation could not be done, in the words of the C tools.

use super::{Entity, gateway_chassis, lrp, lsp, route};
use ovsdb_proto::row::ReadError;

/// Why an operation could not be done. The text is what `ovn-nbctl` prints after its name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OpError {
    /// The snapshot does not hold what is needed, or its contents make no sense.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// There is none of this name, or of this UUID if the argument is one.
    #[error("{name}: {entity} {} not found", if *.by_uuid { "UUID" } else { "name" })]
    NotFound {
        /// What was looked for.
        entity: Entity,
        /// Its name or UUID as given.
        name: Box<str>,
        /// Whether the argument is a UUID.
        by_uuid: bool,
    },
    /// There are several of this name.
    #[error("Multiple logical {}s named '{name}'.  Use a UUID.", .entity.plural_stem())]
    Ambiguous {
        /// What was looked for.
        entity: Entity,
        /// The name.
        name: Box<str>,
    },
    /// There is one of this name already.
    #[error("{name}: a {entity} with this name already exists")]
    Exists {
        /// What was to be made.
        entity: Entity,
        /// The name.
        name: Box<str>,
    },
    /// Something is wrong with a switch port.
    #[error(transparent)]
    Lsp(#[from] lsp::LspError),
    /// Something is wrong with a router port.
    #[error(transparent)]
    Lrp(#[from] lrp::LrpError),
    /// Something is wrong with a gateway chassis.
    #[error(transparent)]
    GatewayChassis(#[from] gateway_chassis::GatewayChassisError),
    /// Something is wrong with a static route.
    #[error(transparent)]
    Route(#[from] route::RouteError),
}
