//! The work of long lines: it grows with the number of commands, not with its square, for every
//! command of every tool.

use super::*;
use crate::ctl::chain;
use crate::ctl::options;
use crate::{ic_nb, ic_sb, nb, sb, vs};
use ovsdb_server::engine::Database;
use ovsdb_server::trial::{End, at_once, round_by_round};
use std::collections::BTreeSet;

/// How many commands the shorter of two lines has. Few enough that a line reads rows one by one
/// ([`ovsdb_proto::limits::SINGLE_ROWS_MAX`]) where it can.
const COUNT: usize = 40;

/// How much more work twice as many commands may be.
const RATIO_MAX: f64 = 2.2;

/// The cases of a tool. In what is repeated, `{i}` stands for a number, `{a}.{b}` for two octets
/// that are made of it.
struct Cases {
    def: &'static ToolDef,
    /// Lines that make the database.
    once: &'static [&'static str],
    /// Commands that are run as often as those of the cases, before them.
    each: &'static [&'static str],
    /// Commands of which a long line is made, besides those of [`SHARED`].
    lines: &'static [&'static str],
    /// Commands that print all there is, on a database that is the same however many they are.
    listings: &'static [&'static str],
}

/// Commands of several tools.
const SHARED: [&str; 8] = [
    "init",
    "get-connection",
    "set-connection ptcp:{i}",
    "del-connection",
    "get-ssl",
    "set-ssl a{i} b c",
    "del-ssl",
    "comment {i}",
];

