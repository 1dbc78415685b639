//! What `lr-add`, `lr-del` and `lr-list` do: logical routers.

use super::{Entity, NamedAdd, OpError, entity, named};
use crate::tables::LogicalRouter;
use ovsdb_proto::row::Ref;
use ovsdb_proto::txn::Txn;

/// The router of this name or UUID.
///
/// # Errors
/// [`OpError::NotFound`], [`OpError::Ambiguous`].
pub fn find(t: &Txn<'_>, router: &str) -> Result<Ref<LogicalRouter>, OpError> {
    entity::router(t, router, &[])
}

/// Makes a router. `None` is a router without a name. With [`NamedAdd::may_exist`] the one that is there is returned.
///
/// # Errors
/// [`OpError::Exists`] unless one of the options allows it.
pub fn add(t: &mut Txn<'_>, name: Option<&str>, o: NamedAdd) -> Result<Ref<LogicalRouter>, OpError> {
    named::add(t, Entity::Router, LogicalRouter::NAME, name, o)
}

/// Takes a router away, and with the commit its ports: until then their names are still taken. With `if_exists` it is no error if there is none.
///
/// # Errors
/// [`OpError::NotFound`], [`OpError::Ambiguous`].
pub fn del(t: &mut Txn<'_>, router: &str, if_exists: bool) -> Result<(), OpError> {
    let row = match entity::find_optional(t, Entity::Router, LogicalRouter::NAME, router, &[])? {
        Some(row) => row,
        None if if_exists => return Ok(()),
        None => return Err(entity::not_found(Entity::Router, router)),
    };
    Ok(t.delete(row)?)
}

/// All routers with their names, sorted by name.
///
/// # Errors
/// [`OpError::Read`] only.
pub fn list(t: &Txn<'_>) -> Result<Vec<(Ref<LogicalRouter>, String)>, OpError> {
    Ok(named::list(t, LogicalRouter::NAME)?)
}
