//! What does `show` print of the Open_vSwitch database?

use crate::ctl::db::show::ShowTable;

/// Managers, and bridges with their controllers, ports and interfaces.
pub(super) static SHOW: &[ShowTable] = &[
    ShowTable {
        table: "Open_vSwitch",
        name: None,
        columns: &["manager_options", "bridges", "ovs_version"],
        weak: None,
    },
    ShowTable {
        table: "Bridge",
        name: Some("name"),
        columns: &["controller", "fail_mode", "datapath_type", "ports"],
        weak: None,
    },
    ShowTable { table: "Port", name: Some("name"), columns: &["tag", "trunks", "interfaces"], weak: None },
    ShowTable {
        table: "Interface",
        name: Some("name"),
        columns: &["type", "options", "error", "bfd_status"],
        weak: None,
    },
    ShowTable { table: "Controller", name: Some("target"), columns: &["is_connected"], weak: None },
    ShowTable { table: "Manager", name: Some("target"), columns: &["is_connected"], weak: None },
];
