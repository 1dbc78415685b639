//! Finding the rows that meet conditions without looking at all of them.

use super::clauses::Where;
use super::draft::Draft;
use super::overlay::Overlay;
use super::{Database, Row};
use ovsdb_proto::op::{Function, Matcher};
use ovsdb_proto::schema::{ColumnId, TableId, TableSchema};
use ovsdb_proto::store::{Key, Probe, Table};
use ovsdb_proto::value::{DatumView, Packer, Uuid};
use std::collections::BTreeMap;

/// From how many rows on a table gets an index for a question that is asked again. Looking at fewer takes less than 10 us.
const ROWS_MIN: usize = 64;
/// How often a question must be asked before an index is made for it: a program that asks once should not cost memory for ever.
const ASKED_MIN: u32 = 3;
/// How many such indexes a table may have; each costs 50 bytes a row, and time with each change.
const WANTED_MAX: usize = 4;
/// How many questions per table are counted, so that a client cannot fill memory with them. More than any table has columns in use.
const QUESTIONS_MAX: usize = 32;

/// What a transaction asked for without an index that answers it, and how often.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Questions(BTreeMap<(TableId, Key), u32>);

impl Questions {
    /// Counts a question. Returns how often it was asked.
    fn ask(&mut self, table: TableId, key: &Key) -> u32 {
        let asked = self.0.entry((table, key.clone())).or_default();
        *asked = asked.saturating_add(1);
        *asked
    }

    /// The questions, each with how often it was asked.
    pub(super) fn into_counts(self) -> impl Iterator<Item = ((TableId, Key), u32)> {
        self.0.into_iter()
    }
}

/// How often a table was asked for rows by columns that have no index.
#[derive(Clone, Debug, Default)]
pub(super) struct Asked {
    counts: Vec<(Key, u32)>,
    // the number of indexes made
    answered: usize,
}

impl Asked {
    /// Counts a question that was asked `times`. Returns whether it deserves an index.
    pub(super) fn count(&mut self, key: &Key, times: u32, table: &Table) -> bool {
        if table.rows().len() < ROWS_MIN || self.answered >= WANTED_MAX || table.has_index(key) {
            return false;
        }
        let at = match self.counts.iter().position(|(k, _)| k == key) {
            Some(at) => at,
            None if self.counts.len() < QUESTIONS_MAX => {
                self.counts.push((key.clone(), 0));
                self.counts.len() - 1
            }
            None => return false,
        };
        let Some((_, asked)) = self.counts.get_mut(at) else { return false };
        *asked = asked.saturating_add(times);
        self.answered += usize::from(*asked >= ASKED_MIN);
        *asked >= ASKED_MIN
    }
}

/// A row as a transaction sees it.
#[derive(Clone, Copy, Debug)]
pub(super) enum Found<'a> {
    /// As committed.
    Row(&'a Row),
    /// Touched by the transaction.
    Draft(&'a Draft),
}

impl Found<'_> {
    /// Whether a column holds this value.
    pub(super) fn holds(self, table: &TableSchema, column: ColumnId, value: DatumView<'_>) -> bool {
        match self {
            Found::Row(row) => row.read(table, column) == Some(value),
            Found::Draft(draft) => draft.read(table, column, &mut Packer::default()) == Some(value),
        }
    }

    pub(super) fn to_row(self, table: &TableSchema) -> Row {
        match self {
            Found::Row(row) => row.clone(),
            Found::Draft(draft) => draft.to_row(table),
        }
    }
}

