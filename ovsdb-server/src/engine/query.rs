//! How the rows that meet conditions are found without looking at all of them.

use super::clauses::Where;
use super::index::{Index, Key, hash_element, hash_values};
use super::overlay::Overlay;
use super::{Database, Row};
use ovsdb_proto::op::{Condition, Function};
use ovsdb_proto::schema::{ColumnId, TableId, TableSchema};
use ovsdb_proto::value::{Atom, Uuid};
use std::sync::Arc;

/// From how many rows on a table gets an index for a question that is asked again. Looking at fewer takes less than 10 us.
const ROWS_MIN: usize = 64;
/// How often a question must be asked before an index is made for it: a program that asks once should not cost memory for ever.
const ASKED_MIN: u32 = 3;
/// How many such indexes a table may have; each costs 50 bytes a row, and time with each change.
const WANTED_MAX: usize = 4;
/// How many questions per table are counted, so that a client cannot fill memory with them. More than any table has columns in use.
const QUESTIONS_MAX: usize = 32;

/// How often a table was asked for rows by columns that have no index.
#[derive(Clone, Debug, Default)]
pub(super) struct Questions(Vec<(Key, u32)>);

impl Questions {
    /// Counts a question; answers whether it deserves an index.
    fn ask(&mut self, key: &Key) -> bool {
        let at = match self.0.iter().position(|(k, _)| k == key) {
            Some(at) => at,
            None if self.0.len() < QUESTIONS_MAX => {
                self.0.push((key.clone(), 0));
                self.0.len() - 1
            }
            None => return false,
        };
        let Some((_, asked)) = self.0.get_mut(at) else { return false };
        *asked = asked.saturating_add(1);
        *asked >= ASKED_MIN
    }
}

/// The rows of a table that meet all conditions, as the transaction sees them, in the order of UUIDs.
pub(super) fn find(
    db: &mut Database,
    overlay: &mut Overlay,
    table: TableId,
    where_: &Where,
) -> Vec<Arc<Row>> {
    let schema = Arc::clone(db.schema());
    let Some(schema) = schema.table(table) else { return Vec::new() };
    let Where { conditions, never } = where_;
    if *never {
        return Vec::new();
    }
    let meets = |row: &&Arc<Row>| meets(row, schema, conditions);
    overlay.work += 1;
    if let Some(uuid) = uuid_wanted(conditions) {
        return overlay.row(db, table, uuid).filter(meets).cloned().into_iter().collect();
    }
    let mut found: Vec<Arc<Row>>;
    let indexes = db.table(table).map_or(0, |t| t.indexes.len());
    if let Some((place, hash)) = choose(db, table, schema, conditions) {
        if db.table(table).is_some_and(|t| t.indexes.len() > indexes) {
            // it was made just now
            overlay.work += count(db.len(table));
        }
        let touched = overlay.find(db, schema, table, place, hash);
        let mut looked_at = 0;
        let index = db.table(table).and_then(|t| t.indexes.get(place));
        found = index
            .into_iter()
            .flat_map(|index| index.find(hash))
            .inspect(|_| looked_at += 1)
            .filter(|uuid| !overlay.is_touched(table, *uuid))
            .filter_map(|uuid| db.row(table, uuid).filter(meets).cloned())
            .collect();
        overlay.work += looked_at;
        overlay.work += touched.as_ref().map_or(overlay.touched_len(table), |touched| count(touched.len()));
        match touched {
            Some(touched) => {
                let rows = touched.into_iter().filter_map(|uuid| overlay.row(db, table, uuid));
                found.extend(rows.filter(meets).cloned());
            }
            None => found.extend(new_rows(overlay, table).filter(meets).cloned()),
        }
    } else {
        overlay.work += count(db.len(table)) + overlay.touched_len(table);
        found = db.rows(table).filter(meets).cloned().collect();
        if overlay.has_touched(table) {
            found.retain(|row| !overlay.is_touched(table, row.uuid()));
            found.extend(new_rows(overlay, table).filter(meets).cloned());
        }
    }
    if overlay.has_touched(table) {
        found.sort_unstable_by_key(|row| row.uuid());
    }
    found
}

pub(super) fn count(len: usize) -> u64 {
    u64::try_from(len).unwrap_or(u64::MAX)
}

fn new_rows(overlay: &Overlay, table: TableId) -> impl Iterator<Item = &Arc<Row>> {
    overlay.touched(table).filter_map(|(_, entry)| entry.new.as_ref())
}

fn meets(row: &Row, table: &TableSchema, conditions: &[Condition]) -> bool {
    conditions.iter().all(|c| {
        let column = row.get(table, c.column).zip(table.column(c.column));
        column.is_some_and(|(value, schema)| c.matches(value, &schema.type_))
    })
}

fn uuid_wanted(conditions: &[Condition]) -> Option<Uuid> {
    let by_uuid = |c: &&Condition| {
        c.column == ColumnId::UUID && matches!(c.function, Function::Eq | Function::Includes)
    };
    conditions.iter().find(by_uuid)?.arg.scalar()?.as_uuid()
}

/// An index that helps, made if it has been wanted often enough, and what to look for in it.
fn choose(
    db: &mut Database,
    table: TableId,
    schema: &TableSchema,
    conditions: &[Condition],
) -> Option<(usize, u64)> {
    if conditions.is_empty() {
        return None;
    }
    let Database { tables, hash, .. } = db;
    let table = tables.get_mut(usize::from(table.0))?;
    let hash_of = |key: &Key| match key {
        Key::Values(columns) => {
            let args = columns.iter().map(|column| {
                let eq = |c: &&Condition| c.column == *column && c.function == Function::Eq;
                conditions.iter().find(eq).map(|c| &c.arg)
            });
            Some(hash_values(hash, args.collect::<Option<Vec<_>>>()?.into_iter()))
        }
        Key::Element(column) => conditions.iter().find_map(|c| {
            let (key, value) = element(c).filter(|_| c.column == *column)?;
            Some(hash_element(hash, key, value))
        }),
    };
    let known = |(place, index): (usize, &Index)| Some((place, hash_of(&index.key)?));
    if let Some(found) = table.indexes.iter().enumerate().find_map(known) {
        return Some(found);
    }
    if table.len() < ROWS_MIN || table.indexes.len() >= schema.indexes.len() + WANTED_MAX {
        return None;
    }
    let key = conditions.iter().find_map(|c| match c.function {
        Function::Eq => Some(Key::Values([c.column].into())),
        _ => element(c).map(|_| Key::Element(c.column)),
    })?;
    if !table.questions.ask(&key) {
        return None;
    }
    let hash_wanted = hash_of(&key)?;
    let mut index = Index::new(key);
    for row in table.rows() {
        index.update(schema, hash, None, Some(row));
    }
    table.indexes.push(index);
    Some((table.indexes.len() - 1, hash_wanted))
}

/// The one element or pair that a row must have to meet the condition.
fn element(condition: &Condition) -> Option<(&Atom, Option<&Atom>)> {
    if condition.function != Function::Includes {
        return None;
    }
    match (condition.arg.atoms(), condition.arg.pairs()) {
        ([atom], _) => Some((atom, None)),
        (_, [(key, value)]) => Some((key, Some(value))),
        _ => None,
    }
}
