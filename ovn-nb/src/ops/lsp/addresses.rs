//! What `lsp-set-addresses` and `lsp-get-addresses` do, with the check that no two ports of a switch have the same IP address.

use super::{LspError, switch_of};
use crate::ops::addresses::{PortAddresses, ipv6_to_string, is_dynamic, is_port_address};
use crate::ops::{Entity, OpError, entity};
use crate::tables::{LogicalRouterPort, LogicalSwitch, LogicalSwitchPort};
use ovsdb_proto::row::{ReadError, Ref};
use ovsdb_proto::txn::{Keys, Txn};

/// The addresses of a port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LspAddresses {
    /// Its own, sorted.
    Own(Vec<String>),
    /// Those of the router port that it is connected to: the address is `router`, and the option `router-port` names a port that is there.
    Router {
        /// The Ethernet address.
        mac: String,
        /// The IP addresses with the lengths of their prefixes.
        networks: Vec<String>,
    },
}

/// Gives the port these addresses and no others: `MAC [IP]...`, `dynamic`, `router`, `unknown` and so on (ovn-nb(5)).
///
/// # Errors
/// [`OpError::NotFound`]; [`LspError::Address`], [`LspError::Duplicate`].
pub fn set_addresses(t: &mut Txn<'_>, port: &str, addresses: &[String]) -> Result<(), OpError> {
    let row = entity::switch_port(t, port, &[LogicalSwitchPort::ADDRESSES.any()])?;
    for address in addresses {
        if !is_port_address(address) {
            return Err(LspError::Address { address: address.as_str().into() }.into());
        }
        match PortAddresses::parse(address) {
            Some(given) if !given.ipv4.is_empty() || !given.ipv6.is_empty() => check_free(t, row, &given)?,
            _ => {}
        }
    }
    Ok(t.set(row, LogicalSwitchPort::ADDRESSES, &addresses.to_vec())?)
}

/// Whether none of the IP addresses is one of another port of the same switch.
fn check_free(t: &Txn<'_>, row: Ref<LogicalSwitchPort>, given: &PortAddresses) -> Result<(), OpError> {
    let switch = switch_of(t, row, &[LogicalSwitch::PORTS.any()])?;
    let mut first = None;
    for key in ip_addresses(given) {
        let ports = t.keyed(switch, LogicalSwitch::PORTS, &BY_IP, &key)?;
        first = ports.into_iter().filter(|port| *port != row).chain(first).min();
    }
    if let Some(port) = first {
        for held in held_by(t, port)? {
            let ipv4 = given.ipv4.iter().find(|a| held.ipv4.iter().any(|b| a.address == b.address));
            let ipv6 = given.ipv6.iter().find(|a| held.ipv6.iter().any(|b| a.address == b.address));
            let (version, address) = match (ipv4, ipv6) {
                (Some(a), _) => (4, a.address.to_string()),
                (None, Some(a)) => (6, ipv6_to_string(a.address)),
                (None, None) => continue,
            };
            let names = (t.get(switch, LogicalSwitch::NAME), t.get(port, LogicalSwitchPort::NAME));
            let (switch, port) = (names.0?.into(), names.1?.into());
            return Err(LspError::Duplicate { switch, version, address: address.into(), port }.into());
        }
    }
    Ok(())
}

/// Ports by the IP addresses that they have.
const BY_IP: Keys<LogicalSwitchPort> = Keys {
    name: "ip",
    columns: &[LogicalSwitchPort::ADDRESSES.any()],
    rare: &[LogicalSwitchPort::DYNAMIC_ADDRESSES.any()],
    of: |t, port| Ok(held_by(t, port)?.iter().flat_map(ip_addresses).collect()),
};

fn ip_addresses(of: &PortAddresses) -> impl Iterator<Item = String> {
    let ipv4 = of.ipv4.iter().map(|a| a.address.to_string());
    ipv4.chain(of.ipv6.iter().map(|a| a.address.to_string()))
}

/// The addresses of a port, each with the one that was chosen in place of `dynamic`.
fn held_by(t: &Txn<'_>, port: Ref<LogicalSwitchPort>) -> Result<Vec<PortAddresses>, ReadError> {
    let mut held = Vec::new();
    for address in t.get(port, LogicalSwitchPort::ADDRESSES)? {
        let chosen =
            if is_dynamic(&address) { t.get(port, LogicalSwitchPort::DYNAMIC_ADDRESSES)? } else { None };
        held.extend(PortAddresses::parse(&chosen.unwrap_or(address)));
    }
    Ok(held)
}

/// The addresses of the port.
///
/// # Errors
/// [`OpError::NotFound`].
pub fn addresses(t: &Txn<'_>, port: &str) -> Result<LspAddresses, OpError> {
    let columns = [LogicalSwitchPort::ADDRESSES.any(), LogicalSwitchPort::OPTIONS.any()];
    let row = entity::switch_port(t, port, &columns)?;
    let mut own = t.get(row, LogicalSwitchPort::ADDRESSES)?;
    if let [only] = own.as_slice()
        && only == "router"
        && let Some(router_port) = t.get(row, LogicalSwitchPort::OPTIONS)?.get("router-port")
    {
        let columns = [LogicalRouterPort::MAC.any(), LogicalRouterPort::NETWORKS.any()];
        let found = entity::find_optional(t, Entity::Port, LogicalRouterPort::NAME, router_port, &columns)?;
        if let Some(router_port) = found {
            let mac = t.get(router_port, LogicalRouterPort::MAC)?;
            let networks = t.get(router_port, LogicalRouterPort::NETWORKS)?;
            return Ok(LspAddresses::Router { mac, networks });
        }
    }
    own.sort();
    Ok(LspAddresses::Own(own))
}
