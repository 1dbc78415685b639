//! Do our tools connect two availability zones: does every step leave the rows that it must leave?
//!
//! Real ovsdb-servers, ovn-northd and ovn-ic of each release; no packets, so no root. What ovn-controller would write
//! (the chassis, and where a port is bound) is written with the tools as well. `scripts/interconnect` does the same with
//! packets.

use std::path::PathBuf;

use serde_json::{Value, json};

use crate::release::{Database, Release};
use crate::rpc::Client;
use crate::server::{Daemon, Server};
use crate::tool::Tools;

/// The steps are those of an operator and take far less; the daemons answer within milliseconds.
const DEADLINE_MS: u32 = 20_000;

#[test]
fn with_23_03() {
    connect_two_zones("23.03");
}

#[test]
fn with_25_03() {
    connect_two_zones("25.03");
}

#[test]
fn with_26_03() {
    connect_two_zones("26.03");
}

/// A server, and who acts at its machine.
struct Site {
    server: Server,
    variables: Vec<(String, String)>,
    daemons: Vec<Daemon>,
}

fn connect_two_zones(release: &str) {
    let release = Release::find(release);
    let new = release.name == "26.03";
    let ic = Site::new(&release, &[Database::IcNb, Database::IcSb]);
    let mut a = Site::new(&release, &[Database::Nb, Database::Sb, Database::Vs]).beside(&ic);
    let mut b = Site::new(&release, &[Database::Nb, Database::Sb, Database::Vs]).beside(&ic);
    a.start_northd(&release);
    b.start_northd(&release);

    // 1. The interconnection databases and the transit switch.
    ic.run("icnbctl --may-exist ts-add ts -- set Transit_Switch ts external_ids:subnet=169.254.100.0/24 external_ids:vendor=kube-ovn");
    ic.run("icsbctl init");
    ic.has(
        Database::IcNb,
        "Transit_Switch",
        &[json!(["name", "==", "ts"]), map("external_ids", "subnet", "169.254.100.0/24")],
    );
    ic.has(Database::IcNb, "IC_NB_Global", &[]);
    ic.has(Database::IcSb, "IC_SB_Global", &[]);
    ic.has_no(Database::IcSb, "Datapath_Binding", &[]);

    // 2. What Kube-OVN does in its zone by itself.
    b.run("nbctl lr-add ovn-cluster -- lrp-add ovn-cluster ovn-cluster-join 00:00:00:2a:10:01 10.16.0.1/16 -- lr-route-add ovn-cluster 10.0.0.22 10.16.0.9");
    b.run("nbctl set NB_Global . name=az1");
    b.start_ic(&release, &ic);
    b.play_controller("gw-az1", "192.0.2.2");
    ic.has(
        Database::IcSb,
        "Datapath_Binding",
        &[json!(["transit_switch", "==", "ts"]), json!(["tunnel_key", "==", 16_711_682])],
    );
    if new {
        ic.has(Database::IcSb, "Datapath_Binding", &[json!(["type", "==", "transit-switch"])]);
    }
    b.has(Database::Nb, "Logical_Switch", &[json!(["name", "==", "ts"])]);
    b.run("nbctl lrp-add ovn-cluster az1-ts 00:00:00:5c:64:22 169.254.100.34/24 -- lsp-add ts ts-az1 -- lsp-set-type ts-az1 router -- lsp-set-addresses ts-az1 router -- lsp-set-options ts-az1 router-port=az1-ts -- lrp-set-gateway-chassis az1-ts gw-az1 100 -- set NB_Global . options:ic-route-adv=true options:ic-route-learn=true");
    b.bind("cr-az1-ts", "gw-az1");
    ic.has(
        Database::IcSb,
        "Port_Binding",
        &[json!(["logical_port", "==", "ts-az1"]), json!(["gateway", "==", "gw-az1"])],
    );

    // 3. A name, and ovn-ic.
    a.run(r"nbctl lr-add router0 -- set Logical_Router router0 external_ids:neutron\:router_name=router0");
    a.run("nbctl set NB_Global . name=ovn-opstk0");
    a.has(Database::Nb, "NB_Global", &[json!(["name", "==", "ovn-opstk0"])]);
    a.start_ic(&release, &ic);
    ic.has(Database::IcSb, "Availability_Zone", &[json!(["name", "==", "ovn-opstk0"])]);
    a.has(
        Database::Nb,
        "Logical_Switch",
        &[
            json!(["name", "==", "ts"]),
            map("other_config", "interconn-ts", "ts"),
            map("other_config", "requested-tnl-key", "16711682"),
        ],
    );
    a.has(
        Database::Nb,
        "Logical_Switch_Port",
        &[
            json!(["name", "==", "ts-az1"]),
            json!(["type", "==", "remote"]),
            json!(["addresses", "includes", "00:00:00:5c:64:22 169.254.100.34/24"]),
        ],
    );
    a.has(
        Database::Sb,
        "Chassis",
        &[json!(["name", "==", "gw-az1"]), map("other_config", "is-remote", "true")],
    );
    a.has(
        Database::Sb,
        "Encap",
        &[json!(["chassis_name", "==", "gw-az1"]), json!(["ip", "==", "192.0.2.2"])],
    );
    a.has(
        Database::Sb,
        "Port_Binding",
        &[
            json!(["logical_port", "==", "ts-az1"]),
            json!(["type", "==", "remote"]),
            json!(["chassis", "!=", ["set", []]]),
        ],
    );
    a.has(Database::Sb, "Datapath_Binding", &[json!(["tunnel_key", "==", 16_711_682])]);

    // 4. The gateway node.
    a.run("vsctl --no-wait set open_vswitch . external_ids:ovn-is-interconn=true");
    a.has(Database::Vs, "Open_vSwitch", &[map("external_ids", "ovn-is-interconn", "true")]);
    a.play_controller("gw-opstk0", "192.0.2.1");
    ic.has(
        Database::IcSb,
        "Gateway",
        &[json!(["name", "==", "gw-opstk0"]), json!(["hostname", "==", "host.gw-opstk0"])],
    );
    ic.has(
        Database::IcSb,
        "Encap",
        &[
            json!(["gateway_name", "==", "gw-opstk0"]),
            json!(["type", "==", "geneve"]),
            json!(["ip", "==", "192.0.2.1"]),
        ],
    );
    b.has(
        Database::Sb,
        "Chassis",
        &[json!(["name", "==", "gw-opstk0"]), map("other_config", "is-remote", "true")],
    );

    // 5. The ports.
    assert!(a.run("nbctl show").contains(" (router0)"));
    a.run("nbctl lrp-add router0 lrp-router0-ts 00:02:ef:11:39:4f 169.254.100.73/24");
    a.has(
        Database::Nb,
        "Logical_Router_Port",
        &[json!(["name", "==", "lrp-router0-ts"]), json!(["networks", "includes", "169.254.100.73/24"])],
    );
    a.has(
        Database::Sb,
        "Port_Binding",
        &[json!(["logical_port", "==", "lrp-router0-ts"]), json!(["type", "==", "patch"])],
    );
    a.run("nbctl lsp-add ts lsp-ts-router0 -- lsp-set-addresses lsp-ts-router0 router -- lsp-set-type lsp-ts-router0 router -- lsp-set-options lsp-ts-router0  router-port=lrp-router0-ts");
    a.has(
        Database::Nb,
        "Logical_Switch_Port",
        &[
            json!(["name", "==", "lsp-ts-router0"]),
            json!(["type", "==", "router"]),
            json!(["addresses", "==", "router"]),
            map("options", "router-port", "lrp-router0-ts"),
        ],
    );
    a.has(
        Database::Sb,
        "Port_Binding",
        &[json!(["logical_port", "==", "lsp-ts-router0"]), map("options", "peer", "lrp-router0-ts")],
    );
    a.has(
        Database::Sb,
        "Port_Binding",
        &[json!(["logical_port", "==", "lrp-router0-ts"]), map("options", "peer", "lsp-ts-router0")],
    );
    ic.has(
        Database::IcSb,
        "Port_Binding",
        &[
            json!(["logical_port", "==", "lsp-ts-router0"]),
            json!(["transit_switch", "==", "ts"]),
            json!(["address", "==", "00:02:ef:11:39:4f 169.254.100.73/24"]),
            json!(["gateway", "==", ""]),
        ],
    );
    b.has(
        Database::Nb,
        "Logical_Switch_Port",
        &[json!(["name", "==", "lsp-ts-router0"]), json!(["type", "==", "remote"])],
    );
    b.has(
        Database::Sb,
        "Port_Binding",
        &[json!(["logical_port", "==", "lsp-ts-router0"]), json!(["chassis", "==", ["set", []]])],
    );

    // 6. The gateway chassis, found as an operator finds it.
    assert!(a.run("sbctl show").contains("Chassis gw-opstk0\n    hostname: host.gw-opstk0\n"));
    a.run("nbctl lrp-set-gateway-chassis lrp-router0-ts gw-opstk0");
    a.has(
        Database::Nb,
        "Gateway_Chassis",
        &[
            json!(["name", "==", "lrp-router0-ts-gw-opstk0"]),
            json!(["chassis_name", "==", "gw-opstk0"]),
            json!(["priority", "==", 0]),
        ],
    );
    a.has(Database::Sb, "HA_Chassis", &[]);
    a.bind("cr-lrp-router0-ts", "gw-opstk0");
    ic.has(
        Database::IcSb,
        "Port_Binding",
        &[json!(["logical_port", "==", "lsp-ts-router0"]), json!(["gateway", "==", "gw-opstk0"])],
    );
    b.has(
        Database::Sb,
        "Port_Binding",
        &[json!(["logical_port", "==", "lsp-ts-router0"]), json!(["chassis", "!=", ["set", []]])],
    );
    b.has(
        Database::Nb,
        "Logical_Switch_Port",
        &[json!(["name", "==", "lsp-ts-router0"]), json!(["up", "==", true])],
    );

    // 7. Routes, in both directions.
    a.run("nbctl set NB_Global . options:ic-route-adv=true options:ic-route-learn=true");
    a.has(
        Database::Nb,
        "Logical_Router_Static_Route",
        &[json!(["ip_prefix", "==", "10.0.0.22/32"]), json!(["nexthop", "==", "169.254.100.34"])],
    );
    // A connected network is written as the port has it, or masked; the tool prints it masked.
    a.has(
        Database::Nb,
        "Logical_Router_Static_Route",
        &[map("options", "origin", "connected"), json!(["nexthop", "==", "169.254.100.34"])],
    );
    let routes = a.run("nbctl lr-route-list router0");
    let expected = "IPv4 Routes\nRoute Table <main>:\n                10.0.0.22            169.254.100.34 dst-ip (learned)\n             10.16.0.0/16            169.254.100.34 dst-ip (learned)\n";
    assert_eq!(routes, expected);
    a.run("nbctl lrp-add router0 lrp-provider fa:16:3e:00:01:01 192.168.1.1/24");
    ic.has(
        Database::IcSb,
        "Route",
        &[json!(["nexthop", "==", "169.254.100.73"]), json!(["origin", "==", "connected"])],
    );
    b.has(Database::Nb, "Logical_Router_Static_Route", &[json!(["nexthop", "==", "169.254.100.73"])]);
    let routes = b.run("nbctl lr-route-list ovn-cluster");
    assert!(
        routes.contains("           192.168.1.0/24            169.254.100.73 dst-ip (learned)\n"),
        "{routes}"
    );

    // And apart again: routes first, then the ports.
    a.run("nbctl set NB_Global . options:ic-route-adv=false options:ic-route-learn=false");
    b.has_no(Database::Nb, "Logical_Router_Static_Route", &[json!(["nexthop", "==", "169.254.100.73"])]);
    a.has_no(Database::Nb, "Logical_Router_Static_Route", &[]);
    a.run("nbctl lsp-del lsp-ts-router0 -- lrp-del lrp-router0-ts");
    ic.has_no(Database::IcSb, "Port_Binding", &[json!(["logical_port", "==", "lsp-ts-router0"])]);
    b.has_no(Database::Nb, "Logical_Switch_Port", &[json!(["name", "==", "lsp-ts-router0"])]);
}

