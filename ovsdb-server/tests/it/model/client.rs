//! What does a client know after what its monitor told it, and what should it know?

use super::condition::{self, Clause};
use super::value::{self, Atom, Datum, ErrorName, SYNTAX};
use super::world::{Row, World};
use crate::random::schema::{Schema, Table};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// One monitor as its client sees it.
pub(crate) struct Monitor {
    /// Whether conditions count: not with `monitor`.
    conditional: bool,
    /// Whether it is told of everything that happens.
    complete: bool,
    watched: BTreeMap<String, Watch>,
    /// What the client knows: rows by table and UUID, only columns that it watches.
    pub(crate) known: BTreeMap<String, BTreeMap<String, Row>>,
}

struct Watch {
    columns: Vec<String>,
    clauses: Vec<Clause>,
}

impl Monitor {
    /// Reads the requests of a monitor.
    pub(crate) fn read(method: &str, requests: &Value, schema: &Schema) -> Result<Monitor, ErrorName> {
        let mut monitor = Monitor {
            conditional: method != "monitor",
            complete: true,
            watched: BTreeMap::new(),
            known: BTreeMap::new(),
        };
        for (name, requests) in requests.as_object().ok_or(SYNTAX)? {
            let table = schema.tables.get(name).ok_or(SYNTAX)?;
            let mut watch = Watch { columns: Vec::new(), clauses: Vec::new() };
            let requests = requests.as_array().map_or(std::slice::from_ref(requests), Vec::as_slice);
            for (i, request) in requests.iter().enumerate() {
                let all = || table.columns.keys().filter(|column| *column != "_uuid").cloned().collect();
                let columns: Vec<String> = match request.get("columns") {
                    Some(columns) => serde_json::from_value(columns.clone()).map_err(|_| SYNTAX)?,
                    None => all(),
                };
                for column in columns {
                    if !table.columns.contains_key(&column) || watch.columns.contains(&column) {
                        return Err(SYNTAX);
                    }
                    watch.columns.push(column);
                }
                let selected = |event| request["select"][event].as_bool().unwrap_or(true);
                monitor.complete &= ["initial", "insert", "modify", "delete"].into_iter().all(selected);
                match request.get("where") {
                    Some(_) if !monitor.conditional => return Err(SYNTAX),
                    Some(clauses) if i == 0 => watch.clauses = read_clauses(clauses, table)?,
                    Some(clauses) => drop(read_clauses(clauses, table)?),
                    None => {}
                }
            }
            monitor.watched.insert(name.clone(), watch);
        }
        Ok(monitor)
    }

    /// Takes in other conditions.
    pub(crate) fn change(&mut self, requests: &Value, schema: &Schema) -> Result<(), ErrorName> {
        let mut changed = BTreeMap::new();
        for (name, requests) in requests.as_object().ok_or(SYNTAX)? {
            if !self.watched.contains_key(name) {
                return Err(SYNTAX);
            }
            let table = schema.tables.get(name).ok_or(SYNTAX)?;
            for request in requests.as_array().ok_or(SYNTAX)? {
                if request.get("columns").is_some() {
                    return Err(SYNTAX);
                }
                if let (Some(clauses), true) = (request.get("where"), self.conditional) {
                    changed.insert(name.clone(), read_clauses(clauses, table)?);
                }
            }
        }
        for (name, clauses) in changed {
            self.watched.get_mut(&name).unwrap().clauses = clauses;
        }
        Ok(())
    }

    /// Applies what it is told; `method` is that of the notification.
    pub(crate) fn apply(&mut self, updates: &Value, schema: &Schema) -> Result<(), String> {
        for (name, rows) in updates.as_object().ok_or("no updates")? {
            let table = schema.tables.get(name).ok_or("an unknown table")?;
            let watch = self.watched.get(name).ok_or("a table that is not watched")?;
            let known = self.known.entry(name.clone()).or_default();
            let rows = rows.as_object().filter(|rows| !rows.is_empty()).ok_or("a table without rows")?;
            for (uuid, update) in rows {
                let done = if self.conditional {
                    difference(known, watch, table, uuid, update)
                } else {
                    old_and_new(known, watch, table, uuid, update)
                };
                if let (Err(error), true) = (done, self.complete) {
                    return Err(format!("{error}: {name} {uuid} {update}"));
                }
            }
        }
        self.known.retain(|_, rows| !rows.is_empty());
        Ok(())
    }

