//! Which commands does ovs-vs (ovs-vsctl) have, and what else makes it that tool?

use crate::ctl::command::CommandTable;
use crate::ctl::context::{Progress, ToolDef};
use crate::ctl::persona::Tool;

/// ovs-vs (ovs-vsctl), the tool.
pub static TOOL: ToolDef = ToolDef {
    tool: Tool::Vs,
    commands: CommandTable::new(&[&crate::ctl::init::COMMANDS]),
    schema: ovs_vswitch::tables::schema,
    names: &[],
    show: &[],
    progress: Some(Progress { counter: "next_cfg", near: "cur_cfg", far: None }),
    after: None,
};
