//! What `add-port`, `del-port`, `list-ports`, `port-to-br`, `list-ifaces` and `iface-to-br` do: ports and interfaces.

use super::error::{Context, OpError};
use super::topology::{Iface, Port, Topology};
use crate::tables;
use ovsdb_proto::row::Ref;
use ovsdb_proto::txn::Txn;

/// How [`add`] makes a port.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PortAdd<'a> {
    /// Leave an equal port of this name as it is. The text is the command as given, for the error if it is not equal.
    pub may_exist: Option<&'a str>,
}

/// A port that was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NewPort {
    /// Its row.
    pub port: Ref<tables::Port>,
    /// The row of its interface.
    pub iface: Ref<tables::Interface>,
}

/// Makes a port with an interface of the same name on a bridge. `None` if it was there.
///
/// # Errors
/// [`OpError::EmptyName`], [`OpError::NotFound`], [`OpError::NameTaken`], [`OpError::Different`].
pub fn add(t: &mut Txn<'_>, bridge: &str, name: &str, o: PortAdd<'_>) -> Result<Option<NewPort>, OpError> {
    if name.is_empty() {
        return Err(OpError::EmptyName { what: "port" });
    }
    let topology = Topology::read(t)?;
    topology.verify_ports(t)?;
    if let (Some(command), Ok(port)) = (o.may_exist, topology.port(name)) {
        check_same(&topology, port, bridge, name, command)?;
        return Ok(None);
    }
    for what in ["a port", "an interface"] {
        if let Some(conflict) = topology.conflict(name) {
            return Err(OpError::NameTaken { what, name: name.into(), conflict });
        }
    }
    let (place, row, vlan) = topology.bridge(bridge).map(|(place, b)| (place, b.row, b.vlan))?;
    let name = name.to_owned();
    let iface: Ref<tables::Interface> = t.insert()?;
    t.set(iface, tables::Interface::NAME, &name)?;
    let port: Ref<tables::Port> = t.insert()?;
    t.set(port, tables::Port::NAME, &name)?;
    t.set(port, tables::Port::INTERFACES, &vec![iface])?;
    let tag = vlan.map(|(_, vlan)| vlan);
    if tag.is_some() {
        t.set(port, tables::Port::TAG, &tag)?;
    }
    // two clients cannot add the same name: the guards say that the sets are as they were read
    t.add(row, tables::Bridge::PORTS, &port)?;
    topology.update(t, |topology| {
        let port = topology.push_port(place, name.clone(), port, tag);
        topology.push_iface(Iface { name, row: iface, port });
    })?;
    Ok(Some(NewPort { port, iface }))
}

fn check_same(
    topology: &Topology,
    port: &Port,
    bridge: &str,
    iface: &str,
    command: &str,
) -> Result<(), OpError> {
    let actual = topology.bridge_name(port);
    let (command, name) = (Box::from(command), Box::from(port.name.as_str()));
    if actual != bridge {
        return Err(OpError::Different(Context::OtherBridge { command, port: name, actual: actual.into() }));
    }
    let number = topology.number_of(port);
    let ifaces = number.into_iter().flat_map(|number| topology.ifaces_on(number));
    let mut names: Vec<&str> = ifaces.map(|i| i.name.as_str()).collect();
    names.sort_unstable();
    if names != [iface] {
        return Err(OpError::Different(Context::OtherInterfaces {
            command,
            port: name,
            actual: names.join(", ").into(),
        }));
    }
    Ok(())
}

/// Whether [`del`] takes a port that is not there, or is named by its interface.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PortDel<'a> {
    /// The bridge that must have the port.
    pub bridge: Option<&'a str>,
    /// It is no error if there is none.
    pub if_exists: bool,
    /// The name may be that of an interface.
    pub with_iface: bool,
}

