//! What do the operations of a transaction answer and leave behind (RFC 7047 section 5.2), by looking at every row?

use super::condition::{self, Clause};
use super::mutation::Mutation;
use super::value::{self, Atom, CONSTRAINT, Datum, ErrorName, NIL, SYNTAX};
use crate::random::schema::{Schema, Table};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// All columns, `_uuid` and `_version` among them. The model does not follow versions: each row keeps its own.
pub(crate) type Row = BTreeMap<String, Datum>;

/// Rows by table and UUID.
pub(crate) type Rows = BTreeMap<String, BTreeMap<String, Rc<Row>>>;

pub(crate) struct World {
    pub(crate) schema: Schema,
    pub(crate) rows: Rows,
    /// The locks that the client owns.
    pub(crate) locks: BTreeSet<String>,
}

/// A transaction on its way.
struct Transaction<'a> {
    schema: &'a Schema,
    locks: &'a BTreeSet<String>,
    before: &'a Rows,
    rows: Rows,
    /// The UUIDs of new rows, by operation, which the server chose.
    given: Vec<Option<String>>,
    /// What the names mean, wherever in the transaction they stand.
    meant: BTreeMap<String, String>,
    /// The names that were used up.
    taken: BTreeSet<String>,
}

impl World {
    pub(crate) fn new() -> World {
        let schema = Schema::new();
        let rows = schema.tables.keys().map(|name| (name.clone(), BTreeMap::new())).collect();
        World { schema, rows, locks: BTreeSet::new() }
    }

    /// Whether the model knows all UUIDs: not those of names that no insert defined, in columns that may hold any UUID.
    pub(crate) fn is_known(&self) -> bool {
        let is_known = |atom: &Atom| !matches!(atom, Atom::Uuid(uuid) if uuid.starts_with(NOBODY));
        self.rows
            .values()
            .flat_map(BTreeMap::values)
            .flat_map(|row| row.values())
            .all(|datum| datum.iter().all(|(key, value)| is_known(key) && is_known(value)))
    }

    /// The results of a transaction. UUIDs of new rows are taken from the `answer` of the server that is tested.
    pub(crate) fn transact(&mut self, operations: &[Value], answer: &Value) -> Value {
        let given: Vec<Option<String>> =
            (0..operations.len()).map(|i| answer[i]["uuid"][1].as_str().map(str::to_owned)).collect();
        let named = operations.iter().zip(&given).filter(|(operation, _)| operation.get("uuid").is_none());
        let named = named.filter_map(|(operation, given)| {
            Some((operation["uuid-name"].as_str()?.to_owned(), given.clone()?))
        });
        // of two inserts of one name the first counts
        let meant: Vec<(String, String)> = named.collect();
        let mut txn = Transaction {
            schema: &self.schema,
            locks: &self.locks,
            before: &self.rows,
            rows: self.rows.clone(),
            given,
            meant: meant.into_iter().rev().collect(),
            taken: BTreeSet::new(),
        };
        let mut results = Vec::new();
        for (i, operation) in operations.iter().enumerate() {
            match txn.operation(i, operation) {
                Ok(result) => results.push(result),
                Err(error) => {
                    results.push(json!({"error": error}));
                    results.resize(operations.len(), Value::Null);
                    return Value::Array(results);
                }
            }
        }
        let mut rows = txn.rows;
        match super::settle::settle(&self.schema, &self.rows, &mut rows) {
            Ok(()) => self.rows = rows,
            Err(error) => results.push(json!({"error": error})),
        }
        Value::Array(results)
    }
}

