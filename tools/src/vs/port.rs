//! `add-port`, `del-port`, `list-ports`, `port-to-br`, `list-ifaces`, `iface-to-br`: ports and interfaces.

use crate::ctl::command::{ANY, IF_EXISTS, MAY_EXIST, Mode, OptSpec};
use crate::ctl::comment;
use crate::ctl::context::{Context, CtlCommand, Halt};
use crate::ctl::db;
use ovs_vswitch::ops::port::{self, PortAdd, PortDel};

const PORTS: &str = "Port commands (a bond is considered to be a single port)";
const IFACES: &str = "Interface commands (a bond consists of multiple interfaces)";

/// The commands.
pub(super) static COMMANDS: [CtlCommand; 6] = [
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
        name: "add-port",
        args: "BRIDGE NEW-PORT [COLUMN[:KEY]=VALUE]...",
        min: 2,
        max: ANY,
        options: &[MAY_EXIST],
        mode: Mode::ReadWrite,
        group: PORTS,
        help: "add network device NEW-PORT to BRIDGE",
        run: add_port,
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

fn add_port(ctx: &mut Context<'_, '_>) -> Result<(), Halt> {
    let command = as_typed(ctx);
    let o = PortAdd { may_exist: ctx.has("may-exist").then_some(&command) };
    let Some(new) = port::add(ctx.txn, ctx.arg(0), ctx.arg(1), o)? else { return Ok(()) };
    ctx.expect_interface(new.iface.uuid());
    let row = ctx.txn.row_id(new.port)?;
    db::set::settings(ctx, "Port", row, ctx.args_from(2))
}

/// The command with its options, as ovs-vsctl quotes it in errors.
fn as_typed(ctx: &Context<'_, '_>) -> String {
    let options = ctx.given.options.iter().map(|(name, _)| format!("--{name}"));
    let words: Vec<String> =
        options.chain([ctx.given.command.name.to_owned()]).chain(ctx.given.args.iter().cloned()).collect();
    comment::quote(&words)
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
