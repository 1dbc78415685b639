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

#[cfg(test)]
mod tests {
    use super::*;
    use ovsdb_proto::value::{Atom, Uuid};

    fn node(table: &'static str, name: Option<&str>, items: Vec<Item>) -> Node {
        let uuid = Uuid::from_u128(0x11);
        Node { table, uuid, name: name.map(|name| (Datum::one(name), 1)), items }
    }

    fn sample() -> Vec<Node> {
        let port = node("Port", Some("p 0"), vec![Item::Value("tag", Datum::one(5), 1)]);
        let names = vec![(Atom::from(1), Some(Datum::one("gold"))), (Atom::from(2), None)];
        let bridge = node(
            "Bridge",
            Some("br0"),
            vec![Item::Rows("ports", vec![port]), Item::Names("queues", names, 1)],
        );
        let options = Datum::map([("csum".into(), "true".into())]);
        let items = vec![
            Item::Rows("bridges", vec![bridge]),
            Item::Value("options", options, u32::MAX),
            Item::Weak("Port_Binding", Datum::one("lp0"), 1),
        ];
        vec![node("Open_vSwitch", None, items)]
    }

    #[test]
    fn as_text() {
        let mut out = String::new();
        sample().iter().for_each(|node| text(&mut out, node, 0));
        let expect = concat!(
            "00000000-0000-0000-0000-000000000011\n",
            "    Bridge br0\n",
            "        Port \"p 0\"\n",
            "            tag: 5\n",
            "        queues:\n",
            "            1=gold\n",
            "            2=\"<null>\"\n",
            "    options: {csum=\"true\"}\n",
            "    Port_Binding lp0\n",
        );
        assert_eq!(out, expect);
    }

    #[test]
    fn as_json() {
        let uuid = r#""uuid":"00000000-0000-0000-0000-000000000011""#;
        let port = format!(r#"{{"table":"Port",{uuid},"name":"p 0","columns":{{"tag":5}}}}"#);
        let queues = r#"{"1":"gold","2":null}"#;
        let bridge = format!(
            r#"{{"table":"Bridge",{uuid},"name":"br0","columns":{{"ports":[{port}],"queues":{queues}}}}}"#
        );
        let options = r#"["map",[["csum","true"]]]"#;
        let expect = format!(
            r#"[{{"table":"Open_vSwitch",{uuid},"columns":{{"bridges":[{bridge}],"options":{options}}},"referrers":{{"Port_Binding":["lp0"]}}}}]"#
        );
        assert_eq!(json(&sample(), false), expect);
        assert_eq!(json(&[], true), "[]");
    }
}
