//! Do the operations on router ports and their chassis do what the C tool does, over whole and over partial snapshots?

use super::*;
use crate::ops::gateway_chassis;
use crate::ops::tests::{self, Rows, Trial, cell, rows};
use crate::tables::GatewayChassis;
use std::fmt::Debug;

/// Ports #3 rp0 (with chassis #1 a and #2 b) and #4 odd in router #5 r0; #6 r1 is empty, #7 has no name and port #8 far; #9 and #10 are both called dup.
fn net() -> Rows {
    let mut net = rows();
    let name = |name: &str| cell(LogicalRouterPort::NAME, name.to_owned());
    let mac = |mac: &str| cell(LogicalRouterPort::MAC, mac.to_owned());
    let networks = |network: &str| cell(LogicalRouterPort::NETWORKS, vec![network.to_owned()]);
    let chassis = |chassis: &str, priority| {
        let name = cell(GatewayChassis::NAME, format!("rp0-{chassis}"));
        [
            name,
            cell(GatewayChassis::CHASSIS_NAME, chassis.to_owned()),
            cell(GatewayChassis::PRIORITY, priority),
        ]
    };
    let (a, b) = (net.row::<GatewayChassis>(&chassis("a", 5)), net.row::<GatewayChassis>(&chassis("b", 7)));
    let gateways = cell(LogicalRouterPort::GATEWAY_CHASSIS, vec![a, b]);
    let rp0 = net.row(&[name("rp0"), mac("00:00:00:00:00:01"), networks("10.0.0.1/24"), gateways]);
    let odd = net.row(&[name("odd"), mac("x"), networks("y"), cell(LogicalRouterPort::ENABLED, Some(false))]);
    let router = |name: &str| cell(LogicalRouter::NAME, name.to_owned());
    net.row::<LogicalRouter>(&[router("r0"), cell(LogicalRouter::PORTS, vec![rp0, odd])]);
    net.row::<LogicalRouter>(&[router("r1")]);
    net.row::<LogicalRouter>(&[cell(LogicalRouter::PORTS, vec![Ref::new(Uuid::from_u128(8))])]);
    net.row::<LogicalRouterPort>(&[name("far"), mac("00:00:00:00:00:08")]);
    net.row::<LogicalRouter>(&[router("dup")]);
    net.row::<LogicalRouter>(&[router("dup")]);
    net
}

