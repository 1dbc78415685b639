//! What the `lrp-*` commands do: ports of logical routers.

use super::addresses::Mac;
use super::prefix::{Prefix, normalize};
use super::{Entity, OpError, entity, named};
use crate::tables::{LogicalRouter, LogicalRouterPort};
use ovsdb_proto::row::Ref;
use ovsdb_proto::txn::Txn;
use ovsdb_proto::value::Uuid;
use std::collections::{BTreeMap, BTreeSet};

/// What is wrong with a router port.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LrpError {
    /// The MAC address is none.
    #[error("{port}: invalid mac address {mac}")]
    Mac {
        /// The port.
        port: Box<str>,
        /// As it was given.
        mac: Box<str>,
    },
    /// A network is not an address with a prefix.
    #[error("{port}: invalid network address: {network}")]
    Network {
        /// The port.
        port: Box<str>,
        /// As it was given.
        network: Box<str>,
    },
    /// The port is there, in another router.
    #[error("{port}: port already exists but in router {router}")]
    OtherRouter {
        /// The port.
        port: Box<str>,
        /// The router's name, or its UUID if it has none.
        router: Box<str>,
    },
    /// The port is there, with another MAC address.
    #[error("{port}: port already exists with mac {mac}")]
    OtherMac {
        /// The port.
        port: Box<str>,
        /// The address that it has.
        mac: Box<str>,
    },
    /// The port is there, and the networks given are not all networks.
    #[error("{port}: Invalid networks configured")]
    Networks {
        /// The port.
        port: Box<str>,
    },
    /// The port is there, and its own networks are not all networks.
    #[error("{port}: Existing port has invalid networks configured")]
    OldNetworks {
        /// The port.
        port: Box<str>,
    },
    /// The port is there, with other networks.
    #[error("{port}: port already exists with different network")]
    OtherNetworks {
        /// The port.
        port: Box<str>,
    },
    /// The port is there, with another peer.
    #[error("{port}: port already exists with mismatching peer")]
    OtherPeer {
        /// The port.
        port: Box<str>,
    },
    /// The port belongs to no router.
    #[error("port {port} is not part of any logical router")]
    NoRouter {
        /// The port.
        port: Box<str>,
    },
}

/// How [`add`] makes a port.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LrpAdd<'a> {
    /// The addresses of the port with their prefixes, stored as given.
    pub networks: &'a [&'a str],
    /// Leave an equal port of this name as it is.
    pub may_exist: bool,
    /// The port at the other end that an equal port must have; it is not set on a new one.
    pub peer: Option<&'a str>,
    /// Look whether the name is free, instead of leaving it to the server to refuse a duplicate: for callers that have something else to complain about.
    pub look_first: bool,
}

/// What [`add`] did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Added {
    /// The port.
    pub port: Ref<LogicalRouterPort>,
    /// Whether it was made just now.
    pub is_new: bool,
}

/// Makes a port in a router.
///
/// With [`LrpAdd::may_exist`] a port of this name is left as it is if it is in the same router and has the same MAC address, networks and peer.
///
/// # Errors
/// [`OpError::NotFound`] for the router; [`OpError::Exists`]; [`LrpError`].
pub fn add(t: &mut Txn<'_>, router: &str, port: &str, mac: &str, o: &LrpAdd<'_>) -> Result<Added, OpError> {
    let router = match entity::router(t, router, &[]) {
        Err(error) if !entity::is_missing(&error) => return Err(error),
        other => other,
    };
    let Some(address) = Mac::parse(mac) else {
        return Err(LrpError::Mac { port: port.into(), mac: mac.into() }.into());
    };
    let wrong = o.networks.iter().find(|network| Prefix::parse(network).is_none());
    let held = match existing(t, port, o.look_first || wrong.is_some()) {
        Err(error) if !entity::is_missing(&error) => return Err(error),
        other => other,
    };
    match (&held, wrong) {
        (Ok(Some(_)), _) if !o.may_exist => {
            return Err(OpError::Exists { entity: Entity::Port, name: port.into() });
        }
        (Ok(Some(held)), _) => {
            same(t, *held, router?, address, port, o)?;
            return Ok(Added { port: *held, is_new: false });
        }
        (Ok(None), Some(network)) => {
            return Err(LrpError::Network { port: port.into(), network: (*network).into() }.into());
        }
        _ => {}
    }
    // made before everything is known, so that later commands of the line find it and tell what they need
    let row = t.insert()?;
    t.set(row, LogicalRouterPort::NAME, &port.to_owned())?;
    t.set(row, LogicalRouterPort::MAC, &mac.to_owned())?;
    let networks = o.networks.iter().map(|network| (*network).to_owned()).collect();
    t.set(row, LogicalRouterPort::NETWORKS, &networks)?;
    held?;
    t.add(router?, LogicalRouter::PORTS, &row)?;
    Ok(Added { port: row, is_new: true })
}

/// The port that has this UUID or name already.
fn existing(t: &Txn<'_>, port: &str, look: bool) -> Result<Option<Ref<LogicalRouterPort>>, OpError> {
    let columns =
        [LogicalRouterPort::MAC.any(), LogicalRouterPort::NETWORKS.any(), LogicalRouterPort::PEER.any()];
    if look {
        return entity::find_optional(t, Entity::Port, LogicalRouterPort::NAME, port, &columns);
    }
    if let Ok(uuid) = port.parse::<Uuid>()
        && let Some(row) = t.by_uuid(Ref::new(uuid), &columns)?
    {
        return Ok(Some(row));
    }
    Ok(t.taken_by(LogicalRouterPort::NAME, &port.to_owned(), &columns)?)
}

