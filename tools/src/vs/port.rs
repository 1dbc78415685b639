//! `del-port`, `list-ports`, `port-to-br`, `list-ifaces`, `iface-to-br`: ports and interfaces.

use crate::ctl::command::{IF_EXISTS, Mode, OptSpec};
use crate::ctl::context::{Context, CtlCommand, Halt};
use ovs_vswitch::ops::port::{self, PortDel};

const PORTS: &str = "Port commands (a bond is considered to be a single port)";
const IFACES: &str = "Interface commands (a bond consists of multiple interfaces)";

/// The commands.
pub static COMMANDS: [CtlCommand; 5] = [
    CtlCommand {
        name: "list-ports",
        args: "BRIDGE",
        min: 1,
        max: 1,
        options: &[],
        mode: Mode::ReadOnly,
        group: PORTS,
        help: "print the names of the ports on BRIDGE",
        run: list_ports,
    },
    CtlCommand {
        name: "del-port",
        args: "[BRIDGE] PORT|IFACE",
        min: 1,
        max: 2,
        options: &[IF_EXISTS, OptSpec::flag("with-iface")],
        mode: Mode::ReadWrite,
        group: PORTS,
        help: "delete PORT from BRIDGE",
        run: del_port,
    },
    CtlCommand {
        name: "port-to-br",
        args: "PORT",
        min: 1,
        max: 1,
        options: &[],
        mode: Mode::ReadOnly,
        group: PORTS,
        help: "print the name of the bridge that contains PORT",
        run: port_to_br,
    },
    CtlCommand {
        name: "list-ifaces",
        args: "BRIDGE",
        min: 1,
        max: 1,
        options: &[],
        mode: Mode::ReadOnly,
        group: IFACES,
        help: "print the names of the interfaces on BRIDGE",
        run: list_ifaces,
    },
    CtlCommand {
        name: "iface-to-br",
        args: "IFACE",
        min: 1,
        max: 1,
        options: &[],
        mode: Mode::ReadOnly,
        group: IFACES,
        help: "print the name of the bridge that contains IFACE",
        run: iface_to_br,
    },
];

fn print(ctx: &mut Context<'_, '_>, names: Vec<String>) -> Result<(), Halt> {
    names.iter().for_each(|name| ctx.out.line(name));
    Ok(())
}

fn list_ports(ctx: &mut Context<'_, '_>) -> Result<(), Halt> {
    let names = port::list(ctx.txn, ctx.arg(0))?;
    print(ctx, names)
}

fn del_port(ctx: &mut Context<'_, '_>) -> Result<(), Halt> {
    let (bridge, name) = match ctx.given.args.as_slice() {
        [bridge, name] => (Some(bridge.as_str()), name.as_str()),
        _ => (None, ctx.arg(0)),
    };
    let o = PortDel { bridge, if_exists: ctx.has("if-exists"), with_iface: ctx.has("with-iface") };
    Ok(port::del(ctx.txn, name, o)?)
}

fn port_to_br(ctx: &mut Context<'_, '_>) -> Result<(), Halt> {
    let bridge = port::to_br(ctx.txn, ctx.arg(0))?;
    ctx.out.line(bridge);
    Ok(())
}

fn list_ifaces(ctx: &mut Context<'_, '_>) -> Result<(), Halt> {
    let names = port::list_ifaces(ctx.txn, ctx.arg(0))?;
    print(ctx, names)
}

fn iface_to_br(ctx: &mut Context<'_, '_>) -> Result<(), Halt> {
    let bridge = port::iface_to_br(ctx.txn, ctx.arg(0))?;
    ctx.out.line(bridge);
    Ok(())
}
