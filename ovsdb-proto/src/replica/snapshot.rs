//! What is known of a database at one moment: whole tables, or only the answers to some queries.

use super::absent::Absent;
use super::row::{Cells, RowData};
use crate::op::{Condition, Function};
use crate::row::{Missing, Query, ReadError};
use crate::schema::{ColumnId, ColumnSet, DatabaseSchema, TableId, TableSchema};
use crate::value::{Atom, Datum, Uuid};
use std::collections::HashMap;
use std::sync::Arc;

/// One consistent view of a database.
///
/// What was asked for is known: whole tables (then the snapshot is complete as far as they go), rows that meet some conditions, single rows.
/// Anything else is a hole, and reading it is [`ReadError::Missing`], which names the query that would fill it.
#[derive(Clone, Debug)]
pub struct Snapshot {
    schema: Arc<DatabaseSchema>,
    absent: Arc<Absent>,
    tables: Vec<TableData>,
    trusts_indexes: bool,
}

#[derive(Clone, Debug, Default)]
struct TableData {
    rows: HashMap<Uuid, RowData>,
    // all rows are here, with these columns
    whole: Option<ColumnSet>,
    answers: HashMap<Vec<Condition>, (Vec<Uuid>, ColumnSet)>,
    // of a whole table: rows by the value of a column
    indexes: HashMap<ColumnId, HashMap<Datum, Vec<Uuid>>>,
}