const NB: Cases = Cases {
    def: &nb::TOOL,
    once: &[
        "ls-add sw0 -- lr-add r0 -- lrp-add r0 up 00:00:00:00:00:01 192.168.0.1/24 -- lr-add full",
        "lrp-set-gateway-chassis up ch 1 -- set NB_Global . options:a=b",
    ],
    each: &[
        "ls-add s{i}",
        "lsp-add sw0 p{i}",
        "lsp-set-addresses p{i} '00:00:00:00:00:01 10.{a}.{b}.7'",
        "lsp-add s{i} q{i} p{i} 7",
        "lr-add r{i}x",
        "lrp-add r0 rp{i} 00:00:00:00:00:01 10.{a}.{b}.1/24",
        "lr-route-add r0 10.{a}.{b}.0/24 9.9.9.9 up",
        "lr-route-add r{i}x 0.0.0.0/0 1.1.1.1",
        "lrp-set-gateway-chassis up chassis{i} 5",
    ],
    lines: &[
        "sync",
        "show s{i}",
        "show r{i}x",
        "ls-add new{i}",
        "--may-exist ls-add s{i}",
        "--may-exist ls-add new",
        "--add-duplicate ls-add twin",
        "ls-add new{i} -- lsp-add new{i} port{i} -- lsp-set-addresses port{i} '00:00:00:00:00:01 10.0.0.1'",
        "ls-del s{i}",
        "--if-exists ls-del nothing{i}",
        "lsp-add sw0 new{i}",
        "--may-exist lsp-add sw0 p{i}",
        "lsp-add sw0 new{i} -- lsp-set-addresses new{i} '00:00:00:00:00:02 11.{a}.{b}.7'",
        "lsp-add sw0 new{i} -- lsp-set-addresses new{i} '00:00:00:00:00:02 11.{a}.{b}.7' -- lsp-del new{i}",
        "lsp-del p{i}",
        "lsp-del q{i}",
        "lsp-list s{i}",
        "lsp-get-parent q{i}",
        "lsp-get-tag q{i}",
        "lsp-set-addresses p{i} '00:00:00:00:00:02 11.{a}.{b}.7'",
        "lsp-set-addresses p{i} unknown",
        "lsp-get-addresses p{i}",
        "lsp-set-port-security p{i} 00:00:00:00:00:02",
        "lsp-get-port-security p{i}",
        "lsp-get-up p{i}",
        "lsp-set-enabled p{i} disabled",
        "lsp-get-enabled p{i}",
        "lsp-set-type p{i} router -- lsp-set-options p{i} router-port=rp{i}",
        "lsp-get-type p{i}",
        "lsp-set-options p{i} a=b",
        "lsp-get-options p{i}",
        "lsp-get-ls p{i}",
        "lr-add new{i}",
        "--may-exist lr-add r{i}x",
        "lr-add new{i} -- lr-route-add new{i} 0.0.0.0/0 1.1.1.1",
        "lr-del r{i}x",
        "lrp-add r0 new{i} 00:00:00:00:00:01 11.{a}.{b}.1/24",
        "--may-exist lrp-add r0 rp{i} 00:00:00:00:00:01 10.{a}.{b}.1/24",
        "lrp-add r0 new{i} 00:00:00:00:00:01 11.{a}.{b}.1/24 -- lrp-del new{i}",
        "lrp-del rp{i}",
        "lrp-list r{i}x",
        "lrp-set-enabled rp{i} disabled",
        "lrp-get-enabled rp{i}",
        "lrp-set-options rp{i} a=b",
        "lrp-set-gateway-chassis rp{i} ch1 5",
        "lrp-set-gateway-chassis up new{i} 5",
        "lrp-set-gateway-chassis up chassis{i} 7",
        "lrp-get-gateway-chassis rp{i}",
        "lrp-del-gateway-chassis up chassis{i}",
        "lr-route-add r0 11.{a}.{b}.0/24 9.9.9.9",
        "--may-exist lr-route-add r0 10.{a}.{b}.0/24 9.9.9.8",
        "--ecmp lr-route-add r0 12.0.0.0/8 9.{a}.{b}.9",
        "--policy=src-ip lr-route-add r0 10.{a}.{b}.0/24 9.9.9.9 -- lr-route-del r0 10.{a}.{b}.0/24",
        "--bfd lr-route-add r0 11.{a}.{b}.0/24 9.9.{a}.{b} up",
        "lr-route-add r{i}x 11.0.0.0/8 9.9.9.9",
        "lr-route-del r0 10.{a}.{b}.0/24",
        "lr-route-del r{i}x",
        "lr-route-add full 10.{a}.{b}.0/24 9.9.9.9 -- set Logical_Router full options:a=b",
        "lr-route-list r{i}x",
        "get Logical_Switch s{i} name",
        "list Logical_Switch s{i}",
        "set Logical_Switch s{i} other_config:a=b",
        "set Logical_Switch_Port p{i} type=router options:a=b",
        "set NB_Global . options:k{i}=v",
        "add Logical_Switch s{i} other_config a=b",
        "add NB_Global . options k{i}=v",
        "add Logical_Switch s{i} other_config a=b -- remove Logical_Switch s{i} other_config a",
        "remove Logical_Switch_Port p{i} addresses '\"00:00:00:00:00:01 10.{a}.{b}.7\"'",
        "clear Logical_Switch_Port p{i} addresses",
        "create Address_Set name=new{i}",
        "--id=@p{i} create Logical_Switch_Port name=new{i} -- add Logical_Switch s{i} ports @p{i}",
        "--id=@p{i} create Logical_Switch_Port name=new{i} -- add Logical_Switch sw0 ports @p{i}",
        "create Address_Set name=new{i} -- set Address_Set new{i} addresses=10.0.0.1",
        "create Address_Set name=new{i} -- destroy Address_Set new{i}",
        "destroy Logical_Switch s{i}",
        "wait-until Logical_Switch s{i} name=s{i}",
    ],
    listings: &[
        "show",
        "ls-list",
        "lsp-list sw0",
        "lr-list",
        "lrp-list r0",
        "lr-route-list r0",
        "lrp-get-gateway-chassis up",
        "list Logical_Switch",
        "find Logical_Switch name=s{i}",
    ],
};

const SB: Cases = Cases {
    def: &sb::TOOL,
    once: &["set SB_Global . options:a=b"],
    each: &["chassis-add ch{i} geneve 192.{a}.{b}.1", "create Chassis_Private name=ch{i}"],
    lines: &[
        "chassis-add new{i} geneve,vxlan 193.{a}.{b}.1",
        "--may-exist chassis-add ch{i} geneve 192.{a}.{b}.1",
        "chassis-del ch{i}",
        "chassis-add new{i} geneve 193.{a}.{b}.1 -- chassis-del new{i}",
        "--if-exists chassis-del nothing{i}",
        "get Chassis ch{i} name",
        "list Chassis ch{i}",
        "set Chassis ch{i} hostname=h",
        "add Chassis ch{i} other_config a=b",
        "remove Chassis ch{i} other_config a",
        "clear Chassis ch{i} other_config",
        "create Address_Set name=new{i}",
        "destroy Chassis ch{i}",
        "wait-until Chassis ch{i}",
    ],
    listings: &["show", "list Chassis", "find Chassis name=ch{i}"],
};

