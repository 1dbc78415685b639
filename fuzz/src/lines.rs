//! Which command lines are run against servers that answer whatever comes to mind?

use crate::line::{Asked, Ready, TOOLS, prepare};
use ovn_tools::ctl::persona::{Persona, Tool};
use std::sync::LazyLock;

const NB: &str = "ovn-nbctl";
const SB: &str = "ovn-sbctl";
const IC_NB: &str = "ovn-ic-nbctl";
const IC_SB: &str = "ovn-ic-sbctl";
const VS: &str = "ovs-vsctl";

/// Reading and writing, by name and by UUID, one round and several, waiting, all kinds of output. New lines come last: the corpora go by the number.
const LINES: [(&str, &str); 72] = [
    (NB, "lsp-add sw0 p0"),
    (NB, "--wait=sb lsp-set-addresses p0 dynamic -- lsp-set-type p0 router"),
    (NB, "--may-exist ls-add sw0 -- lsp-add sw0 p0 -- lsp-add sw0 p1 p0 7"),
    (NB, "get Logical_Switch_Port p0 addresses options:a"),
    (NB, "show"),
    (NB, "lr-route-list r0"),
    (NB, "--ecmp lr-route-add r0 10.0.0.0/8 192.168.0.1 rp0"),
    (NB, "lrp-add r0 rp0 00:00:00:00:00:01 10.0.0.1/24 -- lrp-set-gateway-chassis rp0 c0 3"),
    (NB, "--if-exists ls-del sw0 -- lr-del r0"),
    (NB, "--format=json list NB_Global"),
    (NB, "--wait=hv set NB_Global . options:a=b external_ids:c=d"),
    (NB, "wait-until Logical_Switch sw0 external_ids:a=b"),
    (NB, "--format=table find Logical_Switch_Port name=p0"),
    (
        NB,
        "--id=@a create Logical_Switch name=x -- add Logical_Switch x ports 00112233-4455-6677-8899-aabbccddeeff",
    ),
    (NB, "get-connection -- set-connection ptcp:6641 -- get-ssl"),
    (SB, "show"),
    (SB, "chassis-add c0 geneve 10.0.0.1"),
    (IC_NB, "ts-add ts0 -- ts-list"),
    (VS, "--may-exist add-port br0 p0 -- set Interface p0 type=internal"),
    (VS, "show"),
    (NB, "ls-list -- lr-list -- lsp-list sw0 -- lrp-list r0"),
    (NB, "--if-exists lsp-del p0 -- --if-exists lrp-del rp0"),
    (NB, "lsp-get-parent p0 -- lsp-get-tag p0 -- lsp-get-addresses p0 -- lsp-get-port-security p0"),
    (NB, "lsp-get-up p0 -- lsp-get-enabled p0 -- lsp-get-type p0 -- lsp-get-options p0 -- lsp-get-ls p0"),
    (
        NB,
        "lsp-set-enabled p0 disabled -- lsp-set-options p0 a=b -- lsp-set-port-security p0 00:00:00:00:00:01",
    ),
    (NB, "--may-exist lrp-add r0 rp0 00:00:00:00:00:01 10.0.0.1/24 peer=p1"),
    (NB, "lrp-set-enabled rp0 enabled -- lrp-get-enabled rp0 -- lrp-set-options rp0 a=b"),
    (
        NB,
        "--may-exist lrp-set-gateway-chassis rp0 c0 -- lrp-get-gateway-chassis rp0 -- lrp-del-gateway-chassis rp0 c0",
    ),
    (NB, "--may-exist --policy=src-ip --bfd lr-route-add r0 10.0.0.0/8 192.168.0.1"),
    (NB, "--if-exists lr-route-del r0 10.0.0.0/8 192.168.0.1 rp0"),
    (NB, "--route-table=x lr-route-list r0 -- lr-route-del r0"),
    (NB, "show sw0 -- show r0"),
    (NB, "show 00112233-4455-6677-8899-aabbccddeeff"),
    (NB, "ls-del 0011 -- lr-del 00112233-4455-6677-8899-aabbccddeeff"),
    (NB, "--may-exist lr-add r0 -- --add-duplicate ls-add sw0 -- ls-add"),
    (NB, "set-ssl k c ca TLSv1.3 HIGH -- del-ssl -- del-connection"),
    (NB, "--wait=hv --print-wait-time sync"),
    (NB, "--format=csv --data=bare list Logical_Router_Static_Route"),
    (NB, "--format=html list Logical_Switch 0011 sw0"),
    (NB, "--columns=name,_uuid,ports --format=list --max-column-width=5 find Logical_Switch ports!=[]"),
    (NB, "--all destroy ACL -- --if-exists destroy Logical_Switch sw0"),
    (NB, "remove Logical_Switch sw0 other_config a b=c -- clear Logical_Switch sw0 ports"),
    (NB, "add Logical_Switch_Port p0 options a=b c=d -- set Logical_Switch_Port p0 tag=3 up=true"),
    (NB, "--id=@x get Logical_Switch sw0 -- set Logical_Router r0 external_ids:a=@x"),
    (NB, "--dry-run --oneline ls-add a -- lsp-add a b -- get Logical_Switch a ports"),
    (NB, "wait-until Logical_Switch_Port p0 up=true -- lsp-get-up p0"),
    (NB, "find Logical_Router_Port networks{>=}10.0.0.1/24 mac!=x gateway_chassis=[]"),
    (NB, "create Logical_Router_Static_Route ip_prefix=1 nexthop=2 policy=src-ip"),
    (SB, "--if-exists chassis-del c0 -- --may-exist chassis-add c0 geneve,vxlan 10.0.0.1"),
    (SB, "find Port_Binding logical_port=p0 chassis!=[]"),
    (SB, "--columns=name,encaps list Chassis"),
    (SB, "get SB_Global . nb_cfg ipsec options"),
    (SB, "--filter=Encap(ip=10.0.0.1) show"),
    (IC_NB, "--if-exists ts-del ts0 -- show"),
    (IC_NB, "--wait=sb ts-add ts1"),
    (IC_SB, "show"),
    (IC_SB, "show az0"),
    (IC_SB, "list Route -- find Port_Binding transit_switch=ts0"),
    (VS, "--no-wait add-br br0 -- set Bridge br0 fail_mode=secure"),
    (VS, "--may-exist add-br br1 br0 7"),
    (VS, "--if-exists del-br br0"),
    (VS, "list-br -- list-ports br0 -- list-ifaces br0"),
    (VS, "--fake list-br -- --real list-br -- br-exists br0"),
    (VS, "port-to-br p0 -- iface-to-br p0"),
    (VS, "--if-exists del-port br0 p0 -- --with-iface del-port p0"),
    (VS, "br-set-external-id br0 a b -- br-get-external-id br0 -- br-set-external-id br0 c"),
    (VS, "set Open_vSwitch . external_ids:ovn-remote=tcp:1.2.3.4:6642"),
    (VS, "--no-wait get Interface p0 ofport -- wait-until Interface p0 ofport=1"),
    (VS, "get-ssl -- del-ssl"),
    (VS, "--columns=_uuid,name list Port"),
    (VS, "clear Bridge br0 ports -- remove Open_vSwitch . bridges 00112233-4455-6677-8899-aabbccddeeff"),
    (VS, "add-port br0 p0 tag=7 -- add-port br0 p1 trunks=1,2 -- del-port p0"),
];

/// Each line, ready to be run.
pub(crate) static READY: LazyLock<Vec<Ready>> = LazyLock::new(|| {
    let ready = |(name, line): (&str, &str)| {
        let tool = Tool::from_name(name)?;
        let def = TOOLS.into_iter().find(|def| def.tool == tool)?;
        let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
        let asked = prepare(def, &Persona::new(tool, name), &words, &|_| None);
        let error = asked.as_ref().err().map(ToString::to_string);
        assert_eq!(error, None, "{line}");
        match asked.ok()? {
            Asked::Commands(ready) => Some(*ready),
            Asked::Text(_) => None,
        }
    };
    let all: Vec<Ready> = LINES.into_iter().filter_map(ready).collect();
    assert_eq!(all.len(), LINES.len());
    all
});
