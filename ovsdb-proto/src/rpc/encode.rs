//! How messages are put out: each function appends one whole message to a buffer.
//!
//! `id`s of requests are numbers. Monitor ids, and ids that are returned to the peer, are raw JSON values. What a message
//! carries is written by a closure: of `params`, the elements that the function's documentation names.

use super::Id;
use crate::json::Writer;

/// A request. `params` writes the elements of the parameter array.
pub fn request(out: &mut Vec<u8>, id: u64, method: &str, params: impl FnOnce(&mut Writer<'_>)) {
    out.extend_from_slice(b"{\"id\":");
    out.extend_from_slice(id.to_string().as_bytes());
    out.extend_from_slice(b",\"method\":");
    call(out, method, params);
}

/// A notification. `params` writes the elements of the parameter array.
pub fn notification(out: &mut Vec<u8>, method: &str, params: impl FnOnce(&mut Writer<'_>)) {
    out.extend_from_slice(b"{\"id\":null,\"method\":");
    call(out, method, params);
}

/// The reply to a request that succeeded. `result` writes one value.
pub fn reply(out: &mut Vec<u8>, id: Id<'_>, result: impl FnOnce(&mut Writer<'_>)) {
    let mut writer = Writer::new(out);
    writer.begin_object();
    writer.key("id");
    writer.raw(id);
    writer.key("result");
    result(&mut writer);
    writer.key("error");
    writer.null();
    writer.end_object();
}

/// The reply to a request that failed. `error` writes one value, which is not `null`.
pub fn error_reply(out: &mut Vec<u8>, id: Id<'_>, error: impl FnOnce(&mut Writer<'_>)) {
    let mut writer = Writer::new(out);
    writer.begin_object();
    writer.key("id");
    writer.raw(id);
    writer.key("result");
    writer.null();
    writer.key("error");
    error(&mut writer);
    writer.end_object();
}

/// The reply to `echo`: its parameters (RFC 7047 section 4.1.11).
pub fn echo_reply(out: &mut Vec<u8>, id: Id<'_>, params: &[u8]) {
    reply(out, id, |w| w.raw(params));
}

/// `list_dbs` (RFC 7047 section 4.1.1).
pub fn list_dbs(out: &mut Vec<u8>, id: u64) {
    request(out, id, "list_dbs", |_| {});
}

/// `get_schema` (RFC 7047 section 4.1.2).
pub fn get_schema(out: &mut Vec<u8>, id: u64, database: &str) {
    request(out, id, "get_schema", |w| w.string(database));
}

