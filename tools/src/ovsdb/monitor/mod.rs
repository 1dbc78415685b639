//! How do the three kinds of `monitor` run until something ends them?

pub mod columns;
pub mod print;

use super::canonical;
use super::command::Run;
use super::open::receive_failed;
use super::run::Session;
use super::schema;
use super::server::{Came, Rows, Server};
use super::transact::{be_change_aware, check_json};
use crate::ctl::error::{CtlError, ErrorKind};
use columns::Watched;
use ovsdb_proto::json::{Reader, Writer};
use ovsdb_proto::op::{Clause, OpReadError};
use ovsdb_proto::rpc::{Awaited, Message, id_number};
use ovsdb_proto::schema::{DatabaseSchema, TableSchema};
use ovsdb_proto::value::{DatumError, Uuid};
use print::Shape;

/// What stands for every table.
const ALL: &str = "ALL";

/// What the words of the command ask for.
struct Asked<'a> {
    /// The transaction from which to go on.
    since: Uuid,
    condition: Option<&'a str>,
    table: &'a str,
    columns: &'a [String],
}

/// What came, once it is taken apart.
enum Received {
    Printed,
    Canceled,
}

/// `monitor`, `monitor-cond` or `monitor-cond-since`: prints rows and their changes until the connection or stdout is closed.
///
/// # Errors
/// A table or column is not there, or a condition is none; the connection ends; stdout takes no more.
pub async fn monitor(
    session: &mut Session<'_>,
    server: &mut Server,
    database: &str,
    (run, words): (Run, &[String]),
) -> Result<(), CtlError> {
    let (schema, _) = schema::fetch(session, server, database).await?;
    let asked = Asked::of(run, words)?;
    if let Some(condition) = asked.condition {
        check_condition(&schema, &asked, database, condition)?;
    }
    let watched = watch(&schema, &asked, database, server.name())?;
    be_change_aware(session, server).await?;

    let (method, shape) = match run {
        Run::MonitorCond => ("monitor_cond", Shape::Changes),
        Run::MonitorCondSince => ("monitor_cond_since", Shape::Since),
        _ => ("monitor", Shape::OldAndNew),
    };
    let request = server.send(method, |w| {
        w.string(database);
        w.null();
        w.begin_object();
        watched.iter().for_each(|watched| watched.write(w, asked.condition));
        w.end_object();
        if shape == Shape::Since {
            w.string(&asked.since.to_string());
        }
    });
    let titled = asked.table == ALL && watched.len() > 1;
    let mut long = print::LongReply::default();
    loop {
        let printing = print::Printing {
            watched: &watched,
            titled,
            unseparated: !session.called.is_own_name(),
            timestamp: session.options.timestamp,
        };
        let Session { printer, sink, options, .. } = &mut *session;
        let came = server.receive_by_rows(Awaited::Updates(request), |came| match came {
            Came::Rows(Rows::Update(table, row, update)) => {
                printing.long_row(&mut long, (printer, sink), shape, (table, row, update)).err().map(Err)
            }
            Came::Rows(Rows::Result(element)) => {
                printing.long_element(&mut long, sink, element).err().map(Err)
            }
            Came::Rows(Rows::End) => {
                Some(printing.long_end(&mut long, printer, sink, shape).map(|()| Received::Printed))
            }
            Came::Rows(Rows::Row(_) | Rows::Whole(_)) => None,
            Came::Message(Message::Reply { id, result, error: None }) if id_number(id) == Some(request) => {
                Some(printing.reply(printer, sink, shape, result).map(|()| Received::Printed))
            }
            Came::Message(Message::Reply { id, error: Some(error), .. })
                if id_number(id) == Some(request) =>
            {
                let text = format!("transaction returned error: {}", options.json(&canonical::text(error)));
                Some(Err(CtlError::new(ErrorKind::Transaction, text)))
            }
            Came::Message(Message::Notification { method, .. }) if method == "monitor_canceled" => {
                Some(Ok(Received::Canceled))
            }
            Came::Message(Message::Notification { method, params }) => printing
                .notification(printer, sink, shape, &method, params)
                .map(|done| done.map(|()| Received::Printed)),
            Came::Message(_) => None,
        });
        match came.await.map_err(|e| receive_failed(server, &e))?? {
            Received::Printed => session.sink.flush()?,
            Received::Canceled => {
                let text = format!("{}: {database} database was removed", server.name());
                return Err(CtlError::new(ErrorKind::Connection, text));
            }
        }
        if session.sink.is_closed() {
            return Ok(());
        }
    }
}

