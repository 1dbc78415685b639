//! How a database is given another schema (`convert`, ovsdb-server(7) section 4.1.19).
//!
//! The rows are inserted by one transaction into an empty database of the new schema: what does not fit, and what becomes of references, indexes and rows
//! that nothing refers to any more, is then the same as for what a client inserts.

use super::Service;
use super::dispatch::Request;
use super::hosted::Hosted;
use super::reply::{self, Refusal};
use super::server_database;
use crate::engine::{Context, Database, Execution, Ids, Row};
use ovsdb_proto::json::{Kind, Reader, Writer};
use ovsdb_proto::schema::{ColumnId, DatabaseSchema, TableSchema};
use ovsdb_proto::value::write_view;
use std::sync::Arc;

impl Service {
    /// The request `convert`.
    pub(super) fn convert(&mut self, request: Request<'_>) -> Result<(), Refusal> {
        let Request { client, id, params, .. } = request;
        let name = self.database_name("convert", params)?;
        self.refuse_duplicate("convert", request)?;
        let read_only = self.clients.get(&client).is_none_or(|client| client.read_only);
        if read_only || *name == *server_database::NAME {
            let details = format!("conversion is not allowed for read-only database {name}");
            return Err(Refusal::new("not allowed", details));
        }
        if let Some(not_utf8) = request.not_utf8.and_then(|sent| std::str::from_utf8(sent).err()) {
            let details = format!("the schema is not UTF-8 at byte {}", not_utf8.valid_up_to());
            return Err(Refusal::new("constraint violation", details));
        }
        let schema = second_of_two(params).ok_or_else(|| Refusal::syntax(params, "array expected"))?;
        let schema = DatabaseSchema::parse_strict(schema).map_err(|error| {
            let details = format!("Parsing database schema failed: {error}.");
            Refusal::quoting("syntax error", schema.as_bytes(), details)
        })?;
        if schema.name.as_ref() != &*name {
            let new = &schema.name;
            let details = format!("new schema name ({new}) does not match database name ({name})");
            return Err(Refusal::new("invalid parameters", details));
        }
        let Some(hosted) = self.databases.get_mut(&*name) else { return Ok(()) };
        let converted = converted(&hosted.database, Arc::new(schema), &mut self.ids)?;
        hosted.convert(&converted)?;
        let (waiting, events) =
            (std::mem::take(&mut hosted.waiting), std::mem::take(&mut hosted.storage_events));
        let state = self.histories.then(|| self.ids.next());
        *hosted = Hosted::new(converted, hosted.journal.take(), state);
        (hosted.waiting, hosted.storage_events) = (waiting, events);

        self.cancel_monitors(&name);
        self.send(client, |out| reply::result(out, id, |w| w.raw(b"{}")));
        self.close_unaware();
        self.cancel_waiting(&name);
        self.tell_of(&name);
        Ok(())
    }
}

/// The rows of a database under another schema. Tables and columns that it lacks are dropped.
///
/// # Errors
/// A value does not fit, or the rows together break a rule of the schema.
fn converted(old: &Database, schema: Arc<DatabaseSchema>, ids: &mut Ids) -> Result<Database, Refusal> {
    let mut new = Database::new(schema);
    let params = inserts(old, new.schema());
    let mut out = Vec::new();
    let mut cx = Context::new(ids);
    let Execution::Done { commit } = new.execute(&params, &mut cx, &mut out) else {
        return Err(Refusal::new("internal error", "an insertion waits"));
    };
    if let Some(error) = first_error(&out) {
        return Err(Refusal::Raw(error));
    }
    if let Some(commit) = commit {
        new.apply(&commit);
    }
    Ok(new)
}

/// The parameters of a `transact` that inserts every row.
fn inserts(old: &Database, schema: &DatabaseSchema) -> Vec<u8> {
    let mut out = Vec::new();
    let mut w = Writer::new(&mut out);
    w.begin_array();
    w.string(&schema.name);
    for (id, table) in (0..).map(ovsdb_proto::schema::TableId).zip(old.schema().tables()) {
        let Some(new) = schema.table_id(&table.name).and_then(|id| schema.table(id)) else { continue };
        for row in old.rows(id) {
            insert(&mut w, table, row, new);
        }
    }
    w.end_array();
    out
}

fn insert(w: &mut Writer<'_>, table: &TableSchema, row: &Row, new: &TableSchema) {
    w.begin_object();
    w.key("op");
    w.string("insert");
    w.key("table");
    w.string(&new.name);
    w.key("uuid");
    w.string(row.uuid().encode(&mut [0; 36]));
    w.key("row");
    w.begin_object();
    for id in table.own_columns().iter() {
        let (Some(column), Some(value)) = (table.column(id), row.read(table, id)) else { continue };
        let same = new.column_id(&column.name).filter(|id| *id > ColumnId::VERSION);
        let Some(target) = same.and_then(|id| new.column(id)) else { continue };
        // a default that is left alone is not checked, so it is only left out where it stays what it was
        if value != target.packed_default() {
            w.key(&column.name);
            write_view(w, value, &|_| false);
        }
    }
    w.end_object();
    w.end_object();
}

/// The first result that is an error: its JSON.
fn first_error(results: &[u8]) -> Option<Box<[u8]>> {
    let mut reader = Reader::new(results);
    reader.begin_array().ok()?;
    while reader.next_element().ok()? {
        if reader.peek().ok()? != Kind::Object {
            reader.skip().ok()?;
            continue;
        }
        let result = reader.skip().ok()?;
        let mut members = Reader::new(result);
        members.begin_object().ok()?;
        while let Some(key) = members.next_key().ok()? {
            if key == "error" {
                return Some(result.into());
            }
            members.skip().ok()?;
        }
    }
    None
}

/// The second of exactly two parameters.
fn second_of_two(params: &[u8]) -> Option<&str> {
    let mut reader = Reader::new(params);
    reader.begin_array().ok()?;
    reader.next_element().ok().filter(|there| *there)?;
    reader.skip().ok()?;
    reader.next_element().ok().filter(|there| *there)?;
    let second = reader.check().ok()?;
    if reader.next_element().ok()? { None } else { Some(second) }
}
