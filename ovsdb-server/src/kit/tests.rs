//! Do test servers hold what they were given, and do clients of one see the same?

use super::*;
use ovsdb_proto::row::{Column, ReadError, Ref, Table};
use std::time::Duration;

const SCHEMA: &str = r#"{"name":"Net","version":"1.0.0","tables":{
    "Switch":{"isRoot":true,"columns":{"name":{"type":"string"},
        "ports":{"type":{"key":{"type":"uuid","refTable":"Port"},"min":0,"max":"unlimited"}}}},
    "Port":{"columns":{"tag":{"type":"integer"}}}}}"#;

#[derive(Clone, Copy)]
struct Switch;
impl Table for Switch {
    const NAME: &'static str = "Switch";
}
#[derive(Clone, Copy)]
struct Port;
impl Table for Port {
    const NAME: &'static str = "Port";
}
const NAME: Column<Switch, String> = Column::new("name");
const PORTS: Column<Switch, Vec<Ref<Port>>> = Column::new("ports");
const TAG: Column<Port, i64> = Column::new("tag");

fn schema() -> Arc<DatabaseSchema> {
    Arc::new(DatabaseSchema::parse(SCHEMA).unwrap())
}

fn switch(t: &mut Txn<'_>, name: &str, tags: &[i64]) -> Result<(), ReadError> {
    let switch = t.insert()?;
    t.set(switch, NAME, &name.to_owned())?;
    let mut ports = Vec::new();
    for tag in tags {
        let port = t.insert()?;
        t.set(port, TAG, tag)?;
        ports.push(port);
    }
    t.set(switch, PORTS, &ports)
}

#[tokio::test]
async fn rows_are_named_and_equal_contents_are_equal_texts() {
    let server = TestServer::start(schema(), |t| {
        switch(t, "b", &[7, 7, 0])?;
        switch(t, "a", &[7])
    })
    .await
    .unwrap();
    let text = server.tables(&[]).await.unwrap();
    // the two ports of b that are alike may be numbered either way; that of a is told from them by its switch
    let own = text.lines().filter(|line| line.starts_with("    ports")).collect::<Vec<_>>();
    assert_eq!(text.lines().filter(|line| line.starts_with("Port #")).count(), 4, "{text}");
    assert_eq!(own.len(), 2, "{text}");
    let other = |t: &mut Txn<'_>| {
        switch(t, "a", &[7])?;
        switch(t, "b", &[0, 7, 7])
    };
    assert_eq!(server.expected(&[], other).await.unwrap(), text);
    let different = |t: &mut Txn<'_>| {
        switch(t, "a", &[7, 7])?;
        switch(t, "b", &[0, 7])
    };
    assert_ne!(server.expected(&[], different).await.unwrap(), text);
    assert_eq!(server.tables(&["Nonsense"]).await.unwrap(), "");
}

#[tokio::test]
async fn what_one_client_commits_another_reads() {
    let server = TestServer::start(schema(), |_| Ok::<_, ReadError>(())).await.unwrap();
    let mut one = server.client().unwrap();
    let mut other = server.client().unwrap();
    for n in 0..20 {
        one.transact(|t| switch(t, &format!("s{n}"), &[n])).await.unwrap();
        let found = other.transact(|t| Ok::<_, ReadError>(t.all(&[NAME.any()])?.len())).await.unwrap();
        assert_eq!(found.value, usize::try_from(n).unwrap() + 1);
    }
    server.seed(|t| switch(t, "more", &[])).await.unwrap();
    assert!(server.tables(&["Switch"]).await.unwrap().contains("Switch more\n    name: more\n"));
}

#[tokio::test]
async fn hundreds_side_by_side() {
    let work = async {
        let all = (0..300).map(|n| {
            tokio::spawn(async move {
                let server = TestServer::start(schema(), |t| switch(t, "s", &[n])).await.unwrap();
                let text = server.tables(&[]).await.unwrap();
                let tag = if n == 0 { String::new() } else { format!("    tag: {n}\n") };
                assert_eq!(text, format!("Port #1\n{tag}Switch s\n    name: s\n    ports: [Port #1]\n"));
            })
        });
        for one in all.collect::<Vec<_>>() {
            one.await.unwrap();
        }
    };
    tokio::time::timeout(Duration::from_secs(60), work).await.unwrap();
}

#[tokio::test]
async fn a_client_outlives_its_server_with_an_error() {
    let server = TestServer::start(schema(), |_| Ok::<_, ReadError>(())).await.unwrap();
    let mut client = server.client().unwrap();
    client.transact(|t| switch(t, "a", &[])).await.unwrap();
    server.server().clone().shutdown().await;
    for _ in 0..2 {
        let error = client.transact(|t| switch(t, "b", &[])).await.unwrap_err();
        assert!(error.to_string().starts_with("unix:(given): "), "{error}");
    }
    assert!(matches!(server.tables(&[]).await, Err(ServerError::Stopped)));
}
