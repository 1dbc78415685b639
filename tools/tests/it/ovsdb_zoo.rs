//! Which databases do the cases of ovsdb-client find, and how are they served?

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::release::{Database, Release};
use crate::rpc::Client;
use crate::server::Folder;

/// A schema with every kind of column.
pub(crate) const SCHEMA: &str = r#"{"name": "Zoo", "version": "1.2.3", "cksum": "12345 67", "tables": {
    "Animal": {"isRoot": true, "indexes": [["name"]], "columns": {
        "name": {"type": "string", "mutable": false},
        "legs": {"type": {"key": {"type": "integer", "minInteger": 0, "maxInteger": 100}}},
        "weight": {"type": "real"},
        "tame": {"type": "boolean"},
        "friend": {"type": {"key": {"type": "uuid", "refTable": "Animal", "refType": "weak"}, "min": 0, "max": "unlimited"}},
        "notes": {"type": {"key": "string", "value": "string", "min": 0, "max": "unlimited"}},
        "tags": {"type": {"key": "string", "min": 0, "max": "unlimited"}},
        "kind": {"type": {"key": {"type": "string", "enum": ["set", ["fish", "bird", "other"]]}, "min": 0, "max": 1}},
        "mood": {"type": "string", "ephemeral": true}}},
    "Keeper": {"isRoot": true, "maxRows": 5, "columns": {
        "name": {"type": "string"},
        "animals": {"type": {"key": {"type": "uuid", "refTable": "Animal"}, "min": 0, "max": "unlimited"}},
        "counts": {"type": {"key": "integer", "value": "real", "min": 0, "max": "unlimited"}}}},
    "Empty": {"columns": {"x": {"type": {"key": "integer", "min": 0, "max": 3}}}}}}"#;

const OTHER: &str = r#"{"name": "Other", "version": "0.0.1", "tables": {"T": {"columns": {"c": {"type": "integer"}}, "isRoot": true}}}"#;

const TABLES: [&str; 3] = ["Animal", "Empty", "Keeper"];

/// Which databases a server has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Range {
    /// Only the zoo.
    Zoo,
    /// The zoo, `Open_vSwitch`, and one more.
    Many,
    /// The zoo and one more.
    Two,
}

/// A server with a zoo in it.
pub(crate) struct Zoo {
    child: Child,
    folder: Folder,
}

impl Zoo {
    /// Starts the server of `release`.
    pub(crate) fn start(release: &Release, range: Range) -> Zoo {
        Zoo::start_by(&release.program("ovsdb-server"), release, range)
    }

