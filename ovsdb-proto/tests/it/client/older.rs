//! Does a client get along with a server whose schema is older than its own?

use super::*;
use crate::version::ALL;
use ovsdb_proto::op::Condition;
use ovsdb_proto::schema::{ColumnSet, TableId};
use ovsdb_proto::session::{RunError, Verdict};
use ovsdb_proto::txn::RowId;
use ovsdb_proto::value::Datum;

/// Without sizes and shelves.
const OLDER: &str = r#"{"name":"Shop","version":"1.0.0","tables":{
    "Root":{"columns":{"count":{"type":"integer"}},"isRoot":true,"maxRows":1},
    "Thing":{"columns":{"name":{"type":"string"},
        "parts":{"type":{"key":{"type":"uuid","refTable":"Part"},"min":0,"max":"unlimited"}}},
        "indexes":[["name"]],"isRoot":true},
    "Part":{"columns":{"label":{"type":"string"}}}}}"#;

#[tokio::test]
async fn what_it_lacks_reads_as_default_and_cannot_be_written() {
    for version in ALL {
        let scratch = Scratch::new();
        create(version, &scratch, OLDER);
        let _server = serve(version, &scratch);
        let mut client = client("unix:socket", &scratch);
        client.transact(|t| add_thing(t, "a")).await.unwrap();
        let read = |t: &mut Txn<'_>| {
            let a = find_thing(t, "a")?;
            let shelves = t.all::<Shelf>(&[SHELF.any()]).map_err(text)?.len();
            Ok::<_, String>((t.get(a, SIZE).map_err(text)?, shelves, t.has_column(SIZE), t.has_column(NAME)))
        };
        assert_eq!(client.transact(read).await.unwrap().value, (0, 0, false, true), "{version:?}");
        // the things of size 0 are all of them, and of another size there are none
        let of_size = |t: &mut Txn<'_>, size: i64| Ok::<_, ReadError>(t.lookup(SIZE, &size, &[])?.len());
        assert_eq!(client.transact(|t| of_size(t, 0)).await.unwrap().value, 1);
        assert_eq!(client.transact(|t| of_size(t, 1)).await.unwrap().value, 0);

        let set = |t: &mut Txn<'_>, size: i64| {
            let a = find_thing(t, "a")?;
            t.set(a, NAME, &"b".to_owned()).map_err(text)?;
            t.set(a, SIZE, &size).map_err(text)
        };
        let error = client.transact(|t| set(t, 5)).await.unwrap_err();
        let expect = "transaction error: the database has no column size in table Thing (its schema has version 1.0.0)";
        assert_eq!(error.to_string(), expect);
        let ClientError::Run(RunError::Lacking { refusal, .. }) = error else { panic!("{error:?}") };
        assert_eq!(&*refusal.error, "unknown column");
        assert_eq!(names(&mut client).await, ["a"]);
        // what it would read anyway need not be written
        client.transact(|t| set(t, 0)).await.unwrap();
        assert_eq!(names(&mut client).await, ["b"]);
        let error = client.transact(|t| t.insert::<Shelf>()).await.unwrap_err();
        assert!(error.to_string().contains("no table Shelf"), "{error}");
    }
}

#[tokio::test]
async fn waiting_watches_only_what_there_is() {
    for version in ALL {
        let scratch = Scratch::new();
        create(version, &scratch, OLDER);
        let _server = serve(version, &scratch);
        let mut waiting = client("unix:socket", &scratch);
        let mut line = |t: &mut Txn<'_>| {
            let look = |t: &Txn<'_>| {
                t.all::<Shelf>(&[SHELF.any()])?;
                for thing in t.all::<Thing>(&[SIZE.any(), NAME.any()])? {
                    if t.get(thing, NAME)? == "go" {
                        return t.get(thing, SIZE).map(Some);
                    }
                }
                Ok(None)
            };
            match look(t) {
                Ok(Some(size)) => Verdict::Done(size),
                Ok(None) => Verdict::NotYet,
                Err(error) => Verdict::Failed(error),
            }
        };
        let other = async {
            let mut other = client("unix:socket", &scratch);
            for name in ["x", "y", "go"] {
                other.transact(|t| add_thing(t, name)).await.unwrap();
            }
        };
        let (result, ()) = tokio::join!(waiting.run(&mut line), other);
        assert_eq!(result.unwrap().value, 0);
    }
}

#[tokio::test]
async fn every_column_of_a_newer_northbound_schema_can_be_read_from_an_old_database() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let read = |path: &str| std::fs::read_to_string(folder.join(path)).unwrap();
    let (ours, theirs) =
        (read("ovn-nb/src/tables/schema.ovsschema"), read("tools/tests/schemas/20.12/ovn-nb.ovsschema"));
    let ours = Arc::new(DatabaseSchema::parse(&ours).unwrap());
    for version in ALL {
        let scratch = Scratch::new();
        create(version, &scratch, &theirs);
        let _server = serve(version, &scratch);
        let mut client = Client::new(Arc::clone(&ours), options("unix:socket", &scratch)).unwrap();
        let table = |name| ours.table_id(name).unwrap();
        let column = |table: TableId, name| ours.table(table).unwrap().column_id(name).unwrap();
        let switches = table("Logical_Switch");
        let name = column(switches, "name");
        let add = |t: &mut Txn<'_>| {
            let row = t.insert_row(switches);
            t.set_cell(row, name, Datum::one("sw"));
            Ok::<_, ReadError>(row)
        };
        let added = client.transact(add).await.unwrap();
        let switch = RowId { table: switches, uuid: added.real(added.value.uuid) };
        let all: Vec<(TableId, ColumnSet)> =
            ours.tables().iter().map(|t| (ours.table_id(&t.name).unwrap(), t.own_columns())).collect();
        let snapshot = client.snapshot(&all).await.unwrap();
        assert_eq!(snapshot.row_count(switches), 1);
        assert_eq!(snapshot.find(switches, &[Condition::uuid(switch.uuid)], all[0].1), Ok(vec![switch.uuid]));
        let acls = table("ACL");
        let write = |t: &mut Txn<'_>| {
            let acl = t.insert_row(acls);
            t.set_cell(acl, column(acls, "tier"), Datum::one(3));
            t.insert_into(switch, column(switches, "acls"), &Datum::one(acl.uuid));
            Ok::<_, ReadError>(())
        };
        let error = client.transact(write).await.unwrap_err();
        assert!(
            error.to_string().contains("no column tier in table ACL (its schema has version 5.28.0)"),
            "{error}"
        );
    }
}
