//! Is a received message what its members say, is any other refused with its place, and does it survive being sent on?

use crate::json::{Tree, equal, same, second_opinion, tree_of};
use ovsdb_proto::json::Writer;
use ovsdb_proto::rpc::encode;
use ovsdb_proto::rpc::{Message, Notification, RpcError, id_number};
use serde_json::Value;

const NOTIFICATIONS: [&str; 7] =
    ["update", "update2", "update3", "locked", "stolen", "monitor_canceled", "x"];

/// The input is one frame.
pub fn check_message(frame: &[u8]) {
    let decoded = Message::decode(frame);
    if let Err(error) = &decoded {
        check_error(error, frame.len());
    }
    // what a message carries is not looked into, so only for a frame that is JSON can both agree
    if tree_of(frame).is_ok()
        && let Ok(Value::Object(members)) = second_opinion(frame)
    {
        let of = |name: &str| members.get(name).filter(|v| !v.is_null());
        check_members(&decoded, &of);
    }
    if let Ok(message) = decoded {
        check_sent_on(&message);
    }
    for method in NOTIFICATIONS {
        check_notification(method, frame);
    }
}

/// Of a frame that is JSON, the message must be exactly what its members say.
fn check_members<'v>(decoded: &Result<Message<'_>, RpcError>, of: &dyn Fn(&str) -> Option<&'v Value>) {
    let same = |raw: &[u8], theirs: &Value| tree_of(raw).is_ok_and(|ours| equal(&ours, theirs));
    let method = of("method").and_then(Value::as_str);
    match decoded {
        Ok(Message::Request { id, method: name, params }) => {
            assert!(of("id").is_some_and(|theirs| same(id, theirs)));
            assert_eq!(Some(&**name), method);
            assert!(of("params").is_some_and(|theirs| theirs.is_array() && same(params, theirs)));
            assert!(of("result").or(of("error")).is_none());
        }
        Ok(Message::Notification { method: name, params }) => {
            assert_eq!(Some(&**name), method);
            assert!(of("params").is_some_and(|theirs| theirs.is_array() && same(params, theirs)));
            assert!(of("id").or(of("result")).or(of("error")).is_none());
        }
        Ok(Message::Reply { id, result, error }) => {
            assert!(of("id").is_some_and(|theirs| same(id, theirs)));
            assert!(same(result, of("result").unwrap_or(&Value::Null)));
            assert_eq!(error.is_some(), of("error").is_some());
            assert!(error.is_none_or(|raw| of("error").is_some_and(|theirs| same(raw, theirs))));
            assert!(of("method").or(of("params")).is_none());
        }
        // members of one name may differ in whether they are right: the last counts only where all are
        Err(RpcError::Json(_) | RpcError::UnexpectedMember { .. }) => {}
        Err(RpcError::MissingMember { member, .. }) => assert!(of(member).is_none()),
        Err(RpcError::Ambiguous { member }) => assert!(method.is_some() && of(member).is_some()),
        // only of messages that are read in parts
        Err(RpcError::TooLong { .. } | RpcError::RowTooLong { .. }) => assert_eq!(format!("{decoded:?}"), ""),
    }
}

/// What is written from a message reads as the same message.
fn check_sent_on(message: &Message<'_>) {
    let mut sent = Vec::new();
    let out = &mut sent;
    match message {
        Message::Request { id, method, params } => {
            let Some(number) = id_number(id) else { return };
            let Some(elements) = elements(params) else { return };
            encode::request(out, number, method, |w| elements.iter().for_each(|e| w.raw(e)));
        }
        Message::Notification { method, params } => {
            let Some(elements) = elements(params) else { return };
            encode::notification(out, method, |w| elements.iter().for_each(|e| w.raw(e)));
        }
        Message::Reply { id, result, error: None } => encode::reply(out, id, |w| w.raw(result)),
        Message::Reply { result: b"null", id, error: Some(error) } => {
            encode::error_reply(out, id, |w| w.raw(error));
        }
        Message::Reply { .. } => return,
    }
    let again = Message::decode(&sent);
    let same = match (&again, message) {
        (Ok(Message::Request { method: a, params: b, .. }), Message::Request { method, params, .. })
        | (Ok(Message::Notification { method: a, params: b }), Message::Notification { method, params }) => {
            a == method && tree_of(b).is_ok_and(|b| tree_of(params).is_ok_and(|a| same(&a, &b)))
        }
        (again, message) => again.as_ref() == Ok(message),
    };
    assert!(same, "{}", String::from_utf8_lossy(&sent));
}

/// The elements of a parameter array, if it is well-formed throughout.
fn elements(params: &[u8]) -> Option<Vec<Vec<u8>>> {
    let Tree::Array(elements) = tree_of(params).ok()? else { return None };
    let written = |tree: &Tree| {
        let mut out = Vec::new();
        crate::json::write(tree, &mut Writer::new(&mut out));
        out
    };
    Some(elements.iter().map(written).collect())
}

fn check_notification(method: &str, params: &[u8]) {
    match Notification::decode(method, params) {
        Ok(Notification::Update { monitor, updates } | Notification::Update2 { monitor, updates }) => {
            assert!(tree_of(monitor).is_ok() && updates.starts_with(b"{") && updates.ends_with(b"}"));
        }
        Ok(Notification::Update3 { monitor, updates, .. }) => {
            assert!(tree_of(monitor).is_ok() && updates.starts_with(b"{") && updates.ends_with(b"}"));
        }
        Ok(Notification::MonitorCanceled { monitor }) => assert!(tree_of(monitor).is_ok()),
        Ok(Notification::Locked { lock } | Notification::Stolen { lock }) => assert!(!lock.contains('\0')),
        Ok(Notification::Other) => assert_eq!(method, "x"),
        Err(error) => check_error(&error, params.len()),
    }
}

fn check_error(error: &RpcError, len: usize) {
    match error {
        RpcError::Json(error) => assert!(error.offset <= len),
        RpcError::UnexpectedMember { offset } => assert!(*offset < len),
        RpcError::MissingMember { .. } | RpcError::Ambiguous { .. } => {}
        RpcError::TooLong { .. } | RpcError::RowTooLong { .. } => assert_eq!(error.to_string(), ""),
    }
    assert!(!error.to_string().contains('\n'));
}
