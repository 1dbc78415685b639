//! Do the operations on a node do to a real engine what ovs-vsctl does, read round by round and over all rows at once?

use super::bridge::{self, BrAdd, BrList};
use super::port::{self, PortAdd, PortDel};
use super::ssl::{self, SslFiles};
use super::{OpError, external_id};
use crate::tables::{Bridge, Interface, OpenVSwitch, Port, schema};
use ovsdb_proto::row::Ref;
use ovsdb_proto::txn::Txn;
use ovsdb_server::trial::{Rows, Trial, cell};
use std::collections::BTreeMap;
use std::fmt::{Debug, Display};

/// Bridge #12 br0 has, besides its local port #2, port #4 p0, the VLAN bridge #6 v7 for VLAN 7, on which is port #8 t7, and port #11 bond of interfaces
/// #9 i1 and #10 i2. Bridge #15 br1 has only its local port #14. #16 is the row of the node.
pub(super) fn node() -> Rows {
    fn iface(rows: &mut Rows, name: &str) -> Ref<Interface> {
        rows.row(&[cell(Interface::NAME, name.to_owned())])
    }
    fn port(rows: &mut Rows, name: &str, ifaces: Vec<Ref<Interface>>, vlan: Option<i64>) -> Ref<Port> {
        rows.row(&[
            cell(Port::NAME, name.to_owned()),
            cell(Port::INTERFACES, ifaces),
            cell(Port::FAKE_BRIDGE, name == "v7"),
            cell(Port::TAG, vlan),
        ])
    }
    fn bridge(rows: &mut Rows, name: &str, ports: Vec<Ref<Port>>) -> Ref<Bridge> {
        rows.row(&[cell(Bridge::NAME, name.to_owned()), cell(Bridge::PORTS, ports)])
    }
    let mut rows = Rows::new(schema());
    let mut ports = Vec::new();
    for (name, vlan) in [("br0", None), ("p0", None), ("v7", Some(7)), ("t7", Some(7))] {
        let iface = iface(&mut rows, name);
        ports.push(port(&mut rows, name, vec![iface], vlan));
    }
    let bonded = ["i1", "i2"].map(|name| iface(&mut rows, name)).to_vec();
    ports.push(port(&mut rows, "bond", bonded, None));
    let br0 = bridge(&mut rows, "br0", ports);
    let local = iface(&mut rows, "br1");
    let local = port(&mut rows, "br1", vec![local], None);
    let br1 = bridge(&mut rows, "br1", vec![local]);
    rows.row(&[cell(OpenVSwitch::BRIDGES, vec![br0, br1])]);
    rows
}

