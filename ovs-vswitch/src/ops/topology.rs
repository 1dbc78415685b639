//! Which bridges, VLAN bridges, ports and interfaces are there, and which belongs to which?

use super::error::{Conflict, OpError};
use crate::tables;
use crate::tables::OpenVSwitch;
use ovsdb_proto::row::Ref;
use ovsdb_proto::txn::Txn;
use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

/// The bridges, ports and interfaces of a node, as one transaction sees them.
///
/// A VLAN bridge ("fake bridge" in ovs-vsctl(8)) is a port of its parent with `fake_bridge` set and a tag; ports of the parent with the same tag count as its own.
#[derive(Clone, Debug, Default)]
pub struct Topology {
    pub(super) ovs: Option<Ref<OpenVSwitch>>,
    /// In the order of the database, VLAN bridges behind the bridges.
    pub bridges: Vec<Bridge>,
    /// All ports of all bridges.
    pub ports: Vec<Port>,
    /// All interfaces of all ports.
    pub ifaces: Vec<Iface>,
    bridge_names: HashMap<String, usize>,
    port_names: HashMap<String, usize>,
    iface_names: HashMap<String, usize>,
    /// Set once the transaction demands at the commit what [`Topology::verify_ports`] says.
    verified: OnceLock<()>,
}

/// A bridge, or a VLAN bridge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bridge {
    /// Its name.
    pub name: String,
    /// Its row; that of the parent for a VLAN bridge.
    pub row: Ref<tables::Bridge>,
    /// Of a VLAN bridge: where in [`Topology::bridges`] its parent is, and its VLAN.
    pub vlan: Option<(usize, i64)>,
}

/// A port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Port {
    /// Its name.
    pub name: String,
    /// Its row.
    pub row: Ref<tables::Port>,
    /// Where its bridge, or VLAN bridge, is in [`Topology::bridges`].
    pub bridge: usize,
}

/// An interface.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Iface {
    /// Its name.
    pub name: String,
    /// Its row.
    pub row: Ref<tables::Interface>,
    /// Where its port is in [`Topology::ports`].
    pub port: usize,
}

const VLANS: std::ops::RangeInclusive<i64> = 0..=4095;

impl Topology {
    /// Reads everything, in one round. Until an edit changes it, the next commands of the line get the same.
    ///
    /// # Errors
    /// [`OpError::Read`].
    pub fn read(t: &mut Txn<'_>) -> Result<Arc<Topology>, OpError> {
        if let Some(topology) = t.recall() {
            return Ok(topology);
        }
        let topology = Arc::new(Topology::read_anew(t)?);
        let columns = vec![
            t.depends(&[OpenVSwitch::BRIDGES.any()])?,
            t.depends(&[tables::Bridge::NAME.any(), tables::Bridge::PORTS.any()])?,
            t.depends(&[
                tables::Port::NAME.any(),
                tables::Port::INTERFACES.any(),
                tables::Port::FAKE_BRIDGE.any(),
                tables::Port::TAG.any(),
            ])?,
            t.depends(&[tables::Interface::NAME.any()])?,
        ];
        t.remember(&topology, columns);
        Ok(topology)
    }

    fn read_anew(t: &mut Txn<'_>) -> Result<Topology, OpError> {
        let ovs = t.singleton::<OpenVSwitch>(&[OpenVSwitch::BRIDGES.any()]);
        let bridges = t.all(&[tables::Bridge::NAME.any(), tables::Bridge::PORTS.any()]);
        let (name, interfaces) = (tables::Port::NAME.any(), tables::Port::INTERFACES.any());
        let ports = t.all(&[name, interfaces, tables::Port::FAKE_BRIDGE.any(), tables::Port::TAG.any()]);
        let ifaces = t.all(&[tables::Interface::NAME.any()]);
        let (ovs, _, _, _) = (ovs?, bridges?, ports?, ifaces?);
        let mut topology = Topology { ovs: Some(ovs), ..Topology::default() };
        let rows = t.get(ovs, OpenVSwitch::BRIDGES)?;
        for row in &rows {
            let name = t.get(*row, tables::Bridge::NAME)?;
            topology.push_bridge(Bridge { name, row: *row, vlan: None });
        }
        for (parent, row) in rows.iter().enumerate() {
            for port in t.get(*row, tables::Bridge::PORTS)? {
                if let Some(vlan) = vlan_of_fake_bridge(t, port)? {
                    let name = t.get(port, tables::Port::NAME)?;
                    topology.push_bridge(Bridge { name, row: *row, vlan: Some((parent, vlan)) });
                }
            }
        }
        for (bridge, row) in rows.iter().enumerate() {
            for port in t.get(*row, tables::Bridge::PORTS)? {
                topology.read_port(t, bridge, port)?;
            }
        }
        Ok(topology)
    }

