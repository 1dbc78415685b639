//! What do the commands about schemas print?

use super::canonical;
use super::run::Session;
use super::server::Server;
use crate::ctl::error::{CtlError, ErrorKind};
use crate::ctl::table::Table;
use ovsdb_proto::schema::DatabaseSchema;

/// The schema of a database, parsed, and as the server sent it.
///
/// # Errors
/// The server does not say, or says what is no schema.
pub async fn fetch(
    session: &Session<'_>,
    server: &mut Server,
    database: &str,
) -> Result<(DatabaseSchema, String), CtlError> {
    let read = |result: &[u8]| {
        let text = String::from_utf8_lossy(result).into_owned();
        let schema =
            DatabaseSchema::parse(&text).map_err(|e| CtlError::new(ErrorKind::Transaction, e.to_string()))?;
        Ok((schema, text))
    };
    server
        .ask(
            "get_schema",
            |w| w.string(database),
            |error| session.options.json(&canonical::text(error)),
            read,
        )
        .await
}

/// `get-schema`
///
/// # Errors
/// As [`fetch`]; or stdout takes no more.
pub async fn get_schema(
    session: &mut Session<'_>,
    server: &mut Server,
    database: &str,
) -> Result<(), CtlError> {
    let (_, text) = fetch(session, server, database).await?;
    session.print_json(text.as_bytes())
}

/// `get-schema-version` and `get-schema-cksum`: prints the part that `part` takes of the schema.
///
/// # Errors
/// As [`get_schema`].
pub async fn get_part(
    session: &mut Session<'_>,
    server: &mut Server,
    database: &str,
    part: fn(&DatabaseSchema) -> &str,
) -> Result<(), CtlError> {
    let (schema, _) = fetch(session, server, database).await?;
    session.print_line(part(&schema))
}

/// `list-tables`
///
/// # Errors
/// As [`get_schema`].
pub async fn list_tables(
    session: &mut Session<'_>,
    server: &mut Server,
    database: &str,
) -> Result<(), CtlError> {
    let (schema, _) = fetch(session, server, database).await?;
    let rows = schema.tables().iter().map(|table| vec![session.text_cell(&table.name)]).collect();
    session.print_table(&Table { headings: vec!["Table".to_owned()], rows })
}

/// `list-columns`, of all tables if none is named. A table that is not there has no columns, as for `ovsdb-client`; under our own name it is an error.
///
/// # Errors
/// As [`get_schema`].
pub async fn list_columns(
    session: &mut Session<'_>,
    server: &mut Server,
    database: &str,
    only: Option<&str>,
) -> Result<(), CtlError> {
    let (schema, _) = fetch(session, server, database).await?;
    if let Some(name) = only.filter(|name| session.called.is_own_name() && schema.table_id(name).is_none()) {
        return Err(CtlError::usage(format!("{database} does not have a table named \"{name}\"")));
    }
    let mut headings = vec!["Table", "Column", "Type"];
    if only.is_some() {
        headings.remove(0);
    }
    let mut rows = Vec::new();
    for table in schema.tables().iter().filter(|table| only.is_none_or(|only| only == &*table.name)) {
        for column in table.columns() {
            let mut row = Vec::new();
            if only.is_none() {
                row.push(session.text_cell(&table.name));
            }
            row.push(session.text_cell(&column.name));
            row.push(canonical::text(column.type_.to_json().as_bytes()));
            rows.push(row);
        }
    }
    session.print_table(&Table { headings: headings.into_iter().map(str::to_owned).collect(), rows })
}