/// The answer and the rows that change, after one round of reading; what is on a row that was only then found, or made, takes another.
#[track_caller]
fn check<T: Debug, E: Display>(
    op: impl Fn(&mut Txn<'_>) -> Result<T, E>,
    answer: &str,
    changes: &[&str],
) -> Trial {
    let trial = node().run(op).unwrap();
    let rounds = trial.rounds.min(2);
    trial.assert(answer, changes, rounds)
}

/// That the operation fails and changes nothing.
#[track_caller]
fn fails<T: Debug>(op: impl Fn(&mut Txn<'_>) -> Result<T, OpError>, why: &str) {
    check(op, why, &[]);
}

#[test]
fn bridges_are_added() {
    let plain = BrAdd::default();
    let changes = [
        "+Bridge new1 name=br2 ports=[new3]",
        "+Interface new2 name=br2 type=internal",
        "+Port new3 interfaces=[new2] name=br2",
        "~Open_vSwitch #16 bridges=[#12, #15, new1]",
    ];
    let trial = check(|t| bridge::add(t, "br2", plain), "Some(Interface:new2)", &changes);
    // added to the set, under guards on all that names are looked up in
    let added = "mutate,table:Open_vSwitch,where:[[_uuid,==,[uuid,#16]]],mutations:[[bridges,insert,[named-uuid,new1]]]";
    assert!(trial.writes().contains(&added), "{trial}");
    let guards =
        |table: &str| trial.sent.iter().filter(|s| s.starts_with(&format!("wait,table:{table},"))).count();
    assert_eq!(["Open_vSwitch", "Bridge", "Port"].map(guards), [1, 2, 6], "{trial}");

    let vlan = |parent, vlan| BrAdd { vlan: Some((parent, vlan)), may_exist: false };
    let changes = [
        "+Interface new1 name=v8 type=internal",
        "+Port new2 fake_bridge=true interfaces=[new1] name=v8 tag=8",
        "~Bridge #12 ports=[#11, #2, #4, #6, #8, new2]",
    ];
    check(|t| bridge::add(t, "v8", vlan("br0", 8)), "Some(Interface:new1)", &changes);

    fails(|t| bridge::add(t, "", plain), "bridge name must not be empty string");
    let taken = |name: &'static str, by: &str| {
        fails(
            move |t| bridge::add(t, name, plain),
            &format!("cannot create a bridge named {name} because {by}"),
        );
    };
    taken("br0", "a bridge named br0 already exists");
    taken("v7", "a bridge named v7 already exists");
    taken("p0", "a port named p0 already exists on bridge br0");
    taken("i1", "an interface named i1 already exists on bridge br0");
    fails(|t| bridge::add(t, "v8", vlan("v7", 8)), "cannot create bridge with fake bridge as parent");
    fails(|t| bridge::add(t, "v8", vlan("br9", 8)), "parent bridge br9 does not exist");
    let twice = "bridge br0 already has a child VLAN bridge v7 on VLAN 7";
    fails(|t| bridge::add(t, "v8", vlan("br0", 7)), twice);
}

#[test]
fn bridges_that_may_exist() {
    let may = |vlan| BrAdd { vlan, may_exist: true };
    check(|t| bridge::add(t, "br0", may(None)), "None", &[]);
    check(|t| bridge::add(t, "v7", may(Some(("br0", 7)))), "None", &[]);
    let differs = |name: &'static str, vlan, why: &str| fails(move |t| bridge::add(t, name, may(vlan)), why);
    differs("v7", None, "\"--may-exist add-br v7\" but v7 is a VLAN bridge for VLAN 7");
    differs("br1", Some(("br0", 7)), "\"--may-exist add-br br1 br0 7\" but br1 is not a VLAN bridge");
    differs("v7", Some(("br1", 7)), "\"--may-exist add-br v7 br1 7\" but v7 has the wrong parent br0");
    let wrong = "\"--may-exist add-br v7 br0 8\" but v7 is a VLAN bridge for the wrong VLAN 7";
    differs("v7", Some(("br0", 8)), wrong);
}

#[test]
fn bridges_are_taken_away_with_all_that_is_on_them() {
    let br1 = ["-Bridge #15", "-Interface #13", "-Port #14", "~Open_vSwitch #16 bridges=[#12]"];
    check(|t| bridge::del(t, "br1", false), "()", &br1);
    let v7 = ["-Interface #5", "-Interface #7", "-Port #6", "-Port #8", "~Bridge #12 ports=[#11, #2, #4]"];
    // what another client adds to the ports of the parent meanwhile stays
    let trial = check(|t| bridge::del(t, "v7", false), "()", &v7);
    assert!(!trial.writes().iter().any(|write| write.starts_with("update,table:Bridge,")), "{trial}");
    let trial = node().run(|t| bridge::del(t, "br0", false)).unwrap();
    assert_eq!(
        (trial.changes.len(), trial.changes.last().map(String::as_str)),
        (13, Some("~Open_vSwitch #16 bridges=[#15]")),
        "{trial}"
    );
    fails(|t| bridge::del(t, "br9", false), "no bridge named br9");
    check(|t| bridge::del(t, "br9", true), "()", &[]);
}

#[test]
fn bridges_are_listed() {
    let list = |real, fake| move |t: &mut Txn<'_>| bridge::list(t, BrList { real, fake });
    check(list(false, false), r#"["br0", "br1", "v7"]"#, &[]);
    check(list(true, false), r#"["br0", "br1"]"#, &[]);
    check(list(false, true), r#"["v7"]"#, &[]);
    check(|t| Ok::<_, OpError>([bridge::exists(t, "v7")?, bridge::exists(t, "p0")?]), "[true, false]", &[]);
}

#[test]
fn ports_are_added() {
    let plain = PortAdd::default();
    let changes =
        ["+Interface new1 name=p1", "+Port new2 interfaces=[new1] name=p1", "~Bridge #15 ports=[#14, new2]"];
    let answer = "Some(NewPort { port: Port:new2, iface: Interface:new1 })";
    check(|t| port::add(t, "br1", "p1", plain), answer, &changes);
    let tagged = [
        "+Interface new1 name=p1",
        "+Port new2 interfaces=[new1] name=p1 tag=7",
        "~Bridge #12 ports=[#11, #2, #4, #6, #8, new2]",
    ];
    check(|t| port::add(t, "v7", "p1", plain), answer, &tagged);
    fails(|t| port::add(t, "br9", "p1", plain), "no bridge named br9");
    fails(|t| port::add(t, "br9", "", plain), "port name must not be empty string");
    fails(
        |t| port::add(t, "br0", "", PortAdd { may_exist: Some("CMD") }),
        "port name must not be empty string",
    );
    let taken = "cannot create a port named p0 because a port named p0 already exists on bridge br0";
    fails(|t| port::add(t, "br1", "p0", plain), taken);

    let may = PortAdd { may_exist: Some("CMD") };
    check(|t| port::add(t, "br0", "p0", may), "None", &[]);
    check(|t| port::add(t, "v7", "t7", may), "None", &[]);
    fails(|t| port::add(t, "br1", "p0", may), "\"CMD\" but p0 is actually attached to bridge br0");
    fails(|t| port::add(t, "br0", "bond", may), "\"CMD\" but bond actually has interface(s) i1, i2");
}

#[test]
fn ports_are_taken_away() {
    let plain = PortDel::default();
    let p0 = ["-Interface #3", "-Port #4", "~Bridge #12 ports=[#11, #2, #6, #8]"];
    check(|t| port::del(t, "p0", plain), "()", &p0);
    let bond = ["-Interface #10", "-Interface #9", "-Port #11", "~Bridge #12 ports=[#2, #4, #6, #8]"];
    check(|t| port::del(t, "i1", PortDel { with_iface: true, ..plain }), "()", &bond);
    fails(|t| port::del(t, "i1", plain), "no port named i1");
    fails(|t| port::del(t, "x", PortDel { with_iface: true, ..plain }), "no port or interface named x");
    check(|t| port::del(t, "x", PortDel { if_exists: true, ..plain }), "()", &[]);
    let local = "cannot delete port br0 because it is the local port for bridge br0 (deleting this port requires deleting the entire bridge)";
    fails(|t| port::del(t, "br0", plain), local);
    let of = |bridge| PortDel { bridge: Some(bridge), ..PortDel::default() };
    check(|t| port::del(t, "p0", of("br0")), "()", &p0);
    fails(|t| port::del(t, "p0", of("br1")), "bridge br1 does not have a port p0");
    let child = "bridge br0 does not have a port t7 (although its child bridge v7 does)";
    fails(|t| port::del(t, "t7", of("br0")), child);
}

#[test]
fn ports_and_interfaces_are_listed_and_found() {
    check(|t| port::list(t, "br0"), r#"["bond", "p0"]"#, &[]);
    check(|t| port::list(t, "v7"), r#"["t7"]"#, &[]);
    check(|t| port::list_ifaces(t, "br0"), r#"["i1", "i2", "p0"]"#, &[]);
    check(|t| port::to_br(t, "t7"), r#""v7""#, &[]);
    check(|t| port::iface_to_br(t, "i2"), r#""br0""#, &[]);
    fails(|t| port::to_br(t, "i2"), "no port named i2");
    fails(|t| port::iface_to_br(t, "br0"), "no interface named br0");
}

#[test]
fn notes_on_bridges() {
    let note = |bridge: &'static str, value| {
        move |t: &mut Txn<'_>| {
            external_id::set(t, bridge, "k", value)?;
            external_id::get(t, bridge)
        }
    };
    let noted = format!("{:?}", BTreeMap::from([("k", "v")]));
    check(note("br0", Some("v")), &noted, &["~Bridge #12 external_ids={k=v}"]);
    let of_port = ["~Port #6 external_ids={fake-bridge-k=v}"];
    check(note("v7", Some("v")), &noted, &of_port);
    check(note("br1", None), "{}", &[]);
    fails(|t| external_id::get(t, "br9"), "no bridge named br9");
}

#[test]
fn tls_files() {
    let files = SslFiles {
        private_key: "key".into(),
        certificate: "cert".into(),
        ca_cert: "ca".into(),
        ..SslFiles::default()
    };
    let set = |t: &mut Txn<'_>| {
        ssl::replace(t, Some(&files))?;
        ssl::get(t)
    };
    let changes = ["+SSL new1 ca_cert=ca certificate=cert private_key=key", "~Open_vSwitch #16 ssl=new1"];
    check(set, &format!("{:?}", Some(&files)), &changes);
    check(ssl::get, "None", &[]);
}
