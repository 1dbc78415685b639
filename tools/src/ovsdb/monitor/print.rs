//! How does an update become tables?

use super::columns::Watched;
use crate::ctl::error::{CtlError, ErrorKind};
use crate::ctl::table::{Format, Head, Style, TablePrinter, Widths};
use crate::ctl::vlog::format_utc;
use crate::ovsdb::cells;
use crate::ovsdb::sink::Sink;
use ovsdb_proto::json::{JsonError, JsonErrorKind, Reader};
use std::borrow::Cow;
use std::time::SystemTime;

const TIME_FORMAT: &str = "%Y-%m-%d %H:%M:%S.###";

/// What the rows of an update look like, by the method that asked for them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// `monitor`: the old and the new contents (RFC 7047 section 4.1.6).
    OldAndNew,
    /// `monitor_cond`: what changed (ovsdb-server(7) section 4.1.14).
    Changes,
    /// `monitor_cond_since`: the same, with the transaction that it leads to.
    Since,
}

/// What to print of the next message.
#[derive(Debug)]
pub struct Printing<'a> {
    /// The tables, in the order in which they are printed.
    pub watched: &'a [Watched<'a>],
    /// Whether the name of each table stands above it.
    pub titled: bool,
    /// Whether the id of a transaction may run into a table that begins without an empty line, as with `ovsdb-client`.
    pub unseparated: bool,
    /// Whether each table is printed with the time of day.
    pub timestamp: bool,
}

/// What a row's columns are.
#[derive(Clone, Copy)]
enum Action {
    Initial,
    Insert,
    Modify,
    Delete,
    Old,
    New,
}

impl Action {
    fn name(self) -> &'static str {
        match self {
            Action::Initial => "initial",
            Action::Insert => "insert",
            Action::Modify => "modify",
            Action::Delete => "delete",
            Action::Old => "old",
            Action::New => "new",
        }
    }
}

/// How many bytes of the rows of a table are looked at for the widths of its columns, if the reply
/// is long.
const WIDTHS_BYTES_MAX: usize = 16 << 20;

/// A reply on its way to stdout that is too long to be held: tables are printed in the order in
/// which they come.
#[derive(Debug, Default)]
pub struct LongReply {
    /// What comes before the tables.
    elements: Vec<Vec<u8>>,
    /// The name of the table that is being printed, as JSON.
    table: Vec<u8>,
    /// Its rows that are not printed, the members of an object.
    held: Vec<u8>,
    /// Its first line was printed, and so the widths of its columns are settled.
    begun: bool,
    /// When that was.
    time: Option<String>,
}

/// What takes the cells of one row after the other.
type Each<'f> = &'f mut dyn FnMut(&[String]) -> Result<(), CtlError>;

