//! What `ls-add`, `ls-del` and `ls-list` do: logical switches.

use super::{Entity, NamedAdd, OpError, entity, named};
use crate::tables::LogicalSwitch;
use ovsdb_proto::row::Ref;
use ovsdb_proto::txn::Txn;

/// The switch of this name or UUID.
///
/// # Errors
/// [`OpError::NotFound`], [`OpError::Ambiguous`].
pub fn find(t: &Txn<'_>, switch: &str) -> Result<Ref<LogicalSwitch>, OpError> {
    entity::switch(t, switch, &[])
}

/// Makes a switch. `None` is a switch without a name. With [`NamedAdd::may_exist`] the one that is there is returned.
///
/// # Errors
/// [`OpError::Exists`] unless one of the options allows it.
pub fn add(t: &mut Txn<'_>, name: Option<&str>, o: NamedAdd) -> Result<Ref<LogicalSwitch>, OpError> {
    named::add(t, Entity::Switch, LogicalSwitch::NAME, name, o)
}

/// Takes a switch away, and with the commit its ports: until then their names are still taken. With `if_exists` it is no error if there is none.
///
/// # Errors
/// [`OpError::NotFound`], [`OpError::Ambiguous`].
pub fn del(t: &mut Txn<'_>, switch: &str, if_exists: bool) -> Result<(), OpError> {
    let row = match entity::find_optional(t, Entity::Switch, LogicalSwitch::NAME, switch, &[])? {
        Some(row) => row,
        None if if_exists => return Ok(()),
        None => return Err(entity::not_found(Entity::Switch, switch)),
    };
    Ok(t.delete(row)?)
}

/// All switches with their names, sorted by name.
///
/// # Errors
/// [`OpError::Read`] only.
pub fn list(t: &Txn<'_>) -> Result<Vec<(Ref<LogicalSwitch>, String)>, OpError> {
    Ok(named::list(t, LogicalSwitch::NAME)?)
}
