//! What does `clear` write: columns with nothing in them?

use super::{check_mutable, record};
use crate::ctl::command::{ANY, Command, IF_EXISTS, Mode};
use crate::ctl::context::{Context, CtlCommand, Halt};
use ovsdb_proto::value::Datum;

pub(super) const COMMAND: CtlCommand = Command {
    name: "clear",
    args: "TABLE RECORD COLUMN...",
    min: 3,
    max: ANY,
    options: &[IF_EXISTS],
    mode: Mode::ReadWrite,
    group: super::GROUP,
    help: "empty columns of a row",
    run,
};

fn run(cx: &mut Context<'_, '_>) -> Result<(), Halt> {
    let table = cx.table()?;
    let args = cx.args_from(2);
    let columns = args.iter().filter_map(|arg| table.column(arg).ok()).collect();
    let Some(row) = record::find(cx, table, cx.arg(1), columns, !cx.has("if-exists"))? else {
        return Ok(());
    };
    for arg in args {
        let id = table.column(arg)?;
        let column = table.column_schema(id)?;
        check_mutable(cx, table, row, column)?;
        if column.type_.min > 0 {
            return Err(Halt::failed(format!(
                "\"clear\" operation cannot be applied to column {} of table {}, which is not allowed to be empty",
                column.name,
                table.name()
            )));
        }
        let empty = if column.type_.is_map() { Datum::empty_map() } else { Datum::empty_set() };
        cx.txn.set_cell(row, id, empty);
    }
    Ok(())
}