/// Whether the port `held` is as if it had been made with these arguments.
fn same(
    t: &Txn<'_>,
    held: Ref<LogicalRouterPort>,
    router: Ref<LogicalRouter>,
    mac: Mac,
    port: &str,
    o: &LrpAdd<'_>,
) -> Result<(), OpError> {
    let port = || port.into();
    let (owner, name) = owner(t, held, port)?;
    if owner != router {
        return Err(LrpError::OtherRouter { port: port(), router: name }.into());
    }
    let held_mac = t.get(held, LogicalRouterPort::MAC)?;
    if Mac::parse(&held_mac).unwrap_or_default() != mac {
        return Err(LrpError::OtherMac { port: port(), mac: held_mac.into() }.into());
    }
    let Some(networks) = normalized(o.networks) else {
        return Err(LrpError::Networks { port: port() }.into());
    };
    let Some(held_networks) = normalized(&t.get(held, LogicalRouterPort::NETWORKS)?) else {
        return Err(LrpError::OldNetworks { port: port() }.into());
    };
    if networks != held_networks {
        return Err(LrpError::OtherNetworks { port: port() }.into());
    }
    if t.get(held, LogicalRouterPort::PEER)?.as_deref() != o.peer {
        return Err(LrpError::OtherPeer { port: port() }.into());
    }
    Ok(())
}

fn normalized<S: AsRef<str>>(networks: &[S]) -> Option<BTreeSet<String>> {
    networks.iter().map(|network| normalize(network.as_ref())).collect()
}

/// The router that has a port, and its name, or its UUID if it has no name.
fn owner(
    t: &Txn<'_>,
    row: Ref<LogicalRouterPort>,
    port: impl Fn() -> Box<str>,
) -> Result<(Ref<LogicalRouter>, Box<str>), OpError> {
    let routers = t.containing(LogicalRouter::PORTS, &row, &[LogicalRouter::NAME.any()])?;
    let Some(router) = routers.first() else { return Err(LrpError::NoRouter { port: port() }.into()) };
    let name = t.get(*router, LogicalRouter::NAME)?;
    Ok((*router, if name.is_empty() { router.uuid().to_string() } else { name }.into()))
}

/// Takes a port away. With `if_exists` it is no error if there is none.
///
/// # Errors
/// [`OpError::NotFound`], [`LrpError::NoRouter`].
pub fn del(t: &mut Txn<'_>, port: &str, if_exists: bool) -> Result<(), OpError> {
    let columns = [LogicalRouterPort::NAME.any()];
    let row = match entity::find_optional(t, Entity::Port, LogicalRouterPort::NAME, port, &columns)? {
        Some(row) => row,
        None if if_exists => return Ok(()),
        None => return Err(entity::not_found(Entity::Port, port)),
    };
    let name = t.get(row, LogicalRouterPort::NAME)?;
    let (router, _) = owner(t, row, || name.as_str().into())?;
    t.remove(router, LogicalRouter::PORTS, &row)?;
    Ok(t.delete(row)?)
}

/// The ports of a router with their names, sorted by name.
///
/// # Errors
/// [`OpError::NotFound`], [`OpError::Ambiguous`].
pub fn list(t: &Txn<'_>, router: &str) -> Result<Vec<(Ref<LogicalRouterPort>, String)>, OpError> {
    let router = entity::router(t, router, &[LogicalRouter::PORTS.any()])?;
    let ports = t.get(router, LogicalRouter::PORTS)?;
    t.fetch(&ports, &[LogicalRouterPort::NAME.any()])?;
    Ok(named::sorted(t, LogicalRouterPort::NAME, ports)?)
}

/// The port of this name or UUID.
///
/// # Errors
/// [`OpError::NotFound`].
pub fn find(t: &Txn<'_>, port: &str) -> Result<Ref<LogicalRouterPort>, OpError> {
    entity::router_port(t, port, &[])
}

/// Whether a port is in use; one of which nothing is said is.
///
/// # Errors
/// [`OpError::NotFound`].
pub fn is_enabled(t: &Txn<'_>, port: &str) -> Result<bool, OpError> {
    let row = entity::router_port(t, port, &[LogicalRouterPort::ENABLED.any()])?;
    Ok(t.get(row, LogicalRouterPort::ENABLED)?.unwrap_or(true))
}

/// Puts a port in use or out of it.
///
/// # Errors
/// [`OpError::NotFound`].
pub fn set_enabled(t: &mut Txn<'_>, port: &str, enabled: bool) -> Result<(), OpError> {
    let row = entity::router_port(t, port, &[LogicalRouterPort::ENABLED.any()])?;
    Ok(t.set(row, LogicalRouterPort::ENABLED, &Some(enabled))?)
}

/// Replaces all options of a port.
///
/// # Errors
/// [`OpError::NotFound`].
pub fn set_options(t: &mut Txn<'_>, port: &str, options: &BTreeMap<String, String>) -> Result<(), OpError> {
    let row = entity::router_port(t, port, &[LogicalRouterPort::OPTIONS.any()])?;
    Ok(t.set(row, LogicalRouterPort::OPTIONS, options)?)
}

#[cfg(test)]
mod tests;
