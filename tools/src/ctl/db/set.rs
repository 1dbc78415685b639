//! What does `set` write: whole columns, and values under keys of maps?

use super::names::DbTable;
use super::{check_mutable, column_argument, columns_in, record};
use crate::ctl::command::{ANY, Command, IF_EXISTS, Mode};
use crate::ctl::context::{Context, CtlCommand, Halt};
use crate::ctl::error::CtlError;
use ovsdb_proto::schema::ColumnId;
use ovsdb_proto::txn::{RowId, Txn};
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
    // at the end of a line the C tools send values under keys as mutations, which the server carries out after all else
    let deferred = cx.last;
    let mut pairs = Vec::new();
    for arg in args {
        let assignment = assignment(cx, table, Some(row), arg)?;
        if deferred && assignment.has_key {
            pairs.push(assignment);
        } else {
            assignment.apply(cx.txn, row);
        }
    }
    pairs.into_iter().for_each(|assignment| assignment.apply(cx.txn, row));
    Ok(())
}

/// Carries out each `COLUMN[:KEY]=VALUE` of a command that makes `row` of `table` and takes settings for it.
///
/// # Errors
/// As `set` fails.
pub fn settings(cx: &mut Context<'_, '_>, table: &str, row: RowId, args: &[String]) -> Result<(), Halt> {
    let table = DbTable::named((cx.def.schema)(), table)?;
    args.iter().try_for_each(|arg| assign(cx, table, row, arg))
}

/// What `COLUMN[:KEY]=VALUE` says.
#[derive(Clone, Debug)]
pub struct Assignment {
    column: ColumnId,
    value: Datum,
    /// Whether the value is that of one key, and the others stay.
    has_key: bool,
}

impl Assignment {
    /// Carries it out on a row of the table.
    pub fn apply(self, txn: &mut Txn<'_>, row: RowId) {
        if self.has_key {
            txn.insert_into(row, self.column, &self.value);
        } else {
            txn.set_cell(row, self.column, self.value);
        }
    }
}

/// Reads the assignments to columns of `table` that a new row is to have.
///
/// # Errors
/// One is not of the form `COLUMN[:KEY]=VALUE`, or its value does not fit.
pub fn assignments(cx: &mut Context<'_, '_>, table: &str, args: &[String]) -> Result<Vec<Assignment>, Halt> {
    let table = DbTable::named((cx.def.schema)(), table)?;
    args.iter().map(|arg| assignment(cx, table, None, arg)).collect()
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
    assignment(cx, table, Some(row), arg)?.apply(cx.txn, row);
    Ok(())
}

/// Reads `COLUMN[:KEY]=VALUE` for a row, or for a new one.
fn assignment(
    cx: &mut Context<'_, '_>,
    table: DbTable<'_>,
    row: Option<RowId>,
    arg: &str,
) -> Result<Assignment, Halt> {
    let (id, argument) = column_argument(table, arg)?;
    let tail = argument.tail(Operator::ASSIGN).map_err(|e| CtlError::command(e.to_string()))?;
    let column = table.column_schema(id)?;
    if let Some(row) = row {
        check_mutable(cx, table, row, column)?;
    }
    let type_ = &column.type_;
    let value = match (&tail.key, &type_.value) {
        (None, _) => cx.datum(tail.value, type_)?,
        (Some(_), None) => {
            return Err(Halt::failed(format!(
                "cannot specify key to set for non-map column {}",
                column.name
            )));
        }
        (Some(key), Some(value_type)) => {
            let key = cx.atom(key, &type_.key, type_)?;
            let value = cx.atom(tail.value, value_type, type_)?;
            Datum::map([(key, value)])
        }
    };
    Ok(Assignment { column: id, value, has_key: tail.key.is_some() })
}
