//! Which commands does ovn-ic-nb (ovn-ic-nbctl) have, and what else makes it that tool?

use crate::ctl::command::CommandTable;
use crate::ctl::context::{Progress, ToolDef};
use crate::ctl::persona::Tool;

/// ovn-ic-nb (ovn-ic-nbctl), the tool.
pub static TOOL: ToolDef = ToolDef {
    tool: Tool::IcNb,
    commands: CommandTable::new(&[&crate::ctl::init::COMMANDS]),
    schema: ovn_ic::nb::tables::schema,
    names: &[],
    show: &[],
    progress: Some(Progress { counter: "nb_ic_cfg", near: "sb_ic_cfg", far: None }),
    after: None,
};
