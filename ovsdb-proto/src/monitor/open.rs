//! How a message that reports rows is read in one pass, envelope and all.
//!
//! [`Message::decode`](crate::rpc::Message::decode) looks for the end of what a message carries before anyone reads it. That is one
//! look too many at the messages that come by the thousand or by the hundred megabytes. Here the envelope is taken off while walking.

use super::{UpdateFormat, Updates};
use crate::json::{Kind, Reader};
use crate::value::{DatumError, Uuid};

/// An `update`, `update2` or `update3` (RFC 7047 section 4.1.6, ovsdb-server(7) sections 4.1.14 and 4.1.16).
#[derive(Clone, Debug)]
pub struct Notified<'a> {
    /// The id that the monitor was given: one JSON value.
    pub monitor: &'a [u8],
    /// The transaction that leads to this state; only of `update3`.
    pub last_txn_id: Option<Uuid>,
    /// The rows. What follows them in the message is checked when [`Updates::next_table`] comes to its end.
    pub updates: Updates<'a>,
}

/// Which request a reply answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MonitorMethod {
    /// `monitor`
    Monitor,
    /// `monitor_cond`
    Cond,
    /// `monitor_cond_since`
    CondSince,
}

/// The reply to a request that made a monitor.
#[derive(Clone, Debug)]
pub struct Replied<'a> {
    /// Whether the server knew the transaction asked for, so that the updates are only what changed since; only of
    /// `monitor_cond_since`.
    pub found: bool,
    /// The transaction that leads to this state; only of `monitor_cond_since`.
    pub last_txn_id: Option<Uuid>,
    /// The rows. What follows them in the message is checked when [`Updates::next_table`] comes to its end.
    pub updates: Updates<'a>,
}

/// Opens a notification of changed rows. `None` if the frame is something else, or is not written as Open vSwitch writes it:
/// then [`Message::decode`](crate::rpc::Message::decode) says what it is.
///
/// # Errors
/// It is such a notification, but malformed before its first row.
pub fn open_notification(frame: &[u8]) -> Result<Option<Notified<'_>>, DatumError> {
    const HEAD: &[u8] = br#"{"id":null,"method":"update"#;
    // before anything else, so that other frames cost nothing
    let Some(rest) = frame.strip_prefix(HEAD) else { return Ok(None) };
    let (format, with_txn_id, len) = match rest {
        [b'2', ..] => (UpdateFormat::Update2, false, 1),
        [b'3', ..] => (UpdateFormat::Update2, true, 1),
        _ => (UpdateFormat::Update, false, 0),
    };
    let mut reader = Reader::new(frame);
    if !reader.enter_behind(HEAD.len() + len, br#"","params":["#, 2) {
        return Ok(None);
    }
    element(&mut reader)?;
    let monitor = id(&mut reader)?;
    let last_txn_id = if with_txn_id { Some(txn_id(&mut reader)?) } else { None };
    element(&mut reader)?;
    Ok(Some(Notified { monitor, last_txn_id, updates: Updates::within_message(reader, format)? }))
}

/// Opens the reply with this id to a request that made a monitor. `None` if the frame is something else, such as the reply that the
/// request failed, or is not written as Open vSwitch writes it: then [`Message::decode`](crate::rpc::Message::decode) says what
/// it is.
///
/// # Errors
/// It is that reply, but malformed before its first row.
pub fn open_reply(frame: &[u8], id: u64, method: MonitorMethod) -> Result<Option<Replied<'_>>, DatumError> {
    let head = format!(r#"{{"id":{id},"result":"#);
    if !frame.starts_with(head.as_bytes()) {
        return Ok(None);
    }
    let mut reader = Reader::new(frame);
    if !reader.enter_behind(0, head.as_bytes(), 1) {
        return Ok(None);
    }
    let (mut found, mut last_txn_id) = (false, None);
    let format = match method {
        MonitorMethod::Monitor => UpdateFormat::Update,
        MonitorMethod::Cond | MonitorMethod::CondSince => UpdateFormat::Update2,
    };
    if method == MonitorMethod::CondSince {
        if reader.peek()? != Kind::Array {
            return Ok(None);
        }
        reader.begin_array()?;
        element(&mut reader)?;
        found = reader.boolean()?;
        last_txn_id = Some(txn_id(&mut reader)?);
        element(&mut reader)?;
    } else if reader.peek()? != Kind::Object {
        return Ok(None);
    }
    Ok(Some(Replied { found, last_txn_id, updates: Updates::within_message(reader, format)? }))
}

/// A monitor's id: any value, in Open vSwitch's own clients an array of two strings.
#[inline]
fn id<'a>(reader: &mut Reader<'a>) -> Result<&'a [u8], DatumError> {
    let start = reader.offset();
    if reader.string_pair().is_some() {
        return Ok(reader.since(start).as_bytes());
    }
    Ok(reader.check()?.as_bytes())
}

fn txn_id(reader: &mut Reader<'_>) -> Result<Uuid, DatumError> {
    element(reader)?;
    let offset = reader.offset();
    Uuid::parse_bytes(reader.string()?.as_bytes()).ok_or(DatumError::Uuid { offset })
}

