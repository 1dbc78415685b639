//! What `show` tells: the availability zones with their gateways, and the ports bound to each.

use crate::sb::tables::{self, AvailabilityZone, Encap, EncapType, PortBinding};
use ovsdb_proto::row::{AnyColumn, Column, ReadError, Ref, Table};
use ovsdb_proto::txn::Txn;
use ovsdb_proto::value::Uuid;
use std::collections::{BTreeMap, HashMap};

/// An availability zone.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Zone {
    /// Its name.
    pub name: String,
    /// Its gateways, sorted by name.
    pub gateways: Vec<Gateway>,
}

/// A node through which a zone reaches the others.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Gateway {
    /// Its name: that of the chassis.
    pub name: String,
    /// The name of its host, if it is known.
    pub hostname: String,
    /// The ends of its tunnels, in the order of their UUIDs.
    pub tunnels: Vec<Tunnel>,
    /// The zone's ports that are bound to it, sorted by name.
    pub ports: Vec<Port>,
}

/// The end of a tunnel.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Tunnel {
    /// How packets are wrapped.
    pub type_: EncapType,
    /// Its address.
    pub ip: String,
}

/// A port of a transit switch.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Port {
    /// Its name.
    pub name: String,
    /// The transit switch.
    pub transit_switch: String,
    /// Its MAC address and networks, as `Port_Binding` has them: one string.
    pub address: String,
}

type ZoneRef = Ref<AvailabilityZone>;

/// The availability zones sorted by name; with `zone` only the one of this UUID, or else this name, if there is one.
///
/// Ports bound to no gateway of their zone are left out.
///
/// # Errors
/// What reading may lack.
pub fn zones(t: &Txn<'_>, zone: Option<&str>) -> Result<Vec<Zone>, ReadError> {
    let only = match zone.map(|zone| find(t, zone)).transpose()? {
        None => None,
        Some(Some(row)) => Some(row),
        Some(None) => return Ok(Vec::new()),
    };
    // no `?` before all have been asked for, so that one round brings them all
    let zones = match only {
        Some(row) => Ok(vec![row]),
        None => t.all(&[AvailabilityZone::NAME.any()]),
    };
    let encaps = t.all(&[Encap::TYPE.any(), Encap::IP.any()]);
    let gateways = gateways(t, only);
    let ports = ports(t, only);
    let (zones, _, mut gateways, mut ports) = (zones?, encaps?, gateways?, ports?);

    let mut found = Vec::with_capacity(zones.len());
    for row in zones {
        let mut zone = Zone {
            name: t.get(row, AvailabilityZone::NAME)?,
            gateways: gateways.remove(&row).unwrap_or_default(),
        };
        let mut ports = ports.remove(&row).unwrap_or_default();
        for gateway in &mut zone.gateways {
            gateway.ports = ports.remove(&gateway.name).unwrap_or_default();
            gateway.ports.sort_by(|a, b| a.name.cmp(&b.name));
        }
        zone.gateways.sort_by(|a, b| a.name.cmp(&b.name));
        found.push(zone);
    }
    found.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(found)
}

fn find(t: &Txn<'_>, zone: &str) -> Result<Option<ZoneRef>, ReadError> {
    let columns = [AvailabilityZone::NAME.any()];
    if let Ok(uuid) = zone.parse::<Uuid>()
        && let Some(row) = t.by_uuid(Ref::new(uuid), &columns)?
    {
        return Ok(Some(row));
    }
    Ok(t.lookup(AvailabilityZone::NAME, &zone.to_owned(), &columns)?.first().copied())
}

// the rows of one zone, or of all
fn of_zone<T: Table>(
    t: &Txn<'_>,
    column: Column<T, ZoneRef>,
    zone: Option<ZoneRef>,
    columns: &[AnyColumn<T>],
) -> Result<Vec<Ref<T>>, ReadError> {
    match zone {
        Some(zone) => t.lookup(column, &zone, columns),
        None => t.all(columns),
    }
}

fn gateways(t: &Txn<'_>, zone: Option<ZoneRef>) -> Result<HashMap<ZoneRef, Vec<Gateway>>, ReadError> {
    use tables::Gateway as Row;
    let columns = [Row::AVAILABILITY_ZONE.any(), Row::NAME.any(), Row::HOSTNAME.any(), Row::ENCAPS.any()];
    let mut found: HashMap<ZoneRef, Vec<Gateway>> = HashMap::new();
    for row in of_zone(t, Row::AVAILABILITY_ZONE, zone, &columns)? {
        let view = Row::view(t, row);
        let mut tunnels = Vec::new();
        for encap in view.encaps()? {
            let encap = Encap::view(t, encap);
            tunnels.push(Tunnel { type_: encap.type_()?, ip: encap.ip()? });
        }
        let (name, hostname) = (view.name()?, view.hostname()?);
        let gateway = Gateway { name, hostname, tunnels, ports: Vec::new() };
        found.entry(view.availability_zone()?).or_default().push(gateway);
    }
    Ok(found)
}

