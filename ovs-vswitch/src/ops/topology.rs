//! The bridges, VLAN bridges, ports and interfaces of a node, and which belongs to which.

use super::error::{Conflict, OpError};
use crate::tables::{self, OpenVSwitch};
use ovsdb_proto::row::{ReadError, Ref};
use ovsdb_proto::schema::{ColumnSet, TableId};
use ovsdb_proto::txn::{Touched, Txn};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, OnceLock};

/// The bridges, ports and interfaces of a node, as one transaction sees them.
///
/// A VLAN bridge ("fake bridge" in ovs-vsctl(8)) is a port of its parent with `fake_bridge` set and a tag; ports of the parent with the same tag count as its own.
///
/// Bridges, ports and interfaces are numbered. A number stays the same while the entry exists.
#[derive(Debug, Default)]
pub struct Topology {
    pub(super) ovs: Option<Ref<OpenVSwitch>>,
    bridges: BTreeMap<usize, Bridge>,
    ports: BTreeMap<usize, Port>,
    ifaces: BTreeMap<usize, Iface>,
    bridge_names: HashMap<String, usize>,
    port_names: HashMap<String, usize>,
    iface_names: HashMap<String, usize>,
    port_rows: HashMap<Ref<tables::Port>, usize>,
    /// VLAN bridges by parent and VLAN.
    vlans: BTreeMap<(usize, i64), usize>,
    /// Ports by bridge and tag.
    ports_on: BTreeSet<(usize, Option<i64>, usize)>,
    /// Interfaces by port.
    ifaces_on: BTreeSet<(usize, usize)>,
    /// Set if a name, a row or a VLAN occurs more than once: the topology is then read again after
    /// each edit.
    is_ambiguous: bool,
    /// Set once the transaction has the guards of [`Topology::verify_ports`].
    verified: OnceLock<()>,
}

/// A bridge, or a VLAN bridge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bridge {
    /// Its name.
    pub name: String,
    /// Its row; that of the parent for a VLAN bridge.
    pub row: Ref<tables::Bridge>,
    /// Of a VLAN bridge: the number of its parent, and its VLAN.
    pub vlan: Option<(usize, i64)>,
}

/// A port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Port {
    /// Its name.
    pub name: String,
    /// Its row.
    pub row: Ref<tables::Port>,
    /// The number of its bridge, or VLAN bridge.
    pub bridge: usize,
    /// Its VLAN, if that is in the range of VLANs.
    pub tag: Option<i64>,
}

/// An interface.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Iface {
    /// Its name.
    pub name: String,
    /// Its row.
    pub row: Ref<tables::Interface>,
    /// The number of its port.
    pub port: usize,
}

const VLANS: std::ops::RangeInclusive<i64> = 0..=4095;

impl Topology {
    /// Reads everything, in one round. The next commands of the line get the same, brought up to
    /// date.
    ///
    /// # Errors
    /// [`OpError::Read`].
    pub fn read(t: &mut Txn<'_>) -> Result<Arc<Topology>, OpError> {
        if let Some((mut topology, touched)) = t.recall::<Topology>() {
            if touched.is_empty() {
                return Ok(topology);
            }
            t.forget();
            if let Some(own) = Arc::get_mut(&mut topology)
                && own.follow(t, &touched)?
            {
                t.remember(&topology, columns(t)?);
                return Ok(topology);
            }
        }
        let topology = Arc::new(Topology::read_anew(t)?);
        t.remember(&topology, columns(t)?);
        Ok(topology)
    }

    /// Records in the topology what a command has edited, so that the next command need not read it
    /// again.
    ///
    /// # Errors
    /// [`OpError::Read`].
    pub(super) fn update(
        mut self: Arc<Topology>,
        t: &Txn<'_>,
        change: impl FnOnce(&mut Topology),
    ) -> Result<(), OpError> {
        t.forget();
        if let Some(own) = Arc::get_mut(&mut self)
            && !own.is_ambiguous
        {
            change(own);
            t.remember(&self, columns(t)?);
        }
        Ok(())
    }

    /// Follows edits made by other commands. Returns false if that takes reading everything.
    fn follow(&mut self, t: &Txn<'_>, touched: &[Touched]) -> Result<bool, OpError> {
        let (_, tag) = t.depends(&[tables::Port::TAG.any()])?;
        for (row, column) in touched {
            let port = Ref::<tables::Port>::new(row.uuid);
            let Some(number) = self.port_rows.get(&port).copied().filter(|_| !self.is_ambiguous) else {
                return Ok(false);
            };
            if !column.is_some_and(|column| tag.contains(column)) || t.get(port, tables::Port::FAKE_BRIDGE)? {
                return Ok(false);
            }
            let Some(old) = self.ports.get_mut(&number) else { return Ok(false) };
            let parent = self.bridges.get(&old.bridge).and_then(|b| b.vlan).map_or(old.bridge, |(p, _)| p);
            self.ports_on.remove(&(old.bridge, old.tag, number));
            old.tag = tag_of(t, port)?;
            old.bridge = old.tag.and_then(|tag| self.vlans.get(&(parent, tag)).copied()).unwrap_or(parent);
            self.ports_on.insert((old.bridge, old.tag, number));
        }
        Ok(true)
    }

