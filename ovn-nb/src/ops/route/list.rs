//! What `lr-route-list` lists, and in which order.

use super::{DISCARD, LEARNED, routes_of};
use crate::ops::prefix::{Prefix, normalize};
use crate::ops::{OpError, entity};
use crate::tables::{LogicalRouter, LogicalRouterStaticRoute};
use ovsdb_proto::row::{ReadError, Ref};
use ovsdb_proto::txn::Txn;

/// A static route.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// The row.
    pub row: Ref<LogicalRouterStaticRoute>,
    /// Where it leads, as stored.
    pub prefix: Prefix,
    /// The next hop, normalized; [`DISCARD`]; empty if there is none, or one that makes no sense.
    pub nexthop: String,
    /// `dst-ip`, `src-ip`, or whatever else the row says.
    pub policy: String,
    /// The port by which packets leave, if the route says.
    pub port: Option<String>,
    /// The route table; the main one has no name.
    pub table: String,
    /// Whether ovn-ic learned it from another availability zone.
    pub is_learned: bool,
    /// Whether another route listed has the same prefix, policy and table.
    pub is_ecmp: bool,
    /// Whether replies are sent back the way that the packet came.
    pub is_symmetric: bool,
    /// Whether the next hop is watched.
    pub has_bfd: bool,
}

/// The static routes of a router: by table, the longest prefix first, at the same length those by destination first, then by address, next hop and port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Routes {
    /// The router.
    pub router: Ref<LogicalRouter>,
    /// Its name.
    pub name: String,
    /// To IPv4 prefixes.
    pub v4: Vec<Route>,
    /// To IPv6 prefixes.
    pub v6: Vec<Route>,
    /// Prefixes that make no sense; their routes are left out.
    pub invalid: Vec<String>,
}

// what routes are sorted by: those that are equal in `place` are ecmp routes
struct Sorted {
    place: Place,
    nexthop: String,
    route: Route,
}

// the less, the earlier
type Place = (String, std::cmp::Reverse<u16>, std::net::IpAddr);

/// The routes of a router; with `table`, only those in this table.
///
/// # Errors
/// [`OpError::NotFound`], [`OpError::Ambiguous`].
pub fn list(t: &Txn<'_>, router: &str, table: Option<&str>) -> Result<Routes, OpError> {
    let columns = [LogicalRouter::NAME.any(), LogicalRouter::STATIC_ROUTES.any()];
    let router = entity::router(t, router, &columns)?;
    let rare = [
        LogicalRouterStaticRoute::OUTPUT_PORT.any(),
        LogicalRouterStaticRoute::POLICY.any(),
        LogicalRouterStaticRoute::ROUTE_TABLE.any(),
        LogicalRouterStaticRoute::EXTERNAL_IDS.any(),
        LogicalRouterStaticRoute::OPTIONS.any(),
        LogicalRouterStaticRoute::BFD.any(),
    ];
    let (mut v4, mut v6, mut invalid) = (Vec::new(), Vec::new(), Vec::new());
    for row in routes_of(t, router, &rare)? {
        if let Some(table) = table
            && t.get(row, LogicalRouterStaticRoute::ROUTE_TABLE)? != table
        {
            continue;
        }
        match read(t, row)? {
            Ok(sorted) if sorted.route.prefix.is_v6() => v6.push(sorted),
            Ok(sorted) => v4.push(sorted),
            Err(prefix) => invalid.push(prefix),
        }
    }
    let name = t.get(router, LogicalRouter::NAME)?;
    Ok(Routes { router, name, v4: sort(v4), v6: sort(v6), invalid })
}

fn read(t: &Txn<'_>, row: Ref<LogicalRouterStaticRoute>) -> Result<Result<Sorted, String>, ReadError> {
    let given = t.get(row, LogicalRouterStaticRoute::IP_PREFIX)?;
    let Some(prefix) = Prefix::parse(&given) else { return Ok(Err(given)) };
    let raw = t.get(row, LogicalRouterStaticRoute::NEXTHOP)?;
    let policy = t.get(row, LogicalRouterStaticRoute::POLICY)?;
    let options = t.get(row, LogicalRouterStaticRoute::OPTIONS)?;
    let route = Route {
        row,
        prefix,
        nexthop: if raw == DISCARD { raw.clone() } else { normalize(&raw).unwrap_or_default() },
        policy: policy.as_ref().map_or("dst-ip", |p| p.as_str()).to_owned(),
        port: t.get(row, LogicalRouterStaticRoute::OUTPUT_PORT)?,
        table: t.get(row, LogicalRouterStaticRoute::ROUTE_TABLE)?,
        is_learned: t.get(row, LogicalRouterStaticRoute::EXTERNAL_IDS)?.contains_key(LEARNED),
        is_ecmp: false,
        is_symmetric: options.get("ecmp_symmetric_reply").is_some_and(|v| v.eq_ignore_ascii_case("true")),
        has_bfd: t.get(row, LogicalRouterStaticRoute::BFD)?.is_some(),
    };
    let rank = 2 * u16::from(prefix.length()) + u16::from(route.policy == "dst-ip");
    let place = (route.table.clone(), std::cmp::Reverse(rank), prefix.address());
    Ok(Ok(Sorted { place, nexthop: raw, route }))
}

fn sort(mut routes: Vec<Sorted>) -> Vec<Route> {
    routes.sort_by(|a, b| (&a.place, &a.nexthop, &a.route.port).cmp(&(&b.place, &b.nexthop, &b.route.port)));
    let places: Vec<Place> = routes.iter().map(|r| r.place.clone()).collect();
    let mut routes: Vec<Route> = routes.into_iter().map(|r| r.route).collect();
    for (pair, at) in places.windows(2).zip(0..) {
        if pair.first() == pair.last() {
            routes.iter_mut().skip(at).take(2).for_each(|route| route.is_ecmp = true);
        }
    }
    routes
}
