//! What does `backup` print: a database file with all rows, as they were at one moment?

use super::canonical;
use super::dump::rows_of;
use super::run::Session;
use super::schema;
use super::server::Server;
use crate::ctl::error::{CtlError, ErrorKind};
use ovsdb_proto::json::{JsonError, Kind, Reader, Writer};
use ovsdb_proto::schema::{DatabaseSchema, TableSchema};
use ovsdb_proto::value::Uuid;
use ovsdb_server::storage::log::frame;
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
    let sink = &mut session.sink;
    let print = |result: &[u8]| {
        let mut record = Vec::new();
        let text = frame(&mut record, |out| write_schema(out, &schema));
        sink.buffer().extend_from_slice(text);
        sink.flush()?;
        let mut written = Ok(());
        let text = frame(&mut record, |out| {
            out.reserve(result.len());
            written = write_rows(out, &schema, result);
        });
        written?;
        sink.write(text)
    };
    server.ask("transact", params, |error| options.json(&canonical::text(error)), print).await
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

/// The record of a transaction that inserts all rows. Values go from the reply to the record as they are.
fn write_rows(out: &mut Vec<u8>, schema: &DatabaseSchema, result: &[u8]) -> Result<(), CtlError> {
    let wrong = |text: String| CtlError::new(ErrorKind::Transaction, text);
    let tables = schema.tables();
    let not_array =
        || wrong(format!("reply is not array of {} elements: {}", tables.len(), canonical::text(result)));
    let mut w = Writer::new(out);
    w.begin_object();
    w.key("_date");
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    w.integer(i64::try_from(now.as_millis()).unwrap_or(i64::MAX));
    w.key("_is_diff");
    w.boolean(true);
    w.key("_comment");
    w.string(COMMENT);
    let mut r = Reader::new(result);
    r.begin_array().map_err(|_| not_array())?;
    for table in tables {
        if !r.next_element().map_err(|_| not_array())? {
            return Err(not_array());
        }
        let raw = r.skip().map_err(|_| not_array())?;
        let name = &table.name;
        let Some(mut rows) = rows_of(raw) else {
            let text = canonical::text(raw);
            return Err(wrong(format!(
                "{name} table reply is not an object with a \"rows\" member array: {text}"
            )));
        };
        write_table(&mut w, name, &mut rows).map_err(|fault| match fault {
            Fault::Json(e) => wrong(format!("{name} table reply cannot be read: {e}")),
            Fault::NotObject(row) => wrong(format!("{name} table reply row is not an object: {row}")),
            Fault::Nameless(row) => wrong(format!("{name} table reply row lacks _uuid member: {row}")),
        })?;
    }
    if r.next_element().map_err(|_| not_array())? {
        return Err(not_array());
    }
    w.end_object();
    Ok(())
}

/// Why a row cannot be written; the rows as JSON.
enum Fault {
    Json(JsonError),
    NotObject(String),
    Nameless(String),
}

impl From<JsonError> for Fault {
    fn from(error: JsonError) -> Fault {
        Fault::Json(error)
    }
}

fn write_table(w: &mut Writer<'_>, name: &str, rows: &mut Reader<'_>) -> Result<(), Fault> {
    let mut members = Vec::new();
    let mut begun = false;
    rows.begin_array()?;
    while rows.next_element()? {
        if rows.peek()? != Kind::Object {
            return Err(Fault::NotObject(canonical::text(rows.skip()?)));
        }
        let row = rows.clone();
        let mut uuid = None;
        members.clear();
        rows.begin_object()?;
        while let Some(column) = rows.next_key()? {
            let value = rows.skip()?;
            if column == "_uuid" {
                // `["uuid", "..."]`
                let text = String::from_utf8_lossy(value);
                uuid = text.split('"').find_map(|part| part.parse::<Uuid>().ok());
            } else {
                members.push((column, value));
            }
        }
        let uuid =
            uuid.ok_or_else(|| Fault::Nameless(canonical::text(row.clone().skip().unwrap_or_default())))?;
        if !begun {
            w.key(name);
            w.begin_object();
            begun = true;
        }
        w.key(uuid.encode(&mut [0; 36]));
        w.begin_object();
        for (column, value) in &members {
            w.key(column);
            w.raw(value);
        }
        w.end_object();
    }
    if begun {
        w.end_object();
    }
    Ok(())
}
