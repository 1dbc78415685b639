//! What does `create` make: a new row, which other commands of the line may refer to?

use super::names::DbTable;
use super::{set, symbols};
use crate::ctl::chain::Invocation;
use crate::ctl::command::{ANY, Command, Mode, OptSpec};
use crate::ctl::context::{Context, CtlCommand, Halt, Piece, RunFn};
use ovsdb_proto::txn::RowId;
use ovsdb_proto::value::Uuid;

pub(super) const COMMAND: CtlCommand = Command {
    name: "create",
    args: "TABLE COLUMN[:KEY]=VALUE...",
    min: 2,
    max: ANY,
    options: &[OptSpec::value("id")],
    mode: Mode::ReadWrite,
    group: super::GROUP,
    help: "make a new row with these values, and print its UUID",
    run,
};

/// What is to be said before the row is made: if nothing can refer to it, it will not live.
pub(super) fn warning(table: DbTable<'_>, given: &Invocation<RunFn>) -> Option<String> {
    (!given.has("id") && !table.schema.is_root).then(|| {
        format!(
            "applying \"create\" command to table {} without --id option will have no effect",
            table.name()
        )
    })
}

fn run(cx: &mut Context<'_, '_>) -> Result<(), Halt> {
    let table = cx.table()?;
    let row = match cx.value("id") {
        None => cx.txn.insert_row(table.id),
        Some(id) => match id.parse::<Uuid>() {
            Ok(uuid) => {
                let row = RowId { table: table.id, uuid };
                if cx.txn.is_new(row) {
                    let text = format!("row id \"{id}\" may only be specified on one --id option");
                    return Err(Halt::failed(text));
                }
                cx.txn.insert_row_as(table.id, uuid, true)
            }
            Err(_) => {
                let (uuid, _) = symbols::define(cx.line, cx.txn, id)?;
                if table.schema.is_root {
                    symbols::keep(cx.line, id, uuid);
                }
                cx.txn.insert_row_as(table.id, uuid, false)
            }
        },
    };
    cx.args_from(1).iter().try_for_each(|arg| set::assign(cx, table, row, arg))?;
    cx.out.pieces.push(Piece::NewRow(row));
    cx.out.text("\n");
    Ok(())
}
