//! Why an operation or a commit failed, in the words of ovsdb-server (RFC 7047 section 3.1, `<error>`).

use ovsdb_proto::json::{JsonError, Kind, Number, Reader, Writer};
use ovsdb_proto::limits::DEPTH_MAX;
use ovsdb_proto::schema::ConstraintError;
use ovsdb_proto::value::print_real;

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
        let shown = (json.len() <= SHOWN_BYTES_MAX).then(|| render(json).ok()).flatten();
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

/// JSON as ovsdb-server shows it: compact, keys sorted, numbers and strings in one form.
fn render(json: &[u8]) -> Result<String, JsonError> {
    let mut out = Vec::new();
    let mut r = Reader::new(json);
    value(&mut r, &mut Writer::new(&mut out), 0)?;
    r.end()?;
    Ok(String::from_utf8_lossy(&out).into_owned())
}

fn value(r: &mut Reader<'_>, w: &mut Writer<'_>, depth: u32) -> Result<(), JsonError> {
    match r.peek()? {
        Kind::Object if depth < DEPTH_MAX => {
            let mut members = Vec::new();
            r.begin_object()?;
            while let Some(key) = r.next_key()? {
                members.push((key, r.skip()?));
            }
            members.sort_by(|a, b| a.0.cmp(&b.0));
            w.begin_object();
            for (key, member) in members {
                w.key(&key);
                value(&mut Reader::new(member), w, depth + 1)?;
            }
            w.end_object();
        }
        Kind::Array if depth < DEPTH_MAX => {
            r.begin_array()?;
            w.begin_array();
            while r.next_element()? {
                value(r, w, depth + 1)?;
            }
            w.end_array();
        }
        Kind::String => w.string(&r.string()?),
        Kind::Number => match r.number()? {
            Number::Integer(n) => w.integer(n),
            Number::Real(n) => {
                // to 15 digits, though values are never rounded so
                let mut text = String::new();
                print_real(&mut text, n);
                w.raw(text.as_bytes());
            }
        },
        _ => w.raw(r.skip()?),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_shown_in_one_form() {
        let shown = render(br#" {"b": [1e30, 1.0, -2.50, "\u0061\n"], "a": {"z": null, "y": true}} "#);
        assert_eq!(shown.as_deref(), Ok(r#"{"a":{"y":true,"z":null},"b":[1e+30,1,-2.5,"a\n"]}"#));
        assert!(render(b"{").is_err());
        let long = format!("\"{}\"", "x".repeat(SHOWN_BYTES_MAX));
        assert_eq!(Failure::syntax(long.as_bytes(), "x").syntax, None);
    }
}
