//! Do the operations on routes do what the C tool does, over whole and over partial snapshots?

use super::*;
use crate::ops::OpError;
use crate::ops::tests::{self, Rows, Trial, cell, rows, run};
use crate::tables::{Bfd, LogicalRouterPort};
use ovsdb_proto::value::Uuid;
use std::collections::BTreeMap;
use std::fmt::Debug;

/// Router #11 r0, whose routes are
///
/// - #1 10.0.0.0/16 over 9.9.9.1, #2 the same in table `t`, #3 the same by source
/// - #4 10.1.0.7/16 (stored as it should not be) over 9.9.9.1 by port rp0, watched by #10, and #5 over 9.9.9.2
/// - #6 10.2.0.0/16 that drops packets
/// - #7 10.3.0.0/16 over 9.9.9.1, learned
/// - #8 fd00::/64 over fe80::1, and #9 one that makes no sense.
///
/// Its port #12 is rp0, #13 is rp1.
fn net() -> Rows {
    let mut net = rows();
    let prefix = |prefix: &str| cell(LogicalRouterStaticRoute::IP_PREFIX, prefix.to_owned());
    let over = |nexthop: &str| cell(LogicalRouterStaticRoute::NEXTHOP, nexthop.to_owned());
    let table = cell(LogicalRouterStaticRoute::ROUTE_TABLE, "t".to_owned());
    let by_source = cell(LogicalRouterStaticRoute::POLICY, Some(Policy::SrcIp));
    let learned = BTreeMap::from([(LEARNED.to_owned(), "x".to_owned())]);
    let learned = cell(LogicalRouterStaticRoute::EXTERNAL_IDS, learned);
    let bfd = cell(LogicalRouterStaticRoute::BFD, Some(Ref::new(Uuid::from_u128(10))));
    let port = cell(LogicalRouterStaticRoute::OUTPUT_PORT, Some("rp0".to_owned()));
    let routes = [
        net.row(&[prefix("10.0.0.0/16"), over("9.9.9.1")]),
        net.row(&[prefix("10.0.0.0/16"), over("9.9.9.1"), table]),
        net.row(&[prefix("10.0.0.0/16"), over("9.9.9.1"), by_source]),
        net.row(&[prefix("10.1.0.7/16"), over("9.9.9.1"), bfd, port]),
        net.row(&[prefix("10.1.0.0/16"), over("9.9.9.2")]),
        net.row(&[prefix("10.2.0.0/16"), over(DISCARD)]),
        net.row(&[prefix("10.3.0.0/16"), over("9.9.9.1"), learned]),
        net.row(&[prefix("fd00::/64"), over("fe80::1")]),
        net.row(&[prefix("nonsense"), over("nonsense")]),
    ];
    let dst = cell(Bfd::DST_IP, "9.9.9.1".to_owned());
    net.row::<Bfd>(&[dst, cell(Bfd::LOGICAL_PORT, "rp0".to_owned())]);
    let name = cell(LogicalRouter::NAME, "r0".to_owned());
    let ports = [12, 13].map(|number| Ref::new(Uuid::from_u128(number))).to_vec();
    let routes = cell(LogicalRouter::STATIC_ROUTES, routes.to_vec());
    net.row(&[name, routes, cell(LogicalRouter::PORTS, ports)]);
    net.row(&[cell(LogicalRouterPort::NAME, "rp0".to_owned())]);
    net.row(&[cell(LogicalRouterPort::NAME, "rp1".to_owned())]);
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

const NEW: &str = "Logical_Router_Static_Route:new1";
const INTO_R0: &str = "mutate,table:Logical_Router,where:[[_uuid,==,[uuid,#11]]],mutations:[[static_routes,insert,[named-uuid,new1]]]";

const ROUTES: &str = "~Logical_Router #11 static_routes=[#1, #2, #3, #4, #5, #6, #7, #8, #9, new1]";

/// That a route is made with these cells.
#[track_caller]
fn makes(prefix: &str, nexthop: &str, o: &RouteAdd<'_>, row: &str) {
    let added = format!("+Logical_Router_Static_Route new1 {row}");
    let trial = check(|t| add(t, "r0", prefix, nexthop, o), NEW, &[&added, ROUTES], 2);
    assert_eq!(trial.writes().last(), Some(&INTO_R0));
}

/// That no route is made.
#[track_caller]
fn fails(prefix: &str, nexthop: &str, o: &RouteAdd<'_>, why: &str) {
    let done = run(&net(), |t| add(t, "r0", prefix, nexthop, o));
    assert_eq!((done.answer.as_str(), done.changes.as_slice()), (why, [].as_slice()), "{prefix} {nexthop}");
}

#[test]
fn adding() {
    let o = RouteAdd::default();
    makes("10.9.0.5/16", "1.1.1.1", &o, r#"ip_prefix="10.9.0.0/16" nexthop="1.1.1.1""#);
    makes("10.9.0.5", "fe80::0001", &o, r#"ip_prefix="10.9.0.5" nexthop="fe80::1""#);
    makes("10.9.0.5/16", DISCARD, &o, r#"ip_prefix="10.9.0.0/16" nexthop=discard"#);
    makes("10.9.0.0/16", "rp0", &o, r#"ip_prefix="10.9.0.0/16" output_port=rp0"#);
    makes("10.3.0.0/16", "9.9.9.1", &o, r#"ip_prefix="10.3.0.0/16" nexthop="9.9.9.1""#);
    let port = RouteAdd { port: Some("00000000-0000-0000-0000-00000000000d"), ..o.clone() };
    let row = r#"ip_prefix="10.9.0.0/16" nexthop="1.1.1.1" output_port=rp1"#;
    makes("10.9.0.0/16", "1.1.1.1", &port, row);
    let o = RouteAdd { policy: Some(Policy::DstIp), route_table: Some("new"), ..RouteAdd::default() };
    let row = r#"ip_prefix="10.0.0.0/16" nexthop="9.9.9.1" policy=dst-ip route_table=new"#;
    makes("10.0.0.0/16", "9.9.9.1", &o, row);
    check(|t| add(t, "nothing", "", "", &o), "nothing: router name not found", &[], 1);
}

#[test]
fn what_makes_no_sense() {
    let o = RouteAdd::default();
    let policy = RouteAdd { policy: Some(Policy::from("x")), ..o.clone() };
    fails("y", "z", &policy, "bad policy: x");
    fails("y", "z", &o, "bad prefix argument: y");
    fails("10.9.0.0/16", "z", &o, "bad nexthop argument: z");
    fails("10.9.0.0/16", "1.1.1.1/32", &o, "bad nexthop argument: 1.1.1.1/32");
    let port = RouteAdd { port: Some("q"), ..o.clone() };
    fails("10.9.0.0/16", "1.1.1.1", &port, "q: port name not found");
    fails("10.9.0.0/16", "z", &port, "bad nexthop argument: z");
    let port = RouteAdd { port: Some("rp0"), ..o.clone() };
    fails("10.9.0.0/16", DISCARD, &port, "outport is not valid for discard routes.");
    let bfd = RouteAdd { bfd: Some(RouteBfd::Any), ..port };
    fails("10.9.0.0/16", DISCARD, &bfd, "bfd dst_ip cannot be discard.");
    let ecmp = RouteAdd { ecmp_symmetric_reply: true, ..bfd };
    fails("10.9.0.0/16", DISCARD, &ecmp, "ecmp is not valid for discard routes.");
}

#[test]
fn duplicates() {
    let o = RouteAdd::default();
    let text = |prefix: &str, policy: &str| {
        format!(
            "duplicate prefix: {prefix} (policy: {policy}). Use option --ecmp to allow this for ECMP routing."
        )
    };
    fails("10.0.9.9/16", "1.1.1.1", &o, &text("10.0.0.0/16", "dst-ip"));
    fails("10.1.0.0/16", "1.1.1.1", &o, &text("10.1.0.0/16", "dst-ip"));
    let by_source = RouteAdd { policy: Some(Policy::SrcIp), ..o.clone() };
    fails("10.0.0.0/16", "1.1.1.1", &by_source, &text("10.0.0.0/16", "src-ip"));
    let ecmp = RouteAdd { ecmp: true, ..o.clone() };
    fails("10.1.0.0/16", "9.9.9.2", &ecmp, "duplicate nexthop for the same ECMP route");
    fails("10.2.0.0/16", "9.9.9.2", &ecmp, "discard nexthop for the same ECMP route exists.");
    makes("10.1.0.0/16", "9.9.9.3", &ecmp, r#"ip_prefix="10.1.0.0/16" nexthop="9.9.9.3""#);
    let symmetric = RouteAdd { ecmp_symmetric_reply: true, ..o.clone() };
    let row = r#"ip_prefix="10.1.0.0/16" nexthop="9.9.9.3" options={ecmp_symmetric_reply="true"}"#;
    makes("10.1.0.0/16", "9.9.9.3", &symmetric, row);
    let may = RouteAdd { may_exist: true, ..ecmp };
    check(|t| add(t, "r0", "10.1.0.0/16", "9.9.9.2", &may), "Logical_Router_Static_Route:#5", &[], 2);
    let twice = |t: &mut Txn<'_>| {
        add(t, "r0", "10.9.0.0/16", "1.1.1.1", &o)?;
        add(t, "r0", "10.9.0.0/16", "1.1.1.1", &o)
    };
    check(twice, &text("10.9.0.0/16", "dst-ip"), &[], 2);
}

#[test]
fn what_may_exist_is_changed_under_guards() {
    let may = RouteAdd { may_exist: true, port: Some("rp1"), ..RouteAdd::default() };
    let to_rp1 = |t: &mut Txn<'_>| add(t, "r0", "10.0.0.0/16", "1.1.1.1", &may);
    let changed = r#"~Logical_Router_Static_Route #1 nexthop="1.1.1.1" output_port=rp1"#;
    let done = check(to_rp1, "Logical_Router_Static_Route:#1", &[changed], 3);
    let sent: Vec<&str> = done.sent.iter().map(String::as_str).collect();
    let update = "update,table:Logical_Router_Static_Route,where:[[_uuid,==,[uuid,#1]]],\
                  row:{ip_prefix:10.0.0.0/16,nexthop:1.1.1.1,output_port:rp1}";
    assert_eq!(sent.last(), Some(&update));
    let guarded = |what: &str| sent.iter().any(|line| line.starts_with("wait,") && line.contains(what));
    assert!(guarded("columns:[_version]") && guarded("columns:[ip_prefix,nexthop]"), "{sent:?}");
    // what makes no difference is not sent
    let may = RouteAdd { may_exist: true, ..RouteAdd::default() };
    check(|t| add(t, "r0", "10.0.0.0/16", "9.9.9.1", &may), "Logical_Router_Static_Route:#1", &[], 2);
}

/// Whatever the router looks like: what nobody may change meanwhile is its version.
#[test]
fn a_new_route_is_guarded_against_a_duplicate_in_constant_size() {
    let plain = RouteAdd::default();
    let may = RouteAdd { may_exist: true, ..RouteAdd::default() };
    let ecmp = RouteAdd { ecmp: true, ..RouteAdd::default() };
    for o in [&plain, &may, &ecmp] {
        let done = run(&net(), |t| add(t, "r0", "10.9.0.0/16", "9.9.9.1", o));
        let guards: Vec<&String> = done.sent.iter().filter(|line| line.starts_with("wait,")).collect();
        let version = "wait,table:Logical_Router,timeout:0,where:[[_uuid,==,[uuid,#11]]],columns:[_version],";
        assert!(guards.iter().any(|guard| guard.starts_with(version)), "{guards:?}");
        assert!(guards.iter().all(|guard| guard.len() < 200), "{guards:?}");
    }
    // one that the line makes itself nobody else changes
    let anew = |t: &mut Txn<'_>| {
        let none = crate::ops::NamedAdd::default();
        crate::ops::lr::add(t, Some("new"), none)?;
        add(t, "new", "10.9.0.0/16", "9.9.9.1", &plain)
    };
    assert!(!run(&net(), anew).sent.iter().any(|line| line.contains("_version")));
}

#[test]
fn next_hops_are_watched() {
    let any = |port| RouteAdd { bfd: Some(RouteBfd::Any), port, ..RouteAdd::default() };
    let known = r#"bfd=#10 ip_prefix="10.9.0.0/16" nexthop="9.9.9.1""#;
    makes("10.9.0.0/16", "9.9.9.1", &any(None), known);
    makes("10.9.0.0/16", "9.9.9.1", &any(Some("rp0")), &format!("{known} output_port=rp0"));
    fails("10.9.0.0/16", "9.9.9.3", &any(None), "insert entry in the BFD table failed");
    let watcher = "insert,table:BFD,uuid-name:new1,row:{dst_ip:9.9.9.1,logical_port:rp1}";
    let route = "insert,table:Logical_Router_Static_Route,uuid-name:new2,\
                 row:{bfd:[named-uuid,new1],ip_prefix:10.9.0.0/16,nexthop:9.9.9.1,output_port:rp1}";
    let into = INTO_R0.replace("new1", "new2");
    let o = any(Some("rp1"));
    let changes = [
        r#"+BFD new1 dst_ip="9.9.9.1" logical_port=rp1"#,
        r#"+Logical_Router_Static_Route new2 bfd=new1 ip_prefix="10.9.0.0/16" nexthop="9.9.9.1" output_port=rp1"#,
        &ROUTES.replace("new1", "new2"),
    ];
    let watched = |t: &mut Txn<'_>| add(t, "r0", "10.9.0.0/16", "9.9.9.1", &o);
    let trial = check(watched, "Logical_Router_Static_Route:new2", &changes, 2);
    assert_eq!(trial.writes(), [watcher, route, &into]);
    let row = |uuid| RouteAdd { bfd: Some(RouteBfd::Row(uuid)), ..RouteAdd::default() };
    makes("10.9.0.0/16", "9.9.9.1", &row("00000000-0000-0000-0000-00000000000a"), known);
    for uuid in ["x", "00000000-0000-0000-0000-00000000000b"] {
        fails("10.9.0.0/16", "9.9.9.1", &row(uuid), "no entry found in the BFD table");
    }
}

#[test]
fn deleting() {
    let taken = |rows: &[u32]| {
        let rows: Vec<String> = rows.iter().map(|row| format!("[uuid,#{row}]")).collect();
        let rows =
            if let [row] = rows.as_slice() { row.clone() } else { format!("[set,[{}]]", rows.join(",")) };
        format!(
            "mutate,table:Logical_Router,where:[[_uuid,==,[uuid,#11]]],mutations:[[static_routes,delete,{rows}]]"
        )
    };
    let one = |o: RouteDel<'static>, rows: &[u32]| {
        let mut changes: Vec<String> =
            rows.iter().map(|row| format!("-Logical_Router_Static_Route #{row}")).collect();
        let left: Vec<String> =
            (1..10).filter(|row| !rows.contains(row)).map(|row| format!("#{row}")).collect();
        changes.push(format!("~Logical_Router #11 static_routes=[{}]", left.join(", ")));
        let changes: Vec<&str> = changes.iter().map(String::as_str).collect();
        let trial = check(move |t| del(t, "r0", &o), "()", &changes, 2);
        assert_eq!(trial.writes(), [taken(rows)]);
    };
    let to = |prefix| RouteDel { prefix: Some(prefix), ..RouteDel::default() };
    one(to("10.0.0.0/16"), &[1, 3]);
    one(RouteDel { policy: Some(Policy::DstIp), ..to("10.0.7.7/16") }, &[1]);
    one(RouteDel { route_table: Some("t"), ..to("10.0.0.0/16") }, &[2]);
    one(RouteDel { policy: Some(Policy::SrcIp), ..RouteDel::default() }, &[3]);
    one(RouteDel { nexthop: Some("9.9.9.2"), ..to("10.1.0.0/16") }, &[5]);
    one(RouteDel { nexthop: Some(DISCARD), ..to("10.2.0.0/16") }, &[6]);
    let unwatched = "delete,table:BFD,where:[[_uuid,==,[uuid,#10]]]";
    let by_port = RouteDel { nexthop: Some("9.9.9.1"), port: Some("rp0"), ..to("10.1.0.0/16") };
    let changes = [
        "-BFD #10",
        "-Logical_Router_Static_Route #4",
        "~Logical_Router #11 static_routes=[#1, #2, #3, #5, #6, #7, #8, #9]",
    ];
    let trial = check(|t| del(t, "r0", &by_port), "()", &changes, 2);
    assert_eq!(trial.writes(), [unwatched, &taken(&[4])]);
    let nothing = RouteDel { if_exists: true, ..to("1.1.1.1") };
    check(|t| del(t, "r0", &nothing), "()", &[], 2);
    let all = "update,table:Logical_Router,where:[[_uuid,==,[uuid,#11]]],row:{static_routes:[set,[]]}";
    let trial = run(&net(), |t| del(t, "r0", &RouteDel { route_table: Some("t"), ..RouteDel::default() }));
    assert_eq!((trial.writes(), trial.rounds, trial.changes.len()), (vec![all], 1, 10));
    assert_eq!(trial.changes.last().map(String::as_str), Some("~Logical_Router #11 static_routes=[]"));
}

#[test]
fn deleting_what_is_not_there() {
    let fails = |o: RouteDel<'static>, why: &str| {
        let done = run(&net(), |t| del(t, "r0", &o));
        assert_eq!(done.answer, why);
    };
    let to = |prefix| RouteDel { prefix: Some(prefix), ..RouteDel::default() };
    fails(RouteDel { policy: Some(Policy::from("x")), ..RouteDel::default() }, "bad policy: x");
    fails(to("x"), "bad prefix argument: x");
    fails(RouteDel { nexthop: Some("x"), ..to("1.1.1.1") }, "bad nexthop argument: x");
    let text = "no matching route: policy 'any', prefix '1.1.0.0/16', nexthop 'any', output_port 'any'.";
    fails(to("1.1.1.1/16"), text);
    let text = "no matching route: policy 'src-ip', prefix '1.1.1.1', nexthop '2.0.0.0/8', output_port 'p'.";
    let o = RouteDel { nexthop: Some("2.2.2.2/8"), port: Some("p"), ..to("1.1.1.1") };
    fails(RouteDel { policy: Some(Policy::SrcIp), ..o }, text);
}

#[test]
fn listing() {
    let shown = |table: Option<&'static str>| {
        move |t: &mut Txn<'_>| {
            let routes = list(t, "r0", table)?;
            let line = |r: &Route| {
                let flags = [(r.is_learned, 'l'), (r.is_ecmp, 'e'), (r.has_bfd, 'b')];
                let flags: String = flags.iter().filter(|(on, _)| *on).map(|(_, flag)| *flag).collect();
                format!("{} {} {} {}", r.table, r.prefix, r.policy, flags)
            };
            let lines: Vec<String> = routes.v4.iter().chain(&routes.v6).map(line).collect();
            Ok(format!("{} {:?}", lines.join("|"), routes.invalid))
        }
    };
    let main = " 10.0.0.0/16 dst-ip | 10.1.0.0/16 dst-ip | 10.1.0.0/16 dst-ip b| 10.2.0.0/16 dst-ip | 10.3.0.0/16 dst-ip l\
                | 10.0.0.0/16 src-ip ";
    let six = "| fd00::/64 dst-ip  [\\\"nonsense\\\"]";
    check(shown(None), &format!("\"{main}|t 10.0.0.0/16 dst-ip {six}\""), &[], 2);
    check(shown(Some("")), &format!("\"{main}{six}\""), &[], 2);
    check(shown(Some("t")), "\"t 10.0.0.0/16 dst-ip  []\"", &[], 2);
    check(|t| Ok(list(t, "nothing", None)?.name), "nothing: router name not found", &[], 1);
}

/// Beyond some hundred routes the whole table is read, without its defaults, instead of one row after the other.
#[test]
fn large_routers() {
    let mut net = rows();
    let row = |net: &mut Rows, i: usize, port: Option<String>| {
        let prefix = cell(LogicalRouterStaticRoute::IP_PREFIX, format!("10.{}.{}.0/24", i / 256, i % 256));
        let nexthop = cell(LogicalRouterStaticRoute::NEXTHOP, "1.1.1.1".to_owned());
        net.row(&[prefix, nexthop, cell(LogicalRouterStaticRoute::OUTPUT_PORT, port)])
    };
    let routes = (0..ovsdb_proto::limits::SINGLE_ROWS_MAX + 1)
        .map(|i| row(&mut net, i, (i % 100 == 7).then(|| format!("p{i}"))))
        .collect();
    let other = row(&mut net, 999, Some("of another router".to_owned()));
    net.row(&[cell(LogicalRouter::STATIC_ROUTES, vec![other])]);
    let name = cell(LogicalRouter::NAME, "r0".to_owned());
    net.row::<LogicalRouter>(&[name, cell(LogicalRouter::STATIC_ROUTES, routes)]);
    let done = run(&net, |t| {
        let routes = list(t, "r0", None)?.v4;
        let ports: Vec<String> = routes.iter().filter_map(|route| route.port.clone()).collect();
        Ok::<_, OpError>(format!("{} {}", routes.len(), ports.join(",")))
    });
    assert_eq!((done.answer.as_str(), done.rounds), ("\"501 p7,p107,p207,p307,p407\"", 2));
}
