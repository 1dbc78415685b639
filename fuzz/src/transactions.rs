//! Does every list of transactions leave a database that keeps all promises of its schema, and that storage brings back?

use crate::requests::{Choices, Generator, SCHEMA, Without};
use ovsdb_proto::json::Reader;
use ovsdb_proto::schema::{ColumnId, ColumnType, DatabaseSchema, RefKind, TableId, TableSchema};
use ovsdb_proto::value::{Atom, Datum, DatumView, Uuid};
use ovsdb_server::engine::{Change, Commit, Context, Database, Execution, Ids, Row};
use ovsdb_server::storage::contents::{Contents, Strangers};
use ovsdb_server::storage::record::{self, Stamp};
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::{Arc, LazyLock};

static PARSED: LazyLock<Option<Arc<DatabaseSchema>>> =
    LazyLock::new(|| DatabaseSchema::parse_strict(SCHEMA).ok().map(Arc::new));

/// The first byte chooses the form: lines, each an array of operations in JSON, or choices of the generator of requests.
pub fn check_transactions(data: &[u8]) {
    let Some((&form, rest)) = data.split_first() else { return };
    let Some(schema) = PARSED.as_ref() else { return };
    let mut kept = Kept::new(schema);
    if form % 2 == 0 {
        for line in rest.split(|byte| *byte == b'\n') {
            kept.transact(line);
        }
    } else {
        // a transaction takes some forty choices, and without choices left all are the same
        let mut choices = Choices(rest);
        let mut generator = Generator::new(&mut choices, Without::default());
        for _ in 0..=rest.len() / 40 {
            let operations = serde_json::Value::Array(generator.transaction()).to_string();
            kept.transact(operations.as_bytes());
        }
    }
    kept.recount();
}

/// A database, and what was stored of it.
struct Kept {
    schema: Arc<DatabaseSchema>,
    database: Database,
    stored: Contents,
    ids: Ids,
}

impl Kept {
    fn new(schema: &Arc<DatabaseSchema>) -> Kept {
        Kept {
            schema: Arc::clone(schema),
            database: Database::new(Arc::clone(schema)),
            stored: contents(schema),
            ids: Ids::new(1),
        }
    }

    fn transact(&mut self, operations: &[u8]) {
        let Ok(count) = count(operations) else { return };
        let params = with_name(operations);
        let before = rows(&self.database);
        let (answer, execution) = execute(&mut self.database, &params, &mut self.ids);
        assert_eq!(rows(&self.database), before, "changed before it was committed");
        let Execution::Done { commit } = execution else {
            assert!(answer.is_empty());
            return;
        };
        let answered = self::count(&answer);
        assert!(answered == Ok(count) || answered == Ok(count + 1), "{count} {answered:?}");
        let Some(commit) = commit else { return };
        assert!(!commit.changes.is_empty());
        let order: Vec<(TableId, Uuid)> = commit.changes.iter().map(|c| (c.table, c.uuid)).collect();
        assert!(order.is_sorted_by(|a, b| a < b));
        for Change { table, uuid, old, new } in &commit.changes {
            assert_eq!(self.database.row(*table, *uuid), old.as_ref());
            let versions = [old, new].map(|row| row.as_ref().map(|row| row.version()));
            assert_ne!(versions.first(), versions.last());
        }
        let mut json = Vec::new();
        let stamp = Stamp { date_ms: 1, comment: commit.comment.as_deref(), differences: true };
        if record::write_changes(&mut json, &self.schema, &commit.changes, &stamp) {
            let replayed = self.stored.replay(&json);
            assert_eq!(replayed, Ok(()), "{}", String::from_utf8_lossy(&json));
        }
        self.database.apply(&commit);
        check(&self.database);
        check_values(&self.database);
    }

    /// Compares with a database that was made of the same rows, in which nothing has been counted yet.
    fn recount(mut self) {
        let changes = rows(&self.database).into_iter().map(|((table, uuid), row)| Change {
            table,
            uuid,
            old: None,
            new: Some(row),
        });
        let commit = Commit { id: Uuid::NIL, changes: changes.collect(), comment: None, durable: false };
        let mut fresh = Database::new(Arc::clone(&self.schema));
        fresh.apply(&commit);
        for ((table, uuid), _) in rows(&self.database) {
            let Some(table) = self.schema.table(table) else { continue };
            // what is said if a row goes tells how often it is referred to, and by what
            let delete = format!(
                r#"["",{{"op":"delete","table":"{}","where":[["_uuid","==",["uuid","{uuid}"]]]}}]"#,
                table.name
            );
            let counted = execute(&mut self.database, delete.as_bytes(), &mut Ids::new(2));
            assert_eq!(counted, execute(&mut fresh, delete.as_bytes(), &mut Ids::new(2)));
        }
        let stored = self.stored.into_rows();
        assert!(stored.is_ok(), "{stored:?}");
        let stored: Rows =
            stored.into_iter().flatten().map(|(table, row)| ((table, row.uuid()), row)).collect();
        let there = rows(&self.database);
        assert_eq!(stored.len(), there.len());
        for ((place, stored), (other, there)) in stored.iter().zip(&there) {
            assert_eq!(place, other);
            let Some(table) = self.schema.table(place.0) else { continue };
            for (id, column) in columns(table).filter(|(_, column)| !column.ephemeral) {
                assert_eq!(stored.read(table, id), there.read(table, id), "{}", column.name);
            }
        }
    }
}

