//! What does `set` write: whole columns, and values under keys of maps?

use super::names::DbTable;
use super::{check_mutable, column_argument, columns_in, record};
use crate::ctl::command::{ANY, Command, IF_EXISTS, Mode};
use crate::ctl::context::{Context, CtlCommand, Halt};
use crate::ctl::error::CtlError;
use ovsdb_proto::txn::RowId;
use ovsdb_proto::value::{Datum, Operator};

pub(super) const COMMAND: CtlCommand = Command {
    name: "set",
    args: "TABLE RECORD COLUMN[:KEY]=VALUE...",
    min: 3,
    max: ANY,
    options: &[IF_EXISTS],
    mode: Mode::ReadWrite,
    group: super::GROUP,
    help: "set columns of a row, or values under keys of its maps",
    run,
};

fn run(cx: &mut Context<'_, '_>) -> Result<(), Halt> {
    let table = cx.table()?;
    let args = cx.args_from(2);
    let columns = columns_in(table, args);
    let Some(row) = record::find(cx, table, cx.arg(1), columns, !cx.has("if-exists"))? else {
        return Ok(());
    };
    args.iter().try_for_each(|arg| assign(cx, table, row, arg))
}

/// Carries out each `COLUMN[:KEY]=VALUE` of a command that makes `row` of `table` and takes settings for it.
///
/// # Errors
/// As `set` fails.
pub fn settings(cx: &mut Context<'_, '_>, table: &str, row: RowId, args: &[String]) -> Result<(), Halt> {
    let table = DbTable::named((cx.def.schema)(), table)?;
    args.iter().try_for_each(|arg| assign(cx, table, row, arg))
}

/// Carries out `COLUMN[:KEY]=VALUE` on a row.
///
/// # Errors
/// It is not of this form, the column may not be written, or the value does not fit.
pub(super) fn assign(
    cx: &mut Context<'_, '_>,
    table: DbTable<'_>,
    row: RowId,
    arg: &str,
) -> Result<(), Halt> {
    let (id, argument) = column_argument(table, arg)?;
    let tail = argument.tail(Operator::ASSIGN).map_err(|e| CtlError::command(e.to_string()))?;
    let column = table.column_schema(id)?;
    check_mutable(cx, table, row, column)?;
    let type_ = &column.type_;
    match (&tail.key, &type_.value) {
        (None, _) => {
            let value = cx.datum(tail.value, type_)?;
            cx.txn.set_cell(row, id, value);
        }
        (Some(_), None) => {
            return Err(Halt::failed(format!(
                "cannot specify key to set for non-map column {}",
                column.name
            )));
        }
        (Some(key), Some(value_type)) => {
            let key = cx.atom(key, &type_.key, type_)?;
            let value = cx.atom(tail.value, value_type, type_)?;
            cx.txn.insert_into(row, id, &Datum::map([(key, value)]));
        }
    }
    Ok(())
}
