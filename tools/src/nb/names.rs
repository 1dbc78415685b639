//! By which names do the database commands of ovn-nb find records (ovn-nbctl(8), "Database Commands")?

use crate::ctl::db::record::NameRule;

const fn column(table: &'static str, column: &'static str) -> NameRule {
    NameRule { table, name_table: table, column, key: None, reference: None }
}

const fn neutron(table: &'static str, key: &'static str) -> NameRule {
    NameRule { key: Some(key), ..column(table, "external_ids") }
}

/// By the name of a port that uses the options.
const fn dhcp(key: Option<&'static str>, reference: &'static str) -> NameRule {
    NameRule {
        table: "DHCP_Options",
        name_table: "Logical_Switch_Port",
        column: if key.is_some() { "external_ids" } else { "name" },
        key,
        reference: Some(reference),
    }
}

/// In the order in which they are tried.
pub(super) const RULES: &[NameRule] = &[
    dhcp(None, "dhcpv4_options"),
    dhcp(Some("neutron:port_name"), "dhcpv4_options"),
    dhcp(None, "dhcpv6_options"),
    dhcp(Some("neutron:port_name"), "dhcpv6_options"),
    column("Logical_Switch", "name"),
    neutron("Logical_Switch", "neutron:network_name"),
    column("Logical_Switch_Port", "name"),
    neutron("Logical_Switch_Port", "neutron:port_name"),
    column("Logical_Router", "name"),
    neutron("Logical_Router", "neutron:router_name"),
    column("Logical_Router_Port", "name"),
    column("Address_Set", "name"),
    column("Port_Group", "name"),
    column("ACL", "name"),
    column("HA_Chassis", "chassis_name"),
    column("HA_Chassis_Group", "name"),
    column("Load_Balancer", "name"),
    column("Load_Balancer_Group", "name"),
    column("Load_Balancer_Health_Check", "vip"),
    column("Forwarding_Group", "name"),
    column("Meter", "name"),
    column("NAT", "external_ip"),
    column("Connection", "target"),
    column("Chassis_Template_Var", "chassis"),
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
