//! What `lsp-add`, `lsp-del`, `lsp-list` and `lsp-get-ls` do: ports come, go, and belong to switches.

mod addresses;
mod columns;
mod error;
#[cfg(test)]
mod tests;

pub use addresses::{LspAddresses, addresses, set_addresses};
pub use columns::{
    is_enabled, is_up, options, parent, port_security, set_enabled, set_options, set_port_security, set_type,
    tag, type_,
};
pub use error::{Difference, LspError};

use super::{Entity, OpError, entity, named};
use crate::tables::{LogicalSwitch, LogicalSwitchPort};
use ovsdb_proto::row::{AnyColumn, ReadError, Ref};
use ovsdb_proto::txn::Txn;
use ovsdb_proto::value::Uuid;

/// How [`add`] makes a port.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LspAdd<'a> {
    /// The port that carries this one, and the tag in which it does, 0 to 4095.
    pub parent: Option<(&'a str, i64)>,
    /// Leave an equal port of this name as it is.
    pub may_exist: bool,
}

/// Makes a port in a switch. With [`LspAdd::may_exist`] the one that is there is returned, if it is in the same switch and has the same parent and tag.
///
/// # Errors
/// [`OpError::NotFound`] and [`OpError::Ambiguous`] for the switch; [`OpError::Exists`]; [`LspError::Tag`], [`LspError::Differs`].
pub fn add(
    t: &mut Txn<'_>,
    switch: &str,
    port: &str,
    o: &LspAdd<'_>,
) -> Result<Ref<LogicalSwitchPort>, OpError> {
    let switch = match entity::switch(t, switch, &[]) {
        Err(error) if !entity::is_missing(&error) => return Err(error),
        other => other,
    };
    if let Some((_, tag)) = o.parent
        && !(0..=4095).contains(&tag)
    {
        return Err(LspError::Tag { tag }.into());
    }
    let name = port.to_owned();
    if let Some(row) = holder(t, &name)? {
        if !o.may_exist {
            return Err(OpError::Exists { entity: Entity::Port, name: port.into() });
        }
        check_equal(t, switch, row, port, o)?;
        return Ok(row);
    }
    // made before the switch is known, so that later commands of the line find it and tell what they need
    let row = t.insert()?;
    t.set(row, LogicalSwitchPort::NAME, &name)?;
    if let Some((parent, tag)) = o.parent {
        t.set(row, LogicalSwitchPort::PARENT_NAME, &Some(parent.to_owned()))?;
        t.set(row, LogicalSwitchPort::TAG_REQUEST, &Some(tag))?;
    }
    t.add(switch?, LogicalSwitch::PORTS, &row)?;
    Ok(row)
}

/// The port that has the name, or the UUID if the name looks like one.
fn holder(t: &Txn<'_>, name: &String) -> Result<Option<Ref<LogicalSwitchPort>>, ReadError> {
    let columns = [LogicalSwitchPort::PARENT_NAME.any(), LogicalSwitchPort::TAG_REQUEST.any()];
    if let Ok(uuid) = name.parse::<Uuid>()
        && let Some(row) = t.by_uuid(Ref::new(uuid), &columns)?
    {
        return Ok(Some(row));
    }
    t.taken_by(LogicalSwitchPort::NAME, name, &columns)
}

/// Whether the port that is there is what [`add`] would make.
fn check_equal(
    t: &Txn<'_>,
    switch: Result<Ref<LogicalSwitch>, OpError>,
    row: Ref<LogicalSwitchPort>,
    port: &str,
    o: &LspAdd<'_>,
) -> Result<(), OpError> {
    let holds = switch_of(t, row, &[])?;
    let differs = |how| Err(LspError::Differs { port: port.into(), how }.into());
    if holds != switch? {
        let name = t.get(holds, LogicalSwitch::NAME)?;
        let switch = if name.is_empty() { holds.uuid().to_string() } else { name };
        return differs(Difference::Switch(switch.into()));
    }
    let has = t.get(row, LogicalSwitchPort::PARENT_NAME)?;
    let Some((parent, tag)) = o.parent else {
        return has.map_or(Ok(()), |has| differs(Difference::HasParent(has.into())));
    };
    match has {
        None => return differs(Difference::NoParent),
        Some(has) if has != parent => return differs(Difference::Parent(has.into())),
        Some(_) => {}
    }
    match t.get(row, LogicalSwitchPort::TAG_REQUEST)? {
        None => differs(Difference::NoTagRequest),
        Some(has) if has != tag => differs(Difference::TagRequest(has)),
        Some(_) => Ok(()),
    }
}

/// Takes a port out of its switch, and so away. With `if_exists` it is no error if there is none.
///
/// # Errors
/// [`OpError::NotFound`]; [`LspError::NoSwitch`].
pub fn del(t: &mut Txn<'_>, port: &str, if_exists: bool) -> Result<(), OpError> {
    let row = match entity::find_optional(t, Entity::Port, LogicalSwitchPort::NAME, port, &[])? {
        Some(row) => row,
        None if if_exists => return Ok(()),
        None => return Err(entity::not_found(Entity::Port, port)),
    };
    let switch = switch_of(t, row, &[])?;
    t.remove(switch, LogicalSwitch::PORTS, &row)?;
    Ok(t.delete(row)?)
}

/// The ports of a switch with their names, sorted by name.
///
/// # Errors
/// [`OpError::NotFound`], [`OpError::Ambiguous`].
pub fn list(t: &Txn<'_>, switch: &str) -> Result<Vec<(Ref<LogicalSwitchPort>, String)>, OpError> {
    let switch = entity::switch(t, switch, &[LogicalSwitch::PORTS.any()])?;
    let ports = t.get(switch, LogicalSwitch::PORTS)?;
    t.fetch(&ports, &[LogicalSwitchPort::NAME.any()])?;
    Ok(named::sorted(t, LogicalSwitchPort::NAME, ports)?)
}

/// The switches that a port is in, with their names: one, unless someone has put it into several.
///
/// # Errors
/// [`OpError::NotFound`].
pub fn switches(t: &Txn<'_>, port: &str) -> Result<Vec<(Ref<LogicalSwitch>, String)>, OpError> {
    let row = entity::switch_port(t, port, &[])?;
    let holders = t.containing(LogicalSwitch::PORTS, &row, &[LogicalSwitch::NAME.any()])?;
    holders.into_iter().map(|switch| Ok((switch, t.get(switch, LogicalSwitch::NAME)?))).collect()
}

/// The switch that a port is in, with `columns` of it.
fn switch_of(
    t: &Txn<'_>,
    row: Ref<LogicalSwitchPort>,
    columns: &[AnyColumn<LogicalSwitch>],
) -> Result<Ref<LogicalSwitch>, OpError> {
    let holders = t.containing(LogicalSwitch::PORTS, &row, columns)?;
    match holders.first() {
        Some(switch) => Ok(*switch),
        None => Err(LspError::NoSwitch { port: t.get(row, LogicalSwitchPort::NAME)?.into() }.into()),
    }
}
