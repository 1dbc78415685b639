//! Replies that are too long to be taken in whole: `ovsdb` prints the same as the C program.

use std::os::unix::process::CommandExt;
use std::process::Command;

use serde_json::{Value, json};

use crate::release::{Database, Release};
use crate::rpc::Client;
use crate::server::Server;
use crate::tool::{Outcome, Tools, run};

/// How many rows the server has; a reply with all of them is 2 MB.
const ROWS: usize = 4000;

fn serve() -> Server {
    let release = Release::find("26.03");
    let server = Server::start(&release, &[(Database::Nb, release.schema(Database::Nb))], &[]);
    let mut client = Client::connect(&server.socket(Database::Nb));
    let insert = |i: usize| {
        let row = json!({"name": format!("set {i}"), "addresses": ["set", [format!("1.1.{i}.1"), "2.2.2.2"]],
            "external_ids": ["map", [["\"\\", "x".repeat(300)], ["é", i.to_string()]]]});
        json!({"op": "insert", "table": "Address_Set", "row": row})
    };
    client.transact(Database::Nb.name(), (0..ROWS).map(insert).collect());
    server
}

/// What the program called `ovsdb-client` says: ours, and that of C.
fn both(server: &Server, words: &[&str]) -> [Outcome; 2] {
    let c = Release::find("26.03").program("ovsdb-client");
    [env!("CARGO_BIN_EXE_ovsdb").into(), c].map(|program: std::path::PathBuf| {
        let mut command = Command::new(program);
        command.arg0("ovsdb-client").arg("--timeout=250").args(words).env("OVS_SYSLOG_METHOD", "null");
        command.current_dir(server.folder());
        run(command)
    })
}

/// The JSON of the records of a database file, without the time at which it was made.
fn records(file: &str) -> Vec<Value> {
    let lines = file.lines().filter(|line| !line.starts_with("OVSDB "));
    lines
        .map(|line| {
            let mut record: Value = serde_json::from_str(line).unwrap();
            record.as_object_mut().unwrap().remove("_date");
            record
        })
        .collect()
}

#[test]
fn long_replies_are_printed_as_by_the_c_program() {
    let server = serve();
    let socket = format!("unix:{}", server.socket(Database::Nb).display());
    for format in ["table", "csv", "json"] {
        let format = format!("--format={format}");
        let [ours, c] = both(&server, &[&format, "dump", &socket, "OVN_Northbound"]);
        assert!(
            ours == c && ours.stdout.len() > 1 << 20,
            "{format}: {:.300}\n{:.300}",
            ours.stderr,
            c.stderr
        );
    }

    let select = r#"["OVN_Northbound",{"op":"select","table":"NB_Global","where":[]},{"op":"select","table":"Address_Set","where":[]},
        {"op":"mutate","table":"Address_Set","where":[],"mutations":[]}]"#;
    for words in [vec!["transact", &socket, select], vec!["--pretty", "query", &socket, select]] {
        let [ours, c] = both(&server, &words);
        assert!(
            ours == c && ours.stdout.len() > 1 << 20,
            "{words:?}: {:.300}\n{:.300}",
            ours.stdout,
            c.stdout
        );
    }

    let [ours, c] = both(&server, &["backup", &socket, "OVN_Northbound"]);
    assert_eq!((ours.status.as_str(), c.status.as_str()), ("exit 0", "exit 0"), "{:.300}", ours.stderr);
    let (ours_text, ours, c) = (&ours.stdout, records(&ours.stdout), records(&c.stdout));
    assert!(ours == c && ours[1]["Address_Set"].as_object().unwrap().len() == ROWS);
    // checksums and lengths are right
    let file = server.folder().join("backup.db");
    std::fs::write(&file, ours_text).unwrap();
    let mut show = Command::new(Release::find("26.03").program("ovsdb-tool"));
    show.args(["compact", &file.display().to_string()]);
    assert_eq!(run(show).status, "exit 0");
}

#[test]
fn the_tools_list_long_tables_as_the_c_tools_do() {
    let server = serve();
    let c = Tools::Of(Release::find("26.03"));
    let [ours, theirs] = [Tools::under_test(), c].map(|tools| {
        let words = ["--timeout=250", "--format=csv", "list", "Address_Set"];
        let outcome = tools.run(Database::Nb, server.folder(), &[], &words);
        assert_eq!(outcome.status, "exit 0", "{:.300}", outcome.stderr);
        let mut lines: Vec<String> = outcome.stdout.lines().map(str::to_owned).collect();
        lines.sort();
        lines
    });
    assert!(ours == theirs && ours.len() == ROWS + 1);
}
