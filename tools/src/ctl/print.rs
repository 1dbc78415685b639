//! How does what the commands answered become bytes on stdout?

use super::context::{Output, Piece};
use super::escape;
use super::oneline;
use super::options::Globals;
use super::table::TablePrinter;
use ovsdb_proto::value::Uuid;
use std::borrow::Cow;
use std::collections::HashMap;

/// The bytes that the outputs of a line make, in the order of the commands. `rows` has the real UUIDs of new rows.
pub fn render(outputs: &[Output], globals: &Globals, rows: &HashMap<Uuid, Uuid>) -> Vec<u8> {
    let mut printer = TablePrinter::new(globals.style);
    let mut out = Vec::new();
    for output in outputs {
        let mut text = String::new();
        let mut is_table = false;
        for piece in &output.pieces {
            match piece {
                Piece::Text(piece) => text.push_str(piece),
                Piece::Line(line) => {
                    // with --oneline, line feeds are escaped anyhow
                    let escape = globals.style.escape && !globals.oneline;
                    let line = if escape { escape::text(line) } else { Cow::Borrowed(line.as_str()) };
                    text.push_str(&line);
                    text.push('\n');
                }
                // in a dry run there is no other than the provisional one
                Piece::NewRow(row) => text.push_str(&rows.get(&row.uuid).unwrap_or(&row.uuid).to_string()),
                Piece::Table(table) => {
                    is_table = true;
                    printer.print(table, &mut out);
                }
            }
        }
        match (globals.oneline, is_table) {
            (true, false) => out.extend_from_slice(oneline::one_line(&text).as_bytes()),
            _ => out.extend_from_slice(text.as_bytes()),
        }
    }
    out
}
