//! Which rows does `find` print: those that meet all conditions?

use super::condition::{Condition, Wire};
use super::list::Columns;
use super::names::DbTable;
use super::{columns_in, each_column, order};
use crate::ctl::chain::Invocation;
use crate::ctl::command::{ANY, Command, Mode, OptSpec};
use crate::ctl::context::{Context, CtlCommand, Halt, RunFn};
use crate::ctl::error::CtlError;
use ovsdb_proto::op;
use ovsdb_proto::schema::ColumnSet;

pub(super) const COMMAND: CtlCommand = Command {
    name: "find",
    args: "TABLE [COLUMN[:KEY]=VALUE]...",
    min: 1,
    max: ANY,
    options: &[OptSpec::value("columns")],
    mode: Mode::ReadOnly,
    group: super::GROUP,
    help: "list the rows of a table that meet all conditions",
    run,
};

pub(super) fn check(table: DbTable<'_>, given: &Invocation<RunFn>) -> Result<Option<String>, CtlError> {
    Columns::given(table, given.value("columns"))?;
    each_column(table, super::args_from(given, 1)).map(|()| None)
}

fn run(cx: &mut Context<'_, '_>) -> Result<(), Halt> {
    let table = cx.table()?;
    let columns = Columns::given(table, cx.value("columns"))?;
    let mut conditions: Vec<Condition<'_>> = cx.args_from(1).iter().map(|a| Condition::new(a)).collect();
    let asked = left_to_server(cx, table, &mut conditions);
    let tested = if conditions.is_empty() { ColumnSet::EMPTY } else { columns_in(table, cx.args_from(1)) };
    let mut rows = cx.txn.find_rows(table.id, &asked, columns.set().union(tested))?;
    if asked.is_empty() {
        rows = order::walk_edited(cx.txn, table.id, rows)?;
    } else if rows.len() > 1 {
        // where a row stands depends on all that there are
        let all = cx.txn.find_rows(table.id, &[], ColumnSet::EMPTY)?;
        let all = order::walk_edited(cx.txn, table.id, all)?;
        rows = all.into_iter().filter(|row| rows.binary_search(row).is_ok()).collect();
    }
    let mut found = Vec::new();
    for row in rows {
        let mut meets = true;
        for condition in &mut conditions {
            meets = condition.holds(cx, table, row)?;
            if !meets {
                break;
            }
        }
        if meets {
            found.push(row);
        }
    }
    columns.print(cx, table, &found)
}

/// Takes out of `conditions` those that the server can test, and answers with them. If one is wrong none is taken: whether that matters depends on which
/// rows come to it.
fn left_to_server(
    cx: &Context<'_, '_>,
    table: DbTable<'_>,
    conditions: &mut Vec<Condition<'_>>,
) -> Vec<op::Condition> {
    let wires: Vec<Wire> = conditions.iter().map(|c| c.on_the_wire(table)).collect();
    if wires.iter().any(|w| matches!(w, Wire::Wrong)) {
        return Vec::new();
    }
    let absent = cx.txn.base().absent();
    let mut asked = Vec::new();
    let mut kept = Vec::new();
    for (condition, wire) in conditions.drain(..).zip(wires) {
        match wire {
            Wire::Condition(wire) if absent.has_column(table.id, wire.column) => asked.push(wire),
            _ => kept.push(condition),
        }
    }
    *conditions = kept;
    asked
}
