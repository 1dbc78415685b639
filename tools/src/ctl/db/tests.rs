//! Do the database commands do on a database what the C tools do?
//!
//! Every line is run on a real engine, both as a one-shot tool does, which knows nothing at first, and over all rows; both must end alike. All
//! expectations are those of ovn-nbctl 26.03.

use super::names::DbTable;
use crate::ctl::chain;
use crate::ctl::context::ToolDef;
use crate::ctl::error::CtlError;
use crate::ctl::line::{Line, Results};
use crate::ctl::options;
use crate::ctl::persona::Persona;
use crate::ctl::print;
use ovsdb_proto::row::Query;
use ovsdb_proto::schema::text::parse_datum;
use ovsdb_proto::txn::Txn;
use ovsdb_proto::value::Uuid;
use ovsdb_server::engine::Database;
use ovsdb_server::trial::{Carried, End, Rows, at_once, changes, round_by_round};
use std::collections::HashMap;

static NB: &ToolDef = &crate::nb::TOOL;

/// TABLE UUID COLUMN=VALUE...; what changes names them `#1`, `#2` ....
const ROWS: &[&str] = &[
    "NB_Global 00000000-0000-4000-8000-000000000001 options={a=1,b=2} name=az nb_cfg=7",
    "Logical_Switch 11110000-0000-4000-8000-000000000001 name=sw0 other_config={k=v} ports=22220000-0000-4000-8000-000000000001,22220000-0000-4000-8000-000000000002",
    "Logical_Switch 11110000-0000-4000-8000-000000000002 name=twin",
    "Logical_Switch 11112222-0000-4000-8000-000000000003 name=twin external_ids={\"neutron:network_name\"=nice}",
    "Logical_Switch 33330000-0000-4000-8000-000000000004 name=abcdef01-2345-6789-abcd-ef0123456789",
    "Logical_Switch_Port 22220000-0000-4000-8000-000000000001 name=p0 addresses=router,unknown type=router tag=5",
    "Logical_Switch_Port 22220000-0000-4000-8000-000000000002 name=p1 external_ids={\"neutron:port_name\"=friendly} dhcpv4_options=44440000-0000-4000-8000-000000000001",
    "DHCP_Options 44440000-0000-4000-8000-000000000001 cidr=10.0.0.0/24",
    "Meter 55550000-0000-4000-8000-000000000001 name=m unit=kbps bands=66660000-0000-4000-8000-000000000001",
    "Meter_Band 66660000-0000-4000-8000-000000000001 action=drop rate=1",
];

fn database() -> Database {
    let schema = (NB.schema)();
    let mut rows = Rows::new(schema);
    for row in ROWS {
        let words: Vec<&str> = row.split(' ').collect();
        let table = DbTable::named(schema, words[0]).unwrap();
        let cells = words[2..].iter().map(|word| {
            let (name, value) = word.split_once('=').unwrap();
            let type_ = &table.schema.column(table.schema.column_id(name).unwrap()).unwrap().type_;
            (name.into(), parse_datum(value, type_, &mut |_| Uuid::NIL).unwrap())
        });
        rows.add(words[0], words[1].parse().unwrap(), cells);
    }
    rows.database().unwrap()
}

/// What a line came to.
#[derive(Debug, PartialEq)]
struct Ran {
    /// What it prints, with provisional UUIDs, and its warnings.
    text: String,
    /// The operations that it sends.
    sent: String,
    /// What these change; a new row is `new`.
    changes: Vec<String>,
}

/// The same, or its error.
type Outcome = Result<Ran, String>;