    /// Starts `server` on files made by the tool of `release`.
    pub(crate) fn start_by(server: &Path, release: &Release, range: Range) -> Zoo {
        let folder = Folder::new();
        let path = folder.path();
        let put = |name: &str, text: &str| std::fs::write(path.join(name), text).unwrap();
        put("zoo.ovsschema", SCHEMA);
        put("newer.ovsschema", &SCHEMA.replace("1.2.3", "1.3.0").replace("\"x\":", "\"y\":"));
        put("differs.ovsschema", &SCHEMA.replace("\"maxRows\": 5", "\"maxRows\": 6"));
        put("other.ovsschema", OTHER);
        put("broken.ovsschema", "{\"name\": \"Zoo\",\n  \"tables\": [}");
        put("odd.ovsschema", "{\"name\": \"Zoo\", \"tables\": {}, \"odd\": 1}");
        put("nameless.ovsschema", "{\"version\": \"1.0.0\", \"tables\": {}}");
        let create = |name: &str, schema: &Path| {
            let file = path.join(format!("{name}.db"));
            let made =
                Command::new(release.program("ovsdb-tool")).arg("create").arg(&file).arg(schema).status();
            assert!(made.unwrap().success(), "{name}");
            file
        };
        let mut files = vec![create("Zoo", &path.join("zoo.ovsschema"))];
        if range != Range::Zoo {
            files.push(create("Other", &path.join("other.ovsschema")));
        }
        if range == Range::Many {
            files.push(create("Open_vSwitch", &release.schema(Database::Vs)));
        }
        create("differs", &path.join("differs.ovsschema"));
        create("newer", &path.join("newer.ovsschema"));
        let mut command = Command::new("/bin/sh");
        command.args(["-c", r#"pidfile=$0; "$@" && echo ready; read gone; kill $(cat $pidfile)"#]);
        let pidfile = path.join("server.pid");
        command.arg(&pidfile).arg(server);
        command.args(["--detach", "--no-chdir", "-vfile:off", "-vsyslog:off", "-vconsole:off"]);
        command.arg("-vjsonrpc:file:dbg").arg(format!("--log-file={}", path.join("server.log").display()));
        command.arg(format!("--pidfile={}", pidfile.display()));
        command.arg(format!("--unixctl={}", path.join("server.ctl").display()));
        command.arg(format!("--remote=punix:{}", path.join("db.sock").display())).args(files);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        assert_eq!(line, "ready\n", "ovsdb-server did not start");
        let zoo = Zoo { child, folder };
        zoo.fill();
        zoo
    }

    /// The folder of its files.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    fn client(&self) -> Client {
        Client::connect(&self.folder().join("db.sock"))
    }

    /// Puts the same rows in it, with the same identities, in place of all others.
    pub(crate) fn fill(&self) {
        let uuid = |n: u32| format!("{n:08x}-1111-4222-8333-444444444444");
        let insert = |table: &str, n: u32, row: Value| json!({"op": "insert", "table": table, "uuid": uuid(n), "row": row});
        let to = |n: u32| json!(["uuid", uuid(n)]);
        let mut operations: Vec<Value> =
            TABLES.iter().map(|table| json!({"op": "delete", "table": table, "where": []})).collect();
        self.client().transact("Zoo", operations.clone());
        operations.extend([
            insert("Animal", 1, json!({"name": "cat", "legs": 4, "weight": 4.5, "tame": true, "kind": "other", "mood": "ok",
                "tags": ["set", ["b", "a c", "true", "", "1"]], "notes": ["map", [["k", "v"], ["a", "x,y"], ["é", "\"q\"\n"]]]})),
            insert("Animal", 2, json!({"name": "bird", "legs": 2, "friend": to(1), "weight": 1e-7})),
            insert("Animal", 3, json!({"name": "fish & <chips>, \"hot\"", "friend": ["set", [to(1), to(2)]], "weight": -1e20, "kind": "fish"})),
            insert("Animal", 4, json!({"name": "ant", "legs": 6, "tags": "z", "notes": ["map", [["only", "one"]]], "weight": 0.1})),
            insert("Animal", 5, json!({"name": "", "tags": ["set", ["line\nbreak", "tab\there"]]})),
            insert("Keeper", 6, json!({"name": "bob", "animals": to(1), "counts": ["map", [[1, 0.1], [-2, 1e20]]]})),
            insert("Keeper", 7, json!({"name": "bob", "animals": ["set", [to(2), to(3)]]})),
            insert("Keeper", 8, json!({"name": "al", "counts": ["map", [[9_223_372_036_854_775_807_i64, 2]]]})),
        ]);
        self.client().transact("Zoo", operations);
    }

    /// Every row, the identities and versions left out.
    pub(crate) fn contents(&self) -> Vec<String> {
        let mut client = self.client();
        let schema = client.call("get_schema", &json!(["Zoo"]));
        let mut rows = Vec::new();
        for (table, definition) in schema["tables"].as_object().unwrap() {
            let columns: Vec<&String> = definition["columns"].as_object().unwrap().keys().collect();
            let select = json!({"op": "select", "table": table, "where": [], "columns": columns});
            let result = client.transact("Zoo", vec![select]);
            rows.extend(result[0]["rows"].as_array().unwrap().iter().map(|row| format!("{table} {row}")));
        }
        rows.push(schema.to_string());
        rows.sort();
        rows
    }

    /// Returns once the server has got so many requests for monitors and locks.
    pub(crate) fn await_requests(&self, wanted: usize) {
        let deadline = Instant::now() + Duration::from_secs(60);
        loop {
            let log = std::fs::read_to_string(self.folder().join("server.log")).unwrap();
            let is_wanted = |line: &&str| {
                let method = line.split_once("received request, method=\"").map_or("", |(_, rest)| rest);
                ["monitor", "lock", "steal", "unlock"].iter().any(|name| method.starts_with(name))
            };
            let count = log.lines().filter(is_wanted).count();
            if count >= wanted {
                return;
            }
            assert!(Instant::now() < deadline, "{count} of {wanted} requests");
        }
    }

    /// Changes rows in several transactions, so that there is something to monitor.
    pub(crate) fn change(&self) {
        let mut client = self.client();
        let dog = json!([["name", "==", "dog"]]);
        let operations = [
            json!({"op": "insert", "table": "Animal", "uuid": "000000aa-1111-4222-8333-444444444444", "row": {"name": "dog", "legs": 4}}),
            json!({"op": "update", "table": "Animal", "where": dog, "row": {"legs": 3, "tags": ["set", ["x", "y"]], "notes": ["map", [["a", "b"]]]}}),
            json!({"op": "mutate", "table": "Animal", "where": dog, "mutations": [["tags", "delete", "x"], ["notes", "insert", ["map", [["c", "d"]]]]]}),
            json!({"op": "update", "table": "Keeper", "where": [["name", "==", "al"]], "row": {"name": "alf", "counts": ["map", []]}}),
            json!({"op": "insert", "table": "Empty", "row": {"x": 1}}),
            json!({"op": "delete", "table": "Animal", "where": dog}),
        ];
        for operation in operations {
            client.transact("Zoo", vec![operation]);
            // an update is on its way before the next request is looked at
            client.call("echo", &json!([]));
        }
    }
}

impl Drop for Zoo {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}
