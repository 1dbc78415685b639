//! What does `show` show: switches and routers with all that belongs to them.

use super::addresses::Mac;
use super::{Entity, OpError, entity};
use crate::tables::{
    GatewayChassis, LogicalRouter, LogicalRouterPort, LogicalSwitch, LogicalSwitchPort, Nat,
};
use ovsdb_proto::row::{AnyColumn, ReadError, Ref};
use ovsdb_proto::txn::Txn;
use std::collections::BTreeMap;
use std::net::Ipv6Addr;

/// A switch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Switch {
    /// The row.
    pub row: Ref<LogicalSwitch>,
    /// Its name.
    pub name: String,
    /// What OpenStack calls it, if it does.
    pub alias: Option<String>,
    /// Its ports, in the order of their UUIDs.
    pub ports: Vec<SwitchPort>,
}

/// A port of a switch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SwitchPort {
    /// Its name.
    pub name: String,
    /// What OpenStack calls it, if it does.
    pub alias: Option<String>,
    /// Its type; empty for one to which a virtual machine or container is attached.
    pub type_: String,
    /// The port that carries it.
    pub parent: Option<String>,
    /// The tag that it has within its parent or network.
    pub tag: Option<i64>,
    /// Its addresses.
    pub addresses: Vec<String>,
    /// The router port that it is connected to.
    pub router_port: Option<String>,
    /// The port of another switch that it is connected to.
    pub peer: Option<String>,
}

/// A router.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Router {
    /// The row.
    pub row: Ref<LogicalRouter>,
    /// Its name.
    pub name: String,
    /// What OpenStack calls it, if it does.
    pub alias: Option<String>,
    /// Its ports, in the order of their UUIDs.
    pub ports: Vec<RouterPort>,
    /// Its address translations, in the order of their UUIDs.
    pub nat: Vec<Translation>,
}

/// A port of a router.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RouterPort {
    /// Its name.
    pub name: String,
    /// Its MAC address, as stored.
    pub mac: String,
    /// Its link-local IPv6 address, which follows from the MAC address.
    pub ipv6_lla: Ipv6Addr,
    /// Its networks.
    pub networks: Vec<String>,
    /// The route table that packets from it are looked up in.
    pub route_table: Option<String>,
    /// The chassis that it may live on, in the order of the UUIDs of their rows; [`gateway_chassis::list`](super::gateway_chassis::list) has them by
    /// priority.
    pub gateways: Vec<String>,
}

/// An address translation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Translation {
    /// The row.
    pub row: Ref<Nat>,
    /// The address outside.
    pub external_ip: String,
    /// The ports outside; empty for all.
    pub external_ports: String,
    /// The address or network inside.
    pub logical_ip: String,
    /// `snat`, `dnat` or `dnat_and_snat`.
    pub type_: String,
}

/// All switches and all routers, in the order of their UUIDs; with `name`, only the switch and the router of this name or UUID, if there are.
///
/// # Errors
/// [`OpError::Ambiguous`].
pub fn show(t: &Txn<'_>, name: Option<&str>) -> Result<(Vec<Switch>, Vec<Router>), OpError> {
    let switch_columns =
        [LogicalSwitch::NAME.any(), LogicalSwitch::PORTS.any(), LogicalSwitch::EXTERNAL_IDS.any()];
    let router_columns = [
        LogicalRouter::NAME.any(),
        LogicalRouter::PORTS.any(),
        LogicalRouter::NAT.any(),
        LogicalRouter::EXTERNAL_IDS.any(),
    ];
    let (switches, routers) = match name {
        Some(name) => {
            let switch = entity::find_optional(t, Entity::Switch, LogicalSwitch::NAME, name, &switch_columns);
            let router = entity::find_optional(t, Entity::Router, LogicalRouter::NAME, name, &router_columns);
            (switch?.into_iter().collect(), router?.into_iter().collect())
        }
        None => {
            // everything at once
            let switches = t.all(&switch_columns);
            let routers = t.all(&router_columns);
            let ports = t.all_sparse(&SWITCH_PORT, &SWITCH_PORT_RARE);
            let router_ports = t.all_sparse(&ROUTER_PORT, &ROUTER_PORT_RARE);
            let nat = t.all(&NAT);
            t.all(&GATEWAY)?;
            ports?;
            router_ports?;
            nat?;
            (switches?, routers?)
        }
    };
    let switches = read_each(&switches, |row| switch(t, row));
    let routers = read_each(&routers, |row| router(t, row));
    Ok((switches?, routers?))
}