impl Transaction<'_> {
    fn operation(&mut self, i: usize, operation: &Value) -> Result<Value, ErrorName> {
        let members = operation.as_object().ok_or(SYNTAX)?;
        let (needed, optional): (&[&str], &[&str]) = match operation["op"].as_str().ok_or(SYNTAX)? {
            "insert" => (&["table", "row"], &["uuid", "uuid-name"]),
            "select" => (&["table", "where"], &["columns"]),
            "update" => (&["table", "where", "row"], &[]),
            "mutate" => (&["table", "where", "mutations"], &[]),
            "delete" => (&["table", "where"], &[]),
            "wait" => (&["table", "where", "until", "rows"], &["columns", "timeout"]),
            "commit" => (&["durable"], &[]),
            "abort" => (&[], &[]),
            "comment" => (&["comment"], &[]),
            "assert" => (&["lock"], &[]),
            _ => return Err(SYNTAX),
        };
        let is_known = |name: &String| {
            name == "op" || needed.contains(&name.as_str()) || optional.contains(&name.as_str())
        };
        if needed.iter().any(|name| !members.contains_key(*name)) || !members.keys().all(is_known) {
            return Err(SYNTAX);
        }
        let has_form = |(name, member): (&String, &Value)| match name.as_str() {
            "where" | "columns" | "mutations" | "rows" => member.is_array(),
            "row" => member.is_object(),
            "timeout" => member.is_u64(),
            "durable" => member.is_boolean(),
            "table" | "uuid-name" | "lock" => member.as_str().is_some_and(value::is_id),
            _ => member.is_string(),
        };
        if !members.iter().all(has_form) {
            return Err(SYNTAX);
        }
        let schema = self.schema;
        let table = || {
            let name = operation["table"].as_str().ok_or(SYNTAX)?;
            Ok((name, schema.tables.get(name).ok_or(SYNTAX)?))
        };
        match operation["op"].as_str().unwrap() {
            "insert" => self.insert(i, operation, table()?),
            "select" => self.select(operation, table()?),
            "update" => self.update(operation, table()?),
            "mutate" => self.mutate(operation, table()?),
            "delete" => {
                let (name, table) = table()?;
                let found = self.find(name, table, &operation["where"])?;
                for uuid in &found {
                    self.rows.get_mut(name).unwrap().remove(uuid);
                }
                Ok(json!({"count": found.len()}))
            }
            "wait" => self.wait(operation, table()?),
            "commit" => operation["durable"].as_bool().map(|_| json!({})).ok_or(SYNTAX),
            "abort" => Err("aborted"),
            "comment" => operation["comment"].as_str().map(|_| json!({})).ok_or(SYNTAX),
            "assert" => match operation["lock"].as_str() {
                Some(lock) if self.locks.contains(lock) => Ok(json!({})),
                Some(_) => Err("not owner"),
                None => Err(SYNTAX),
            },
            _ => Err(SYNTAX),
        }
    }

    fn named(&self, name: &str) -> String {
        // nobody knows what a name that no insert defines will mean, but no row is called so
        self.meant.get(name).cloned().unwrap_or_else(|| nobody(name))
    }

    /// The columns that an object gives values.
    fn row(&self, json: &Value, table: &Table) -> Result<Row, ErrorName> {
        let mut row = Row::new();
        for (name, json) in json.as_object().ok_or(SYNTAX)? {
            let column = table.columns.get(name).ok_or("unknown column")?;
            row.insert(name.clone(), value::read(json, &column.type_, &|name| self.named(name))?);
        }
        Ok(row)
    }

    fn find(&self, name: &str, table: &Table, json: &Value) -> Result<Vec<String>, ErrorName> {
        let clauses = condition::read(json, table, &|name| self.named(name))?;
        let meets = |row: &Row| clauses.iter().all(|clause: &Clause| clause.holds(row));
        Ok(self.rows[name].iter().filter(|(_, row)| meets(row)).map(|(uuid, _)| uuid.clone()).collect())
    }

    fn row_mut(&mut self, table: &str, uuid: &str) -> &mut Row {
        Rc::make_mut(self.rows.get_mut(table).unwrap().get_mut(uuid).unwrap())
    }

    fn insert(
        &mut self,
        i: usize,
        operation: &Value,
        (name, table): (&str, &Table),
    ) -> Result<Value, ErrorName> {
        if let Some(uuid) = operation.get("uuid") {
            let uuid = uuid.as_str().filter(|uuid| value::is_uuid(uuid)).ok_or(SYNTAX)?;
            if self.rows[name].contains_key(uuid) || self.before[name].contains_key(uuid) {
                return Err("duplicate uuid");
            }
        }
        if let Some(uuid_name) = operation["uuid-name"].as_str()
            && !self.taken.insert(uuid_name.to_owned())
        {
            return Err("duplicate uuid-name");
        }
        let explicit = operation["uuid"].as_str().map(str::to_owned);
        if let (Some(uuid), Some(uuid_name)) = (&explicit, operation["uuid-name"].as_str()) {
            // what was said of the name before meant no row
            self.meant.insert(uuid_name.to_owned(), uuid.clone());
        }
        let uuid = explicit.or_else(|| self.given[i].clone()).unwrap_or_else(|| nobody(&format!("row {i}")));
        let mut row: Row =
            table.columns.iter().map(|(name, c)| (name.clone(), value::default(&c.type_))).collect();
        row.extend(self.row(&operation["row"], table)?);
        for (name, column) in &table.columns {
            value::check(&row[name], &column.type_)?;
        }
        for (name, uuid) in [("_uuid", uuid.clone()), ("_version", format!("version:{uuid}"))] {
            row.insert(name.to_owned(), Datum::from([(Atom::Uuid(uuid), Atom::Nothing)]));
        }
        self.rows.get_mut(name).unwrap().insert(uuid.clone(), Rc::new(row));
        Ok(json!({"uuid": ["uuid", uuid]}))
    }

    fn select(&self, operation: &Value, (name, table): (&str, &Table)) -> Result<Value, ErrorName> {
        let columns = columns(operation, table)?;
        let mut rows = Vec::new();
        for uuid in self.find(name, table, &operation["where"])? {
            let row = &self.rows[name][&uuid];
            let cell =
                |column: &String| (column.clone(), value::json(&row[column], &table.columns[column].type_));
            let row = Value::Object(columns.iter().map(cell).collect::<Map<String, Value>>());
            if !rows.contains(&row) {
                rows.push(row);
            }
        }
        Ok(json!({"rows": rows}))
    }

    fn update(&mut self, operation: &Value, (name, table): (&str, &Table)) -> Result<Value, ErrorName> {
        let values = self.row(&operation["row"], table)?;
        if values.keys().any(|column| !table.columns[column].mutable) {
            return Err(CONSTRAINT);
        }
        let found = self.find(name, table, &operation["where"])?;
        for uuid in &found {
            self.row_mut(name, uuid).extend(values.clone());
        }
        Ok(json!({"count": found.len()}))
    }

    fn mutate(&mut self, operation: &Value, (name, table): (&str, &Table)) -> Result<Value, ErrorName> {
        let mutations = operation["mutations"].as_array().ok_or(SYNTAX)?;
        let mutations: Vec<Mutation> = mutations
            .iter()
            .map(|json| Mutation::read(json, table, &|name| self.named(name)))
            .collect::<Result<_, _>>()?;
        let found = self.find(name, table, &operation["where"])?;
        for uuid in &found {
            let row = self.row_mut(name, uuid);
            mutations.iter().try_for_each(|mutation| mutation.apply(row))?;
        }
        Ok(json!({"count": found.len()}))
    }

    /// A `wait` whose timeout is 0, or that holds.
    fn wait(&mut self, operation: &Value, (name, table): (&str, &Table)) -> Result<Value, ErrorName> {
        let found = self.find(name, table, &operation["where"])?;
        let columns = columns(operation, table)?;
        let equal = match operation["until"].as_str().ok_or(SYNTAX)? {
            "==" => true,
            "!=" => false,
            _ => return Err(SYNTAX),
        };
        let mut wanted = BTreeSet::new();
        for json in operation["rows"].as_array().ok_or(SYNTAX)? {
            let mut given = self.row(json, table)?;
            let value = |column: &String| {
                given.remove(column).unwrap_or_else(|| value::default(&table.columns[column].type_))
            };
            wanted.insert(columns.iter().map(value).collect::<Vec<Datum>>());
        }
        let there: BTreeSet<Vec<Datum>> = found
            .iter()
            .map(|uuid| columns.iter().map(|column| self.rows[name][uuid][column].clone()).collect())
            .collect();
        if (there == wanted) == equal { Ok(json!({})) } else { Err("timed out") }
    }
}

