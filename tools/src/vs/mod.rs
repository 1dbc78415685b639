//! Which commands does ovs-vs (ovs-vsctl) have, and what else makes it that tool?

mod bridge;
mod external_id;
mod new_interfaces;
mod port;

use crate::ctl::command::CommandTable;
use crate::ctl::context::{Progress, ToolDef};
use crate::ctl::persona::Tool;

/// ovs-vs (ovs-vsctl), the tool.
pub static TOOL: ToolDef = ToolDef {
    tool: Tool::Vs,
    commands: CommandTable::new(&[
        &crate::ctl::init::COMMANDS,
        &bridge::COMMANDS,
        &external_id::COMMANDS,
        &port::COMMANDS,
    ]),
    schema: ovs_vswitch::tables::schema,
    names: &[],
    show: &[],
    progress: Some(Progress { counter: "next_cfg", near: "cur_cfg", far: None }),
    after: Some(new_interfaces::complaints),
};
