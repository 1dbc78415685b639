//! What each of the ten operations does (RFC 7047 section 5.2), in order, until one fails.

use super::clauses::{self, Where};
use super::draft::Draft;
use super::failure::Failure;
use super::members::{Form, Members};
use super::names::Names;
use super::not_utf8::{escape, restore};
use super::order::compare_rows;
use super::overlay::Overlay;
use super::query::Found;
use super::settle::{self, Place};
use super::values::Scope;
use super::{Context, Database, Execution, Row, WORK_PER_ROW, query};
use ovsdb_proto::json::{JsonError, Reader, Writer};
use ovsdb_proto::op::{Mutation, MutationError};
use ovsdb_proto::schema::{ColumnId, ColumnSet, DatabaseSchema, TableId, TableSchema};
use ovsdb_proto::store::RowBuilder;
use ovsdb_proto::value::{AtomView, Datum, DatumView, Packed, Uuid, write_atom, write_view};
use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

/// A transaction on its way.
struct Transaction<'a, 'c> {
    db: &'a Database,
    schema: &'a DatabaseSchema,
    cx: &'a mut Context<'c>,
    overlay: Overlay,
    names: Names,
    comment: Option<String>,
    durable: bool,
    /// Where the results begin in the reply.
    start: usize,
    /// The tables named so far.
    tables: BTreeSet<TableId>,
    /// Whether the request is not UTF-8, so that escaped text is read in its place.
    escaped: bool,
}

/// How many bytes of text cost as much as looking at a row.
const BYTES_PER_WORK: usize = 64;

/// Why an operation is the last one.
enum Stop {
    Failed(Failure),
    // until which time, if not for ever
    Waiting(Option<u64>),
    // too much was asked for
    Exhausted(Failure),
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Stop {
        Stop::Failed(failure)
    }
}

impl From<JsonError> for Stop {
    fn from(error: JsonError) -> Stop {
        Stop::Failed(error.into())
    }
}

pub(super) fn execute(db: &Database, params: &[u8], cx: &mut Context<'_>, out: &mut Vec<u8>) -> Execution {
    let start = out.len();
    let schema = Arc::clone(db.schema());
    let mut w = Writer::new(out);
    w.begin_array();
    let operations = split(params);
    let escaped = if operations.is_err() { escape(params) } else { None };
    let operations = escaped.as_ref().map_or(operations, |text| split(text.as_bytes()));
    let operations = match operations {
        Ok(operations) => operations,
        Err(error) => {
            Failure::from(error).write(&mut w);
            w.end_array();
            return Execution::Done { commit: None };
        }
    };
    let mut txn = Transaction {
        db,
        schema: &schema,
        cx,
        overlay: Overlay::default(),
        names: Names::default(),
        comment: None,
        durable: false,
        start,
        tables: BTreeSet::new(),
        escaped: escaped.is_some(),
    };
    let count = operations.len();
    for (i, operation) in operations.into_iter().enumerate() {
        txn.overlay.add_work(1 + query::count(operation.len() / BYTES_PER_WORK));
        let done = txn.operation(operation, (i + 1, count), &mut w).and_then(|()| txn.check_work());
        txn.report_cost(w.buffer_len());
        match done {
            Ok(()) => {}
            Err(Stop::Exhausted(failure)) => {
                // the reply to come is small, whatever there was so far
                out.truncate(start);
                let mut w = Writer::new(out);
                w.begin_array();
                (0..i).for_each(|_| w.null());
                failure.write(&mut w);
                (i + 1..count).for_each(|_| w.null());
                w.end_array();
                return Execution::Done { commit: None };
            }
            Err(Stop::Failed(failure)) if txn.escaped => {
                // it may quote the request
                let mut text = Vec::new();
                failure.write(&mut Writer::new(&mut text));
                w.raw(&restore(&text));
                (i + 1..count).for_each(|_| w.null());
                w.end_array();
                return Execution::Done { commit: None };
            }
            Err(Stop::Failed(failure)) => {
                failure.write(&mut w);
                (i + 1..count).for_each(|_| w.null());
                w.end_array();
                return Execution::Done { commit: None };
            }
            Err(Stop::Waiting(until_ms)) => {
                out.truncate(start);
                return Execution::Waiting { until_ms };
            }
        }
    }
    let changes = settle::settle(txn.db, txn.overlay.into_entries(&schema), txn.cx.ids);
    if let Err(failure) = &changes {
        failure.write(&mut w);
    }
    w.end_array();
    let commit = changes.ok().filter(|changes| !changes.is_empty()).map(|changes| super::Commit {
        id: txn.cx.ids.next(),
        changes,
        comment: txn.comment,
        durable: txn.durable,
    });
    Execution::Done { commit }
}

