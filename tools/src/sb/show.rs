//! What does `show` print of the Southbound database?

use crate::ctl::db::show::{ShowTable, WeakRef};

/// Chassis with their tunnel ends and the ports bound to them.
pub(super) static SHOW: &[ShowTable] = &[
    ShowTable {
        table: "Chassis",
        name: Some("name"),
        columns: &["hostname", "encaps"],
        weak: Some(WeakRef { table: "Port_Binding", name: "logical_port", column: "chassis" }),
    },
    ShowTable { table: "Encap", name: Some("type"), columns: &["ip", "options"], weak: None },
];
