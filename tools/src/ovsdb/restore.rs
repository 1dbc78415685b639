//! How does `restore` put the contents of a database file in place of what a server has?

use super::canonical;
use super::run::Session;
use super::schema;
use super::server::Server;
use super::wait::refused;
use crate::ctl::error::{CtlError, ErrorKind};
use crate::ctl::exit::reason;
use crate::ctl::vlog::Level;
use ovsdb_proto::json::Writer;
use ovsdb_proto::schema::{DatabaseSchema, TableId};
use ovsdb_proto::value::{Uuid, row_name, write_view};
use ovsdb_server::engine::Row;
use ovsdb_server::storage::contents::{Contents, Strangers};
use ovsdb_server::storage::log::{Magic, Next, Reader, RecordProblem};
use std::collections::HashSet;
use std::io::{BufReader, IsTerminal, Read, Seek};
use std::sync::Arc;

/// Rows with their tables, sorted by these.
type Rows = Vec<(TableId, Row)>;

/// What messages call the file.
const STDIN: &str = "/dev/stdin";

/// `restore`: reads a database file from stdin, and makes its rows those of the database, in one transaction.
///
/// # Errors
/// stdin is a terminal, or no database file; the schemas differ and `--force` does not say to look over that; the server refuses a row.
pub async fn restore(session: &mut Session<'_>, server: &mut Server, database: &str) -> Result<(), CtlError> {
    if std::io::stdin().is_terminal() {
        return Err(CtlError::usage("not reading backup from a terminal; please redirect stdin from a file"));
    }
    let (schema, rows) = read()?;
    let (online, _) = schema::fetch(session, server, database).await?;
    if *schema != online {
        let differ = if schema.version == online.version {
            format!("backup schema and database schema are both version {} but still differ", schema.version)
        } else {
            format!(
                "backup schema has version \"{}\" but database schema has version \"{}\"",
                schema.version, online.version
            )
        };
        if !session.options.force {
            let text = format!(
                "{differ} (use --force to override differences, or \"ovsdb-client convert\" to change the schema)"
            );
            return Err(CtlError::usage(text));
        }
        session.log(Level::Info, &differ);
    }
    let options = session.options;
    let check = |result: &[u8]| match refused(result) {
        None => Ok(()),
        Some(text) => Err(CtlError::new(ErrorKind::Transaction, text)),
    };
    let params = |w: &mut Writer<'_>| write_operations(w, &schema, &rows);
    server.ask("transact", params, |error| options.json(&canonical::text(error)), check).await
}

/// The schema and the rows in the file.
fn read() -> Result<(Arc<DatabaseSchema>, Rows), CtlError> {
    let io = |what: &str, e: &std::io::Error| {
        CtlError::new(ErrorKind::Io, format!("I/O error: {STDIN}: {what} failed ({})", reason(e)))
    };
    let wrong = |text: String| CtlError::new(ErrorKind::Io, format!("ovsdb error: {STDIN}: {text}"));
    let (input, size) = open().map_err(|e| io("read", &e))?;
    let mut reader = Reader::new(BufReader::new(input), size);
    let schema = match reader.read().map_err(|e| io("read", &e))? {
        Next::Record(Magic::Json, json) => {
            let text = String::from_utf8_lossy(json);
            Arc::new(DatabaseSchema::parse(&text).map_err(|e| wrong(e.to_string()))?)
        }
        Next::Record(Magic::Cluster, _) => {
            let text =
                "a member of a cluster, of which `ovsdb-tool cluster-to-standalone` makes a database file";
            return Err(wrong(text.to_owned()));
        }
        Next::End => return Err(wrong("cannot identify file type".to_owned())),
        Next::Bad(RecordProblem::Header { .. } | RecordProblem::Short { want: 0, .. }) => {
            return Err(wrong("unexpected file format".to_owned()));
        }
        Next::Bad(problem) => return Err(bad(problem, size)),
    };
    let mut contents = Contents::new(Arc::clone(&schema), Strangers::Refuse);
    loop {
        match reader.read().map_err(|e| io("read", &e))? {
            Next::Record(_, json) => contents.replay(json).map_err(|e| wrong(e.to_string()))?,
            Next::End => break,
            // Half of a backup in place of a whole database would be worse than none.
            Next::Bad(problem) => return Err(bad(problem, size)),
        }
    }
    Ok((schema, contents.into_rows().map_err(|e| wrong(e.to_string()))?))
}

fn bad(problem: RecordProblem, size: u64) -> CtlError {
    let text = match problem {
        RecordProblem::Short { have, want, .. } if want > 0 => {
            let offset = size.saturating_sub(have);
            format!(
                "I/O error: {STDIN}: error reading {want} bytes starting at offset {offset} (End of file)"
            )
        }
        problem => format!("syntax error: {STDIN}: {problem}"),
    };
    CtlError::new(ErrorKind::Io, text)
}

/// stdin and its size; of a pipe, which does not say, all that comes.
fn open() -> std::io::Result<(Box<dyn Read>, u64)> {
    let mut file = std::fs::File::open(STDIN)?;
    let kind = file.metadata()?;
    if kind.is_file() {
        let at = file.stream_position()?;
        return Ok((Box::new(file), kind.len().saturating_sub(at)));
    }
    let mut all = Vec::new();
    file.read_to_end(&mut all)?;
    let size = all.len() as u64;
    Ok((Box::new(std::io::Cursor::new(all)), size))
}

/// All rows go, and those of the file come: known by their old identities within the transaction, since the server gives new ones.
fn write_operations(w: &mut Writer<'_>, schema: &DatabaseSchema, rows: &[(TableId, Row)]) {
    let known: HashSet<Uuid> = rows.iter().map(|(_, row)| row.uuid()).collect();
    w.string(&schema.name);
    let mut rest = rows.iter().peekable();
    for (id, table) in (0..).map(TableId).zip(schema.tables()) {
        w.begin_object();
        for (key, value) in [("op", "delete"), ("table", &*table.name)] {
            w.key(key);
            w.string(value);
        }
        w.key("where");
        w.raw(b"[]");
        w.end_object();
        while let Some((_, row)) = rest.next_if(|(table, _)| *table == id) {
            w.begin_object();
            for (key, value) in
                [("op", "insert"), ("table", &*table.name), ("uuid-name", &row_name(row.uuid()))]
            {
                w.key(key);
                w.string(value);
            }
            w.key("row");
            w.begin_object();
            for (column, value) in row.cells() {
                let Some(column) = table.column(column).filter(|column| !column.ephemeral) else { continue };
                let type_ = &column.type_;
                let refers = type_.key.reference.is_some()
                    || type_.value.as_ref().is_some_and(|v| v.reference.is_some());
                w.key(&column.name);
                write_view(w, value, &|uuid| refers && known.contains(&uuid));
            }
            w.end_object();
            w.end_object();
        }
    }
}
