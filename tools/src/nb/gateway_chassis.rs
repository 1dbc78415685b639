//! The commands on the chassis that router ports live on: `lrp-set-gateway-chassis`, `lrp-get-gateway-chassis`, `lrp-del-gateway-chassis`.

use super::lrp::entry;
use crate::ctl::command::{MAY_EXIST, Mode};
use crate::ctl::context::{Context, CtlCommand, Halt};
use ovn_nb::ops::gateway_chassis::{self, GatewayChassisError};
use ovn_nb::ops::{OpError, leading_integer, lrp};

/// The commands.
pub(super) static COMMANDS: [CtlCommand; 3] = [
    // `--may-exist` changes nothing: a chassis that is there gets the new priority
    entry(
        (
            "lrp-set-gateway-chassis",
            "PORT CHASSIS [PRIORITY]",
            "let PORT live on CHASSIS, with a priority from 0 (the default) to 32767",
        ),
        (2, 3),
        &[MAY_EXIST],
        Mode::ReadWrite,
        set,
    ),
    entry(
        ("lrp-del-gateway-chassis", "PORT CHASSIS", "take CHASSIS from PORT"),
        (2, 2),
        &[],
        Mode::ReadWrite,
        del,
    ),
    entry(
        ("lrp-get-gateway-chassis", "PORT", "print the gateway chassis of PORT with their priorities"),
        (1, 1),
        &[],
        Mode::ReadOnly,
        get,
    ),
];

fn set(ctx: &mut Context<'_, '_>) -> Result<(), Halt> {
    let (port, chassis) = (ctx.arg(0), ctx.arg(1));
    let given = ctx.given.arg(2).unwrap_or("0");
    let Some(priority) = leading_integer(given).filter(gateway_chassis::is_priority) else {
        lrp::find(ctx.txn, port)?;
        return Err(OpError::from(GatewayChassisError::Priority { priority: given.into() }).into());
    };
    gateway_chassis::set(ctx.txn, port, chassis, priority)?;
    Ok(())
}

fn del(ctx: &mut Context<'_, '_>) -> Result<(), Halt> {
    Ok(gateway_chassis::del(ctx.txn, ctx.arg(0), ctx.arg(1))?)
}

fn get(ctx: &mut Context<'_, '_>) -> Result<(), Halt> {
    for gateway in gateway_chassis::list(ctx.txn, ctx.arg(0))? {
        ctx.out.line(format!("{} {:>5}", gateway.name, gateway.priority));
    }
    Ok(())
}
