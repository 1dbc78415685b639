//! `ts-add`, `ts-del`, `ts-list`: switches that span the availability zones.

use crate::ctl::command::{IF_EXISTS, MAY_EXIST, Mode};
use crate::ctl::context::{Context, CtlCommand, Halt};
use ovn_ic::nb::ops::ts;

const GROUP: &str = "Transit switch commands";

/// The commands.
pub(super) static COMMANDS: [CtlCommand; 3] = [
    CtlCommand {
        name: "ts-add",
        args: "SWITCH",
        min: 1,
        max: 1,
        options: &[MAY_EXIST],
        mode: Mode::ReadWrite,
        group: GROUP,
        help: "create a transit switch named SWITCH",
        run: add,
    },
    CtlCommand {
        name: "ts-del",
        args: "SWITCH",
        min: 1,
        max: 1,
        options: &[IF_EXISTS],
        mode: Mode::ReadWrite,
        group: GROUP,
        help: "delete SWITCH",
        run: del,
    },
    CtlCommand {
        name: "ts-list",
        args: "",
        min: 0,
        max: 0,
        options: &[],
        mode: Mode::ReadOnly,
        group: GROUP,
        help: "print the names of all transit switches",
        run: list,
    },
];

fn add(ctx: &mut Context<'_, '_>) -> Result<(), Halt> {
    ts::add(ctx.txn, ctx.arg(0), ctx.has("may-exist"))?;
    Ok(())
}

fn del(ctx: &mut Context<'_, '_>) -> Result<(), Halt> {
    Ok(ts::del(ctx.txn, ctx.arg(0), ctx.has("if-exists"))?)
}

fn list(ctx: &mut Context<'_, '_>) -> Result<(), Halt> {
    for (row, name) in ts::list(ctx.txn)? {
        ctx.out.line(format!("{} ({name})", row.uuid()));
    }
    Ok(())
}
