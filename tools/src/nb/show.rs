//! The command `show`: switches and routers with all that belongs to them.

use crate::ctl::command::Mode;
use crate::ctl::context::{Context, CtlCommand, Halt, Output, RunFn};
use crate::ctl::db::order;
use ovn_nb::ops::show::{self, Router, RouterPort, Switch, SwitchPort};
use ovsdb_proto::row::{Ref, Table};
use std::collections::HashMap;

/// The command.
pub(super) static COMMANDS: [CtlCommand; 1] = [CtlCommand {
    name: "show",
    // of a router too, but completion has known it by this word for ever
    args: "[SWITCH]",
    min: 0,
    max: 1,
    options: &[],
    mode: Mode::ReadOnly,
    group: "General commands",
    help: "print switches and routers, or those of this name",
    run: run as RunFn,
}];

fn run(ctx: &mut Context<'_, '_>) -> Result<(), Halt> {
    let (switches, routers) = show::show(ctx.txn, ctx.given.arg(0))?;
    for switch in walked(ctx, switches, |switch| switch.row)? {
        ctx.out.text("switch ");
        super::print_uuid(ctx, ctx.txn.row_id(switch.row)?);
        print_switch(ctx.out, &switch);
    }
    for router in walked(ctx, routers, |router| router.row)? {
        ctx.out.text("router ");
        super::print_uuid(ctx, ctx.txn.row_id(router.row)?);
        print_router(ctx.out, &router);
        for rule in &router.nat {
            ctx.out.text("    nat ");
            super::print_uuid(ctx, ctx.txn.row_id(rule.row)?);
            ctx.out.line("");
            ctx.out.line(format!("        external ip: \"{}\"", rule.external_ip));
            if !rule.external_ports.is_empty() {
                ctx.out.line(format!("        external port(s): \"{}\"", rule.external_ports));
            }
            ctx.out.line(format!("        logical ip: \"{}\"", rule.logical_ip));
            ctx.out.line(format!("        type: \"{}\"", rule.type_));
        }
    }
    Ok(())
}

/// The items in the order in which the C tool lists their rows.
fn walked<I, T: Table>(
    ctx: &Context<'_, '_>,
    items: Vec<I>,
    row: impl Fn(&I) -> Ref<T>,
) -> Result<Vec<I>, Halt> {
    let mut by_row = HashMap::with_capacity(items.len());
    for item in items {
        by_row.insert(ctx.txn.row_id(row(&item))?, item);
    }
    let order = order::walk(by_row.keys().copied().collect());
    Ok(order.iter().filter_map(|row| by_row.remove(row)).collect())
}

fn title(name: &str, alias: Option<&str>) -> String {
    match alias {
        Some(alias) => format!("{name} (aka {alias})"),
        None => name.to_owned(),
    }
}

fn print_switch(out: &mut Output, switch: &Switch) {
    out.line(format!(" {}", title(&format!("({})", switch.name), switch.alias.as_deref())));
    switch.ports.iter().for_each(|port| switch_port(out, port));
}

fn switch_port(out: &mut Output, port: &SwitchPort) {
    out.line(format!("    port {}", title(&port.name, port.alias.as_deref())));
    if !port.type_.is_empty() {
        out.line(format!("        type: {}", port.type_));
    }
    if let Some(parent) = &port.parent {
        out.line(format!("        parent: {parent}"));
    }
    if let Some(tag) = port.tag {
        out.line(format!("        tag: {tag}"));
    }
    if !port.addresses.is_empty() && port.addresses != ["router"] {
        out.line(format!("        addresses: [{}]", quoted(&port.addresses)));
    }
    if let Some(port) = &port.router_port {
        out.line(format!("        router-port: {port}"));
    }
    if let Some(peer) = &port.peer {
        out.line(format!("        peer: {peer}"));
    }
}

fn print_router(out: &mut Output, router: &Router) {
    out.line(format!(" {}", title(&format!("({})", router.name), router.alias.as_deref())));
    router.ports.iter().for_each(|port| router_port(out, port));
}

fn router_port(out: &mut Output, port: &RouterPort) {
    out.line(format!("    port {}", port.name));
    out.line(format!("        mac: \"{}\"", port.mac));
    out.line(format!("        ipv6-lla: \"{}\"", port.ipv6_lla));
    if !port.networks.is_empty() {
        out.line(format!("        networks: [{}]", quoted(&port.networks)));
    }
    if let Some(table) = &port.route_table {
        out.line(format!("        route-table: {table}"));
    }
    if !port.gateways.is_empty() {
        out.line(format!("        gateway chassis: [{}]", port.gateways.join(" ")));
    }
}

fn quoted(texts: &[String]) -> String {
    texts.iter().map(|text| format!("\"{text}\"")).collect::<Vec<_>>().join(", ")
}
