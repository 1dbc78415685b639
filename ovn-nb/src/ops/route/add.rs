//! What `lr-route-add` does.

use super::{DISCARD, DiscardConflict, RIVALS, RouteError, check_policy, destination, is_source, over, own};
use crate::ops::prefix::{normalize, normalize_v4, normalize_v6};
use crate::ops::{OpError, entity};
use crate::tables::LogicalRouterStaticRoutePolicy as Policy;
use crate::tables::{Bfd, LogicalRouter, LogicalRouterPort, LogicalRouterStaticRoute};
use ovsdb_proto::row::{AnyColumn, ReadError, Ref};
use ovsdb_proto::txn::Txn;
use std::collections::BTreeMap;

/// How [`add`] makes a route.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RouteAdd<'a> {
    /// The router port, by name or UUID, that packets leave by; by default the one whose network has the next hop.
    pub port: Option<&'a str>,
    /// Change a route to the same prefix (with `ecmp`: leave one over the same next hop) that is there already.
    pub may_exist: bool,
    /// Allow routes to the same prefix over other next hops.
    pub ecmp: bool,
    /// Send replies back the way that the packet came; implies `ecmp`.
    pub ecmp_symmetric_reply: bool,
    /// Which address of a packet the prefix is compared with; the destination by default.
    pub policy: Option<Policy>,
    /// The route table; the main one, which is the default, has no name.
    pub route_table: Option<&'a str>,
    /// Watch the next hop.
    pub bfd: Option<RouteBfd<'a>>,
}

/// By which row of table `BFD` a next hop is watched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RouteBfd<'a> {
    /// One to the next hop (over the route's port, if it has one), made if there is none.
    Any,
    /// The one of this UUID.
    Row(&'a str),
}

/// The arguments, looked up.
struct Wanted<'a> {
    router: Ref<LogicalRouter>,
    prefix: String,
    nexthop: String,
    port: Option<String>,
    bfd: Option<Watcher>,
    o: &'a RouteAdd<'a>,
}

/// The row that watches the next hop, if there is one.
type Watcher = Option<Ref<Bfd>>;

/// Makes a route, or changes the one that is there.
///
/// The prefix is stored with the bits behind it zero. The next hop is an address, [`DISCARD`], or the name or UUID of a router port, which then is the
/// port of the route. A route that ovn-ic learned is no duplicate.
///
/// # Errors
/// [`OpError::NotFound`] for the router or the port; [`RouteError`].
pub fn add(
    t: &mut Txn<'_>,
    router: &str,
    prefix: &str,
    nexthop: &str,
    o: &RouteAdd<'_>,
) -> Result<Ref<LogicalRouterStaticRoute>, OpError> {
    let wanted = look_up(t, router, prefix, nexthop, o)?;
    let destination = destination(&wanted.prefix, o.policy.as_ref(), o.route_table.unwrap_or_default());
    let rival =
        |t: &Txn<'_>, key: String| t.first_keyed(wanted.router, LogicalRouter::STATIC_ROUTES, &RIVALS, &key);
    let own = rival(t, own(&destination))?;
    wanted.check_discard()?;
    if o.ecmp || o.ecmp_symmetric_reply {
        if let Some(route) = rival(t, over(&destination, &wanted.nexthop))? {
            return if o.may_exist { Ok(route) } else { Err(RouteError::DuplicateNexthop.into()) };
        }
    } else if let Some(route) = own {
        if !o.may_exist {
            let policy = if is_source(o.policy.as_ref()) { Policy::SrcIp } else { Policy::DstIp };
            return Err(RouteError::Duplicate { prefix: wanted.prefix.into(), policy }.into());
        }
        t.verify_row(wanted.router)?;
        t.verify(route, LogicalRouterStaticRoute::IP_PREFIX)?;
        t.verify(route, LogicalRouterStaticRoute::NEXTHOP)?;
        wanted.write(t, route)?;
        return Ok(route);
    }
    if rival(t, over(&destination, DISCARD))?.is_some() {
        return Err(RouteError::DiscardExists.into());
    }
    // no index keeps a route from being made twice
    t.verify_row(wanted.router)?;
    let route = t.insert()?;
    wanted.write(t, route)?;
    if let Some(table) = o.route_table {
        t.set(route, LogicalRouterStaticRoute::ROUTE_TABLE, &table.to_owned())?;
    }
    if o.ecmp_symmetric_reply {
        let options = BTreeMap::from([("ecmp_symmetric_reply".to_owned(), "true".to_owned())]);
        t.set(route, LogicalRouterStaticRoute::OPTIONS, &options)?;
    }
    t.add(wanted.router, LogicalRouter::STATIC_ROUTES, &route)?;
    Ok(route)
}

