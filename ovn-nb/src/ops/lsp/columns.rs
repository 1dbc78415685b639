//! What the `lsp-set-*` and `lsp-get-*` commands do that write and read one column: type, options, state, security, parent, tag.

use super::LspError;
use crate::ops::{OpError, entity};
use crate::tables::LogicalSwitchPort;
use ovsdb_proto::row::{Column, ColumnValue};
use ovsdb_proto::txn::Txn;
use std::collections::BTreeMap;

/// What a port may be; the empty type is that of ports for virtual machines and containers.
const TYPES: [&str; 10] =
    ["", "l2gateway", "localnet", "localport", "router", "switch", "vtep", "external", "virtual", "remote"];

fn read<V: ColumnValue>(t: &Txn<'_>, port: &str, column: Column<LogicalSwitchPort, V>) -> Result<V, OpError> {
    let row = entity::switch_port(t, port, &[column.any()])?;
    Ok(t.get(row, column)?)
}

fn write<V: ColumnValue>(
    t: &mut Txn<'_>,
    port: &str,
    column: Column<LogicalSwitchPort, V>,
    value: &V,
) -> Result<(), OpError> {
    // the column is asked for with the name, so that whether it changes is known
    let row = entity::switch_port(t, port, &[column.any()])?;
    Ok(t.set(row, column, value)?)
}

/// The name of the port that carries this one.
///
/// # Errors
/// [`OpError::NotFound`].
pub fn parent(t: &Txn<'_>, port: &str) -> Result<Option<String>, OpError> {
    read(t, port, LogicalSwitchPort::PARENT_NAME)
}

/// The tag that ovn-northd gave to the port.
///
/// # Errors
/// [`OpError::NotFound`].
pub fn tag(t: &Txn<'_>, port: &str) -> Result<Option<i64>, OpError> {
    read(t, port, LogicalSwitchPort::TAG)
}

/// Whether the port is up; one of which nothing is known is not.
///
/// # Errors
/// [`OpError::NotFound`].
pub fn is_up(t: &Txn<'_>, port: &str) -> Result<bool, OpError> {
    Ok(read(t, port, LogicalSwitchPort::UP)?.unwrap_or(false))
}

/// Whether the port is meant to pass traffic; that is the default.
///
/// # Errors
/// [`OpError::NotFound`].
pub fn is_enabled(t: &Txn<'_>, port: &str) -> Result<bool, OpError> {
    Ok(read(t, port, LogicalSwitchPort::ENABLED)?.unwrap_or(true))
}

/// Says whether the port is to pass traffic.
///
/// # Errors
/// [`OpError::NotFound`].
pub fn set_enabled(t: &mut Txn<'_>, port: &str, enabled: bool) -> Result<(), OpError> {
    write(t, port, LogicalSwitchPort::ENABLED, &Some(enabled))
}

/// The type of the port.
///
/// # Errors
/// [`OpError::NotFound`].
pub fn type_(t: &Txn<'_>, port: &str) -> Result<String, OpError> {
    read(t, port, LogicalSwitchPort::TYPE)
}

/// Gives the port a type and, for type `switch`, the port of another switch that it is connected to. Without `peer` the one that is set stays.
///
/// # Errors
/// [`OpError::NotFound`]; [`LspError::Type`], [`LspError::Peer`].
pub fn set_type(t: &mut Txn<'_>, port: &str, type_: &str, peer: Option<&str>) -> Result<(), OpError> {
    let mut columns = vec![LogicalSwitchPort::TYPE.any()];
    columns.extend(peer.map(|_| LogicalSwitchPort::PEER.any()));
    let row = entity::switch_port(t, port, &columns)?;
    if !TYPES.contains(&type_) {
        return Err(LspError::Type { type_: type_.into() }.into());
    }
    if let Some(peer) = peer {
        if type_ != "switch" {
            return Err(LspError::Peer.into());
        }
        t.set(row, LogicalSwitchPort::PEER, &Some(peer.to_owned()))?;
    }
    Ok(t.set(row, LogicalSwitchPort::TYPE, &type_.to_owned())?)
}

/// The options of the port.
///
/// # Errors
/// [`OpError::NotFound`].
pub fn options(t: &Txn<'_>, port: &str) -> Result<BTreeMap<String, String>, OpError> {
    read(t, port, LogicalSwitchPort::OPTIONS)
}

/// Gives the port these options and no others.
///
/// # Errors
/// [`OpError::NotFound`].
pub fn set_options(t: &mut Txn<'_>, port: &str, options: &BTreeMap<String, String>) -> Result<(), OpError> {
    write(t, port, LogicalSwitchPort::OPTIONS, options)
}

/// From which addresses the port may send, sorted.
///
/// # Errors
/// [`OpError::NotFound`].
pub fn port_security(t: &Txn<'_>, port: &str) -> Result<Vec<String>, OpError> {
    let mut addresses = read(t, port, LogicalSwitchPort::PORT_SECURITY)?;
    addresses.sort();
    Ok(addresses)
}

/// Says from which addresses the port may send; from any if there are none.
///
/// # Errors
/// [`OpError::NotFound`].
pub fn set_port_security(t: &mut Txn<'_>, port: &str, addresses: &[String]) -> Result<(), OpError> {
    write(t, port, LogicalSwitchPort::PORT_SECURITY, &addresses.to_vec())
}
