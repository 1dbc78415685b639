//! The commands on ports of logical routers: `lrp-add`, `lrp-del`, `lrp-list`, `lrp-set-*`, `lrp-get-*`.

use super::{bad_state, enabled, options, print_named, state_of};
use crate::ctl::command::{ANY, IF_EXISTS, MAY_EXIST, Mode, OptSpec};
use crate::ctl::context::{Context, CtlCommand, Halt, RunFn};
use crate::ctl::db;
use ovn_nb::ops::lrp::{self, LrpAdd};

/// The heading under which help has these commands and those on gateway chassis.
pub(super) const GROUP: &str = "Logical router port commands";

/// An entry of the table below.
pub(super) const fn entry(
    (name, args, help): (&'static str, &'static str, &'static str),
    (min, max): (usize, usize),
    options: &'static [OptSpec],
    mode: Mode,
    run: RunFn,
) -> CtlCommand {
    CtlCommand { name, args, min, max, options, mode, group: GROUP, help, run }
}

/// The commands.
pub(super) static COMMANDS: [CtlCommand; 6] = [
    entry(
        (
            "lrp-add",
            "ROUTER PORT MAC [NETWORK]... [COLUMN[:KEY]=VALUE]...",
            "add a port with these addresses and settings to ROUTER",
        ),
        (3, ANY),
        &[MAY_EXIST],
        Mode::ReadWrite,
        add,
    ),
    entry(("lrp-del", "PORT", "delete PORT"), (1, 1), &[IF_EXISTS], Mode::ReadWrite, del),
    entry(("lrp-list", "ROUTER", "print the ports of ROUTER"), (1, 1), &[], Mode::ReadOnly, list),
    entry(
        ("lrp-set-enabled", "PORT STATE", "set PORT to \"enabled\" or \"disabled\""),
        (2, 2),
        &[],
        Mode::ReadWrite,
        set_enabled,
    ),
    entry(
        ("lrp-get-enabled", "PORT", "print whether PORT is enabled or disabled"),
        (1, 1),
        &[],
        Mode::ReadOnly,
        get_enabled,
    ),
    entry(
        ("lrp-set-options", "PORT KEY=VALUE [KEY=VALUE]...", "give PORT these options and no others"),
        (1, ANY),
        &[],
        Mode::ReadWrite,
        set_options,
    ),
];

fn add(ctx: &mut Context<'_, '_>) -> Result<(), Halt> {
    let words = ctx.args_from(3);
    let end = words.iter().position(|word| word.contains('=')).unwrap_or(words.len());
    let (networks, settings) = words.split_at(end);
    let networks: Vec<&str> = networks.iter().map(String::as_str).collect();
    let assignments = db::assignments(ctx, "Logical_Router_Port", settings);
    let o = LrpAdd {
        networks: &networks,
        may_exist: ctx.has("may-exist"),
        peer: settings.iter().find_map(|setting| setting.strip_prefix("peer=")),
        look_first: assignments.is_err(),
    };
    let added = lrp::add(ctx.txn, ctx.arg(0), ctx.arg(1), ctx.arg(2), &o)?;
    if added.is_new {
        let row = ctx.txn.row_id(added.port)?;
        assignments?.into_iter().for_each(|assignment| assignment.apply(ctx.txn, row));
    }
    Ok(())
}

fn del(ctx: &mut Context<'_, '_>) -> Result<(), Halt> {
    Ok(lrp::del(ctx.txn, ctx.arg(0), ctx.has("if-exists"))?)
}

fn list(ctx: &mut Context<'_, '_>) -> Result<(), Halt> {
    let rows = lrp::list(ctx.txn, ctx.arg(0))?;
    Ok(print_named(ctx, rows)?)
}

fn set_enabled(ctx: &mut Context<'_, '_>) -> Result<(), Halt> {
    let (port, state) = (ctx.arg(0), ctx.arg(1));
    match enabled(state) {
        Some(enabled) => Ok(lrp::set_enabled(ctx.txn, port, enabled)?),
        None => {
            lrp::find(ctx.txn, port)?;
            Err(Halt::failed(bad_state(state)))
        }
    }
}

fn get_enabled(ctx: &mut Context<'_, '_>) -> Result<(), Halt> {
    let enabled = lrp::is_enabled(ctx.txn, ctx.arg(0))?;
    ctx.out.line(state_of(enabled));
    Ok(())
}

fn set_options(ctx: &mut Context<'_, '_>) -> Result<(), Halt> {
    Ok(lrp::set_options(ctx.txn, ctx.arg(0), &options(ctx.args_from(1)))?)
}