/// The answer, the rows that change, and how many rounds of reading and refused commits it took.
#[track_caller]
fn check<T: Debug>(
    op: impl Fn(&mut Txn<'_>) -> Result<T, OpError>,
    answer: &str,
    changes: &[&str],
    rounds: usize,
) -> Trial {
    tests::check(&net(), op, answer, changes, rounds)
}

/// Adds `port` to `router`, without more than these networks.
fn plain(t: &mut Txn<'_>, router: &str, port: &str, mac: &str, networks: &[&str]) -> Result<bool, OpError> {
    Ok(add(t, router, port, mac, &LrpAdd { networks, ..LrpAdd::default() })?.is_new)
}

const MAC: &str = "00:00:00:00:00:09";
const INSERT: &str =
    "insert,table:Logical_Router_Port,uuid-name:new1,row:{mac:00:00:00:00:00:09,name:p,networks:10.9.0.1/16}";
const ADDED: &str = r#"+Logical_Router_Port new1 mac="00:00:00:00:00:09" name=p networks=["10.9.0.1/16"]"#;
const PORTS: &str = "~Logical_Router #5 ports=[#3, #4, new1]";
const INTO_R0: &str =
    "mutate,table:Logical_Router,where:[[_uuid,==,[uuid,#5]]],mutations:[[ports,insert,[named-uuid,new1]]]";

#[test]
fn adding() {
    let networks = ["10.9.0.1/16"];
    let trial = check(|t| plain(t, "r0", "p", MAC, &networks), "true", &[ADDED, PORTS], 1);
    assert_eq!(trial.writes(), [INSERT, INTO_R0]);
    let bare = r#"+Logical_Router_Port new1 mac="00:00:00:00:00:09" name=p"#;
    check(|t| plain(t, "r0", "p", MAC, &[]), "true", &[bare, PORTS], 1);
    check(|t| plain(t, "nothing", "p", "x", &networks), "nothing: router name not found", &[], 1);
    check(|t| plain(t, "dup", "p", MAC, &[]), "Multiple logical routers named 'dup'.  Use a UUID.", &[], 1);
    check(|t| plain(t, "r0", "p", "9", &networks), "p: invalid mac address 9", &[], 1);
    check(|t| plain(t, "r0", "p", MAC, &["10.0.0.1/24", "z"]), "p: invalid network address: z", &[], 1);
    // the server's index refuses it; then it is looked for
    check(|t| plain(t, "r0", "rp0", MAC, &networks), "rp0: a port with this name already exists", &[], 4);
    check(|t| plain(t, "r0", "rp0", MAC, &["z"]), "rp0: a port with this name already exists", &[], 1);
    let uuid = "00000000-0000-0000-0000-000000000003";
    check(|t| plain(t, "r0", uuid, MAC, &networks), "#3: a port with this name already exists", &[], 1);
    let twice = |t: &mut Txn<'_>| plain(t, "r0", "p", MAC, &[]).and_then(|_| plain(t, "r0", "p", MAC, &[]));
    check(twice, "p: a port with this name already exists", &[], 2);
}

#[test]
fn adding_what_may_exist() {
    let may =
        |port: &'static str, router: &'static str, mac: &'static str, networks: &'static [&'static str]| {
            move |t: &mut Txn<'_>| {
                let o = LrpAdd { networks, may_exist: true, ..LrpAdd::default() };
                Ok(add(t, router, port, mac, &o)?.is_new)
            }
        };
    let same = &["10.0.0.1/255.255.255.0"];
    check(may("rp0", "r0", "0:0:0:0:0:1", same), "false", &[], 5);
    check(may("p", "r0", MAC, &["10.9.0.1/16"]), "true", &[ADDED, PORTS], 1);
    check(may("rp0", "r1", MAC, same), "rp0: port already exists but in router r0", &[], 5);
    check(may("far", "r1", MAC, same), "far: port already exists but in router #7", &[], 5);
    check(may("rp0", "r0", MAC, same), "rp0: port already exists with mac 00:00:00:00:00:01", &[], 5);
    let other = &["10.0.0.1/25"];
    check(may("rp0", "r0", "0:0:0:0:0:1", other), "rp0: port already exists with different network", &[], 5);
    check(may("rp0", "r0", "0:0:0:0:0:1", &["z"]), "rp0: Invalid networks configured", &[], 2);
    // an address that makes no sense counts as all zeros
    let odd = "odd: Existing port has invalid networks configured";
    check(may("odd", "r0", "0:0:0:0:0:0", same), odd, &[], 5);
    let peer = LrpAdd { networks: same, may_exist: true, peer: Some("q"), look_first: true };
    let with_peer = |t: &mut Txn<'_>| Ok(add(t, "r0", "rp0", "0:0:0:0:0:1", &peer)?.is_new);
    check(with_peer, "rp0: port already exists with mismatching peer", &[], 2);
}

