//! What does `get` print: columns of one row, or the values under keys of its maps?

use super::names::{DbTable, is_uuid_column};
use super::{column_argument, record, symbols};
use crate::ctl::chain::Invocation;
use crate::ctl::command::{ANY, Command, IF_EXISTS, Mode, OptSpec};
use crate::ctl::context::{Context, CtlCommand, Halt, RunFn};
use crate::ctl::error::CtlError;
use ovsdb_proto::schema::ColumnSet;
use ovsdb_proto::txn::RowId;
use ovsdb_proto::value::{Format, print_atom, print_datum};
use std::io::IsTerminal;

pub(super) const COMMAND: CtlCommand = Command {
    name: "get",
    args: "TABLE RECORD [COLUMN[:KEY]]...",
    min: 2,
    max: ANY,
    options: &[IF_EXISTS, OptSpec::value("id")],
    mode: Mode::ReadOnly,
    group: super::GROUP,
    help: "print the values of columns of a row, one line each",
    run,
};

pub(super) fn check(table: DbTable<'_>, given: &Invocation<RunFn>) -> Result<Option<String>, CtlError> {
    let args = super::args_from(given, 2);
    args.iter().filter(|a| !is_uuid_column(a)).try_for_each(|a| column_argument(table, a).map(|_| ()))?;
    let pointless = args.is_empty() && !given.has("id") && std::io::stdout().is_terminal();
    Ok(pointless
        .then(|| "\"get\" command without row arguments or \"--id\" is possibly erroneous".to_owned()))
}

fn run(cx: &mut Context<'_, '_>) -> Result<(), Halt> {
    let must_exist = !cx.has("if-exists");
    let id = cx.value("id");
    if id.is_some() && !must_exist {
        return Err(Halt::failed("--if-exists and --id may not be specified together"));
    }
    let table = cx.table()?;
    let args = cx.args_from(2);
    let columns: ColumnSet = super::columns_in(table, args);
    let Some(row) = record::find(cx, table, cx.arg(1), columns, must_exist)? else { return Ok(()) };
    if let Some(id) = id {
        let (_, new) = symbols::define(cx.line, cx.txn, id)?;
        if !new {
            return Err(Halt::failed(format!(
                "row id \"{id}\" specified on \"get\" command was used before it was defined"
            )));
        }
        symbols::keep(cx.line, id, row.uuid);
    }
    for arg in args {
        if is_uuid_column(arg) {
            cx.out.line(row.uuid.to_string());
        } else {
            let text = value(cx, table, row, arg, must_exist)?;
            cx.out.line(text);
        }
    }
    Ok(())
}

fn value(
    cx: &mut Context<'_, '_>,
    table: DbTable<'_>,
    row: RowId,
    arg: &str,
    must_exist: bool,
) -> Result<String, Halt> {
    let (id, argument) = column_argument(table, arg)?;
    let column = table.column_schema(id)?;
    let key = argument.key().map_err(|e| CtlError::command(e.to_string()))?;
    cx.txn.verify_cell(row, id);
    let mut text = String::new();
    let Some(key_text) = key else {
        print_datum(&mut text, &*cx.txn.cell(row, id)?, column.type_.max, Format::String);
        return Ok(text);
    };
    if !column.type_.is_map() {
        return Err(Halt::failed(format!("cannot specify key to get for non-map column {}", column.name)));
    }
    let key = cx.atom(&key_text, &column.type_.key, &column.type_)?;
    match cx.txn.cell(row, id)?.get(&key) {
        Some(value) => print_atom(&mut text, value),
        None if must_exist => {
            let (table, record, column) = (table.name(), cx.arg(1), &column.name);
            let text = format!("no key \"{key_text}\" in {table} record \"{record}\" column {column}");
            return Err(Halt::failed(text));
        }
        None => {}
    }
    Ok(text)
}
