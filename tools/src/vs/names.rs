//! By which names do the database commands find rows of the Open_vSwitch database?

use crate::ctl::db::record::NameRule;

/// In the order in which they are tried.
pub(super) static RULES: &[NameRule] = &[
    NameRule::via("AutoAttach", "Bridge", "name", "auto_attach"),
    NameRule::by("Bridge", "name"),
    NameRule::via("Controller", "Bridge", "name", "controller"),
    NameRule::by("Flow_Sample_Collector_Set", "id"),
    NameRule::by("Flow_Table", "name"),
    NameRule::via("IPFIX", "Bridge", "name", "ipfix"),
    NameRule::by("Interface", "name"),
    NameRule::by("Manager", "target"),
    NameRule::by("Mirror", "name"),
    NameRule::via("NetFlow", "Bridge", "name", "netflow"),
    NameRule::by("Port", "name"),
    NameRule::via("QoS", "Port", "name", "qos"),
    NameRule::via("sFlow", "Bridge", "name", "sflow"),
];
