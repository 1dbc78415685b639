//! What does the generic `show` print: a tree of rows, driven by a table of tables?

mod filter;
mod print;
mod tree;

use super::order;
use crate::ctl::command::{Command, Mode, OptSpec};
use crate::ctl::context::{Context, CtlCommand, Halt};
use crate::ctl::table::Format;
use filter::Filters;
use ovsdb_proto::schema::ColumnSet;
use tree::Tree;

/// How rows of one table are shown.
#[derive(Clone, Copy, Debug)]
pub struct ShowTable {
    /// The table.
    pub table: &'static str,
    /// The column that names a row; its UUID does if there is none.
    pub name: Option<&'static str>,
    /// The columns shown beneath it; references are shown as rows in turn.
    pub columns: &'static [&'static str],
    /// Rows of another table that refer to this one weakly, shown by name.
    pub weak: Option<WeakRef>,
}

/// Rows of a table that refer to a row shown.
#[derive(Clone, Copy, Debug)]
pub struct WeakRef {
    /// The referring table.
    pub table: &'static str,
    /// Its column with the name.
    pub name: &'static str,
    /// Its column with the reference.
    pub column: &'static str,
}

/// `show`, for tools that have no `show` of their own.
pub static COMMANDS: [CtlCommand; 1] = [Command {
    name: "show",
    args: "",
    min: 0,
    max: 0,
    options: &[OptSpec::value("filter")],
    mode: Mode::ReadOnly,
    group: "General commands",
    help: "print an overview of the database's contents",
    run,
}];

fn run(cx: &mut Context<'_, '_>) -> Result<(), Halt> {
    let filters = Filters::read(cx.def, cx.value("filter").unwrap_or_default())?;
    let tree = Tree::read(cx.txn, (cx.def.schema)(), cx.def.show)?;
    let Some(top) = tree.top() else { return Ok(()) };
    let mut nodes = Vec::new();
    let rows = cx.txn.find_rows(top, &[], ColumnSet::EMPTY)?;
    for row in order::walk_edited(cx.txn, top, rows)? {
        nodes.extend(tree.node(cx.txn, row, &filters, &mut Vec::new())?);
    }
    // the C tools have no JSON of this
    if cx.persona.is_own_name() && cx.style.format == Format::Json {
        cx.out.text(print::json(&nodes, cx.style.pretty));
        cx.out.text("\n");
        return Ok(());
    }
    let mut text = String::new();
    nodes.iter().for_each(|node| print::text(&mut text, node, 0));
    cx.out.text(text);
    Ok(())
}
