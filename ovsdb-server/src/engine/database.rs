//! What a database is: committed rows of every table, kept so that a small transaction costs little however many there are.

use super::links::changed_references;
use super::table::Table;
use super::{Change, Commit, Context, Execution, Row, operations};
use ovsdb_proto::json::Writer;
use ovsdb_proto::schema::{ColumnId, DatabaseSchema, RefKind, TableId, TableSchema};
use ovsdb_proto::value::{Uuid, write_datum};
use std::hash::RandomState;
use std::sync::Arc;

/// The committed rows of one database. Rows are shared: whoever holds an `Arc` of one keeps it as it was.
#[derive(Clone, Debug)]
pub struct Database {
    schema: Arc<DatabaseSchema>,
    pub(super) tables: Vec<Table>,
    pub(super) hash: RandomState,
    /// See [`Database::text_len`]; kept up to date once it was asked for.
    text_len: Option<usize>,
}

impl Database {
    /// A database without rows.
    pub fn new(schema: Arc<DatabaseSchema>) -> Database {
        let tables = schema.tables().iter().map(|table| Table::new(&schema, table)).collect();
        Database { schema, tables, hash: RandomState::new(), text_len: None }
    }

    /// What it may hold.
    pub const fn schema(&self) -> &Arc<DatabaseSchema> {
        &self.schema
    }

    /// A row by its identity.
    pub fn row(&self, table: TableId, uuid: Uuid) -> Option<&Arc<Row>> {
        self.table(table)?.row(uuid)
    }

    /// The rows of a table, in the order of their UUIDs; none if there is no such table.
    pub fn rows(&self, table: TableId) -> impl Iterator<Item = &Arc<Row>> {
        self.table(table).into_iter().flat_map(Table::rows)
    }

    /// How many rows a table has.
    pub fn len(&self, table: TableId) -> usize {
        self.table(table).map_or(0, Table::len)
    }

    /// Carries out a transaction without changing the database: that is left to [`Database::apply`].
    ///
    /// `params` are the whole parameters of `transact` (RFC 7047 section 4.1.3), a JSON array of the database's name, which is not looked
    /// at, and the operations. With [`Execution::Done`] the array of results has been appended to `out`.
    pub fn execute(&mut self, params: &[u8], cx: &mut Context<'_>, out: &mut Vec<u8>) -> Execution {
        operations::execute(self, params, cx, out)
    }

    /// Takes in a commit that [`Database::execute`] made on this very state. Costs as much as there are changes.
    pub fn apply(&mut self, commit: &Commit) {
        self.take(&commit.changes);
    }

    /// How many bytes a `select` of every row takes, roughly. The first call looks at all rows.
    pub(super) fn text_len(&mut self) -> usize {
        let tables = self.schema.tables().iter().zip(&self.tables);
        let count = || tables.flat_map(|(table, rows)| rows.rows().map(|row| text_len(row, table))).sum();
        *self.text_len.get_or_insert_with(count)
    }

    fn take(&mut self, changes: &[Change]) {
        let schema = Arc::clone(&self.schema);
        for change in changes {
            let (Some(table), Some(rows)) =
                (schema.table(change.table), self.tables.get_mut(usize::from(change.table.0)))
            else {
                continue;
            };
            if let Some(len) = &mut self.text_len {
                let text_len = |row: &Option<Arc<Row>>| row.as_ref().map_or(0, |row| text_len(row, table));
                *len = len.saturating_sub(text_len(&change.old)) + text_len(&change.new);
            }
            rows.replace(table, &self.hash, change.uuid, change.new.as_ref());
        }
        // only when all rows are there: they refer to each other
        for change in changes {
            self.refer(&schema, change);
        }
    }

    fn refer(&mut self, schema: &DatabaseSchema, change: &Change) {
        let at = usize::from(change.table.0);
        let (Some(table), Some(rows)) = (schema.table(change.table), self.tables.get_mut(at)) else { return };
        let links = std::mem::take(&mut rows.links);
        let (old, new) = (change.old.as_deref(), change.new.as_deref());
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
    let cells = columns.filter_map(|(id, column)| Some((column, row.get(table, id)?)));
    let len = cells.map(|(column, datum)| {
        value.clear();
        write_datum(&mut Writer::new(&mut value), datum, &|_| false);
        // quotes, colon and comma
        column.name.len() + value.len() + 4
    });
    len.sum::<usize>() + 2
}