    fn read_anew(t: &mut Txn<'_>) -> Result<Topology, OpError> {
        let ovs = t.singleton::<OpenVSwitch>(&[OpenVSwitch::BRIDGES.any()]);
        let bridges = t.all(&[tables::Bridge::NAME.any(), tables::Bridge::PORTS.any()]);
        let (name, interfaces) = (tables::Port::NAME.any(), tables::Port::INTERFACES.any());
        let ports = t.all(&[name, interfaces, tables::Port::FAKE_BRIDGE.any(), tables::Port::TAG.any()]);
        let ifaces = t.all(&[tables::Interface::NAME.any()]);
        let (ovs, _, _, _) = (ovs?, bridges?, ports?, ifaces?);
        let mut topology = Topology { ovs: Some(ovs), ..Topology::default() };
        let mut read = Vec::new();
        for row in t.get(ovs, OpenVSwitch::BRIDGES)? {
            let name = t.get(row, tables::Bridge::NAME)?;
            read.push((topology.push_bridge(Bridge { name, row, vlan: None }), row));
        }
        for (parent, row) in &read {
            for port in t.get(*row, tables::Bridge::PORTS)? {
                if let Some(vlan) = vlan_of_fake_bridge(t, port)? {
                    let name = t.get(port, tables::Port::NAME)?;
                    topology.push_bridge(Bridge { name, row: *row, vlan: Some((*parent, vlan)) });
                }
            }
        }
        for (bridge, row) in &read {
            for port in t.get(*row, tables::Bridge::PORTS)? {
                let (name, tag) = (t.get(port, tables::Port::NAME)?, tag_of(t, port)?);
                let number = topology.push_port(*bridge, name, port, tag);
                for row in t.get(port, tables::Port::INTERFACES)? {
                    topology.push_iface(Iface {
                        name: t.get(row, tables::Interface::NAME)?,
                        row,
                        port: number,
                    });
                }
            }
        }
        Ok(topology)
    }

    /// Adds a bridge. To a VLAN bridge it gives the ports of the parent that have its VLAN.
    pub(super) fn push_bridge(&mut self, bridge: Bridge) -> usize {
        let number = next(&self.bridges);
        let mut is_first = *self.bridge_names.entry(bridge.name.clone()).or_insert(number) == number;
        if let Some((parent, vlan)) = bridge.vlan {
            is_first &= *self.vlans.entry((parent, vlan)).or_insert(number) == number;
            let tag = Some(vlan);
            let moved = self.ports_on.range((parent, tag, 0)..=(parent, tag, usize::MAX));
            for key in moved.copied().collect::<Vec<_>>() {
                self.ports_on.remove(&key);
                self.ports_on.insert((number, tag, key.2));
                if let Some(port) = self.ports.get_mut(&key.2) {
                    port.bridge = number;
                }
            }
        }
        self.is_ambiguous |= !is_first;
        self.bridges.insert(number, bridge);
        number
    }

    /// Adds a port to a bridge, or to the VLAN bridge of it that has the port's VLAN.
    pub(super) fn push_port(
        &mut self,
        bridge: usize,
        name: String,
        row: Ref<tables::Port>,
        tag: Option<i64>,
    ) -> usize {
        let bridge = tag.and_then(|tag| self.vlan_bridge(bridge, tag)).unwrap_or(bridge);
        let number = next(&self.ports);
        self.is_ambiguous |= self.port_names.insert(name.clone(), number).is_some();
        self.is_ambiguous |= self.port_rows.insert(row, number).is_some();
        self.ports_on.insert((bridge, tag, number));
        self.ports.insert(number, Port { name, row, bridge, tag });
        number
    }

    /// Adds an interface.
    pub(super) fn push_iface(&mut self, iface: Iface) {
        let number = next(&self.ifaces);
        self.is_ambiguous |= self.iface_names.insert(iface.name.clone(), number).is_some();
        self.ifaces_on.insert((iface.port, number));
        self.ifaces.insert(number, iface);
    }

    /// Removes a bridge and the VLAN bridges on it, with their ports.
    pub(super) fn remove_bridge(&mut self, number: usize) {
        let mut gone = self.vlan_bridges(number);
        gone.push(number);
        for number in gone {
            for port in self.ports_on(number).map(|(port, _)| port).collect::<Vec<_>>() {
                self.remove_port(port);
            }
            if let Some(bridge) = self.bridges.remove(&number) {
                self.bridge_names.remove(&bridge.name);
                if let Some(vlan) = bridge.vlan {
                    self.vlans.remove(&vlan);
                }
            }
        }
    }

