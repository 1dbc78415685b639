//! What `lr-route-del` does.

use super::{BY_PREFIX, DISCARD, RouteError, check_policy, is_source, routes_of};
use crate::ops::prefix::normalize;
use crate::ops::{OpError, entity};
use crate::tables::LogicalRouterStaticRoutePolicy as Policy;
use crate::tables::{LogicalRouter, LogicalRouterStaticRoute};
use ovsdb_proto::row::{ReadError, Ref};
use ovsdb_proto::txn::Txn;

/// Which routes [`del`] takes away: those that meet all of what is given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RouteDel<'a> {
    /// To this prefix.
    pub prefix: Option<&'a str>,
    /// Over this next hop, or [`DISCARD`].
    pub nexthop: Option<&'a str>,
    /// By the port of this name.
    pub port: Option<&'a str>,
    /// By this policy.
    pub policy: Option<Policy>,
    /// In this table; the main one by default. It does not count if neither prefix nor policy is given: then the routes of all tables go.
    pub route_table: Option<&'a str>,
    /// Not to find any is no error.
    pub if_exists: bool,
}

/// Takes routes away, and the rows of table `BFD` that watch their next hops.
///
/// With neither prefix nor policy all routes of the router go, while the rows of table `BFD` stay.
///
/// # Errors
/// [`OpError::NotFound`] for the router; [`RouteError`].
pub fn del(t: &mut Txn<'_>, router: &str, o: &RouteDel<'_>) -> Result<(), OpError> {
    let router = entity::router(t, router, &[LogicalRouter::STATIC_ROUTES.any()])?;
    check_policy(o.policy.as_ref())?;
    if o.prefix.is_none() && o.policy.is_none() {
        return Ok(t.set(router, LogicalRouter::STATIC_ROUTES, &Vec::new())?);
    }
    let wanted = Wanted::new(o)?;
    let candidates = match &wanted.prefix {
        Some(prefix) => t.keyed(router, LogicalRouter::STATIC_ROUTES, &BY_PREFIX, prefix)?,
        None => routes_of(t, router, BY_PREFIX.rare)?,
    };
    let mut found = false;
    for route in candidates {
        if !wanted.meets(t, route)? {
            continue;
        }
        found = true;
        if let Some(watcher) = t.get(route, LogicalRouterStaticRoute::BFD)? {
            t.delete(watcher)?;
        }
        t.remove(router, LogicalRouter::STATIC_ROUTES, &route)?;
    }
    if found || o.if_exists { Ok(()) } else { Err(wanted.not_found().into()) }
}

/// What is given, normalized.
struct Wanted<'a> {
    prefix: Option<String>,
    nexthop: Option<String>,
    o: &'a RouteDel<'a>,
}

impl<'a> Wanted<'a> {
    fn new(o: &'a RouteDel<'a>) -> Result<Wanted<'a>, RouteError> {
        let prefix = match o.prefix {
            None => None,
            Some(prefix) => {
                Some(normalize(prefix).ok_or_else(|| RouteError::Prefix { prefix: prefix.into() })?)
            }
        };
        let nexthop = match o.nexthop {
            None => None,
            Some(nexthop) => Some(
                normalized_nexthop(nexthop).ok_or_else(|| RouteError::Nexthop { nexthop: nexthop.into() })?,
            ),
        };
        Ok(Wanted { prefix, nexthop, o })
    }

    fn meets(&self, t: &Txn<'_>, route: Ref<LogicalRouterStaticRoute>) -> Result<bool, ReadError> {
        let policy = t.get(route, LogicalRouterStaticRoute::POLICY)?;
        if self.o.policy.is_some() && is_source(self.o.policy.as_ref()) != is_source(policy.as_ref()) {
            return Ok(false);
        }
        if self.prefix.is_some()
            && normalize(&t.get(route, LogicalRouterStaticRoute::IP_PREFIX)?) != self.prefix
        {
            return Ok(false);
        }
        if self.nexthop.is_some()
            && normalized_nexthop(&t.get(route, LogicalRouterStaticRoute::NEXTHOP)?) != self.nexthop
        {
            return Ok(false);
        }
        if t.get(route, LogicalRouterStaticRoute::ROUTE_TABLE)? != self.o.route_table.unwrap_or_default() {
            return Ok(false);
        }
        let port = t.get(route, LogicalRouterStaticRoute::OUTPUT_PORT)?;
        Ok(self.o.port.is_none() || self.o.port == port.as_deref())
    }

    fn not_found(self) -> RouteError {
        RouteError::NotFound {
            policy: self.o.policy.clone(),
            prefix: self.prefix.map(Into::into),
            nexthop: self.nexthop.map(Into::into),
            port: self.o.port.map(Into::into),
        }
    }
}

fn normalized_nexthop(nexthop: &str) -> Option<String> {
    if nexthop == DISCARD { Some(nexthop.to_owned()) } else { normalize(nexthop) }
}