/// Takes a port away, with its interfaces.
///
/// # Errors
/// [`OpError::NotFound`], [`OpError::LocalPort`], [`OpError::NotOnBridge`].
pub fn del(t: &mut Txn<'_>, name: &str, o: PortDel<'_>) -> Result<(), OpError> {
    let topology = Topology::read(t)?;
    topology.verify_ports(t)?;
    if topology.bridge(name).is_ok() {
        return if o.if_exists { Ok(()) } else { Err(OpError::LocalPort(name.into())) };
    }
    let found = match topology.port(name) {
        Err(_) if o.with_iface => match topology.iface(name) {
            Ok((_, port)) => Ok(port),
            Err(_) => Err(OpError::NotFound { what: "port or interface", name: name.into() }),
        },
        found => found,
    };
    let port = match found {
        Err(_) if o.if_exists => return Ok(()),
        found => found?,
    };
    if let Some(bridge) = o.bridge {
        let (place, _) = topology.bridge(bridge)?;
        if port.bridge != place {
            let child =
                topology.bridge_at(port.bridge).filter(|b| b.vlan.is_some_and(|(parent, _)| parent == place));
            let child = child.map(|b| b.name.as_str().into());
            return Err(OpError::NotOnBridge { bridge: bridge.into(), port: name.into(), child });
        }
    }
    let number = topology.number_of(port);
    detach(t, &topology, port)?;
    topology.update(t, |topology| number.into_iter().for_each(|number| topology.remove_port(number)))
}

/// Takes a port out of its bridge, and hides it and its interfaces from what comes after.
pub(super) fn detach(t: &mut Txn<'_>, topology: &Topology, port: &Port) -> Result<(), OpError> {
    if let Some(bridge) = topology.bridge_at(port.bridge) {
        t.remove(bridge.row, tables::Bridge::PORTS, &port.row)?;
    }
    for iface in topology.number_of(port).into_iter().flat_map(|number| topology.ifaces_on(number)) {
        t.delete(iface.row)?;
    }
    Ok(t.delete(port.row)?)
}

/// The names of a bridge's ports but its local one, sorted.
///
/// # Errors
/// [`OpError::NotFound`].
pub fn list(t: &mut Txn<'_>, bridge: &str) -> Result<Vec<String>, OpError> {
    let topology = Topology::read(t)?;
    let (place, found) = topology.bridge(bridge)?;
    t.verify(found.row, tables::Bridge::PORTS)?;
    let names = topology.ports_on(place).map(|(_, p)| p.name.clone());
    Ok(sorted(names.filter(|n| n != bridge)))
}

/// The names of the interfaces on a bridge but its local one, sorted.
///
/// # Errors
/// [`OpError::NotFound`].
pub fn list_ifaces(t: &mut Txn<'_>, bridge: &str) -> Result<Vec<String>, OpError> {
    let topology = Topology::read(t)?;
    let (place, _) = topology.bridge(bridge)?;
    topology.verify_ports(t)?;
    let ifaces = topology.ports_on(place).flat_map(|(port, _)| topology.ifaces_on(port));
    Ok(sorted(ifaces.map(|i| i.name.clone()).filter(|n| n != bridge)))
}

/// The bridge, or VLAN bridge, that has the port.
///
/// # Errors
/// [`OpError::NotFound`].
pub fn to_br(t: &mut Txn<'_>, port: &str) -> Result<String, OpError> {
    let topology = Topology::read(t)?;
    topology.verify_ports(t)?;
    Ok(topology.bridge_name(topology.port(port)?).to_owned())
}

/// The bridge, or VLAN bridge, that has the interface.
///
/// # Errors
/// [`OpError::NotFound`].
pub fn iface_to_br(t: &mut Txn<'_>, iface: &str) -> Result<String, OpError> {
    let topology = Topology::read(t)?;
    topology.verify_ports(t)?;
    Ok(topology.bridge_name(topology.iface(iface)?.1).to_owned())
}

fn sorted(names: impl Iterator<Item = String>) -> Vec<String> {
    let mut names: Vec<String> = names.collect();
    names.sort();
    names
}
