//! Which modules may a logging option name?

/// The modules whose level can be set in every C tool, beside the tool's own. Scripts name them, so they are known;
/// which of them ever log here is another matter.
pub(super) const MODULES: &str = "
    acl_log backtrace bundle command_line conntrack conntrack_tp cooperative_multitasking coverage
    ct_dpif daemon daemon_unix db_ctl_base dns_resolve dp_packet_gso dpdk dpif dpif_netdev dpif_netlink
    dpif_netlink_rtnl dpif_offload entropy fatal_signal flow hmap ipf jsonrpc lb lockfile memory
    meta_flow native_tnl netdev netdev_dummy netdev_linux netdev_vport netlink netlink_conntrack
    netlink_notifier netlink_socket nx_match odp_execute odp_util ofp_actions ofp_bundle ofp_connection
    ofp_ct ofp_errors ofp_flow ofp_group ofp_match ofp_meter ofp_monitor ofp_msgs ofp_packet ofp_port
    ofp_protocol ofp_queue ofp_table ofp_util ovn_util ovs_numa ovs_rcu ovs_replay ovs_router ovs_thread
    ovsdb_cs ovsdb_error ovsdb_idl ox_stat pcap pmd_perf poll_loop process rconn reconnect route_table
    sha1 signals socket_util socket_util_unix stream stream_fd stream_replay stream_ssl stream_tcp
    stream_unix svec tc timeval unixctl userspace_tso util uuid vconn vconn_stream vlog
";
