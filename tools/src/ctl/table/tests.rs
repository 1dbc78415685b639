//! What ovn-nbctl 26.03 printed for the same rows.

use super::*;

fn table(headings: &[&str], rows: &[&[&str]]) -> Table {
    let owned = |cells: &[&str]| cells.iter().map(|c| c.to_string()).collect();
    Table { headings: owned(headings), rows: rows.iter().map(|row| owned(row)).collect() }
}

fn print(style: Style, tables: &[&Table]) -> String {
    let mut printer = TablePrinter::new(style);
    let mut out = Vec::new();
    for table in tables {
        printer.print(table, &mut out);
    }
    String::from_utf8_lossy(&out).into_owned()
}

fn style(format: Format) -> Style {
    Style { format, ..Style::default() }
}

/// A row of strings with all kinds of quoting, and one with maps.
fn switches() -> Table {
    table(
        &["name", "external_ids", "ports"],
        &[
            &["\"x\\ny\\tz\\u0001\"", "{}", "[]"],
            &["\"é<&>\"", "{}", "[]"],
            &["\"\"", "{}", "[]"],
            &["sw0", "{a=b, c=\"d,e\"}", "[]"],
        ],
    )
}

/// The same kinds of values with `--data=bare`: line ends stand in the cells.
fn bare() -> Table {
    table(
        &["name", "external_ids", "ports"],
        &[
            &["x\ny", "", ""],
            &["", "", ""],
            &["a b\"c\\d", "", ""],
            &["sw0", "a=b c=d,e", ""],
            &["r2", "a=c\rc b=;", ""],
        ],
    )
}

#[test]
fn list() {
    let expect =
        "name                : \"x\\ny\\tz\\u0001\"\nexternal_ids        : {}\nports               : []\n\n";
    assert!(print(style(Format::List), &[&switches()]).starts_with(expect));
    let wide = table(&["mcast_snooping_enable"], &[&["false"]]);
    assert_eq!(print(style(Format::List), &[&wide]), "mcast_snooping_enable: false\n");
    let no = Style { headings: false, ..style(Format::List) };
    assert_eq!(
        print(no, &[&table(&["name", "x"], &[&["x\ny", ""], &["sw0", "a=b c=d,e"]])]),
        "x\ny\n\n\nsw0\na=b c=d,e\n"
    );
    let (empty, one) = (table(&["name"], &[]), table(&["name"], &[&["r1"]]));
    assert_eq!(print(style(Format::List), &[&empty]), "");
    assert_eq!(print(no, &[&one, &empty, &empty, &one]), "r1\n\n\n\nr1\n");
}

