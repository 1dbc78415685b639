//! What does `dump` print: the rows of one table, or of all, at one moment?

use super::canonical;
use super::cells;
use super::run::Session;
use super::schema;
use super::server::{Rows, Server};
use super::sink::Sink;
use crate::ctl::error::{CtlError, ErrorKind};
use crate::ctl::table::{Format, Head, TablePrinter, Widths};
use ovsdb_proto::json::{JsonError, Kind, Reader, Writer};
use ovsdb_proto::schema::{ColumnSchema, TableSchema, read_datum};
use ovsdb_proto::value::{AtomType, Datum};
use std::cmp::Ordering;

/// One table, and the columns of it that are wanted, sorted by name.
struct Wanted<'a> {
    table: &'a TableSchema,
    columns: Vec<&'a ColumnSchema>,
}

/// `dump`: of `words`, the first is the table, the others are columns.
///
/// # Errors
/// A table or column is not there; the server does not answer; stdout takes no more.
pub async fn dump(
    session: &mut Session<'_>,
    server: &mut Server,
    database: &str,
    words: &[String],
) -> Result<(), CtlError> {
    let (schema, _) = schema::fetch(session, server, database).await?;
    let wanted = match words.split_first() {
        None => schema.tables().iter().map(Wanted::whole).collect(),
        Some((name, columns)) => {
            let table = schema.table_id(name).and_then(|id| schema.table(id));
            let table = table.ok_or_else(|| CtlError::usage(format!("No table \"{name}\" found.")))?;
            vec![Wanted::some(table, columns)?]
        }
    };
    let params = |w: &mut Writer<'_>| {
        w.string(database);
        wanted.iter().for_each(|wanted| wanted.select(w));
    };
    let options = session.options;
    let Session { printer, sink, .. } = session;
    let mut left = wanted.iter();
    let mut rows: Vec<Vec<Datum>> = Vec::new();
    let too_many = || wrong(format!("reply is not array of {} elements", wanted.len()));
    let print = |came: Rows<'_>| match came {
        Rows::Whole(result) => print_tables(printer, sink, &wanted, result),
        Rows::Row(row) => {
            let one = left.as_slice().first().ok_or_else(too_many)?;
            let row = one.row(&mut Reader::new(row), rows.len())?;
            rows.push(row);
            Ok(())
        }
        Rows::Result(result) => {
            let one = left.next().ok_or_else(too_many)?;
            rows_of(result).ok_or_else(|| one.not_rows(result))?;
            let mut rows = std::mem::take(&mut rows);
            rows.sort_unstable_by(|a, b| one.compare(a, b));
            one.print(printer, sink, &rows)
        }
        Rows::End if left.len() > 0 => Err(too_many()),
        Rows::End | Rows::Update(..) => Ok(()),
    };
    server.select(params, |error| options.json(&canonical::text(error)), print).await?;
    sink.flush()
}

