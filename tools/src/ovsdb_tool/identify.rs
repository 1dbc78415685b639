//! What kind of database is a file, and what does its first record say?

use super::error::{clustered, io_failed, record, wrong};
use crate::ctl::error::CtlError;
use crate::ctl::raw;
use ovsdb_proto::json::{Kind, Reader as Json};
use ovsdb_proto::schema::DatabaseSchema;
use ovsdb_server::storage::log::{HEADER_BYTES_MAX, Header, Magic, Next, Reader};
use std::fs::File;
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom};

/// A file whose records can be read.
#[derive(Debug)]
pub(super) struct Log {
    pub(super) magic: Magic,
    pub(super) reader: Reader<BufReader<File>>,
}

/// Opens a file, for writing too if it is to be written later: whether that may be shall be known first.
///
/// # Errors
/// It cannot be opened, or does not begin like a database.
pub(super) fn open(path: &str, write: bool) -> Result<Log, CtlError> {
    let mut file = std::fs::OpenOptions::new()
        .read(true)
        .write(write)
        .open(raw::path(path))
        .map_err(|error| io_failed(path, "open failed", &error))?;
    let read_failed = |error| io_failed(path, "read error", &error);
    let mut line = Vec::new();
    let start = (&mut file).take(HEADER_BYTES_MAX as u64);
    BufReader::new(start).read_until(b'\n', &mut line).map_err(read_failed)?;
    if line.is_empty() {
        return Err(wrong(path, "cannot identify file type"));
    }
    let header = Header::parse(&line).ok_or_else(|| wrong(path, "unexpected file format"))?;
    let size = file.metadata().map_err(read_failed)?.len();
    file.seek(SeekFrom::Start(0)).map_err(read_failed)?;
    Ok(Log { magic: header.magic, reader: Reader::new(BufReader::new(file), size) })
}

/// Makes sure that a file is a standalone database.
///
/// # Errors
/// As [`open`]; or it is part of a cluster.
pub(super) fn standalone(path: &str, write: bool) -> Result<Log, CtlError> {
    let log = open(path, write)?;
    if log.magic == Magic::Cluster { Err(clustered(path)) } else { Ok(log) }
}

impl Log {
    /// The next record, `None` at the end.
    ///
    /// # Errors
    /// There is something that is no record.
    pub(super) fn next(&mut self, path: &str) -> Result<Option<&[u8]>, CtlError> {
        let start = self.reader.offset();
        match self.reader.read().map_err(|error| io_failed(path, "read error", &error))? {
            Next::Record(_, json) if json.trim_ascii_start().starts_with(b"{") => Ok(Some(json)),
            Next::Record(_, json) => {
                let (length, line) = (json.len(), format!("OVSDB JSON {} {:40}\n", json.len(), ""));
                let offset = start + line.len() as u64;
                let text = format!("{length} bytes starting at offset {offset} are not a JSON object");
                Err(CtlError::command(format!("syntax error: {path}: {text}")))
            }
            Next::End => Ok(None),
            Next::Bad(problem) => Err(record(path, &problem)),
        }
    }

    /// The schema in the first record.
    ///
    /// # Errors
    /// There is none.
    pub(super) fn schema(&mut self, path: &str) -> Result<DatabaseSchema, CtlError> {
        let json = self.next(path)?.unwrap_or_default();
        let text = String::from_utf8_lossy(json);
        DatabaseSchema::parse_strict(&text)
            .map_err(|error| CtlError::command(format!("syntax error: {path}: {error}")))
    }

    /// A member of the first record that is a string.
    ///
    /// # Errors
    /// There is no such record.
    pub(super) fn member(&mut self, path: &str, name: &str) -> Result<Option<String>, CtlError> {
        let json = self.next(path)?.unwrap_or_default();
        let not_json = |error| CtlError::command(format!("syntax error: {path}: first record: {error}"));
        let mut r = Json::new(json);
        let mut found = None;
        r.begin_object().map_err(not_json)?;
        while let Some(key) = r.next_key().map_err(not_json)? {
            if key == name && r.peek().map_err(not_json)? == Kind::String {
                found = Some(r.string().map_err(not_json)?.into_owned());
            } else {
                r.skip().map_err(not_json)?;
            }
        }
        Ok(found)
    }
}