#[test]
fn aligned() {
    let expect = "\
name            external_ids   ports
--------------- -------------- -----
\"x\\ny\\tz\\u0001\" {}             []
\"é<&>\"         {}             []
\"\"              {}             []
sw0             {a=b, c=\"d,e\"} []
";
    assert_eq!(print(style(Format::Table), &[&switches()]), expect);
    let expect = "\
name    external_ids ports
------- ------------ -----
x
y

a b\"c\\d
sw0     a=b c=d,e
r2      a=c\rc b=;
";
    assert_eq!(print(style(Format::Table), &[&bare()]), expect);
    let cut = Style { max_column_width: Some(8), ..style(Format::Table) };
    let expect = "\
name     external_ids ports
-------- ------------ -----
\"x\\ny\\tz {}           []
\"é<&>\"  {}           []
\"\"       {}           []
sw0      {a=b, c=\"d,e []
";
    assert_eq!(print(cut, &[&switches()]), expect);
    let cut = Style { max_column_width: Some(2), ..style(Format::Table) };
    let one = table(&["name"], &[&["é<&>"], &["a b\"c"]]);
    assert_eq!(print(cut, &[&one]), "name\n----\né<&\na b\"\n");
    let none = Style { max_column_width: Some(0), ..style(Format::Table) };
    assert_eq!(print(none, &[&one]), "name\n-----\né<&>\na b\"c\n");
}

#[test]
fn a_cut_may_fall_inside_a_character() {
    let mut out = Vec::new();
    let cut = Style { max_column_width: Some(1), headings: false, ..style(Format::Table) };
    TablePrinter::new(cut).print(&table(&["n"], &[&["é"]]), &mut out);
    assert_eq!(out, b"\xc3\n");
}

#[test]
fn empty_tables() {
    let (empty, one) = (table(&["name", "x"], &[]), table(&["name"], &[&["r1"]]));
    let check = |format: Format, headings: bool, expect: &str| {
        let style = Style { headings, ..style(format) };
        assert_eq!(print(style, &[&empty, &one]), expect, "{format:?}");
    };
    check(Format::Table, true, "name x\n---- -\n\nname\n----\nr1\n");
    check(Format::Table, false, "\nr1\n");
    check(Format::Csv, true, "name,x\n\nname\nr1\n");
    check(Format::Csv, false, "\nr1\n");
    check(
        Format::Html,
        false,
        "<table border=1>\n</table>\n<table border=1>\n  <tr>\n    <td>r1</td>\n  </tr>\n</table>\n",
    );
}

#[test]
fn html() {
    let rows = table(&["name"], &[&["\"é<&>\""], &["q'q"], &["x\ny"]]);
    let expect = "<table border=1>\n  <tr>\n    <th>name</th>\n  </tr>\n  <tr>\n    \
                  <td>&quot;é&lt;&amp;&gt;&quot;</td>\n  </tr>\n  <tr>\n    <td>q'q</td>\n  </tr>\n  <tr>\n    \
                  <td>x\ny</td>\n  </tr>\n</table>\n";
    assert_eq!(print(style(Format::Html), &[&rows]), expect);
}

#[test]
fn html_links_rows() {
    let uuid = "80bb0d4a-2086-4677-a4e5-4870941b5209";
    let rows = table(&["_uuid", "ports"], &[&[uuid, &format!("[{uuid}, {uuid}]")]]);
    let link = format!("<a href=\"#{uuid}\">80bb0d4a</a>");
    let expect = format!(
        "<table border=1>\n  <tr>\n    <td><a name=\"{uuid}\">80bb0d4a</a></td>\n    \
         <td>[{link}, {link}]</td>\n  </tr>\n</table>\n"
    );
    let style = Style { headings: false, ..style(Format::Html) };
    assert_eq!(print(style, &[&rows]), expect);
}

#[test]
fn csv() {
    let expect = "name,external_ids,ports\n\"\"\"x\\ny\\tz\\u0001\"\"\",{},[]\n\"\"\"é<&>\"\"\",{},[]\n\"\"\"\"\"\",{},[]\nsw0,\"{a=b, c=\"\"d,e\"\"}\",[]\n";
    assert_eq!(print(style(Format::Csv), &[&switches()]), expect);
    let expect =
        "name,external_ids,ports\n\"x\ny\",,\n,,\n\"a b\"\"c\\d\",,\nsw0,\"a=b c=d,e\",\nr2,a=c\rc b=;,\n";
    assert_eq!(print(style(Format::Csv), &[&bare()]), expect);
}

#[test]
fn json() {
    let rows = table(
        &["name", "ids"],
        &[&["\"a,\\\"[b\\\\\"", "[\"map\",[]]"], &["\"\"", "[\"map\",[[\"x\",\"y\"]]]"]],
    );
    let compact = "{\"data\":[[\"a,\\\"[b\\\\\",[\"map\",[]]],[\"\",[\"map\",[[\"x\",\"y\"]]]]],\"headings\":[\"name\",\"ids\"]}\n";
    // Neither --no-headings nor --data changes JSON.
    let plain = Style { headings: false, ..style(Format::Json) };
    assert_eq!(print(plain, &[&rows]), compact);
    assert_eq!(plain.cell_form(), CellForm::Json);
    let pretty = Style { pretty: true, ..style(Format::Json) };
    let expect = "\
{
  \"data\": [
    [
      \"a,\\\"[b\\\\\",
      [
        \"map\",
        []]],
    [
      \"\",
      [
        \"map\",
        [
          [
            \"x\",
            \"y\"]]]]],
  \"headings\": [
    \"name\",
    \"ids\"]}
";
    assert_eq!(print(pretty, &[&rows]), expect);
    let empty = table(&["name"], &[]);
    assert_eq!(
        print(style(Format::Json), &[&empty, &empty]),
        "{\"data\":[],\"headings\":[\"name\"]}\n".repeat(2)
    );
}