const SWITCH_PORT: [AnyColumn<LogicalSwitchPort>; 4] = [
    LogicalSwitchPort::NAME.any(),
    LogicalSwitchPort::ADDRESSES.any(),
    LogicalSwitchPort::EXTERNAL_IDS.any(),
    LogicalSwitchPort::OPTIONS.any(),
];
const SWITCH_PORT_RARE: [AnyColumn<LogicalSwitchPort>; 4] = [
    LogicalSwitchPort::TYPE.any(),
    LogicalSwitchPort::PARENT_NAME.any(),
    LogicalSwitchPort::TAG.any(),
    LogicalSwitchPort::PEER.any(),
];
const ROUTER_PORT: [AnyColumn<LogicalRouterPort>; 3] =
    [LogicalRouterPort::NAME.any(), LogicalRouterPort::MAC.any(), LogicalRouterPort::NETWORKS.any()];
const ROUTER_PORT_RARE: [AnyColumn<LogicalRouterPort>; 2] =
    [LogicalRouterPort::OPTIONS.any(), LogicalRouterPort::GATEWAY_CHASSIS.any()];
const NAT: [AnyColumn<Nat>; 4] =
    [Nat::EXTERNAL_IP.any(), Nat::EXTERNAL_PORT_RANGE.any(), Nat::LOGICAL_IP.any(), Nat::TYPE.any()];
const GATEWAY: [AnyColumn<GatewayChassis>; 1] = [GatewayChassis::CHASSIS_NAME.any()];

/// Reads all, so that what is missing for any of them is asked for in one round.
fn read_each<R: Copy, T>(rows: &[R], read: impl Fn(R) -> Result<T, OpError>) -> Result<Vec<T>, OpError> {
    let mut all = Vec::with_capacity(rows.len());
    let mut first = None;
    for row in rows {
        match read(*row) {
            Ok(value) => all.push(value),
            Err(error) => first = first.or(Some(error)),
        }
    }
    first.map_or(Ok(all), Err)
}

fn alias(external_ids: &BTreeMap<String, String>, key: &str) -> Option<String> {
    external_ids.get(key).filter(|alias| !alias.is_empty()).cloned()
}

fn switch(t: &Txn<'_>, row: Ref<LogicalSwitch>) -> Result<Switch, OpError> {
    let ports = t.get(row, LogicalSwitch::PORTS)?;
    t.fetch_sparse(&ports, &SWITCH_PORT, &SWITCH_PORT_RARE)?;
    Ok(Switch {
        row,
        name: t.get(row, LogicalSwitch::NAME)?,
        alias: alias(&t.get(row, LogicalSwitch::EXTERNAL_IDS)?, "neutron:network_name"),
        ports: ports.into_iter().map(|port| switch_port(t, port)).collect::<Result<_, _>>()?,
    })
}

fn switch_port(t: &Txn<'_>, row: Ref<LogicalSwitchPort>) -> Result<SwitchPort, ReadError> {
    let mut options = t.get(row, LogicalSwitchPort::OPTIONS)?;
    Ok(SwitchPort {
        name: t.get(row, LogicalSwitchPort::NAME)?,
        alias: alias(&t.get(row, LogicalSwitchPort::EXTERNAL_IDS)?, "neutron:port_name"),
        type_: t.get(row, LogicalSwitchPort::TYPE)?,
        parent: t.get(row, LogicalSwitchPort::PARENT_NAME)?,
        tag: t.get(row, LogicalSwitchPort::TAG)?,
        addresses: t.get(row, LogicalSwitchPort::ADDRESSES)?,
        router_port: options.remove("router-port"),
        peer: t.get(row, LogicalSwitchPort::PEER)?,
    })
}

fn router(t: &Txn<'_>, row: Ref<LogicalRouter>) -> Result<Router, OpError> {
    let (ports, nat) = (t.get(row, LogicalRouter::PORTS)?, t.get(row, LogicalRouter::NAT)?);
    let fetched = t.fetch_sparse(&ports, &ROUTER_PORT, &ROUTER_PORT_RARE);
    t.fetch_sparse(&nat, &NAT, &[])?;
    fetched?;
    Ok(Router {
        row,
        name: t.get(row, LogicalRouter::NAME)?,
        alias: alias(&t.get(row, LogicalRouter::EXTERNAL_IDS)?, "neutron:router_name"),
        ports: read_each(&ports, |port| router_port(t, port))?,
        nat: nat.into_iter().map(|rule| translation(t, rule)).collect::<Result<_, _>>()?,
    })
}

fn router_port(t: &Txn<'_>, row: Ref<LogicalRouterPort>) -> Result<RouterPort, OpError> {
    let mac = t.get(row, LogicalRouterPort::MAC)?;
    let mut options = t.get(row, LogicalRouterPort::OPTIONS)?;
    let gateways = t.get(row, LogicalRouterPort::GATEWAY_CHASSIS)?;
    t.fetch_sparse(&gateways, &GATEWAY, &[])?;
    Ok(RouterPort {
        name: t.get(row, LogicalRouterPort::NAME)?,
        ipv6_lla: Mac::parse(&mac).unwrap_or_default().link_local(),
        mac,
        networks: t.get(row, LogicalRouterPort::NETWORKS)?,
        route_table: options.remove("route_table"),
        gateways: gateways
            .into_iter()
            .map(|row| t.get(row, GatewayChassis::CHASSIS_NAME))
            .collect::<Result<_, _>>()?,
    })
}

