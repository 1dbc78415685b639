//! What `add-br`, `del-br`, `list-br` and `br-exists` do: bridges and VLAN bridges.

use super::error::{Context, OpError};
use super::port;
use super::topology::{Bridge, Iface, Topology};
use crate::tables::{self, FlowSampleCollectorSet, Interface, OpenVSwitch};
use ovsdb_proto::row::Ref;
use ovsdb_proto::txn::Txn;

/// Why a VLAN bridge cannot be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParentError {
    /// The parent is a VLAN bridge itself.
    #[error("cannot create bridge with fake bridge as parent")]
    IsFake,
    /// There is no such parent.
    #[error("parent bridge {0} does not exist")]
    NotFound(Box<str>),
    /// The parent has one for this VLAN.
    #[error("bridge {parent} already has a child VLAN bridge {child} on VLAN {vlan}")]
    VlanTaken {
        /// The parent.
        parent: Box<str>,
        /// Its VLAN bridge.
        child: Box<str>,
        /// The VLAN.
        vlan: i64,
    },
}

/// How [`add`] makes a bridge.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BrAdd<'a> {
    /// Make a VLAN bridge: of this parent, for this VLAN (0 to 4095).
    pub vlan: Option<(&'a str, i64)>,
    /// Leave an equal bridge of this name as it is.
    pub may_exist: bool,
}

/// Makes a bridge with its local port and interface. Returns the interface, or `None` if the bridge was there.
///
/// # Errors
/// [`OpError::EmptyName`], [`OpError::NameTaken`], [`OpError::Different`], [`OpError::Parent`].
pub fn add(t: &mut Txn<'_>, name: &str, o: BrAdd<'_>) -> Result<Option<Ref<Interface>>, OpError> {
    if name.is_empty() {
        return Err(OpError::EmptyName { what: "bridge" });
    }
    let topology = Topology::read(t)?;
    if o.may_exist && topology.bridge(name).is_ok() {
        topology.verify_bridges(t)?;
        check_same(&topology, name, o.vlan)?;
        return Ok(None);
    }
    topology.verify_ports(t)?;
    if let Some(conflict) = topology.conflict(name) {
        return Err(OpError::NameTaken { what: "a bridge", name: name.into(), conflict });
    }
    let parent = o.vlan.map(|(parent, vlan)| find_parent(&topology, parent, vlan)).transpose()?;
    let name = name.to_owned();
    let iface: Ref<Interface> = t.insert()?;
    t.set(iface, Interface::NAME, &name)?;
    t.set(iface, Interface::TYPE, &"internal".to_owned())?;
    let port: Ref<tables::Port> = t.insert()?;
    t.set(port, tables::Port::NAME, &name)?;
    t.set(port, tables::Port::INTERFACES, &vec![iface])?;
    let local = |topology: &mut Topology, bridge, tag| {
        let port = topology.push_port(bridge, name.clone(), port, tag);
        topology.push_iface(Iface { name: name.clone(), row: iface, port });
    };
    if let (Some((place, parent)), Some((_, vlan))) = (parent, o.vlan) {
        t.set(port, tables::Port::FAKE_BRIDGE, &true)?;
        t.set(port, tables::Port::TAG, &Some(vlan))?;
        t.add(parent, tables::Bridge::PORTS, &port)?;
        topology.update(t, |topology| {
            let bridge = Bridge { name: name.clone(), row: parent, vlan: Some((place, vlan)) };
            topology.push_bridge(bridge);
            local(topology, place, Some(vlan));
        })?;
        return Ok(Some(iface));
    }
    let bridge: Ref<tables::Bridge> = t.insert()?;
    t.set(bridge, tables::Bridge::NAME, &name)?;
    t.add(bridge, tables::Bridge::PORTS, &port)?;
    if let Some(ovs) = topology.ovs {
        t.add(ovs, OpenVSwitch::BRIDGES, &bridge)?;
    }
    topology.update(t, |topology| {
        let place = topology.push_bridge(Bridge { name: name.clone(), row: bridge, vlan: None });
        local(topology, place, None);
    })?;
    Ok(Some(iface))
}

