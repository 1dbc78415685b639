//! By which names do the database commands find rows of the interconnection Southbound database?

use crate::ctl::db::record::NameRule;

/// In the order in which they are tried.
pub(super) static RULES: &[NameRule] = &[
    NameRule::by("Availability_Zone", "name"),
    NameRule::by("Datapath_Binding", "transit_switch"),
    NameRule::by("Gateway", "name"),
    NameRule::by("Port_Binding", "logical_port"),
];