fn translation(t: &Txn<'_>, row: Ref<Nat>) -> Result<Translation, ReadError> {
    Ok(Translation {
        row,
        external_ip: t.get(row, Nat::EXTERNAL_IP)?,
        external_ports: t.get(row, Nat::EXTERNAL_PORT_RANGE)?,
        logical_ip: t.get(row, Nat::LOGICAL_IP)?,
        type_: t.get(row, Nat::TYPE)?.as_str().to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::tests::{Rows, cell, rows, run};
    use crate::tables::NatType;

    fn text(key: &str, value: &str) -> BTreeMap<String, String> {
        BTreeMap::from([(key.to_owned(), value.to_owned())])
    }

    /// Switch #3 net with port #1 p (and #2 q); router #7 r with port #5 rp (on chassis #4 a) and translation #6; switch #8 r.
    fn net() -> Rows {
        let mut net = rows();
        let name = |name: &str| cell(LogicalSwitchPort::NAME, name.to_owned());
        let p = net.row(&[
            name("p"),
            cell(LogicalSwitchPort::ADDRESSES, vec!["router".to_owned()]),
            cell(LogicalSwitchPort::OPTIONS, text("router-port", "rp")),
            cell(LogicalSwitchPort::TYPE, "router".to_owned()),
            cell(LogicalSwitchPort::TAG, Some(7)),
        ]);
        let q = net.row(&[name("q"), cell(LogicalSwitchPort::EXTERNAL_IDS, text("neutron:port_name", ""))]);
        net.row::<LogicalSwitch>(&[
            cell(LogicalSwitch::NAME, "net".to_owned()),
            cell(LogicalSwitch::PORTS, vec![p, q]),
            cell(LogicalSwitch::EXTERNAL_IDS, text("neutron:network_name", "nice")),
        ]);
        let a = net.row::<GatewayChassis>(&[cell(GatewayChassis::CHASSIS_NAME, "a".to_owned())]);
        let rp = net.row(&[
            cell(LogicalRouterPort::NAME, "rp".to_owned()),
            cell(LogicalRouterPort::MAC, "00:00:00:00:00:01".to_owned()),
            cell(LogicalRouterPort::GATEWAY_CHASSIS, vec![a]),
            cell(LogicalRouterPort::OPTIONS, text("route_table", "t")),
        ]);
        let nat = net.row(&[cell(Nat::TYPE, NatType::Snat), cell(Nat::EXTERNAL_IP, "1.1.1.1".to_owned())]);
        net.row::<LogicalRouter>(&[
            cell(LogicalRouter::NAME, "r".to_owned()),
            cell(LogicalRouter::PORTS, vec![rp]),
            cell(LogicalRouter::NAT, vec![nat]),
        ]);
        net.row::<LogicalSwitch>(&[cell(LogicalSwitch::NAME, "r".to_owned())]);
        net
    }

    /// Names and a few of the things shown, and how many rounds of reading that took.
    fn shown(name: Option<&str>) -> (String, usize) {
        let done = run(&net(), |t| {
            let (switches, routers) = show(t, name)?;
            let switches = switches.iter().map(|switch| {
                let port = |p: &SwitchPort| {
                    format!(" {} {:?} {:?} {:?} {:?}", p.name, p.alias, p.type_, p.tag, p.router_port)
                };
                let ports: String = switch.ports.iter().map(port).collect();
                format!("{} {:?}{ports}", switch.name, switch.alias)
            });
            let routers = routers.iter().map(|router| {
                let port = |p: &RouterPort| {
                    format!(" {} {} {:?} {}", p.name, p.ipv6_lla, p.route_table, p.gateways.join(","))
                };
                let ports: String = router.ports.iter().map(port).collect();
                let nat: String =
                    router.nat.iter().map(|n| format!(" {} {}", n.type_, n.external_ip)).collect();
                format!("{}{ports}{nat}", router.name)
            });
            Ok::<_, OpError>(switches.chain(routers).collect::<Vec<_>>().join("; ").replace('"', ""))
        });
        (done.answer.trim_matches('"').to_owned(), done.rounds)
    }

    const NET: &str = "net Some(nice) p None router Some(7) Some(rp) q None  None None";
    const ROUTER: &str = "r rp fe80::200:ff:fe00:1 Some(t) a snat 1.1.1.1";

    #[test]
    fn everything_is_read_at_once() {
        assert_eq!(shown(None), (format!("{NET}; r None; {ROUTER}"), 1));
    }

    #[test]
    fn one_is_read_without_whole_tables() {
        assert_eq!(shown(Some("net")), (NET.to_owned(), 2));
        assert_eq!(shown(Some("r")), (format!("r None; {ROUTER}"), 3));
        assert_eq!(shown(Some("00000000-0000-0000-0000-000000000003")).0, NET);
        assert_eq!(shown(Some("nothing")), (String::new(), 1));
    }
}
