//! What a notification from a server says.

use super::RpcError;
use crate::json::{JsonErrorKind, Kind, Reader};
use std::borrow::Cow;

/// A notification, with what it carries still raw.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notification<'a> {
    /// Rows changed, after `monitor` (RFC 7047 section 4.1.6).
    Update {
        /// The id that the monitor was given: one JSON value.
        monitor: &'a [u8],
        /// Table updates: one JSON object.
        updates: &'a [u8],
    },
    /// Rows changed, after `monitor_cond` (ovsdb-server(7) section 4.1.14).
    Update2 {
        /// The id that the monitor was given: one JSON value.
        monitor: &'a [u8],
        /// Table updates: one JSON object.
        updates: &'a [u8],
    },
    /// Rows changed, after `monitor_cond_since` (ovsdb-server(7) section 4.1.16).
    Update3 {
        /// The id that the monitor was given: one JSON value.
        monitor: &'a [u8],
        /// The transaction that leads to this state: text of a UUID.
        last_txn_id: Cow<'a, str>,
        /// Table updates, as in `Update2`: one JSON object.
        updates: &'a [u8],
    },
    /// A lock that was waited for is now owned (RFC 7047 section 4.1.9).
    Locked {
        /// Its name.
        lock: Cow<'a, str>,
    },
    /// A lock that was owned was taken by someone else (RFC 7047 section 4.1.10).
    Stolen {
        /// Its name.
        lock: Cow<'a, str>,
    },
    /// The monitored database is gone (ovsdb-server(7) section 4.1.7).
    MonitorCanceled {
        /// The id that the monitor was given: one JSON value.
        monitor: &'a [u8],
    },
    /// One that this crate does not know.
    Other,
}

impl<'a> Notification<'a> {
    /// Takes apart the `params` of a notification of this method. Table updates are not looked into.
    ///
    /// # Errors
    /// The parameters are not those of the method. The offset is relative to `params`.
    pub fn decode(method: &str, params: &'a [u8]) -> Result<Notification<'a>, RpcError> {
        let mut reader = Reader::new(params);
        reader.begin_array()?;
        let r = &mut reader;
        let notification = match method {
            "update" => Notification::Update { monitor: id(r)?, updates: object(r)? },
            "update2" => Notification::Update2 { monitor: id(r)?, updates: object(r)? },
            "update3" => {
                Notification::Update3 { monitor: id(r)?, last_txn_id: string(r)?, updates: object(r)? }
            }
            "locked" => Notification::Locked { lock: string(r)? },
            "stolen" => Notification::Stolen { lock: string(r)? },
            "monitor_canceled" => Notification::MonitorCanceled { monitor: id(r)? },
            _ => return Ok(Notification::Other),
        };
        let end = reader.offset();
        if reader.next_element()? {
            return Err(JsonErrorKind::Expected("no more parameters").at(end).into());
        }
        reader.end()?;
        Ok(notification)
    }
}

fn element(reader: &mut Reader<'_>) -> Result<(), RpcError> {
    let offset = reader.offset();
    if reader.next_element()? {
        Ok(())
    } else {
        Err(JsonErrorKind::Expected("another parameter").at(offset).into())
    }
}

fn id<'a>(reader: &mut Reader<'a>) -> Result<&'a [u8], RpcError> {
    element(reader)?;
    Ok(reader.check()?.as_bytes())
}

fn string<'a>(reader: &mut Reader<'a>) -> Result<Cow<'a, str>, RpcError> {
    element(reader)?;
    Ok(reader.string()?)
}

fn object<'a>(reader: &mut Reader<'a>) -> Result<&'a [u8], RpcError> {
    element(reader)?;
    if reader.peek()? != Kind::Object {
        return Err(JsonErrorKind::Expected("an object").at(reader.offset()).into());
    }
    Ok(reader.skip()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::JsonError;

    fn check(method: &str, params: &str, expected: Result<Notification<'_>, (JsonErrorKind, usize)>) {
        let expected = expected.map_err(|(kind, offset)| RpcError::Json(JsonError { kind, offset }));
        assert_eq!(Notification::decode(method, params.as_bytes()), expected, "{method} {params}");
    }

    #[test]
    fn notifications_are_taken_apart() {
        use Notification::*;
        check("update", "[null,{}]", Ok(Update { monitor: b"null", updates: b"{}" }));
        check(
            "update2",
            r#"[ ["a"] , {"T":{}} ]"#,
            Ok(Update2 { monitor: b"[\"a\"]", updates: b"{\"T\":{}}" }),
        );
        check(
            "update3",
            r#"["a","u",{}]"#,
            Ok(Update3 { monitor: b"\"a\"", last_txn_id: "u".into(), updates: b"{}" }),
        );
        check("locked", r#"["a"]"#, Ok(Locked { lock: "a".into() }));
        check("stolen", r#"["a\n"]"#, Ok(Stolen { lock: "a\n".into() }));
        check("monitor_canceled", r#"[["x"]]"#, Ok(MonitorCanceled { monitor: b"[\"x\"]" }));
        check("else", "[1,2,3]", Ok(Other));
    }

    #[test]
    fn other_parameters_are_refused() {
        use JsonErrorKind::Expected;
        check("update", "[null]", Err((Expected("another parameter"), 5)));
        check("update", "[null,[]]", Err((Expected("an object"), 6)));
        check("update", "[null,{},1]", Err((Expected("no more parameters"), 8)));
        check("locked", "[1]", Err((Expected("a string"), 1)));
        check("locked", "{}", Err((Expected("an array"), 0)));
    }
}
