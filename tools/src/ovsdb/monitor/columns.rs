//! Which columns and which changes of a table are watched, by the words `COLUMN,...`?

use crate::ctl::error::CtlError;
use ovsdb_proto::json::Writer;
use ovsdb_proto::schema::{ColumnId, ColumnSchema, TableSchema};

/// A table that is watched.
#[derive(Debug)]
pub struct Watched<'s> {
    /// The table.
    pub table: &'s TableSchema,
    /// The columns that are printed, in this order.
    pub columns: Vec<&'s ColumnSchema>,
    /// What the server is asked for: one for each word.
    pub requests: Vec<Request>,
}

/// What one word asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Which part of [`Watched::columns`].
    columns: std::ops::Range<usize>,
    /// `!initial`, `!insert`, `!delete`, `!modify`
    without: [bool; 4],
}

const KINDS: [&str; 4] = ["initial", "insert", "delete", "modify"];

impl<'s> Watched<'s> {
    /// Takes the words apart; no word is as good as an empty one, which asks for all columns, `_version` last.
    ///
    /// # Errors
    /// A column is not there, or is named twice.
    pub fn new(
        table: &'s TableSchema,
        words: &[String],
        database: &str,
        server: &str,
    ) -> Result<Watched<'s>, CtlError> {
        let mut watched = Watched { table, columns: Vec::new(), requests: Vec::new() };
        let empty = [String::new()];
        for word in if words.is_empty() { &empty } else { words } {
            watched.word(word, database, server)?;
        }
        Ok(watched)
    }

    fn word(&mut self, word: &str, database: &str, server: &str) -> Result<(), CtlError> {
        let start = self.columns.len();
        let mut without = [false; 4];
        for part in word.split(',').filter(|part| !part.is_empty()) {
            let kind = part
                .strip_prefix('!')
                .and_then(|name| KINDS.iter().zip(&mut without).find(|(k, _)| **k == name));
            match kind {
                Some((_, off)) => *off = true,
                None => {
                    let column = self.table.column_id(part).ok_or_else(|| {
                        let table = &self.table.name;
                        CtlError::usage(format!(
                            "{server}: table \"{table}\" in {database} does not have a column named \"{part}\""
                        ))
                    })?;
                    self.add(column, server)?;
                }
            }
        }
        if self.columns.len() == start {
            self.table.own_columns().iter().try_for_each(|column| self.add(column, server))?;
            self.add(ColumnId::VERSION, server)?;
        }
        self.requests.push(Request { columns: start..self.columns.len(), without });
        Ok(())
    }

    fn add(&mut self, column: ColumnId, server: &str) -> Result<(), CtlError> {
        let Some(column) = self.table.column(column) else { return Ok(()) };
        if self.columns.iter().any(|c| c.name == column.name) {
            let text = format!("{server}: column \"{}\" mentioned multiple times", column.name);
            return Err(CtlError::usage(text));
        }
        self.columns.push(column);
        Ok(())
    }
}

impl Request {
    /// Writes the request, one object.
    pub fn write(&self, w: &mut Writer<'_>, watched: &Watched<'_>, condition: Option<&str>) {
        w.begin_object();
        w.key("columns");
        w.begin_array();
        watched
            .columns
            .get(self.columns.clone())
            .unwrap_or_default()
            .iter()
            .for_each(|column| w.string(&column.name));
        w.end_array();
        if let Some(condition) = condition {
            w.key("where");
            w.raw(condition.as_bytes());
        }
        if self.without.contains(&true) {
            w.key("select");
            w.begin_object();
            for (kind, off) in KINDS.iter().zip(self.without) {
                w.key(kind);
                w.boolean(!off);
            }
            w.end_object();
        }
        w.end_object();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ovsdb_proto::schema::DatabaseSchema;

    #[test]
    fn words() {
        let schema = DatabaseSchema::parse(
            r#"{"name":"D","version":"1.0.0","tables":{"T":{"columns":{"b":{"type":"string"},"a":{"type":"integer"}}}}}"#,
        )
        .unwrap();
        let check = |words: &[&str], expect: Result<&str, &str>| {
            let words: Vec<String> = words.iter().map(|w| w.to_string()).collect();
            let watched = Watched::new(&schema.tables()[0], &words, "D", "unix:s");
            let text = watched.map_err(|e| e.message).map(|watched| {
                let mut out = Vec::new();
                let mut w = Writer::new(&mut out);
                w.begin_array();
                watched.requests.iter().for_each(|request| request.write(&mut w, &watched, None));
                w.end_array();
                String::from_utf8(out).unwrap()
            });
            assert_eq!(text.as_deref().map_err(String::as_str), expect, "{words:?}");
        };
        check(&[], Ok(r#"[{"columns":["a","b","_version"]}]"#));
        check(&[",,"], Ok(r#"[{"columns":["a","b","_version"]}]"#));
        let select = r#""select":{"initial":false,"insert":true,"delete":true,"modify":true}"#;
        check(
            &["b,!initial", "_uuid"],
            Ok(&format!(r#"[{{"columns":["b"],{select}}},{{"columns":["_uuid"]}}]"#)),
        );
        check(&["b,b"], Err("unix:s: column \"b\" mentioned multiple times"));
        check(&["!nope"], Err("unix:s: table \"T\" in D does not have a column named \"!nope\""));
    }
}
