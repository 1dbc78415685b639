//! Which commands does ovn-nb (ovn-nbctl) have, and what else makes it that tool?

use crate::ctl::command::CommandTable;
use crate::ctl::context::{Progress, ToolDef};
use crate::ctl::persona::Tool;

/// ovn-nb (ovn-nbctl), the tool.
pub static TOOL: ToolDef = ToolDef {
    tool: Tool::Nb,
    commands: CommandTable::new(&[&crate::ctl::init::COMMANDS]),
    schema: ovn_nb::tables::schema,
    names: &[],
    show: &[],
    progress: Some(Progress { counter: "nb_cfg", near: "sb_cfg", far: Some("hv_cfg") }),
    after: None,
};
