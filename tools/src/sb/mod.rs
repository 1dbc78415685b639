//! Which commands does ovn-sb (ovn-sbctl) have, and what else makes it that tool?

mod chassis;
mod connection;
mod names;
mod show;
mod ssl;

use crate::ctl::command::CommandTable;
use crate::ctl::context::ToolDef;
use crate::ctl::db;
use crate::ctl::persona::Tool;

/// Which log module the warnings of these commands come from.
const LOG_MODULE: &str = "sbctl";

/// ovn-sb (ovn-sbctl), the tool.
pub static TOOL: ToolDef = ToolDef {
    tool: Tool::Sb,
    commands: CommandTable::new(&[
        &crate::ctl::init::COMMANDS,
        &chassis::COMMANDS,
        &connection::COMMANDS,
        &ssl::COMMANDS,
        &db::COMMANDS,
        &db::show::COMMANDS,
    ]),
    schema: ovn_sb::tables::schema,
    names: names::RULES,
    show: show::SHOW,
    progress: None,
    after: None,
};
