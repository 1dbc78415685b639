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
use ovsdb_proto::txn::Txn;

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

/// Whether a route is to `prefix`, which is normalized, by `policy`, in `table`.
fn is_to(
    t: &Txn<'_>,
    route: Ref<LogicalRouterStaticRoute>,
    prefix: &str,
    policy: Option<&Policy>,
    table: &str,
) -> Result<bool, ReadError> {
    Ok(t.get(route, LogicalRouterStaticRoute::ROUTE_TABLE)? == table
        && is_source(t.get(route, LogicalRouterStaticRoute::POLICY)?.as_ref()) == is_source(policy)
        && normalize(&t.get(route, LogicalRouterStaticRoute::IP_PREFIX)?).as_deref() == Some(prefix))
}

#[cfg(test)]
mod tests;
