//! What does a column of a database say about remotes and certificates: `db:DB,TABLE,COLUMN` of ovsdb-server(1)?

use super::remotes::RemoteSettings;
use crate::engine::{Database, Row};
use ovsdb_proto::schema::{ColumnId, TableId, TableSchema};
use ovsdb_proto::value::{AtomType, AtomView, Uuid};
use std::fmt;
use std::time::Duration;

/// A column of a table of a database.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ColumnName {
    /// The name of the database.
    pub database: String,
    /// The name of the table.
    pub table: String,
    /// The name of the column.
    pub column: String,
}

/// A column that cannot be used, or a text that is none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SourceError {
    /// Not `db:DB,TABLE,COLUMN`.
    #[error("{0:?}: invalid syntax")]
    Syntax(String),
    /// `pfd:FD`: only the remotes that a server starts with may be descriptors.
    #[error("pfd: remotes can only be specified on the command line")]
    Descriptor,
    /// No such database is served.
    #[error("\"{0}\": no database named {db}", db = .0.database)]
    Database(ColumnName),
    /// The database has no such table.
    #[error("\"{0}\": no table named {table}", table = .0.table)]
    Table(ColumnName),
    /// The table has no such column.
    #[error("\"{0}\": table \"{table}\" has no column \"{column}\"", table = .0.table, column = .0.column)]
    Column(ColumnName),
    /// The column cannot hold what is looked for.
    #[error("\"{0}\": table \"{table}\" column \"{column}\" is not {1}", table = .0.table, column = .0.column)]
    Type(ColumnName, &'static str),
}

impl ColumnName {
    /// Reads `db:DB,TABLE,COLUMN`.
    ///
    /// # Errors
    /// [`SourceError::Syntax`]
    pub fn parse(text: &str) -> Result<ColumnName, SourceError> {
        let fail = || SourceError::Syntax(text.to_owned());
        let mut names = text.strip_prefix("db:").ok_or_else(fail)?.split(',').map(str::to_owned);
        match (names.next(), names.next(), names.next(), names.next()) {
            (Some(database), Some(table), Some(column), None)
                if ![&database, &table, &column].iter().any(|name| name.is_empty()) =>
            {
                Ok(ColumnName { database, table, column })
            }
            _ => Err(fail()),
        }
    }

    fn find<'a>(&self, database: Option<&'a Database>) -> Result<Found<'a>, SourceError> {
        let database = database.ok_or_else(|| SourceError::Database(self.clone()))?;
        let schema = database.schema();
        let id = schema.table_id(&self.table).ok_or_else(|| SourceError::Table(self.clone()))?;
        let table = schema.table(id).ok_or_else(|| SourceError::Table(self.clone()))?;
        let column = table.column_id(&self.column).ok_or_else(|| SourceError::Column(self.clone()))?;
        Ok(Found { database, id, table, column })
    }
}

impl fmt::Display for ColumnName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "db:{},{},{}", self.database, self.table, self.column)
    }
}

struct Found<'a> {
    database: &'a Database,
    id: TableId,
    table: &'a TableSchema,
    column: ColumnId,
}

impl<'a> Found<'a> {
    fn atoms(&self) -> impl Iterator<Item = AtomView<'a>> {
        let (table, column) = (self.table, self.column);
        self.database
            .rows(self.id)
            .filter_map(move |row| row.read(table, column))
            .flat_map(|value| value.atoms())
    }
}

/// One remote that a database names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Named {
    /// The text of the remote.
    pub(super) target: String,
    /// The row that describes it: its database, table and identity. None if the column holds texts only.
    pub(super) row: Option<RowName>,
    /// What the row says.
    pub(super) settings: RemoteSettings,
    /// For whose rights its clients' writes are checked; empty if not at all.
    pub(super) role: String,
}

/// Where a row is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct RowName {
    pub(super) database: String,
    pub(super) table: String,
    pub(super) uuid: Uuid,
}

