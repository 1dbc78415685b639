//! What one received message is, without taking apart what it carries.

use super::RpcError;
use crate::json::{Kind, Reader};
use std::borrow::Cow;

/// The `id` of a message: any JSON value but `null`, as it was written, so that a reply can return it unchanged.
pub type Id<'a> = &'a [u8];

/// One message. What it carries stays raw JSON, of which only the end was looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message<'a> {
    /// Asks for a reply.
    Request {
        /// To be returned in the reply.
        id: Id<'a>,
        /// The method.
        method: Cow<'a, str>,
        /// A JSON array.
        params: &'a [u8],
    },
    /// Asks for nothing.
    Notification {
        /// The method.
        method: Cow<'a, str>,
        /// A JSON array.
        params: &'a [u8],
    },
    /// Answers a request.
    Reply {
        /// That of the request.
        id: Id<'a>,
        /// A JSON value; `null` if there is an error, or no `result` at all.
        result: &'a [u8],
        /// A JSON value that is not `null`, if the request failed.
        error: Option<&'a [u8]>,
    },
}

impl<'a> Message<'a> {
    /// Decodes one frame. Of a member that is there twice, the last counts, as in Open vSwitch; a member that is `null` is as good
    /// as absent.
    ///
    /// # Errors
    /// The frame is no message. What is inside of `params`, `result` and `error` is not looked at.
    pub fn decode(frame: &'a [u8]) -> Result<Message<'a>, RpcError> {
        let mut reader = Reader::new(frame);
        let (mut id, mut method, mut params, mut result, mut error) = (None, None, None, None, None);
        reader.begin_object()?;
        while let Some(key) = reader.next_key()? {
            let kind = reader.peek()?;
            let offset = reader.offset();
            match &*key {
                _ if kind == Kind::Null => {
                    reader.null()?;
                    match &*key {
                        "id" => id = None,
                        "method" => method = None,
                        "params" => params = None,
                        "result" => result = None,
                        "error" => error = None,
                        _ => return Err(RpcError::UnexpectedMember { offset }),
                    }
                }
                // checked, because it goes back to the peer as it is
                "id" => id = Some(reader.check()?.as_bytes()),
                "method" => method = Some(reader.string()?),
                "params" => {
                    // an array, or the error that says that it is none
                    reader.clone().begin_array()?;
                    params = Some(reader.skip()?);
                }
                "result" => result = Some(reader.skip()?),
                "error" => error = Some(reader.skip()?),
                _ => return Err(RpcError::UnexpectedMember { offset }),
            }
        }
        reader.end()?;

        let missing = |message, member| RpcError::MissingMember { message, member };
        let Some(method) = method else {
            let id = id.ok_or(missing("reply", "id"))?;
            if params.is_some() {
                return Err(missing("request", "method"));
            }
            return Ok(Message::Reply { id, result: result.unwrap_or(b"null"), error });
        };
        if result.is_some() {
            return Err(RpcError::Ambiguous { member: "result" });
        }
        if error.is_some() {
            return Err(RpcError::Ambiguous { member: "error" });
        }
        match (id, params) {
            (Some(id), Some(params)) => Ok(Message::Request { id, method, params }),
            (None, Some(params)) => Ok(Message::Notification { method, params }),
            (Some(_), None) => Err(missing("request", "params")),
            (None, None) => Err(missing("notification", "params")),
        }
    }
}

/// The number that an id is, if it is one that this crate gave.
pub fn id_number(id: Id<'_>) -> Option<u64> {
    let mut reader = Reader::new(id);
    let number = reader.integer().ok()?;
    reader.end().ok()?;
    u64::try_from(number).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::{JsonError, JsonErrorKind};

    fn check(text: &str, expected: Result<Message<'_>, RpcError>) {
        assert_eq!(Message::decode(text.as_bytes()), expected, "{text}");
    }

    #[test]
    fn messages_are_told_apart() {
        check(
            r#"{"id":7,"method":"transact","params":["db",{"op":"abort"}]}"#,
            Ok(Message::Request { id: b"7", method: "transact".into(), params: br#"["db",{"op":"abort"}]"# }),
        );
        check(
            r#" { "params" : [ ] , "id" : null , "method" : "up\u0064ate" } "#,
            Ok(Message::Notification { method: "update".into(), params: b"[ ]" }),
        );
        check(
            r#"{"method":"locked","params":["a"]}"#,
            Ok(Message::Notification { method: "locked".into(), params: br#"["a"]"# }),
        );
        check(
            r#"{"id":["a",{"b":1}],"result":{"x":"\"}"},"error":null}"#,
            Ok(Message::Reply { id: br#"["a",{"b":1}]"#, result: br#"{"x":"\"}"}"#, error: None }),
        );
        check(
            r#"{"error":{"error":"x"},"id":"e","result":null}"#,
            Ok(Message::Reply { id: br#""e""#, result: b"null", error: Some(br#"{"error":"x"}"#) }),
        );
        check(
            r#"{"error":"canceled","id":1}"#,
            Ok(Message::Reply { id: b"1", result: b"null", error: Some(br#""canceled""#) }),
        );
        check(r#"{"id":1,"id":2,"result":[]}"#, Ok(Message::Reply { id: b"2", result: b"[]", error: None }));
    }

    #[test]
    fn what_is_no_message_is_refused() {
        let json = |kind, offset| Err(RpcError::Json(JsonError { kind, offset }));
        let missing = |message, member| Err(RpcError::MissingMember { message, member });
        check("[]", json(JsonErrorKind::Expected("an object"), 0));
        check("{}", missing("reply", "id"));
        check(r#"{"id":1,"method":"a"}"#, missing("request", "params"));
        check(r#"{"method":"a"}"#, missing("notification", "params"));
        check(r#"{"id":1,"params":[]}"#, missing("request", "method"));
        check(r#"{"result":[]}"#, missing("reply", "id"));
        check(r#"{"method":"a","params":[],"result":{}}"#, Err(RpcError::Ambiguous { member: "result" }));
        check(r#"{"method":"a","params":[],"error":{}}"#, Err(RpcError::Ambiguous { member: "error" }));
        check(r#"{"id":1,"jsonrpc":"2.0"}"#, Err(RpcError::UnexpectedMember { offset: 18 }));
        check(r#"{"method":1,"params":[]}"#, json(JsonErrorKind::Expected("a string"), 10));
        check(r#"{"method":"a","params":{}}"#, json(JsonErrorKind::Expected("an array"), 23));
        check(r#"{"id":[1,],"result":1}"#, json(JsonErrorKind::Expected("a value"), 9));
        check(r#"{"id":1,"result":1}{"#, json(JsonErrorKind::Expected("the end"), 19));
        check(r#"{"id":1,"result":[1}"#, json(JsonErrorKind::UnexpectedEnd, 20));
    }

    #[test]
    fn ids_that_are_numbers_are_read() {
        assert_eq!(id_number(b"17"), Some(17));
        for other in [&b"-1"[..], b"\"17\"", b"1.5", b"1 2", b"[1]"] {
            assert_eq!(id_number(other), None);
        }
    }
}
