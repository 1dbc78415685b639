//! How do `convert` and `needs-conversion` bring a schema from a file to a server?

use super::canonical;
use super::command::Need;
use super::json_text;
use super::open::{Opened, ServerRow, open};
use super::run::Session;
use super::schema;
use super::server::{Reply, Server, failed};
use super::transact::be_change_aware;
use crate::ctl::error::{CtlError, ErrorKind};
use crate::ctl::exit::reason;
use crate::ctl::raw;
use crate::ctl::vlog::Level;
use ovsdb_proto::schema::DatabaseSchema;

/// The most bytes of a schema file. The largest real one has 30 KB.
const FILE_BYTES_MAX: u64 = 16 << 20;

/// `convert`: `words` are perhaps a server, and the file.
///
/// # Errors
/// The file holds no schema; the server refuses it; stdout takes no more.
pub async fn convert(session: &mut Session<'_>, words: &[String]) -> Result<(), CtlError> {
    let (schema, mut server) = begin(session, words).await?;
    be_change_aware(session, &mut server).await?;
    let options = session.options;
    let params = |w: &mut ovsdb_proto::json::Writer<'_>| {
        w.string(&schema.name);
        w.raw(schema.to_json().as_bytes());
    };
    server.ask("convert", params, |error| options.json(&canonical::text(error)), |_| Ok(())).await?;
    server.close().await;
    Ok(())
}

/// `needs-conversion`: prints `yes` or `no`.
///
/// # Errors
/// As [`convert`].
pub async fn needs_conversion(session: &mut Session<'_>, words: &[String]) -> Result<(), CtlError> {
    let (schema, mut server) = begin(session, words).await?;
    let (there, _) = schema::fetch(session, &mut server, &schema.name).await?;
    server.close().await;
    session.print_line(if schema == there { "no" } else { "yes" })
}

/// The schema in the file as the server would have it, and the server.
async fn begin(session: &mut Session<'_>, words: &[String]) -> Result<(DatabaseSchema, Server), CtlError> {
    let path = words.last().map_or("", String::as_str);
    let mut schema = read(path)?;
    let database = Some(schema.name.to_string());
    let Opened { mut server, .. } = open(session, (1, Need::Database), words, database).await?;
    let name = server.name().to_owned();
    let clustered = server
        .call(
            "transact",
            |w| ServerRow::write_select(w, &schema.name),
            |reply| match reply {
                Reply::Result(result) => {
                    Ok(ServerRow::read(result).ok().flatten().is_some_and(|row| row.clustered))
                }
                Reply::Error(error) => Err(canonical::text(error)),
            },
        )
        .await
        .map_err(|e| failed(&name, "transaction failed", &e))?
        .map_err(|error| {
            let text = format!("transaction returned error: {}", session.options.json(&error));
            CtlError::new(ErrorKind::Transaction, text)
        })?;
    if clustered && let Some((count, one)) = persist(&mut schema) {
        let text = format!(
            "{path}: changed {count} columns in '{}' database from ephemeral to persistent, including {one}, because \
             clusters do not support ephemeral columns",
            schema.name
        );
        session.log_as("ovsdb", Level::Warn, &text);
    }
    Ok((schema, server))
}

fn read(path: &str) -> Result<DatabaseSchema, CtlError> {
    use std::io::Read as _;
    let not_json = |why: String| {
        CtlError::new(
            ErrorKind::Io,
            format!("failed to read schema: \"{path}\" could not be read as JSON ({why})"),
        )
    };
    let open_failed = |e: std::io::Error| not_json(format!("error opening \"{path}\": {}", reason(&e)));
    let mut text = String::new();
    let file = std::fs::File::open(raw::path(path)).map_err(open_failed)?;
    file.take(FILE_BYTES_MAX)
        .read_to_string(&mut text)
        .map_err(|e| not_json(format!("error reading JSON stream: {}", reason(&e))))?;
    json_text::check(&text).map_err(|e| not_json(e.to_string()))?;
    DatabaseSchema::parse_strict(&text).map_err(|e| {
        CtlError::new(ErrorKind::Io, format!("failed to parse \"{path}\" as ovsdb schema ({e})"))
    })
}

/// Makes all columns persistent, as a cluster has them; answers how many were not, and one of them.
fn persist(schema: &mut DatabaseSchema) -> Option<(usize, String)> {
    let mut changed = schema.tables().iter().flat_map(|table| {
        let ephemeral = table.columns().iter().filter(|column| column.ephemeral);
        ephemeral.map(|column| format!("'{}' column in '{}' table", column.name, table.name))
    });
    let first = changed.next()?;
    let count = 1 + changed.count();
    // The text is our own: a quote inside of a string would have a backslash before it, so this matches members only.
    let text = schema.to_json().replace(", \"ephemeral\": true", "");
    *schema = DatabaseSchema::parse(&text).ok()?;
    Some((count, first))
}