/// The remotes that a column names: texts, or references to rows that have a column `target`.
///
/// # Errors
/// The column cannot be found, or holds neither.
pub(super) fn remotes(name: &ColumnName, database: Option<&Database>) -> Result<Vec<Named>, SourceError> {
    let found = name.find(database)?;
    let column = found.table.column(found.column).ok_or_else(|| SourceError::Column(name.clone()))?;
    let wrong = || SourceError::Type(name.clone(), "string, or a reference to rows with a column \"target\"");
    match (&column.type_.key.reference, column.type_.key.atom) {
        (Some(reference), _) => {
            let schema = found.database.schema();
            let id = schema.table_id(&reference.table).ok_or_else(wrong)?;
            let table = schema.table(id).ok_or_else(wrong)?;
            table.column_id("target").ok_or_else(wrong)?;
            let rows = found.atoms().filter_map(AtomView::as_uuid);
            let rows = rows.filter_map(|uuid| found.database.row(id, uuid));
            Ok(rows.filter_map(|row| named(name, table, row)).collect())
        }
        (None, AtomType::String) => {
            let plain = |target: &str| Named {
                target: target.to_owned(),
                row: None,
                settings: RemoteSettings::default(),
                role: String::new(),
            };
            Ok(found.atoms().filter_map(AtomView::as_str).filter(|t| !t.is_empty()).map(plain).collect())
        }
        _ => Err(wrong()),
    }
}

fn named(name: &ColumnName, table: &TableSchema, row: &Row) -> Option<Named> {
    let get = |column: &str| row.read(table, table.column_id(column)?)?.atoms().next();
    let target = get("target")?.as_str().filter(|t| !t.is_empty())?.to_owned();
    let ms = |column| get(column).and_then(AtomView::as_integer).map(|ms| u64::try_from(ms).unwrap_or(0));
    Some(Named {
        target,
        row: Some(RowName {
            database: name.database.clone(),
            table: table.name.to_string(),
            uuid: row.uuid(),
        }),
        settings: RemoteSettings {
            probe_ms: ms("inactivity_probe"),
            max_backoff: ms("max_backoff").filter(|ms| *ms > 0).map(Duration::from_millis),
            read_only: get("read_only").and_then(AtomView::as_boolean).unwrap_or(false),
        },
        role: get("role").and_then(AtomView::as_str).unwrap_or_default().to_owned(),
    })
}

/// The first text that is not empty in a column.
///
/// # Errors
/// The column cannot be found or does not hold texts.
pub(super) fn text(name: &ColumnName, database: Option<&Database>) -> Result<Option<String>, SourceError> {
    let found = name.find(database)?;
    let column = found.table.column(found.column).ok_or_else(|| SourceError::Column(name.clone()))?;
    if column.type_.key.atom != AtomType::String || column.type_.is_map() {
        return Err(SourceError::Type(name.clone(), "string or set of strings"));
    }
    let text = found.atoms().filter_map(AtomView::as_str).find(|text| !text.is_empty()).map(str::to_owned);
    Ok(text)
}

/// Whether a remote is the descriptor of a listening socket, `pfd:FD`.
pub(super) fn is_descriptor(remote: &str) -> bool {
    remote.starts_with("pfd:")
}

/// The tables that decide what a column of remotes says: its own, and the one that it refers to.
pub(super) fn tables(name: &ColumnName, database: Option<&Database>) -> Vec<String> {
    let mut tables = vec![name.table.clone()];
    if let Ok(found) = name.find(database) {
        let reference = found.table.column(found.column).and_then(|c| c.type_.key.reference.as_ref());
        tables.extend(reference.map(|r| r.table.to_string()));
    }
    tables.sort();
    tables.dedup();
    tables
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_columns() {
        let name = ColumnName::parse("db:OVN_Northbound,NB_Global,connections").unwrap();
        assert_eq!(name.to_string(), "db:OVN_Northbound,NB_Global,connections");
        for text in ["db:a,b", "db:a,b,c,d", "a,b,c", "db:,b,c", "db:a,,c", ""] {
            let error = ColumnName::parse(text).unwrap_err();
            assert_eq!(error.to_string(), format!("\"{text}\": invalid syntax"));
        }
    }
}
