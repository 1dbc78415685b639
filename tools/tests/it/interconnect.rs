//! The demonstration of two zones that are connected, with OVN's daemons and without.

use crate::release::{Database, Release};
use crate::server::Server;
use crate::tool::run;
use serde_json::Value;
use std::path::Path;
use std::process::{Command, Output};

fn demo(path: &str, words: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ovn-interconnect"));
    command.args(words).env("PATH", path).output().unwrap()
}

/// What a command of the demonstration printed, of the last one if it is run several times.
fn printed<'a>(steps: &'a [Value], at: &str, command: &str) -> &'a str {
    let step = steps.iter().rfind(|step| step["at"] == at && step["command"] == command);
    step.unwrap_or_else(|| panic!("no {command} at {at}: {steps:#?}"))["output"].as_str().unwrap()
}

#[test]
fn with_daemons_routes_are_learned() {
    let output = demo("/usr/bin", &["demo", "--json"]);
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    let whole: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&whole["ok"], output.status.code()), (&Value::Bool(true), Some(0)));
    let steps = whole["steps"].as_array().unwrap();
    let routes = printed(steps, "openstack", "ovn-nb lr-route-list router0");
    assert!(
        routes.contains("             10.16.0.0/16            169.254.100.34 dst-ip (learned)\n"),
        "{routes}"
    );
    assert!(
        routes.contains("                10.0.0.22            169.254.100.34 dst-ip (learned)\n"),
        "{routes}"
    );
    let routes = printed(steps, "kubernetes", "ovn-nb lr-route-list ovn-cluster");
    assert!(
        routes.contains("           192.168.1.0/24            169.254.100.73 dst-ip (learned)\n"),
        "{routes}"
    );
    assert!(printed(steps, "interconnection", "ovn-ic-sb show").contains("gateway gw-opstk0\n"));
}

#[test]
fn without_daemons_both_sides_are_made_and_what_is_missing_is_said() {
    let output = demo("/nowhere", &["demo"]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success() && output.stderr.is_empty(), "{text}");
    let missing = "Not installed: ovn-northd (Debian package ovn-central) and ovn-ic (Debian package ovn-ic); no routes will be learned.\n";
    assert!(text.starts_with(missing), "{text}");
    assert!(
        text.contains("\nopenstack$ ovn-nb lrp-set-gateway-chassis lrp-router0-ts gw-opstk0\n"),
        "{text}"
    );
    assert!(text.ends_with("\n\nEvery step was carried out.\n"), "{text}");
    assert!(!text.contains('\x1b'), "{text}");
}

/// Every line that the demonstration prints, pasted into a shell, does on other servers what it did
/// there.
#[test]
fn every_printed_command_can_be_pasted_into_a_shell() {
    let output = demo("/nowhere", &["demo", "--json"]);
    let whole: Value = serde_json::from_slice(&output.stdout).unwrap();
    let release = Release::find("26.03");
    let serve = |databases: &[Database]| {
        let databases: Vec<_> = databases.iter().map(|d| (*d, release.schema(*d))).collect();
        Server::start(&release, &databases, &[])
    };
    let interconnection = serve(&[Database::IcNb, Database::IcSb]);
    let [openstack, kubernetes] = [(), ()].map(|()| serve(&[Database::Nb, Database::Sb, Database::Vs]));
    let programs = Path::new(env!("CARGO_BIN_EXE_ovn-nb")).parent().unwrap();
    let paste = |at: &str, line: &str| {
        let server = match at {
            "interconnection" => &interconnection,
            "openstack" => &openstack,
            _ => &kubernetes,
        };
        let mut shell = Command::new("/bin/sh");
        shell.args(["-c", line]).env("PATH", format!("{}:/usr/bin:/bin", programs.display()));
        shell.env("OVN_RUNDIR", server.folder()).env("OVS_RUNDIR", server.folder());
        shell.env("OVS_SYSLOG_METHOD", "null");
        let outcome = run(shell);
        assert_eq!((outcome.status.as_str(), outcome.stderr.as_str()), ("exit 0", ""), "{at}: {line}");
        outcome.stdout
    };
    let mut lines = 0;
    for step in whole["steps"].as_array().unwrap() {
        if let (Some(at), Some(line)) = (step["at"].as_str(), step["command"].as_str()) {
            paste(at, line);
            lines += 1;
        }
    }
    assert!(lines > 20, "{whole:#}");
    let router = r"ovn-nb get Logical_Router router0 'external_ids:neutron\:router_name'";
    assert_eq!(paste("openstack", router), "router0\n");
}

#[test]
fn wrong_command_lines() {
    let output = demo("/nowhere", &["demo", "--fast"]);
    assert_eq!(output.status.code(), Some(2));
    let text = "ovn-interconnect: unknown option --fast (use --help for help)\n";
    assert_eq!(String::from_utf8(output.stderr).unwrap(), text);
}
