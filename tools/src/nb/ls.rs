//! The commands on logical switches: `ls-add`, `ls-del`, `ls-list`.

use super::print_all_named;
use crate::ctl::command::{IF_EXISTS, MAY_EXIST, Mode, OptSpec};
use crate::ctl::context::{Context, CtlCommand, Halt, RunFn};
use ovn_nb::ops::{NamedAdd, ls};

const GROUP: &str = "Logical switch commands";

/// `--add-duplicate`: make another one of the same name.
pub(super) const ADD_DUPLICATE: OptSpec = OptSpec::flag("add-duplicate");

/// The commands.
pub(super) static COMMANDS: [CtlCommand; 3] = [
    CtlCommand {
        name: "ls-add",
        args: "[SWITCH]",
        min: 0,
        max: 1,
        options: &[MAY_EXIST, ADD_DUPLICATE],
        mode: Mode::ReadWrite,
        group: GROUP,
        help: "add a logical switch called SWITCH, or without a name",
        run: add as RunFn,
    },
    CtlCommand {
        name: "ls-del",
        args: "SWITCH",
        min: 1,
        max: 1,
        options: &[IF_EXISTS],
        mode: Mode::ReadWrite,
        group: GROUP,
        help: "delete SWITCH with its ports",
        run: del,
    },
    CtlCommand {
        name: "ls-list",
        args: "",
        min: 0,
        max: 0,
        options: &[],
        mode: Mode::ReadOnly,
        group: GROUP,
        help: "print the logical switches",
        run: list,
    },
];

/// The name and the options of `ls-add` and `lr-add`.
pub(super) fn named_add<'c>(ctx: &Context<'c, '_>) -> Result<(Option<&'c str>, NamedAdd), Halt> {
    let name = ctx.given.arg(0);
    let o = NamedAdd { may_exist: ctx.has("may-exist"), add_duplicate: ctx.has("add-duplicate") };
    match (name, o.may_exist, o.add_duplicate) {
        (_, true, true) => Err(Halt::failed("--may-exist and --add-duplicate may not be used together")),
        (None, true, _) => Err(Halt::failed("--may-exist requires specifying a name")),
        (None, _, true) => Err(Halt::failed("--add-duplicate requires specifying a name")),
        _ => Ok((name, o)),
    }
}

fn add(ctx: &mut Context<'_, '_>) -> Result<(), Halt> {
    let (name, o) = named_add(ctx)?;
    ls::add(ctx.txn, name, o)?;
    Ok(())
}

fn del(ctx: &mut Context<'_, '_>) -> Result<(), Halt> {
    Ok(ls::del(ctx.txn, ctx.arg(0), ctx.has("if-exists"))?)
}

fn list(ctx: &mut Context<'_, '_>) -> Result<(), Halt> {
    let rows = ls::list(ctx.txn)?;
    Ok(print_all_named(ctx, rows)?)
}
