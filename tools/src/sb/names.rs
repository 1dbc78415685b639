//! By which names do the database commands find rows of the Southbound database?

use crate::ctl::db::record::NameRule;

/// In the order in which they are tried.
pub(super) static RULES: &[NameRule] = &[
    NameRule::by("Address_Set", "name"),
    NameRule::by("Chassis", "name"),
    NameRule::by("Chassis_Private", "name"),
    NameRule::by("Chassis_Template_Var", "chassis"),
    NameRule::by("Connection", "target"),
    NameRule::by("DHCP_Options", "name"),
    NameRule::by("DHCPv6_Options", "name"),
    NameRule::by("Datapath_Binding", "external_ids").key("name"),
    NameRule::by("Datapath_Binding", "external_ids").key("name2"),
    NameRule::by("Datapath_Binding", "nb_uuid"),
    NameRule::by("Gateway_Chassis", "name"),
    NameRule::by("HA_Chassis_Group", "name"),
    NameRule::by("Load_Balancer", "name"),
    NameRule::by("MAC_Binding", "logical_port"),
    NameRule::by("Meter", "name"),
    NameRule::by("Mirror", "name"),
    NameRule::by("Port_Binding", "logical_port"),
    NameRule::by("Port_Binding", "external_ids").key("name"),
    NameRule::by("Port_Group", "name"),
    NameRule::by("RBAC_Permission", "table"),
    NameRule::by("RBAC_Role", "name"),
    NameRule::by("Service_Monitor", "logical_port"),
];