/// The operations behind the name of the database.
fn split(params: &[u8]) -> Result<Vec<&[u8]>, JsonError> {
    let mut r = Reader::new(params);
    let mut operations = Vec::new();
    r.begin_array()?;
    if r.next_element()? {
        r.skip()?;
        while r.next_element()? {
            operations.push(r.skip()?);
        }
    }
    r.end()?;
    Ok(operations)
}

impl<'a> Transaction<'a, '_> {
    fn operation(&mut self, json: &[u8], place: (usize, usize), w: &mut Writer<'_>) -> Result<(), Stop> {
        let mut m = Members::new(json, place)?;
        let Some(name) = m.need_text("op", Form::Id) else { return m.finish(None).map_err(Stop::Failed) };
        let writes = matches!(&*name, "insert" | "update" | "mutate" | "delete" | "commit");
        if writes && self.cx.read_only {
            // other errors come first, as in ovsdb-server
            self.named(&name, m, json, &mut Writer::new(&mut Vec::new()))?;
            let details = format!("{name} operation not allowed when database server is in read only mode");
            return Err(Failure::new("not allowed", details).into());
        }
        self.named(&name, m, json, w)
    }

    fn named(&mut self, name: &str, mut m: Members<'_>, json: &[u8], w: &mut Writer<'_>) -> Result<(), Stop> {
        match name {
            "insert" => self.insert(m, w),
            "select" => self.select(m, w),
            "update" => self.update(m, json, w),
            "mutate" => self.mutate(m, w),
            "delete" => self.delete(m, w),
            "wait" => self.wait(m, w),
            "commit" => self.commit(m, w),
            "abort" => {
                m.finish(Some(()))?;
                Err(Failure::new("aborted", "aborted by request").into())
            }
            "comment" => self.comment(m, w),
            "assert" => self.assert(m, w),
            _ => {
                m.fail(|| format!("No operation \"{name}\""));
                m.finish(None).map_err(Stop::Failed)
            }
        }
    }

    /// Tells the caller what the transaction has cost so far.
    fn report_cost(&mut self, reply_end: usize) {
        let reply = query::count(reply_end.saturating_sub(self.start) / BYTES_PER_WORK);
        self.cx.cost.work = self.overlay.work().saturating_add(reply);
        self.cx.cost.tables.append(&mut self.tables);
    }

    /// Fails if the transaction has looked at more rows than it may.
    fn check_work(&self) -> Result<(), Stop> {
        if self.overlay.work() <= self.cx.work_max {
            return Ok(());
        }
        let tables = (0u16..).map(TableId).take(self.schema.tables().len());
        let rows: u64 = tables.map(|id| query::count(self.db.len(id))).sum();
        if self.overlay.work() <= self.cx.work_max.saturating_add(rows.saturating_mul(WORK_PER_ROW)) {
            return Ok(());
        }
        let details = "the transaction looks at too many rows: split it, or let its conditions name a row or an indexed column";
        Err(Stop::Exhausted(Failure::new("resources exhausted", details)))
    }

    /// Fails if the results have more bytes than they may.
    fn check_reply(&mut self, w: &Writer<'_>) -> Result<(), Stop> {
        let bytes = w.buffer_len().saturating_sub(self.start);
        if bytes <= self.cx.reply_bytes_max {
            return Ok(());
        }
        let most = self.cx.reply_bytes_max.saturating_add(self.db.text_len().saturating_mul(2));
        if bytes <= most {
            return Ok(());
        }
        let details =
            format!("the results of the transaction are longer than {most} bytes: split it, or select less");
        Err(Stop::Exhausted(Failure::new("resources exhausted", details)))
    }

    fn table(&mut self, m: &mut Members<'_>) -> Option<(TableId, &'a TableSchema)> {
        let name = m.need_text("table", Form::Id)?;
        let found = self.schema.table_id(&name).and_then(|id| Some((id, self.schema.table(id)?)));
        if found.is_none() {
            m.fail(|| format!("No table named {name}."));
        }
        self.tables.extend(found.map(|(id, _)| id));
        found
    }

    fn insert(&mut self, mut m: Members<'_>, w: &mut Writer<'_>) -> Result<(), Stop> {
        let table = self.table(&mut m);
        let uuid_json = m.find("uuid", Form::Text);
        let name_json = m.find("uuid-name", Form::Id);
        let row = m.need("row", Form::Object);
        let ((id, table), row) = m.finish(table.zip(row))?;
        let Transaction { names, cx, escaped, .. } = self;
        let mut uuid = None;
        if let Some(json) = uuid_json {
            let given = Uuid::parse_bytes(Reader::new(json).string()?.as_bytes());
            let given = given.ok_or_else(|| Failure::syntax(json, "bad uuid"))?;
            if !self.overlay.may_insert(self.db, id, given) {
                let details = format!(
                    "This UUID would duplicate a UUID already present within the \"{}\" table or deleted from this \
                     table within the same transaction.",
                    table.name
                );
                return Err(Failure::at("duplicate uuid", json, details).into());
            }
            uuid = Some(given);
        }
        let (db, overlay) = (self.db, &self.overlay);
        // taken only where a program starts again with the same seed
        let mut fresh = || loop {
            let uuid = cx.ids.next();
            if overlay.may_insert(db, id, uuid) {
                return uuid;
            }
        };
        let uuid = match name_json {
            Some(json) => names.define(&Reader::new(json).string()?, uuid, fresh).ok_or_else(|| {
                let details = "This \"uuid-name\" appeared on an earlier \"insert\" operation.";
                Failure::at("duplicate uuid-name", json, details)
            })?,
            None => uuid.unwrap_or_else(&mut fresh),
        };
        if !overlay.may_insert(db, id, uuid) {
            return Err(Failure::new("duplicate uuid", format!("There is a row {uuid} already.")).into());
        }
        let mut named = |name: &str| names.refer(name, cx.ids);
        let mut scope = Scope { named: &mut named, escaped: *escaped };
        let values = clauses::row(row, table, &mut scope)?;
        let refused = self.db.table(id).map(|t| &*t.refused_defaults).unwrap_or_default();
        if let Some((_, error)) = refused.iter().find(|(c, _)| values.iter().all(|v| v.0 != *c)) {
            return Err(Failure::from(error.clone()).into());
        }
        let mut row = RowBuilder::default();
        row.set_uuid(ColumnId::UUID, uuid);
        row.set_uuid(ColumnId::VERSION, cx.ids.next());
        values
            .iter()
            .filter(|value| value.0 > ColumnId::VERSION)
            .for_each(|(column, value)| row.set(*column, value));
        self.overlay.put(self.db, table, (id, uuid), Some(row.build(table, None)));
        w.begin_object();
        w.key("uuid");
        write_atom(w, AtomView::Uuid(uuid), &|_| false);
        w.end_object();
        Ok(())
    }

    fn select(&mut self, mut m: Members<'_>, w: &mut Writer<'_>) -> Result<(), Stop> {
        let table = self.table(&mut m);
        let where_ = m.need("where", Form::Array);
        let columns = m.find("columns", Form::Array);
        let sort = m.find("sort", Form::Array);
        let ((id, table), where_) = m.finish(table.zip(where_))?;
        let where_ = self.read_where(table, where_)?;
        let columns = clauses::columns(columns, table)?;
        let sort = sort.map(|json| clauses::column_list(json, table)).transpose()?.unwrap_or_default();
        let found = query::find(self.db, &mut self.overlay, &mut self.cx.questions, id, &where_);
        let mut rows: Vec<Row> = found.into_iter().map(|(_, found)| found.to_row(table)).collect();
        if !columns.contains(ColumnId::UUID) {
            // before they are sorted: which of several rows that look alike is returned does not
            // depend on the order
            let mut seen = HashSet::new();
            let distinct: Vec<bool> =
                rows.iter().map(|row| seen.insert(projection(row, table, &columns))).collect();
            let mut distinct = distinct.into_iter();
            rows.retain(|_| distinct.next().unwrap_or(true));
        }
        // not in RFC 7047; rows that compare equal stay in the order of their UUIDs
        rows.sort_by(|a, b| compare_rows(a, b, table, &sort));
        w.begin_object();
        w.key("rows");
        w.begin_array();
        for row in &rows {
            w.begin_object();
            for column in columns.iter() {
                if let Some((schema, value)) = table.column(column).zip(row.read(table, column)) {
                    w.key(&schema.name);
                    write_view(w, value, &|_| false);
                }
            }
            w.end_object();
            self.check_reply(w)?;
        }
        w.end_array();
        w.end_object();
        Ok(())
    }

    fn update(&mut self, mut m: Members<'_>, json: &[u8], w: &mut Writer<'_>) -> Result<(), Stop> {
        let table = self.table(&mut m);
        let where_ = m.need("where", Form::Array);
        let row = m.need("row", Form::Object);
        let (((id, table), where_), row) = m.finish(table.zip(where_).zip(row))?;
        let Transaction { names, cx, escaped, .. } = self;
        let mut named = |name: &str| names.refer(name, cx.ids);
        let mut scope = Scope { named: &mut named, escaped: *escaped };
        let values = clauses::row(row, table, &mut scope)?;
        let column = |column| table.column(column);
        if let Some(fixed) = values.iter().filter_map(|(c, _)| column(*c)).find(|c| !c.mutable) {
            let details = format!("Cannot update immutable column {} in table {}.", fixed.name, table.name);
            return Err(Failure::at("constraint violation", json, details).into());
        }
        let values = pack(values);
        let places = self.find(id, table, where_, |row| {
            values.iter().any(|(column, value)| !row.holds(table, *column, value.view()))
        })?;
        for (place, differs) in &places {
            if *differs {
                self.overlay.set(self.db, table, *place, &values);
            }
        }
        write_count(w, places.len());
        Ok(())
    }

    fn mutate(&mut self, mut m: Members<'_>, w: &mut Writer<'_>) -> Result<(), Stop> {
        let table = self.table(&mut m);
        let where_ = m.need("where", Form::Array);
        let mutations = m.need("mutations", Form::Array);
        let (((id, table), where_), mutations) = m.finish(table.zip(where_).zip(mutations))?;
        let Transaction { names, cx, escaped, .. } = self;
        let mut named = |name: &str| names.refer(name, cx.ids);
        let mut scope = Scope { named: &mut named, escaped: *escaped };
        let mutations = clauses::mutations(mutations, table, &mut scope)?;
        let places = self.find(id, table, where_, |_| ())?;
        for (place, ()) in &places {
            self.overlay.edit(self.db, table, *place, |row| mutate(row, table, &mutations))?;
        }
        write_count(w, places.len());
        Ok(())
    }

    fn delete(&mut self, mut m: Members<'_>, w: &mut Writer<'_>) -> Result<(), Stop> {
        let table = self.table(&mut m);
        let where_ = m.need("where", Form::Array);
        let ((id, table), where_) = m.finish(table.zip(where_))?;
        let places = self.find(id, table, where_, |_| ())?;
        for (place, ()) in &places {
            self.overlay.put(self.db, table, *place, None);
        }
        write_count(w, places.len());
        Ok(())
    }

    fn wait(&mut self, mut m: Members<'_>, w: &mut Writer<'_>) -> Result<(), Stop> {
        let timeout_json = m.find("timeout", Form::Integer);
        let table = self.table(&mut m);
        let where_ = m.need("where", Form::Array);
        let columns = m.find("columns", Form::Array);
        let until = m.need("until", Form::Text);
        let rows = m.need("rows", Form::Array);
        let needed = table.zip(where_).zip(until).zip(rows);
        let ((((id, table), where_), until), rows) = m.finish(needed)?;
        let Transaction { names, cx, escaped, .. } = self;
        let mut named = |name: &str| names.refer(name, cx.ids);
        let mut scope = Scope { named: &mut named, escaped: *escaped };
        let where_ = Where::read(where_, table, &mut scope)?;
        let columns = clauses::columns(columns, table)?;
        let timeout = match timeout_json {
            None => None,
            Some(json) => {
                let ms = Reader::new(json).integer()?;
                Some(u64::try_from(ms).map_err(|_| Failure::syntax(json, "timeout must be nonnegative"))?)
            }
        };
        let equal = match &*Reader::new(until).string()? {
            "==" => true,
            "!=" => false,
            _ => return Err(Failure::syntax(until, "\"until\" must be \"==\" or \"!=\"").into()),
        };
        let mut expected = Vec::new();
        let mut r = Reader::new(rows);
        r.begin_array()?;
        while r.next_element()? {
            let values = clauses::row(r.skip()?, table, &mut scope)?;
            expected.push(pack(values));
        }
        let found = query::find(self.db, &mut self.overlay, &mut self.cx.questions, id, &where_);
        let found: Vec<Row> = found.into_iter().map(|(_, found)| found.to_row(table)).collect();
        if is_expected(&found, &expected, table, &columns) == equal {
            w.begin_object();
            w.end_object();
            return Ok(());
        }
        match (timeout, self.cx.elapsed_ms) {
            (Some(0), 0) => Err(Failure::new("timed out", "\"where\" clause test failed").into()),
            (Some(timeout), elapsed) if elapsed >= timeout => {
                let details = format!("\"wait\" timed out after {elapsed} ms");
                Err(Failure::new("timed out", details).into())
            }
            (until, _) => Err(Stop::Waiting(until)),
        }
    }

    fn commit(&mut self, mut m: Members<'_>, w: &mut Writer<'_>) -> Result<(), Stop> {
        let durable = m.need("durable", Form::Boolean);
        let durable = m.finish(durable)?;
        self.durable |= Reader::new(durable).boolean()?;
        w.begin_object();
        w.end_object();
        Ok(())
    }

    fn comment(&mut self, mut m: Members<'_>, w: &mut Writer<'_>) -> Result<(), Stop> {
        let text = m.need_text("comment", Form::Text);
        let mut text = m.finish(text)?;
        if self.escaped {
            // accepted, but the database file is text
            let sent = restore(text.as_bytes());
            text = String::from_utf8_lossy(&sent).into_owned().into();
        }
        match &mut self.comment {
            None => self.comment = Some(text.into_owned()),
            Some(comment) => {
                comment.push('\n');
                comment.push_str(&text);
            }
        }
        w.begin_object();
        w.end_object();
        Ok(())
    }

    fn assert(&mut self, mut m: Members<'_>, w: &mut Writer<'_>) -> Result<(), Stop> {
        let lock = m.need_text("lock", Form::Id);
        let lock = m.finish(lock)?;
        if !(self.cx.holds_lock)(&lock) {
            return Err(Failure::new("not owner", format!("Asserted lock {lock} not held.")).into());
        }
        w.begin_object();
        w.end_object();
        Ok(())
    }

    /// The places of the rows that meet the conditions, each with what `look` makes of the row.
    fn find<T>(
        &mut self,
        id: TableId,
        table: &TableSchema,
        where_: &[u8],
        look: impl Fn(Found<'_>) -> T,
    ) -> Result<Vec<(Place, T)>, Failure> {
        let where_ = self.read_where(table, where_)?;
        let found = query::find(self.db, &mut self.overlay, &mut self.cx.questions, id, &where_);
        Ok(found.into_iter().map(|(uuid, row)| ((id, uuid), look(row))).collect())
    }

    fn read_where(&mut self, table: &TableSchema, json: &[u8]) -> Result<Where, Failure> {
        let Transaction { names, cx, escaped, .. } = self;
        let mut named = |name: &str| names.refer(name, cx.ids);
        let mut scope = Scope { named: &mut named, escaped: *escaped };
        Where::read(json, table, &mut scope)
    }
}

