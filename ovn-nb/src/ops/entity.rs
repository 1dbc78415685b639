//! Which kinds of things commands look up by name, and how.

use super::OpError;
use crate::tables::{LogicalRouter, LogicalRouterPort, LogicalSwitch, LogicalSwitchPort};
use ovsdb_proto::row::{AnyColumn, Column, ReadError, Ref, Table};
use ovsdb_proto::txn::Txn;
use ovsdb_proto::value::Uuid;
use std::fmt;

/// A kind of thing that has a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Entity {
    /// A row of `Logical_Switch`.
    Switch,
    /// A row of `Logical_Router`.
    Router,
    /// A row of `Logical_Switch_Port` or `Logical_Router_Port`.
    Port,
}

impl Entity {
    pub(super) const fn plural_stem(self) -> &'static str {
        match self {
            Entity::Switch => "switche",
            Entity::Router => "router",
            Entity::Port => "port",
        }
    }
}

impl fmt::Display for Entity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Entity::Switch => "switch",
            Entity::Router => "router",
            Entity::Port => "port",
        })
    }
}

/// Finds a row by the argument of a command: a UUID, or else a name; an error if there is none, or if several have the name.
pub(super) fn find<T: Table>(
    t: &Txn<'_>,
    entity: Entity,
    name: Column<T, String>,
    arg: &str,
    columns: &[AnyColumn<T>],
) -> Result<Ref<T>, OpError> {
    find_optional(t, entity, name, arg, columns)?.ok_or_else(|| not_found(entity, arg))
}

/// That there is none of the name or UUID `arg`.
pub(super) fn not_found(entity: Entity, arg: &str) -> OpError {
    OpError::NotFound { entity, name: arg.into(), by_uuid: arg.parse::<Uuid>().is_ok() }
}

/// As [`find`], but `None` if there is none.
pub(super) fn find_optional<T: Table>(
    t: &Txn<'_>,
    entity: Entity,
    name: Column<T, String>,
    arg: &str,
    columns: &[AnyColumn<T>],
) -> Result<Option<Ref<T>>, OpError> {
    if let Ok(uuid) = arg.parse::<Uuid>()
        && let Some(row) = t.by_uuid(Ref::<T>::new(uuid), columns)?
    {
        return Ok(Some(row));
    }
    match t.lookup(name, &arg.to_owned(), columns)?.as_slice() {
        [] => Ok(None),
        [row] => Ok(Some(*row)),
        // the name of a port is unique; of what is not, several may have it
        _ => Err(OpError::Ambiguous { entity, name: arg.into() }),
    }
}

pub(super) fn switch(
    t: &Txn<'_>,
    arg: &str,
    columns: &[AnyColumn<LogicalSwitch>],
) -> Result<Ref<LogicalSwitch>, OpError> {
    find(t, Entity::Switch, LogicalSwitch::NAME, arg, columns)
}

pub(super) fn router(
    t: &Txn<'_>,
    arg: &str,
    columns: &[AnyColumn<LogicalRouter>],
) -> Result<Ref<LogicalRouter>, OpError> {
    find(t, Entity::Router, LogicalRouter::NAME, arg, columns)
}

pub(super) fn switch_port(
    t: &Txn<'_>,
    arg: &str,
    columns: &[AnyColumn<LogicalSwitchPort>],
) -> Result<Ref<LogicalSwitchPort>, OpError> {
    find(t, Entity::Port, LogicalSwitchPort::NAME, arg, columns)
}

pub(super) fn router_port(
    t: &Txn<'_>,
    arg: &str,
    columns: &[AnyColumn<LogicalRouterPort>],
) -> Result<Ref<LogicalRouterPort>, OpError> {
    find(t, Entity::Port, LogicalRouterPort::NAME, arg, columns)
}

/// Whether a read failed only because nothing was asked for yet: then an operation may go on with what does not depend on it, so that later commands of
/// the line see its effects and tell what they need in the same round.
pub(super) fn is_missing(error: &OpError) -> bool {
    matches!(error, OpError::Read(ReadError::Missing(_)))
}
