//! What a message of a client calls for (RFC 7047 section 4.1 and ovsdb-server(7) section 4.1).

use super::limits::{LOCK_NAME_BYTES_MAX, LOCKS_MAX, NOT_UTF8_BYTES_MAX};
use super::reply::{self, Refusal};
use super::{ClientId, Service};
use crate::engine::{escape, restore};
use crate::monitor::MonitorKind;
use ovsdb_proto::json::{Kind, Reader};
use ovsdb_proto::rpc::{Message, encode};
use std::borrow::Cow;

/// What a method answers with: the message, or nothing because it was sent already or comes later.
type Answer = Result<(), Refusal>;

/// A request, without its method.
#[derive(Clone, Copy)]
pub(super) struct Request<'a> {
    pub(super) now_ms: u64,
    pub(super) client: ClientId,
    pub(super) id: &'a [u8],
    pub(super) params: &'a [u8],
    /// The parameters as they were sent, if that is not UTF-8; `params` is then escaped text.
    pub(super) not_utf8: Option<&'a [u8]>,
}

impl<'a> Request<'a> {
    /// The parameters as they were sent.
    pub(super) fn sent(&self) -> &'a [u8] {
        self.not_utf8.unwrap_or(self.params)
    }
}

impl Service {
    /// Takes in one whole message of a client. One that makes no sense closes the connection, as in ovsdb-server.
    /// Strings need not be UTF-8, but such a string is never stored.
    pub fn receive(&mut self, now_ms: u64, client: ClientId, message: &[u8]) {
        match self.clients.get_mut(&client) {
            Some(client) if !client.closing => client.heard(now_ms),
            _ => return,
        }
        if self.handle(now_ms, client, message, false) {
            return;
        }
        let escaped = if message.len() <= NOT_UTF8_BYTES_MAX { escape(message) } else { None };
        if !escaped.is_some_and(|text| self.handle(now_ms, client, text.as_bytes(), true)) {
            // bad JSON, no message, or the reply to a request that was never sent
            self.close(client);
        }
    }

    /// Does what a message calls for; false if it makes no sense. `escaped` if it is not UTF-8, and
    /// this is escaped text.
    fn handle(&mut self, now_ms: u64, client: ClientId, message: &[u8], escaped: bool) -> bool {
        match Message::decode(message) {
            Ok(Message::Request { id, method, params }) if is_json(params) => {
                if let Some(client) = self.clients.get_mut(&client).filter(|_| method != "echo") {
                    client.asked_ms = now_ms;
                }
                let sent = escaped.then(|| (restore(id), restore(params)));
                let id = sent.as_ref().map_or(id, |sent| &sent.0);
                let not_utf8 = sent.as_ref().map(|sent| &*sent.1);
                if let Err(refusal) = self.call(&method, Request { now_ms, client, id, params, not_utf8 }) {
                    let refusal = if escaped { refusal.restored() } else { refusal };
                    self.send(client, |out| reply::error(out, id, |w| refusal.write(w)));
                }
            }
            Ok(Message::Notification { method, params }) if is_json(params) => {
                if method == "cancel" {
                    self.cancel(client, params, escaped);
                }
            }
            Ok(Message::Reply { id, result, error: None }) if answers_probe(id, result) => {}
            Ok(_) | Err(_) => return false,
        }
        true
    }

    fn call(&mut self, method: &str, request: Request<'_>) -> Answer {
        let Request { client, id, params, .. } = request;
        match method {
            "transact" => {
                let name = self.database_name(method, params)?;
                self.transact_request(&name, request)
            }
            "echo" => {
                self.send(client, |out| encode::echo_reply(out, id, request.sent()));
                Ok(())
            }
            "get_schema" => {
                let name = self.database_name(method, params)?;
                let schema = self.databases.get(&*name).map(|hosted| hosted.schema_json.clone());
                self.answer(request, |w| w.raw(schema.unwrap_or_default().as_bytes()))
            }
            "list_dbs" => {
                let names: Vec<Box<str>> = self.databases.keys().cloned().collect();
                self.answer(request, |w| {
                    w.begin_array();
                    names.iter().for_each(|name| w.string(name));
                    w.end_array();
                })
            }
            "lock" | "steal" => self.lock(method, request),
            "unlock" => self.unlock(request),
            "set_db_change_aware" => self.set_change_aware(request),
            "get_server_id" => {
                let id = self.server_id.to_string();
                self.answer(request, |w| w.string(&id))
            }
            "monitor_cond_change" => self.change_monitor(request),
            "monitor_cancel" => {
                self.monitors.cancel(client.0, request.sent())?;
                self.answer(request, |w| w.raw(b"{}"))
            }
            "convert" => self.convert(request),
            _ => match MonitorKind::from_method(method) {
                Some(kind) => self.monitor(kind, method, request),
                None => Err(Refusal::Text("unknown method")),
            },
        }
    }

