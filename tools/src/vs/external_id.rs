//! `br-set-external-id`, `br-get-external-id`: what others note on a bridge.

use crate::ctl::command::Mode;
use crate::ctl::context::{Context, CtlCommand, Halt};
use ovs_vswitch::ops::external_id;

const GROUP: &str = "Bridge commands";

/// The commands.
pub(super) static COMMANDS: [CtlCommand; 2] = [
    CtlCommand {
        name: "br-set-external-id",
        args: "BRIDGE KEY [VALUE]",
        min: 2,
        max: 3,
        options: &[],
        mode: Mode::ReadWrite,
        group: GROUP,
        help: "set KEY of BRIDGE to VALUE, or unset it",
        run: set,
    },
    CtlCommand {
        name: "br-get-external-id",
        args: "BRIDGE [KEY]",
        min: 1,
        max: 2,
        options: &[],
        mode: Mode::ReadOnly,
        group: GROUP,
        help: "print the value of KEY of BRIDGE, or all keys with their values",
        run: get,
    },
];

fn set(ctx: &mut Context<'_, '_>) -> Result<(), Halt> {
    Ok(external_id::set(ctx.txn, ctx.arg(0), ctx.arg(1), ctx.given.arg(2))?)
}

fn get(ctx: &mut Context<'_, '_>) -> Result<(), Halt> {
    let ids = external_id::get(ctx.txn, ctx.arg(0))?;
    match ctx.given.arg(1) {
        Some(key) => ids.get(key).into_iter().for_each(|value| ctx.out.line(value)),
        None => ids.iter().for_each(|(key, value)| ctx.out.line(format!("{key}={value}"))),
    }
    Ok(())
}
