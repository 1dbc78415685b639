//! `add-br`, `del-br`, `list-br`, `br-exists`: bridges.

use crate::ctl::command::{IF_EXISTS, MAY_EXIST, Mode, OptSpec};
use crate::ctl::context::{Context, CtlCommand, Halt};
use crate::ctl::error::CtlError;
use ovs_vswitch::ops::bridge::{self, BrAdd, BrList};

const GROUP: &str = "Bridge commands";

/// The commands.
pub(super) static COMMANDS: [CtlCommand; 4] = [
    CtlCommand {
        name: "add-br",
        args: "NEW-BRIDGE [PARENT] [NEW-VLAN]",
        min: 1,
        max: 3,
        options: &[MAY_EXIST],
        mode: Mode::ReadWrite,
        group: GROUP,
        help: "create a bridge, or a VLAN bridge of PARENT for NEW-VLAN",
        run: add_br,
    },
    CtlCommand {
        name: "del-br",
        args: "BRIDGE",
        min: 1,
        max: 1,
        options: &[IF_EXISTS],
        mode: Mode::ReadWrite,
        group: GROUP,
        help: "delete BRIDGE with all of its ports",
        run: del_br,
    },
    CtlCommand {
        name: "list-br",
        args: "",
        min: 0,
        max: 0,
        options: &[OptSpec::flag("real"), OptSpec::flag("fake")],
        mode: Mode::ReadOnly,
        group: GROUP,
        help: "print the names of the bridges",
        run: list_br,
    },
    CtlCommand {
        name: "br-exists",
        args: "BRIDGE",
        min: 1,
        max: 1,
        options: &[],
        mode: Mode::ReadOnly,
        group: GROUP,
        help: "exit with status 2 unless BRIDGE exists",
        run: br_exists,
    },
];

fn add_br(ctx: &mut Context<'_, '_>) -> Result<(), Halt> {
    let vlan = match ctx.given.args.as_slice() {
        [_] => None,
        [_, parent, vlan] => Some((parent.as_str(), parse_vlan(vlan)?)),
        _ => return Err(Halt::failed("'add-br' command takes exactly 1 or 3 arguments")),
    };
    let o = BrAdd { vlan, may_exist: ctx.has("may-exist") };
    if let Some(iface) = bridge::add(ctx.txn, ctx.arg(0), o)? {
        ctx.expect_interface(iface.uuid());
    }
    Ok(())
}

// as C's atoi: the digits in front count, and no digits are 0
fn parse_vlan(text: &str) -> Result<i64, Halt> {
    let text = text.trim_start();
    let (sign, digits) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    let end = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
    let number: i64 = match digits.get(..end).unwrap_or_default() {
        "" => 0,
        digits => digits.parse().unwrap_or(i64::MAX),
    };
    match sign * number {
        vlan @ 0..=4095 => Ok(vlan),
        _ => Err(Halt::failed("add-br: vlan must be between 0 and 4095")),
    }
}

fn del_br(ctx: &mut Context<'_, '_>) -> Result<(), Halt> {
    Ok(bridge::del(ctx.txn, ctx.arg(0), ctx.has("if-exists"))?)
}

fn list_br(ctx: &mut Context<'_, '_>) -> Result<(), Halt> {
    let o = BrList { real: ctx.has("real"), fake: ctx.has("fake") };
    for name in bridge::list(ctx.txn, o)? {
        ctx.out.line(name);
    }
    Ok(())
}

fn br_exists(ctx: &mut Context<'_, '_>) -> Result<(), Halt> {
    if bridge::exists(ctx.txn, ctx.arg(0))? { Ok(()) } else { Err(CtlError::silent(2).into()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vlans_are_read_as_by_atoi() {
        for (text, expect) in [("5", Some(5)), (" 7x", Some(7)), ("x", Some(0)), ("-1", None), ("4096", None)]
        {
            assert_eq!(parse_vlan(text).ok(), expect, "{text}");
        }
    }
}
