//! What do tables hold, written so that equal contents are equal texts: rows by their names instead of their UUIDs, in an order that depends on nothing else?

use crate::engine::{Database, Row};
use ovsdb_proto::schema::{ColumnId, TableId, TableSchema};
use ovsdb_proto::value::{Atom, AtomType, AtomView, Datum, Format, Uuid, print_atom, print_datum};
use std::collections::HashMap;
use std::fmt::Write as _;
use std::hash::{DefaultHasher, Hash, Hasher};

/// Writes the rows of these tables (of all tables that have any, if none is named): a line with the table and the row's name, then a line for each column that does
/// not hold its default. Tables that the database lacks have no rows.
///
/// A row is named by the first text that an index or a column `name` gives it; rows of one table that have the same name, or none, are numbered. References
/// are written as `Table NAME`; those to rows that are not there, and UUIDs that are no references, as `?`.
///
/// ```text
/// Logical_Switch sw0
///     name: sw0
///     ports: [Logical_Switch_Port p0, Logical_Switch_Port p1]
/// ```
///
/// Rows that cannot be told apart by anything that they hold, refer to, or are referred to by, are numbered in the order of their UUIDs: mostly that makes no
/// difference.
pub fn tables(database: &Database, names: &[&str]) -> String {
    let graph = Graph::new(database);
    let mut out = String::new();
    for (index, row) in graph.rows.iter().enumerate() {
        if !names.is_empty() && !names.contains(&&*row.table.name) {
            continue;
        }
        out.push_str(&row.table.name);
        if let Some(name) = graph.names.get(index) {
            let _ = write!(out, " {name}");
        }
        out.push('\n');
        for (id, datum) in row.row.cells() {
            let Some(column) = row.table.column(id) else { continue };
            let _ = write!(out, "    {}: ", column.name);
            graph.value(&mut out, row.table, id, &datum.to_datum());
            out.push('\n');
        }
    }
    out
}

/// How many rows that are alike are told apart one by one. Each costs a look at all rows; a test that has more twins than this gets them in the order of their UUIDs.
const TOLD_APART_MAX: usize = 1000;

struct Entry<'a> {
    table: &'a TableSchema,
    row: &'a Row,
    // what it holds, without UUIDs
    own: String,
    // what it is by all that it holds and is tied to
    label: u64,
}

struct Graph<'a> {
    rows: Vec<Entry<'a>>,
    by_uuid: HashMap<Uuid, usize>,
    names: Vec<String>,
}

