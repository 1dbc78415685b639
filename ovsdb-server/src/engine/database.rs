//! A database: its committed rows, and transactions on them.

use super::links::changed_references;
use super::table::Table;
use super::{Change, Commit, Context, Execution, Questions, Row, operations, query};
use ovsdb_proto::json::Writer;
use ovsdb_proto::schema::{ColumnId, DatabaseSchema, RefKind, TableId, TableSchema};
use ovsdb_proto::store::Version;
use ovsdb_proto::value::{Uuid, write_view};
use std::sync::{Arc, OnceLock};

/// The committed rows of one database.
#[derive(Clone, Debug)]
pub struct Database {
    version: Version,
    tables: Vec<Table>,
    /// See [`Database::text_len`]; kept up to date once it was asked for.
    text_len: OnceLock<usize>,
}

impl Database {
    /// A database without rows.
    pub fn new(schema: Arc<DatabaseSchema>) -> Database {
        let tables = schema.tables().iter().map(|table| Table::new(&schema, table)).collect();
        Database { version: Version::new(schema), tables, text_len: OnceLock::new() }
    }

    /// What it may hold.
    pub fn schema(&self) -> &Arc<DatabaseSchema> {
        self.version.schema()
    }

    /// The rows as they are now. Whoever holds a copy keeps them as they were.
    pub const fn version(&self) -> &Version {
        &self.version
    }

    /// A row by its identity.
    pub fn row(&self, table: TableId, uuid: Uuid) -> Option<&Row> {
        self.version.row(table, uuid)
    }

    /// The rows of a table, in the order of their UUIDs; none if there is no such table.
    pub fn rows(&self, table: TableId) -> impl Iterator<Item = &Row> {
        self.version.table(table).into_iter().flat_map(|table| table.rows().iter().map(|entry| entry.1))
    }

    /// The number of rows of a table.
    pub fn len(&self, table: TableId) -> usize {
        self.version.table(table).map_or(0, |table| table.rows().len())
    }

    /// Carries out a transaction without changing the database: that is left to [`Database::apply`].
    ///
    /// `params` are the whole parameters of `transact` (RFC 7047 section 4.1.3), a JSON array of the database's name, which is not looked
    /// at, and the operations. With [`Execution::Done`] the array of results has been appended to `out`.
    pub fn execute(&self, params: &[u8], cx: &mut Context<'_>, out: &mut Vec<u8>) -> Execution {
        operations::execute(self, params, cx, out)
    }

    /// Applies a commit that [`Database::execute`] made on this very state. Costs as much as there
    /// are changes.
    pub fn apply(&mut self, commit: &Commit) {
        let schema = Arc::clone(self.schema());
        for change in &commit.changes {
            if let (Some(len), Some(table)) = (self.text_len.get_mut(), schema.table(change.table)) {
                let text_len = |row: &Option<Row>| row.as_ref().map_or(0, |row| text_len(row, table));
                *len = len.saturating_sub(text_len(&change.old)) + text_len(&change.new);
            }
            self.version.replace(change.table, change.uuid, change.new.clone());
        }
        self.refer_all(&commit.changes);
    }

    /// The database of these rows, all of which are new.
    pub(super) fn fill(&mut self, changes: &[Change]) {
        for group in changes.chunk_by(|a, b| a.table == b.table) {
            let rows = group.iter().filter_map(|change| Some((change.uuid, change.new.clone()?)));
            if let Some(first) = group.first() {
                self.version.fill(first.table, rows.collect());
            }
        }
        self.refer_all(changes);
    }

    /// Takes note of what transactions asked for, and makes indexes where that pays. Returns the
    /// number of rows that had to be looked at for that.
    pub fn learn(&mut self, questions: Questions) -> u64 {
        let mut work = 0;
        for ((id, key), times) in questions.into_counts() {
            let Some(rows) = self.version.table(id) else { continue };
            let Some(table) = self.tables.get_mut(usize::from(id.0)) else { continue };
            if table.asked.count(&key, times, rows) {
                work += query::count(rows.rows().len());
                self.version.add_index(id, key);
            }
        }
        work
    }

    /// How many bytes a `select` of every row takes, roughly. The first call looks at all rows.
    pub(super) fn text_len(&self) -> usize {
        let tables = self.schema().tables().iter().zip(0u16..);
        let count =
            || tables.flat_map(|(table, id)| self.rows(TableId(id)).map(|row| text_len(row, table))).sum();
        *self.text_len.get_or_init(count)
    }

    // only when all rows are there: they refer to each other
    fn refer_all(&mut self, changes: &[Change]) {
        let schema = Arc::clone(self.schema());
        changes.iter().for_each(|change| self.refer(&schema, change));
    }

    fn refer(&mut self, schema: &DatabaseSchema, change: &Change) {
        let at = usize::from(change.table.0);
        let (Some(table), Some(rows)) = (schema.table(change.table), self.tables.get_mut(at)) else { return };
        let links = std::mem::take(&mut rows.links);
        let (old, new) = (change.old.as_ref(), change.new.as_ref());
        changed_references(table, &links, old, new, |column, target, uuid, is_new| {
            let Some(rows) = self.tables.get_mut(usize::from(target.table.0)) else { return };
            match target.kind {
                RefKind::Strong if (target.table, uuid) != (change.table, change.uuid) => {
                    rows.count(uuid, is_new);
                }
                RefKind::Strong => {}
                RefKind::Weak => {
                    let entry = (uuid, change.table, column, change.uuid);
                    let _ = if is_new { rows.weak.insert(entry) } else { rows.weak.remove(&entry) };
                }
            }
        });
        if let Some(rows) = self.tables.get_mut(at) {
            rows.links = links;
        }
    }

    pub(super) fn table(&self, table: TableId) -> Option<&Table> {
        self.tables.get(usize::from(table.0))
    }
}

/// How many bytes a `select` writes for a row: each column with its name and value.
fn text_len(row: &Row, table: &TableSchema) -> usize {
    let mut value = Vec::new();
    let columns = (0u16..).map(ColumnId).zip(table.columns());
    let cells = columns.filter_map(|(id, column)| Some((column, row.read(table, id)?)));
    let len = cells.map(|(column, datum)| {
        value.clear();
        write_view(&mut Writer::new(&mut value), datum, &|_| false);
        // quotes, colon and comma
        column.name.len() + value.len() + 4
    });
    len.sum::<usize>() + 2
}