/// The condition that a map holds a pair.
fn map(column: &str, key: &str, value: &str) -> Value {
    json!([column, "includes", ["map", [[key, value]]]])
}

impl Site {
    fn new(release: &Release, databases: &[Database]) -> Site {
        let databases: Vec<(Database, PathBuf)> =
            databases.iter().map(|database| (*database, release.schema(*database))).collect();
        Site { server: Server::start(release, &databases, &[]), variables: Vec::new(), daemons: Vec::new() }
    }

    /// A site whose tools look for the interconnection databases at `ic`.
    fn beside(mut self, ic: &Site) -> Site {
        for database in [Database::IcNb, Database::IcSb] {
            if let Some(variable) = database.variable() {
                self.variables.push((variable.to_owned(), ic.remote(database)));
            }
        }
        self
    }

    fn remote(&self, database: Database) -> String {
        format!("unix:{}", self.server.socket(database).display())
    }

    fn start_northd(&mut self, release: &Release) {
        let arguments = [
            format!("--ovnnb-db={}", self.remote(Database::Nb)),
            format!("--ovnsb-db={}", self.remote(Database::Sb)),
        ];
        self.start(release, "ovn-northd", &arguments);
    }

    fn start_ic(&mut self, release: &Release, ic: &Site) {
        let arguments = [
            format!("--ovnnb-db={}", self.remote(Database::Nb)),
            format!("--ovnsb-db={}", self.remote(Database::Sb)),
            format!("--ic-nb-db={}", ic.remote(Database::IcNb)),
            format!("--ic-sb-db={}", ic.remote(Database::IcSb)),
        ];
        self.start(release, "ovn-ic", &arguments);
    }

