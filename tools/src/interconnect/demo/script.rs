//! What is done in the demonstration, in which order, by whom?

use crate::ctl::context::ToolDef;
use crate::{ic_nb, ic_sb, nb, sb, vs};

/// At which machine something is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// Where the interconnection databases are.
    Ic,
    /// The zone of OpenStack.
    OpenStack,
    /// The zone of Kubernetes.
    Kubernetes,
}

impl Place {
    pub(super) const ALL: [Place; 3] = [Place::Ic, Place::OpenStack, Place::Kubernetes];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Place::Ic => "interconnection",
            Place::OpenStack => "openstack",
            Place::Kubernetes => "kubernetes",
        }
    }
}

/// One of our programs, under the name that is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tool {
    Nb,
    Sb,
    IcNb,
    IcSb,
    Vs,
}

impl Tool {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Tool::Nb => "ovn-nb",
            Tool::Sb => "ovn-sb",
            Tool::IcNb => "ovn-ic-nb",
            Tool::IcSb => "ovn-ic-sb",
            Tool::Vs => "ovs-vs",
        }
    }

    pub(super) const fn def(self) -> &'static ToolDef {
        match self {
            Tool::Nb => &nb::TOOL,
            Tool::Sb => &sb::TOOL,
            Tool::IcNb => &ic_nb::TOOL,
            Tool::IcSb => &ic_sb::TOOL,
            Tool::Vs => &vs::TOOL,
        }
    }
}

/// When something is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum When {
    Always,
    /// The daemons of OVN take part.
    WithDaemons,
    /// They do not: what they would write is written by hand, as far as the next steps need it.
    Without,
}

