//! Commands that many processes run at the same time on one database.

use std::collections::BTreeSet;
use std::path::Path;

use crate::release::{Database, Release};
use crate::server::Server;
use crate::tool::{Outcome, Tools};

/// So often a race is run that a guard that is missing shows.
const RACES: usize = 8;

fn release(name: &str, our_server: bool) -> Release {
    let release = Release::find(name);
    if our_server { release.on_our_server() } else { release }
}

/// Servers of Open vSwitch 3.1 and 4.0, and ours.
fn on_each_server(database: Database, check: impl Fn(&Path)) {
    for (name, our_server) in [("23.03", false), ("26.03", false), ("26.03", true)] {
        let release = release(name, our_server);
        let server = Server::start(&release, &[(database, release.schema(database))], &[]);
        check(server.folder());
    }
}

/// Runs all lines at once, and returns how they ended.
fn at_once(database: Database, folder: &Path, lines: &[String]) -> Vec<Outcome> {
    let tools = Tools::under_test();
    let run = |line: &String| {
        let words: Vec<&str> = line.split(' ').collect();
        tools.run(database, folder, &[("OVS_CTL_TIMEOUT".to_owned(), "120".to_owned())], &words)
    };
    std::thread::scope(|scope| {
        let threads: Vec<_> = lines.iter().map(|line| scope.spawn(move || run(line))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    })
}

fn one(database: Database, folder: &Path, line: &str) -> String {
    let outcome = at_once(database, folder, &[line.to_owned()]).remove(0);
    assert_eq!(outcome.status, "exit 0", "{line}: {outcome:?}");
    outcome.stdout
}

#[test]
fn parallel_adds_of_different_routes_all_succeed() {
    on_each_server(Database::Nb, |folder| {
        one(Database::Nb, folder, "lr-add r0");
        let lines: Vec<String> = (0..20).map(|i| format!("lr-route-add r0 10.{i}.0.0/16 10.0.0.1")).collect();
        for (line, outcome) in lines.iter().zip(at_once(Database::Nb, folder, &lines)) {
            assert_eq!(outcome.status, "exit 0", "{line}: {outcome:?}");
        }
        let made = one(Database::Nb, folder, "--bare --columns=ip_prefix list Logical_Router_Static_Route");
        let prefixes: BTreeSet<&str> = made.split_whitespace().collect();
        assert_eq!((prefixes.len(), made.split_whitespace().count()), (20, 20), "{made}");
    });
}

/// Races of lines that make one row, `{n}` being the number of the race: exactly one row is what
/// `find` finds afterwards, and whoever did not make it says in its own words that it is there, or
/// has no reason to complain.
fn race(database: Database, setup: &str, lines: &[&str], find: &str) {
    on_each_server(database, |folder| {
        if !setup.is_empty() {
            one(database, folder, setup);
        }
        for n in 0..RACES {
            let numbered = |line: &&str| line.replace("{n}", &n.to_string());
            let racing: Vec<String> = lines.iter().cycle().take(8).map(numbered).collect();
            let outcomes = at_once(database, folder, &racing);
            let found = one(database, folder, &format!("--bare --columns=_uuid {}", numbered(&find)));
            assert_eq!(found.split_whitespace().count(), 1, "race {n}: {racing:?} {outcomes:?}");
            for (line, outcome) in racing.iter().zip(&outcomes) {
                let made = outcome.status == "exit 0";
                let refused = outcome.status == "exit 1" && !outcome.stderr.contains("transaction error");
                let may = line.contains("--may-exist") || line.contains("-set-");
                assert!(made || refused && !may, "race {n}: {line}: {outcome:?}");
            }
        }
    });
}

#[test]
fn parallel_adds_never_make_a_route_twice() {
    race(
        Database::Nb,
        "lr-add r0",
        &[
            "lr-route-add r0 10.{n}.0.0/16 10.0.0.1",
            "--may-exist lr-route-add r0 10.{n}.0.9/16 10.0.0.1",
            "--may-exist lr-route-add r0 10.{n}.0.0/16 10.0.0.2",
        ],
        "find Logical_Router_Static_Route ip_prefix=10.{n}.0.0/16",
    );
}

#[test]
fn parallel_adds_never_make_a_switch_or_router_twice() {
    let lines = ["ls-add sw{n}", "--may-exist ls-add sw{n}"];
    race(Database::Nb, "", &lines, "find Logical_Switch name=sw{n}");
    let lines = ["lr-add r{n}", "--may-exist lr-add r{n}"];
    race(Database::Nb, "", &lines, "find Logical_Router name=r{n}");
}

#[test]
fn parallel_adds_never_make_a_port_twice() {
    let lines = ["lsp-add sw0 p{n}", "--may-exist lsp-add sw0 p{n}"];
    race(Database::Nb, "ls-add sw0", &lines, "find Logical_Switch_Port name=p{n}");
    let lines = [
        "lrp-add r0 rp{n} 00:00:00:00:00:01 10.0.0.1/8",
        "--may-exist lrp-add r0 rp{n} 00:00:00:00:00:01 10.0.0.1/8",
    ];
    race(Database::Nb, "lr-add r0", &lines, "find Logical_Router_Port name=rp{n}");
}

#[test]
fn parallel_commands_never_make_a_gateway_chassis_twice() {
    on_each_server(Database::Nb, |folder| {
        one(Database::Nb, folder, "lr-add r0 -- lrp-add r0 rp0 00:00:00:00:00:01 10.0.0.1/8");
        let uuid = one(Database::Nb, folder, "get Logical_Router_Port rp0 _uuid");
        for n in 0..RACES {
            let line = |port: &str| format!("lrp-set-gateway-chassis {port} ch{n} 7");
            let lines: Vec<String> =
                ["rp0", uuid.trim()].iter().cycle().take(8).map(|port| line(port)).collect();
            for (line, outcome) in lines.iter().zip(at_once(Database::Nb, folder, &lines)) {
                assert_eq!(outcome.status, "exit 0", "{line}: {outcome:?}");
            }
            let find = format!("--bare --columns=_uuid find Gateway_Chassis chassis_name=ch{n}");
            assert_eq!(one(Database::Nb, folder, &find).split_whitespace().count(), 1);
        }
    });
}

#[test]
fn parallel_adds_never_make_a_chassis_or_transit_switch_or_bridge_twice() {
    let lines = ["chassis-add ch{n} geneve 192.0.2.{n}", "--may-exist chassis-add ch{n} geneve 192.0.2.{n}"];
    race(Database::Sb, "", &lines, "find Chassis name=ch{n}");
    let lines = ["ts-add ts{n}", "--may-exist ts-add ts{n}"];
    race(Database::IcNb, "", &lines, "find Transit_Switch name=ts{n}");
    let lines = ["--no-wait add-br br{n}", "--no-wait --may-exist add-br br{n}"];
    race(Database::Vs, "--no-wait init", &lines, "find Bridge name=br{n}");
    let lines = ["--no-wait add-port br0 p{n}", "--no-wait --may-exist add-port br0 p{n}"];
    race(Database::Vs, "--no-wait add-br br0", &lines, "find Port name=p{n}");
}
