//! How is a transaction carried out on a file, without a server?

use super::error::journal;
use super::identify;
use super::run::Session;
use crate::ctl::error::CtlError;
use crate::ctl::raw;
use crate::ovsdb::canonical;
use crate::ovsdb::transact::check_json;
use ovsdb_proto::json::{JsonError, Kind, Reader, Writer};
use ovsdb_server::engine::{Commit, Context, Database, Execution, Ids};
use ovsdb_server::storage::{self, Journal, OpenOptions};

/// The answer to a transaction that would have to wait: here nobody else changes the database.
const WAITS: &[u8] = br#"{"details":"triggers not supported","error":"not supported"}"#;

impl Session {
    /// `transact`, and `query`, which keeps nothing.
    pub(super) fn transact(&self, path: &str, transaction: &str, keep: bool) -> Result<String, CtlError> {
        identify::standalone(path, keep)?;
        let mut options = OpenOptions::default();
        options.refuse_torn = true;
        options.read_only = !keep;
        let seed = options.seed.wrapping_add(1);
        let opened = storage::open(&raw::path(path), options);
        let mut opened = opened.map_err(|error| self.storage(path, &error))?;
        check_json(transaction)?;
        if let Some(error) = refused(transaction, &opened.database) {
            return Ok(error);
        }
        let mut ids = Ids::new(seed);
        let mut results = Vec::new();
        let commit = match execute(&mut opened.database, transaction.as_bytes(), &mut ids, &mut results) {
            Execution::Done { commit } => commit,
            Execution::Waiting { .. } => {
                let failed = without_waiting(&mut opened.database, transaction, &mut ids);
                results = failed.map_err(|error| CtlError::usage(error.to_string()))?;
                None
            }
        };
        if let Some(commit) = commit.filter(|_| keep) {
            opened.journal.append(&opened.database, &commit).map_err(|error| journal(&error))?;
        }
        Ok(canonical::text(&results) + "\n")
    }
}

fn execute(database: &mut Database, params: &[u8], ids: &mut Ids, results: &mut Vec<u8>) -> Execution {
    let mut cx = Context::new(ids);
    database.execute(params, &mut cx, results)
}

/// The answer to parameters that do not begin with the name of the database.
fn refused(transaction: &str, database: &Database) -> Option<String> {
    let mut r = Reader::from_text(transaction);
    let details = if r.begin_array().is_err() {
        "array expected"
    } else {
        let is_name = r.next_element() == Ok(true) && r.peek() == Ok(Kind::String);
        if is_name && r.string().is_ok_and(|name| *name == *database.schema().name) {
            return None;
        }
        "database name expected as first parameter"
    };
    let mut out = Vec::new();
    let mut w = Writer::new(&mut out);
    w.begin_object();
    for (key, text) in [
        ("details", details),
        ("error", "syntax error"),
        ("syntax", &canonical::text(transaction.as_bytes())),
    ] {
        w.key(key);
        w.string(text);
    }
    w.end_object();
    Some(String::from_utf8_lossy(&out).into_owned() + "\n")
}

/// The results of a transaction that waits, with the error of which the C program answers instead of waiting.
fn without_waiting(database: &mut Database, transaction: &str, ids: &mut Ids) -> Result<Vec<u8>, JsonError> {
    let mut results = Vec::new();
    let commit: Execution = execute(database, &impatient(transaction)?, ids, &mut results);
    debug_assert!(!matches!(commit, Execution::Done { commit: Some(Commit { .. }) }));
    let mut out = Vec::new();
    let mut w = Writer::new(&mut out);
    let mut r = Reader::new(&results);
    r.begin_array()?;
    w.begin_array();
    while r.next_element()? {
        let result = r.skip()?;
        let timed_out = member(result, "error")? == Some(br#""timed out""#.as_slice());
        w.raw(if timed_out { WAITS } else { result });
    }
    w.end_array();
    Ok(out)
}

/// The same transaction, none of whose operations waits.
fn impatient(transaction: &str) -> Result<Vec<u8>, JsonError> {
    let mut out = Vec::new();
    let mut w = Writer::new(&mut out);
    let mut r = Reader::from_text(transaction);
    r.begin_array()?;
    w.begin_array();
    while r.next_element()? {
        let operation = r.skip()?;
        if !operation.starts_with(b"{") || member(operation, "op")? != Some(br#""wait""#.as_slice()) {
            w.raw(operation);
            continue;
        }
        let mut members = Reader::new(operation);
        members.begin_object()?;
        w.begin_object();
        while let Some(key) = members.next_key()? {
            let value = members.skip()?;
            if key != "timeout" {
                w.key(&key);
                w.raw(value);
            }
        }
        w.key("timeout");
        w.integer(0);
        w.end_object();
    }
    w.end_array();
    Ok(out)
}

fn member<'a>(object: &'a [u8], name: &str) -> Result<Option<&'a [u8]>, JsonError> {
    let mut r = Reader::new(object);
    if r.peek()? != Kind::Object {
        return Ok(None);
    }
    r.begin_object()?;
    while let Some(key) = r.next_key()? {
        let value = r.skip()?;
        if key == name {
            return Ok(Some(value));
        }
    }
    Ok(None)
}
