//! How are the commands of one line run over a transaction?

use super::chain::Invocation;
use super::context::{Context, Halt, LineState, Output, RunFn, ToolDef};
use super::db::symbols;
use super::error::CtlError;
use super::options::{Globals, Wait};
use super::persona::{Persona, ToolInfo};
use ovsdb_proto::row::ReadError;
use ovsdb_proto::schema::{ColumnId, TableId};
use ovsdb_proto::session::Verdict;
use ovsdb_proto::txn::{RowId, Txn};

/// The commands of a line, ready to be run any number of times.
#[derive(Debug)]
pub struct Line<'a> {
    /// The tool.
    pub def: &'static ToolDef,
    /// The commands.
    pub invocations: &'a [Invocation<RunFn>],
    /// The global options.
    pub globals: &'a Globals,
    /// Under which name we were called.
    pub persona: &'a Persona,
    /// The text that goes into the database's log with the transaction.
    pub comment: String,
}

/// What a line came to.
#[derive(Debug)]
pub struct Results {
    /// What each command prints.
    pub outputs: Vec<Output>,
    /// What the commands left behind for later.
    pub state: LineState,
    /// The row of the global table.
    pub global: Option<RowId>,
}

impl Line<'_> {
    /// Runs the commands in order. After one that lacks something the rest is still run, so that one round of reading brings what all of them need; what
    /// they return then counts for nothing.
    pub fn run(&self, txn: &mut Txn<'_>) -> Verdict<Results, CtlError> {
        txn.comment(&self.comment);
        txn.dry_run(self.globals.dry_run);
        let mut state = LineState::default();
        let counter = self.counter(txn);
        let global = match self.global_row(txn, counter) {
            Err(error) if !matches!(error, ReadError::Missing(_)) => return failed(Halt::Read(error)),
            row => row.ok(),
        };
        let mut outputs = Vec::with_capacity(self.invocations.len());
        for (index, given) in self.invocations.iter().enumerate() {
            let mut out = Output::default();
            let mut context = Context {
                def: self.def,
                txn,
                out: &mut out,
                line: &mut state,
                style: &self.globals.style,
                persona: self.persona,
                given,
                last: index + 1 == self.invocations.len(),
            };
            let halt = (given.command.run)(&mut context).err();
            match halt {
                Some(Halt::Read(ReadError::Missing(_))) | None => {}
                // what a command says that runs on half of what it needs is of no interest
                Some(_) if txn.has_missing() => {}
                Some(Halt::NotYet) => return Verdict::NotYet,
                Some(halt) => return failed(halt),
            }
            outputs.push(out);
        }
        if txn.missing().is_empty()
            && let Err(error) = symbols::finish(&mut state, self.def.tool.info().log_module)
        {
            return Verdict::Failed(error);
        }
        if let (Some(row), Some(column)) = (global, counter) {
            txn.increment_cell(row, column, state.force_count);
        }
        Verdict::Done(Results { outputs, state, global })
    }

    /// The column that counts the changes that somebody waits for.
    fn counter(&self, txn: &Txn<'_>) -> Option<ColumnId> {
        let progress = self.def.progress.filter(|_| self.globals.wait != Wait::None)?;
        let table = global_table(self.def.tool.info(), txn).ok()?;
        txn.base().schema().table(table)?.column_id(progress.counter)
    }

    /// The one row of the global table, made if there is none: what the C tools do in every line, also in one that only reads.
    fn global_row(&self, txn: &mut Txn<'_>, counter: Option<ColumnId>) -> Result<RowId, ReadError> {
        let table = global_table(self.def.tool.info(), txn)?;
        txn.singleton_row(table, counter.into_iter().collect())
    }
}

/// The table that [`ToolInfo::global_table`] names.
///
/// # Errors
/// The schema lacks it.
pub fn global_table(info: &'static ToolInfo, txn: &Txn<'_>) -> Result<TableId, ReadError> {
    txn.base().schema().table_id(info.global_table).ok_or(ReadError::NoTable(info.global_table))
}

fn failed(halt: Halt) -> Verdict<Results, CtlError> {
    match halt {
        Halt::Failed(error) => Verdict::Failed(error),
        Halt::Read(error) => Verdict::Failed(CtlError::command(error.to_string())),
        Halt::NotYet => Verdict::NotYet,
    }
}

#[cfg(test)]
mod tests;
