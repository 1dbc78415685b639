//! In which unit a column of the known databases is, which no schema says.

/// The unit of a column, from the manual of its database (ovn-nb(5), ovn-sb(5), ovs-vswitchd.conf.db(5)).
pub(crate) fn unit(database: &str, table: &str, column: &str) -> Option<&'static str> {
    let row = UNITS.iter().find(|(d, t, c, _)| (*d, *t, *c) == (database, table, column))?;
    Some(row.3)
}

const NB: &str = "OVN_Northbound";
const SB: &str = "OVN_Southbound";
const IC_NB: &str = "OVN_IC_Northbound";
const IC_SB: &str = "OVN_IC_Southbound";
const VSWITCH: &str = "Open_vSwitch";

const SINCE_EPOCH: &str = "milliseconds since the epoch";
const MS: &str = "milliseconds";
const S: &str = "seconds";

const UNITS: &[(&str, &str, &str, &str)] = &[
    (NB, "NB_Global", "nb_cfg_timestamp", SINCE_EPOCH),
    (NB, "NB_Global", "sb_cfg_timestamp", SINCE_EPOCH),
    (NB, "NB_Global", "hv_cfg_timestamp", SINCE_EPOCH),
    (NB, "BFD", "min_tx", MS),
    (NB, "BFD", "min_rx", MS),
    (NB, "Connection", "inactivity_probe", MS),
    (NB, "Connection", "max_backoff", MS),
    (NB, "QoS", "bandwidth", "kilobits per second (rate), kilobits (burst)"),
    (SB, "SB_Global", "nb_cfg_timestamp", SINCE_EPOCH),
    (SB, "Chassis_Private", "nb_cfg_timestamp", SINCE_EPOCH),
    (SB, "MAC_Binding", "timestamp", SINCE_EPOCH),
    (SB, "FDB", "timestamp", SINCE_EPOCH),
    (SB, "BFD", "min_tx", MS),
    (SB, "BFD", "min_rx", MS),
    (SB, "Connection", "inactivity_probe", MS),
    (SB, "Connection", "max_backoff", MS),
    (SB, "IP_Multicast", "idle_timeout", S),
    (SB, "IP_Multicast", "query_interval", S),
    (SB, "IP_Multicast", "query_max_resp", S),
    (IC_NB, "Connection", "inactivity_probe", MS),
    (IC_NB, "Connection", "max_backoff", MS),
    (IC_SB, "Connection", "inactivity_probe", MS),
    (IC_SB, "Connection", "max_backoff", MS),
    (VSWITCH, "Port", "bond_updelay", MS),
    (VSWITCH, "Port", "bond_downdelay", MS),
    (VSWITCH, "Interface", "ingress_policing_rate", "kilobits per second"),
    (VSWITCH, "Interface", "ingress_policing_burst", "kilobits"),
    (VSWITCH, "Interface", "ingress_policing_kpkts_rate", "thousands of packets per second"),
    (VSWITCH, "Interface", "ingress_policing_kpkts_burst", "thousands of packets"),
    (VSWITCH, "Interface", "link_speed", "bits per second"),
    (VSWITCH, "Interface", "mtu", "bytes"),
    (VSWITCH, "Interface", "mtu_request", "bytes"),
    (VSWITCH, "Mirror", "snaplen", "bytes"),
    (VSWITCH, "NetFlow", "active_timeout", S),
    (VSWITCH, "sFlow", "header", "bytes"),
    (VSWITCH, "sFlow", "polling", S),
    (VSWITCH, "IPFIX", "cache_active_timeout", S),
    (VSWITCH, "Controller", "inactivity_probe", MS),
    (VSWITCH, "Controller", "max_backoff", MS),
    (VSWITCH, "Controller", "controller_rate_limit", "packets per second"),
    (VSWITCH, "Controller", "controller_burst_limit", "packets"),
    (VSWITCH, "Manager", "inactivity_probe", MS),
    (VSWITCH, "Manager", "max_backoff", MS),
    (VSWITCH, "CT_Timeout_Policy", "timeouts", S),
];
