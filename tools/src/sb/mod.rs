//! Which commands does ovn-sb (ovn-sbctl) have, and what else makes it that tool?

mod chassis;
mod names;
mod show;

use crate::ctl::command::CommandTable;
use crate::ctl::context::ToolDef;
use crate::ctl::db;
use crate::ctl::persona::Tool;

/// ovn-sb (ovn-sbctl), the tool.
pub static TOOL: ToolDef = ToolDef {
    tool: Tool::Sb,
    commands: CommandTable::new(&[
        &crate::ctl::init::COMMANDS,
        &chassis::COMMANDS,
        &db::COMMANDS,
        &db::show::COMMANDS,
    ]),
    schema: ovn_sb::tables::schema,
    names: names::RULES,
    show: show::SHOW,
    progress: None,
    after: None,
};