// ports by the name of their gateway
type ByGateway = BTreeMap<String, Vec<Port>>;

fn ports(t: &Txn<'_>, zone: Option<ZoneRef>) -> Result<HashMap<ZoneRef, ByGateway>, ReadError> {
    let columns = [
        PortBinding::AVAILABILITY_ZONE.any(),
        PortBinding::GATEWAY.any(),
        PortBinding::LOGICAL_PORT.any(),
        PortBinding::TRANSIT_SWITCH.any(),
        PortBinding::ADDRESS.any(),
    ];
    let mut found: HashMap<ZoneRef, ByGateway> = HashMap::new();
    for row in of_zone(t, PortBinding::AVAILABILITY_ZONE, zone, &columns)? {
        let view = PortBinding::view(t, row);
        let port = Port {
            name: view.logical_port()?,
            transit_switch: view.transit_switch()?,
            address: view.address()?,
        };
        let ports = found.entry(view.availability_zone()?).or_default();
        ports.entry(view.gateway()?).or_default().push(port);
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ovsdb_server::trial::{Rows, cell};

    fn zone(rows: &mut Rows, name: &str) -> ZoneRef {
        rows.row(&[cell(AvailabilityZone::NAME, name.to_owned())])
    }

    fn gateway(rows: &mut Rows, zone: ZoneRef, name: &str, ip: &str) {
        use tables::Gateway as Row;
        let encap = rows.row(&[
            cell(Encap::TYPE, EncapType::Geneve),
            cell(Encap::IP, ip.to_owned()),
            cell(Encap::GATEWAY_NAME, name.to_owned()),
        ]);
        rows.row(&[
            cell(Row::NAME, name.to_owned()),
            cell(Row::AVAILABILITY_ZONE, zone),
            cell(Row::ENCAPS, vec![encap]),
        ]);
    }

    fn port(rows: &mut Rows, zone: ZoneRef, name: &str, gateway: &str) {
        rows.row(&[
            cell(PortBinding::LOGICAL_PORT, name.to_owned()),
            cell(PortBinding::TUNNEL_KEY, name.len() as i64),
            cell(PortBinding::AVAILABILITY_ZONE, zone),
            cell(PortBinding::GATEWAY, gateway.to_owned()),
        ]);
    }

    /// Zones #1 b and #2 a.
    fn rows() -> Rows {
        let mut rows = Rows::new(tables::schema());
        let (b, a) = (zone(&mut rows, "b"), zone(&mut rows, "a"));
        gateway(&mut rows, b, "gw2", "2");
        gateway(&mut rows, b, "gw1", "1");
        gateway(&mut rows, a, "gw0", "0");
        for name in ["port2", "p1"] {
            port(&mut rows, b, name, "gw1");
        }
        port(&mut rows, b, "of another zone", "gw0");
        port(&mut rows, b, "of none", "");
        rows
    }

    fn text(zones: &[Zone]) -> String {
        let mut text = String::new();
        for zone in zones {
            text += &format!("{}:", zone.name);
            for gateway in &zone.gateways {
                let ports: Vec<&str> = gateway.ports.iter().map(|p| p.name.as_str()).collect();
                text += &format!(" {}[{}]({})", gateway.name, gateway.tunnels[0].ip, ports.join(" "));
            }
            text.push('\n');
        }
        text
    }

    #[test]
    fn zones_gateways_and_ports_are_sorted() {
        let check = |zone: Option<&str>, expect: &str, rounds| {
            let shown = rows().run(|t| zones(t, zone).map(|zones| text(&zones))).unwrap();
            shown.assert(&format!("{expect:?}"), &[], rounds);
        };
        // one round asks for everything
        check(None, "a: gw0[0]()\nb: gw1[1](p1 port2) gw2[2]()\n", 1);
        check(Some("b"), "b: gw1[1](p1 port2) gw2[2]()\n", 2);
        check(Some("00000000-0000-0000-0000-000000000002"), "a: gw0[0]()\n", 2);
        check(Some("c"), "", 1);
    }
}
