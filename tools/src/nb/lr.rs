//! The commands on logical routers: `lr-add`, `lr-del`, `lr-list`.

use super::ls::{ADD_DUPLICATE, named_add};
use super::print_all_named;
use crate::ctl::command::{IF_EXISTS, MAY_EXIST, Mode};
use crate::ctl::context::{Context, CtlCommand, Halt, RunFn};
use ovn_nb::ops::lr;

const GROUP: &str = "Logical router commands";

/// The commands.
pub(super) static COMMANDS: [CtlCommand; 3] = [
    CtlCommand {
        name: "lr-add",
        args: "[ROUTER]",
        min: 0,
        max: 1,
        options: &[MAY_EXIST, ADD_DUPLICATE],
        mode: Mode::ReadWrite,
        group: GROUP,
        help: "add a logical router called ROUTER, or without a name",
        run: add as RunFn,
    },
    CtlCommand {
        name: "lr-del",
        args: "ROUTER",
        min: 1,
        max: 1,
        options: &[IF_EXISTS],
        mode: Mode::ReadWrite,
        group: GROUP,
        help: "delete ROUTER with its ports",
        run: del,
    },
    CtlCommand {
        name: "lr-list",
        args: "",
        min: 0,
        max: 0,
        options: &[],
        mode: Mode::ReadOnly,
        group: GROUP,
        help: "print the logical routers",
        run: list,
    },
];

fn add(ctx: &mut Context<'_, '_>) -> Result<(), Halt> {
    let (name, o) = named_add(ctx)?;
    lr::add(ctx.txn, name, o)?;
    Ok(())
}

fn del(ctx: &mut Context<'_, '_>) -> Result<(), Halt> {
    Ok(lr::del(ctx.txn, ctx.arg(0), ctx.has("if-exists"))?)
}

fn list(ctx: &mut Context<'_, '_>) -> Result<(), Halt> {
    let rows = lr::list(ctx.txn)?;
    Ok(print_all_named(ctx, rows)?)
}