fn look_up<'a>(
    t: &Txn<'_>,
    router: &str,
    prefix: &str,
    nexthop: &str,
    o: &'a RouteAdd<'a>,
) -> Result<Wanted<'a>, OpError> {
    let address = if nexthop == DISCARD {
        Some(nexthop.to_owned())
    } else {
        normalize_v4(nexthop).or_else(|| normalize_v6(nexthop))
    };
    // all that can be asked for at once is, before any of it is missed
    let router = entity::router(t, router, &[LogicalRouter::STATIC_ROUTES.any(), AnyColumn::VERSION]);
    let by_nexthop = address.is_none().then(|| port_name(t, nexthop));
    let by_name = o.port.map(|port| port_name(t, port));
    let bfd = o.bfd.map(|bfd| watchers(t, bfd, address.as_deref().unwrap_or_default()));

    let router = router?;
    check_policy(o.policy.as_ref())?;
    let prefix = normalize(prefix).ok_or_else(|| RouteError::Prefix { prefix: prefix.into() })?;
    let by_nexthop = by_nexthop.transpose().map_err(|error| match error {
        error if entity::is_missing(&error) => error,
        _ => RouteError::Nexthop { nexthop: nexthop.into() }.into(),
    })?;
    let port = by_name.transpose()?.or(by_nexthop);
    let bfd = match bfd.transpose()? {
        None => None,
        Some(rows) => Some(first_of_port(t, rows, port.as_deref())?),
    };
    Ok(Wanted { router, prefix, nexthop: address.unwrap_or_default(), port, bfd, o })
}

fn port_name(t: &Txn<'_>, port: &str) -> Result<String, OpError> {
    let row = entity::router_port(t, port, &[LogicalRouterPort::NAME.any()])?;
    Ok(t.get(row, LogicalRouterPort::NAME)?)
}

fn watchers(t: &Txn<'_>, bfd: RouteBfd<'_>, nexthop: &str) -> Result<Vec<Ref<Bfd>>, OpError> {
    let columns = [Bfd::LOGICAL_PORT.any()];
    match bfd {
        RouteBfd::Any => Ok(t.lookup(Bfd::DST_IP, &nexthop.to_owned(), &columns)?),
        RouteBfd::Row(uuid) => {
            let row = match uuid.parse() {
                Ok(uuid) => t.by_uuid(Ref::new(uuid), &columns)?,
                Err(_) => None,
            };
            Ok(vec![row.ok_or(RouteError::NoBfd)?])
        }
    }
}

fn first_of_port(t: &Txn<'_>, rows: Vec<Ref<Bfd>>, port: Option<&str>) -> Result<Watcher, ReadError> {
    for row in rows {
        let held = t.get(row, Bfd::LOGICAL_PORT)?;
        if port.is_none_or(|port| port == held) {
            return Ok(Some(row));
        }
    }
    Ok(None)
}

impl Wanted<'_> {
    fn check_discard(&self) -> Result<(), RouteError> {
        if self.nexthop != DISCARD {
            return Ok(());
        }
        let conflicts = [
            (self.o.ecmp || self.o.ecmp_symmetric_reply, DiscardConflict::Ecmp),
            (self.o.bfd.is_some(), DiscardConflict::Bfd),
            (self.port.is_some(), DiscardConflict::Port),
        ];
        match conflicts.into_iter().find(|(given, _)| *given) {
            Some((_, conflict)) => Err(RouteError::Discard(conflict)),
            None => Ok(()),
        }
    }

    fn write(&self, t: &mut Txn<'_>, route: Ref<LogicalRouterStaticRoute>) -> Result<(), OpError> {
        t.set(route, LogicalRouterStaticRoute::IP_PREFIX, &self.prefix)?;
        t.set(route, LogicalRouterStaticRoute::NEXTHOP, &self.nexthop)?;
        if self.port.is_some() {
            t.set(route, LogicalRouterStaticRoute::OUTPUT_PORT, &self.port)?;
        }
        if self.o.policy.is_some() {
            t.set(route, LogicalRouterStaticRoute::POLICY, &self.o.policy)?;
        }
        if let Some(watcher) = self.bfd {
            let watcher = match watcher {
                Some(row) => row,
                None => self.watch(t)?,
            };
            t.set(route, LogicalRouterStaticRoute::BFD, &Some(watcher))?;
        }
        Ok(())
    }

    fn watch(&self, t: &mut Txn<'_>) -> Result<Ref<Bfd>, OpError> {
        let Some(port) = &self.port else { return Err(RouteError::BfdPort.into()) };
        let watcher = t.insert()?;
        t.set(watcher, Bfd::DST_IP, &self.nexthop)?;
        t.set(watcher, Bfd::LOGICAL_PORT, port)?;
        Ok(watcher)
    }
}