/// The rows of a table that meet all conditions, as the transaction sees them, in the order of UUIDs.
///
/// Adds to `questions` what was asked for without an index that answers it.
pub(super) fn find<'a>(
    db: &'a Database,
    overlay: &'a mut Overlay,
    questions: &mut Questions,
    id: TableId,
    where_: &Where,
) -> Vec<(Uuid, Found<'a>)> {
    let (Some(schema), Some(table)) = (db.schema().table(id), db.version().table(id)) else {
        return Vec::new();
    };
    let Where { conditions, never } = where_;
    if *never {
        return Vec::new();
    }
    let mut packer = Packer::default();
    let mut found = Vec::new();
    let mut draft = |uuid, draft: &'a Draft, found: &mut Vec<_>| {
        if draft_meets(draft, schema, conditions, &mut packer) {
            found.push((uuid, Found::Draft(draft)));
        }
    };
    overlay.add_work(1);
    if let Some(uuid) = uuid_wanted(conditions) {
        match overlay.get(id, uuid) {
            Some(touched) => touched.into_iter().for_each(|row| draft(uuid, row, &mut found)),
            None => {
                let row = table.row(uuid).filter(|row| meets(row, schema, conditions));
                found.extend(row.map(|row| (uuid, Found::Row(row))));
            }
        }
        return found;
    }
    let answers = |key: &&Key| values(key, conditions).is_some();
    if overlay.committed(db, id).is_some_and(|table| !table.keys().any(|key| answers(&key)))
        && let Some(key) = ask(conditions)
        && questions.ask(id, &key) >= ASKED_MIN
        && table.rows().len() >= ROWS_MIN
        && overlay.index_committed(db, schema, id, &key, WANTED_MAX)
    {
        overlay.add_work(count(table.rows().len()));
    }
    let key = overlay.committed(db, id).and_then(|table| table.keys().find(answers)).cloned();
    if let Some(key) = &key {
        overlay.add_index(db, schema, id, key);
    }
    let overlay = &*overlay;
    let table = overlay.committed(db, id).unwrap_or(table);
    let committed = |(uuid, row): (Uuid, &'a Row)| {
        let seen = !overlay.is_touched(id, uuid) && meets(row, schema, conditions);
        seen.then_some((uuid, Found::Row(row)))
    };
    let state = db.version().state();
    let values = key.as_ref().and_then(|key| Some((key, values(key, conditions)?)));
    let probe = values.as_ref().map(|(key, values)| values.probe(key));
    match probe.as_ref().and_then(|probe| table.find(schema, state, probe)) {
        Some(rows) => found.extend(rows.inspect(|_| overlay.add_work(1)).filter_map(committed)),
        None => {
            overlay.add_work(count(table.rows().len()));
            found.extend(table.rows().iter().filter_map(committed));
        }
    }
    if overlay.has_touched(id) {
        match probe.as_ref().and_then(|probe| overlay.indexed(id)?.find(schema, state, probe)) {
            Some(rows) => {
                let touched = rows.filter_map(|(uuid, _)| Some((uuid, overlay.get(id, uuid)??)));
                let touched = touched.inspect(|_| overlay.add_work(1));
                touched.for_each(|(uuid, row)| draft(uuid, row, &mut found));
            }
            None => {
                overlay.add_work(overlay.touched_len(id));
                overlay.drafts(id).for_each(|(uuid, row)| draft(uuid, row, &mut found));
            }
        }
        found.sort_unstable_by_key(|row| row.0);
    }
    found
}

pub(super) fn count(len: usize) -> u64 {
    u64::try_from(len).unwrap_or(u64::MAX)
}

fn meets(row: &Row, table: &TableSchema, conditions: &[Matcher]) -> bool {
    conditions.iter().all(|c| row.read(table, c.column).is_some_and(|value| c.matches(value)))
}

fn draft_meets(draft: &Draft, table: &TableSchema, conditions: &[Matcher], packer: &mut Packer) -> bool {
    let matches = |c: &Matcher| draft.read(table, c.column, packer).is_some_and(|value| c.matches(value));
    conditions.iter().all(matches)
}

fn uuid_wanted(conditions: &[Matcher]) -> Option<Uuid> {
    let by_uuid =
        |c: &&Matcher| c.column == ColumnId::UUID && matches!(c.function, Function::Eq | Function::Includes);
    conditions.iter().find(by_uuid)?.arg().as_uuid()
}

/// What to look for in an index.
enum Values<'k> {
    Columns(Vec<DatumView<'k>>),
    Element(ColumnId, DatumView<'k>),
}

impl<'k> Values<'k> {
    fn probe(&'k self, key: &'k Key) -> Probe<'k> {
        let empty = ovsdb_proto::value::AtomView::Boolean(false);
        match self {
            Values::Columns(values) => Probe::Columns(key.columns(), values),
            Values::Element(column, arg) => match arg.pairs().next() {
                Some(pair) => Probe::Pair(*column, pair),
                None => Probe::Element(*column, arg.atoms().next().unwrap_or(empty)),
            },
        }
    }
}

/// What to look for in an index to find all rows that meet the conditions; `None` if it does not
/// help.
fn values<'k>(key: &Key, conditions: &'k [Matcher]) -> Option<Values<'k>> {
    match key {
        Key::Columns(columns) => {
            let value = |column: &ColumnId| {
                let eq = |c: &&Matcher| c.column == *column && c.function == Function::Eq;
                conditions.iter().find(eq).map(Matcher::arg)
            };
            Some(Values::Columns(columns.iter().map(value).collect::<Option<_>>()?))
        }
        Key::Element(column) | Key::Pair(column) => {
            let is_pair = matches!(key, Key::Pair(_));
            let one = |c: &&Matcher| c.column == *column && is_element(c) && c.arg().is_map() == is_pair;
            Some(Values::Element(*column, conditions.iter().find(one)?.arg()))
        }
    }
}

/// The index that would help.
fn ask(conditions: &[Matcher]) -> Option<Key> {
    conditions.iter().find_map(|c| match c.function {
        Function::Eq => Some(Key::Columns([c.column].into())),
        _ if !is_element(c) => None,
        _ if c.arg().is_map() => Some(Key::Pair(c.column)),
        _ => Some(Key::Element(c.column)),
    })
}

/// Whether a row must have one certain element or pair to meet the condition.
fn is_element(condition: &Matcher) -> bool {
    condition.function == Function::Includes && condition.arg().len() == 1
}