    fn answer(
        &mut self,
        request: Request<'_>,
        result: impl FnOnce(&mut ovsdb_proto::json::Writer<'_>),
    ) -> Answer {
        self.send(request.client, |out| reply::result(out, request.id, result));
        Ok(())
    }

    /// The name that the parameters begin with, of a database that there is.
    pub(super) fn database_name<'a>(&self, method: &str, params: &'a [u8]) -> Result<Cow<'a, str>, Refusal> {
        let mut reader = Reader::new(params);
        let name = reader.begin_array().and_then(|()| reader.next_element());
        let name = name.ok().filter(|there| *there).and_then(|_| reader.string().ok()).ok_or_else(|| {
            Refusal::syntax(params, format!("{method} request params must begin with <db-name>"))
        })?;
        if self.databases.contains_key(&*name) {
            return Ok(name);
        }
        let details = format!("{method} request specifies unknown database {name}");
        Err(Refusal::quoting("unknown database", params, details))
    }

    fn monitor(&mut self, kind: MonitorKind, method: &str, request: Request<'_>) -> Answer {
        let Request { client, id, params, .. } = request;
        let name = self.database_name(method, params)?;
        let (Some(hosted), Some(receiver)) = (self.databases.get(&*name), self.clients.get_mut(&client))
        else {
            return Ok(());
        };
        let opened = self.monitors.open(client.0, kind, request.sent(), &hosted.database, &hosted.history)?;
        reply::result(&mut receiver.output, id, |w| opened.write(w));
        receiver.make_ready(client, &mut self.ready);
        Ok(())
    }

    fn change_monitor(&mut self, request: Request<'_>) -> Answer {
        let Request { client, id, .. } = request;
        let Some(receiver) = self.clients.get_mut(&client) else { return Ok(()) };
        let databases = &self.databases;
        let find = |name: &str| databases.get(name).map(|hosted| (&hosted.database, &hosted.history));
        // what comes and goes by the new conditions is told before the reply
        self.monitors.change(client.0, request.sent(), find, &mut receiver.output)?;
        reply::result(&mut receiver.output, id, |w| w.raw(b"{}"));
        receiver.make_ready(client, &mut self.ready);
        Ok(())
    }

    fn lock(&mut self, method: &str, request: Request<'_>) -> Answer {
        let Request { client, params, .. } = request;
        let lock = self.lock_name(method, request)?;
        if self.locks.has_asked(client, &lock) {
            return Err(Refusal::syntax(params, format!("must issue \"unlock\" before new \"{method}\"")));
        }
        if self.locks.count(client) >= LOCKS_MAX {
            return Err(Refusal::new(
                "resources exhausted",
                format!("a client may have {LOCKS_MAX} locks at a time"),
            ));
        }
        let asked =
            if method == "steal" { self.locks.steal(client, &lock) } else { self.locks.wait(client, &lock) };
        if let Some(victim) = asked.victim {
            self.send(victim, |out| encode::stolen(out, &lock));
        }
        self.answer(request, |w| {
            w.begin_object();
            w.key("locked");
            w.boolean(asked.owned);
            w.end_object();
        })
    }

    fn unlock(&mut self, request: Request<'_>) -> Answer {
        let Request { client, params, .. } = request;
        let lock = self.lock_name("unlock", request)?;
        if !self.locks.has_asked(client, &lock) {
            return Err(Refusal::syntax(params, "unlock: \"unlock\" without \"lock\" or \"steal\""));
        }
        if let Some(owner) = self.locks.unlock(client, &lock) {
            self.send(owner, |out| encode::locked(out, &lock));
        }
        self.answer(request, |w| w.raw(b"{}"))
    }

    fn lock_name<'a>(&self, method: &str, request: Request<'a>) -> Result<Cow<'a, str>, Refusal> {
        let Request { client, params, .. } = request;
        if self.clients.get(&client).is_some_and(|client| client.read_only) {
            return Err(Refusal::Text("lock and unlock methods not allowed, DB server is read only."));
        }
        let no_id = || Refusal::syntax(params, format!("{method} request params must be <id>"));
        let name = only(params, |r| r.string().ok()).filter(|name| is_id(name)).ok_or_else(no_id)?;
        if name.len() > LOCK_NAME_BYTES_MAX {
            let details = format!("the name of a lock may have {LOCK_NAME_BYTES_MAX} bytes");
            return Err(Refusal::new("resources exhausted", details));
        }
        Ok(name)
    }

    fn set_change_aware(&mut self, request: Request<'_>) -> Answer {
        let aware = only(request.params, |r| r.boolean().ok()).ok_or_else(|| {
            Refusal::syntax(request.params, "set_db_change_aware: true or false parameter expected")
        })?;
        if let Some(client) = self.clients.get_mut(&request.client) {
            client.change_aware = aware;
        }
        self.answer(request, |w| w.raw(b"{}"))
    }
}

/// Whether `params` are well-formed throughout: what is not is no message, whatever it holds.
fn is_json(params: &[u8]) -> bool {
    Reader::new(params).check().is_ok()
}

fn answers_probe(id: &[u8], result: &[u8]) -> bool {
    let is_null = matches!(Reader::new(result).peek(), Ok(Kind::Null));
    !is_null && Reader::new(id).string().is_ok_and(|id| id == "echo")
}

/// The only element of an array, if there is exactly one and it is what `read` wants.
fn only<'a, T>(params: &'a [u8], read: impl FnOnce(&mut Reader<'a>) -> Option<T>) -> Option<T> {
    let mut reader = Reader::new(params);
    reader.begin_array().ok()?;
    if !reader.next_element().ok()? {
        return None;
    }
    let value = read(&mut reader)?;
    if reader.next_element().ok()? { None } else { Some(value) }
}

/// Whether this is an `<id>` (RFC 7047 section 3.1).
fn is_id(text: &str) -> bool {
    let mut bytes = text.bytes();
    bytes.next().is_some_and(|b| b.is_ascii_alphabetic() || b == b'_')
        && bytes.all(|b| b.is_ascii_alphanumeric() || b == b'_')
}
