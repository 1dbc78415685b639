//! What does `sync` do? It makes `--wait` wait for earlier changes too.

use crate::ctl::command::Mode;
use crate::ctl::context::{Context, CtlCommand, Halt, RunFn};

/// The command.
pub static COMMANDS: [CtlCommand; 1] = [CtlCommand {
    name: "sync",
    args: "",
    min: 0,
    max: 0,
    options: &[],
    mode: Mode::ReadOnly,
    group: "General commands",
    help: "with --wait: wait for earlier changes to take effect too",
    run: sync as RunFn,
}];

fn sync(ctx: &mut Context<'_, '_>) -> Result<(), Halt> {
    ctx.line.force_count = true;
    Ok(())
}
