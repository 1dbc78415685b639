//! How a database comes to rows that were not inserted by a client: those of a file.

use super::failure::Failure;
use super::settle::{Entry, settle, settle_and_tell};
use super::{Change, Database, Ids, Row};
use ovsdb_proto::schema::{DatabaseSchema, TableId};
use ovsdb_proto::value::Uuid;
use std::sync::Arc;

/// Why rows are not a database of a schema.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{error}: {details}")]
pub struct LoadError {
    /// The kind of error, as a client would get it (RFC 7047 section 3.1, `<error>`).
    pub error: &'static str,
    /// What is wrong.
    pub details: Box<str>,
}

impl From<Failure> for LoadError {
    fn from(failure: Failure) -> LoadError {
        let (error, details) = failure.into_parts();
        LoadError { error, details }
    }
}

impl Database {
    /// The database that a transaction leaves which inserts these rows, none of them twice: rows that had to be referred to and are not
    /// are gone, and so are weak references to rows that are not there. Values are not checked one by one; the versions of the rows come from `ids`.
    /// Answers also whether any rows or references are gone: then it is not what was read.
    ///
    /// # Errors
    /// References, the number of rows or unique indexes break a rule of the schema.
    pub fn load(
        schema: Arc<DatabaseSchema>,
        rows: impl IntoIterator<Item = (TableId, Row)>,
        ids: &mut Ids,
    ) -> Result<(Database, bool), LoadError> {
        let mut database = Database::new(schema);
        let entry = |(table, row): (TableId, Row)| ((table, row.uuid()), Entry { old: None, new: Some(row) });
        let (changes, mended) = settle_and_tell(&database, rows.into_iter().map(entry).collect(), ids)?;
        database.fill(&changes);
        Ok((database, mended))
    }

    /// The changes of a transaction that leaves these rows, `None` for those that are to be gone:
    /// garbage and weak references to rows that are not there go as well. Values are not checked
    /// one by one; the versions of the rows come from `ids`.
    ///
    /// # Errors
    /// References, the number of rows or unique indexes break a rule of the schema.
    pub fn changes(
        &self,
        rows: impl IntoIterator<Item = (TableId, Uuid, Option<Row>)>,
        ids: &mut Ids,
    ) -> Result<Vec<Change>, LoadError> {
        let entry = |(table, uuid, new): (TableId, Uuid, Option<Row>)| {
            ((table, uuid), Entry { old: self.row(table, uuid).cloned(), new })
        };
        Ok(settle(self, rows.into_iter().map(entry).collect(), ids)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ovsdb_proto::value::{Atom, Datum};

    #[test]
    fn rows_of_a_file_meet_the_rules_that_a_client_meets() {
        let text = r#"{"name":"D","version":"1.0.0","tables":{
            "Leaf":{"columns":{"n":{"type":"integer"}},"indexes":[["n"]]},
            "Root":{"isRoot":true,"maxRows":2,"columns":{
                "leaf":{"type":{"key":{"type":"uuid","refTable":"Leaf"},"min":0,"max":"unlimited"}},
                "weak":{"type":{"key":{"type":"uuid","refTable":"Leaf","refType":"weak"},"min":0,"max":"unlimited"}}}}}}"#;
        let schema = Arc::new(DatabaseSchema::parse(text).unwrap());
        let [leaf, root] = ["Leaf", "Root"].map(|name| schema.table_id(name).unwrap());
        let row = |table: TableId, uuid: u128, column: &str, value: Datum| {
            let schema = schema.table(table).unwrap();
            let values = [(schema.column_id(column).unwrap(), value)];
            (table, Row::new(schema, Uuid::from_u128(uuid), Uuid::NIL, values))
        };
        let refer = |uuids: &[u128]| Datum::set(uuids.iter().map(|uuid| Atom::Uuid(Uuid::from_u128(*uuid))));
        let check = |rows: &[(TableId, Row)], expect: Result<([usize; 2], bool), &str>| {
            let loaded = Database::load(Arc::clone(&schema), rows.iter().cloned(), &mut Ids::new(1));
            let found =
                loaded.map(|(database, mended)| ([leaf, root].map(|table| database.len(table)), mended));
            assert_eq!(found.map_err(|error| error.to_string()), expect.map_err(str::to_owned));
        };
        let [one, two] = [1, 2].map(|n: u128| row(leaf, n, "n", Datum::one(i64::try_from(n).unwrap())));
        let both = row(root, 10, "leaf", refer(&[1, 2]));
        check(&[one.clone(), two.clone(), both.clone()], Ok(([2, 1], false)));
        check(&[one.clone(), two, row(root, 10, "leaf", refer(&[1]))], Ok(([1, 1], true)));
        check(&[row(root, 10, "weak", refer(&[3]))], Ok(([0, 1], true)));
        let missing = "referential integrity violation: Table Root column leaf row 00000000-0000-0000-0000-00000000000a \
                       references nonexistent row 00000000-0000-0000-0000-000000000002 in table Leaf.";
        check(&[one.clone(), both.clone()], Err(missing));
        let many = [11, 12, 13].map(|uuid| row(root, uuid, "leaf", refer(&[])));
        let much = "constraint violation: transaction causes \"Root\" table to contain 3 rows, greater than the \
                    schema-defined limit of 2 row(s)";
        check(&many, Err(much));
        let same = [one, row(leaf, 2, "n", Datum::one(1)), both];
        let loaded = Database::load(Arc::clone(&schema), same, &mut Ids::new(1));
        assert!(loaded.unwrap_err().details.contains("identical values"));
    }
}
