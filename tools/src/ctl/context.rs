//! What does a command work with while it runs: its arguments, the transaction, its output, and what the line has in common?

use super::chain::Invocation;
use super::command::{Command, CommandTable};
use super::db::record::NameRule;
use super::db::show::ShowTable;
use super::error::CtlError;
use super::persona::{Persona, Tool};
use super::table::{Style, Table};
use ovsdb_proto::row::ReadError;
use ovsdb_proto::schema::DatabaseSchema;
use ovsdb_proto::txn::{RowId, Txn};
use ovsdb_proto::value::Uuid;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What runs a command. It may be called several times for one line, and so does nothing but read and edit the transaction and write its output.
pub type RunFn = fn(&mut Context<'_, '_>) -> Result<(), Halt>;

/// A command of a ctl tool.
pub type CtlCommand = Command<RunFn>;

/// What makes one tool of the framework: everything in which the five differ.
#[derive(Debug)]
pub struct ToolDef {
    /// Which tool.
    pub tool: Tool,
    /// Its commands.
    pub commands: CommandTable<RunFn>,
    /// The schema that its bindings were made from.
    pub schema: fn() -> &'static Arc<DatabaseSchema>,
    /// By which columns records are found.
    pub names: &'static [NameRule],
    /// What the generic `show` prints.
    pub show: &'static [ShowTable],
    /// How far a change has come: what `--wait` waits for.
    pub progress: Option<Progress>,
    /// What is left to look at once a change is in effect.
    pub after: Option<AfterFn>,
}

/// What looks at the database once a change is in effect (ovs-vsctl: are the new interfaces there?), and says what is wrong.
///
/// Its last argument are the new interfaces by their real UUIDs.
pub type AfterFn = fn(&Txn<'_>, &[Uuid]) -> Result<Vec<String>, ReadError>;

/// The columns of the global table that count changes and say how far they have come.
#[derive(Clone, Copy, Debug)]
pub struct Progress {
    /// Counts changes: `nb_cfg`.
    pub counter: &'static str,
    /// What must reach the counter for `--wait=sb` (or ovs-vswitchd): `sb_cfg`.
    pub near: &'static str,
    /// What must reach it too for `--wait=hv`.
    pub far: Option<&'static str>,
}

/// Why a command stopped short.
#[derive(Clone, Debug, PartialEq)]
pub enum Halt {
    /// A read found nothing to tell, or a hole to be filled.
    Read(ReadError),
    /// The database is not yet as the command waits for it to be.
    NotYet,
    /// It failed.
    Failed(CtlError),
}

impl From<ReadError> for Halt {
    fn from(error: ReadError) -> Halt {
        Halt::Read(error)
    }
}

impl From<CtlError> for Halt {
    fn from(error: CtlError) -> Halt {
        Halt::Failed(error)
    }
}

impl Halt {
    /// A failure with this text after the tool's name.
    pub fn failed(message: impl Into<String>) -> Halt {
        Halt::Failed(CtlError::command(message))
    }
}

/// Turns the errors of a binding crate's operations into those of commands.
macro_rules! halt_from {
    ($($error:path),*) => {$(
        impl From<$error> for Halt {
            fn from(error: $error) -> Halt {
                use $error as E;
                match error {
                    E::Read(error) => Halt::Read(error),
                    error => Halt::failed(error.to_string()),
                }
            }
        }
    )*};
}

halt_from!(ovn_nb::ops::OpError, ovn_sb::ops::OpError, ovn_ic::nb::ops::OpError, ovs_vswitch::ops::OpError);

/// What a command prints, once the line is committed.
#[derive(Clone, Debug, Default)]
pub struct Output {
    /// In order.
    pub pieces: Vec<Piece>,
}

/// A part of an output.
#[derive(Clone, Debug)]
pub enum Piece {
    /// Text, with its line ends.
    Text(String),
    /// The rest of a line, without its line end. Line feeds in it are part of a name or value.
    Line(String),
    /// The UUID that the server gave to a new row.
    NewRow(RowId),
    /// A table, in the format that the options ask for.
    Table(Table),
}

impl Output {
    /// Adds text. Line ends are the caller's.
    pub fn text(&mut self, text: impl AsRef<str>) {
        match self.pieces.last_mut() {
            Some(Piece::Text(last)) => last.push_str(text.as_ref()),
            _ => self.pieces.push(Piece::Text(text.as_ref().to_owned())),
        }
    }

    /// Adds a line, or the rest of one. A line feed in `text` counts as part of a name or value.
    pub fn line(&mut self, text: impl AsRef<str>) {
        let text = text.as_ref();
        if text.contains('\n') {
            self.pieces.push(Piece::Line(text.to_owned()));
        } else {
            self.text(text);
            self.text("\n");
        }
    }
}

/// What the commands of one line share. Made anew each time the line is run.
#[derive(Clone, Debug, Default)]
pub struct LineState {
    /// The rows that `@name` stands for.
    pub symbols: BTreeMap<String, Symbol>,
    /// Whether the counter must go up although nothing else changes (`sync`).
    pub force_count: bool,
    /// What is to be logged as a warning, with the module that logs it, if the line is carried out.
    pub warnings: Vec<(&'static str, String)>,
    /// The interfaces that the line makes (ovs-vsctl), by their provisional UUIDs.
    pub new_interfaces: Vec<Uuid>,
}

/// A row of the line that has a name of its own, `@name`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Symbol {
    /// What it goes by until the commit.
    pub uuid: Uuid,
    /// Whether a command has made the row.
    pub created: bool,
    /// Whether a strong reference to it occurs, or the row lives without one.
    pub strong: bool,
    /// Whether a weak reference to it occurs.
    pub weak: bool,
}

/// One command while it runs.
#[derive(Debug)]
pub struct Context<'c, 's> {
    /// The tool.
    pub def: &'static ToolDef,
    /// The transaction of the line.
    pub txn: &'c mut Txn<'s>,
    /// What this command prints.
    pub out: &'c mut Output,
    /// What it shares with the other commands of the line.
    pub line: &'c mut LineState,
    /// How tables are printed.
    pub style: &'c Style,
    /// Under which name we were called.
    pub persona: &'c Persona,
    /// The command as given.
    pub given: &'c Invocation<RunFn>,
    /// Whether no other command follows.
    pub last: bool,
}

impl<'c> Context<'c, '_> {
    /// The argument at `index`, counted from 0; the parser has seen to it that those the command requires are there.
    pub fn arg(&self, index: usize) -> &'c str {
        self.given.arg(index).unwrap_or_default()
    }

    /// The arguments from `index` on.
    pub fn args_from(&self, index: usize) -> &'c [String] {
        self.given.args.get(index..).unwrap_or_default()
    }

    /// Whether the option `name` (without dashes) was given.
    pub fn has(&self, name: &str) -> bool {
        self.given.has(name)
    }

    /// Notes that the line makes this interface, so that it is looked at once ovs-vswitchd has taken it up.
    pub fn expect_interface(&mut self, iface: Uuid) {
        self.line.new_interfaces.push(iface);
    }

    /// The value of the option `name` (without dashes).
    pub fn value(&self, name: &str) -> Option<&'c str> {
        self.given.value(name)
    }
}