    fn start(&mut self, release: &Release, program: &str, arguments: &[String]) {
        let folder = self.server.folder();
        let daemon = Daemon::start(&release.program(program), |command| {
            command.args(arguments).args(["-vconsole:off", "-vsyslog:off"]);
            command.env("OVN_RUNDIR", folder).env("OVS_RUNDIR", folder).env("OVN_LOGDIR", folder);
        });
        self.daemons.push(daemon);
    }

    /// Runs a command line of our tools, whose words are separated by blanks, and gives its output.
    fn run(&self, line: &str) -> String {
        let (tool, arguments) = line.split_once(' ').unwrap();
        let database = Database::ALL.into_iter().find(|database| database.short_tool() == tool).unwrap();
        let arguments: Vec<&str> = arguments.split_whitespace().collect();
        let outcome = Tools::under_test().run(database, self.server.folder(), &self.variables, &arguments);
        assert!(outcome.status == "exit 0" && outcome.stderr.is_empty(), "{line}: {outcome:?}");
        outcome.stdout
    }

    /// Registers a chassis as ovn-controller does on a gateway node with `ovn-is-interconn=true`.
    fn play_controller(&self, chassis: &str, ip: &str) {
        self.run(&format!("sbctl chassis-add {chassis} geneve {ip} -- set Chassis {chassis} hostname=host.{chassis} other_config:is-interconn=true"));
    }