#[test]
fn deleting_and_listing() {
    // its chassis go with it
    let gone = [
        "-Gateway_Chassis #1",
        "-Gateway_Chassis #2",
        "-Logical_Router_Port #3",
        "~Logical_Router #5 ports=[#4]",
    ];
    let trial = check(|t| del(t, "rp0", false), "()", &gone, 2);
    let out_of_r0 =
        "mutate,table:Logical_Router,where:[[_uuid,==,[uuid,#5]]],mutations:[[ports,delete,[uuid,#3]]]";
    assert_eq!(trial.writes(), [out_of_r0]);
    check(|t| del(t, "nothing", false), "nothing: port name not found", &[], 1);
    check(|t| del(t, "nothing", true), "()", &[], 1);
    check(|t| list(t, "r0"), r#"[(Logical_Router_Port:#4, "odd"), (Logical_Router_Port:#3, "rp0")]"#, &[], 2);
    let rest = |t: &mut Txn<'_>| del(t, "rp0", false).and_then(|()| list(t, "r0"));
    check(rest, r#"[(Logical_Router_Port:#4, "odd")]"#, &gone, 4);
}

#[test]
fn columns() {
    check(|t| is_enabled(t, "rp0"), "true", &[], 1);
    check(|t| is_enabled(t, "odd"), "false", &[], 1);
    check(|t| is_enabled(t, "nothing"), "nothing: port name not found", &[], 1);
    let on = "update,table:Logical_Router_Port,where:[[_uuid,==,[uuid,#4]]],row:{enabled:true}";
    let trial = check(|t| set_enabled(t, "odd", true), "()", &["~Logical_Router_Port #4 enabled=true"], 1);
    assert_eq!(trial.writes(), [on]);
    check(|t| set_enabled(t, "odd", false), "()", &[], 1);
    let options = BTreeMap::from([("k".to_owned(), "v".to_owned())]);
    let set = "update,table:Logical_Router_Port,where:[[_uuid,==,[uuid,#3]]],row:{options:[map,[[k,v]]]}";
    let changed = "~Logical_Router_Port #3 options={k=v}";
    assert_eq!(check(|t| set_options(t, "rp0", &options), "()", &[changed], 1).writes(), [set]);
}

const PORT: &str =
    "mutate,table:Logical_Router_Port,where:[[_uuid,==,[uuid,#3]]],mutations:[[gateway_chassis,";

#[test]
fn gateway_chassis_are_set() {
    let insert = "insert,table:Gateway_Chassis,uuid-name:new1,row:{chassis_name:c,name:rp0-c,priority:9}";
    let set = |chassis: &'static str, priority| {
        move |t: &mut Txn<'_>| gateway_chassis::set(t, "rp0", chassis, priority)
    };
    let made = [
        "+Gateway_Chassis new1 chassis_name=c name=rp0-c priority=9",
        "~Logical_Router_Port #3 gateway_chassis=[#1, #2, new1]",
    ];
    let trial = check(set("c", 9), "Gateway_Chassis:new1", &made, 2);
    assert_eq!(trial.writes(), [insert, &format!("{PORT}insert,[named-uuid,new1]]]")]);
    let changed = ["~Gateway_Chassis #1 priority=9"];
    let update = "update,table:Gateway_Chassis,where:[[_uuid,==,[uuid,#1]]],row:{priority:9}";
    let again = format!("{PORT}insert,[uuid,#1]]]");
    let trial = check(set("a", 9), "Gateway_Chassis:#1", &changed, 2);
    assert_eq!(trial.writes(), [update, &again]);
    check(set("00000000-0000-0000-0000-000000000001", 9), "Gateway_Chassis:#1", &changed, 2);
    check(set("a", 32768), "32768: priority must in range 0...32767", &[], 1);
    check(|t| gateway_chassis::set(t, "nothing", "a", -1), "nothing: port name not found", &[], 1);
}

#[test]
fn gateway_chassis_are_listed_and_taken() {
    let names = |t: &mut Txn<'_>| {
        let gateways = gateway_chassis::list(t, "rp0")?;
        Ok(gateways
            .into_iter()
            .map(|g| format!("{} {} {}", g.name, g.chassis, g.priority))
            .collect::<Vec<_>>())
    };
    check(names, r#"["rp0-b b 7", "rp0-a a 5"]"#, &[], 2);
    let equal = |t: &mut Txn<'_>| {
        gateway_chassis::set(t, "rp0", "a", 7)?;
        gateway_chassis::set(t, "rp0", "c", 9)?;
        gateway_chassis::del(t, "rp0", "c")?;
        names(t)
    };
    check(equal, r#"["rp0-b b 7", "rp0-a a 7"]"#, &["~Gateway_Chassis #1 priority=7"], 3);
    let gone = ["-Gateway_Chassis #1", "~Logical_Router_Port #3 gateway_chassis=[#2]"];
    let trial = check(|t| gateway_chassis::del(t, "rp0", "a"), "()", &gone, 2);
    assert_eq!(trial.writes(), [format!("{PORT}delete,[uuid,#1]]]")]);
    // the C tool would take `a` for it, whose name begins alike
    check(|t| gateway_chassis::del(t, "rp0", "ab"), "chassis ab is not added to logical port rp0", &[], 2);
}