const IC_NB: Cases = Cases {
    def: &ic_nb::TOOL,
    once: &["set IC_NB_Global . options:a=b"],
    each: &["ts-add ts{i}"],
    lines: &[
        "sync",
        "ts-add new{i}",
        "--may-exist ts-add ts{i}",
        "ts-del ts{i}",
        "ts-add new{i} -- ts-del new{i}",
        "get Transit_Switch ts{i} name",
        "list Transit_Switch ts{i}",
        "set Transit_Switch ts{i} other_config:a=b",
        "add Transit_Switch ts{i} other_config a=b",
        "remove Transit_Switch ts{i} other_config a",
        "clear Transit_Switch ts{i} other_config",
        "create Transit_Switch name=new{i}",
        "destroy Transit_Switch ts{i}",
        "wait-until Transit_Switch ts{i}",
    ],
    listings: &["ts-list", "show", "list Transit_Switch", "find Transit_Switch name=ts{i}"],
};

const IC_SB: Cases = Cases {
    def: &ic_sb::TOOL,
    once: &["set IC_SB_Global . options:a=b"],
    each: &[
        "create Availability_Zone name=az{i}",
        "--id=@z{i} get Availability_Zone az{i} name -- --id=@e{i} create Encap type=geneve ip=192.{a}.{b}.1 gateway_name=gw{i} \
         -- create Gateway name=gw{i} availability_zone=@z{i} encaps=@e{i}",
    ],
    lines: &[
        "get Availability_Zone az{i} name",
        "list Gateway gw{i}",
        "set Gateway gw{i} hostname=h",
        "add Gateway gw{i} external_ids a=b",
        "remove Gateway gw{i} external_ids a",
        "clear Gateway gw{i} external_ids",
        "create Availability_Zone name=new{i}",
        "destroy Gateway gw{i}",
        "wait-until Gateway gw{i}",
    ],
    listings: &["show", "show az{i}", "list Gateway", "find Gateway name=gw{i}"],
};

const VS: Cases = Cases {
    def: &vs::TOOL,
    once: &["add-br br0", "add-br base"],
    each: &["add-br n{i}", "add-port br0 p{i}", "add-port n{i} q{i}", "add-br vlan{i} base {i}"],
    lines: &[
        "--may-exist add-br n{i}",
        "br-exists n{i}",
        "br-set-external-id n{i} a b",
        "br-get-external-id n{i} a",
        "list-ports n{i}",
        "--may-exist add-port br0 p{i}",
        "port-to-br p{i}",
        "list-ifaces n{i}",
        "iface-to-br p{i}",
        "get Bridge n{i} name",
        "list Interface p{i}",
        "set Interface p{i} type=internal",
        "add Bridge n{i} other_config a=b",
        "remove Bridge n{i} other_config a",
        "clear Bridge n{i} other_config",
        "--id=@q{i} create QoS type=linux-htb -- set Port p{i} qos=@q{i}",
        "create QoS type=linux-htb",
        "--if-exists destroy QoS x{i}",
        "wait-until Bridge n{i}",
        "add-br new{i}",
        "add-br new{i} -- add-port new{i} port{i} -- set Interface port{i} type=internal",
        "add-br new{i} br0 {i}",
        "add-br new{i} br0 {i} -- add-port new{i} port{i} -- del-br new{i}",
        "del-br n{i}",
        "del-br vlan{i}",
        "add-br new{i} -- del-br new{i}",
        "add-port br0 new{i}",
        "add-port br0 new{i} tag=5 -- set Interface new{i} type=internal",
        "del-port p{i}",
        "del-port n{i} q{i}",
        "add-port br0 new{i} -- del-port new{i}",
        "add-port br0 new{i} -- set Port new{i} tag=5 -- port-to-br new{i}",
    ],
    listings: &["show", "list-br", "list-ports br0", "list-ifaces br0", "list Bridge", "find Port name=p{i}"],
};

/// The words of a line, split as a shell does with single quotes.
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    for (n, part) in line.split('\'').enumerate() {
        match n % 2 {
            0 => words.extend(part.split_whitespace().map(str::to_owned)),
            _ => words.push(part.to_owned()),
        }
    }
    words
}