impl<'a> Asked<'a> {
    fn of(run: Run, words: &'a [String]) -> Result<Asked<'a>, CtlError> {
        let name = match run {
            Run::MonitorCond => "monitor-cond",
            Run::MonitorCondSince => "monitor-cond-since",
            _ => "monitor",
        };
        let invalid = || CtlError::usage(format!("invalid syntax for '{name}' (use --help for help)"));
        let mut words = words;
        let mut since = Uuid::NIL;
        if run == Run::MonitorCondSince
            && let Some((first, rest)) = words.split_first()
            && let Ok(uuid) = first.parse()
        {
            (since, words) = (uuid, rest);
        }
        let mut condition = None;
        if run != Run::Monitor {
            let (first, rest) = words.split_first().ok_or_else(invalid)?;
            (condition, words) = (Some(first.as_str()), rest);
        }
        let (table, columns) = words.split_first().ok_or_else(invalid)?;
        Ok(Asked { since, condition, table, columns })
    }
}

fn find<'s>(schema: &'s DatabaseSchema, table: &str) -> Option<&'s TableSchema> {
    schema.table_id(table).and_then(|id| schema.table(id))
}

/// Each element must be a condition on a column of the table, or a boolean; the server would say the same, but less clearly.
fn check_condition(
    schema: &DatabaseSchema,
    asked: &Asked<'_>,
    database: &str,
    condition: &str,
) -> Result<(), CtlError> {
    let table = find(schema, asked.table).ok_or_else(|| {
        CtlError::usage(format!("{database} does not have a table named \"{}\"", asked.table))
    })?;
    check_json(condition)?;
    let mut r = Reader::from_text(condition);
    let wrong = |what: &dyn std::fmt::Display| CtlError::usage(format!("syntax \"{condition}\": {what}"));
    r.begin_array().map_err(|e| wrong(&e))?;
    while r.next_element().map_err(|e| wrong(&e))? {
        let element = r.skip().map_err(|e| wrong(&e))?;
        Clause::read(&mut Reader::new(element), table).map_err(|e| refused(element, table, &e))?;
    }
    Ok(())
}

/// What is wrong with an element of a condition, in the words of Open vSwitch.
fn refused(element: &[u8], table: &TableSchema, error: &OpReadError) -> CtlError {
    let text = canonical::text(element);
    let parts = (|| {
        let mut r = Reader::new(element);
        r.begin_array().ok()?;
        let mut parts = Vec::new();
        while r.next_element().ok()? {
            parts.push(canonical::text(r.skip().ok()?));
        }
        Some(parts)
    })();
    let parts = parts.unwrap_or_default();
    let part = |index: usize| parts.get(index).map_or("", |text| text.trim_matches('"'));
    let value = parts.get(2).map_or("", String::as_str);
    CtlError::usage(match error {
        OpReadError::Column { .. } => {
            format!("syntax \"{text}\": unknown column: No column {} in table {}.", part(0), table.name)
        }
        OpReadError::Function { .. } => format!("unknown function: No function named {}.", part(1)),
        OpReadError::TypeMismatch { .. } => {
            let type_ = table.column_id(part(0)).and_then(|id| table.column(id)).map(|c| c.type_.key.atom);
            let type_ = type_.map_or("", |t| t.name());
            format!(
                "syntax \"{text}\": syntax error: Type mismatch: \"{}\" operator may not be applied to column {} of type {type_}.",
                part(1),
                part(0)
            )
        }
        OpReadError::Datum(DatumError::Type { expected, .. }) => {
            format!("syntax \"{value}\": syntax error: expected {expected}")
        }
        OpReadError::Form { .. } | OpReadError::Json(_) => {
            format!("syntax \"{text}\": syntax error: Parse error in condition.")
        }
        error => format!("syntax \"{text}\": syntax error: {error}"),
    })
}

fn watch<'s>(
    schema: &'s DatabaseSchema,
    asked: &Asked<'_>,
    database: &str,
    server: &str,
) -> Result<Vec<Watched<'s>>, CtlError> {
    let of = |table| Watched::new(table, asked.columns, database, server);
    if asked.table == ALL && asked.condition.is_none() {
        return schema.tables().iter().map(of).collect();
    }
    let table = find(schema, asked.table).ok_or_else(|| {
        CtlError::usage(format!("{server}: {database} does not have a table named \"{}\"", asked.table))
    })?;
    Ok(vec![of(table)?])
}

impl Watched<'_> {
    fn write(&self, w: &mut Writer<'_>, condition: Option<&str>) {
        w.key(&self.table.name);
        w.begin_array();
        for (index, request) in self.requests.iter().enumerate() {
            request.write(w, self, condition.filter(|_| index == 0));
        }
        w.end_array();
    }
}
