//! What is told about a tool beside its commands and options: what it is for, examples, environment, exit status?

use super::persona::{Persona, Tool};

/// The OVN release as whose tools we behave.
pub const OVN_RELEASE: &str = "26.03.1";
/// The Open vSwitch release as whose ovs-vsctl we behave.
pub const OVS_RELEASE: &str = "4.0.0";

/// A command line worth showing, and what it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Example {
    /// What stands behind the tool's name.
    pub line: &'static str,
    /// What it does.
    pub text: &'static str,
}

const fn example(line: &'static str, text: &'static str) -> Example {
    Example { line, text }
}

/// The examples of a tool, the best first.
pub fn examples(tool: Tool) -> &'static [Example] {
    const NB: &[Example] = &[
        example("ls-add sw0 -- lsp-add sw0 port1", "make a switch with a port, both or neither"),
        example(
            "--wait=hv set Logical_Router r1 options:chassis=gw1",
            "change a router, and wait for all chassis",
        ),
        example("--format=json list Logical_Switch_Port", "print all switch ports as JSON"),
    ];
    const SB: &[Example] = &[
        example("show", "print the chassis and the ports bound to them"),
        example("--columns=name,hostname list Chassis", "print two columns of a table"),
    ];
    const IC_NB: &[Example] = &[
        example("--may-exist ts-add ts1", "make sure that a transit switch is there"),
        example("show", "print the transit switches"),
    ];
    const IC_SB: &[Example] = &[
        example("show", "print zones, gateways and transit ports"),
        example("find Route availability_zone!=[]", "print the routes that zones have announced"),
    ];
    const VS: &[Example] = &[
        example("add-br br0 -- add-port br0 eth1", "make a bridge with a port, both or neither"),
        example(
            "set Open_vSwitch . external_ids:ovn-remote=tcp:10.0.0.1:6642",
            "tell ovn-controller its server",
        ),
    ];
    match tool {
        Tool::Nb => NB,
        Tool::Sb => SB,
        Tool::IcNb => IC_NB,
        Tool::IcSb => IC_SB,
        Tool::Vs => VS,
    }
}

/// The environment variables that a tool reads, each with what it is for.
pub fn environment(tool: Tool) -> Vec<(&'static str, &'static str)> {
    let info = tool.info();
    let mut list = Vec::new();
    list.extend(info.db_env.map(|v| (v, "default of --db")));
    list.push((info.rundir_env, "folder of the default socket"));
    list.extend(info.options_env.map(|v| (v, "words to put before those of the command line")));
    list.push(("OVS_CTL_TIMEOUT", "default of --timeout"));
    list.push(("OVS_SYSLOG_METHOD", "default of --syslog-method"));
    list.push(("OVS_LOGDIR", "folder of the default log file"));
    list
}

/// The exit statuses of a tool, each with its meaning.
pub fn statuses(tool: Tool) -> &'static [(&'static str, &'static str)] {
    const ALL: &[(&str, &str)] = &[
        ("0", "done"),
        ("1", "not done; stderr says why"),
        ("SIGALRM", "the time given with --timeout is up"),
    ];
    const VS: &[(&str, &str)] = &[
        ("0", "done"),
        ("1", "not done; stderr says why"),
        ("2", "the bridge that br-exists asked for does not exist"),
        ("65", "committed, but ovs-vswitchd reports a fault with a new interface"),
        ("SIGALRM", "the time given with --timeout is up; the change may be committed"),
    ];
    if tool == Tool::Vs { VS } else { ALL }
}

/// What `--version` prints. `schema` is the version of the schema that the tool was made with.
///
/// Called by the C name the first line has the release that we behave as: scripts decide by it what a tool can do.
pub fn version(persona: &Persona, schema: &str) -> String {
    let own = env!("CARGO_PKG_VERSION");
    let info = persona.info();
    let release = if info.tool == Tool::Vs { OVS_RELEASE } else { OVN_RELEASE };
    let name = persona.name();
    let first = match info.tool {
        _ if persona.is_own_name() => format!("{name} {own} (behaves as {} {release})\n", info.c_name),
        Tool::Vs => format!("{name} (Open vSwitch) {release}\n"),
        _ => format!("{name} {release}\nOpen vSwitch Library ovn-tools {own}\n"),
    };
    format!("{first}DB Schema {schema}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions() {
        let check = |tool: Tool, argv0: &str, expect: &str| {
            let text = version(&Persona::new(tool, argv0), "7.18.0");
            assert_eq!(text.replace(env!("CARGO_PKG_VERSION"), "VERSION"), expect);
        };
        check(
            Tool::Nb,
            "/b/ovn-nbctl",
            "ovn-nbctl 26.03.1\nOpen vSwitch Library ovn-tools VERSION\nDB Schema 7.18.0\n",
        );
        check(Tool::Vs, "ovs-vsctl", "ovs-vsctl (Open vSwitch) 4.0.0\nDB Schema 7.18.0\n");
        check(Tool::Vs, "ovs-vs", "ovs-vs VERSION (behaves as ovs-vsctl 4.0.0)\nDB Schema 7.18.0\n");
    }
}