/// Runs a line as a one-shot tool does, and answers with the queries of each round too.
fn rounds(line: &str) -> (Outcome, Vec<Vec<String>>) {
    let args: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
    let persona = Persona::new(NB.tool, "ovn-nbctl");
    let prepared = options::parse(&persona, &NB.commands, &args, &|_| None).and_then(|line| {
        let invocations = chain::parse(&NB.commands, line.leading, &line.words)?;
        let mut warnings = Vec::new();
        for given in &invocations {
            warnings.extend(super::check(NB, given)?);
        }
        Ok((line.globals, invocations, warnings))
    });
    let (globals, invocations, warnings) = match prepared {
        Ok(prepared) => prepared,
        Err(error) => return (Err(error.message), Vec::new()),
    };
    let commands = Line {
        def: NB,
        invocations: &invocations,
        globals: &globals,
        persona: &persona,
        comment: String::new(),
    };
    let before = database();
    let ran = |carried: Carried<Results, CtlError>| {
        let Results { outputs, state, .. } = match carried.end {
            End::Done(results) => results,
            End::Waits => return Err("not yet".to_owned()),
            End::Failed(error) => return Err(error.map_line(|line| line.message).to_string()),
        };
        let mut text = String::from_utf8(print::render(&outputs, &globals, &HashMap::new())).unwrap();
        let warnings = warnings.iter().chain(state.warnings.iter().map(|w| &w.1));
        warnings.for_each(|warning| text.push_str(&format!("({warning})")));
        let request = carried.committed.as_ref().and(carried.requests.last());
        let sent = request.map(|params| params.replacen("\"OVN_Northbound\",", "", 1)).unwrap_or_default();
        // those that the line gave no UUID
        let new = carried.committed.iter().flat_map(|committed| &committed.rows);
        let new: Vec<Uuid> = new.filter(|(local, real)| local != real).map(|(_, real)| *real).collect();
        let name = |uuid: Uuid| match ROWS.iter().position(|row| row.contains(&format!(" {uuid} "))) {
            Some(index) => format!("#{}", index + 1),
            None if new.contains(&uuid) => "new".to_owned(),
            None => uuid.to_string(),
        };
        Ok(Ran { text, sent, changes: changes(&before, &carried.after, &name) })
    };
    let mut lacked: Vec<Vec<Query>> = Vec::new();
    let carried = round_by_round(&before, |txn: &mut Txn<'_>| {
        let verdict = commands.run(txn);
        lacked.push(txn.missing());
        verdict
    })
    .unwrap();
    let seed = carried.seed;
    let outcome = ran(carried);
    let whole = ran(at_once(&before, seed, |txn| commands.run(txn)).unwrap());
    assert_eq!(outcome, whole, "{line}: read round by round, and over all rows");
    let lacked = lacked.iter().filter(|queries| !queries.is_empty());
    (outcome, lacked.map(|queries| queries.iter().map(show).collect()).collect())
}

/// `TABLE[COLUMN FUNCTION VALUE]: COLUMN COLUMN`
fn show(query: &Query) -> String {
    let schema = (NB.schema)();
    let table = schema.table(query.table).unwrap();
    let name = |c| table.column(c).unwrap().name.to_string();
    let conditions: Vec<String> =
        query.conditions.iter().map(|c| format!("{} {} {:?}", name(c.column), c.function, c.arg)).collect();
    let columns: Vec<String> = query.columns.iter().map(name).collect();
    format!("{}[{}]: {}", table.name, conditions.join(", "), columns.join(" "))
}

fn outcome(line: &str) -> Outcome {
    rounds(line).0
}

#[track_caller]
fn prints(line: &str, expect: &str) {
    assert_eq!(outcome(line).map(|ran| ran.text), Ok(expect.to_owned()), "{line}");
}

#[track_caller]
fn fails(line: &str, expect: &str) {
    assert_eq!(outcome(line), Err(expect.to_owned()), "{line}");
}

/// The operations that a line sends, and what they change.
#[track_caller]
fn sends(line: &str, operations: &str, rows: &[&str]) {
    let ran = outcome(line).unwrap();
    assert_eq!((ran.sent.as_str(), ran.changes), (operations, texts(rows)), "{line}");
}

#[track_caller]
fn changes_nothing(line: &str) {
    sends(line, "", &[]);
}