impl<'a> Wanted<'a> {
    fn whole(table: &'a TableSchema) -> Wanted<'a> {
        let columns = table.columns().iter().filter(|c| &*c.name != "_version");
        Wanted { table, columns: sorted(columns.collect()) }
    }

    fn some(table: &'a TableSchema, names: &[String]) -> Result<Wanted<'a>, CtlError> {
        if names.is_empty() {
            return Ok(Wanted::whole(table));
        }
        let mut columns = Vec::new();
        for name in names {
            let column = table.column_id(name).and_then(|id| table.column(id));
            let column = column
                .ok_or_else(|| CtlError::usage(format!("Table \"{}\" has no column {name}.", table.name)))?;
            // as `ovsdb-client` does: nobody wants to see it, and it would make every row another one
            if name != "_version" {
                columns.push(column);
            }
        }
        Ok(Wanted { table, columns: sorted(columns) })
    }

    fn select(&self, w: &mut Writer<'_>) {
        w.begin_object();
        w.key("op");
        w.string("select");
        w.key("table");
        w.string(&self.table.name);
        w.key("where");
        w.begin_array();
        w.end_array();
        w.key("columns");
        w.begin_array();
        self.columns.iter().for_each(|column| w.string(&column.name));
        w.end_array();
        w.end_object();
    }

    /// Reads the rows at `r`, in the order in which they are printed.
    fn rows(&self, r: &mut Reader<'_>) -> Result<Vec<Vec<Datum>>, CtlError> {
        let mut rows: Vec<Vec<Datum>> = Vec::new();
        r.begin_array().map_err(|e| self.broken(&e))?;
        while r.next_element().map_err(|e| self.broken(&e))? {
            let row = self.row(r, rows.len())?;
            rows.push(row);
        }
        rows.sort_unstable_by(|a, b| self.compare(a, b));
        Ok(rows)
    }

    fn row(&self, r: &mut Reader<'_>, index: usize) -> Result<Vec<Datum>, CtlError> {
        let name = &self.table.name;
        let mut cells: Vec<Option<Datum>> = vec![None; self.columns.len()];
        if r.peek().map_err(|e| self.broken(&e))? != Kind::Object {
            let text = canonical::text(r.skip().unwrap_or_default());
            return Err(wrong(format!("row {index} in table {name} response is not a JSON object: {text}")));
        }
        r.begin_object().map_err(|e| self.broken(&e))?;
        while let Some(key) = r.next_key().map_err(|e| self.broken(&e))? {
            let found = self.columns.binary_search_by(|column| (*column.name).cmp(&*key)).ok();
            match found.and_then(|at| Some((self.columns.get(at)?, cells.get_mut(at)?))) {
                Some((column, cell)) => {
                    *cell = Some(read_datum(r, &column.type_, &mut |_| None).map_err(|e| {
                        wrong(format!("cannot read column {} of table {name}: {e}", column.name))
                    })?);
                }
                None => drop(r.skip().map_err(|e| self.broken(&e))?),
            }
        }
        let mut row = Vec::with_capacity(self.columns.len());
        for (column, cell) in self.columns.iter().zip(cells) {
            row.push(cell.ok_or_else(|| {
                wrong(format!("row {index} in table {name} response lacks {} column", column.name))
            })?);
        }
        Ok(row)
    }

    fn broken(&self, error: &JsonError) -> CtlError {
        wrong(format!("cannot read table {}: {error}", self.table.name))
    }

    fn not_rows(&self, result: &[u8]) -> CtlError {
        let (name, text) = (&self.table.name, canonical::text(result));
        wrong(format!("{name} table reply is not an object with a \"rows\" member array: {text}"))
    }

    /// UUIDs are random, so they decide last.
    fn compare(&self, a: &[Datum], b: &[Datum]) -> Ordering {
        let by = |uuids: bool| {
            self.columns
                .iter()
                .zip(a.iter().zip(b))
                .filter(move |(column, _)| (column.type_.key.atom == AtomType::Uuid) == uuids)
                .map(|(_, (a, b))| compare(a, b))
        };
        by(false).chain(by(true)).find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
    }

    fn print(
        &self,
        printer: &mut TablePrinter,
        sink: &mut Sink,
        rows: &[Vec<Datum>],
    ) -> Result<(), CtlError> {
        let headings: Vec<String> = self.columns.iter().map(|column| column.name.to_string()).collect();
        let caption = format!("{} table", self.table.name);
        let head = Head { caption: Some(&caption), headings: &headings, ..Head::default() };
        let style = *printer.style();
        let mut widths = Widths::of(&headings, &style);
        let mut cells: Vec<String> = vec![String::new(); headings.len()];
        let fill = |row: &[Datum], cells: &mut [String]| {
            for ((cell, datum), column) in cells.iter_mut().zip(row).zip(&self.columns) {
                cell.clear();
                cells::print(cell, datum, &column.type_, style.cell_form());
            }
        };
        if style.format == Format::Table {
            for row in rows {
                fill(row, &mut cells);
                widths.widen(&cells, &style);
            }
        }
        printer.begin(&head, widths, sink.buffer());
        for row in rows {
            fill(row, &mut cells);
            printer.row(&head, &cells, sink.buffer());
            sink.relieve()?;
        }
        printer.end(&head, sink.buffer());
        sink.relieve()
    }
}

/// Sorted by name; a column named twice stays twice, which the server will refuse.
fn sorted(mut columns: Vec<&ColumnSchema>) -> Vec<&ColumnSchema> {
    columns.sort_by(|a, b| a.name.cmp(&b.name));
    columns
}

/// First by the number of elements, then by the keys, then by the values.
fn compare(a: &Datum, b: &Datum) -> Ordering {
    let (x, y) = (a.pairs().iter(), b.pairs().iter());
    a.len()
        .cmp(&b.len())
        .then_with(|| a.atoms().cmp(b.atoms()))
        .then_with(|| x.clone().map(|pair| &pair.0).cmp(y.clone().map(|pair| &pair.0)))
        .then_with(|| x.map(|pair| &pair.1).cmp(y.map(|pair| &pair.1)))
}

fn print_tables(
    printer: &mut TablePrinter,
    sink: &mut Sink,
    wanted: &[Wanted<'_>],
    result: &[u8],
) -> Result<(), CtlError> {
    let not_array = || {
        let text = canonical::text(result);
        wrong(format!("reply is not array of {} elements: {text}", wanted.len()))
    };
    // all of it is looked at before anything is printed
    let mut counted = Reader::new(result);
    let mut count = 0;
    counted.begin_array().map_err(|_| not_array())?;
    while counted.next_element().map_err(|_| not_array())? {
        counted.skip().map_err(|_| not_array())?;
        count += 1;
    }
    if count != wanted.len() {
        return Err(not_array());
    }
    let mut r = Reader::new(result);
    r.begin_array().map_err(|_| not_array())?;
    for one in wanted {
        r.next_element().map_err(|_| not_array())?;
        let raw = r.skip().map_err(|_| not_array())?;
        let rows = match rows_of(raw) {
            Some(mut rows) => one.rows(&mut rows)?,
            None => return Err(one.not_rows(raw)),
        };
        one.print(printer, sink, &rows)?;
    }
    Ok(())
}

/// A reader before the rows in the result of a `select`.
pub fn rows_of(result: &[u8]) -> Option<Reader<'_>> {
    let mut r = Reader::new(result);
    r.begin_object().ok()?;
    while let Some(key) = r.next_key().ok()? {
        if key == "rows" {
            return (r.peek().ok()? == Kind::Array).then_some(r);
        }
        r.skip().ok()?;
    }
    None
}

fn wrong(message: String) -> CtlError {
    CtlError::new(ErrorKind::Transaction, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fewer_elements_come_first() {
        let set = |atoms: &[i64]| Datum::set(atoms.iter().map(|n| (*n).into()));
        assert_eq!(compare(&set(&[9]), &set(&[1, 2])), Ordering::Less);
        assert_eq!(compare(&set(&[]), &set(&[1])), Ordering::Less);
        assert_eq!(compare(&set(&[2]), &set(&[1])), Ordering::Greater);
        let map = |pairs: &[(i64, i64)]| Datum::map(pairs.iter().map(|(k, v)| ((*k).into(), (*v).into())));
        assert_eq!(compare(&map(&[(1, 9), (2, 0)]), &map(&[(1, 0), (3, 0)])), Ordering::Less);
        assert_eq!(compare(&map(&[(1, 9)]), &map(&[(1, 0)])), Ordering::Greater);
        assert_eq!(compare(&map(&[(1, 9)]), &map(&[(1, 9)])), Ordering::Equal);
    }
}
