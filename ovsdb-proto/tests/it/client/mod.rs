//! Does a client do what it should, whoever else is at work on the database and whatever becomes of the servers?

mod cluster;
mod conflict;
mod frozen;
mod hostile;
mod large;
mod older;
mod remotes;
mod whole;

use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use ovsdb_proto::net::{Client, ClientError, ClientOptions, ConnectOptions};
use ovsdb_proto::row::{Column, ReadError, Ref, Table};
use ovsdb_proto::schema::DatabaseSchema;
use ovsdb_proto::session::remote::parse_list;
use ovsdb_proto::txn::Txn;
use tokio::time::Instant;

use crate::scratch::{Scratch, run_in};
use crate::server::Server;
use crate::version::Version;

/// Longer than anything takes on a busy machine; only a hanging test meets it.
const PATIENCE: Duration = Duration::from_secs(60);

const SCHEMA: &str = r#"{"name":"Shop","version":"2.0.0","tables":{
    "Root":{"columns":{"count":{"type":"integer"},
        "notes":{"type":{"key":"string","value":"string","min":0,"max":"unlimited"}}},"isRoot":true,"maxRows":1},
    "Thing":{"columns":{"name":{"type":"string"},"size":{"type":"integer"},
        "parts":{"type":{"key":{"type":"uuid","refTable":"Part"},"min":0,"max":"unlimited"}}},
        "indexes":[["name"]],"isRoot":true},
    "Part":{"columns":{"label":{"type":"string"}}},
    "Shelf":{"columns":{"name":{"type":"string"}},"isRoot":true}}}"#;

#[derive(Clone, Copy)]
struct Root;
#[derive(Clone, Copy)]
struct Thing;
#[derive(Clone, Copy)]
struct Part;
#[derive(Clone, Copy)]
struct Shelf;

impl Table for Root {
    const NAME: &'static str = "Root";
}
impl Table for Thing {
    const NAME: &'static str = "Thing";
}
impl Table for Part {
    const NAME: &'static str = "Part";
}
impl Table for Shelf {
    const NAME: &'static str = "Shelf";
}

const COUNT: Column<Root, i64> = Column::new("count");
const NAME: Column<Thing, String> = Column::new("name");
const SIZE: Column<Thing, i64> = Column::new("size");
const PARTS: Column<Thing, Vec<Ref<Part>>> = Column::new("parts");
const LABEL: Column<Part, String> = Column::new("label");
const SHELF: Column<Shelf, String> = Column::new("name");

fn schema() -> Arc<DatabaseSchema> {
    Arc::new(DatabaseSchema::parse(SCHEMA).unwrap())
}

fn soon() -> Option<Instant> {
    Some(Instant::now() + PATIENCE)
}

fn options(remotes: &str, scratch: &Scratch) -> ClientOptions {
    let list = parse_list(remotes, scratch.path()).unwrap().list;
    ClientOptions {
        connect: ConnectOptions { deadline: soon(), ..ConnectOptions::default() },
        ..ClientOptions::new(list)
    }
}

fn client(remotes: &str, scratch: &Scratch) -> Client {
    Client::new(schema(), options(remotes, scratch)).unwrap()
}

/// Makes the file `db` with the schema.
fn create(version: Version, scratch: &Scratch, schema: &str) {
    std::fs::write(scratch.join("schema"), schema).unwrap();
    let tool = version.program("ovsdb-tool");
    run_in(scratch.path(), tool.to_str().unwrap(), &["create", "db", "schema"]);
}

/// Starts a server of the database `db` that listens at `unix:socket`.
fn serve(version: Version, scratch: &Scratch) -> Server {
    let args = ["--unixctl=control", "--remote=punix:socket", "db"];
    let mut server = Server::spawn(&version.program("ovsdb-server"), scratch, &args);
    server.wait_for("ovsdb-server (Open vSwitch)");
    server
}

fn shop(version: Version) -> (Scratch, Server) {
    let scratch = Scratch::new();
    create(version, &scratch, SCHEMA);
    let server = serve(version, &scratch);
    (scratch, server)
}

/// What somebody else does meanwhile, by a program of Open vSwitch.
fn meanwhile(folder: &Path, operations: &str) {
    let output = Command::new("ovsdb-client")
        .args(["transact", "unix:socket", &format!("[\"Shop\",{operations}]")])
        .current_dir(folder)
        .env("OVS_RUNDIR", folder)
        .output()
        .expect("this test needs the program ovsdb-client");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && !said.contains("error"), "{operations}: {said}");
}

/// What commands do who make a thing of a name that must be free.
fn add_thing(t: &mut Txn<'_>, name: &str) -> Result<Ref<Thing>, String> {
    let name = name.to_owned();
    if t.taken_by(NAME, &name, &[]).map_err(text)?.is_some() {
        return Err(format!("{name} is there"));
    }
    let thing = t.insert().map_err(text)?;
    t.set(thing, NAME, &name).map_err(text)?;
    Ok(thing)
}

fn find_thing(t: &Txn<'_>, name: &str) -> Result<Ref<Thing>, String> {
    let found = t.lookup(NAME, &name.to_owned(), &[]).map_err(text)?;
    found.first().copied().ok_or_else(|| format!("no thing {name}"))
}

fn text(error: ReadError) -> String {
    error.to_string()
}

/// The error of a line that failed by itself.
fn own<T: std::fmt::Debug>(result: Result<T, ClientError<String>>) -> String {
    match result {
        Err(ClientError::Run(ovsdb_proto::session::RunError::Line(error))) => error,
        other => panic!("not an error of the line: {other:?}"),
    }
}

/// The names of all things, in order.
async fn names(client: &mut Client) -> Vec<String> {
    let read = |t: &mut Txn<'_>| {
        let things = t.all(&[NAME.any()])?;
        let mut names = Vec::new();
        for thing in things {
            names.push(t.get(thing, NAME)?);
        }
        names.sort();
        Ok::<_, ReadError>(names)
    };
    client.transact(read).await.unwrap().value
}
