//! Which rows does a test begin with?

use super::TrialError;
use super::transact::{parameters, transact};
use crate::engine::Database;
use ovsdb_proto::op::{OpResult, Operation, Results};
use ovsdb_proto::row::{Column, ColumnValue, Ref, Table};
use ovsdb_proto::schema::DatabaseSchema;
use ovsdb_proto::value::{Datum, Uuid};
use std::marker::PhantomData;
use std::sync::Arc;

/// The rows that a test begins with. By itself they have the UUIDs 1, 2, 3 ..., and may refer to rows that come later.
#[derive(Clone, Debug)]
pub struct Rows {
    schema: Arc<DatabaseSchema>,
    rows: Vec<NewRow>,
}

#[derive(Clone, Debug)]
struct NewRow {
    table: Box<str>,
    uuid: Uuid,
    cells: Vec<(Box<str>, Datum)>,
}

/// A column of table `T` with a value.
#[derive(Clone, Debug)]
pub struct Cell<T> {
    column: &'static str,
    value: Datum,
    marker: PhantomData<fn() -> T>,
}

/// A column with a value.
pub fn cell<T: Table, V: ColumnValue>(column: Column<T, V>, value: V) -> Cell<T> {
    Cell { column: column.name(), value: value.to_datum(), marker: PhantomData }
}

impl Rows {
    /// No rows yet, for a database of this schema.
    pub fn new(schema: &Arc<DatabaseSchema>) -> Rows {
        Rows { schema: Arc::clone(schema), rows: Vec::new() }
    }

    /// What the rows are rows of.
    pub const fn schema(&self) -> &Arc<DatabaseSchema> {
        &self.schema
    }

    /// Adds a row. The n-th row that is added has the UUID n; columns that are not given hold their default.
    pub fn row<T: Table>(&mut self, cells: &[Cell<T>]) -> Ref<T> {
        let uuid = Uuid::from_u128(self.rows.len() as u128 + 1);
        let cells = cells.iter().map(|cell| (Box::from(cell.column), cell.value.clone()));
        self.add(T::NAME, uuid, cells);
        Ref::new(uuid)
    }

    /// Adds a row by names.
    pub fn add(&mut self, table: &str, uuid: Uuid, cells: impl IntoIterator<Item = (Box<str>, Datum)>) {
        self.rows.push(NewRow { table: table.into(), uuid, cells: cells.into_iter().collect() });
    }

    /// A database with these rows, inserted by one transaction.
    ///
    /// # Errors
    /// The schema knows no such rows, the engine refuses them, or it does not keep one of them because nothing refers to it.
    pub fn database(&self) -> Result<Database, TrialError> {
        let inserts = self.rows.iter().map(|row| self.insert(row)).collect::<Result<Vec<_>, _>>()?;
        let mut database = Database::new(Arc::clone(&self.schema));
        let reply = transact(&mut database, &parameters(&self.schema, &inserts)?);
        let mut results = Results::new(&reply);
        while let Some(result) = results.next_result()? {
            if let OpResult::Error { raw, .. } = result {
                return Err(TrialError::Seed(String::from_utf8_lossy(raw).into()));
            }
        }
        for row in &self.rows {
            let table = self.schema.table_id(&row.table);
            if table.is_none_or(|table| database.row(table, row.uuid).is_none()) {
                return Err(TrialError::Unreferenced { table: row.table.clone(), row: row.uuid });
            }
        }
        Ok(database)
    }

    fn insert(&self, row: &NewRow) -> Result<Operation, TrialError> {
        let id = self.schema.table_id(&row.table);
        let found = id.and_then(|id| Some((id, self.schema.table(id)?)));
        let (id, table) = found.ok_or_else(|| TrialError::NoTable(row.table.clone()))?;
        let cell = |(name, value): &(Box<str>, Datum)| match table.column_id(name) {
            Some(column) => Ok((column, value.clone())),
            None => Err(TrialError::NoColumn { table: row.table.clone(), column: name.clone() }),
        };
        let cells = row.cells.iter().map(cell).collect::<Result<_, _>>()?;
        Ok(Operation::Insert { table: id, uuid: row.uuid, persist: true, row: cells })
    }
}
