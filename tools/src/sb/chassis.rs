//! `chassis-add`, `chassis-del`: nodes.

use crate::ctl::command::{IF_EXISTS, MAY_EXIST, Mode};
use crate::ctl::context::{Context, CtlCommand, Halt};
use ovn_sb::ops::chassis::{self, ChassisAdd};
use ovn_sb::tables::EncapType;

const GROUP: &str = "Chassis commands";

/// The commands.
pub(super) static COMMANDS: [CtlCommand; 2] = [
    CtlCommand {
        name: "chassis-add",
        args: "CHASSIS ENCAP-TYPE ENCAP-IP",
        min: 3,
        max: 3,
        options: &[MAY_EXIST],
        mode: Mode::ReadWrite,
        group: GROUP,
        help: "create a chassis with tunnels of the types ENCAP-TYPE, separated by commas",
        run: add,
    },
    CtlCommand {
        name: "chassis-del",
        args: "CHASSIS",
        min: 1,
        max: 1,
        options: &[IF_EXISTS],
        mode: Mode::ReadWrite,
        group: GROUP,
        help: "delete CHASSIS with its tunnels",
        run: del,
    },
];

fn add(ctx: &mut Context<'_, '_>) -> Result<(), Halt> {
    let types = ctx.arg(1).split(',').filter(|type_| !type_.is_empty());
    let o = ChassisAdd {
        encaps: types.map(EncapType::from).collect(),
        ip: ctx.arg(2).to_owned(),
        may_exist: ctx.has("may-exist"),
    };
    chassis::add(ctx.txn, ctx.arg(0), &o)?;
    Ok(())
}

fn del(ctx: &mut Context<'_, '_>) -> Result<(), Halt> {
    Ok(chassis::del(ctx.txn, ctx.arg(0), ctx.has("if-exists"))?)
}
