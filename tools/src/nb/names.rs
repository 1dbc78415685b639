//! By which names do the database commands find rows of the Northbound database?

use crate::ctl::db::record::NameRule;

const PORT: &str = "Logical_Switch_Port";
const DHCP: &str = "DHCP_Options";

/// In the order in which they are tried.
pub(super) static RULES: &[NameRule] = &[
    NameRule::by("ACL", "name"),
    NameRule::by("Address_Set", "name"),
    NameRule::by("Chassis_Template_Var", "chassis"),
    NameRule::by("Connection", "target"),
    NameRule::via(DHCP, PORT, "name", "dhcpv4_options"),
    NameRule::via(DHCP, PORT, "external_ids", "dhcpv4_options").key("neutron:port_name"),
    NameRule::via(DHCP, PORT, "name", "dhcpv6_options"),
    NameRule::via(DHCP, PORT, "external_ids", "dhcpv6_options").key("neutron:port_name"),
    NameRule::by("Forwarding_Group", "name"),
    NameRule::by("HA_Chassis", "chassis_name"),
    NameRule::by("HA_Chassis_Group", "name"),
    NameRule::by("Load_Balancer", "name"),
    NameRule::by("Load_Balancer_Group", "name"),
    NameRule::by("Load_Balancer_Health_Check", "vip"),
    NameRule::by("Logical_Router", "name"),
    NameRule::by("Logical_Router", "external_ids").key("neutron:router_name"),
    NameRule::by("Logical_Router_Port", "name"),
    NameRule::by("Logical_Switch", "name"),
    NameRule::by("Logical_Switch", "external_ids").key("neutron:network_name"),
    NameRule::by(PORT, "name"),
    NameRule::by(PORT, "external_ids").key("neutron:port_name"),
    NameRule::by("Meter", "name"),
    NameRule::by("NAT", "external_ip"),
    NameRule::by("Port_Group", "name"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_columns_exist() {
        let schema = ovn_nb::tables::schema();
        for rule in RULES {
            let table = |name| schema.table_id(name).and_then(|id| schema.table(id)).unwrap();
            assert!(table(rule.table).column_id("_uuid").is_some());
            assert!(table(rule.name_table).column_id(rule.column).is_some(), "{rule:?}");
            assert!(rule.reference.is_none_or(|c| table(rule.name_table).column_id(c).is_some()), "{rule:?}");
        }
    }
}
