//! How is a table printed: as a list, aligned, as HTML, CSV or JSON?

use super::escape;

/// The form of a whole table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// One `heading: cell` a line, an empty line between rows.
    #[default]
    List,
    /// Columns aligned with blanks.
    Table,
    /// An HTML table.
    Html,
    /// RFC 4180, with line feeds.
    Csv,
    /// One JSON object.
    Json,
}

/// The form of the values in it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CellForm {
    /// As the ctl tools take them: quoted where needed, sets in brackets.
    #[default]
    String,
    /// Without quotes and brackets.
    Bare,
    /// As on the wire (RFC 7047 section 5.1, `<value>`).
    Json,
}

/// All that the options say about tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Style {
    /// `--format`
    pub format: Format,
    /// `--data`
    pub data: CellForm,
    /// Without `--no-headings`. JSON has its headings anyhow.
    pub headings: bool,
    /// `--pretty`: only JSON is indented.
    pub pretty: bool,
    /// Whether control characters in cells are escaped, as for a terminal.
    pub escape: bool,
    /// `--max-column-width`, in bytes; only [`Format::Table`] cuts, and never below the heading's width.
    pub max_column_width: Option<usize>,
}

impl Default for Style {
    fn default() -> Style {
        Style {
            format: Format::default(),
            data: CellForm::default(),
            headings: true,
            pretty: false,
            escape: false,
            max_column_width: None,
        }
    }
}

impl Style {
    /// The form in which the cells of a [`Table`] must be handed over: JSON tables hold values, whatever `--data` says.
    pub fn cell_form(&self) -> CellForm {
        match self.format {
            Format::Json => CellForm::Json,
            _ => self.data,
        }
    }
}

impl Format {
    /// The format that `--format` calls `name`.
    pub fn from_name(name: &str) -> Option<Format> {
        Some(match name {
            "list" => Format::List,
            "table" => Format::Table,
            "html" => Format::Html,
            "csv" => Format::Csv,
            "json" => Format::Json,
            _ => return None,
        })
    }
}

impl CellForm {
    /// The form that `--data` calls `name`.
    pub fn from_name(name: &str) -> Option<CellForm> {
        Some(match name {
            "string" => CellForm::String,
            "bare" => CellForm::Bare,
            "json" => CellForm::Json,
            _ => return None,
        })
    }
}

/// Headings, and rows of as many cells, each in the form that [`Style::cell_form`] asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Table {
    /// One for each column.
    pub headings: Vec<String>,
    /// The cells, row by row.
    pub rows: Vec<Vec<String>>,
}

/// What stands above the rows of a table.
#[derive(Clone, Copy, Debug, Default)]
pub struct Head<'a> {
    /// When its contents were true, as it is to be printed.
    pub time: Option<&'a str>,
    /// What it is a table of.
    pub caption: Option<&'a str>,
    /// One for each column.
    pub headings: &'a [String],
}

/// How wide the columns of an aligned table are; other formats do not ask.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Widths(Vec<usize>);

impl Widths {
    /// As wide as the headings.
    pub fn of(headings: &[String], style: &Style) -> Widths {
        let least = |heading: &String| if style.headings { heading.len() } else { 0 };
        Widths(headings.iter().map(least).collect())
    }

    /// At least as wide as the cells of a row.
    pub fn widen(&mut self, cells: &[String], style: &Style) {
        let most = style.max_column_width.filter(|most| *most > 0).unwrap_or(usize::MAX);
        for (width, cell) in self.0.iter_mut().zip(cells) {
            let len = if style.escape { escape::text(cell).len() } else { cell.len() };
            *width = (*width).max(len.min(most));
        }
    }
}

/// Prints the tables of one run, and the empty lines between them.
#[derive(Clone, Debug)]
pub struct TablePrinter {
    style: Style,
    /// Whether a table has been printed, be it with no row.
    begun: bool,
    /// Whether the table under way has a row.
    rows: bool,
    widths: Widths,
    /// The table under way, where it can only be laid out once it is complete.
    held: Vec<u8>,
}

impl TablePrinter {
    /// A printer that has not printed anything yet.
    pub fn new(style: Style) -> TablePrinter {
        TablePrinter { style, begun: false, rows: false, widths: Widths::default(), held: Vec::new() }
    }

    /// How it prints.
    pub fn style(&self) -> &Style {
        &self.style
    }