/// `transact` (RFC 7047 section 4.1.3). `operations` writes them one after the other.
pub fn transact(out: &mut Vec<u8>, id: u64, database: &str, operations: impl FnOnce(&mut Writer<'_>)) {
    request(out, id, "transact", |w| {
        w.string(database);
        operations(w);
    });
}

/// `cancel` (RFC 7047 section 4.1.4), a notification. `id` is that of the `transact` to be given up.
pub fn cancel(out: &mut Vec<u8>, id: u64) {
    notification(out, "cancel", |w| w.raw(id.to_string().as_bytes()));
}

/// `monitor` (RFC 7047 section 4.1.5). `requests` writes one object: by table, what to monitor.
pub fn monitor(
    out: &mut Vec<u8>,
    id: u64,
    database: &str,
    monitor: &[u8],
    requests: impl FnOnce(&mut Writer<'_>),
) {
    request(out, id, "monitor", |w| monitor_params(w, database, monitor, requests));
}

/// `monitor_cond` (ovsdb-server(7) section 4.1.12). `requests` writes one object: by table, what to monitor where.
pub fn monitor_cond(
    out: &mut Vec<u8>,
    id: u64,
    database: &str,
    monitor: &[u8],
    requests: impl FnOnce(&mut Writer<'_>),
) {
    request(out, id, "monitor_cond", |w| monitor_params(w, database, monitor, requests));
}

/// `monitor_cond_since` (ovsdb-server(7) section 4.1.15): like [`monitor_cond`], but only what changed since the transaction
/// `last_txn_id` if the server still knows it. The nil UUID asks for everything.
pub fn monitor_cond_since(
    out: &mut Vec<u8>,
    id: u64,
    database: &str,
    monitor: &[u8],
    last_txn_id: &str,
    requests: impl FnOnce(&mut Writer<'_>),
) {
    request(out, id, "monitor_cond_since", |w| {
        monitor_params(w, database, monitor, requests);
        w.string(last_txn_id);
    });
}

/// `monitor_cond_change` (ovsdb-server(7) section 4.1.13). `requests` writes one object: by table, the new conditions. The monitor
/// is called `new_monitor` afterwards.
pub fn monitor_cond_change(
    out: &mut Vec<u8>,
    id: u64,
    monitor: &[u8],
    new_monitor: &[u8],
    requests: impl FnOnce(&mut Writer<'_>),
) {
    request(out, id, "monitor_cond_change", |w| {
        w.raw(monitor);
        w.raw(new_monitor);
        requests(w);
    });
}

/// `monitor_cancel` (RFC 7047 section 4.1.7).
pub fn monitor_cancel(out: &mut Vec<u8>, id: u64, monitor: &[u8]) {
    request(out, id, "monitor_cancel", |w| w.raw(monitor));
}

/// `lock` (RFC 7047 section 4.1.8).
pub fn lock(out: &mut Vec<u8>, id: u64, lock: &str) {
    request(out, id, "lock", |w| w.string(lock));
}

/// `steal` (RFC 7047 section 4.1.8).
pub fn steal(out: &mut Vec<u8>, id: u64, lock: &str) {
    request(out, id, "steal", |w| w.string(lock));
}

/// `unlock` (RFC 7047 section 4.1.8).
pub fn unlock(out: &mut Vec<u8>, id: u64, lock: &str) {
    request(out, id, "unlock", |w| w.string(lock));
}

/// `echo` (RFC 7047 section 4.1.11). `params` writes what is to come back.
pub fn echo(out: &mut Vec<u8>, id: u64, params: impl FnOnce(&mut Writer<'_>)) {
    request(out, id, "echo", params);
}

/// `set_db_change_aware` (ovsdb-server(7) section 4.1.18): whether the connection stays open when a database comes, goes or
/// changes its schema.
pub fn set_db_change_aware(out: &mut Vec<u8>, id: u64, aware: bool) {
    request(out, id, "set_db_change_aware", |w| w.boolean(aware));
}

/// `convert` (ovsdb-server(7) section 4.1.19). `schema` writes one object.
pub fn convert(out: &mut Vec<u8>, id: u64, database: &str, schema: impl FnOnce(&mut Writer<'_>)) {
    request(out, id, "convert", |w| {
        w.string(database);
        schema(w);
    });
}

/// `get_server_id` (ovsdb-server(7) section 4.1.17).
pub fn get_server_id(out: &mut Vec<u8>, id: u64) {
    request(out, id, "get_server_id", |_| {});
}

/// `update` (RFC 7047 section 4.1.6), a notification. `updates` writes one object: by table, by row.
pub fn update(out: &mut Vec<u8>, monitor: &[u8], updates: impl FnOnce(&mut Writer<'_>)) {
    notification(out, "update", |w| {
        w.raw(monitor);
        updates(w);
    });
}

/// `update2` (ovsdb-server(7) section 4.1.14), a notification. `updates` writes one object: by table, by row.
pub fn update2(out: &mut Vec<u8>, monitor: &[u8], updates: impl FnOnce(&mut Writer<'_>)) {
    notification(out, "update2", |w| {
        w.raw(monitor);
        updates(w);
    });
}

/// `update3` (ovsdb-server(7) section 4.1.16), a notification: [`update2`] with the transaction that it leads to.
pub fn update3(out: &mut Vec<u8>, monitor: &[u8], last_txn_id: &str, updates: impl FnOnce(&mut Writer<'_>)) {
    notification(out, "update3", |w| {
        w.raw(monitor);
        w.string(last_txn_id);
        updates(w);
    });
}

/// `locked` (RFC 7047 section 4.1.9), a notification: the lock that was waited for is now owned.
pub fn locked(out: &mut Vec<u8>, lock: &str) {
    notification(out, "locked", |w| w.string(lock));
}

/// `stolen` (RFC 7047 section 4.1.10), a notification: the lock was taken by someone else.
pub fn stolen(out: &mut Vec<u8>, lock: &str) {
    notification(out, "stolen", |w| w.string(lock));
}

/// `monitor_canceled` (ovsdb-server(7) section 4.1.7), a notification: the database is gone, and the monitor with it.
pub fn monitor_canceled(out: &mut Vec<u8>, monitor: &[u8]) {
    notification(out, "monitor_canceled", |w| w.raw(monitor));
}

fn call(out: &mut Vec<u8>, method: &str, params: impl FnOnce(&mut Writer<'_>)) {
    let mut writer = Writer::new(out);
    writer.string(method);
    out.extend_from_slice(b",\"params\":");
    let mut writer = Writer::new(out);
    writer.begin_array();
    params(&mut writer);
    writer.end_array();
    out.push(b'}');
}

fn monitor_params(
    writer: &mut Writer<'_>,
    database: &str,
    monitor: &[u8],
    requests: impl FnOnce(&mut Writer<'_>),
) {
    writer.string(database);
    writer.raw(monitor);
    requests(writer);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rpc::Message;

    fn check(write: impl FnOnce(&mut Vec<u8>), expected: &str) {
        let mut out = Vec::new();
        write(&mut out);
        assert_eq!(String::from_utf8_lossy(&out), expected);
        Message::decode(&out).unwrap();
    }

    fn object(w: &mut Writer<'_>) {
        w.raw(b"{}");
    }

    #[test]
    fn requests_are_written() {
        let nil = "00000000-0000-0000-0000-000000000000";
        check(|o| list_dbs(o, 0), r#"{"id":0,"method":"list_dbs","params":[]}"#);
        check(|o| get_schema(o, 1, "db"), r#"{"id":1,"method":"get_schema","params":["db"]}"#);
        check(
            |o| {
                transact(o, u64::MAX, "db", |w| {
                    object(w);
                    object(w);
                });
            },
            r#"{"id":18446744073709551615,"method":"transact","params":["db",{},{}]}"#,
        );
        check(|o| cancel(o, 7), r#"{"id":null,"method":"cancel","params":[7]}"#);
        check(
            |o| monitor(o, 2, "db", b"null", object),
            r#"{"id":2,"method":"monitor","params":["db",null,{}]}"#,
        );
        check(
            |o| monitor_cond(o, 2, "db", b"[\"m\"]", object),
            r#"{"id":2,"method":"monitor_cond","params":["db",["m"],{}]}"#,
        );
        check(
            |o| monitor_cond_since(o, 2, "db", b"1", nil, object),
            r#"{"id":2,"method":"monitor_cond_since","params":["db",1,{},"00000000-0000-0000-0000-000000000000"]}"#,
        );
        check(
            |o| monitor_cond_change(o, 3, b"1", b"2", object),
            r#"{"id":3,"method":"monitor_cond_change","params":[1,2,{}]}"#,
        );
        check(|o| monitor_cancel(o, 3, b"1"), r#"{"id":3,"method":"monitor_cancel","params":[1]}"#);
        check(|o| lock(o, 4, "l\"k"), r#"{"id":4,"method":"lock","params":["l\"k"]}"#);
        check(|o| steal(o, 4, "lk"), r#"{"id":4,"method":"steal","params":["lk"]}"#);
        check(|o| unlock(o, 4, "lk"), r#"{"id":4,"method":"unlock","params":["lk"]}"#);
        check(|o| echo(o, 5, |w| w.integer(1)), r#"{"id":5,"method":"echo","params":[1]}"#);
        check(
            |o| set_db_change_aware(o, 5, true),
            r#"{"id":5,"method":"set_db_change_aware","params":[true]}"#,
        );
        check(|o| convert(o, 5, "db", object), r#"{"id":5,"method":"convert","params":["db",{}]}"#);
        check(|o| get_server_id(o, 5), r#"{"id":5,"method":"get_server_id","params":[]}"#);
    }

    #[test]
    fn what_servers_send_is_written() {
        check(|o| update(o, b"null", object), r#"{"id":null,"method":"update","params":[null,{}]}"#);
        check(|o| update2(o, b"1", object), r#"{"id":null,"method":"update2","params":[1,{}]}"#);
        check(|o| update3(o, b"1", "x", object), r#"{"id":null,"method":"update3","params":[1,"x",{}]}"#);
        check(|o| locked(o, "lk"), r#"{"id":null,"method":"locked","params":["lk"]}"#);
        check(|o| stolen(o, "lk"), r#"{"id":null,"method":"stolen","params":["lk"]}"#);
        check(|o| monitor_canceled(o, b"1"), r#"{"id":null,"method":"monitor_canceled","params":[1]}"#);
        check(|o| reply(o, b"[1]", object), r#"{"id":[1],"result":{},"error":null}"#);
        check(|o| error_reply(o, b"1", object), r#"{"id":1,"result":null,"error":{}}"#);
        check(|o| echo_reply(o, b"\"echo\"", b"[1,2]"), r#"{"id":"echo","result":[1,2],"error":null}"#);
    }
}
