//! How is the tree of `show` printed: as text, or as JSON?

use super::tree::{Item, Node};
use crate::ctl::table;
use ovsdb_proto::json::Writer;
use ovsdb_proto::value::{Datum, Format, print_atom, print_datum, write_datum};
use std::fmt::Write as _;

/// Blanks a level.
const INDENT: usize = 4;

/// Appends the text of a row that stands `level` levels deep.
pub(super) fn text(out: &mut String, node: &Node, level: usize) {
    begin(out, level);
    match &node.name {
        Some((name, max)) => {
            out.push_str(node.table);
            out.push(' ');
            print_datum(out, name, *max, Format::String);
        }
        // writing to a String cannot fail
        None => drop(write!(out, "{}", node.uuid)),
    }
    out.push('\n');
    for item in &node.items {
        match item {
            Item::Rows(_, nodes) => nodes.iter().for_each(|node| text(out, node, level + 1)),
            Item::Value(column, value, max) => line(out, level + 1, column, ": ", Some(value), *max),
            Item::Weak(table, name, max) => line(out, level + 1, table, " ", Some(name), *max),
            Item::Names(column, names, max) => {
                line(out, level + 1, column, ":", None, 1);
                for (key, name) in names {
                    begin(out, level + 2);
                    print_atom(out, key);
                    out.push('=');
                    match name {
                        Some(name) => print_datum(out, name, *max, Format::String),
                        None => out.push_str("\"<null>\""),
                    }
                    out.push('\n');
                }
            }
        }
    }
}

fn begin(out: &mut String, level: usize) {
    out.extend(std::iter::repeat_n(' ', level * INDENT));
}

fn line(out: &mut String, level: usize, label: &str, between: &str, value: Option<&Datum>, max: u32) {
    begin(out, level);
    out.push_str(label);
    out.push_str(between);
    value.into_iter().for_each(|value| print_datum(out, value, max, Format::String));
    out.push('\n');
}

/// An array of rows, each an object: `table`, `uuid`, `name`, `columns` with values as on the wire or rows in turn, and `referrers`, the names of the rows
/// that refer to it weakly by their table.
pub(super) fn json(nodes: &[Node], pretty: bool) -> String {
    let mut json = Vec::new();
    json_rows(&mut Writer::new(&mut json), nodes);
    let mut out = Vec::new();
    if pretty {
        table::indent(&json, &mut out);
    } else {
        out = json;
    }
    // what the writer writes is UTF-8 because what it is given is
    String::from_utf8_lossy(&out).into_owned()
}

fn json_rows(w: &mut Writer<'_>, nodes: &[Node]) {
    w.begin_array();
    for node in nodes {
        w.begin_object();
        w.key("table");
        w.string(node.table);
        w.key("uuid");
        w.string(&node.uuid.to_string());
        if let Some((name, _)) = &node.name {
            w.key("name");
            value(w, name);
        }
        w.key("columns");
        w.begin_object();
        node.items.iter().for_each(|item| json_column(w, item));
        w.end_object();
        json_referrers(w, &node.items);
        w.end_object();
    }
    w.end_array();
}

fn json_column(w: &mut Writer<'_>, item: &Item) {
    match item {
        Item::Value(column, datum, _) => {
            w.key(column);
            value(w, datum);
        }
        Item::Rows(column, nodes) => {
            w.key(column);
            json_rows(w, nodes);
        }
        Item::Names(column, names, _) => {
            w.key(column);
            w.begin_object();
            for (key, name) in names {
                let mut text = String::new();
                ovsdb_proto::value::print_bare_atom(&mut text, key);
                w.key(&text);
                match name {
                    Some(name) => value(w, name),
                    None => w.null(),
                }
            }
            w.end_object();
        }
        Item::Weak(..) => {}
    }
}

fn json_referrers(w: &mut Writer<'_>, items: &[Item]) {
    let weak = |item: &&Item| matches!(item, Item::Weak(..));
    let Some(Item::Weak(table, ..)) = items.iter().find(weak) else { return };
    w.key("referrers");
    w.begin_object();
    w.key(table);
    w.begin_array();
    for item in items {
        if let Item::Weak(_, name, _) = item {
            value(w, name);
        }
    }
    w.end_array();
    w.end_object();
}

fn value(w: &mut Writer<'_>, datum: &Datum) {
    write_datum(w, datum, &|_| false);
}