    /// Appends `table` to `out`: bytes, since cutting a cell may cut a character.
    pub fn print(&mut self, table: &Table, out: &mut Vec<u8>) {
        let head = Head { headings: &table.headings, ..Head::default() };
        let mut widths = Widths::of(&table.headings, &self.style);
        table.rows.iter().for_each(|row| widths.widen(row, &self.style));
        self.begin(&head, widths, out);
        table.rows.iter().for_each(|row| self.row(&head, row, out));
        self.end(&head, out);
    }

    /// Begins a table, whose rows come one by one. `widths` must be those of all rows to come if the format is [`Format::Table`].
    pub fn begin(&mut self, head: &Head<'_>, widths: Widths, out: &mut Vec<u8>) {
        let follows = std::mem::replace(&mut self.begun, true);
        (self.rows, self.widths) = (false, widths);
        let json = self.style.format == Format::Json;
        if follows && matches!(self.style.format, Format::List | Format::Table | Format::Csv) {
            out.push(b'\n');
        }
        if let Some(time) = head.time.filter(|_| !json) {
            line(time, out);
        }
        let headings = self.style.headings;
        match self.style.format {
            Format::Html => html_begin(head, headings, out),
            Format::Json => self.json(out, |out| json_begin(head, out)),
            format => {
                head.caption.iter().for_each(|caption| line(caption, out));
                match format {
                    Format::Table if headings => {
                        aligned_row(head.headings, &self.widths.0, out);
                        let dashes: Vec<String> =
                            self.widths.0.iter().map(|width| "-".repeat(*width)).collect();
                        aligned_row(&dashes, &self.widths.0, out);
                    }
                    Format::Csv if headings => csv_row(head.headings, out),
                    _ => {}
                }
            }
        }
    }

    /// The next row of the table that was begun.
    pub fn row(&mut self, head: &Head<'_>, cells: &[String], out: &mut Vec<u8>) {
        let follows = std::mem::replace(&mut self.rows, true);
        let mut escaped = Vec::new();
        let mut cells = cells;
        if self.style.escape {
            escaped.extend(cells.iter().map(|cell| escape::text(cell).into_owned()));
            cells = &escaped;
        }
        match self.style.format {
            Format::List => {
                if follows {
                    out.push(b'\n');
                }
                list_row(head.headings, cells, &self.style, out);
            }
            Format::Table => aligned_row(cells, &self.widths.0, out),
            Format::Html => html_row(
                head.headings.iter().zip(cells).map(|(heading, cell)| html_cell("td", linked(heading, cell))),
                out,
            ),
            Format::Csv => csv_row(cells, out),
            Format::Json => self.json(out, |out| json_row(cells, follows, out)),
        }
    }

    /// Ends the table that was begun.
    pub fn end(&mut self, head: &Head<'_>, out: &mut Vec<u8>) {
        match self.style.format {
            Format::List | Format::Table | Format::Csv => {}
            Format::Html => out.extend_from_slice(b"</table>\n"),
            Format::Json => {
                self.json(out, |out| json_end(head, out));
                indent(&std::mem::take(&mut self.held), out);
                out.push(b'\n');
            }
        }
    }

    fn json(&mut self, out: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>)) {
        write(if self.style.pretty { &mut self.held } else { out });
    }
}

fn line(text: &str, out: &mut Vec<u8>) {
    out.extend_from_slice(text.as_bytes());
    out.push(b'\n');
}

fn list_row(headings: &[String], cells: &[String], style: &Style, out: &mut Vec<u8>) {
    for (heading, cell) in headings.iter().zip(cells) {
        if style.headings {
            out.extend_from_slice(heading.as_bytes());
            // As the C tools count: bytes, not columns of the terminal.
            out.resize(out.len() + 20_usize.saturating_sub(heading.len()), b' ');
            out.extend_from_slice(b": ");
        }
        line(cell, out);
    }
}

fn aligned_row(cells: &[String], widths: &[usize], out: &mut Vec<u8>) {
    let start = out.len();
    for (index, (cell, width)) in cells.iter().zip(widths).enumerate() {
        if index > 0 {
            out.push(b' ');
        }
        let end = out.len() + width;
        out.extend(cell.bytes().take(*width));
        out.resize(end, b' ');
    }
    while out.len() > start && out.last() == Some(&b' ') {
        out.pop();
    }
    out.push(b'\n');
}