type Rows = BTreeMap<(TableId, Uuid), Row>;

fn contents(schema: &Arc<DatabaseSchema>) -> Contents {
    Contents::new(Arc::clone(schema), Strangers::Refuse)
}

fn count(array: &[u8]) -> Result<usize, ovsdb_proto::json::JsonError> {
    let mut r = Reader::new(array);
    r.check()?;
    let mut r = Reader::new(array);
    let mut count = 0;
    r.begin_array()?;
    while r.next_element()? {
        r.skip()?;
        count += 1;
    }
    r.end()?;
    Ok(count)
}

/// The parameters of `transact`.
fn with_name(operations: &[u8]) -> Vec<u8> {
    let rest = operations.trim_ascii().strip_prefix(b"[").unwrap_or_default();
    let comma: &[u8] = if rest.trim_ascii() == b"]" { b"" } else { b"," };
    [br#"["D""#, comma, rest].concat()
}

fn execute(database: &mut Database, params: &[u8], ids: &mut Ids) -> (Vec<u8>, Execution) {
    let mut out = Vec::new();
    let mut cx = Context { holds_lock: &|lock| lock == "l0", ..Context::new(ids) };
    let execution = database.execute(params, &mut cx, &mut out);
    (out, execution)
}

pub(crate) fn tables(schema: &DatabaseSchema) -> impl Iterator<Item = (TableId, &TableSchema)> {
    (0..).map(TableId).zip(schema.tables())
}

fn columns(table: &TableSchema) -> impl Iterator<Item = (ColumnId, &ovsdb_proto::schema::ColumnSchema)> {
    (0..).map(ColumnId).zip(table.columns()).filter(|(id, _)| *id > ColumnId::VERSION)
}

fn rows(database: &Database) -> Rows {
    let rows = |(id, _)| database.rows(id).map(move |row| ((id, row.uuid()), row.clone()));
    tables(database.schema()).flat_map(rows).collect()
}

/// Whether each value is one that its column may hold.
fn check_values(database: &Database) {
    for (id, table) in tables(database.schema()) {
        for row in database.rows(id) {
            for (at, column) in columns(table) {
                let checked = row.read(table, at).map(|value| column.type_.check(&value.to_datum()));
                assert_eq!(checked, Some(Ok(())), "{}", column.name);
            }
        }
    }
}

/// Whether the rows together keep what the schema promises: how many there are, unique indexes, references. (Values are another matter: in a file a column may be left out
/// whose default the schema does not allow.)
pub(crate) fn check(database: &Database) {
    let schema = database.schema();
    let mut held: BTreeSet<(TableId, Uuid)> = BTreeSet::new();
    for (id, table) in tables(schema) {
        assert!(table.max_rows.is_none_or(|max| database.len(id) as u64 <= u64::from(max)));
        for index in &table.indexes {
            let mut seen: HashSet<Vec<DatumView<'_>>> = HashSet::new();
            for row in database.rows(id) {
                assert!(seen.insert(index.iter().filter_map(|c| row.read(table, *c)).collect()));
            }
        }
        for row in database.rows(id) {
            assert_eq!(database.row(id, row.uuid()), Some(row));
            for (at, column) in columns(table) {
                let Some(datum) = row.read(table, at).map(DatumView::to_datum) else { continue };
                for (target, kind, uuid) in references(schema, &column.type_, &datum) {
                    assert!(database.row(target, uuid).is_some(), "{} {uuid}", column.name);
                    if kind == RefKind::Strong && (target, uuid) != (id, row.uuid()) {
                        held.insert((target, uuid));
                    }
                }
            }
        }
    }
    for (id, _) in tables(schema).filter(|(_, table)| !table.is_root) {
        for row in database.rows(id) {
            assert!(held.contains(&(id, row.uuid())), "garbage");
        }
    }
}

fn references<'a>(
    schema: &'a DatabaseSchema,
    type_: &'a ColumnType,
    datum: &'a Datum,
) -> impl Iterator<Item = (TableId, RefKind, Uuid)> + 'a {
    let keys = datum.atoms().iter().chain(datum.pairs().iter().map(|pair| &pair.0));
    let values = datum.pairs().iter().map(|pair| &pair.1);
    let keys = keys.map(move |atom| (Some(&type_.key), atom));
    let all = keys.chain(values.map(move |atom| (type_.value.as_ref(), atom)));
    all.filter_map(move |(base, atom): (_, &Atom)| {
        let refers = base?.reference.as_ref()?;
        Some((schema.table_id(&refers.table)?, refers.kind, atom.as_uuid()?))
    })
}
