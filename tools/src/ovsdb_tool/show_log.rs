//! What has happened to a database, as its file tells it?

use super::error::clustered;
use super::identify;
use super::order::order;
use super::run::Session;
use crate::ctl::error::CtlError;
use crate::ctl::exit;
use crate::ctl::vlog::format_utc;
use crate::ovsdb::canonical;
use ovsdb_proto::json::{JsonError, Kind, Reader};
use ovsdb_proto::schema::{DatabaseSchema, TableSchema, read_datum};
use ovsdb_proto::value::{Format, print_datum};
use ovsdb_server::storage::log::Magic;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::time::{Duration, UNIX_EPOCH};

/// Dates below this were written in seconds, by servers of long ago (ovsdb(5)).
const SECONDS_BELOW: i64 = i32::MAX as i64;

/// How many bytes of a row's UUID are shown.
const SHORT_UUID: usize = 8;

/// What is known at a record of those before it.
struct History<'a> {
    schema: &'a DatabaseSchema,
    /// What the rows are called that there are.
    names: HashMap<String, String>,
    /// `-m`, how often.
    more: usize,
}

impl Session {
    /// `show-log`: prints each record as it is read, so that what is good is shown even if the file ends in something that is not.
    pub(super) fn show_log(&self, path: &str, more: usize) -> Result<(), CtlError> {
        let mut log = identify::open(path, false)?;
        if log.magic == Magic::Cluster {
            return Err(clustered(path));
        }
        let schema = log.schema(path)?;
        let cksum = schema.cksum.as_deref().unwrap_or_default();
        let (name, version) = (&schema.name, &schema.version);
        exit::print(
            format!("record 0: \"{name}\" schema, version=\"{version}\", cksum=\"{cksum}\"\n\n").as_bytes(),
        )?;
        let mut history = History { schema: &schema, names: HashMap::new(), more };
        let mut number = 0u64;
        while let Some(json) = log.next(path)? {
            number += 1;
            let mut out = format!("record {number}:");
            let shown = history.record(json, &mut out);
            shown.map_err(|error| {
                CtlError::command(format!("syntax error: {path}: record {number}: {error}"))
            })?;
            out.push('\n');
            exit::print(out.as_bytes())?;
        }
        Ok(())
    }
}

/// The members of an object, in the order in which Open vSwitch goes through them.
fn members(json: &[u8]) -> Result<Vec<(String, &[u8])>, JsonError> {
    let mut r = Reader::new(json);
    let mut found = Vec::new();
    r.begin_object()?;
    while let Some(key) = r.next_key()? {
        found.push((key.into_owned(), r.skip()?));
    }
    r.end()?;
    let keys: Vec<&str> = found.iter().map(|(key, _)| key.as_str()).collect();
    let order = order(&keys);
    Ok(order.into_iter().filter_map(|i| found.get(i).cloned()).collect())
}

fn is_object(json: &[u8]) -> bool {
    Reader::new(json).peek() == Ok(Kind::Object)
}

impl History<'_> {
    fn record(&mut self, json: &[u8], out: &mut String) -> Result<(), JsonError> {
        let members = members(json)?;
        let member =
            |name: &str| members.iter().find(|(key, _)| key == name).map(|(_, json)| Reader::new(json));
        if let Some(mut r) = member("_date")
            && let Ok(date) = r.integer()
        {
            let date = if date < SECONDS_BELOW { date.saturating_mul(1000) } else { date };
            let since = Duration::from_millis(u64::try_from(date).unwrap_or(0));
            let time = UNIX_EPOCH.checked_add(since).unwrap_or(UNIX_EPOCH);
            out.push_str(&format_utc(time, " %Y-%m-%d %H:%M:%S.###"));
        }
        let is_diff = member("_is_diff").is_some_and(|mut r| r.boolean() == Ok(true));
        if let Some(mut r) = member("_comment")
            && let Ok(comment) = r.string()
        {
            *out += &format!(" \"{comment}\"");
        }
        if self.more > 0 {
            let tables = members.iter().filter(|(name, rows)| !name.starts_with('_') && is_object(rows));
            for (i, (name, rows)) in tables.enumerate() {
                if i == 0 {
                    out.push('\n');
                }
                self.table(name, rows, is_diff, out)?;
            }
        }
        Ok(())
    }

    fn table(&mut self, name: &str, rows: &[u8], is_diff: bool, out: &mut String) -> Result<(), JsonError> {
        let schema = self.schema.table_id(name).and_then(|id| self.schema.table(id));
        for (uuid, row) in self::members(rows)? {
            let columns = if is_object(row) { Some(self::members(row)?) } else { None };
            let new_name = columns.iter().flatten().find(|(column, _)| column == "name");
            let new_name = new_name.map(|(_, json)| canonical::text(json));
            let short = uuid.get(..SHORT_UUID).unwrap_or(&uuid);
            *out += &format!("  table {name}");
            match (self.names.get(&uuid), &new_name) {
                (None, Some(new)) => *out += &format!(" insert row {new} ({short}):\n"),
                (None, None) => *out += &format!(" insert row {short}:\n"),
                (Some(old), _) => {
                    *out += &format!(" row {old} ({short}){}:\n", if is_diff { " diff" } else { "" });
                }
            }
            match columns {
                Some(columns) => {
                    if self.more > 1 {
                        columns.iter().for_each(|(name, json)| column(schema, name, json, out));
                    }
                    match self.names.entry(uuid.clone()) {
                        Entry::Vacant(entry) => {
                            entry.insert(new_name.unwrap_or_else(|| short.to_owned()));
                        }
                        Entry::Occupied(mut entry) => {
                            new_name.into_iter().for_each(|new| drop(entry.insert(new)));
                        }
                    }
                }
                None if Reader::new(row).null().is_ok() => {
                    out.push_str("    delete row\n");
                    self.names.remove(&uuid);
                }
                None => {}
            }
        }
        Ok(())
    }
}

/// A column and its value as people read it, or as JSON if the column does not take it.
fn column(table: Option<&TableSchema>, name: &str, json: &[u8], out: &mut String) {
    *out += &format!("    {name}=");
    let column = table.and_then(|table| table.column(table.column_id(name)?));
    let value = column.and_then(|column| {
        let value = read_datum(&mut Reader::new(json), &column.type_, &mut |_| None).ok()?;
        column.type_.check(&value).ok()?;
        Some((value, column.type_.max))
    });
    match value {
        Some((value, max)) => print_datum(out, &value, max, Format::String),
        None => *out += &canonical::text(json),
    }
    out.push('\n');
}
