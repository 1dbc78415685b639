//! Which commands does ovn-ic-sb (ovn-ic-sbctl) have, and what else makes it that tool?

mod connection;
mod names;
mod ssl;
mod zones;

use crate::ctl::command::CommandTable;
use crate::ctl::context::ToolDef;
use crate::ctl::db;
use crate::ctl::persona::Tool;

/// Which log module the warnings of these commands come from.
const LOG_MODULE: &str = "ic_sbctl";

/// ovn-ic-sb (ovn-ic-sbctl), the tool.
pub static TOOL: ToolDef = ToolDef {
    tool: Tool::IcSb,
    commands: CommandTable::new(&[
        &crate::ctl::init::COMMANDS,
        &zones::COMMANDS,
        &connection::COMMANDS,
        &ssl::COMMANDS,
        &db::COMMANDS,
    ]),
    schema: ovn_ic::sb::tables::schema,
    names: names::RULES,
    show: &[],
    progress: None,
    after: None,
};