fn texts(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

fn asks(line: &str, expect: &[&[&str]]) {
    let (_, mut rounds) = rounds(line);
    // every line asks for the row of the global table first
    if let Some(first) = rounds.first_mut() {
        first.retain(|query| query != "NB_Global[]: ");
    }
    assert_eq!(rounds, expect, "{line}");
}

#[test]
fn records() {
    prints("get Logical_Switch sw0 name", "sw0\n");
    prints("get Logical_Switch 11110000-0000-4000-8000-000000000001 name", "sw0\n");
    prints("get NB_Global . name", "az\n");
    prints("get Meter . name", "m\n");
    prints("get Logical_Switch nice name", "twin\n");
    prints("get Logical_Switch_Port friendly name", "p1\n");
    prints("get DHCP_Options p1 cidr", "\"10.0.0.0/24\"\n");
    prints("get DHCP_Options friendly cidr", "\"10.0.0.0/24\"\n");
    prints("get Logical_Switch 3333 _uuid", "33330000-0000-4000-8000-000000000004\n");
    prints("get Logical_Switch abcdef01 _uuid", "33330000-0000-4000-8000-000000000004\n");
    prints(
        "get Logical_Switch abcdef01-2345-6789-abcd-ef0123456789 _uuid",
        "33330000-0000-4000-8000-000000000004\n",
    );
    prints("--if-exists get Logical_Switch nope name", "");
    fails("get Logical_Switch nope name", "no row \"nope\" in table Logical_Switch");
    fails("get Logical_Switch . name", "no row \".\" in table Logical_Switch");
    fails("get Logical_Switch 333 name", "no row \"333\" in table Logical_Switch");
    fails("get Logical_Switch ABCDEF01 name", "no row \"ABCDEF01\" in table Logical_Switch");
    fails("get DHCP_Options p0 cidr", "no row \"p0\" in table DHCP_Options");
    fails("get Logical_Switch twin name", "multiple rows in Logical_Switch match \"twin\"");
    fails(
        "get Logical_Switch 1111 name",
        "Logical_Switch contains 2 or more rows whose UUIDs begin with 1111: at least \
         11110000-0000-4000-8000-000000000001 and 11110000-0000-4000-8000-000000000002",
    );
}

#[test]
fn as_little_as_possible_is_asked() {
    let switch = "Logical_Switch_Port[name == String(\"p0\")]: addresses";
    asks("get Logical_Switch_Port p0 addresses", &[&[switch]]);
    asks(
        "set Logical_Switch_Port p0 tag=6 -- get Logical_Switch_Port p0 tag name",
        &[&["Logical_Switch_Port[name == String(\"p0\")]: name tag"]],
    );
    asks(
        "get Logical_Switch 11110000-0000-4000-8000-000000000001 name",
        &[&["Logical_Switch[_uuid == Uuid(11110000-0000-4000-8000-000000000001)]: name"]],
    );
    asks(
        "get Logical_Switch_Port friendly name",
        &[
            &["Logical_Switch_Port[name == String(\"friendly\")]: name"],
            &[
                "Logical_Switch_Port[external_ids includes {String(\"neutron:port_name\"): String(\"friendly\")}]: name",
            ],
        ],
    );
    asks(
        "find Logical_Switch_Port name=p0",
        &[&[
            "Logical_Switch_Port[name == String(\"p0\")]: addresses dhcpv4_options dhcpv6_options dynamic_addresses enabled \
         external_ids ha_chassis_group health_checks mirror_rules name options parent_name peer port_security tag \
         tag_request type up",
        ]],
    );
    asks(
        "--columns=name find Logical_Switch_Port name=p0 tag!=5",
        &[&["Logical_Switch_Port[name == String(\"p0\")]: name tag"]],
    );
    asks(
        "--columns=name find Logical_Switch name=twin",
        &[&["Logical_Switch[name == String(\"twin\")]: name"], &["Logical_Switch[]: "]],
    );
    asks(
        "get Logical_Switch abcdef01 ports",
        &[
            &["Logical_Switch[]: external_ids name"],
            &["Logical_Switch[_uuid == Uuid(33330000-0000-4000-8000-000000000004)]: ports"],
        ],
    );
    asks(
        "get DHCP_Options 4444 cidr",
        &[
            &["DHCP_Options[]: ", "Logical_Switch_Port[]: dhcpv4_options dhcpv6_options external_ids name"],
            &["DHCP_Options[_uuid == Uuid(44440000-0000-4000-8000-000000000001)]: cidr"],
        ],
    );
    asks(
        "destroy Logical_Switch sw0 nope",
        &[
            &["Logical_Switch[name == String(\"sw0\")]: ", "Logical_Switch[name == String(\"nope\")]: "],
            &["Logical_Switch[external_ids includes {String(\"neutron:network_name\"): String(\"nope\")}]: "],
        ],
    );
}

#[test]
fn get() {
    prints("get NB_Global . options options:a nb_cfg", "{a=\"1\", b=\"2\"}\n\"1\"\n7\n");
    prints("get Logical_Switch_Port p0 tag addresses up", "5\n[router, unknown]\n[]\n");
    prints("get Logical_Switch sw0", "");
    prints("--if-exists get NB_Global . options:z", "\n");
    fails("get NB_Global . options:z", "no key \"z\" in NB_Global record \".\" column options");
    fails("get NB_Global . name:z", "cannot specify key to get for non-map column name");
    fails("get NB_Global . name=z", "name=z: trailing garbage \"=z\" in argument");
    fails("--if-exists --id=@a get NB_Global .", "--if-exists and --id may not be specified together");
    changes_nothing("get NB_Global . options");
    let update = operation("update", r#""row":{"nb_cfg":8}"#);
    let expect = format!("[{},{update}]", wait("[\"name\"]", r#"{"name":"az"}"#));
    sends("get NB_Global . name -- set NB_Global . nb_cfg=8", &expect, &["~NB_Global #1 nb_cfg=8"]);
}

#[test]
fn names_are_looked_at_first() {
    fails("get Logical_Switch nope name -- list NoTable", "unknown table \"NoTable\"");
    fails(
        "list Logical_Switch -- set NB_Global . nam=x namex=y",
        "NB_Global does not contain a column whose name matches \"namex\"",
    );
    fails("--columns=, list Logical_Switch", "must specify at least one column name");
    fails("get NB_Global . =x", "=x: missing column name");
    // whatever else is wrong comes up in order
    fails("get Logical_Switch nope name -- set NB_Global . name", "no row \"nope\" in table Logical_Switch");
}

const NB_ROW: &str = r#"[["_uuid","==",["uuid","00000000-0000-4000-8000-000000000001"]]]"#;

fn operation(op: &str, rest: &str) -> String {
    format!(r#"{{"op":"{op}","table":"NB_Global","where":{NB_ROW},{rest}}}"#)
}

fn wait(columns: &str, rows: &str) -> String {
    format!(
        r#"{{"op":"wait","table":"NB_Global","timeout":0,"where":{NB_ROW},"columns":{columns},"until":"==","rows":[{rows}]}}"#
    )
}

// every row that is written must still be there
fn there() -> String {
    wait(r#"["_uuid"]"#, r#"{"_uuid":["uuid","00000000-0000-4000-8000-000000000001"]}"#)
}

#[test]
fn set() {
    let sends = |line: &str, operation: &str, cells: &str| {
        let operations = format!("[{},{operation}]", there());
        super::tests::sends(line, &operations, &[&format!("~NB_Global #1 {cells}")]);
    };
    changes_nothing("set NB_Global . name=az");
    sends("set NB_Global . name=b", &operation("update", r#""row":{"name":"b"}"#), "name=b");
    let both = operation("update", r#""row":{"name":"az","nb_cfg":8}"#);
    sends("set NB_Global . name=az nb_cfg=8", &both, "nb_cfg=8");
    changes_nothing("set NB_Global . options:a=1");
    sends(
        "set NB_Global . options:c=3",
        &operation("mutate", r#""mutations":[["options","insert",["map",[["c","3"]]]]]"#),
        r#"options={a="1", b="2", c="3"}"#,
    );
    sends(
        "set NB_Global . options:a=2",
        &operation(
            "mutate",
            r#""mutations":[["options","delete","a"],["options","insert",["map",[["a","2"]]]]]"#,
        ),
        r#"options={a="2", b="2"}"#,
    );
    // at the end of a line pairs come after whole columns
    sends(
        "set NB_Global . options:a=9 options={x=y}",
        &operation("update", r#""row":{"options":["map",[["a","9"],["x","y"]]]}"#),
        r#"options={a="9", x=y}"#,
    );
    sends(
        "set NB_Global . options:a=9 options={x=y} -- comment",
        &operation("update", r#""row":{"options":["map",[["x","y"]]]}"#),
        "options={x=y}",
    );
    changes_nothing("--if-exists set Logical_Switch nope name=x");
    fails("set NB_Global . name:a=b", "cannot specify key to set for non-map column name");
    fails("set NB_Global . nb_cfg=x", "\"x\" is not a valid integer or range");
    fails(
        "set Logical_Switch_Port p0 tag=9999",
        "constraint violation: 9999 is not in the valid range 1 to 4095 (inclusive)",
    );
    fails("set NB_Global . name=", "name=: argument does not end in \"=\" followed by a value.");
}

#[test]
fn add_and_remove() {
    let options = r#"{"options":["map",[["a","1"],["b","2"]]]}"#;
    let sends = |line: &str, row: &str, cells: &str| {
        let expect = format!(
            "[{},{}]",
            wait("[\"options\"]", options),
            operation("update", &format!(r#""row":{row}"#))
        );
        super::tests::sends(line, &expect, &[&format!("~NB_Global #1 options={cells}")]);
    };
    let three = r#"{"options":["map",[["a","1"],["b","2"],["c","3"]]]}"#;
    sends("add NB_Global . options c=3", three, r#"{a="1", b="2", c="3"}"#);
    // a key that is there keeps its value
    changes_nothing("add NB_Global . options a=9");
    sends("remove NB_Global . options a", r#"{"options":["map",[["b","2"]]]}"#, r#"{b="2"}"#);
    sends("remove NB_Global . options a=1 b=9", r#"{"options":["map",[["b","2"]]]}"#, r#"{b="2"}"#);
    changes_nothing("remove NB_Global . options a=9 z");
    fails(
        "add NB_Global . name x",
        "\"add\" operation would put 2 values in column name of table NB_Global but the maximum number is 1",
    );
    fails(
        "remove NB_Global . name az",
        "\"remove\" operation would put 0 values in column name of table NB_Global but the minimum number is 1",
    );
    fails("add NB_Global . options x", "x: syntax error at \"");
}

#[test]
fn clear_and_destroy() {
    let clear = operation("update", r#""row":{"options":["map",[]]}"#);
    sends("clear NB_Global . options", &format!("[{},{clear}]", there()), &["~NB_Global #1 options={}"]);
    changes_nothing("clear NB_Global . external_ids connections");
    fails(
        "clear NB_Global . name",
        "\"clear\" operation cannot be applied to column name of table NB_Global, which is not allowed to be empty",
    );
    let delete = r#"[{"op":"delete","table":"Meter","where":[["_uuid","==",["uuid","55550000-0000-4000-8000-000000000001"]]]}]"#;
    let gone = ["-Meter #9", "-Meter_Band #10"];
    sends("destroy Meter m", delete, &gone);
    sends("--all destroy Meter", delete, &gone);
    // what lives only as long as it is referred to is not deleted
    changes_nothing("destroy Logical_Switch_Port p0");
    fails("destroy Meter m m", "no row \"m\" in table Meter");
    fails("--all destroy Meter m", "--all and records argument should not be specified together");
    fails("--all --if-exists destroy Meter", "--all and --if-exists should not be specified together");
    prints("destroy Meter", "(either --all or records argument should be specified)");
}

#[test]
fn create() {
    fails("--id=x create Logical_Switch name=a", "row id \"x\" does not begin with \"@\"");
    fails(
        "--id=@x create Logical_Switch name=a -- --id=@x create Logical_Switch name=b",
        "row id \"@x\" may only be specified on one --id option",
    );
    fails(
        "set Logical_Switch sw0 ports=@x",
        "row id \"@x\" is referenced but never created (e.g. with \"-- --id=@x create ...\")",
    );
    fails(
        "find Logical_Switch ports=@x -- --id=@x get NB_Global .",
        "row id \"@x\" specified on \"get\" command was used before it was defined",
    );
    sends(
        "--id=12345678-1234-4234-8234-123456789abc create Logical_Switch name=a",
        r#"[{"op":"insert","table":"Logical_Switch","uuid":"12345678-1234-4234-8234-123456789abc","row":{"name":"a"}}]"#,
        &["+Logical_Switch 12345678-1234-4234-8234-123456789abc name=a"],
    );
    let Ran { text, sent, changes } =
        outcome("create Logical_Switch name=a other_config:k=v other_config:l=w").unwrap();
    let uuid = text.trim_end();
    let name = format!("row{}", uuid.replace('-', "_"));
    assert_eq!(
        sent,
        format!(
            r#"[{{"op":"insert","table":"Logical_Switch","uuid-name":"{name}","row":{{"name":"a","other_config":["map",[["k","v"],["l","w"]]]}}}}]"#
        )
    );
    assert_eq!(changes, ["+Logical_Switch new name=a other_config={k=v, l=w}"]);
    // a row is there for the commands that follow
    let Ran { text, .. } = outcome("create Address_Set name=new addresses=a").unwrap();
    prints(
        "create Address_Set name=new addresses=a -- get Address_Set new addresses -- --columns=name find Address_Set name=new",
        &format!("{text}[a]\nname                : new\n"),
    );
}

#[test]
fn rows_that_will_not_live() {
    let warned = |line: &str, expect: &str| {
        let Ran { text, changes, .. } = outcome(line).unwrap();
        assert!(!changes.iter().any(|change| change.starts_with("+Logical_Switch_Port")), "{line}");
        assert_eq!(text.split_once('(').map(|t| t.1), Some(expect), "{line}");
    };
    warned(
        "--id=@x create Logical_Switch_Port name=x",
        "row id \"@x\" was created but no reference to it was inserted, so it will not actually appear in the database)",
    );
    warned(
        "--id=@x create Logical_Switch_Port name=x -- create Port_Group name=g ports=@x",
        "row id \"@x\" was created but only a weak reference to it was inserted, so it will not actually appear in the database)",
    );
    warned(
        "create Logical_Switch_Port name=x",
        "applying \"create\" command to table Logical_Switch_Port without --id option will have no effect)",
    );
    let Ran { text, changes, .. } =
        outcome("add Logical_Switch sw0 ports @x -- --id=@x create Logical_Switch_Port name=x").unwrap();
    assert!(!text.contains('('), "{text}");
    assert_eq!(changes, ["+Logical_Switch_Port new name=x", "~Logical_Switch #2 ports=[#6, #7, new]"]);
}

#[test]
fn find_and_wait_until() {
    let found = |conditions: &str, expect: &str| {
        let Ran { text, .. } =
            outcome(&format!("--bare --columns=name find Logical_Switch_Port {conditions}")).unwrap();
        let mut names: Vec<&str> = text.split_whitespace().collect();
        names.sort_unstable();
        assert_eq!(names.join(" "), expect, "{conditions}");
    };
    found("", "p0 p1");
    found("name=p0", "p0");
    found("tag=[]", "p1");
    found("tag>4", "p0");
    found("addresses=unknown,router", "p0");
    found("addresses{>=}router", "p0");
    found("addresses{in}router", "p1");
    found("external_ids:neutron\\:port_name=friendly", "p1");
    found("external_ids:neutron\\:port_name!=friendly", "");
    found("external_ids:neutron\\:port_name{!=}friendly", "p0");
    found("external_ids:zz=[]", "");
    found("type=router tag=5 name!=p1", "p0");
    // a condition that no row comes to is not read
    found("name=zz tag=nonsense", "");
    fails("find Logical_Switch_Port name=p0 tag=nonsense", "\"nonsense\" is not a valid integer or range");
    fails("find Logical_Switch_Port name:a=b", "cannot specify key to check for non-map column name");
    prints("find ACL priority=nonsense", "");
    prints("wait-until NB_Global . name=az nb_cfg>=7", "");
    fails("wait-until NB_Global . name=b", "not yet");
    fails("wait-until Logical_Switch nope", "not yet");
    fails("wait-until NB_Global . nb_cfg=x", "\"x\" is not a valid integer or range");
}

#[test]
fn list() {
    prints(
        "--columns=name,_uuid list Logical_Switch sw0 33330000",
        "name                : sw0\n_uuid               : 11110000-0000-4000-8000-000000000001\n\n\
         name                : abcdef01-2345-6789-abcd-ef0123456789\n_uuid               : 33330000-0000-4000-8000-000000000004\n"
            .replace("abcdef01-2345-6789-abcd-ef0123456789", "\"abcdef01-2345-6789-abcd-ef0123456789\"")
            .as_str(),
    );
    prints("--if-exists --columns=name list Logical_Switch nope", "");
    prints("--format=csv --columns=name,tag list Logical_Switch_Port p0", "name,tag\np0,5\n");
    prints(
        "--format=json --columns=name,addresses list Logical_Switch_Port p0",
        "{\"data\":[[\"p0\",[\"set\",[\"router\",\"unknown\"]]]],\"headings\":[\"name\",\"addresses\"]}\n",
    );
    fails("list Logical_Switch sw0 nope", "no row \"nope\" in table Logical_Switch");
}
