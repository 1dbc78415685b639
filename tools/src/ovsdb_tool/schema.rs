//! What schema is in a file that a user names?

use crate::ctl::error::{CtlError, ErrorKind};
use crate::ctl::exit::reason;
use crate::ctl::raw;
use crate::ovsdb::json_text;
use ovsdb_proto::schema::DatabaseSchema;
use std::fs::File;
use std::io::{ErrorKind as Io, Read};

/// The most bytes of a schema file. The largest real one has 30 KB.
const FILE_BYTES_MAX: u64 = 16 << 20;

/// Reads a schema file.
///
/// # Errors
/// It cannot be read, is not JSON, or no schema.
pub(super) fn read(path: &str) -> Result<DatabaseSchema, CtlError> {
    let not_json = |why: String| {
        let text = format!("failed to read schema: \"{path}\" could not be read as JSON ({why})");
        CtlError::new(ErrorKind::Io, text)
    };
    let file = File::open(raw::path(path))
        .map_err(|error| not_json(format!("error opening \"{path}\": {}", reason(&error))))?;
    let mut bytes = Vec::new();
    file.take(FILE_BYTES_MAX)
        .read_to_end(&mut bytes)
        .map_err(|error| not_json(format!("error reading JSON stream: {}", reason(&error))))?;
    let text = String::from_utf8(bytes)
        .map_err(|_| not_json(format!("error reading JSON stream: {}", Io::InvalidData)))?;
    json_text::check(&text).map_err(|error| not_json(error.to_string()))?;
    DatabaseSchema::parse_strict(&text).map_err(|error| {
        CtlError::command(format!("syntax error: failed to parse \"{path}\" as ovsdb schema: {error}"))
    })
}