    /// Binds a port once northd has made it, as ovn-controller does.
    fn bind(&self, port: &str, chassis: &str) {
        self.has(
            Database::Sb,
            "Port_Binding",
            &[json!(["logical_port", "==", port]), json!(["type", "==", "chassisredirect"])],
        );
        let uuid = self.run(&format!("sbctl get Chassis {chassis} _uuid"));
        self.run(&format!("sbctl set Port_Binding {port} chassis={} up=true", uuid.trim()));
    }

    /// Waits until `table` has a row for which all `conditions` hold.
    fn has(&self, database: Database, table: &str, conditions: &[Value]) {
        self.wait(database, table, conditions, "!=");
    }

    /// Waits until `table` has no such row.
    fn has_no(&self, database: Database, table: &str, conditions: &[Value]) {
        self.wait(database, table, conditions, "==");
    }

    /// Lets the server wait until the rows found are, or are no longer, none.
    fn wait(&self, database: Database, table: &str, conditions: &[Value], until: &str) {
        let wait = json!({"op": "wait", "table": table, "where": conditions, "columns": ["_uuid"], "until": until, "rows": [], "timeout": DEADLINE_MS});
        let mut client = Client::connect(&self.server.socket(database));
        let result = client.call("transact", &json!([database.name(), wait]));
        assert!(
            result[0].get("error").is_none(),
            "{table} {} where {conditions:?}: {result}",
            if until == "!=" { "has no row" } else { "has a row" }
        );
    }
}
