//! What does `list` print: rows of a table, all or those named?

use super::names::DbTable;
use super::{order, record};
use crate::ctl::chain::Invocation;
use crate::ctl::command::{ANY, Command, IF_EXISTS, Mode, OptSpec};
use crate::ctl::context::{Context, CtlCommand, Halt, Piece, RunFn};
use crate::ctl::error::CtlError;
use crate::ctl::table::{CellForm, Table};
use ovsdb_proto::schema::{ColumnId, ColumnSet};
use ovsdb_proto::txn::RowId;
use ovsdb_proto::value::{Format, print_datum};

pub(super) const COMMAND: CtlCommand = Command {
    name: "list",
    args: "TABLE [RECORD]...",
    min: 1,
    max: ANY,
    options: &[IF_EXISTS, OptSpec::value("columns")],
    mode: Mode::ReadOnly,
    group: super::GROUP,
    help: "list rows of a table, all of them if none is named",
    run,
};

pub(super) fn check(table: DbTable<'_>, given: &Invocation<RunFn>) -> Result<Option<String>, CtlError> {
    Columns::given(table, given.value("columns")).map(|_| None)
}

fn run(cx: &mut Context<'_, '_>) -> Result<(), Halt> {
    let table = cx.table()?;
    let columns = Columns::given(table, cx.value("columns"))?;
    let records = cx.args_from(1);
    let mut rows = Vec::with_capacity(records.len());
    if records.is_empty() {
        let all = cx.txn.find_rows(table.id, &[], columns.set())?;
        rows = order::walk_edited(cx.txn, table.id, all)?;
    }
    let must_exist = !cx.has("if-exists");
    let mut missing = None;
    for record in records {
        // one round brings all of them
        match record::find(cx, table, record, columns.set(), must_exist) {
            Ok(row) => rows.extend(row),
            Err(halt @ Halt::Read(_)) => missing = Some(halt),
            Err(halt) => return Err(missing.unwrap_or(halt)),
        }
    }
    if let Some(halt) = missing {
        return Err(halt);
    }
    columns.print(cx, table, &rows)
}

/// The columns that `list` and `find` print.
pub(super) struct Columns(Vec<ColumnId>);

impl Columns {
    /// Those of `--columns`, or else `_uuid` and all others by name.
    ///
    /// # Errors
    /// There is no such column, or the list is empty.
    pub(super) fn given(table: DbTable<'_>, list: Option<&str>) -> Result<Columns, CtlError> {
        let Some(list) = list else {
            let own = table.schema.own_columns();
            return Ok(Columns(std::iter::once(ColumnId::UUID).chain(own.iter()).collect()));
        };
        let names = list.split([',', ' ']).filter(|name| !name.is_empty());
        let column = |name: &str| {
            if name.eq_ignore_ascii_case("_uuid") { Ok(ColumnId::UUID) } else { table.column(name) }
        };
        let columns = names.map(column).collect::<Result<Vec<_>, _>>()?;
        if columns.is_empty() {
            return Err(CtlError::command("must specify at least one column name"));
        }
        Ok(Columns(columns))
    }

    pub(super) fn set(&self) -> ColumnSet {
        self.0.iter().copied().filter(|c| *c != ColumnId::UUID).collect()
    }

    /// Prints these columns of `rows` as a table.
    pub(super) fn print(
        &self,
        cx: &mut Context<'_, '_>,
        table: DbTable<'_>,
        rows: &[RowId],
    ) -> Result<(), Halt> {
        let schemas = self.0.iter().map(|c| table.column_schema(*c)).collect::<Result<Vec<_>, _>>()?;
        let format = match cx.style.cell_form() {
            CellForm::String => Format::String,
            CellForm::Bare => Format::Bare,
            CellForm::Json => Format::Json,
        };
        let mut printed = Table {
            headings: schemas.iter().map(|c| c.name.to_string()).collect(),
            rows: Vec::with_capacity(rows.len()),
        };
        for row in rows {
            let mut cells = Vec::with_capacity(self.0.len());
            for (id, column) in self.0.iter().zip(&schemas) {
                let mut cell = String::new();
                print_datum(&mut cell, &*cx.txn.cell(*row, *id)?, column.type_.max, format);
                cells.push(cell);
            }
            printed.rows.push(cells);
        }
        cx.out.pieces.push(Piece::Table(printed));
        Ok(())
    }
}
