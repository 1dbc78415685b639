//! What a client is told when what it asks of a monitor cannot be done: the texts are those of ovsdb-server.

use super::canonical::canonical;
use crate::engine::{Failure, restore};
use ovsdb_proto::json::{JsonError, Writer};

/// Why a monitor was not opened, changed or cancelled.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MonitorError {
    /// The request is not acceptable; the reply's `error` is an object (RFC 7047 section 3.1, `<error>`).
    #[error("{error}: {details}")]
    Refused {
        /// What kind of error, such as `syntax error`.
        error: &'static str,
        /// What exactly.
        details: Box<str>,
        /// The part of the request that is meant, as JSON.
        syntax: Option<Box<str>>,
    },
    /// The same of a request that is not UTF-8, so that what the error quotes is not, either: the
    /// reply's `error`, as JSON.
    #[error("{}", String::from_utf8_lossy(.0))]
    Quoting(Box<[u8]>),
    /// `monitor_cancel` names no monitor of this client; the reply's `error` is a string.
    #[error("unknown monitor")]
    UnknownMonitor,
    /// `monitor_cancel` has other than one parameter; the reply's `error` is a string.
    #[error("invalid parameters")]
    CancelParameters,
}

impl MonitorError {
    /// Writes the `error` of the reply: one value.
    pub fn write(&self, w: &mut Writer<'_>) {
        let (error, details, syntax) = match self {
            MonitorError::Refused { error, details, syntax } => (error, details, syntax),
            MonitorError::Quoting(json) => return w.raw(json),
            _ => return w.string(&self.to_string()),
        };
        w.begin_object();
        w.key("details");
        w.string(details);
        w.key("error");
        w.string(error);
        if let Some(syntax) = syntax {
            w.key("syntax");
            w.string(syntax);
        }
        w.end_object();
    }

    /// The error of a request that is not UTF-8, made of what was read of its escaped text.
    pub(super) fn restored(self) -> MonitorError {
        let mut text = Vec::new();
        self.write(&mut Writer::new(&mut text));
        MonitorError::Quoting(restore(&text).into())
    }

    /// A syntax error; `part` is the JSON that is meant.
    pub(super) fn syntax(details: impl Into<Box<str>>, part: Option<&[u8]>) -> MonitorError {
        MonitorError::refused("syntax error", details, part)
    }

    /// An error of another kind.
    pub(super) fn refused(
        error: &'static str,
        details: impl Into<Box<str>>,
        part: Option<&[u8]>,
    ) -> MonitorError {
        let syntax = part.and_then(|part| canonical(part).ok()).map(Into::into);
        MonitorError::Refused { error, details: details.into(), syntax }
    }
}

impl From<Failure> for MonitorError {
    fn from(failure: Failure) -> MonitorError {
        let Failure { error, details, syntax } = failure;
        MonitorError::Refused { error, details, syntax }
    }
}

impl From<JsonError> for MonitorError {
    fn from(error: JsonError) -> MonitorError {
        MonitorError::syntax(error.to_string(), None)
    }
}
