//! What the `lsp-*` commands do: ports of logical switches.

use super::{Entity, OpError, entity};
use crate::tables::{LogicalSwitch, LogicalSwitchPort};
use ovsdb_proto::row::Ref;
use ovsdb_proto::txn::Txn;

/// What is wrong with a switch port.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LspError {
    /// The tag of a nested port is out of range.
    #[error("{tag}: invalid tag")]
    Tag {
        /// As it was given.
        tag: Box<str>,
    },
}

/// How [`add`] makes a port.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LspAdd<'a> {
    /// The port that carries this one, and the tag in which it does.
    pub parent: Option<(&'a str, i64)>,
    /// Leave an equal port of this name as it is.
    pub may_exist: bool,
}

/// Makes a port in a switch.
///
/// # Errors
/// [`OpError::NotFound`] for the switch; [`OpError::Exists`].
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
    let name = port.to_owned();
    if t.taken_by(LogicalSwitchPort::NAME, &name, &[])?.is_some() {
        return Err(OpError::Exists { entity: Entity::Port, name: port.into() });
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
