//! What `lrp-set-gateway-chassis`, `lrp-get-gateway-chassis` and `lrp-del-gateway-chassis` do: on which chassis a router port may live.

use super::{OpError, entity};
use crate::tables::{GatewayChassis, LogicalRouterPort};
use ovsdb_proto::row::{AnyColumn, Ref};
use ovsdb_proto::txn::{Keys, Txn};
use ovsdb_proto::value::Uuid;

/// The highest priority that a chassis can have.
pub const PRIORITY_MAX: i64 = 32767;

/// Whether this may be the priority of a chassis.
pub fn is_priority(priority: &i64) -> bool {
    (0..=PRIORITY_MAX).contains(priority)
}

/// What is wrong with a gateway chassis.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum GatewayChassisError {
    /// The priority is not a number from 0 to [`PRIORITY_MAX`].
    #[error("{priority}: priority must in range 0...32767")]
    Priority {
        /// As it was given.
        priority: Box<str>,
    },
    /// The port has no such chassis.
    #[error("chassis {chassis} is not added to logical port {port}")]
    NotAdded {
        /// The chassis.
        chassis: Box<str>,
        /// The port as given.
        port: Box<str>,
    },
}

/// A chassis on which a port may live.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gateway {
    /// The row.
    pub row: Ref<GatewayChassis>,
    /// The row's name.
    pub name: String,
    /// The chassis.
    pub chassis: String,
    /// Its priority: the port lives on the chassis with the highest that works.
    pub priority: i64,
}

/// Lets a port live on a chassis, with a priority from 0 to [`PRIORITY_MAX`]; a chassis that the port has already, named by chassis name or by the UUID
/// of its row, gets the new priority.
///
/// # Errors
/// [`OpError::NotFound`] for the port; [`GatewayChassisError::Priority`].
pub fn set(
    t: &mut Txn<'_>,
    port: &str,
    chassis: &str,
    priority: i64,
) -> Result<Ref<GatewayChassis>, OpError> {
    let row = entity::router_port(t, port, &[LogicalRouterPort::GATEWAY_CHASSIS.any(), AnyColumn::VERSION])?;
    if !is_priority(&priority) {
        return Err(GatewayChassisError::Priority { priority: priority.to_string().into() }.into());
    }
    let gateway = match held(t, row, chassis)? {
        Some(gateway) => gateway,
        None => {
            // the index over names does not see that a port is named by its UUID in one command and
            // by its name in the other
            t.verify_row(row)?;
            let gateway = t.insert()?;
            t.set(gateway, GatewayChassis::NAME, &format!("{port}-{chassis}"))?;
            t.set(gateway, GatewayChassis::CHASSIS_NAME, &chassis.to_owned())?;
            gateway
        }
    };
    t.set(gateway, GatewayChassis::PRIORITY, &priority)?;
    t.add(row, LogicalRouterPort::GATEWAY_CHASSIS, &gateway)?;
    Ok(gateway)
}

fn held(
    t: &Txn<'_>,
    port: Ref<LogicalRouterPort>,
    chassis: &str,
) -> Result<Option<Ref<GatewayChassis>>, OpError> {
    if let Ok(uuid) = chassis.parse::<Uuid>() {
        let gateways = t.get(port, LogicalRouterPort::GATEWAY_CHASSIS)?;
        if let Some(row) = gateways.iter().find(|g| g.uuid() == uuid) {
            return Ok(Some(*row));
        }
    }
    Ok(t.first_keyed(port, LogicalRouterPort::GATEWAY_CHASSIS, &BY_CHASSIS, chassis)?)
}

const BY_CHASSIS: Keys<GatewayChassis> = Keys {
    name: "chassis",
    columns: &[GatewayChassis::CHASSIS_NAME.any(), GatewayChassis::PRIORITY.any()],
    rare: &[],
    of: |t, row| Ok(vec![t.get(row, GatewayChassis::CHASSIS_NAME)?]),
};

/// Takes a chassis from a port.
///
/// # Errors
/// [`OpError::NotFound`] for the port; [`GatewayChassisError::NotAdded`].
pub fn del(t: &mut Txn<'_>, port: &str, chassis: &str) -> Result<(), OpError> {
    let row = entity::router_port(t, port, &[LogicalRouterPort::GATEWAY_CHASSIS.any()])?;
    let Some(gateway) = t.first_keyed(row, LogicalRouterPort::GATEWAY_CHASSIS, &BY_CHASSIS, chassis)? else {
        return Err(GatewayChassisError::NotAdded { chassis: chassis.into(), port: port.into() }.into());
    };
    t.remove(row, LogicalRouterPort::GATEWAY_CHASSIS, &gateway)?;
    Ok(t.delete(gateway)?)
}

/// The chassis of a port, the highest priority first; of equal priority, the last name first.
///
/// # Errors
/// [`OpError::NotFound`].
pub fn list(t: &Txn<'_>, port: &str) -> Result<Vec<Gateway>, OpError> {
    let row = entity::router_port(t, port, &[LogicalRouterPort::GATEWAY_CHASSIS.any()])?;
    let rows = t.get(row, LogicalRouterPort::GATEWAY_CHASSIS)?;
    let columns =
        [GatewayChassis::NAME.any(), GatewayChassis::CHASSIS_NAME.any(), GatewayChassis::PRIORITY.any()];
    t.fetch(&rows, &columns)?;
    let mut gateways = Vec::with_capacity(rows.len());
    for row in rows {
        gateways.push(Gateway {
            row,
            name: t.get(row, GatewayChassis::NAME)?,
            chassis: t.get(row, GatewayChassis::CHASSIS_NAME)?,
            priority: t.get(row, GatewayChassis::PRIORITY)?,
        });
    }
    gateways.sort_by(|a, b| (b.priority, &b.name).cmp(&(a.priority, &a.name)));
    Ok(gateways)
}
