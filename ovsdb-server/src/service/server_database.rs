//! How a server tells about its databases: the rows of the database `_Server` (ovsdb-server(5)).

use super::hosted::Hosted;
use crate::engine::{Change, Commit, Database, Ids, Row};
use ovsdb_proto::schema::{DatabaseSchema, TableId, TableSchema};
use ovsdb_proto::value::{Atom, Datum, DatumView, Uuid};
use std::sync::Arc;

/// The name of the database.
pub(super) const NAME: &str = "_Server";

/// What it holds, as in Open vSwitch 4.0.
const SCHEMA: &str = r#"{"name": "_Server", "version": "1.2.0", "cksum": "3009684573 744", "tables": {"Database": {"columns": {
    "name": {"type": "string"},
    "model": {"type": {"key": {"type": "string", "enum": ["set", ["clustered", "relay", "standalone"]]}}},
    "connected": {"type": "boolean"},
    "leader": {"type": "boolean"},
    "schema": {"type": {"key": "string", "min": 0, "max": 1}},
    "cid": {"type": {"key": "uuid", "min": 0, "max": 1}},
    "sid": {"type": {"key": "uuid", "min": 0, "max": 1}},
    "index": {"type": {"key": "integer", "min": 0, "max": 1}}
}}}}"#;

const TABLE: TableId = TableId(0);

/// The database, without rows.
pub(super) fn new(ids: &mut Ids) -> Hosted {
    let schema =
        DatabaseSchema::parse(SCHEMA).unwrap_or_else(|_| DatabaseSchema::new(NAME, "", None, Vec::new()));
    Hosted::new(Database::new(Arc::new(schema)), None, Some(ids.next()))
}

/// The commit after which `database` is there with this schema, however it was before.
pub(super) fn put(server: &Database, ids: &mut Ids, database: &str, schema_json: &str) -> Option<Commit> {
    let table = server.schema().table(TABLE)?;
    let old = find(server, table, database).cloned();
    let uuid = old.as_ref().map_or_else(|| ids.next(), |row| row.uuid());
    let text = |text: &str| Datum::one(Atom::String(text.into()));
    let yes = Datum::one(Atom::Boolean(true));
    let values = [
        ("name", text(database)),
        ("model", text("standalone")),
        ("connected", yes.clone()),
        ("leader", yes),
        ("schema", text(schema_json)),
    ];
    let values = values.into_iter().filter_map(|(name, value)| Some((table.column_id(name)?, value)));
    let new = Row::new(table, uuid, ids.next(), values);
    Some(commit(ids, uuid, old, Some(new)))
}

/// The commit after which `database` is not there; `None` if it is not there already.
pub(super) fn remove(server: &Database, ids: &mut Ids, database: &str) -> Option<Commit> {
    let old = find(server, server.schema().table(TABLE)?, database)?;
    Some(commit(ids, old.uuid(), Some(old.clone()), None))
}

fn find<'a>(server: &'a Database, table: &TableSchema, database: &str) -> Option<&'a Row> {
    let column = table.column_id("name")?;
    server.rows(TABLE).find(|row| row.read(table, column).and_then(DatumView::as_str) == Some(database))
}

fn commit(ids: &mut Ids, uuid: Uuid, old: Option<Row>, new: Option<Row>) -> Commit {
    let changes = vec![Change { table: TABLE, uuid, old, new }];
    Commit { id: ids.next(), changes, comment: None, durable: false }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_comes_is_converted_and_goes() {
        let mut ids = Ids::new(1);
        let mut server = new(&mut ids);
        let rows = |server: &mut Hosted, commit: Option<Commit>| {
            server.database.apply(&commit.unwrap());
            server.database.len(TABLE)
        };
        let commit = put(&server.database, &mut ids, "A", "{}");
        assert_eq!(rows(&mut server, commit), 1);
        let commit = put(&server.database, &mut ids, "A", "{\"a\":1}");
        assert!(commit.as_ref().unwrap().changes[0].old.is_some());
        assert_eq!(rows(&mut server, commit), 1);
        assert_eq!(remove(&server.database, &mut ids, "B"), None);
        let commit = remove(&server.database, &mut ids, "A");
        assert_eq!(rows(&mut server, commit), 0);
    }
}
