//! Why an operation or a commit failed, in the words of ovsdb-server (RFC 7047 section 3.1, `<error>`).

use ovsdb_proto::json::{JsonError, Writer};
use ovsdb_proto::op::render_error;
use ovsdb_proto::schema::ConstraintError;

/// The longest JSON text that an error shows. It is there to be read by a person, and sorting its members looks at a text once for each level that it
/// lies in: what is both long and deep would keep the server busy for seconds.
const SHOWN_BYTES_MAX: usize = 64 << 10;

/// The error of one operation, or of the whole transaction. Built only when something went wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    pub(crate) error: &'static str,
    pub(crate) details: Box<str>,
    pub(crate) syntax: Option<Box<str>>,
}

impl Failure {
    pub(super) fn new(error: &'static str, details: impl Into<Box<str>>) -> Failure {
        Failure { error, details: details.into(), syntax: None }
    }

    /// A `syntax error` in this JSON text.
    pub(super) fn syntax(json: &[u8], details: impl Into<Box<str>>) -> Failure {
        Failure::at("syntax error", json, details)
    }

    /// An error of any kind that shows this JSON text.
    pub(super) fn at(error: &'static str, json: &[u8], details: impl Into<Box<str>>) -> Failure {
        let shown = (json.len() <= SHOWN_BYTES_MAX).then(|| render_error(json).ok()).flatten();
        Failure { syntax: shown.map(Into::into), ..Failure::new(error, details) }
    }

    pub(super) fn constraint(details: impl Into<Box<str>>) -> Failure {
        Failure::new("constraint violation", details)
    }

    pub(super) fn integrity(details: impl Into<Box<str>>) -> Failure {
        Failure::new("referential integrity violation", details)
    }

    /// The kind of error and what is wrong.
    pub(super) fn into_parts(self) -> (&'static str, Box<str>) {
        (self.error, self.details)
    }

    pub(super) fn write(&self, w: &mut Writer<'_>) {
        w.begin_object();
        w.key("details");
        w.string(&self.details);
        w.key("error");
        w.string(self.error);
        if let Some(syntax) = &self.syntax {
            w.key("syntax");
            w.string(syntax);
        }
        w.end_object();
    }
}

impl From<ConstraintError> for Failure {
    fn from(error: ConstraintError) -> Failure {
        Failure::constraint(error.to_string())
    }
}

impl From<JsonError> for Failure {
    fn from(error: JsonError) -> Failure {
        Failure::new("syntax error", error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_shown_in_one_form() {
        let shown = render_error(br#" {"b": [1e30, 1.0, -2.50, "\u0061\n"], "a": {"z": null, "y": true}} "#);
        assert_eq!(shown.as_deref(), Ok(r#"{"a":{"y":true,"z":null},"b":[1e+30,1,-2.5,"a\n"]}"#));
        assert!(render_error(b"{").is_err());
        let long = format!("\"{}\"", "x".repeat(SHOWN_BYTES_MAX));
        assert_eq!(Failure::syntax(long.as_bytes(), "x").syntax, None);
    }
}
