//! What does `init` do? Nothing: the row of the global table is there because every line makes it if it is missing.

use super::command::Mode;
use super::context::{Context, CtlCommand, Halt, RunFn};

/// The command.
pub static COMMANDS: [CtlCommand; 1] = [CtlCommand {
    name: "init",
    args: "",
    min: 0,
    max: 0,
    options: &[],
    mode: Mode::ReadWrite,
    group: "General commands",
    help: "initialize the database",
    run: init as RunFn,
}];

fn init(_: &mut Context<'_, '_>) -> Result<(), Halt> {
    Ok(())
}