impl Snapshot {
    /// A snapshot that knows nothing yet, of a server whose schema is `schema` less what is `absent`.
    pub fn new(schema: Arc<DatabaseSchema>, absent: Arc<Absent>) -> Snapshot {
        let table = |id| {
            let whole = (!absent.has_table(TableId(id))).then(|| ColumnSet::EMPTY.complement());
            TableData { whole, ..TableData::default() }
        };
        let tables = schema.tables().iter().zip(0u16..).map(|(_, id)| table(id)).collect();
        Snapshot { schema, absent, tables, trusts_indexes: true }
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

    /// Takes in the rows that answer `query`, in the order of the server's reply.
    pub fn answer(&mut self, query: &Query, rows: impl IntoIterator<Item = (Uuid, Cells)>) {
        let schema = Arc::clone(&self.schema);
        let Some((table, data)) =
            schema.table(query.table).zip(self.tables.get_mut(usize::from(query.table.0)))
        else {
            return;
        };
        let mut columns = query.columns;
        columns.insert(ColumnId::UUID);
        let mut uuids = Vec::new();
        for (uuid, cells) in rows {
            data.rows.entry(uuid).or_default().merge(table, &columns, cells);
            uuids.push(uuid);
        }
        if query.conditions.is_empty() {
            data.whole = Some(data.whole.map_or(columns, |w| w.union(columns)));
            data.index(table);
        } else {
            let answer = data.answers.entry(query.conditions.clone()).or_default();
            *answer = (uuids, answer.1.union(columns));
        }
    }

    fn data(&self, table: TableId) -> Option<(&TableSchema, &TableData)> {
        self.schema.table(table).zip(self.tables.get(usize::from(table.0)))
    }

    /// The rows of `table` that meet all of `conditions`, with `columns` of them known.
    ///
    /// # Errors
    /// [`ReadError::Missing`] if that was never asked for.
    pub fn find(
        &self,
        table: TableId,
        conditions: &[Condition],
        columns: ColumnSet,
    ) -> Result<Vec<Uuid>, ReadError> {
        let columns: ColumnSet = columns.iter().filter(|c| self.absent.has_column(table, *c)).collect();
        let missing = || ReadError::from(Query { table, conditions: conditions.to_vec(), columns });
        let (schema, data) = self.data(table).ok_or_else(missing)?;
        let has_columns = |row: &Uuid| data.rows.get(row).is_some_and(|r| r.known().is_superset(&columns));
        if let [Condition { column: ColumnId::UUID, function: Function::Eq, arg }] = conditions
            && let Some(uuid) = arg.scalar().and_then(Atom::as_uuid)
            && has_columns(&uuid)
        {
            return Ok(vec![uuid]);
        }
        if let Some(whole) = &data.whole {
            let tested: ColumnSet =
                conditions.iter().map(|c| c.column).filter(|c| *c != ColumnId::UUID).collect();
            if whole.is_superset(&columns.union(tested)) {
                return Ok(data.select(schema, conditions));
            }
        }
        match data.answers.get(conditions) {
            Some((rows, known)) if known.is_superset(&columns) || rows.iter().all(has_columns) => {
                Ok(rows.clone())
            }
            _ => Err(missing()),
        }
    }

    /// The value of one column of one row; a column that the server lacks holds its default.
    ///
    /// # Errors
    /// [`ReadError::Missing`] if it was never asked for, [`ReadError::NoRow`] if there is no such row.
    pub fn cell(&self, table: TableId, row: Uuid, column: ColumnId) -> Result<&Datum, ReadError> {
        let this = || vec![Condition::eq(ColumnId::UUID, Datum::one(row))];
        let missing =
            || ReadError::from(Query { table, conditions: this(), columns: [column].into_iter().collect() });
        let (schema, data) = self.data(table).ok_or_else(missing)?;
        let Some(found) = data.rows.get(&row) else {
            if data.whole.is_some() || data.answers.contains_key(&this()) {
                return Err(ReadError::NoRow { table: schema.name.clone(), row });
            }
            return Err(missing());
        };
        match schema.column(column) {
            Some(known) if !self.absent.has_column(table, column) => Ok(&known.default),
            _ => found.get(schema, column).ok_or_else(missing),
        }
    }

    /// How many rows of `table` are held, in whatever part.
    pub fn row_count(&self, table: TableId) -> usize {
        self.data(table).map_or(0, |(_, data)| data.rows.len())
    }

    /// Those of `queries` that this snapshot cannot answer.
    pub fn missing(&self, queries: &[Query]) -> Missing {
        let lacks = |q: &&Query| self.find(q.table, &q.conditions, q.columns).is_err();
        Missing(queries.iter().filter(lacks).cloned().collect())
    }
}

impl TableData {
    fn select(&self, schema: &TableSchema, conditions: &[Condition]) -> Vec<Uuid> {
        let meets =
            |uuid: &Uuid| self.rows.get(uuid).is_some_and(|row| meets(schema, *uuid, row, conditions));
        for c in conditions.iter().filter(|c| c.function == Function::Eq) {
            if c.column == ColumnId::UUID {
                return c.arg.scalar().and_then(Atom::as_uuid).into_iter().filter(meets).collect();
            }
            if let Some(index) = self.indexes.get(&c.column) {
                return index.get(&c.arg).into_iter().flatten().copied().filter(meets).collect();
            }
        }
        self.rows.keys().copied().filter(meets).collect()
    }

    // columns that lookups go by: those of one-column unique indexes, and names
    fn index(&mut self, schema: &TableSchema) {
        let unique = schema
            .indexes
            .iter()
            .filter_map(|i| if let [column] = i.as_slice() { Some(*column) } else { None });
        for column in unique.chain(schema.column_id("name")) {
            if !self.whole.is_some_and(|w| w.contains(column)) {
                continue;
            }
            let mut index: HashMap<Datum, Vec<Uuid>> = HashMap::with_capacity(self.rows.len());
            for (uuid, row) in &self.rows {
                if let Some(value) = row.get(schema, column) {
                    index.entry(value.clone()).or_default().push(*uuid);
                }
            }
            self.indexes.insert(column, index);
        }
    }
}

fn meets(schema: &TableSchema, uuid: Uuid, row: &RowData, conditions: &[Condition]) -> bool {
    conditions.iter().all(|c| {
        let Some(column) = schema.column(c.column) else { return false };
        if c.column == ColumnId::UUID {
            return c.matches(&Datum::one(uuid), &column.type_);
        }
        row.get(schema, c.column).is_some_and(|value| c.matches(value, &column.type_))
    })
}
