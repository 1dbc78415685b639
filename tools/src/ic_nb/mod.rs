//! Which commands does ovn-ic-nb (ovn-ic-nbctl) have, and what else makes it that tool?

mod connection;
mod names;
mod show;
mod ssl;
mod transit_switch;

use crate::ctl::command::CommandTable;
use crate::ctl::context::{Progress, ToolDef};
use crate::ctl::db;
use crate::ctl::persona::Tool;

/// Which log module the warnings of these commands come from.
const LOG_MODULE: &str = "ic_nbctl";

/// ovn-ic-nb (ovn-ic-nbctl), the tool.
pub static TOOL: ToolDef = ToolDef {
    tool: Tool::IcNb,
    commands: CommandTable::new(&[
        &crate::ctl::init::COMMANDS,
        &crate::ctl::sync::COMMANDS,
        &transit_switch::COMMANDS,
        &connection::COMMANDS,
        &ssl::COMMANDS,
        &db::COMMANDS,
        &db::show::COMMANDS,
    ]),
    schema: ovn_ic::nb::tables::schema,
    names: names::RULES,
    show: show::SHOW,
    progress: Some(Progress { counter: "nb_ic_cfg", near: "sb_ic_cfg", far: None }),
    after: None,
};
