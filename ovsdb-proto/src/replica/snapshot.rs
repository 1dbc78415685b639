//! What is known of a database at one moment: whole tables, or only the answers to some queries.

use super::absent::Absent;
use super::row::Cells;
use super::table::TableData;
use super::visits::Visits;
use crate::op::{Condition, UnknownId};
use crate::row::{Missing, Query, ReadError};
use crate::schema::{ColumnId, ColumnSet, DatabaseSchema, TableId, TableSchema};
use crate::value::{Datum, Uuid};
use std::fmt;
use std::sync::Arc;

/// One consistent view of a database.
///
/// What was asked for is known: whole tables (then the snapshot is complete as far as they go), rows that meet some conditions, single rows.
/// Anything else is a hole, and reading it is [`ReadError::Missing`], which names the query that would fill it.
///
/// A column that the server's schema lacks reads as its default in every row, and a table that it lacks has no rows.
#[derive(Clone)]
pub struct Snapshot {
    schema: Arc<DatabaseSchema>,
    absent: Arc<Absent>,
    tables: Vec<TableData>,
    trusts_indexes: bool,
    visits: Visits,
}

impl Snapshot {
    /// A snapshot that knows nothing yet, of a server whose schema is `schema` less what is `absent`.
    pub fn new(schema: Arc<DatabaseSchema>, absent: Arc<Absent>) -> Snapshot {
        let table = |id| {
            if absent.has_table(TableId(id)) { TableData::default() } else { TableData::empty() }
        };
        let tables = schema.tables().iter().zip(0u16..).map(|(_, id)| table(id)).collect();
        Snapshot { schema, absent, tables, trusts_indexes: true, visits: Visits::default() }
    }

    /// The schema by which tables and columns are numbered.
    pub const fn schema(&self) -> &Arc<DatabaseSchema> {
        &self.schema
    }

    /// What the server's schema lacks of [`Snapshot::schema`].
    pub const fn absent(&self) -> &Arc<Absent> {
        &self.absent
    }

    /// Whether a value that a unique index covers may be taken as free without looking, leaving it to the server to refuse a
    /// duplicate. True until a commit was refused for one.
    pub const fn trusts_indexes(&self) -> bool {
        self.trusts_indexes
    }

    /// From now on every value must be looked for before it counts as free.
    pub const fn distrust_indexes(&mut self) {
        self.trusts_indexes = false;
    }

    /// How many rows of this snapshot, edits of transactions over it and elements of sets were
    /// visited: a measure of work that does not depend on the machine.
    pub fn rows_visited(&self) -> u64 {
        self.visits.count()
    }

    /// Counts visits together with others from now on.
    pub(crate) fn count_in(&mut self, visits: &Visits) {
        self.visits = visits.clone();
    }

    pub(crate) const fn visits(&self) -> &Visits {
        &self.visits
    }

    /// Takes in the rows that answer `query`: its columns that a row does not bring hold their default in it.
    ///
    /// All answers must be of one moment of the database; which moment that is, the caller knows.
    pub fn answer(&mut self, query: &Query, rows: impl IntoIterator<Item = (Uuid, Cells)>) {
        let data = self.tables.get_mut(usize::from(query.table.0));
        if let Some((table, data)) = self.schema.table(query.table).zip(data) {
            data.answer(table, query, rows);
        }
    }

    fn data(&self, table: TableId) -> Result<(&TableSchema, &TableData), ReadError> {
        let data = self.schema.table(table).zip(self.tables.get(usize::from(table.0)));
        data.ok_or(ReadError::Id(UnknownId::Table(table)))
    }

    /// The rows of `table` that meet all of `conditions`, in no particular order, with `columns` of them known. Of `columns`, those that the
    /// schema has not do not matter, so that `ColumnSet::EMPTY.complement()` are all.
    ///
    /// # Errors
    /// [`ReadError::Missing`] if that was never asked for, [`ReadError::Id`] if the schema has no such table or no column tested.
    pub fn find(
        &self,
        table: TableId,
        conditions: &[Condition],
        columns: ColumnSet,
    ) -> Result<Vec<Uuid>, ReadError> {
        let (schema, data) = self.data(table)?;
        if let Some(unknown) = conditions.iter().find(|c| schema.column(c.column).is_none()) {
            return Err(ReadError::Id(UnknownId::Column(table, unknown.column)));
        }
        let Some(conditions) = self.absent.reduce(table, schema, conditions) else { return Ok(Vec::new()) };
        let held = |c: &ColumnId| schema.column(*c).is_some() && self.absent.has_column(table, *c);
        let columns: ColumnSet = columns.iter().filter(held).collect();
        data.find(schema, &conditions, &columns, &self.visits)
            .ok_or_else(|| Query { table, conditions: conditions.into_owned(), columns }.into())
    }

    /// The value of one column of one row; a column that the server lacks holds its default.
    ///
    /// # Errors
    /// [`ReadError::Missing`] if it was never asked for, [`ReadError::NoRow`] if there is no such row, [`ReadError::Id`] if the schema has no such
    /// table or column.
    pub fn cell(&self, table: TableId, row: Uuid, column: ColumnId) -> Result<&Datum, ReadError> {
        let (schema, data) = self.data(table)?;
        let known = schema.column(column).ok_or(ReadError::Id(UnknownId::Column(table, column)))?;
        let missing = || {
            let columns = [column].into_iter().collect();
            ReadError::from(Query { table, conditions: vec![Condition::uuid(row)], columns })
        };
        if data.has_row(row) && !self.absent.has_column(table, column) {
            return Ok(&known.default);
        }
        match data.value(schema, row, column) {
            None if data.lacks_row(row) => Err(ReadError::NoRow { table: schema.name.clone(), row }),
            None => Err(missing()),
            Some(value) => Ok(value),
        }
    }

    /// How many rows of `table` are held, in whatever part.
    pub fn row_count(&self, table: TableId) -> usize {
        self.data(table).map_or(0, |(_, data)| data.row_count())
    }

    /// Those of `queries` that this snapshot cannot answer.
    pub fn missing(&self, queries: &[Query]) -> Missing {
        let lacks =
            |q: &&Query| matches!(self.find(q.table, &q.conditions, q.columns), Err(ReadError::Missing(_)));
        Missing(queries.iter().filter(lacks).cloned().collect())
    }
}

/// How many rows of which tables; what is in them would fill screens.
impl fmt::Debug for Snapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut map = f.debug_map();
        for (table, data) in self.schema.tables().iter().zip(&self.tables).filter(|t| t.1.row_count() > 0) {
            map.entry(&table.name, &data.row_count());
        }
        map.finish()
    }
}
