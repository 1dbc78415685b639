//! Which commands does ovn-sb (ovn-sbctl) have, and what else makes it that tool?

use crate::ctl::command::CommandTable;
use crate::ctl::context::ToolDef;
use crate::ctl::persona::Tool;

/// ovn-sb (ovn-sbctl), the tool.
pub static TOOL: ToolDef = ToolDef {
    tool: Tool::Sb,
    commands: CommandTable::new(&[&crate::ctl::init::COMMANDS]),
    schema: ovn_sb::tables::schema,
    names: &[],
    show: &[],
    progress: None,
    after: None,
};