fn find_parent(
    topology: &Topology,
    parent: &str,
    vlan: i64,
) -> Result<(usize, Ref<tables::Bridge>), OpError> {
    let Ok((place, bridge)) = topology.bridge(parent) else {
        return Err(ParentError::NotFound(parent.into()).into());
    };
    if bridge.vlan.is_some() {
        return Err(ParentError::IsFake.into());
    }
    match topology.vlan_bridge(place, vlan).and_then(|i| topology.bridge_at(i)) {
        Some(child) => {
            Err(ParentError::VlanTaken { parent: parent.into(), child: child.name.as_str().into(), vlan }
                .into())
        }
        None => Ok((place, bridge.row)),
    }
}

fn check_same(topology: &Topology, name: &str, wanted: Option<(&str, i64)>) -> Result<(), OpError> {
    let (_, bridge) = topology.bridge(name)?;
    let name: Box<str> = name.into();
    let different = match (wanted, bridge.vlan) {
        (None, None) => return Ok(()),
        (None, Some((_, vlan))) => Context::IsVlanBridge { name, vlan },
        (Some((parent, vlan)), None) => Context::IsNoVlanBridge { name, parent: parent.into(), vlan },
        (Some((parent, vlan)), Some((place, actual_vlan))) => {
            let actual = topology.bridge_at(place).map_or("", |b| &b.name);
            if actual != parent {
                Context::WrongParent { name, parent: parent.into(), vlan, actual: actual.into() }
            } else if actual_vlan != vlan {
                Context::WrongVlan { name, parent: parent.into(), vlan, actual: actual_vlan }
            } else {
                return Ok(());
            }
        }
    };
    Err(OpError::Different(different))
}

/// Takes a bridge away, with its VLAN bridges and ports. With `if_exists` it is no error if there is none.
///
/// # Errors
/// [`OpError::NotFound`].
pub fn del(t: &mut Txn<'_>, name: &str, if_exists: bool) -> Result<(), OpError> {
    let topology = Topology::read(t)?;
    let (place, bridge) = match topology.bridge(name) {
        Err(_) if if_exists => return topology.verify_bridges(t),
        found => found.map(|(place, bridge)| (place, bridge.clone()))?,
    };
    let sets = match bridge.vlan {
        None => t.all(&[FlowSampleCollectorSet::BRIDGE.any()])?,
        Some(_) => Vec::new(),
    };
    topology.verify_bridges(t)?;
    for bridge in topology.vlan_bridges(place).into_iter().chain([place]) {
        for (_, port) in topology.ports_on(bridge) {
            port::detach(t, &topology, port)?;
        }
    }
    if bridge.vlan.is_none() {
        for set in sets {
            if t.get(set, FlowSampleCollectorSet::BRIDGE)? == bridge.row {
                t.delete(set)?;
            }
        }
        t.delete(bridge.row)?;
        if let Some(ovs) = topology.ovs {
            t.remove(ovs, OpenVSwitch::BRIDGES, &bridge.row)?;
        }
    }
    topology.update(t, |topology| topology.remove_bridge(place))
}

/// Which bridges [`list`] names. Neither means both.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BrList {
    /// Bridges of their own.
    pub real: bool,
    /// VLAN bridges.
    pub fake: bool,
}

/// The names of the bridges, sorted.
///
/// # Errors
/// [`OpError::Read`].
pub fn list(t: &mut Txn<'_>, o: BrList) -> Result<Vec<String>, OpError> {
    let both = !o.real && !o.fake;
    let topology = Topology::read(t)?;
    let wanted = topology.bridges().filter(|b| both || if b.vlan.is_some() { o.fake } else { o.real });
    let mut names: Vec<String> = wanted.map(|b| b.name.clone()).collect();
    names.sort();
    names.dedup();
    Ok(names)
}

/// Whether there is a bridge, or VLAN bridge, of this name.
///
/// # Errors
/// [`OpError::Read`].
pub fn exists(t: &mut Txn<'_>, name: &str) -> Result<bool, OpError> {
    let topology = Topology::read(t)?;
    topology.verify_bridges(t)?;
    Ok(topology.bridge(name).is_ok())
}
