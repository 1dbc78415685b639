//! What the bytes are: a Northbound database as Neutron leaves it, and small changes to it.

use ovsdb_proto::json::Writer;
use ovsdb_proto::rpc::encode;
use ovsdb_proto::value::Uuid;

const PORTS_PER_SWITCH: usize = 75;
const PORTS_PER_ACL: usize = 6;

/// A row identity that looks random and is the same in every run.
fn uuid(table: u64, row: usize) -> Uuid {
    // the finaliser of splitmix64
    let mix = |seed: u64| {
        let mut x = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        x ^ (x >> 31)
    };
    let row = row as u64;
    Uuid::from_random(u128::from(mix(table << 40 | row)) << 64 | u128::from(mix(!(table << 40 | row))))
}

fn write_uuid(w: &mut Writer<'_>, uuid: Uuid) {
    w.begin_array();
    w.string("uuid");
    w.string(&uuid.to_string());
    w.end_array();
}

fn write_map(w: &mut Writer<'_>, pairs: &[(&str, &str)]) {
    w.begin_array();
    w.string("map");
    w.begin_array();
    for (key, value) in pairs {
        w.begin_array();
        w.string(key);
        w.string(value);
        w.end_array();
    }
    w.end_array();
    w.end_array();
}

fn row(w: &mut Writer<'_>, uuid: Uuid, change: &str, columns: impl FnOnce(&mut Writer<'_>)) {
    w.key(&uuid.to_string());
    w.begin_object();
    w.key(change);
    w.begin_object();
    columns(w);
    w.end_object();
    w.end_object();
}

fn port(w: &mut Writer<'_>, i: usize) {
    let [a, b, c] = [i >> 16 & 0xff, i >> 8 & 0xff, i & 0xff];
    let ip = format!("10.{a}.{b}.{c}");
    let address = format!("fa:16:3e:{a:02x}:{b:02x}:{c:02x} {ip}");
    let switch = i / PORTS_PER_SWITCH;
    w.key("name");
    w.string(&uuid(1, i).to_string());
    w.key("addresses");
    w.string(&address);
    w.key("port_security");
    w.string(&address);
    w.key("enabled");
    w.boolean(true);
    w.key("up");
    w.boolean(i.is_multiple_of(2));
    if i.is_multiple_of(50) {
        w.key("tag");
        w.integer((i % 4094).try_into().unwrap_or(0));
    }
    w.key("dhcpv4_options");
    write_uuid(w, uuid(2, switch));
    w.key("options");
    write_map(
        w,
        &[("mcast_flood_reports", "true"), ("requested-chassis", &format!("compute-{:04}", i % 997))],
    );
    w.key("external_ids");
    write_map(
        w,
        &[
            ("neutron:cidrs", &format!("{ip}/16")),
            ("neutron:device_id", &uuid(3, i).to_string()),
            ("neutron:device_owner", "compute:nova"),
            ("neutron:revision_number", "4"),
        ],
    );
}

/// The reply to `monitor_cond` for a database of this many switch ports.
pub(crate) fn first_reply(ports: usize) -> Vec<u8> {
    let mut out = Vec::with_capacity(ports * 800);
    encode::reply(&mut out, b"1", |w| {
        w.begin_object();
        w.key("Logical_Switch_Port");
        w.begin_object();
        for i in 0..ports {
            row(w, uuid(0, i), "initial", |w| port(w, i));
        }
        w.end_object();
        w.key("Logical_Switch");
        w.begin_object();
        for i in 0..ports / PORTS_PER_SWITCH {
            row(w, uuid(4, i), "initial", |w| switch(w, i));
        }
        w.end_object();
        w.key("ACL");
        w.begin_object();
        for i in 0..ports / PORTS_PER_ACL {
            row(w, uuid(5, i), "initial", |w| acl(w, i));
        }
        w.end_object();
        w.end_object();
    });
    out
}

fn switch(w: &mut Writer<'_>, i: usize) {
    w.key("name");
    w.string(&format!("neutron-{}", uuid(6, i)));
    w.key("ports");
    w.begin_array();
    w.string("set");
    w.begin_array();
    for port in i * PORTS_PER_SWITCH..(i + 1) * PORTS_PER_SWITCH {
        write_uuid(w, uuid(0, port));
    }
    w.end_array();
    w.end_array();
    w.key("external_ids");
    write_map(
        w,
        &[
            ("neutron:mtu", "1442"),
            ("neutron:network_name", "net \"blue\""),
            ("neutron:revision_number", "7"),
        ],
    );
}

fn acl(w: &mut Writer<'_>, i: usize) {
    w.key("action");
    w.string("allow-related");
    w.key("direction");
    w.string("to-lport");
    w.key("priority");
    w.integer(1002);
    w.key("match");
    w.string(&format!("outport == @pg_{:032x} && ip4 && tcp && tcp.dst == {}", i, i % 65536));
    w.key("external_ids");
    write_map(w, &[("neutron:security_group_rule_id", &uuid(7, i).to_string())]);
}

/// This many notifications, 278 bytes long, each of a port that a machine was plugged into.
pub(crate) fn updates(messages: usize) -> Vec<u8> {
    let mut out = Vec::with_capacity(messages * 278);
    for i in 0..messages {
        encode::update2(&mut out, br#"["monid","OVN_Northbound"]"#, |w| {
            w.begin_object();
            w.key("Logical_Switch_Port");
            w.begin_object();
            row(w, uuid(0, i), "modify", |w| {
                w.key("external_ids");
                let revision = (10 + i % 90).to_string();
                write_map(
                    w,
                    &[("neutron:device_owner", "compute:nova"), ("neutron:revision_number", &revision)],
                );
                w.key("parent_name");
                w.string(&format!("trunk-{}", i % 10));
                w.key("up");
                w.boolean(true);
            });
            w.end_object();
            w.end_object();
        });
    }
    out
}
