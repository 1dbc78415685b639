//! What does `backup` print: a database file with all rows, as they were at one moment?

use super::canonical;
use super::dump::rows_of;
use super::run::Session;
use super::schema;
use super::server::{Rows, Server};
use crate::ctl::error::{CtlError, ErrorKind};
use crate::ctl::exit::reason;
use ovsdb_proto::json::{JsonError, Kind, Reader, Writer};
use ovsdb_proto::schema::{DatabaseSchema, TableSchema};
use ovsdb_proto::value::Uuid;
use ovsdb_server::storage::log::frame;
use ovsdb_server::storage::long_record::LongRecord;
use ovsdb_server::storage::record::write_schema;
use std::io::IsTerminal;
use std::time::{SystemTime, UNIX_EPOCH};

/// What the record says of itself; scripts may look for it.
const COMMENT: &str = "produced by \"ovsdb-client backup\"";

/// `backup`: columns that may be lost when a server stops are left out, and so are versions of rows.
///
/// # Errors
/// stdout is a terminal, or takes no more; the server does not answer.
pub async fn backup(session: &mut Session<'_>, server: &mut Server, database: &str) -> Result<(), CtlError> {
    if std::io::stdout().is_terminal() {
        return Err(CtlError::usage("not writing backup to a terminal; please redirect stdout to a file"));
    }
    let (schema, _) = schema::fetch(session, server, database).await?;
    let options = session.options;
    let params = |w: &mut Writer<'_>| {
        w.string(database);
        schema.tables().iter().for_each(|table| select(w, table));
    };
    let mut backup = Backup::new(&schema);
    let take = |came: Rows<'_>| match came {
        Rows::Whole(result) => backup.all(result),
        Rows::Row(row) => backup.row(&mut Reader::new(row)),
        Rows::Result(result) => backup.result(result),
        Rows::End => backup.end(),
        Rows::Update(..) => Ok(()),
    };
    server.select(params, |error| options.json(&canonical::text(error)), take).await?;

    let mut record = Vec::new();
    let text = frame(&mut record, |out| write_schema(out, &schema));
    session.sink.write(text)?;
    backup.record.finish(&mut session.sink).map_err(|e| match e.kind() {
        std::io::ErrorKind::WriteZero => CtlError::new(ErrorKind::Io, "write to stdout failed"),
        _ => no_room(&e),
    })
}

fn no_room(error: &std::io::Error) -> CtlError {
    CtlError::new(ErrorKind::Io, format!("cannot write a temporary file ({})", reason(error)))
}

fn select(w: &mut Writer<'_>, table: &TableSchema) {
    w.begin_object();
    for (key, value) in [("op", "select"), ("table", &*table.name)] {
        w.key(key);
        w.string(value);
    }
    w.key("where");
    w.begin_array();
    w.end_array();
    w.key("columns");
    w.begin_array();
    let kept = table.columns().iter().filter(|column| !column.ephemeral && &*column.name != "_version");
    kept.for_each(|column| w.string(&column.name));
    w.end_array();
    w.end_object();
}

/// The record of a transaction that inserts all rows, of which those of one table come after the
/// other. Values go from the reply to the record as they are.
struct Backup<'a> {
    record: LongRecord,
    count: usize,
    /// The tables whose rows have not all come.
    left: std::slice::Iter<'a, TableSchema>,
    /// Whether the first of them had a row.
    begun: bool,
}

impl<'a> Backup<'a> {
    fn new(schema: &'a DatabaseSchema) -> Backup<'a> {
        let mut record = LongRecord::default();
        let mut w = Writer::new(record.buffer());
        w.begin_object();
        w.key("_date");
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        w.integer(i64::try_from(now.as_millis()).unwrap_or(i64::MAX));
        w.key("_is_diff");
        w.boolean(true);
        w.key("_comment");
        w.string(COMMENT);
        let tables = schema.tables();
        Backup { record, count: tables.len(), left: tables.iter(), begun: false }
    }

    /// Writes the rows of a whole reply.
    fn all(&mut self, result: &[u8]) -> Result<(), CtlError> {
        let not_array = || self.not_array(&format!(": {}", canonical::text(result)));
        let mut results = Vec::new();
        let mut r = Reader::new(result);
        r.begin_array().map_err(|_| not_array())?;
        while r.next_element().map_err(|_| not_array())? {
            results.push(r.skip().map_err(|_| not_array())?);
        }
        if results.len() != self.count {
            return Err(not_array());
        }
        results.into_iter().try_for_each(|result| self.result(result))?;
        self.end()
    }

    /// Writes the result for the next table, with rows that did not come by themselves.
    fn result(&mut self, result: &[u8]) -> Result<(), CtlError> {
        let table = self.table()?;
        let name = &table.name;
        let Some(mut rows) = rows_of(result) else {
            let text = canonical::text(result);
            return Err(wrong(format!(
                "{name} table reply is not an object with a \"rows\" member array: {text}"
            )));
        };
        let broken = |e: JsonError| wrong(format!("{name} table reply cannot be read: {e}"));
        rows.begin_array().map_err(broken)?;
        while rows.next_element().map_err(broken)? {
            self.row(&mut rows)?;
        }
        if std::mem::take(&mut self.begun) {
            self.record.buffer().push(b'}');
        }
        self.left.next();
        Ok(())
    }

    /// Writes a row of the next table.
    fn row(&mut self, r: &mut Reader<'_>) -> Result<(), CtlError> {
        let table = self.table()?;
        let name = &table.name;
        let broken = |e: JsonError| wrong(format!("{name} table reply cannot be read: {e}"));
        if r.peek().map_err(broken)? != Kind::Object {
            let row = canonical::text(r.skip().map_err(broken)?);
            return Err(wrong(format!("{name} table reply row is not an object: {row}")));
        }
        let row = r.clone();
        let mut uuid = None;
        let mut members = Vec::new();
        r.begin_object().map_err(broken)?;
        while let Some(column) = r.next_key().map_err(broken)? {
            let value = r.skip().map_err(broken)?;
            if column == "_uuid" {
                // `["uuid", "..."]`
                let text = String::from_utf8_lossy(value);
                uuid = text.split('"').find_map(|part| part.parse::<Uuid>().ok());
            } else {
                members.push((column, value));
            }
        }
        let uuid = uuid.ok_or_else(|| {
            let row = canonical::text(row.clone().skip().unwrap_or_default());
            wrong(format!("{name} table reply row lacks _uuid member: {row}"))
        })?;
        let out = self.record.buffer();
        out.push(b',');
        if !std::mem::replace(&mut self.begun, true) {
            Writer::new(out).string(name);
            out.extend_from_slice(b":{");
        }
        Writer::new(out).string(uuid.encode(&mut [0; 36]));
        out.push(b':');
        let mut w = Writer::new(out);
        w.begin_object();
        for (column, value) in &members {
            w.key(column);
            w.raw(value);
        }
        w.end_object();
        self.record.relieve().map_err(|e| no_room(&e))
    }

    fn end(&mut self) -> Result<(), CtlError> {
        if self.left.len() > 0 {
            return Err(self.not_array(""));
        }
        self.record.buffer().push(b'}');
        Ok(())
    }

    fn table(&self) -> Result<&'a TableSchema, CtlError> {
        self.left.as_slice().first().ok_or_else(|| self.not_array(""))
    }

    fn not_array(&self, text: &str) -> CtlError {
        wrong(format!("reply is not array of {} elements{text}", self.count))
    }
}

fn wrong(text: String) -> CtlError {
    CtlError::new(ErrorKind::Transaction, text)
}
