//! How is JSON from a server printed: compact, members sorted by name, as Open vSwitch prints it?

use crate::ctl::error::{CtlError, ErrorKind};
use ovsdb_proto::json::{JsonError, Kind, Number, Reader, Writer};
use std::borrow::Cow;

/// Writes the next value of `r`. Of members with the same name the last counts. Levels are bounded by the reader's own limit, so the recursion is.
///
/// # Errors
/// It is not well-formed.
pub fn write(r: &mut Reader<'_>, w: &mut Writer<'_>) -> Result<(), JsonError> {
    match r.peek()? {
        Kind::Null => {
            r.null()?;
            w.null();
        }
        Kind::Boolean => w.boolean(r.boolean()?),
        Kind::Number => match r.number()? {
            Number::Integer(n) => w.integer(n),
            Number::Real(n) => w.real(n),
        },
        Kind::String => w.string(&r.string()?),
        Kind::Array => {
            r.begin_array()?;
            w.begin_array();
            while r.next_element()? {
                write(r, w)?;
            }
            w.end_array();
        }
        Kind::Object => {
            let mut members: Vec<(Cow<'_, str>, Reader<'_>)> = Vec::new();
            r.begin_object()?;
            while let Some(key) = r.next_key()? {
                let at = r.clone();
                r.skip()?;
                members.push((key, at));
            }
            members.sort_by(|a, b| a.0.cmp(&b.0));
            w.begin_object();
            let mut rest = members.into_iter().peekable();
            while let Some((key, mut value)) = rest.next() {
                if rest.peek().is_some_and(|next| next.0 == key) {
                    continue;
                }
                w.key(&key);
                write(&mut value, w)?;
            }
            w.end_object();
        }
    }
    Ok(())
}

/// Appends one value that came from a server.
///
/// # Errors
/// It is not well-formed.
pub fn append(json: &[u8], out: &mut Vec<u8>) -> Result<(), CtlError> {
    write(&mut Reader::new(json), &mut Writer::new(out))
        .map_err(|e| CtlError::new(ErrorKind::Transaction, format!("the server sent no JSON: {e}")))
}

/// One value as text. What is not well-formed comes back as it is: this serves messages, too.
pub fn text(json: &[u8]) -> String {
    let mut out = Vec::new();
    let mut r = Reader::new(json);
    let text = match write(&mut r, &mut Writer::new(&mut out)) {
        Ok(()) => String::from_utf8_lossy(&out),
        Err(_) => String::from_utf8_lossy(json),
    };
    text.into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sorted_and_compact() {
        let check = |json: &str, expect: &str| assert_eq!(text(json.as_bytes()), expect);
        check(
            r#" { "b" : [ 1 , 2.50 , {"z":null,"a":true} ] , "a" : "x\u0041\n" } "#,
            r#"{"a":"xA\n","b":[1,2.5,{"a":true,"z":null}]}"#,
        );
        check(r#"{"a":1,"a":2}"#, r#"{"a":2}"#);
        check("[1e20,1.0,[]]", "[1e+20,1,[]]");
        check("[1,", "[1,");
    }
}
