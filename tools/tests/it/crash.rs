//! Is every transaction that `ovsdb-server` has answered still there after it was killed?

use std::io::{BufReader, ErrorKind, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use ovsdb_proto::schema::{DatabaseSchema, TableId};
use ovsdb_server::engine::{Database, Ids};
use ovsdb_server::storage::{self, OpenOptions};
use serde_json::{Value, json};

use crate::release::Release;
use crate::server::Folder;

/// How often the server is killed, unless `CRASH_KILLS` in the environment says otherwise.
const KILLS: u32 = 200;

/// After how many of them the file is a new one: so it stays small, and opening it short.
const KILLS_PER_FILE: u32 = 20;

/// How many transactions are sent before the first answer is read.
const TRANSACTIONS: u32 = 60;

const SCHEMA: &str = r#"{"name":"Zoo","version":"1.0.0","tables":{"Animal":{"isRoot":true,"columns":{
    "number":{"type":"integer"},"name":{"type":"string"}},"indexes":[["number"]]}}}"#;

/// How long a server may take to start or to answer.
const DEADLINE: Duration = Duration::from_secs(60);

fn start(file: &Path, socket: &Path) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ovsdb-server"));
    command.arg("-vconsole:off").arg("--unixctl=none").arg(file);
    command.arg(format!("--remote=punix:{}", socket.display())).stdin(Stdio::null());
    command.env("OVS_SYSLOG_METHOD", "null").spawn().unwrap()
}

fn connect(socket: &Path) -> UnixStream {
    let started = Instant::now();
    loop {
        match UnixStream::connect(socket) {
            Ok(stream) => return stream,
            Err(error) => assert!(started.elapsed() < DEADLINE, "{error}"),
        }
        std::thread::yield_now();
    }
}

/// The numbers of the rows in a file.
fn numbers(file: &Path) -> Vec<i64> {
    let database: Database = storage::open(file, OpenOptions::default()).unwrap().database;
    let table = &database.schema().tables()[0];
    let column = table.column_id("number").unwrap();
    let number =
        |row: &ovsdb_server::engine::Row| row.read(table, column).unwrap().scalar().unwrap().as_integer();
    let mut numbers: Vec<i64> = database.rows(TableId(0)).map(|row| number(row).unwrap()).collect();
    numbers.sort_unstable();
    numbers
}

#[test]
fn what_was_answered_survives_the_death_of_the_server() {
    let folder = Folder::new();
    let mut file = folder.path().join("none.db");
    let mut ids = Ids::new(7);
    let mut random = |below: u32| ids.next().first_word() % below;
    let mut there = 0i64;
    let kills = std::env::var("CRASH_KILLS").ok().and_then(|kills| kills.parse().ok()).unwrap_or(KILLS);
    for kill in 0..kills {
        if kill % KILLS_PER_FILE == 0 {
            file = folder.path().join(format!("{kill}.db"));
            storage::create(&file, &DatabaseSchema::parse_strict(SCHEMA).unwrap()).unwrap();
            there = 0;
        }
        let socket = folder.path().join(format!("{kill}.sock"));
        let mut server = start(&file, &socket);
        let mut stream = connect(&socket);
        stream.set_read_timeout(Some(DEADLINE)).unwrap();
        let replies = BufReader::new(stream.try_clone().unwrap());
        for (id, number) in (0..TRANSACTIONS).zip(there + 1..) {
            let row = json!({"number": number, "name": "x".repeat(1 << (number % 12))});
            let mut operations = vec![json!("Zoo"), json!({"op": "insert", "table": "Animal", "row": row})];
            if number % 10 == 0 {
                operations.push(json!({"op": "commit", "durable": true}));
            }
            let request = json!({"id": id, "method": "transact", "params": operations});
            stream.write_all(request.to_string().as_bytes()).unwrap();
        }
        // the moment: after some answers, and then after some work of our own
        let mut answered = 0;
        let wait = random(TRANSACTIONS / 2);
        let mut pid = Some(());
        for reply in serde_json::Deserializer::from_reader(replies).into_iter::<Value>() {
            if answered >= wait && pid.take().is_some() {
                (0..random(100_000)).map(std::hint::black_box).for_each(|_| {});
                server.kill().unwrap();
            }
            match reply {
                Ok(reply) => {
                    assert_eq!(reply["error"], Value::Null, "{reply}");
                    assert!(reply["result"][0]["uuid"].is_array(), "{reply}");
                    answered += 1;
                }
                // cut off within an answer, or by the reset of a connection that had more to be read
                Err(error) if error.is_eof() => break,
                Err(error) if error.io_error_kind() == Some(ErrorKind::ConnectionReset) => break,
                Err(error) => panic!("{error}"),
            }
        }
        server.kill().unwrap();
        server.wait().unwrap();
        let found = numbers(&file);
        let count = i64::try_from(found.len()).unwrap();
        assert!(
            count >= there + i64::from(answered),
            "kill {kill}: {count} rows, {there} + {answered} answered"
        );
        assert!(found.into_iter().eq(1..=count), "kill {kill}: rows are missing");
        there = count;
    }
    for version in ["23.03", "26.03"] {
        let select = r#"["Zoo",{"op":"select","table":"Animal","where":[],"columns":["number"]}]"#;
        let tool = Release::find(version).program("ovsdb-tool");
        let said = Command::new(tool).arg("query").arg(&file).arg(select).output().unwrap();
        let results: Value = serde_json::from_slice(&said.stdout).unwrap();
        assert_eq!(results[0]["rows"].as_array().map(Vec::len), usize::try_from(there).ok());
    }
}
