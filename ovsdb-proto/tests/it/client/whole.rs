//! Can whole tables be read at once, and the same operation be run over them?

use super::*;
use crate::version::ALL;
use ovsdb_proto::schema::{ColumnSet, TableId};
use ovsdb_proto::session::RunError;
use ovsdb_proto::txn::Commit;

#[tokio::test]
async fn an_operation_does_the_same_over_whole_tables() {
    for version in ALL {
        let (scratch, _server) = shop(version);
        let mut client = client("unix:socket", &scratch);
        for name in ["a", "b"] {
            client.transact(|t| add_thing(t, name)).await.unwrap();
        }
        let every = ColumnSet::EMPTY.complement();
        let table = |name| schema().table_id(name).unwrap();
        let snapshot = client.snapshot(&[(table("Thing"), every), (table("Part"), every)]).await.unwrap();
        assert_eq!((snapshot.row_count(table("Thing")), snapshot.row_count(table("Part"))), (2, 0));

        let mut t = Txn::new(&snapshot, 1);
        assert_eq!(add_thing(&mut t, "a"), Err("a is there".to_owned()));
        let a = find_thing(&t, "a").unwrap();
        assert_eq!(t.get(a, SIZE), Ok(0));
        assert_eq!(t.by_uuid(Ref::<Part>::new(a.uuid()), &[]), Ok(None));
        add_thing(&mut t, "c").unwrap();
        assert!(!t.has_missing() && !t.trusted_an_index() || matches!(t.finish(), Ok(Commit::Send(_))));
        // a table that was not asked for is a hole
        assert!(matches!(t.lookup(SHELF, &String::new(), &[]), Err(ReadError::Missing(_))));

        let nonsense = client.snapshot(&[(TableId(99), every)]).await;
        assert!(matches!(nonsense, Err(ClientError::Run(RunError::Line(ReadError::Id(_))))), "{nonsense:?}");
        assert_eq!(client.snapshot(&[]).await.unwrap().row_count(table("Thing")), 0);
        client.close().await;
    }
}

/// The futures can be moved to other threads.
#[test]
fn futures_are_send() {
    fn is_send<T: Send>(_: T) {}
    let scratch = Scratch::new();
    let mut client = client("unix:nowhere", &scratch);
    is_send(client.transact(|t| t.all::<Thing>(&[])));
    is_send(client.snapshot(&[]));
    is_send(client.close());
}
