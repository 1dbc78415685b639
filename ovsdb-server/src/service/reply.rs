//! How a request is answered: the bytes of replies, and of errors in the form of ovsdb-server.

use crate::engine::restore;
use crate::monitor::MonitorError;
use crate::monitor::canonical::canonical;
use crate::storage::JournalError;
use ovsdb_proto::json::Writer;
use std::borrow::Cow;
use std::error::Error;

/// Why a request is refused: what stands as `error` in its reply.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// A mere string.
    Text(&'static str),
    /// An `<error>` (RFC 7047 section 3.1).
    Error {
        error: &'static str,
        details: Cow<'static, str>,
        /// The part of the request that is meant, normalised; `None` if it is too long to be read.
        syntax: Option<String>,
        /// What the operating system said.
        io: Option<String>,
    },
    /// JSON that is an `<error>` already.
    Raw(Box<[u8]>),
    /// What is wrong with a request about a monitor.
    Monitor(MonitorError),
}

impl Refusal {
    /// An error of this kind.
    pub(super) fn new(error: &'static str, details: impl Into<Cow<'static, str>>) -> Refusal {
        Refusal::Error { error, details: details.into(), syntax: None, io: None }
    }

    /// An error of this kind that quotes a part of the request.
    pub(super) fn quoting(
        error: &'static str,
        part: &[u8],
        details: impl Into<Cow<'static, str>>,
    ) -> Refusal {
        Refusal::Error { error, details: details.into(), syntax: canonical(part).ok(), io: None }
    }

    /// A syntax error that quotes the request's parameters.
    pub(super) fn syntax(params: &[u8], details: impl Into<Cow<'static, str>>) -> Refusal {
        Refusal::quoting("syntax error", params, details)
    }

    /// The refusal of a request that is not UTF-8, made of what was read of its escaped text.
    pub(super) fn restored(self) -> Refusal {
        if matches!(self, Refusal::Monitor(_)) {
            // it was read by the monitors
            return self;
        }
        let mut text = Vec::new();
        self.write(&mut Writer::new(&mut text));
        Refusal::Raw(restore(&text).into())
    }

    pub(super) fn write(&self, w: &mut Writer<'_>) {
        let (error, details, syntax, io) = match self {
            Refusal::Text(text) => return w.string(text),
            Refusal::Raw(json) => return w.raw(json),
            Refusal::Monitor(error) => return error.write(w),
            Refusal::Error { error, details, syntax, io } => (error, details, syntax, io),
        };
        w.begin_object();
        if let Some(syntax) = syntax {
            w.key("syntax");
            w.string(syntax);
        }
        w.key("details");
        w.string(details);
        if let Some(io) = io {
            w.key("io-error");
            w.string(io);
        }
        w.key("error");
        w.string(error);
        w.end_object();
    }
}

impl From<MonitorError> for Refusal {
    fn from(error: MonitorError) -> Refusal {
        Refusal::Monitor(error)
    }
}

impl From<JournalError> for Refusal {
    fn from(error: JournalError) -> Refusal {
        let io = error.source().map(|source| {
            let text = source.to_string();
            // Rust adds the number, C does not
            text.split_once(" (os error ").map(|(text, _)| text.to_owned()).unwrap_or(text)
        });
        Refusal::Error { error: "I/O error", details: error.to_string().into(), syntax: None, io }
    }
}

/// The reply to a request that succeeded, up to its result.
pub(super) fn begin(out: &mut Vec<u8>, id: &[u8]) {
    out.extend_from_slice(b"{\"id\":");
    out.extend_from_slice(id);
    out.extend_from_slice(b",\"result\":");
}

/// What follows the result.
pub(super) fn end(out: &mut Vec<u8>) {
    out.extend_from_slice(b",\"error\":null}");
}

/// The reply to a request that succeeded. `result` writes one value.
pub(super) fn result(out: &mut Vec<u8>, id: &[u8], result: impl FnOnce(&mut Writer<'_>)) {
    begin(out, id);
    result(&mut Writer::new(out));
    end(out);
}

/// The reply to a request that failed: without `result`, as ovsdb-server sends it. `error` writes one value.
pub(super) fn error(out: &mut Vec<u8>, id: &[u8], error: impl FnOnce(&mut Writer<'_>)) {
    out.extend_from_slice(b"{\"id\":");
    out.extend_from_slice(id);
    out.extend_from_slice(b",\"error\":");
    error(&mut Writer::new(out));
    out.push(b'}');
}