    /// Whether the client knows exactly what it should.
    pub(crate) fn check(&self, world: &World) -> Result<(), String> {
        if !self.complete {
            return Ok(());
        }
        let nothing = BTreeMap::new();
        for (name, watch) in &self.watched {
            let known = self.known.get(name).unwrap_or(&nothing);
            let shown =
                |row: &Row| watch.clauses.is_empty() || watch.clauses.iter().any(|clause| clause.holds(row));
            let should = world.rows[name].iter().filter(|(_, row)| shown(row));
            for (uuid, row) in should.clone() {
                let Some(known) = known.get(uuid) else {
                    // `monitor` with no columns has nothing to say
                    return Err(format!("does not know of {name} {uuid}"));
                };
                for column in &watch.columns {
                    if column != "_version" && known.get(column) != row.get(column) {
                        let (known, row) = (known.get(column), row.get(column));
                        return Err(format!("{name} {uuid} {column}: {known:?} should be {row:?}"));
                    }
                }
            }
            let extra = known.keys().find(|uuid| !should.clone().any(|(u, _)| u == *uuid));
            if let Some(uuid) = extra {
                return Err(format!("still knows of {name} {uuid}"));
            }
        }
        Ok(())
    }
}

fn read_clauses(json: &Value, table: &Table) -> Result<Vec<Clause>, ErrorName> {
    condition::read(json, table, &|name| panic!("named-uuid {name} in a monitor"))
}

fn cells(json: &Value, watch: &Watch, table: &Table) -> Result<Row, String> {
    let mut row = Row::new();
    for (column, json) in json.as_object().ok_or("no row")? {
        if !watch.columns.contains(column) {
            return Err(format!("column {column} is not watched"));
        }
        let value = value::read(json, &table.columns[column].type_, &|name| name.to_owned());
        row.insert(column.clone(), value.map_err(|_| format!("{column} is no value"))?);
    }
    Ok(row)
}

/// One row of `<table-updates>` (RFC 7047 section 4.1.6).
fn old_and_new(
    known: &mut BTreeMap<String, Row>,
    watch: &Watch,
    table: &Table,
    uuid: &str,
    update: &Value,
) -> Result<(), String> {
    let old = update.get("old").map(|json| cells(json, watch, table)).transpose()?;
    let new = update.get("new").map(|json| cells(json, watch, table)).transpose()?;
    let held = known.get(uuid);
    match (&old, held) {
        (Some(old), Some(held)) => {
            let differs = old.iter().find(|(column, value)| held.get(*column) != Some(value));
            if let Some((column, _)) = differs {
                return Err(format!("column {column} was something else"));
            }
            if let Some(new) = &new
                && old.iter().any(|(column, value)| new.get(column) == Some(value))
            {
                return Err("a column that did not change".to_owned());
            }
        }
        (None, None) => {}
        _ => return Err("a row that was, or was not, known".to_owned()),
    }
    match new {
        Some(new) if new.len() == watch.columns.len() => known.insert(uuid.to_owned(), new),
        Some(_) => return Err("not all columns of the new row".to_owned()),
        None => known.remove(uuid),
    };
    Ok(())
}

/// One row of `<table-updates2>` (ovsdb-server(7) section 4.1.14).
fn difference(
    known: &mut BTreeMap<String, Row>,
    watch: &Watch,
    table: &Table,
    uuid: &str,
    update: &Value,
) -> Result<(), String> {
    let update: &Map<String, Value> = update.as_object().filter(|u| u.len() == 1).ok_or("no update")?;
    let (event, json) = update.iter().next().unwrap();
    match (event.as_str(), known.get_mut(uuid)) {
        ("initial" | "insert", None) => {
            let mut row: Row = watch
                .columns
                .iter()
                .map(|column| (column.clone(), value::default(&table.columns[column].type_)))
                .collect();
            let given = cells(json, watch, table)?;
            if given.iter().any(|(column, value)| row.get(column) == Some(value)) {
                return Err("a default".to_owned());
            }
            row.extend(given);
            known.insert(uuid.to_owned(), row);
        }
        ("delete", Some(_)) if json.is_null() => drop(known.remove(uuid)),
        ("modify", Some(row)) => {
            for (column, json) in json.as_object().ok_or("no row")? {
                let held = row.get_mut(column).ok_or("a column that is not watched")?;
                modify(held, json, table, column)?;
            }
        }
        _ => return Err("a row that was, or was not, known".to_owned()),
    }
    Ok(())
}

fn modify(held: &mut Datum, json: &Value, table: &Table, column: &str) -> Result<(), String> {
    let mut type_ = table.columns[column].type_.clone();
    let is_whole = type_.max == 1;
    // a difference may have any number of elements
    (type_.min, type_.max) = (0, usize::MAX);
    let difference =
        value::read(json, &type_, &|name| name.to_owned()).map_err(|e| format!("{column}: {e}"))?;
    if is_whole {
        if *held == difference {
            return Err(format!("{column} did not change"));
        }
        *held = difference;
        return Ok(());
    }
    if difference.is_empty() {
        return Err(format!("{column} did not change"));
    }
    for (key, value) in difference {
        match held.get(&key) {
            // an element of a set, or a pair, that goes
            Some(there) if *there == value => drop(held.remove(&key)),
            Some(Atom::Nothing) | None | Some(_) => drop(held.insert(key, value)),
        }
    }
    Ok(())
}
