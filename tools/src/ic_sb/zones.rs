//! `show`: the availability zones with their gateways and ports.

use crate::ctl::command::Mode;
use crate::ctl::context::{Context, CtlCommand, Halt, Output, RunFn};
use ovn_ic::sb::ops::{self, Gateway, Zone};

/// The command.
pub(super) static COMMANDS: [CtlCommand; 1] = [CtlCommand {
    name: "show",
    args: "[AZ]",
    min: 0,
    max: 1,
    options: &[],
    mode: Mode::ReadOnly,
    group: "General commands",
    help: "print the availability zones with their gateways and ports, or only AZ",
    run: show as RunFn,
}];

fn show(ctx: &mut Context<'_, '_>) -> Result<(), Halt> {
    for Zone { name, gateways, .. } in ops::zones(ctx.txn, ctx.given.arg(0))? {
        ctx.out.line(format!("availability-zone {name}"));
        gateways.iter().for_each(|gateway| print(ctx.out, gateway));
    }
    Ok(())
}

fn print(out: &mut Output, gateway: &Gateway) {
    out.line(format!("    gateway {}", gateway.name));
    if !gateway.hostname.is_empty() {
        out.line(format!("        hostname: {}", gateway.hostname));
    }
    for tunnel in &gateway.tunnels {
        out.line(format!("        type: {}", tunnel.type_.as_str()));
        out.line(format!("            ip: {}", tunnel.ip));
    }
    for port in &gateway.ports {
        out.line(format!("        port {}", port.name));
        out.line(format!("            transit switch: {}", port.transit_switch));
        out.line(format!("            address: [\"{}\"]", port.address));
    }
}