fn element(reader: &mut Reader<'_>) -> Result<(), DatumError> {
    let offset = reader.offset();
    if reader.next_element()? { Ok(()) } else { Err(super::updates::expected("another element", offset)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::{JsonError, JsonErrorKind};

    const TXN: &str = "00112233-4455-6677-8899-aabbccddeeff";
    const ROWS: &str = r#"{"T":{"00112233-4455-6677-8899-aabbccddeeff":{"insert":{"a":["map",[]]}}},"U":{}}"#;

    /// How many tables and rows there are.
    fn count(mut updates: Updates<'_>) -> Result<(usize, usize), DatumError> {
        let (mut tables, mut rows) = (0, 0);
        while updates.next_table()?.is_some() {
            tables += 1;
            while updates.next_row()?.is_some() {
                rows += 1;
            }
        }
        assert_eq!(updates.next_table(), Ok(None));
        Ok((tables, rows))
    }

    #[test]
    fn notifications_are_opened() {
        let check = |text: &str, monitor: &str, txn: Option<&str>| {
            let opened = open_notification(text.as_bytes()).unwrap().unwrap();
            assert_eq!(opened.monitor, monitor.as_bytes());
            assert_eq!(opened.last_txn_id.map(|t| t.to_string()).as_deref(), txn);
            assert_eq!(count(opened.updates), Ok((2, 1)), "{text}");
        };
        check(&format!(r#"{{"id":null,"method":"update2","params":[["m",1],{ROWS}]}}"#), r#"["m",1]"#, None);
        check(
            &format!(r#"{{"id":null,"method":"update2","params":[ 1 , {ROWS} ] , "error":null }} "#),
            "1",
            None,
        );
        check(
            &format!(r#"{{"id":null,"method":"update3","params":[null,"{TXN}",{ROWS}]}}"#),
            "null",
            Some(TXN),
        );
        let rows = ROWS.replace("insert", "new");
        check(&format!(r#"{{"id":null,"method":"update","params":["m",{rows}]}}"#), r#""m""#, None);
    }

    #[test]
    fn replies_are_opened() {
        let check = |text: &str, method, found, txn: Option<&str>| {
            let opened = open_reply(text.as_bytes(), 7, method).unwrap().unwrap();
            assert_eq!(opened.found, found);
            assert_eq!(opened.last_txn_id.map(|t| t.to_string()).as_deref(), txn);
            assert_eq!(count(opened.updates), Ok((2, 1)), "{text}");
        };
        check(&format!(r#"{{"id":7,"result":{ROWS},"error":null}}"#), MonitorMethod::Cond, false, None);
        let rows = ROWS.replace("insert", "new");
        check(&format!(r#"{{"id":7,"result":{rows}}}"#), MonitorMethod::Monitor, false, None);
        let since = format!(r#"{{"id":7,"result":[true,"{TXN}",{ROWS}],"error":null}}"#);
        check(&since, MonitorMethod::CondSince, true, Some(TXN));
    }

    #[test]
    fn other_messages_are_left_to_others() {
        for text in [
            r#"{"id":null,"method":"locked","params":["l"]}"#,
            r#"{"id":null,"method":"update4","params":[1,{}]}"#,
            r#"{"id":1,"method":"update2","params":[1,{}]}"#,
            r#"{"id": null,"method":"update2","params":[1,{}]}"#,
            r#"{"id":7,"result":{}}"#,
        ] {
            assert!(open_notification(text.as_bytes()).unwrap().is_none());
        }
        for text in [
            r#"{"id":8,"result":{}}"#,
            r#"{"id":7,"error":{}}"#,
            r#"{"id":7,"result":null,"error":{}}"#,
            "{}",
        ] {
            for method in [MonitorMethod::Monitor, MonitorMethod::Cond, MonitorMethod::CondSince] {
                assert!(open_reply(text.as_bytes(), 7, method).unwrap().is_none());
            }
        }
        assert!(open_reply(br#"{"id":7,"result":{}}"#, 7, MonitorMethod::CondSince).unwrap().is_none());
        assert!(open_reply(br#"{"id":7,"result":[]}"#, 7, MonitorMethod::Cond).unwrap().is_none());
    }

    #[test]
    fn what_follows_the_rows_is_checked() {
        let check = |text: &str, kind: JsonErrorKind, offset| {
            let result = match open_notification(text.as_bytes()) {
                Ok(opened) => count(opened.unwrap().updates).map(drop),
                Err(error) => Err(error),
            };
            assert_eq!(result, Err(DatumError::Json(JsonError { kind, offset })), "{text}");
        };
        let head = r#"{"id":null,"method":"update2","params":["#;
        let what = JsonErrorKind::Expected;
        check(&format!("{head}]}}"), what("another element"), 40);
        check(&format!("{head}1]}}"), what("another element"), 41);
        check(&format!("{head}1,[]]}}"), what("an object"), 42);
        check(&format!("{head}1,{{}},2]}}"), what("the end of the updates"), 44);
        check(&format!("{head}1,{{}}]"), JsonErrorKind::UnexpectedEnd, 45);
        check(&format!("{head}1,{{}}],\"id\":1}}"), what("the end of the message"), 51);
        check(&format!("{head}1,{{}}],\"x\":null}}"), what("the end of the message"), 50);
        check(&format!("{head}1,{{}}]}}{{}}"), what("the end"), 46);
    }
}