    fn read_port(&mut self, t: &Txn<'_>, bridge: usize, row: Ref<tables::Port>) -> Result<(), OpError> {
        let name = t.get(row, tables::Port::NAME)?;
        let tag = t.get(row, tables::Port::TAG)?.filter(|tag| VLANS.contains(tag));
        let bridge = tag.and_then(|tag| self.vlan_bridge(bridge, tag)).unwrap_or(bridge);
        let port = self.ports.len();
        self.port_names.insert(name.clone(), port);
        self.ports.push(Port { name, row, bridge });
        for row in t.get(row, tables::Port::INTERFACES)? {
            let name = t.get(row, tables::Interface::NAME)?;
            self.iface_names.insert(name.clone(), self.ifaces.len());
            self.ifaces.push(Iface { name, row, port });
        }
        Ok(())
    }

    fn push_bridge(&mut self, bridge: Bridge) {
        self.bridge_names.entry(bridge.name.clone()).or_insert(self.bridges.len());
        self.bridges.push(bridge);
    }

    /// The VLAN bridge of `parent` for `vlan`.
    pub(super) fn vlan_bridge(&self, parent: usize, vlan: i64) -> Option<usize> {
        self.bridges.iter().position(|b| b.vlan == Some((parent, vlan)))
    }

    /// The bridge at `index`.
    pub fn bridge_at(&self, index: usize) -> Option<&Bridge> {
        self.bridges.get(index)
    }

    /// The name of the bridge that has the port.
    pub fn bridge_name(&self, port: &Port) -> &str {
        self.bridges.get(port.bridge).map_or("", |b| &b.name)
    }

    /// The bridge of this name, and its place.
    ///
    /// # Errors
    /// [`OpError::NotFound`].
    pub fn bridge(&self, name: &str) -> Result<(usize, &Bridge), OpError> {
        let found = self.bridge_names.get(name).and_then(|i| Some((*i, self.bridges.get(*i)?)));
        found.ok_or_else(|| OpError::NotFound { what: "bridge", name: name.into() })
    }

    /// The port of this name, be it a bridge's local port or not.
    pub(super) fn any_port(&self, name: &str) -> Option<&Port> {
        self.port_names.get(name).and_then(|i| self.ports.get(*i))
    }

    /// The port of this name that is not the local port of its bridge.
    ///
    /// # Errors
    /// [`OpError::NotFound`].
    pub fn port(&self, name: &str) -> Result<&Port, OpError> {
        let found = self.any_port(name).filter(|p| self.bridge_name(p) != name);
        found.ok_or_else(|| OpError::NotFound { what: "port", name: name.into() })
    }

    /// The interface of this name that is not the local one of its bridge, and its port.
    ///
    /// # Errors
    /// [`OpError::NotFound`].
    pub fn iface(&self, name: &str) -> Result<(&Iface, &Port), OpError> {
        let found = self.iface_names.get(name).and_then(|i| self.ifaces.get(*i));
        let found = found
            .and_then(|i| Some((i, self.ports.get(i.port)?)))
            .filter(|(_, p)| self.bridge_name(p) != name);
        found.ok_or_else(|| OpError::NotFound { what: "interface", name: name.into() })
    }

    /// What has this name already.
    pub(super) fn conflict(&self, name: &str) -> Option<Conflict> {
        if self.bridge_names.contains_key(name) {
            return Some(Conflict::Bridge(name.into()));
        }
        if let Some(port) = self.any_port(name) {
            return Some(Conflict::Port(name.into(), self.bridge_name(port).into()));
        }
        let iface = self.iface_names.get(name).and_then(|i| self.ifaces.get(*i))?;
        let port = self.ports.get(iface.port)?;
        Some(Conflict::Interface(name.into(), self.bridge_name(port).into()))
    }

    /// Demands at the commit that the set of bridges is as it was read.
    pub(super) fn verify_bridges(&self, t: &mut Txn<'_>) -> Result<(), OpError> {
        if let Some(ovs) = self.ovs {
            t.verify(ovs, OpenVSwitch::BRIDGES)?;
        }
        Ok(())
    }

    /// Demands at the commit that bridges have the ports, and ports the interfaces, that were read: names of ports and interfaces are shared by all.
    pub(super) fn verify_ports(&self, t: &mut Txn<'_>) -> Result<(), OpError> {
        if self.verified.set(()).is_err() {
            return Ok(());
        }
        self.verify_bridges(t)?;
        for bridge in self.bridges.iter().filter(|b| b.vlan.is_none()) {
            t.verify(bridge.row, tables::Bridge::PORTS)?;
        }
        for port in &self.ports {
            t.verify(port.row, tables::Port::INTERFACES)?;
        }
        Ok(())
    }
}

fn vlan_of_fake_bridge(t: &Txn<'_>, port: Ref<tables::Port>) -> Result<Option<i64>, OpError> {
    if !t.get(port, tables::Port::FAKE_BRIDGE)? {
        return Ok(None);
    }
    Ok(t.get(port, tables::Port::TAG)?.filter(|tag| VLANS.contains(tag)))
}