/// A step.
#[derive(Clone, Copy, Debug)]
pub(super) enum Step {
    /// A heading.
    Part(&'static str),
    /// A command line, its words separated by blanks.
    Run { when: When, at: Place, tool: Tool, line: &'static str },
    /// Starts the daemon, if daemons take part.
    Northd(Place),
    /// As [`Step::Northd`].
    Ic(Place),
    /// With daemons: waits until this `find` prints something, which is what a daemon is expected to write.
    Await { at: Place, tool: Tool, line: &'static str, what: &'static str },
    /// With daemons: does for this port of the zone what ovn-controller does on the gateway node.
    Bind { at: Place, port: &'static str, chassis: &'static str },
}

const fn run(at: Place, tool: Tool, line: &'static str) -> Step {
    Step::Run { when: When::Always, at, tool, line }
}

const fn with_daemons(at: Place, tool: Tool, line: &'static str) -> Step {
    Step::Run { when: When::WithDaemons, at, tool, line }
}

const fn without(at: Place, tool: Tool, line: &'static str) -> Step {
    Step::Run { when: When::Without, at, tool, line }
}

const fn wait(at: Place, tool: Tool, line: &'static str, what: &'static str) -> Step {
    Step::Await { at, tool, line, what }
}

use Place::{Ic, Kubernetes, OpenStack};
use Tool::{IcNb, IcSb, Nb, Sb, Vs};

/// The procedure, as an operator carries it out, with what others do in between.
pub(super) const SCRIPT: &[Step] = &[
    Step::Part("The interconnection databases get a transit switch"),
    run(
        Ic,
        IcNb,
        "--may-exist ts-add ts -- set Transit_Switch ts external_ids:subnet=169.254.100.0/24 external_ids:vendor=kube-ovn",
    ),
    run(Ic, IcSb, "init"),
    Step::Part("What Kube-OVN does in its zone by itself"),
    run(Kubernetes, Nb, "init"),
    run(Kubernetes, Sb, "init"),
    run(Kubernetes, Vs, "--no-wait init"),
    Step::Northd(Kubernetes),
    run(
        Kubernetes,
        Nb,
        "lr-add ovn-cluster -- lrp-add ovn-cluster ovn-cluster-join 00:00:00:2a:10:01 10.16.0.1/16 -- lr-route-add ovn-cluster 10.0.0.22 10.16.0.9",
    ),
    run(Kubernetes, Nb, "set NB_Global . name=az1"),
    Step::Ic(Kubernetes),
    run(
        Kubernetes,
        Sb,
        "chassis-add gw-az1 geneve 192.0.2.2 -- set Chassis gw-az1 hostname=node1 other_config:is-interconn=true",
    ),
    wait(
        Kubernetes,
        Nb,
        "find Logical_Switch name=ts other_config:interconn-ts=ts",
        "ovn-ic makes the transit switch",
    ),
    without(Kubernetes, Nb, "ls-add ts -- set Logical_Switch ts other_config:interconn-ts=ts"),
    run(
        Kubernetes,
        Nb,
        "lrp-add ovn-cluster az1-ts 00:00:00:5c:64:22 169.254.100.34/24 -- lsp-add ts ts-az1 -- lsp-set-type ts-az1 router -- lsp-set-addresses ts-az1 router -- lsp-set-options ts-az1 router-port=az1-ts -- lrp-set-gateway-chassis az1-ts gw-az1 100 -- set NB_Global . options:ic-route-adv=true options:ic-route-learn=true",
    ),
    Step::Bind { at: Kubernetes, port: "cr-az1-ts", chassis: "gw-az1" },
    Step::Part("What Neutron has made in the zone of OpenStack"),
    run(OpenStack, Nb, "init"),
    run(OpenStack, Sb, "init"),
    run(OpenStack, Vs, "--no-wait init"),
    Step::Northd(OpenStack),
    run(
        OpenStack,
        Nb,
        r"lr-add router0 -- set Logical_Router router0 external_ids:neutron\:router_name=router0 -- lrp-add router0 lrp-provider fa:16:3e:00:01:01 192.168.1.1/24",
    ),
    Step::Part("The operator names the zone and starts ovn-ic"),
    run(OpenStack, Nb, "set NB_Global . name=ovn-opstk0"),
    Step::Ic(OpenStack),
    wait(
        OpenStack,
        Nb,
        "find Logical_Switch name=ts other_config:interconn-ts=ts",
        "ovn-ic makes the transit switch",
    ),
    without(OpenStack, Nb, "ls-add ts -- set Logical_Switch ts other_config:interconn-ts=ts"),
    Step::Part("The gateway node joins (ovn-controller registers it)"),
    run(OpenStack, Vs, "--no-wait set open_vswitch . external_ids:ovn-is-interconn=true"),
    run(
        OpenStack,
        Sb,
        "chassis-add gw-opstk0 geneve 192.0.2.1 -- set Chassis gw-opstk0 hostname=network1 other_config:is-interconn=true",
    ),
    wait(Ic, IcSb, "find Gateway name=gw-opstk0", "ovn-ic announces the gateway"),
    Step::Part("The router gets a port on the transit switch"),
    run(OpenStack, Nb, "show"),
    run(OpenStack, Nb, "lrp-add router0 lrp-router0-ts 00:02:ef:11:39:4f 169.254.100.73/24"),
    run(
        OpenStack,
        Nb,
        "lsp-add ts lsp-ts-router0 -- lsp-set-addresses lsp-ts-router0 router -- lsp-set-type lsp-ts-router0 router -- lsp-set-options lsp-ts-router0 router-port=lrp-router0-ts",
    ),
    Step::Part("The port gets a gateway"),
    run(OpenStack, Sb, "show"),
    run(OpenStack, Nb, "lrp-set-gateway-chassis lrp-router0-ts gw-opstk0"),
    Step::Bind { at: OpenStack, port: "cr-lrp-router0-ts", chassis: "gw-opstk0" },
    wait(
        Ic,
        IcSb,
        "find Port_Binding logical_port=lsp-ts-router0 gateway=gw-opstk0",
        "ovn-ic announces the port with its gateway",
    ),
    wait(
        Kubernetes,
        Nb,
        "find Logical_Switch_Port name=lsp-ts-router0 type=remote up=true",
        "the port of the other zone has come up",
    ),
    Step::Part("Routes are announced and learned"),
    run(OpenStack, Nb, "set NB_Global . options:ic-route-adv=true options:ic-route-learn=true"),
    wait(
        OpenStack,
        Nb,
        "find Logical_Router_Static_Route ip_prefix=10.0.0.22/32 nexthop=169.254.100.34",
        "the routes of the other zone are learned",
    ),
    wait(
        OpenStack,
        Nb,
        "find Logical_Router_Static_Route options:origin=connected nexthop=169.254.100.34",
        "the network of the pods is learned",
    ),
    wait(
        Kubernetes,
        Nb,
        "find Logical_Router_Static_Route nexthop=169.254.100.73",
        "the network of the other zone is learned",
    ),
    Step::Part("Both sides at the end"),
    run(OpenStack, Nb, "show"),
    with_daemons(OpenStack, Nb, "lr-route-list router0"),
    run(Kubernetes, Nb, "show"),
    with_daemons(Kubernetes, Nb, "lr-route-list ovn-cluster"),
    with_daemons(Ic, IcSb, "show"),
];