    /// Removes a port and its interfaces.
    pub(super) fn remove_port(&mut self, number: usize) {
        let ifaces: Vec<usize> = self.iface_numbers(number).collect();
        for iface in ifaces {
            self.ifaces_on.remove(&(number, iface));
            if let Some(iface) = self.ifaces.remove(&iface) {
                self.iface_names.remove(&iface.name);
            }
        }
        if let Some(port) = self.ports.remove(&number) {
            self.ports_on.remove(&(port.bridge, port.tag, number));
            self.port_names.remove(&port.name);
            self.port_rows.remove(&port.row);
        }
    }

    /// Iterates over the bridges, VLAN bridges among them.
    pub fn bridges(&self) -> impl Iterator<Item = &Bridge> {
        self.bridges.values()
    }

    /// Iterates over the ports on a bridge, but not on its VLAN bridges, with their numbers.
    pub fn ports_on(&self, bridge: usize) -> impl Iterator<Item = (usize, &Port)> {
        let keys = self.ports_on.range((bridge, None, 0)..=(bridge, Some(i64::MAX), usize::MAX));
        keys.filter_map(|(_, _, number)| Some((*number, self.ports.get(number)?)))
    }

    /// Iterates over the interfaces of a port.
    pub fn ifaces_on(&self, port: usize) -> impl Iterator<Item = &Iface> {
        self.iface_numbers(port).filter_map(|number| self.ifaces.get(&number))
    }

    fn iface_numbers(&self, port: usize) -> impl Iterator<Item = usize> {
        self.ifaces_on.range((port, 0)..=(port, usize::MAX)).map(|(_, number)| *number)
    }

    /// The VLAN bridge of `parent` for `vlan`.
    pub(super) fn vlan_bridge(&self, parent: usize, vlan: i64) -> Option<usize> {
        self.vlans.get(&(parent, vlan)).copied()
    }

    /// The VLAN bridges of `parent`.
    pub(super) fn vlan_bridges(&self, parent: usize) -> Vec<usize> {
        self.vlans.range((parent, i64::MIN)..=(parent, i64::MAX)).map(|(_, number)| *number).collect()
    }

    /// The bridge with this number.
    pub fn bridge_at(&self, number: usize) -> Option<&Bridge> {
        self.bridges.get(&number)
    }

    /// The name of the bridge that has the port.
    pub fn bridge_name(&self, port: &Port) -> &str {
        self.bridges.get(&port.bridge).map_or("", |b| &b.name)
    }

    /// The bridge of this name, and its number.
    ///
    /// # Errors
    /// [`OpError::NotFound`].
    pub fn bridge(&self, name: &str) -> Result<(usize, &Bridge), OpError> {
        let found = self.bridge_names.get(name).and_then(|i| Some((*i, self.bridges.get(i)?)));
        found.ok_or_else(|| OpError::NotFound { what: "bridge", name: name.into() })
    }

    /// The port of this name, be it a bridge's local port or not.
    pub(super) fn any_port(&self, name: &str) -> Option<&Port> {
        self.port_names.get(name).and_then(|i| self.ports.get(i))
    }

    /// The number of a port.
    pub(super) fn number_of(&self, port: &Port) -> Option<usize> {
        self.port_rows.get(&port.row).copied()
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
        let found = self.iface_names.get(name).and_then(|i| self.ifaces.get(i));
        let found = found
            .and_then(|i| Some((i, self.ports.get(&i.port)?)))
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
        let iface = self.iface_names.get(name).and_then(|i| self.ifaces.get(i))?;
        let port = self.ports.get(&iface.port)?;
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
        for bridge in self.bridges().filter(|b| b.vlan.is_none()) {
            t.verify(bridge.row, tables::Bridge::PORTS)?;
        }
        for port in self.ports.values() {
            t.verify(port.row, tables::Port::INTERFACES)?;
        }
        Ok(())
    }
}

/// The columns on which a topology depends.
fn columns(t: &Txn<'_>) -> Result<Vec<(TableId, ColumnSet)>, ReadError> {
    let port = [
        tables::Port::NAME.any(),
        tables::Port::INTERFACES.any(),
        tables::Port::FAKE_BRIDGE.any(),
        tables::Port::TAG.any(),
    ];
    Ok(vec![
        t.depends(&[OpenVSwitch::BRIDGES.any()])?,
        t.depends(&[tables::Bridge::NAME.any(), tables::Bridge::PORTS.any()])?,
        t.depends(&port)?,
        t.depends(&[tables::Interface::NAME.any()])?,
    ])
}

