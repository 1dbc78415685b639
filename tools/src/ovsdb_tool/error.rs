//! In which words does the C program say what is wrong with a file?

use super::identify;
use super::run::Session;
use crate::ctl::error::{CtlError, ErrorKind};
use crate::ctl::exit::reason;
use crate::ctl::raw;
use crate::ctl::vlog::Level;
use ovsdb_server::storage::contents::ReplayError;
use ovsdb_server::storage::log::RecordProblem;
use ovsdb_server::storage::{JournalError, RowsError, StorageError};
use std::error::Error as _;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::Path;

/// The most bytes of a line that is no record's first that are shown.
const LINE_BYTES_MAX: u64 = 127;

/// An operation on a file that the system refused.
pub(super) fn io_failed(path: &str, what: &str, error: &io::Error) -> CtlError {
    CtlError::new(ErrorKind::Io, format!("I/O error: {path}: {what} ({})", reason(error)))
}

/// A file that is not what it should be.
pub(super) fn wrong(path: &str, what: &str) -> CtlError {
    CtlError::command(format!("ovsdb error: {path}: {what}"))
}

/// What the command does not work with.
pub(super) fn clustered(path: &str) -> CtlError {
    wrong(path, "cannot apply this operation to clustered database file")
        .hint("let ovsdb-client work on the server that has it")
}

/// The end of the good part of a file.
pub(super) fn record(path: &str, problem: &RecordProblem) -> CtlError {
    let bad = |text: String| CtlError::command(format!("syntax error: {path}: {text}"));
    match *problem {
        RecordProblem::Short { want, have, .. } if want > 0 => {
            let size = raw::path(path).metadata().map_or(0, |metadata| metadata.len());
            let offset = size.saturating_sub(have);
            let text = format!(
                "I/O error: {path}: error reading {want} bytes starting at offset {offset} (End of file)"
            );
            CtlError::new(ErrorKind::Io, text)
        }
        RecordProblem::Short { offset, .. } | RecordProblem::Header { offset } => {
            let line = line_at(&raw::path(path), offset).unwrap_or_default();
            bad(format!("parse error at offset {offset} in header line \"{line}\""))
        }
        RecordProblem::Checksum { .. } => bad(problem.to_string()),
    }
}

fn line_at(path: &Path, offset: u64) -> io::Result<String> {
    let mut file = File::open(path)?;
    file.seek(SeekFrom::Start(offset))?;
    let mut line = Vec::new();
    BufReader::new(file.take(LINE_BYTES_MAX)).read_until(b'\n', &mut line)?;
    let line = String::from_utf8_lossy(line.strip_suffix(b"\n").unwrap_or(&line)).into_owned();
    // the C program has cut the line behind the kind of file by then
    let kind = line.strip_prefix("OVSDB ").and_then(|rest| rest.split_once(' '));
    Ok(kind.map_or(line.clone(), |(kind, _)| format!("OVSDB {kind}")))
}

impl Session {
    /// Why a database cannot be opened or created.
    pub(super) fn storage(&self, path: &str, error: &StorageError) -> CtlError {
        match error {
            StorageError::Locked { .. } | StorageError::Io { action: "lock", .. } => {
                let failed = self.lock_failed(path, error);
                CtlError { message: format!("I/O error: {}", failed.message), ..failed }
            }
            StorageError::Io { action, source, .. } => io_failed(path, &format!("{action} failed"), source),
            StorageError::NotDatabase { .. } => wrong(path, "unexpected file format"),
            StorageError::Cluster { .. } => clustered(path),
            StorageError::Damaged { problem, .. } => record(path, problem),
            StorageError::Schema { error, .. } => {
                let again = identify::standalone(path, false).and_then(|mut log| log.schema(path));
                let same = |_| CtlError::command(format!("syntax error: {path}: {error}"));
                again.map_or_else(|error| error, same)
            }
            StorageError::Record { error, .. } => CtlError::command(value(error)),
            StorageError::Rows { error, .. } => CtlError::command(match &**error {
                RowsError::Value(error) => value(error),
                RowsError::Together(error) => error.to_string(),
            }),
        }
    }

    /// Why a lock cannot be had, after a warning that says more.
    pub(super) fn lock_failed(&self, path: &str, error: &StorageError) -> CtlError {
        let real = std::fs::canonicalize(raw::path(path))
            .ok()
            .and_then(|real| real.file_name().map(|name| name.to_owned()));
        let name =
            real.or_else(|| Path::new(path).file_name().map(|name| name.to_owned())).unwrap_or_default();
        let lock = Path::new(path).with_file_name(format!(".{}.~lock~", name.to_string_lossy()));
        let lock = lock.display();
        let warn = |text: &str| self.log("lockfile", Level::Warn, &format!("{lock}: {text}"));
        let why = match error {
            StorageError::Io { source, .. } => {
                warn(&format!("failed to open lock file: {}", reason(source)));
                warn(&format!("failed to lock file: {}", reason(source)));
                reason(source)
            }
            StorageError::Locked { pid, .. } => {
                warn(&format!("cannot lock file because it is already locked by pid {pid}"));
                "Resource temporarily unavailable".to_owned()
            }
            other => other.to_string(),
        };
        CtlError::new(ErrorKind::Io, format!("{path}: failed to lock lockfile ({why})"))
    }
}

/// What is wrong with a record, as far as it is about a single value.
fn value(error: &ReplayError) -> String {
    match error {
        ReplayError::Constraint { error, .. } => format!("constraint violation: {error}"),
        ReplayError::Table(name) => format!("unknown table: No table named {name}."),
        other => format!("syntax error: {other}"),
    }
}

/// Why a database cannot be written.
pub(super) fn journal(error: &JournalError) -> CtlError {
    let source = error.source().and_then(|source| source.downcast_ref::<io::Error>());
    let why = source.map(|source| format!(" ({})", reason(source))).unwrap_or_default();
    CtlError::new(ErrorKind::Io, format!("I/O error: {error}{why}"))
}