impl<'a> Graph<'a> {
    fn new(database: &'a Database) -> Graph<'a> {
        let schema = database.schema();
        let mut rows = Vec::new();
        for table in schema.tables() {
            let Some(id): Option<TableId> = schema.table_id(&table.name) else { continue };
            let mut of_table: Vec<&Row> = database.rows(id).collect();
            of_table.sort_by_key(|row| row.uuid());
            rows.extend(of_table.into_iter().map(|row| Entry { table, row, own: own(table, row), label: 0 }));
        }
        let mut graph = Graph { rows, by_uuid: HashMap::new(), names: Vec::new() };
        graph.label();
        graph.rows.sort_by(|a, b| {
            (&a.table.name, &a.own, a.label, a.row.uuid()).cmp(&(
                &b.table.name,
                &b.own,
                b.label,
                b.row.uuid(),
            ))
        });
        graph.index();
        graph.names = graph.give_names();
        graph
    }

    fn index(&mut self) {
        self.by_uuid = self.rows.iter().enumerate().map(|(index, entry)| (entry.row.uuid(), index)).collect();
    }

    /// Tells rows apart by what they hold, then by the labels of the rows that they are tied to, and so on for as long as that tells more of them apart. Then one of those that
    /// remain alike is made different, and it all begins again: which one does not matter as long as they are alike by symmetry.
    fn label(&mut self) {
        self.index();
        for entry in &mut self.rows {
            entry.label = hash(&(&*entry.table.name, &entry.own));
        }
        let ties = self.ties();
        for _ in 0..TOLD_APART_MAX {
            self.spread(&ties);
            let mut seen: HashMap<u64, usize> = HashMap::new();
            // whichever of those that are tied to nothing comes first, the text is the same
            for (entry, _) in self.rows.iter().zip(&ties).filter(|(_, ties)| !ties.is_empty()) {
                *seen.entry(entry.label).or_default() += 1;
            }
            let alike = seen.iter().filter(|(_, count)| **count > 1).map(|(label, _)| *label).min();
            let Some(alike) = alike else { return };
            if let Some(entry) = self.rows.iter_mut().find(|entry| entry.label == alike) {
                entry.label = hash(&(alike, "one of them"));
            }
        }
    }

    // for each row: the others that it is tied to, and how
    fn ties(&self) -> Vec<Vec<(u64, usize)>> {
        let mut ties = vec![Vec::new(); self.rows.len()];
        for (from, entry) in self.rows.iter().enumerate() {
            for (column, datum) in entry.row.cells() {
                for (uuid, place) in uuids(&datum.to_datum()) {
                    let Some(&to) = self.by_uuid.get(&uuid) else { continue };
                    let how = (&*entry.table.name, column.0, place);
                    if let Some(ties) = ties.get_mut(from) {
                        ties.push((hash(&(&how, "to")), to));
                    }
                    if let Some(ties) = ties.get_mut(to) {
                        ties.push((hash(&(&how, "from")), from));
                    }
                }
            }
        }
        ties
    }

    fn spread(&mut self, ties: &[Vec<(u64, usize)>]) {
        let count = |labels: &[u64]| {
            let mut labels = labels.to_vec();
            labels.sort_unstable();
            labels.dedup();
            labels.len()
        };
        let mut labels: Vec<u64> = self.rows.iter().map(|entry| entry.label).collect();
        let mut apart = count(&labels);
        while apart < labels.len() {
            let next: Vec<u64> = labels
                .iter()
                .zip(ties)
                .map(|(label, ties)| {
                    let mut around: Vec<(u64, u64)> =
                        ties.iter().filter_map(|(how, other)| Some((*how, *labels.get(*other)?))).collect();
                    around.sort_unstable();
                    hash(&(label, around))
                })
                .collect();
            let now = count(&next);
            labels = next;
            if now == apart {
                break;
            }
            apart = now;
        }
        for (entry, label) in self.rows.iter_mut().zip(labels) {
            entry.label = label;
        }
    }

    fn give_names(&self) -> Vec<String> {
        let plain: Vec<String> = self.rows.iter().map(|entry| name(entry.table, entry.row)).collect();
        let mut all: HashMap<(&str, &str), usize> = HashMap::new();
        for (entry, name) in self.rows.iter().zip(&plain) {
            *all.entry((&entry.table.name, name)).or_default() += 1;
        }
        let mut used: HashMap<(&str, &str), usize> = HashMap::new();
        let mut names = Vec::new();
        for (entry, name) in self.rows.iter().zip(&plain) {
            let key = (&*entry.table.name, &**name);
            let number = used.entry(key).or_default();
            *number += 1;
            names.push(match all.get(&key) {
                Some(1) if !name.is_empty() => name.clone(),
                _ => format!("{name}#{number}"),
            });
        }
        names
    }

    fn value(&self, out: &mut String, table: &TableSchema, id: ColumnId, datum: &Datum) {
        let Some(column) = table.column(id) else { return };
        let has_uuids = uuids(datum).next().is_some();
        if !has_uuids {
            print_datum(out, datum, column.type_.max, Format::String);
            return;
        }
        let atom = |atom: &Atom| match atom.as_uuid() {
            Some(uuid) => self.reference(uuid),
            None => {
                let mut text = String::new();
                print_atom(&mut text, atom);
                text
            }
        };
        let mut parts: Vec<String> = datum.atoms().iter().map(atom).collect();
        parts.extend(datum.pairs().iter().map(|(key, value)| format!("{}={}", atom(key), atom(value))));
        parts.sort();
        let (open, close) = if datum.is_map() { ("{", "}") } else { ("[", "]") };
        if column.type_.max > 1 {
            let _ = write!(out, "{open}{}{close}", parts.join(", "));
        } else {
            out.push_str(&parts.concat());
        }
    }

    fn reference(&self, uuid: Uuid) -> String {
        let found =
            self.by_uuid.get(&uuid).and_then(|index| Some((self.rows.get(*index)?, self.names.get(*index)?)));
        found.map_or_else(|| "?".to_owned(), |(entry, name)| format!("{} {name}", entry.table.name))
    }
}

/// What a row holds, with `?` for each UUID.
fn own(table: &TableSchema, row: &Row) -> String {
    let mut text = name(table, row);
    for (id, datum) in row.cells() {
        let Some(column) = table.column(id) else { continue };
        let datum = datum.to_datum();
        let _ = write!(text, "\n{}: ", column.name);
        let atom = |atom: &Atom| {
            let mut text = String::new();
            match atom {
                Atom::Uuid(_) => text.push('?'),
                other => print_atom(&mut text, other),
            }
            text
        };
        let mut parts: Vec<String> = datum.atoms().iter().map(atom).collect();
        parts.extend(datum.pairs().iter().map(|(key, value)| format!("{}={}", atom(key), atom(value))));
        parts.sort();
        text.push_str(&parts.join(", "));
    }
    text
}

/// The first text that names a row: of a column of an index, else of the column `name`.
fn name(table: &TableSchema, row: &Row) -> String {
    let indexed = table.indexes.iter().flatten().copied();
    let named = table.column_id("name");
    for id in indexed.chain(named) {
        let is_text =
            table.column(id).is_some_and(|c| c.type_.key.atom == AtomType::String && !c.type_.is_map());
        let text = row.read(table, id).and_then(|value| value.atoms().next()).and_then(AtomView::as_str);
        if let Some(text) = text.filter(|text| is_text && !text.is_empty()) {
            let mut out = String::new();
            print_atom(&mut out, &Atom::String(text.into()));
            return out;
        }
    }
    String::new()
}

/// The UUIDs in a value, each with whether it is a key or element, or the value of a named key.
fn uuids(datum: &Datum) -> impl Iterator<Item = (Uuid, String)> + '_ {
    let elements = datum.atoms().iter().filter_map(|atom| Some((atom.as_uuid()?, String::new())));
    let keys = datum.pairs().iter().filter_map(|(key, _)| Some((key.as_uuid()?, "key".to_owned())));
    let values = datum.pairs().iter().filter_map(|(key, value)| {
        let place = if key.as_uuid().is_some() { String::new() } else { format!("{key:?}") };
        Some((value.as_uuid()?, place))
    });
    elements.chain(keys).chain(values)
}

/// The same in every run.
fn hash(what: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    what.hash(&mut hasher);
    hasher.finish()
}
