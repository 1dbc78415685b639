//! What is known of one table: its rows, whether they are all there, which queries they answer, and where to find them by a value.

use super::row::{Cells, RowData};
use super::visits::Visits;
use crate::op::{Condition, Function};
use crate::row::Query;
use crate::schema::{ColumnId, ColumnSet, TableSchema};
use crate::value::{Atom, Datum, Uuid};
use std::collections::HashMap;
use std::sync::OnceLock;

type Index = HashMap<Datum, Vec<Uuid>>;

/// Rows by an element of a set, or by a pair of a map.
type Elements = HashMap<(Atom, Option<Atom>), Vec<Uuid>>;

#[derive(Clone, Debug, Default)]
pub(super) struct TableData {
    rows: HashMap<Uuid, RowData>,
    // all rows are here, with these columns
    whole: Option<ColumnSet>,
    // rows hold the default of these columns unless it is known that they do not
    sparse: ColumnSet,
    // the rows that meet the conditions, with these columns
    answers: HashMap<Vec<Condition>, (Vec<Uuid>, ColumnSet)>,
    // of a whole table: rows by the value of each column, and by the elements of it; made when
    // first needed
    indexes: Vec<(ColumnId, OnceLock<Index>, OnceLock<Elements>)>,
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
            let held = table.own_columns();
            let held = held.iter().filter(|c| whole.contains(*c));
            self.indexes = held.map(|c| (c, OnceLock::new(), OnceLock::new())).collect();
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
        visits: &Visits,
    ) -> Option<Vec<Uuid>> {
        visits.add(1);
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
                let rows = self.select(table, conditions, visits);
                visits.add(rows.len());
                return Some(rows);
            }
        }
        let (rows, known) = self.answers.get(conditions)?;
        visits.add(rows.len());
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

    fn select(&self, table: &TableSchema, conditions: &[Condition], visits: &Visits) -> Vec<Uuid> {
        let meets =
            |uuid: &Uuid| self.rows.get(uuid).is_some_and(|row| self.meets(table, *uuid, row, conditions));
        for condition in conditions {
            if let Some(uuid) = uuid_asked(condition) {
                return Some(uuid).filter(meets).into_iter().collect();
            }
            let Some((column, values, elements)) = self.indexes.iter().find(|i| i.0 == condition.column)
            else {
                continue;
            };
            let found = match condition.function {
                Function::Eq => {
                    let index = values.get_or_init(|| {
                        visits.add(self.rows.len());
                        self.index(table, *column)
                    });
                    index.get(&condition.arg)
                }
                Function::Includes => {
                    let Some(element) = condition.arg.only_element() else { continue };
                    let index = elements.get_or_init(|| {
                        visits.add(self.rows.len());
                        self.elements(table, *column)
                    });
                    index.get(&element)
                }
                _ => continue,
            };
            return found.into_iter().flatten().copied().filter(meets).collect();
        }
        visits.add(self.rows.len());
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

    fn elements(&self, table: &TableSchema, column: ColumnId) -> Elements {
        let mut elements = Elements::new();
        for (uuid, row) in &self.rows {
            let Some(value) = self.value_in(table, row, column) else { continue };
            for element in value.elements() {
                elements.entry(element).or_default().push(*uuid);
            }
        }
        elements
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

fn uuid_asked(condition: &Condition) -> Option<Uuid> {
    let asks = condition.column == ColumnId::UUID && condition.function == Function::Eq;
    condition.arg.scalar().filter(|_| asks).and_then(Atom::as_uuid)
}