impl Printing<'_> {
    /// Prints the reply to the request, with all rows that there are.
    ///
    /// # Errors
    /// It is not what it should be; stdout takes no more.
    pub fn reply(
        &self,
        printer: &mut TablePrinter,
        sink: &mut Sink,
        shape: Shape,
        result: &[u8],
    ) -> Result<(), CtlError> {
        let mut r = Reader::new(result);
        if shape == Shape::Since {
            let (found, last_id) = (|| {
                r.begin_array()?;
                element(&mut r)?;
                let found = r.boolean()?;
                element(&mut r)?;
                let last_id = r.string()?;
                element(&mut r)?;
                Ok((found, last_id))
            })()
            .map_err(broken)?;
            sink.buffer().extend_from_slice(format!("found: {found}, last_id: {last_id}\n").as_bytes());
        }
        self.updates(printer, sink, (shape, true), &mut r)
    }

    /// Prints a notification; nothing if it is none of ours.
    pub fn notification(
        &self,
        printer: &mut TablePrinter,
        sink: &mut Sink,
        shape: Shape,
        method: &str,
        params: &[u8],
    ) -> Option<Result<(), CtlError>> {
        let found = match method {
            "update" => Shape::OldAndNew,
            "update2" if shape == Shape::Changes => Shape::Changes,
            "update3" if shape == Shape::Since => Shape::Since,
            _ => return None,
        };
        let mut r = Reader::new(params);
        r.begin_array().ok()?;
        element(&mut r).ok()?;
        // the monitor has no other name
        r.null().ok()?;
        element(&mut r).ok()?;
        if found == Shape::Since {
            let last_id = r.string().ok()?;
            sink.buffer().extend_from_slice(format!("\nlast_id: {last_id}").as_bytes());
            let separates = matches!(printer.style().format, Format::List | Format::Table | Format::Csv);
            if !separates && !self.unseparated {
                sink.buffer().push(b'\n');
            }
            element(&mut r).ok()?;
        }
        Some(self.updates(printer, sink, (found, false), &mut r))
    }

    /// Prints a row of a long reply: its table and its UUID, both JSON strings, and what is said
    /// of it.
    ///
    /// # Errors
    /// It is not what it should be; stdout takes no more.
    pub fn long_row(
        &self,
        long: &mut LongReply,
        (printer, sink): (&mut TablePrinter, &mut Sink),
        shape: Shape,
        (table, row, update): (&[u8], &[u8], &[u8]),
    ) -> Result<(), CtlError> {
        if long.table != table {
            self.long_table_end(long, printer, sink, shape)?;
            long.table = table.to_vec();
        }
        if !long.held.is_empty() {
            long.held.push(b',');
        }
        long.held.extend_from_slice(row);
        long.held.push(b':');
        long.held.extend_from_slice(update);
        let enough = if printer.style().format == Format::Table { WIDTHS_BYTES_MAX } else { 0 };
        if long.begun || long.held.len() >= enough {
            self.long_rows(long, printer, sink, shape)?;
        }
        Ok(())
    }

    /// Reads what precedes the tables of a long reply to `monitor_cond_since`, one element after
    /// the other.
    ///
    /// # Errors
    /// It is not what it should be.
    pub fn long_element(
        &self,
        long: &mut LongReply,
        sink: &mut Sink,
        element: &[u8],
    ) -> Result<(), CtlError> {
        long.elements.push(element.to_vec());
        if let [found, last_id] = long.elements.as_slice() {
            let found = Reader::new(found).boolean().map_err(broken)?;
            let last_id = Reader::new(last_id).string().map_err(broken)?;
            sink.buffer().extend_from_slice(format!("found: {found}, last_id: {last_id}\n").as_bytes());
        }
        Ok(())
    }

    /// Finishes a long reply.
    ///
    /// # Errors
    /// As [`Printing::long_row`].
    pub fn long_end(
        &self,
        long: &mut LongReply,
        printer: &mut TablePrinter,
        sink: &mut Sink,
        shape: Shape,
    ) -> Result<(), CtlError> {
        self.long_table_end(long, printer, sink, shape)?;
        *long = LongReply::default();
        Ok(())
    }

    fn long_table_end(
        &self,
        long: &mut LongReply,
        printer: &mut TablePrinter,
        sink: &mut Sink,
        shape: Shape,
    ) -> Result<(), CtlError> {
        if !long.held.is_empty() {
            self.long_rows(long, printer, sink, shape)?;
        }
        if std::mem::take(&mut long.begun)
            && let Some(watched) = self.find(&long.table)
        {
            let headings = watched.headings();
            printer.end(&self.head(watched, &headings, long.time.as_deref()), sink.buffer());
        }
        sink.relieve()
    }

    /// Prints the rows that are held.
    fn long_rows(
        &self,
        long: &mut LongReply,
        printer: &mut TablePrinter,
        sink: &mut Sink,
        shape: Shape,
    ) -> Result<(), CtlError> {
        let mut rows = std::mem::take(&mut long.held);
        let Some(watched) = self.find(&long.table) else { return Ok(()) };
        rows.insert(0, b'{');
        rows.push(b'}');
        let rows = Reader::new(&rows);
        let headings = watched.headings();
        let kind = (shape, true);
        if !std::mem::replace(&mut long.begun, true) {
            long.time = self.now();
            self.begin(
                printer,
                sink,
                kind,
                (watched, &self.head(watched, &headings, long.time.as_deref())),
                &rows,
            )?;
        }
        let head = self.head(watched, &headings, long.time.as_deref());
        let style = *printer.style();
        walk(&rows, kind, watched, &style, &mut |cells| {
            printer.row(&head, cells, sink.buffer());
            sink.relieve()
        })
    }

    fn find(&self, table: &[u8]) -> Option<&Watched<'_>> {
        let name = Reader::new(table).string().ok()?;
        self.watched.iter().find(|watched| *watched.table.name == *name)
    }

    fn head<'h>(&self, watched: &'h Watched<'_>, headings: &'h [String], time: Option<&'h str>) -> Head<'h> {
        Head { time, caption: self.titled.then_some(&*watched.table.name), headings }
    }

    fn now(&self) -> Option<String> {
        self.timestamp.then(|| format_utc(SystemTime::now(), TIME_FORMAT))
    }

    fn updates(
        &self,
        printer: &mut TablePrinter,
        sink: &mut Sink,
        kind: (Shape, bool),
        r: &mut Reader<'_>,
    ) -> Result<(), CtlError> {
        let mut tables: Vec<(Cow<'_, str>, Reader<'_>)> = Vec::new();
        r.begin_object().map_err(broken)?;
        while let Some(name) = r.next_key().map_err(broken)? {
            tables.push((name, r.clone()));
            r.skip().map_err(broken)?;
        }
        for watched in self.watched {
            if let Some((_, rows)) = tables.iter().find(|(name, _)| *name == *watched.table.name) {
                self.table(printer, sink, kind, watched, rows)?;
            }
        }
        Ok(())
    }

    fn table(
        &self,
        printer: &mut TablePrinter,
        sink: &mut Sink,
        kind: (Shape, bool),
        watched: &Watched<'_>,
        rows: &Reader<'_>,
    ) -> Result<(), CtlError> {
        let (headings, time) = (watched.headings(), self.now());
        let head = self.head(watched, &headings, time.as_deref());
        let style = *printer.style();
        self.begin(printer, sink, kind, (watched, &head), rows)?;
        walk(rows, kind, watched, &style, &mut |cells| {
            printer.row(&head, cells, sink.buffer());
            sink.relieve()
        })?;
        printer.end(&head, sink.buffer());
        sink.relieve()
    }

    /// Begins a table whose columns are as wide as these rows need.
    fn begin(
        &self,
        printer: &mut TablePrinter,
        sink: &mut Sink,
        kind: (Shape, bool),
        (watched, head): (&Watched<'_>, &Head<'_>),
        rows: &Reader<'_>,
    ) -> Result<(), CtlError> {
        let style = *printer.style();
        let mut widths = Widths::of(head.headings, &style);
        if style.format == Format::Table {
            walk(rows, kind, watched, &style, &mut |cells| {
                widths.widen(cells, &style);
                Ok(())
            })?;
        }
        printer.begin(head, widths, sink.buffer());
        Ok(())
    }
}

