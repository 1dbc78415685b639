//! When does `wait-until` let the line go on: once a row is there and meets all conditions?

use super::condition::Condition;
use super::{columns_in, record};
use crate::ctl::command::{ANY, Command, Mode};
use crate::ctl::context::{Context, CtlCommand, Halt};

pub(super) const COMMAND: CtlCommand = Command {
    name: "wait-until",
    args: "TABLE RECORD [COLUMN[:KEY]=VALUE]...",
    min: 2,
    max: ANY,
    options: &[],
    mode: Mode::ReadOnly,
    group: super::GROUP,
    help: "wait until a row is there and meets all conditions",
    run,
};

fn run(cx: &mut Context<'_, '_>) -> Result<(), Halt> {
    let table = cx.table()?;
    let args = cx.args_from(2);
    let columns = columns_in(table, args);
    let Some(row) = record::find(cx, table, cx.arg(1), columns, false)? else { return Err(Halt::NotYet) };
    for arg in args {
        if !Condition::new(arg).holds(cx, table, row)? {
            return Err(Halt::NotYet);
        }
    }
    Ok(())
}