fn html_begin(head: &Head<'_>, headings: bool, out: &mut Vec<u8>) {
    out.extend_from_slice(b"<table border=1>\n");
    if let Some(caption) = head.caption {
        out.extend_from_slice(html_cell("caption", escaped(caption)).as_bytes());
    }
    if headings {
        html_row(head.headings.iter().map(|heading| html_cell("th", escaped(heading))), out);
    }
}

fn html_row(cells: impl Iterator<Item = String>, out: &mut Vec<u8>) {
    out.extend_from_slice(b"  <tr>\n");
    cells.for_each(|cell| out.extend_from_slice(cell.as_bytes()));
    out.extend_from_slice(b"  </tr>\n");
}

fn html_cell(element: &str, content: String) -> String {
    format!("    <{element}>{content}</{element}>\n")
}

/// A cell in which the row's own UUID is the target of links, and every other UUID a link; both are shown shortened.
fn linked(heading: &str, cell: &str) -> String {
    let short = |text: &str| escaped(text.get(..8).unwrap_or(text));
    if heading == "_uuid" {
        return format!("<a name=\"{}\">{}</a>", escaped(cell), short(cell));
    }
    let mut content = String::new();
    let mut rest = cell;
    while let Some((before, uuid, after)) = split_at_uuid(rest) {
        content += &escaped(before);
        content += &format!("<a href=\"#{uuid}\">{}</a>", short(uuid));
        rest = after;
    }
    content + &escaped(rest)
}

/// What is before, in and after the first UUID of a text.
fn split_at_uuid(text: &str) -> Option<(&str, &str, &str)> {
    let is_uuid = |window: &[u8]| {
        (0..).zip(window).all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => *byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
    };
    let at = text.as_bytes().windows(36).position(is_uuid)?;
    let (before, rest) = text.split_at_checked(at)?;
    let (uuid, after) = rest.split_at_checked(36)?;
    Some((before, uuid, after))
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

fn csv_row(cells: &[String], out: &mut Vec<u8>) {
    for (index, cell) in cells.iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        if cell.contains(['"', ',', '\n']) {
            out.push(b'"');
            for byte in cell.bytes() {
                if byte == b'"' {
                    out.push(b'"');
                }
                out.push(byte);
            }
            out.push(b'"');
        } else {
            out.extend_from_slice(cell.as_bytes());
        }
    }
    out.push(b'\n');
}

fn json_begin(head: &Head<'_>, out: &mut Vec<u8>) {
    out.push(b'{');
    if let Some(caption) = head.caption {
        out.extend_from_slice(format!("\"caption\":{},", json_string(caption)).as_bytes());
    }
    out.extend_from_slice(b"\"data\":[");
}

fn json_row(cells: &[String], follows: bool, out: &mut Vec<u8>) {
    if follows {
        out.push(b',');
    }
    out.push(b'[');
    for (index, cell) in cells.iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        out.extend_from_slice(cell.as_bytes());
    }
    out.push(b']');
}

fn json_end(head: &Head<'_>, out: &mut Vec<u8>) {
    let headings: Vec<String> = head.headings.iter().map(|h| json_string(h)).collect();
    let time = head.time.map_or_else(String::new, |time| format!(",\"time\":{}", json_string(time)));
    out.extend_from_slice(format!("],\"headings\":[{}]{time}}}", headings.join(",")).as_bytes());
}

/// Column names need little quoting; a heading with a control character does not exist.
fn json_string(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// Lays out compact JSON as the C tools do: every element on a line of its own, closing brackets on the last one's.
pub(crate) fn indent(text: &[u8], out: &mut Vec<u8>) {
    let line = |depth: usize, out: &mut Vec<u8>| {
        out.push(b'\n');
        out.resize(out.len() + 2 * depth, b' ');
    };
    let (mut depth, mut quoted, mut escaped) = (0_usize, false, false);
    for (index, &byte) in text.iter().enumerate() {
        out.push(byte);
        if quoted {
            quoted = escaped || byte != b'"';
            escaped = !escaped && byte == b'\\';
            continue;
        }
        match byte {
            b'"' => quoted = true,
            b'[' | b'{' => {
                depth += 1;
                if !matches!(text.get(index + 1), Some(b']' | b'}')) {
                    line(depth, out);
                }
            }
            b']' | b'}' => depth = depth.saturating_sub(1),
            b',' => line(depth, out),
            b':' => out.push(b' '),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests;
