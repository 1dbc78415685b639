//! What does the Northbound database of a large cloud hold? Rows as Neutron leaves them, any number of ports.

use serde_json::{Map, Value, json};

/// How many ports share a switch.
const PORTS_PER_SWITCH: usize = 76;
const SWITCHES_PER_ROUTER: usize = 100;
const PORTS_PER_GROUP: usize = 50;
const ACLS_PER_GROUP: usize = 8;
const PORTS_PER_LOAD_BALANCER: usize = 200;
const ROUTES_PER_ROUTER: usize = 30;
const NATS_PER_ROUTER: usize = 10;

/// A Northbound database of some number of ports. The same number makes the same rows.
#[derive(Clone, Copy, Debug)]
pub struct Northbound {
    /// How many ports of virtual machines.
    pub ports: usize,
}

/// Kinds of rows, so that each row has an identity of its own.
#[derive(Clone, Copy)]
#[repr(u64)]
enum Kind {
    Switch = 1,
    Port,
    Router,
    RouterPort,
    Dhcp,
    Group,
    Acl,
    AddressSet,
    Route,
    Nat,
    LoadBalancer,
    PeerPort,
    Neutron,
    Global,
}

fn mix(mut x: u64) -> u64 {
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

fn uuid(kind: Kind, index: usize) -> String {
    let seed = (kind as u64) << 40 | index as u64;
    let bits = u128::from(mix(seed)) << 64 | u128::from(mix(seed ^ 0x5555_5555_5555));
    ovsdb_proto::value::Uuid::from_random(bits).to_string()
}

fn reference(kind: Kind, index: usize) -> Value {
    json!(["uuid", uuid(kind, index)])
}

fn set(values: impl Iterator<Item = Value>) -> Value {
    json!(["set", values.collect::<Vec<_>>()])
}

fn map(pairs: &[(&str, &str)]) -> Value {
    json!(["map", pairs])
}

fn mac(index: usize) -> String {
    let byte = |shift: usize| index >> shift & 0xff;
    format!("fa:16:3e:{:02x}:{:02x}:{:02x}", byte(16), byte(8), byte(0))
}

fn ip(index: usize) -> String {
    let n = index / PORTS_PER_SWITCH;
    format!("10.{}.{}.{}", n >> 8 & 0xff, n & 0xff, index % PORTS_PER_SWITCH + 10)
}

impl Northbound {
    /// How many switches the ports need.
    pub fn switches(self) -> usize {
        self.ports.div_ceil(PORTS_PER_SWITCH)
    }

    /// How many routers the switches need.
    pub fn routers(self) -> usize {
        self.switches().div_ceil(SWITCHES_PER_ROUTER)
    }

    /// The name of a switch.
    pub fn switch_name(self, index: usize) -> String {
        format!("neutron-{}", uuid(Kind::Neutron, index))
    }

    /// The name of a port.
    pub fn port_name(self, index: usize) -> String {
        uuid(Kind::Neutron, 1 << 32 | index)
    }

    /// The name of a router.
    pub fn router_name(self, index: usize) -> String {
        format!("neutron-{}", uuid(Kind::Neutron, 2 << 32 | index))
    }

    fn router_port_name(self, switch: usize) -> String {
        format!("lrp-{}", uuid(Kind::Neutron, 3 << 32 | switch))
    }

    /// The database as one record of a database file.
    pub fn record(self) -> String {
        let mut tables: Map<String, Value> = Map::new();
        let mut add = |table: &str, kind: Kind, index: usize, row: Value| {
            if let Value::Object(rows) = tables.entry(table).or_insert_with(|| json!({})) {
                rows.insert(uuid(kind, index), row);
            }
        };
        add(
            "NB_Global",
            Kind::Global,
            0,
            json!({"name": "bench", "options": map(&[("mac_prefix", "aa:bb:cc")])}),
        );
        self.routers_and_switches(&mut add);
        self.ports_and_groups(&mut add);
        tables.insert("_date".into(), json!(1_700_000_000_000_u64));
        Value::Object(tables).to_string()
    }

    fn routers_and_switches(self, add: &mut impl FnMut(&str, Kind, usize, Value)) {
        for router in 0..self.routers() {
            let switches =
                router * SWITCHES_PER_ROUTER..((router + 1) * SWITCHES_PER_ROUTER).min(self.switches());
            let routes = router * ROUTES_PER_ROUTER..(router + 1) * ROUTES_PER_ROUTER;
            let nats = router * NATS_PER_ROUTER..(router + 1) * NATS_PER_ROUTER;
            let row = json!({
                "name": self.router_name(router),
                "ports": set(switches.map(|i| reference(Kind::RouterPort, i))),
                "static_routes": set(routes.clone().map(|i| reference(Kind::Route, i))),
                "nat": set(nats.clone().map(|i| reference(Kind::Nat, i))),
                "options": map(&[("always_learn_from_arp_request", "false"), ("dynamic_neigh_routers", "true")]),
                "external_ids": map(&[("neutron:router_name", &format!("router-{router}")), ("neutron:revision_number", "7"),
                    ("neutron:gw_port_id", &uuid(Kind::Neutron, router))]),
            });
            add("Logical_Router", Kind::Router, router, row);
            for i in routes {
                let row = json!({
                    "ip_prefix": format!("172.{}.{}.0/24", 16 + i / 256, i % 256),
                    "nexthop": format!("192.0.2.{}", i % 250 + 1),
                    "external_ids": map(&[("neutron:is_ext_gw", "false")]),
                });
                add("Logical_Router_Static_Route", Kind::Route, i, row);
            }
            for i in nats {
                let row = json!({
                    "type": "dnat_and_snat",
                    "external_ip": format!("198.51.{}.{}", i / 250, i % 250 + 1),
                    "logical_ip": ip(i * 7),
                    "external_ids": map(&[("neutron:fip_id", &uuid(Kind::Neutron, i)), ("neutron:revision_number", "3"),
                        ("neutron:router_name", &self.router_name(router))]),
                });
                add("NAT", Kind::Nat, i, row);
            }
        }
        for switch in 0..self.switches() {
            self.switch(switch, add);
        }
    }

    fn switch(self, switch: usize, add: &mut impl FnMut(&str, Kind, usize, Value)) {
        let ports = switch * PORTS_PER_SWITCH..((switch + 1) * PORTS_PER_SWITCH).min(self.ports);
        let ports = ports.map(|i| reference(Kind::Port, i)).chain([reference(Kind::PeerPort, switch)]);
        let row = json!({
            "name": self.switch_name(switch),
            "ports": set(ports),
            "other_config": map(&[("mcast_snoop", "false"), ("vlan-passthru", "false")]),
            "external_ids": map(&[("neutron:network_name", &format!("net-{switch}")), ("neutron:mtu", "1442"),
                ("neutron:revision_number", "2")]),
        });
        add("Logical_Switch", Kind::Switch, switch, row);
        let network = format!("10.{}.{}.1/24", switch >> 8 & 0xff, switch & 0xff);
        let row = json!({
            "name": self.router_port_name(switch),
            "mac": mac(1 << 22 | switch),
            "networks": network,
            "external_ids": map(&[("neutron:router_name", &self.router_name(switch / SWITCHES_PER_ROUTER)),
                ("neutron:revision_number", "4"), ("neutron:subnet_ids", &uuid(Kind::Neutron, switch))]),
        });
        add("Logical_Router_Port", Kind::RouterPort, switch, row);
        let row = json!({
            "name": uuid(Kind::Neutron, 4 << 32 | switch),
            "type": "router",
            "addresses": "router",
            "options": map(&[("router-port", &self.router_port_name(switch))]),
            "external_ids": map(&[("neutron:cidrs", &network), ("neutron:device_owner", "network:router_interface"),
                ("neutron:revision_number", "4")]),
        });
        add("Logical_Switch_Port", Kind::PeerPort, switch, row);
        let row = json!({
            "cidr": network.replace(".1/24", ".0/24"),
            "options": map(&[("lease_time", "43200"), ("mtu", "1442"), ("router", network.trim_end_matches("/24")),
                ("server_id", network.trim_end_matches("/24")), ("server_mac", &mac(1 << 21 | switch))]),
            "external_ids": map(&[("subnet_id", &uuid(Kind::Neutron, switch)), ("neutron:revision_number", "0")]),
        });
        add("DHCP_Options", Kind::Dhcp, switch, row);
    }

    fn ports_and_groups(self, add: &mut impl FnMut(&str, Kind, usize, Value)) {
        for port in 0..self.ports {
            let address = format!("{} {}", mac(port), ip(port));
            let row = json!({
                "name": self.port_name(port),
                "addresses": address,
                "port_security": address,
                "enabled": true,
                "up": port % 10 != 0,
                "dhcpv4_options": reference(Kind::Dhcp, port / PORTS_PER_SWITCH),
                "options": map(&[("requested-chassis", &format!("compute-{}", port % 500)), ("mcast_flood_reports", "true")]),
                "external_ids": map(&[("neutron:port_name", &format!("vm-{port}")), ("neutron:device_id", &uuid(Kind::Neutron, port)),
                    ("neutron:cidrs", &format!("{}/24", ip(port))), ("neutron:revision_number", "5")]),
            });
            add("Logical_Switch_Port", Kind::Port, port, row);
        }
        let groups = self.ports.div_ceil(PORTS_PER_GROUP);
        for group in 0..groups {
            let members = group * PORTS_PER_GROUP..((group + 1) * PORTS_PER_GROUP).min(self.ports);
            let acls = group * ACLS_PER_GROUP..(group + 1) * ACLS_PER_GROUP;
            self.group(&format!("pg_{group:08x}"), group, members.clone(), acls, add);
            let row = json!({
                "name": format!("as_{group:08x}"),
                "addresses": set(members.map(|i| json!(ip(i)))),
                "external_ids": map(&[("neutron:security_group_id", &uuid(Kind::Neutron, group)), ("neutron:revision_number", "1")]),
            });
            add("Address_Set", Kind::AddressSet, group, row);
        }
        let acls = groups * ACLS_PER_GROUP..groups * ACLS_PER_GROUP + 2;
        self.group("neutron_pg_drop", groups, 0..self.ports, acls, add);
        for balancer in 0..self.ports / PORTS_PER_LOAD_BALANCER {
            let backends = format!("{}:80,{}:80", ip(balancer * 3), ip(balancer * 3 + 1));
            let row = json!({
                "name": format!("lb-{balancer}"),
                "protocol": "tcp",
                "vips": map(&[(&format!("203.0.113.{}:80", balancer % 250 + 1), &backends)]),
                "external_ids": map(&[("octavia:lb", &uuid(Kind::Neutron, balancer)), ("enabled", "True"), ("revision", "1")]),
            });
            add("Load_Balancer", Kind::LoadBalancer, balancer, row);
        }
    }

    fn group(
        self,
        name: &str,
        group: usize,
        members: std::ops::Range<usize>,
        acls: std::ops::Range<usize>,
        add: &mut impl FnMut(&str, Kind, usize, Value),
    ) {
        let row = json!({
            "name": name,
            "ports": set(members.map(|i| reference(Kind::Port, i))),
            "acls": set(acls.clone().map(|i| reference(Kind::Acl, i))),
            "external_ids": map(&[("neutron:security_group_id", &uuid(Kind::Neutron, group)), ("neutron:revision_number", "1")]),
        });
        add("Port_Group", Kind::Group, group, row);
        for acl in acls {
            let (direction, port) =
                if acl % 2 == 0 { ("from-lport", "inport") } else { ("to-lport", "outport") };
            let row = json!({
                "direction": direction,
                "priority": 1002,
                "action": "allow-related",
                "match": format!("{port} == @{name} && ip4 && tcp && tcp.dst == {}", 1024 + acl % 1000),
                "external_ids": map(&[("neutron:security_group_rule_id", &uuid(Kind::Neutron, acl)),
                    ("neutron:revision_number", "0"), ("neutron:source", "sg")]),
            });
            add("ACL", Kind::Acl, acl, row);
        }
    }
}