/// One line of the command, numbered, `count` times over.
fn repeated(command: &str, count: usize) -> Vec<String> {
    let mut line = Vec::new();
    for i in 0..count {
        let number = |word: String| {
            let octets = [("{i}", i), ("{a}", i / 200), ("{b}", i % 200 + 1)];
            octets.iter().fold(word, |word, (mark, n)| word.replace(mark, &n.to_string()))
        };
        line.push("--".to_owned());
        line.extend(words(command).into_iter().map(number));
    }
    line
}

impl Cases {
    /// Carries out a line; returns the database afterwards and how much work that was, read round
    /// by round and over all rows.
    fn run(&self, before: &Database, args: &[String]) -> (Database, [u64; 2]) {
        let persona = Persona::new(self.def.tool, self.def.tool.info().c_name);
        let line = options::parse(&persona, &self.def.commands, args, &|_| None).unwrap();
        let invocations = chain::parse(&self.def.commands, line.leading, &line.words).unwrap();
        let (def, globals) = (self.def, &line.globals);
        let comment = String::new();
        let commands = Line { def, invocations: &invocations, globals, persona: &persona, comment };
        let by_rounds = round_by_round(before, |txn| commands.run(txn)).unwrap();
        let is_done = matches!(by_rounds.end, End::Done(_));
        assert!(is_done, "{:?} ...: {:?}", args.iter().take(12).collect::<Vec<_>>(), by_rounds.end);
        let at_once = at_once(before, by_rounds.seed, |txn| commands.run(txn)).unwrap();
        (by_rounds.after, [by_rounds.visited, at_once.visited])
    }

    fn database(&self, count: usize) -> Database {
        let mut database = Database::new(std::sync::Arc::clone((self.def.schema)()));
        for line in self.once {
            database = self.run(&database, &words(line)).0;
        }
        for command in self.each {
            database = self.run(&database, &repeated(command, count)).0;
        }
        database
    }

    /// The commands of which a long line is made.
    fn lines(&self) -> impl Iterator<Item = &'static str> {
        let has = |line: &&str| self.def.commands.iter().any(|c| line.split(' ').next() == Some(c.name));
        self.lines.iter().copied().chain(SHARED.into_iter().filter(has))
    }

    /// Checks that every command is in some case, and that each is as it must be.
    fn check(&self) {
        let name = |piece: &[String]| piece.iter().find(|word| !word.starts_with('-')).cloned();
        let lines = self.lines().chain(self.listings.iter().copied());
        let tried: BTreeSet<String> = lines
            .flat_map(|line| words(line).split(|word| word == "--").filter_map(name).collect::<Vec<_>>())
            .collect();
        let untried: Vec<&str> =
            self.def.commands.iter().map(|c| c.name).filter(|name| !tried.contains(*name)).collect();
        assert!(untried.is_empty(), "no long line is made of {untried:?}");

        let [few, many] = [COUNT, 2 * COUNT].map(|count| self.database(count));
        let mut wrong = Vec::new();
        let mut compare = |command: &str, few: [u64; 2], many: [u64; 2]| {
            for (few, many) in few.into_iter().zip(many) {
                #[allow(clippy::cast_precision_loss, reason = "the numbers are small")]
                let ratio = many as f64 / few.max(1) as f64;
                if ratio > RATIO_MAX {
                    wrong.push(format!("{command}: {few}, {many}: {ratio:.2}"));
                }
            }
        };
        for command in self.lines() {
            let short = self.run(&few, &repeated(command, COUNT)).1;
            compare(command, short, self.run(&many, &repeated(command, 2 * COUNT)).1);
        }
        for command in self.listings {
            let short = self.run(&few, &repeated(command, COUNT)).1;
            compare(command, short, self.run(&few, &repeated(command, 2 * COUNT)).1);
        }
        assert!(wrong.is_empty(), "work grows faster than lines:\n{}", wrong.join("\n"));
    }
}

#[test]
fn the_work_of_a_long_line_of_ovn_nb_is_linear() {
    NB.check();
}

#[test]
fn the_work_of_a_long_line_of_ovn_sb_is_linear() {
    SB.check();
}

#[test]
fn the_work_of_a_long_line_of_ovn_ic_nb_is_linear() {
    IC_NB.check();
}

#[test]
fn the_work_of_a_long_line_of_ovn_ic_sb_is_linear() {
    IC_SB.check();
}

#[test]
fn the_work_of_a_long_line_of_ovs_vs_is_linear() {
    VS.check();
}
