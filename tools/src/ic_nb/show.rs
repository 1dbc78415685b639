//! What does `show` print of the interconnection Northbound database?

use crate::ctl::db::show::ShowTable;

/// Transit switches; transit routers are not shown, as in the C tool.
pub(super) static SHOW: &[ShowTable] =
    &[ShowTable { table: "Transit_Switch", name: Some("name"), columns: &[], weak: None }];