/// What the UUIDs begin with that the model made up.
const NOBODY: &str = "ffffffff-";

/// A UUID that no row has, another for each name.
fn nobody(name: &str) -> String {
    let hash = name.bytes().fold(7u64, |hash, byte| (hash * 257 + u64::from(byte)) % 0xffff_ffff_ffff);
    format!("{NOBODY}ffff-4fff-8fff-{hash:012x}")
}

/// The columns that an operation wants, all if it does not say.
fn columns(operation: &Value, table: &Table) -> Result<Vec<String>, ErrorName> {
    let Some(json) = operation.get("columns") else { return Ok(table.columns.keys().cloned().collect()) };
    let mut columns = Vec::new();
    for name in json.as_array().ok_or(SYNTAX)? {
        let name = name.as_str().filter(|name| table.columns.contains_key(*name)).ok_or(SYNTAX)?;
        if columns.iter().any(|column| column == name) {
            return Err(SYNTAX);
        }
        columns.push(name.to_owned());
    }
    Ok(columns)
}

/// The row that an atom names, if there is one.
pub(crate) fn refers<'r>(rows: &'r Rows, table: &str, atom: &Atom) -> Option<&'r Row> {
    match atom {
        Atom::Uuid(uuid) if uuid != NIL => rows[table].get(uuid).map(|row| &**row),
        _ => None,
    }
}
