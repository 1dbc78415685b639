//! Do the operations on switch ports do what the C tool does, over whole and over partial snapshots?

use super::*;
use crate::ops::ls;
use crate::ops::tests::{self, Rows, Trial, cell, rows, run};
use crate::tables::{LogicalRouter, LogicalRouterPort};
use std::collections::BTreeMap;
use std::fmt::Debug;

/// Ports #1 p0, #2 p1, #3 child in switch #5 sw0; #4 q0 in #6 sw1; #7 is a switch without a name, #8 and #9 are both called dup; #10 is router port rp0 of #11.
fn net() -> Rows {
    let mut net = rows();
    let name = |name: &str| cell(LogicalSwitchPort::NAME, name.to_owned());
    let addresses = |text: &str| cell(LogicalSwitchPort::ADDRESSES, vec![text.to_owned()]);
    let p0 = net.row(&[name("p0"), addresses("00:00:00:00:00:01 10.0.0.1 fe80::1")]);
    let dynamic = cell(LogicalSwitchPort::DYNAMIC_ADDRESSES, Some("00:00:00:00:00:02 10.0.0.2".to_owned()));
    let p1 = net.row(&[name("p1"), addresses("dynamic"), dynamic]);
    let parent = cell(LogicalSwitchPort::PARENT_NAME, Some("p0".to_owned()));
    let child = net.row(&[name("child"), parent, cell(LogicalSwitchPort::TAG_REQUEST, Some(5))]);
    let peer = BTreeMap::from([("router-port".to_owned(), "rp0".to_owned())]);
    let q0 = net.row(&[name("q0"), addresses("router"), cell(LogicalSwitchPort::OPTIONS, peer)]);
    let switch = |name: &str| cell(LogicalSwitch::NAME, name.to_owned());
    net.row::<LogicalSwitch>(&[switch("sw0"), cell(LogicalSwitch::PORTS, vec![p0, p1, child])]);
    net.row::<LogicalSwitch>(&[switch("sw1"), cell(LogicalSwitch::PORTS, vec![q0])]);
    net.row::<LogicalSwitch>(&[]);
    net.row::<LogicalSwitch>(&[switch("dup")]);
    net.row::<LogicalSwitch>(&[switch("dup")]);
    let rp0 = net.row(&[
        cell(LogicalRouterPort::NAME, "rp0".to_owned()),
        cell(LogicalRouterPort::MAC, "00:00:00:00:ff:01".to_owned()),
        cell(LogicalRouterPort::NETWORKS, vec!["10.0.0.254/24".to_owned()]),
    ]);
    net.row(&[cell(LogicalRouter::PORTS, vec![rp0])]);
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

fn texts(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

const INSERT: &str = "insert,table:Logical_Switch_Port,uuid-name:new1,row:{name:p9}";
const ADDED: &str = "+Logical_Switch_Port new1 name=p9";
const PORTS: &str = "~Logical_Switch #5 ports=[#1, #2, #3, new1]";
const INTO_SW0: &str =
    "mutate,table:Logical_Switch,where:[[_uuid,==,[uuid,#5]]],mutations:[[ports,insert,[named-uuid,new1]]]";

#[test]
fn adding() {
    let plain = LspAdd::default();
    let trial = check(|t| add(t, "sw0", "p9", &plain), "Logical_Switch_Port:new1", &[ADDED, PORTS], 1);
    assert_eq!(trial.writes(), [INSERT, INTO_SW0]);
    let nested = LspAdd { parent: Some(("p0", 7)), may_exist: false };
    let nested_port = "+Logical_Switch_Port new1 name=p9 parent_name=p0 tag_request=7";
    check(|t| add(t, "sw0", "p9", &nested), "Logical_Switch_Port:new1", &[nested_port, PORTS], 1);
    check(|t| add(t, "nothing", "p9", &plain), "nothing: switch name not found", &[], 1);
    check(|t| add(t, "dup", "p9", &plain), "Multiple logical switches named 'dup'.  Use a UUID.", &[], 1);
    check(|t| add(t, "sw0", "p0", &plain), "p0: a port with this name already exists", &[], 4);
    let far = LspAdd { parent: Some(("p0", 4096)), may_exist: false };
    check(|t| add(t, "sw0", "p9", &far), "4096: invalid tag (must be in range 0 to 4095)", &[], 1);
    let twice = |t: &mut Txn<'_>| add(t, "sw0", "p9", &plain).and_then(|_| add(t, "sw0", "p9", &plain));
    check(twice, "p9: a port with this name already exists", &[], 2);
    let uuid = "00000000-0000-0000-0000-000000000001";
    check(|t| add(t, "sw0", uuid, &plain), "#1: a port with this name already exists", &[], 1);
}

#[test]
fn adding_what_may_exist() {
    let may = |parent| LspAdd { parent, may_exist: true };
    let differs = |switch: &str, port: &str, parent, answer: &str, rounds| {
        check(|t| add(t, switch, port, &may(parent)), answer, &[], rounds);
    };
    check(|t| add(t, "sw0", "p9", &may(None)), "Logical_Switch_Port:new1", &[ADDED, PORTS], 1);
    differs("sw0", "p0", None, "Logical_Switch_Port:#1", 5);
    differs("sw0", "child", Some(("p0", 5)), "Logical_Switch_Port:#3", 5);
    differs("sw1", "p0", None, "p0: port already exists but in switch sw0", 6);
    differs("sw0", "child", None, "child: port already exists but has parent p0", 5);
    differs("sw0", "p0", Some(("p1", 5)), "p0: port already exists but has no parent", 5);
    differs("sw0", "child", Some(("p1", 5)), "child: port already exists with different parent p0", 5);
    differs("sw0", "child", Some(("p0", 6)), "child: port already exists with different tag_request 5", 5);
    differs("nothing", "p0", None, "nothing: switch name not found", 1);
}

#[test]
fn deleting() {
    let gone =
        "mutate,table:Logical_Switch,where:[[_uuid,==,[uuid,#5]]],mutations:[[ports,delete,[uuid,#1]]]";
    let left = ["-Logical_Switch_Port #1", "~Logical_Switch #5 ports=[#2, #3]"];
    assert_eq!(check(|t| del(t, "p0", false), "()", &left, 2).writes(), [gone]);
    check(|t| del(t, "nothing", false), "nothing: port name not found", &[], 1);
    check(|t| del(t, "nothing", true), "()", &[], 1);
    check(|t| del(t, "p0", false).and_then(|()| del(t, "p0", false)), "p0: port name not found", &[], 2);
    let again = |t: &mut Txn<'_>| del(t, "p0", false).and_then(|()| add(t, "sw0", "p0", &LspAdd::default()));
    let both = "mutate,table:Logical_Switch,where:[[_uuid,==,[uuid,#5]]],mutations:[[ports,delete,[uuid,#1]],[ports,insert,[named-uuid,new1]]]";
    let insert = "insert,table:Logical_Switch_Port,uuid-name:new1,row:{name:p0}";
    let swapped = [
        "+Logical_Switch_Port new1 name=p0",
        "-Logical_Switch_Port #1",
        "~Logical_Switch #5 ports=[#2, #3, new1]",
    ];
    assert_eq!(check(again, "Logical_Switch_Port:new1", &swapped, 3).writes(), [insert, both]);
}

/// Ports go with the switch, but not before the commit.
#[test]
fn ports_of_a_deleted_switch() {
    let after = |t: &mut Txn<'_>| ls::del(t, "sw0", false);
    check(
        |t| after(t).and_then(|()| add(t, "sw1", "p0", &LspAdd::default())),
        "p0: a port with this name already exists",
        &[],
        2,
    );
    let nowhere = "logical port p0 is not part of any logical switch";
    check(|t| after(t).and(del(t, "p0", false)), nowhere, &[], 3);
}

#[test]
fn listing() {
    check(
        |t| list(t, "sw0"),
        r#"[(Logical_Switch_Port:#3, "child"), (Logical_Switch_Port:#1, "p0"), (Logical_Switch_Port:#2, "p1")]"#,
        &[],
        2,
    );
    check(|t| list(t, ""), "[]", &[], 1);
    check(|t| list(t, "nothing"), "nothing: switch name not found", &[], 1);
    check(|t| switches(t, "q0"), r#"[(Logical_Switch:#6, "sw1")]"#, &[], 2);
    check(|t| switches(t, "nothing"), "nothing: port name not found", &[], 1);
    let own = |t: &mut Txn<'_>| {
        let (added, listed) = (add(t, "sw1", "q1", &LspAdd::default()), list(t, "sw1"));
        let holders = switches(t, "q1");
        added.and(Ok((listed?.len(), holders?.len())))
    };
    let added = ["+Logical_Switch_Port new1 name=q1", "~Logical_Switch #6 ports=[#4, new1]"];
    check(own, "(2, 1)", &added, 2);
}

#[test]
fn columns_of_a_port() {
    let update =
        |row: &str| format!("update,table:Logical_Switch_Port,where:[[_uuid,==,[uuid,#2]]],row:{{{row}}}");
    let writes = |op: &dyn Fn(&mut Txn<'_>) -> Result<(), OpError>, row: &str, cells: &str| {
        let trial = check(op, "()", &[&format!("~Logical_Switch_Port #2 {cells}")], 1);
        assert_eq!(trial.writes(), [update(row)]);
    };
    writes(&|t| set_enabled(t, "p1", false), "enabled:false", "enabled=false");
    writes(&|t| set_type(t, "p1", "localnet", None), "type:localnet", "type=localnet");
    writes(&|t| set_type(t, "p1", "switch", Some("p0")), "peer:p0,type:switch", "peer=p0 type=switch");
    let options = BTreeMap::from([("a".to_owned(), "b".to_owned())]);
    writes(&|t| set_options(t, "p1", &options), "options:[map,[[a,b]]]", "options={a=b}");
    writes(
        &|t| set_port_security(t, "p1", &texts(&["b", "a", "b"])),
        "port_security:[set,[a,b]]",
        "port_security=[a, b]",
    );
    check(|t| set_options(t, "p1", &BTreeMap::new()), "()", &[], 1);
    check(|t| set_type(t, "p1", "", None), "()", &[], 1);
    let unknown = "Logical switch port type 'patch' is unrecognized. Not setting type.";
    check(|t| set_type(t, "p1", "patch", Some("p0")), unknown, &[], 1);
    let peer = "Peer can only be set for a logical switch port with type 'switch'.";
    check(|t| set_type(t, "p1", "router", Some("p0")), peer, &[], 1);
    check(|t| set_type(t, "nothing", "patch", None), "nothing: port name not found", &[], 1);
    let uuid = "00000000-0000-0000-0000-000000000063";
    check(|t| type_(t, uuid), "#99: port UUID not found", &[], 2);

    check(|t| type_(t, "p0"), r#""""#, &[], 1);
    check(|t| parent(t, "child"), r#"Some("p0")"#, &[], 1);
    check(|t| tag(t, "child"), "None", &[], 1);
    check(|t| is_up(t, "p0"), "false", &[], 1);
    check(|t| is_enabled(t, "p0"), "true", &[], 1);
    check(|t| super::options(t, "q0"), r#"{"router-port": "rp0"}"#, &[], 1);
    check(|t| port_security(t, "p0"), "[]", &[], 1);
    check(
        |t| set_enabled(t, "p0", false).and_then(|()| is_enabled(t, "p0")).map(|_| ()),
        "()",
        &["~Logical_Switch_Port #1 enabled=false"],
        1,
    );
}

#[test]
fn reading_addresses() {
    check(|t| addresses(t, "p1"), r#"Own(["dynamic"])"#, &[], 1);
    check(
        |t| addresses(t, "q0"),
        r#"Router { mac: "00:00:00:00:ff:01", networks: ["10.0.0.254/24"] }"#,
        &[],
        2,
    );
    check(|t| addresses(t, "nothing"), "nothing: port name not found", &[], 1);
}

#[test]
fn writing_addresses() {
    let set = |port: &'static str, given: &'static [&'static str]| {
        move |t: &mut Txn<'_>| set_addresses(t, port, &texts(given))
    };
    let update = |port: &str, value: &str| format!("~Logical_Switch_Port {port} addresses=[{value}]");
    // what has no IP address needs no look at other ports
    check(set("p0", &["router"]), "()", &[&update("#1", "router")], 1);
    check(set("p0", &[]), "()", &[&update("#1", "")], 1);
    check(set("p1", &["dynamic"]), "()", &[], 1);
    let sent =
        "update,table:Logical_Switch_Port,where:[[_uuid,==,[uuid,#2]]],row:{addresses:0:0:0:0:0:9 10.0.0.9}";
    let new = update("#2", r#""0:0:0:0:0:9 10.0.0.9""#);
    assert_eq!(check(set("p1", &["0:0:0:0:0:9 10.0.0.9"]), "()", &[&new], 3).writes(), [sent]);
    // its own address is no duplicate, nor is one in another switch
    check(set("p0", &["00:00:00:00:00:01 10.0.0.1 fe80::1"]), "()", &[], 3);
    check(set("q0", &["0:0:0:0:0:9 10.0.0.1"]), "()", &[&update("#4", r#""0:0:0:0:0:9 10.0.0.1""#)], 3);
    let duplicate = |version: u8, address: &str, port: &str| {
        format!(
            "Error on switch sw0: duplicate IPv{version} address '{address}' found on logical switch port '{port}'"
        )
    };
    check(set("p1", &["0:0:0:0:0:9 10.0.0.9 10.0.0.1"]), &duplicate(4, "10.0.0.1", "p0"), &[], 4);
    check(set("p1", &["0:0:0:0:0:9 FE80:0::1"]), &duplicate(6, "fe80::1", "p0"), &[], 4);
    check(set("p0", &["0:0:0:0:0:9 10.0.0.2"]), &duplicate(4, "10.0.0.2", "p1"), &[], 4);
    let done = run(&net(), set("p0", &["unknown", "nonsense"]));
    assert!(done.answer.starts_with("nonsense: Invalid address format. See ovn-nb(5). Hint: "), "{done:?}");
}

/// What the interconnection procedure sends for a port, in one round of reading; and a new port with an IP address.
#[test]
fn a_new_port_with_everything() {
    let router = |t: &mut Txn<'_>| {
        let added = add(t, "sw0", "p9", &LspAdd::default());
        let addresses = set_addresses(t, "p9", &texts(&["router"]));
        let typed = set_type(t, "p9", "router", None);
        let options = BTreeMap::from([("router-port".to_owned(), "rp9".to_owned())]);
        let optioned = set_options(t, "p9", &options);
        added.and(addresses).and(typed).and(optioned)
    };
    let insert = "insert,table:Logical_Switch_Port,uuid-name:new1,row:{addresses:router,name:p9,options:[map,[[router-port,rp9]]],type:router}";
    let added = "+Logical_Switch_Port new1 addresses=[router] name=p9 options={router-port=rp9} type=router";
    assert_eq!(check(router, "()", &[added, PORTS], 1).writes(), [insert, INTO_SW0]);
    let host = |t: &mut Txn<'_>| {
        let added = add(t, "sw0", "p9", &LspAdd::default());
        let set = set_addresses(t, "p9", &texts(&["0:0:0:0:0:9 10.0.0.9"]));
        added.and(set)
    };
    let added = r#"+Logical_Switch_Port new1 addresses=["0:0:0:0:0:9 10.0.0.9"] name=p9"#;
    check(host, "()", &[added, PORTS], 3);
}
