//! `ovsdb-server --config-file`, and `ovsdb-server/reload`.

use crate::daemon::{Running, appctl, database, exists, serve, until};
use crate::daemon_signals::kill;
use crate::rpc::Client;
use crate::server::Folder;
use ovsdb_proto::schema::DatabaseSchema;
use serde_json::json;
use std::os::unix::net::UnixStream;

const FAILED: &str = "Configuration failed.  See the log file for details.\n\
                      ovs-appctl: ovsdb-server: server returned an error\n";

fn configure(folder: &Folder, text: &str) {
    std::fs::write(folder.path().join("c.json"), text).unwrap();
}

fn log(folder: &Folder) -> String {
    std::fs::read_to_string(folder.path().join("l")).unwrap()
}

/// A folder with the databases D and E, and a detached server that serves D at the socket `s`.
fn start(folder: &Folder, more_options: &str) {
    database(folder, "d.db");
    let text = r#"{"name":"E","version":"1.0.0","tables":{"T":{"columns":{"c":{"type":"string"}}}}}"#;
    let schema = DatabaseSchema::parse(text).unwrap();
    ovsdb_server::storage::create(&folder.path().join("e.db"), &schema).unwrap();
    configure(folder, r#"{"remotes":{"punix:s":{}},"databases":{"d.db":{}}}"#);
    let options =
        format!("--detach -vconsole:off --pidfile --log-file=l --config-file=c.json {more_options}");
    let outcome = serve(folder, &options);
    assert_eq!(outcome.status, "exit 0", "{}", outcome.stderr);
}

#[test]
fn a_reload_changes_what_differs_and_disturbs_nobody_else() {
    let folder = Folder::new();
    // it changes its working directory: names in the file are meant from where it was started
    start(&folder, "");
    let _running = Running(&folder);
    let reload = |text: &str, answer: &str| {
        configure(&folder, text);
        assert_eq!(appctl(&folder, "ovsdb-server/reload"), answer, "{text}\n{}", log(&folder));
    };
    let serves = |databases: &str, remotes: &str| {
        assert_eq!(appctl(&folder, "ovsdb-server/list-dbs"), databases);
        assert_eq!(appctl(&folder, "ovsdb-server/list-remotes"), remotes);
    };
    let insert = vec![json!({"op": "insert", "table": "Root", "row": {}})];
    let mut client = Client::connect(&folder.path().join("s"));
    // other clients are cut off when databases come or go, as ovsdb-server(7) says
    client.call("set_db_change_aware", &json!([true]));
    client.transact("D", insert.clone());

    reload(
        r#"{"remotes":{"punix:s":{},"punix:t":{"read-only":true}},"databases":{"d.db":{},"e.db":null}}"#,
        "",
    );
    serves("D\nE\n_Server\n", "punix:s\npunix:t\n");
    until("it listens", || UnixStream::connect(folder.path().join("t")).is_ok());
    let mut reader = Client::connect(&folder.path().join("t"));
    let refused = reader.call("transact", &json!(["D", {"op": "insert", "table": "Root", "row": {}}]));
    assert_eq!(refused[0]["error"], "not allowed");
    assert!(
        reader.transact("D", vec![json!({"op":"select","table":"Root","where":[]})])[0]["rows"].is_array()
    );

    // nothing of a file that cannot be carried out is carried out
    let both = ("D\nE\n_Server\n", "punix:s\npunix:t\n");
    reload(r#"{"remotes":{},"databases":{"none.db":{}}}"#, FAILED);
    assert!(log(&folder).contains("failed to open database 'none.db': I/O error: none.db: open failed"));
    serves(both.0, both.1);
    reload(r#"{"remotes":{},"databases":{"d.db":{"service-model":"relay"}}}"#, FAILED);
    assert!(log(&folder).contains("Parsing database d.db failed: relays are not supported"));
    reload("{", FAILED);
    serves(both.0, both.1);
    let wrong = r#"{"remotes":{"db:D,Root,x":{}},"databases":{"d.db":{},"e.db":{}}}"#;
    reload(wrong, FAILED);
    assert!(
        log(&folder).contains("failed to configure remotes: \"db:D,Root,x\": table \"Root\" has no column")
    );
    serves(both.0, both.1);

    reload(r#"{"remotes":{"punix:s":{}},"databases":{"./d.db":{}}}"#, "");
    serves("D\n_Server\n", "punix:s\n");
    until("it no longer listens", || !exists(&folder, "t"));
    // through all of this, the first client was left alone
    client.transact("D", insert);
}

#[test]
fn commands_do_not_change_what_the_file_says() {
    let folder = Folder::new();
    start(&folder, "--no-chdir");
    let _running = Running(&folder);
    let path = folder.path().join("c.json");
    let refused = format!(
        "Update the {} and use ovsdb-server/reload instead\n\
         ovs-appctl: ovsdb-server: server returned an error\n",
        path.display()
    );
    for command in ["add-db e.db", "remove-db D", "add-remote punix:t", "remove-remote punix:s"] {
        assert_eq!(appctl(&folder, &format!("ovsdb-server/{command}")), refused);
    }
}

#[test]
fn after_a_crash_the_file_is_read_again() {
    let folder = Folder::new();
    start(&folder, "--monitor");
    let running = Running(&folder);
    let first = running.pid();
    configure(&folder, r#"{"remotes":{"punix:t":{}},"databases":{"e.db":{}}}"#);
    kill(11, &first);
    until("another process serves", || {
        running.pid() != first && UnixStream::connect(folder.path().join("t")).is_ok()
    });
    assert_eq!(appctl(&folder, "ovsdb-server/list-dbs"), "E\n_Server\n");
}

#[test]
fn a_server_without_a_file_has_nothing_to_reload() {
    let folder = Folder::new();
    database(&folder, "d.db");
    let outcome = serve(&folder, "--detach --no-chdir -vconsole:off --pidfile d.db");
    assert_eq!(outcome.status, "exit 0", "{}", outcome.stderr);
    let _running = Running(&folder);
    let expect = "Configuration file was not specified on command line\n\
                  ovs-appctl: ovsdb-server: server returned an error\n";
    assert_eq!(appctl(&folder, "ovsdb-server/reload"), expect);
}
