//! What the `lr-route-*` commands do: static routes of logical routers.

mod add;
mod del;
mod error;
mod list;

pub use add::{RouteAdd, RouteBfd, add};
pub use del::{RouteDel, del};
pub use error::{DiscardConflict, RouteError};
pub use list::{Route, Routes, list};

use super::prefix::normalize;
use crate::tables::LogicalRouterStaticRoutePolicy as Policy;
use crate::tables::{LogicalRouter, LogicalRouterStaticRoute};
use ovsdb_proto::row::{AnyColumn, ReadError, Ref};
use ovsdb_proto::txn::{Keys, Txn};

/// What stands for the next hop of a route whose packets are dropped.
pub const DISCARD: &str = "discard";

/// The key in `external_ids` of a route that ovn-ic learned from another availability zone.
const LEARNED: &str = "ic-learned-route";

/// The routes of a router, with their prefixes, next hops and `rare` known: columns that hold anything in few rows only.
fn routes_of(
    t: &Txn<'_>,
    router: Ref<LogicalRouter>,
    rare: &[AnyColumn<LogicalRouterStaticRoute>],
) -> Result<Vec<Ref<LogicalRouterStaticRoute>>, ReadError> {
    let routes = t.get(router, LogicalRouter::STATIC_ROUTES)?;
    let columns = [LogicalRouterStaticRoute::IP_PREFIX.any(), LogicalRouterStaticRoute::NEXTHOP.any()];
    t.fetch_sparse(&routes, &columns, rare)?;
    Ok(routes)
}

/// Refuses a policy that the schema does not list.
fn check_policy(policy: Option<&Policy>) -> Result<(), RouteError> {
    match policy {
        Some(Policy::Unknown(policy)) => Err(RouteError::Policy { policy: policy.clone() }),
        _ => Ok(()),
    }
}

/// Whether the prefix of a route is compared with the source of packets.
fn is_source(policy: Option<&Policy>) -> bool {
    policy == Some(&Policy::SrcIp)
}

/// Routes by what must not be there twice.
const RIVALS: Keys<LogicalRouterStaticRoute> = Keys {
    name: "rivals",
    columns: &[LogicalRouterStaticRoute::IP_PREFIX.any(), LogicalRouterStaticRoute::NEXTHOP.any()],
    rare: &[
        LogicalRouterStaticRoute::POLICY.any(),
        LogicalRouterStaticRoute::ROUTE_TABLE.any(),
        LogicalRouterStaticRoute::EXTERNAL_IDS.any(),
    ],
    of: |t, route| {
        let Some(prefix) = normalize(&t.get(route, LogicalRouterStaticRoute::IP_PREFIX)?) else {
            return Ok(Vec::new());
        };
        let policy = t.get(route, LogicalRouterStaticRoute::POLICY)?;
        let destination =
            destination(&prefix, policy.as_ref(), &t.get(route, LogicalRouterStaticRoute::ROUTE_TABLE)?);
        let mut keys = vec![over(&destination, &t.get(route, LogicalRouterStaticRoute::NEXTHOP)?)];
        if !t.get(route, LogicalRouterStaticRoute::EXTERNAL_IDS)?.contains_key(LEARNED) {
            keys.push(own(&destination));
        }
        Ok(keys)
    },
};

/// Routes by prefix, with all that `lr-route-del` looks at.
const BY_PREFIX: Keys<LogicalRouterStaticRoute> = Keys {
    name: "prefix",
    columns: RIVALS.columns,
    rare: &[
        LogicalRouterStaticRoute::OUTPUT_PORT.any(),
        LogicalRouterStaticRoute::POLICY.any(),
        LogicalRouterStaticRoute::ROUTE_TABLE.any(),
        LogicalRouterStaticRoute::BFD.any(),
    ],
    of: |t, route| Ok(normalize(&t.get(route, LogicalRouterStaticRoute::IP_PREFIX)?).into_iter().collect()),
};

/// What routes compete for: a prefix, which is normalized, by a policy, in a table.
fn destination(prefix: &str, policy: Option<&Policy>, table: &str) -> String {
    let direction = if is_source(policy) { "src" } else { "dst" };
    format!("{direction} {prefix} {table}")
}

/// The key of routes to a destination that ovn-ic did not learn.
fn own(destination: &str) -> String {
    format!("own {destination}")
}

/// The key of routes to a destination over a next hop, which may be any text.
fn over(destination: &str, nexthop: &str) -> String {
    format!("over {} {nexthop} {destination}", nexthop.len())
}

#[cfg(test)]
mod tests;
