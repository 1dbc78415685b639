//! What is known of one table: its rows, whether they are all there, which queries they answer, and where to find them by a value.

use super::row::{Cells, RowData};
use crate::op::{Condition, Function};
use crate::row::Query;
use crate::schema::{ColumnId, ColumnSet, TableSchema};
use crate::value::{Atom, Datum, Uuid};
use std::collections::HashMap;
use std::sync::OnceLock;

type Index = HashMap<Datum, Vec<Uuid>>;

#[derive(Clone, Debug, Default)]
pub(super) struct TableData {
    rows: HashMap<Uuid, RowData>,
    // all rows are here, with these columns
    whole: Option<ColumnSet>,
    // rows hold the default of these columns unless it is known that they do not
    sparse: ColumnSet,
    // the rows that meet the conditions, with these columns
    answers: HashMap<Vec<Condition>, (Vec<Uuid>, ColumnSet)>,
    // of a whole table: rows by the value of a column, for the columns that lookups go by; made when first needed
    indexes: Vec<(ColumnId, OnceLock<Index>)>,
}

impl TableData {
    /// A table of which is known that it has no rows.
    pub(super) fn empty() -> TableData {
        TableData { whole: Some(ColumnSet::EMPTY.complement()), ..TableData::default() }
    }

    pub(super) fn answer(
        &mut self,
        table: &TableSchema,
        query: &Query,
        rows: impl IntoIterator<Item = (Uuid, Cells)>,
    ) {
        let columns = query.columns;
        let mut uuids = Vec::new();
        for (uuid, mut cells) in rows {
            if columns.contains(ColumnId::UUID) {
                cells.push((ColumnId::UUID, Datum::one(uuid)));
            }
            self.rows.entry(uuid).or_default().merge(table, &columns, cells);
            uuids.push(uuid);
        }
        if query.conditions.is_empty() {
            let whole = self.whole.map_or(columns, |w| w.union(columns));
            self.whole = Some(whole);
            self.indexes =
                indexed(table).filter(|c| whole.contains(*c)).map(|c| (c, OnceLock::new())).collect();
            return;
        }
        if let [Condition { column, function: Function::Ne, arg }] = query.conditions.as_slice()
            && columns.contains(*column)
            && table.column(*column).is_some_and(|c| c.default == *arg)
        {
            self.sparse.insert(*column);
        }
        uuids.sort_unstable();
        uuids.dedup();
        let answer = self.answers.entry(query.conditions.clone()).or_default();
        let known = if answer.0 == uuids { answer.1.union(columns) } else { columns };
        *answer = (uuids, known);
    }

    /// The rows that meet all of `conditions`, with `columns` of them known; `None` if that is not known.
    pub(super) fn find(
        &self,
        table: &TableSchema,
        conditions: &[Condition],
        columns: &ColumnSet,
    ) -> Option<Vec<Uuid>> {
        let has_columns = |row: &Uuid| {
            self.rows.get(row).is_some_and(|r| r.known().union(self.sparse).is_superset(columns))
        };
        if let [condition] = conditions
            && let Some(uuid) = uuid_asked(condition)
            && has_columns(&uuid)
        {
            return Some(vec![uuid]);
        }
        if let Some(whole) = &self.whole {
            let tested = conditions.iter().map(|c| c.column).filter(|c| *c != ColumnId::UUID).collect();
            if whole.union(self.sparse).is_superset(&columns.union(tested)) {
                return Some(self.select(table, conditions));
            }
        }
        let (rows, known) = self.answers.get(conditions)?;
        (known.is_superset(columns) || rows.iter().all(has_columns)).then(|| rows.clone())
    }

    /// Whether there is a row, as far as is known.
    pub(super) fn has_row(&self, row: Uuid) -> bool {
        self.rows.contains_key(&row)
    }

    /// The value of a column of a row, if it is known.
    pub(super) fn value<'a>(
        &'a self,
        table: &'a TableSchema,
        row: Uuid,
        column: ColumnId,
    ) -> Option<&'a Datum> {
        self.value_in(table, self.rows.get(&row)?, column)
    }

    fn value_in<'a>(&self, table: &'a TableSchema, row: &'a RowData, column: ColumnId) -> Option<&'a Datum> {
        let default = || table.column(column).filter(|_| self.sparse.contains(column)).map(|c| &c.default);
        row.get(table, column).or_else(default)
    }

    /// Whether it is known that there is no such row.
    pub(super) fn lacks_row(&self, row: Uuid) -> bool {
        let asked = || self.answers.contains_key([Condition::uuid(row)].as_slice());
        !self.rows.contains_key(&row) && (self.whole.is_some() || asked())
    }

    pub(super) fn row_count(&self) -> usize {
        self.rows.len()
    }

    fn select(&self, table: &TableSchema, conditions: &[Condition]) -> Vec<Uuid> {
        let meets =
            |uuid: &Uuid| self.rows.get(uuid).is_some_and(|row| self.meets(table, *uuid, row, conditions));
        for condition in conditions.iter().filter(|c| c.function == Function::Eq) {
            if let Some(uuid) = uuid_asked(condition) {
                return Some(uuid).filter(meets).into_iter().collect();
            }
            if let Some((column, index)) = self.indexes.iter().find(|i| i.0 == condition.column) {
                let index = index.get_or_init(|| self.index(table, *column));
                return index.get(&condition.arg).into_iter().flatten().copied().filter(meets).collect();
            }
        }
        self.rows.keys().copied().filter(meets).collect()
    }

    fn index(&self, table: &TableSchema, column: ColumnId) -> Index {
        let mut index = Index::with_capacity(self.rows.len());
        for (uuid, row) in &self.rows {
            if let Some(value) = self.value_in(table, row, column) {
                index.entry(value.clone()).or_default().push(*uuid);
            }
        }
        index
    }

    fn meets(&self, table: &TableSchema, uuid: Uuid, row: &RowData, conditions: &[Condition]) -> bool {
        conditions.iter().all(|c| {
            let Some(column) = table.column(c.column) else { return false };
            if c.column == ColumnId::UUID {
                return c.matches(&Datum::one(uuid), &column.type_);
            }
            self.value_in(table, row, c.column).is_some_and(|value| c.matches(value, &column.type_))
        })
    }
}

/// The columns that lookups go by: those of one-column unique indexes, and names.
fn indexed(table: &TableSchema) -> impl Iterator<Item = ColumnId> {
    let unique = |i: &Vec<ColumnId>| if let [column] = i.as_slice() { Some(*column) } else { None };
    let name = table.column_id("name").filter(|c| !table.is_unique(*c));
    table.indexes.iter().filter_map(unique).chain(name)
}

fn uuid_asked(condition: &Condition) -> Option<Uuid> {
    let asks = condition.column == ColumnId::UUID && condition.function == Function::Eq;
    condition.arg.scalar().filter(|_| asks).and_then(Atom::as_uuid)
}