fn write_count(w: &mut Writer<'_>, count: usize) {
    w.begin_object();
    w.key("count");
    w.integer(i64::try_from(count).unwrap_or(i64::MAX));
    w.end_object();
}

fn projection<'r>(row: &'r Row, table: &'r TableSchema, columns: &ColumnSet) -> Vec<DatumView<'r>> {
    columns.iter().filter_map(|column| row.read(table, column)).collect()
}

/// Values of some columns.
type Values = Vec<(ColumnId, Packed)>;

fn pack(values: Vec<(ColumnId, Datum)>) -> Values {
    values.iter().map(|(column, datum)| (*column, Packed::new(datum))).collect()
}

/// Whether the rows found are those expected, in any order, those that look alike counting as one.
fn is_expected(found: &[Row], expected: &[Values], table: &TableSchema, columns: &ColumnSet) -> bool {
    let expected: HashSet<Vec<DatumView<'_>>> = expected
        .iter()
        .map(|row| {
            let value = |column| {
                let given = row.iter().find(|value| value.0 == column).map(|value| value.1.view());
                given.or_else(|| table.column(column).map(|c| c.packed_default()))
            };
            columns.iter().filter_map(value).collect()
        })
        .collect();
    let found: HashSet<Vec<DatumView<'_>>> =
        found.iter().map(|row| projection(row, table, columns)).collect();
    found == expected
}

/// Changes a row. If that fails, the row is useless, and so is the transaction.
fn mutate(row: &mut Draft, table: &TableSchema, mutations: &[Mutation]) -> Result<(), Failure> {
    for mutation in mutations {
        let Some(schema) = table.column(mutation.column) else { continue };
        row.change(table, mutation.column, |now| {
            mutation.apply_to(now, &schema.type_).map_err(mutation_failure)
        })?;
    }
    Ok(())
}

fn mutation_failure(error: MutationError) -> Failure {
    match error {
        MutationError::DivisionByZero => Failure::new("domain error", "Division by zero."),
        MutationError::Range(mutator) => {
            Failure::new("range error", format!("Result of \"{mutator}\" operation is out of range."))
        }
        MutationError::Duplicates(mutator) => {
            Failure::constraint(format!("Result of \"{mutator}\" operation contains duplicates."))
        }
        MutationError::Constraint(error) => error.into(),
        MutationError::TypeMismatch(_) => Failure::new("syntax error", error.to_string()),
    }
}