fn next<T>(numbered: &BTreeMap<usize, T>) -> usize {
    numbered.last_key_value().map_or(0, |(last, _)| last.saturating_add(1))
}

fn tag_of(t: &Txn<'_>, port: Ref<tables::Port>) -> Result<Option<i64>, OpError> {
    Ok(t.get(port, tables::Port::TAG)?.filter(|tag| VLANS.contains(tag)))
}

fn vlan_of_fake_bridge(t: &Txn<'_>, port: Ref<tables::Port>) -> Result<Option<i64>, OpError> {
    if !t.get(port, tables::Port::FAKE_BRIDGE)? {
        return Ok(None);
    }
    tag_of(t, port)
}

#[cfg(test)]
mod tests {
    use super::super::bridge::{self, BrAdd};
    use super::super::port::{self, PortAdd, PortDel};
    use super::super::tests::node;
    use super::*;

    /// All facts, numbers replaced by names.
    fn facts(topology: &Topology) -> BTreeSet<String> {
        let name = |number: &usize| topology.bridges.get(number).unwrap().name.clone();
        let bridges = topology.bridges.iter().map(|(number, b)| {
            assert_eq!(topology.bridge_names[&b.name], *number);
            assert_eq!(b.vlan.map(|vlan| topology.vlans[&vlan]), b.vlan.map(|_| *number));
            format!("bridge {} {:?} {:?}", b.name, b.row, b.vlan.map(|(parent, vlan)| (name(&parent), vlan)))
        });
        let ports = topology.ports.iter().map(|(number, p)| {
            assert_eq!((topology.port_names[&p.name], topology.port_rows[&p.row]), (*number, *number));
            let ifaces: BTreeSet<&str> = topology.ifaces_on(*number).map(|i| i.name.as_str()).collect();
            assert!(topology.ports_on(p.bridge).any(|(on, _)| on == *number));
            format!("port {} {:?} {} {:?} {ifaces:?}", p.name, p.row, name(&p.bridge), p.tag)
        });
        let ifaces = topology.ifaces.iter().map(|(number, i)| {
            assert_eq!(topology.iface_names[&i.name], *number);
            format!("iface {} {:?}", i.name, i.row)
        });
        let counts = [
            (topology.bridges.len(), topology.bridge_names.len()),
            (topology.ports.len(), topology.port_names.len()),
            (topology.ports.len(), topology.ports_on.len()),
            (topology.ports.len(), topology.port_rows.len()),
            (topology.ifaces.len(), topology.iface_names.len()),
            (topology.ifaces.len(), topology.ifaces_on.len()),
        ];
        counts.iter().for_each(|(held, indexed)| assert_eq!(held, indexed));
        bridges.chain(ports).chain(ifaces).collect()
    }

    fn step(t: &mut Txn<'_>, choice: u64) -> Result<(), OpError> {
        let [kind, n, vlan] = [choice % 8, choice / 8 % 6, choice / 48 % 3];
        let vlan = i64::try_from(vlan).unwrap() + 6;
        let (bridges, ports) = (["br0", "br1", "v7", "n1", "n2", "n3"], ["p0", "t7", "bond", "a", "b", "c"]);
        let at = |names: [&'static str; 6]| names[usize::try_from(n).unwrap()];
        let on = bridges[usize::try_from(choice / 144 % 6).unwrap()];
        match kind {
            0 => bridge::add(t, at(bridges), BrAdd::default()).map(|_| ()),
            1 => bridge::add(t, at(bridges), BrAdd { vlan: Some((on, vlan)), may_exist: false }).map(|_| ()),
            2 => bridge::del(t, at(bridges), false),
            3 => port::del(t, at(ports), PortDel::default()),
            4 => {
                let topology = Topology::read(t)?;
                let port = topology.any_port(at(ports)).map(|port| port.row);
                port.map_or(Ok(()), |port| Ok(t.set(port, tables::Port::TAG, &Some(vlan))?))
            }
            _ => port::add(t, on, at(ports), PortAdd::default()).map(|_| ()),
        }
    }

    #[test]
    fn a_topology_kept_up_to_date_is_the_one_that_would_be_read() {
        let done = std::cell::Cell::new(0);
        for seed in 0..40u64 {
            let trial = node().run(|t| {
                let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
                for _ in 0..40 {
                    state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                    match step(t, state >> 33) {
                        Err(error @ OpError::Read(_)) => return Err(error),
                        ended => done.set(done.get() + i32::from(ended.is_ok())),
                    }
                    let anew = facts(&Topology::read_anew(t)?);
                    assert_eq!(facts(&*Topology::read(t)?), anew, "seed {seed}");
                }
                Ok(())
            });
            trial.unwrap();
        }
        assert!(done.get() > 400, "too few commands succeed: {done:?}");
    }
}
