//! What do the database commands do that every ctl tool has: `get`, `list`, `find`, `set`, ... (ovs-vsctl(8), "Database Commands")?

mod add;
mod clear;
mod condition;
mod create;
mod destroy;
mod find;
mod get;
mod list;
pub mod names;
pub mod order;
pub mod record;
mod remove;
pub mod set;
pub mod show;
pub mod symbols;
mod value;
mod wait_until;

#[cfg(test)]
mod tests;

use super::chain::Invocation;
use super::command::{ANY, Command, Mode};
use super::context::{Context, CtlCommand, Halt, RunFn, ToolDef};
use super::error::CtlError;
use names::DbTable;
use ovsdb_proto::schema::ColumnSet;
use ovsdb_proto::value::Argument;
pub use set::{Assignment, assignments};

const GROUP: &str = "Database commands";

/// Which log module the warnings of these commands come from.
pub const LOG_MODULE: &str = "db_ctl_base";

/// The commands that every tool has.
pub static COMMANDS: [CtlCommand; 11] = [
    Command {
        name: "comment",
        args: "[ARG]...",
        min: 0,
        max: ANY,
        options: &[],
        mode: Mode::ReadOnly,
        group: GROUP,
        help: "do nothing: the words go into the log of the database with the rest of the line",
        run: |_| Ok(()),
    },
    get::COMMAND,
    list::COMMAND,
    find::COMMAND,
    set::COMMAND,
    add::COMMAND,
    remove::COMMAND,
    clear::COMMAND,
    create::COMMAND,
    destroy::COMMAND,
    wait_until::COMMAND,
];

/// Looks at the names of tables and columns in a command, before there is a connection; answers with what is to be logged as a warning ([`LOG_MODULE`]).
/// Other commands than those of this module pass.
///
/// # Errors
/// There is no such table or column, or the name is ambiguous.
pub fn check(def: &ToolDef, given: &Invocation<RunFn>) -> Result<Option<String>, CtlError> {
    let table = || table_of(def, given);
    match given.command.name {
        "get" => get::check(table()?, given),
        "list" => list::check(table()?, given),
        "find" => find::check(table()?, given),
        "set" | "wait-until" => each_column(table()?, args_from(given, 2)).map(|()| None),
        "add" | "remove" => table()?.column(given.arg(2).unwrap_or_default()).map(|_| None),
        "clear" => args_from(given, 2).iter().try_for_each(|a| table()?.column(a).map(|_| ())).map(|()| None),
        "create" => Ok(create::warning(table()?, given)),
        "destroy" => table().map(|_| None),
        _ => Ok(None),
    }
}

fn table_of(def: &ToolDef, given: &Invocation<RunFn>) -> Result<DbTable<'static>, CtlError> {
    DbTable::named((def.schema)(), given.arg(0).unwrap_or_default())
}

fn args_from(given: &Invocation<RunFn>, index: usize) -> &[String] {
    given.args.get(index..).unwrap_or_default()
}

/// Each argument begins with the name of a column.
fn each_column(table: DbTable<'_>, args: &[String]) -> Result<(), CtlError> {
    args.iter().try_for_each(|arg| column_argument(table, arg).map(|_| ()))
}

/// An argument that begins with the name of a column, and that column.
fn column_argument<'a>(
    table: DbTable<'_>,
    arg: &'a str,
) -> Result<(ovsdb_proto::schema::ColumnId, Argument<'a>), CtlError> {
    let argument = Argument::new(arg).map_err(|e| CtlError::command(e.to_string()))?;
    Ok((table.column(&argument.column)?, argument))
}

/// The columns that arguments begin with; those that name none are reported where they come up.
fn columns_in(table: DbTable<'_>, args: &[String]) -> ColumnSet {
    args.iter().filter_map(|arg| Some(column_argument(table, arg).ok()?.0)).collect()
}

impl Context<'_, '_> {
    /// The table that the first argument names.
    fn table(&self) -> Result<DbTable<'static>, Halt> {
        Ok(table_of(self.def, self.given)?)
    }
}

/// A column that never changes may be written in a new row only.
fn check_mutable(
    cx: &Context<'_, '_>,
    table: DbTable<'_>,
    row: ovsdb_proto::txn::RowId,
    column: &ovsdb_proto::schema::ColumnSchema,
) -> Result<(), CtlError> {
    if column.mutable || cx.txn.is_new(row) {
        return Ok(());
    }
    let text = format!("cannot modify read-only column {} in table {}", column.name, table.name());
    Err(CtlError::command(text))
}
