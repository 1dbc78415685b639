//! The commands on static routes: `lr-route-add`, `lr-route-del`, `lr-route-list`.

use crate::ctl::command::{IF_EXISTS, MAY_EXIST, Mode, OptSpec};
use crate::ctl::context::{Context, CtlCommand, Halt, Output, RunFn};
use ovn_nb::ops::route::{self, Route, RouteAdd, RouteBfd, RouteDel};
use ovn_nb::tables::LogicalRouterStaticRoutePolicy as Policy;

const GROUP: &str = "Logical router route commands";
const POLICY: OptSpec = OptSpec::value("policy");
const ROUTE_TABLE: OptSpec = OptSpec::value("route-table");

/// The commands.
pub(super) static COMMANDS: [CtlCommand; 3] = [
    CtlCommand {
        name: "lr-route-add",
        args: "ROUTER PREFIX NEXTHOP [PORT]",
        min: 3,
        max: 4,
        options: &[
            MAY_EXIST,
            OptSpec::flag("ecmp"),
            OptSpec::flag("ecmp-symmetric-reply"),
            POLICY,
            ROUTE_TABLE,
            OptSpec::optional("bfd"),
        ],
        mode: Mode::ReadWrite,
        group: GROUP,
        help: "add a route to PREFIX over NEXTHOP (an address, a port, or \"discard\") to ROUTER",
        run: add as RunFn,
    },
    CtlCommand {
        name: "lr-route-del",
        args: "ROUTER [PREFIX [NEXTHOP [PORT]]]",
        min: 1,
        max: 4,
        options: &[IF_EXISTS, POLICY, ROUTE_TABLE],
        mode: Mode::ReadWrite,
        group: GROUP,
        help: "delete the routes of ROUTER that are as given",
        run: del,
    },
    CtlCommand {
        name: "lr-route-list",
        args: "ROUTER",
        min: 1,
        max: 1,
        options: &[ROUTE_TABLE],
        mode: Mode::ReadOnly,
        group: GROUP,
        help: "print the routes of ROUTER",
        run: list,
    },
];

fn add(ctx: &mut Context<'_, '_>) -> Result<(), Halt> {
    let o = RouteAdd {
        port: ctx.given.arg(3),
        may_exist: ctx.has("may-exist"),
        ecmp: ctx.has("ecmp"),
        ecmp_symmetric_reply: ctx.has("ecmp-symmetric-reply"),
        policy: ctx.value("policy").map(Policy::from),
        route_table: ctx.value("route-table"),
        bfd: ctx.has("bfd").then(|| ctx.value("bfd").map_or(RouteBfd::Any, RouteBfd::Row)),
    };
    route::add(ctx.txn, ctx.arg(0), ctx.arg(1), ctx.arg(2), &o)?;
    Ok(())
}

fn del(ctx: &mut Context<'_, '_>) -> Result<(), Halt> {
    let o = RouteDel {
        prefix: ctx.given.arg(1),
        nexthop: ctx.given.arg(2),
        port: ctx.given.arg(3),
        policy: ctx.value("policy").map(Policy::from),
        route_table: ctx.value("route-table"),
        if_exists: ctx.has("if-exists"),
    };
    Ok(route::del(ctx.txn, ctx.arg(0), &o)?)
}

fn list(ctx: &mut Context<'_, '_>) -> Result<(), Halt> {
    let routes = route::list(ctx.txn, ctx.arg(0), ctx.value("route-table"))?;
    for prefix in routes.invalid {
        let text = format!("router {} ({}) has invalid prefix: {prefix}", routes.router.uuid(), routes.name);
        ctx.line.warnings.push((super::LOG_MODULE, text));
    }
    print_family(ctx.out, "IPv4", &routes.v4);
    if !routes.v4.is_empty() && !routes.v6.is_empty() {
        ctx.out.text("\n");
    }
    print_family(ctx.out, "IPv6", &routes.v6);
    Ok(())
}

fn print_family(out: &mut Output, family: &str, routes: &[Route]) {
    let mut table = None;
    for route in routes {
        if table.is_none() {
            out.line(format!("{family} Routes"));
        }
        if table != Some(&route.table) {
            out.text(if table.is_some() { "\n" } else { "" });
            let name = if route.table.is_empty() { "<main>" } else { &route.table };
            out.line(format!("Route Table {name}:"));
            table = Some(&route.table);
        }
        out.line(line(route));
    }
}

fn line(route: &Route) -> String {
    let mut line = format!("{:>25} {:>25} {}", route.prefix, route.nexthop, route.policy);
    if let Some(port) = &route.port {
        line.push(' ');
        line.push_str(port);
    }
    let flags = [
        (route.is_learned, " (learned)"),
        (route.is_ecmp, " ecmp"),
        (route.is_symmetric, " ecmp-symmetric-reply"),
        (route.has_bfd, " bfd"),
    ];
    flags.iter().filter(|(on, _)| *on).for_each(|(_, flag)| line.push_str(flag));
    line
}