impl Watched<'_> {
    fn headings(&self) -> Vec<String> {
        let columns = self.columns.iter().map(|column| &*column.name);
        ["row", "action"].into_iter().chain(columns).map(str::to_owned).collect()
    }
}

/// Hands the cells of each row over, in the order in which the rows came.
fn walk(
    rows: &Reader<'_>,
    (shape, initial): (Shape, bool),
    watched: &Watched<'_>,
    style: &Style,
    each: Each<'_>,
) -> Result<(), CtlError> {
    let mut r = rows.clone();
    let mut cells = vec![String::new(); watched.columns.len() + 2];
    let mut row = |uuid: &str, action: Action, columns: Option<&mut Reader<'_>>| {
        fill(&mut cells, (uuid, action), columns, watched, style).map_err(broken)?;
        each(&cells)
    };
    r.begin_object().map_err(broken)?;
    while let Some(uuid) = r.next_key().map_err(broken)? {
        let mut members: Vec<(Cow<'_, str>, Reader<'_>)> = Vec::new();
        r.begin_object().map_err(broken)?;
        while let Some(name) = r.next_key().map_err(broken)? {
            members.push((name, r.clone()));
            r.skip().map_err(broken)?;
        }
        let find = |name: &str| members.iter().find(|(n, _)| n == name).map(|(_, r)| r.clone());
        if shape == Shape::OldAndNew {
            match (find("old"), find("new")) {
                (_, Some(mut new)) if initial => row(&uuid, Action::Initial, Some(&mut new))?,
                (None, Some(mut new)) => row(&uuid, Action::Insert, Some(&mut new))?,
                (Some(mut old), None) => row(&uuid, Action::Delete, Some(&mut old))?,
                (Some(mut old), Some(mut new)) => {
                    row(&uuid, Action::Old, Some(&mut old))?;
                    row("", Action::New, Some(&mut new))?;
                }
                (None, None) => return Err(broken(expected("`old` or `new`", &r))),
            }
            continue;
        }
        if find("delete").is_some() {
            row(&uuid, Action::Delete, None)?;
            continue;
        }
        for action in [Action::Initial, Action::Modify, Action::Insert] {
            if let Some(mut columns) = find(action.name()) {
                row(&uuid, action, Some(&mut columns))?;
                break;
            }
        }
    }
    Ok(())
}

/// Makes the cells of one row; a column that did not come is an empty one.
fn fill(
    cells: &mut [String],
    (uuid, action): (&str, Action),
    columns: Option<&mut Reader<'_>>,
    watched: &Watched<'_>,
    style: &Style,
) -> Result<(), JsonError> {
    let json = style.format == Format::Json;
    cells.iter_mut().for_each(String::clear);
    let mut texts = cells.iter_mut();
    for (cell, text) in texts.by_ref().zip([uuid, action.name()]) {
        match json {
            true => *cell = format!("\"{text}\""),
            false => cell.push_str(text),
        }
    }
    if let Some(r) = columns {
        r.begin_object()?;
        while let Some(name) = r.next_key()? {
            let raw = r.skip()?;
            let found = watched.columns.iter().position(|column| *column.name == *name);
            if let Some((column, cell)) =
                found.and_then(|at| Some((watched.columns.get(at)?, cells.get_mut(at + 2)?)))
            {
                cell.clear();
                cells::print_raw(cell, raw, &column.type_, style.cell_form())?;
            }
        }
    }
    if json {
        cells.iter_mut().filter(|cell| cell.is_empty()).for_each(|cell| cell.push_str("null"));
    }
    Ok(())
}

fn element(r: &mut Reader<'_>) -> Result<(), JsonError> {
    if r.next_element()? { Ok(()) } else { Err(expected("another element", r)) }
}

fn expected(what: &'static str, r: &Reader<'_>) -> JsonError {
    JsonError { kind: JsonErrorKind::Expected(what), offset: r.offset() }
}

fn broken(error: JsonError) -> CtlError {
    CtlError::new(ErrorKind::Transaction, format!("the server sent an update that cannot be read: {error}"))
}
