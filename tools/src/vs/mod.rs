//! Which commands does ovs-vs (ovs-vsctl) have, and what else makes it that tool?

mod bridge;
mod external_id;
mod names;
mod new_interfaces;
mod port;
mod show;
mod ssl;

use crate::ctl::command::CommandTable;
use crate::ctl::context::{Progress, ToolDef};
use crate::ctl::db;
use crate::ctl::persona::Tool;

/// ovs-vs (ovs-vsctl), the tool.
pub static TOOL: ToolDef = ToolDef {
    tool: Tool::Vs,
    commands: CommandTable::new(&[
        &crate::ctl::init::COMMANDS,
        &bridge::COMMANDS,
        &external_id::COMMANDS,
        &port::COMMANDS,
        &ssl::COMMANDS,
        &db::show::COMMANDS,
        &db::COMMANDS,
    ]),
    schema: ovs_vswitch::tables::schema,
    names: names::RULES,
    show: show::SHOW,
    progress: Some(Progress { counter: "next_cfg", near: "cur_cfg", far: None }),
    after: Some(new_interfaces::complaints),
};
