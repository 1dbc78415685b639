//! The commands on ports of logical switches: `lsp-add`, `lsp-del`, `lsp-list`, `lsp-set-*`, `lsp-get-*`.

use super::{bad_state, enabled, options, print_named, state_of};
use crate::ctl::command::{ANY, IF_EXISTS, MAY_EXIST, Mode, OptSpec};
use crate::ctl::context::{Context, CtlCommand, Halt, RunFn};
use ovn_nb::ops::lsp::{self, LspAdd, LspAddresses};
use ovn_nb::ops::{leading_integer, ls};

/// An entry of the table below.
const fn entry(
    (name, args, help): (&'static str, &'static str, &'static str),
    (min, max): (usize, usize),
    options: &'static [OptSpec],
    mode: Mode,
    run: RunFn,
) -> CtlCommand {
    CtlCommand { name, args, min, max, options, mode, group: "Logical switch port commands", help, run }
}

/// The commands.
pub(super) static COMMANDS: [CtlCommand; 17] = [
    entry(
        (
            "lsp-add",
            "SWITCH PORT [PARENT] [TAG]",
            "add a port to SWITCH; within PARENT, traffic with TAG is its",
        ),
        (2, 4),
        &[MAY_EXIST],
        Mode::ReadWrite,
        add,
    ),
    entry(("lsp-del", "PORT", "delete PORT"), (1, 1), &[IF_EXISTS], Mode::ReadWrite, del),
    entry(("lsp-list", "SWITCH", "print the ports of SWITCH"), (1, 1), &[], Mode::ReadOnly, list),
    entry(
        ("lsp-get-parent", "PORT", "print the parent of PORT, if it has one"),
        (1, 1),
        &[],
        Mode::ReadOnly,
        get_parent,
    ),
    entry(
        ("lsp-get-tag", "PORT", "print the tag of PORT, if it has one"),
        (1, 1),
        &[],
        Mode::ReadOnly,
        get_tag,
    ),
    entry(
        ("lsp-set-addresses", "PORT [ADDRESS]...", "give PORT these addresses and no others"),
        (1, ANY),
        &[],
        Mode::ReadWrite,
        set_addresses,
    ),
    entry(
        ("lsp-get-addresses", "PORT", "print the addresses of PORT"),
        (1, 1),
        &[],
        Mode::ReadOnly,
        get_addresses,
    ),
    entry(
        ("lsp-set-port-security", "PORT [ADDRS]...", "let PORT send from these addresses only"),
        (1, ANY),
        &[],
        Mode::ReadWrite,
        set_port_security,
    ),
    entry(
        ("lsp-get-port-security", "PORT", "print the addresses that PORT may send from"),
        (1, 1),
        &[],
        Mode::ReadOnly,
        get_port_security,
    ),
    entry(("lsp-get-up", "PORT", "print whether PORT is up or down"), (1, 1), &[], Mode::ReadOnly, get_up),
    entry(
        ("lsp-set-enabled", "PORT STATE", "set PORT to \"enabled\" or \"disabled\""),
        (2, 2),
        &[],
        Mode::ReadWrite,
        set_enabled,
    ),
    entry(
        ("lsp-get-enabled", "PORT", "print whether PORT is enabled or disabled"),
        (1, 1),
        &[],
        Mode::ReadOnly,
        get_enabled,
    ),
    entry(
        (
            "lsp-set-type",
            "PORT TYPE [peer=PEER]",
            "set the type of PORT; for type switch, also what it is connected to",
        ),
        (2, 3),
        &[],
        Mode::ReadWrite,
        set_type,
    ),
    entry(("lsp-get-type", "PORT", "print the type of PORT"), (1, 1), &[], Mode::ReadOnly, get_type),
    entry(
        ("lsp-set-options", "PORT KEY=VALUE [KEY=VALUE]...", "give PORT these options and no others"),
        (1, ANY),
        &[],
        Mode::ReadWrite,
        set_options,
    ),
    entry(("lsp-get-options", "PORT", "print the options of PORT"), (1, 1), &[], Mode::ReadOnly, get_options),
    entry(("lsp-get-ls", "PORT", "print the switch that PORT is in"), (1, 1), &[], Mode::ReadOnly, get_ls),
];

fn add(ctx: &mut Context<'_, '_>) -> Result<(), Halt> {
    let (switch, port) = (ctx.arg(0), ctx.arg(1));
    let parent = match ctx.args_from(2) {
        [] => None,
        [parent, tag] => match leading_integer(tag) {
            Some(number) if (0..=4095).contains(&number) => Some((parent.as_str(), number)),
            _ => return no_switch_or(ctx, format!("{tag}: invalid tag (must be in range 0 to 4095)")),
        },
        _ => return no_switch_or(ctx, "lsp-add with parent must also specify a tag".to_owned()),
    };
    lsp::add(ctx.txn, switch, port, &LspAdd { parent, may_exist: ctx.has("may-exist") })?;
    Ok(())
}

/// Of an argument that makes no sense the C tool tells only if there is such a switch.
fn no_switch_or(ctx: &Context<'_, '_>, message: String) -> Result<(), Halt> {
    ls::find(ctx.txn, ctx.arg(0))?;
    Err(Halt::failed(message))
}

fn del(ctx: &mut Context<'_, '_>) -> Result<(), Halt> {
    Ok(lsp::del(ctx.txn, ctx.arg(0), ctx.has("if-exists"))?)
}

fn list(ctx: &mut Context<'_, '_>) -> Result<(), Halt> {
    let rows = lsp::list(ctx.txn, ctx.arg(0))?;
    Ok(print_named(ctx, rows)?)
}

fn get_ls(ctx: &mut Context<'_, '_>) -> Result<(), Halt> {
    let rows = lsp::switches(ctx.txn, ctx.arg(0))?;
    Ok(print_named(ctx, rows)?)
}

fn get_parent(ctx: &mut Context<'_, '_>) -> Result<(), Halt> {
    if let Some(parent) = lsp::parent(ctx.txn, ctx.arg(0))? {
        ctx.out.line(parent);
    }
    Ok(())
}

fn get_tag(ctx: &mut Context<'_, '_>) -> Result<(), Halt> {
    if let Some(tag) = lsp::tag(ctx.txn, ctx.arg(0))? {
        ctx.out.line(tag.to_string());
    }
    Ok(())
}

fn set_addresses(ctx: &mut Context<'_, '_>) -> Result<(), Halt> {
    Ok(lsp::set_addresses(ctx.txn, ctx.arg(0), ctx.args_from(1))?)
}

fn get_addresses(ctx: &mut Context<'_, '_>) -> Result<(), Halt> {
    match lsp::addresses(ctx.txn, ctx.arg(0))? {
        LspAddresses::Own(addresses) => addresses.iter().for_each(|address| ctx.out.line(address)),
        LspAddresses::Router { mac, networks } => {
            ctx.out.line(std::iter::once(mac).chain(networks).collect::<Vec<_>>().join(" "));
        }
    }
    Ok(())
}

fn set_port_security(ctx: &mut Context<'_, '_>) -> Result<(), Halt> {
    Ok(lsp::set_port_security(ctx.txn, ctx.arg(0), ctx.args_from(1))?)
}

fn get_port_security(ctx: &mut Context<'_, '_>) -> Result<(), Halt> {
    lsp::port_security(ctx.txn, ctx.arg(0))?.iter().for_each(|addresses| ctx.out.line(addresses));
    Ok(())
}

fn get_up(ctx: &mut Context<'_, '_>) -> Result<(), Halt> {
    let up = lsp::is_up(ctx.txn, ctx.arg(0))?;
    ctx.out.line(if up { "up" } else { "down" });
    Ok(())
}

fn set_enabled(ctx: &mut Context<'_, '_>) -> Result<(), Halt> {
    let (port, state) = (ctx.arg(0), ctx.arg(1));
    match enabled(state) {
        Some(enabled) => Ok(lsp::set_enabled(ctx.txn, port, enabled)?),
        None => {
            lsp::is_enabled(ctx.txn, port)?;
            Err(Halt::failed(bad_state(state)))
        }
    }
}

fn get_enabled(ctx: &mut Context<'_, '_>) -> Result<(), Halt> {
    let enabled = lsp::is_enabled(ctx.txn, ctx.arg(0))?;
    ctx.out.line(state_of(enabled));
    Ok(())
}

fn set_type(ctx: &mut Context<'_, '_>) -> Result<(), Halt> {
    let (port, type_) = (ctx.arg(0), ctx.arg(1));
    let peer = match ctx.given.arg(2).map(|word| word.strip_prefix("peer=").ok_or(word)).transpose() {
        Ok(peer) => peer,
        // the C tool ends this line twice
        Err(word) => return Err(Halt::failed(format!("Unrecognized argument: {word}\n\n"))),
    };
    Ok(lsp::set_type(ctx.txn, port, type_, peer)?)
}

fn get_type(ctx: &mut Context<'_, '_>) -> Result<(), Halt> {
    let type_ = lsp::type_(ctx.txn, ctx.arg(0))?;
    ctx.out.line(type_);
    Ok(())
}

fn set_options(ctx: &mut Context<'_, '_>) -> Result<(), Halt> {
    Ok(lsp::set_options(ctx.txn, ctx.arg(0), &options(ctx.args_from(1)))?)
}

fn get_options(ctx: &mut Context<'_, '_>) -> Result<(), Halt> {
    for (key, value) in lsp::options(ctx.txn, ctx.arg(0))? {
        ctx.out.line(format!("{key}={value}"));
    }
    Ok(())
}
