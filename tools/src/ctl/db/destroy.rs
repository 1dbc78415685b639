//! What does `destroy` take away: the rows named, or all of a table?

use super::record;
use crate::ctl::command::{ANY, Command, IF_EXISTS, Mode, OptSpec};
use crate::ctl::context::{Context, CtlCommand, Halt};
use ovsdb_proto::schema::ColumnSet;

pub(super) const COMMAND: CtlCommand = Command {
    name: "destroy",
    args: "TABLE [RECORD]...",
    min: 1,
    max: ANY,
    options: &[IF_EXISTS, OptSpec::flag("all")],
    mode: Mode::ReadWrite,
    group: super::GROUP,
    help: "delete rows of a table",
    run,
};

fn run(cx: &mut Context<'_, '_>) -> Result<(), Halt> {
    let table = cx.table()?;
    let (all, must_exist, records) = (cx.has("all"), !cx.has("if-exists"), cx.args_from(1));
    if all && !records.is_empty() {
        return Err(Halt::failed("--all and records argument should not be specified together"));
    }
    if all && !must_exist {
        return Err(Halt::failed("--all and --if-exists should not be specified together"));
    }
    if all {
        let rows = cx.txn.find_rows(table.id, &[], ColumnSet::EMPTY)?;
        rows.into_iter().for_each(|row| cx.txn.delete_row(row));
    } else if records.is_empty() {
        let text = "either --all or records argument should be specified".to_owned();
        cx.line.warnings.push((super::LOG_MODULE, text));
    }
    let mut missing = None;
    for record in records {
        // one round brings all of them
        match record::find(cx, table, record, ColumnSet::EMPTY, must_exist) {
            Ok(row) => row.into_iter().for_each(|row| cx.txn.delete_row(row)),
            Err(halt @ Halt::Read(_)) => missing = Some(halt),
            Err(halt) => return Err(missing.unwrap_or(halt)),
        }
    }
    missing.map_or(Ok(()), Err)
}
