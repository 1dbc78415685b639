//! Does the service say what real servers say to a random list of requests?

use super::generate::Request;
use super::names::Names;
use super::ours::Ours;
use super::real::{HUNG_UP, Real};
use super::schema::Schema;
use crate::release::Release;
use serde_json::{Value, json};
use std::sync::OnceLock;

/// A server that is asked.
trait Server {
    fn ask(&mut self, method: &str, params: &Value) -> Vec<Value>;
}

impl Server for Ours {
    fn ask(&mut self, method: &str, params: &Value) -> Vec<Value> {
        Ours::ask(self, method, params)
    }
}

impl Server for Real {
    fn ask(&mut self, method: &str, params: &Value) -> Vec<Value> {
        Real::ask(self, method, params)
    }
}

/// Gives the same requests to the service and to the newest server.
pub(super) fn newest(list: &[Request]) -> Result<(), String> {
    check(list, &releases()[1])
}

/// Gives the same requests to the service and to the oldest server.
pub(super) fn oldest(list: &[Request]) -> Result<(), String> {
    check(list, &releases()[0])
}

/// Looked for once: many lists are tried.
fn releases() -> &'static [Release; 2] {
    static RELEASES: OnceLock<[Release; 2]> = OnceLock::new();
    RELEASES.get_or_init(Release::both)
}

fn check(list: &[Request], release: &Release) -> Result<(), String> {
    let (mut service, mut real) = (Ours::standalone(), Real::new(release));
    let mut names = [Names::default(), Names::default()];
    for request in list {
        let servers: [&mut dyn Server; 2] = [&mut service, &mut real];
        let mut said = Vec::new();
        for (server, names) in servers.into_iter().zip(&mut names) {
            let mut params = request.params.clone();
            names.fill_in(&mut params);
            let messages = server.ask(request.method, &params);
            let reply = messages.iter().find(|message| message["id"] == "ask");
            if let (true, Some(reply)) = (request.method == "transact", reply) {
                names.learn(request.serial, &params.as_array().unwrap()[1..], &reply["result"]);
            }
            said.push(messages.iter().map(|message| names.canonical(message)).collect::<Vec<Value>>());
        }
        let [ours, theirs] = said.as_mut_slice() else { panic!("two servers") };
        if theirs.last().is_some_and(|last| last["error"] == HUNG_UP) {
            // it crashed, as one does in a thousand lists, over monitors without columns for one
            return Ok(());
        }
        forget_versions(ours, theirs);
        for messages in [&mut *ours, &mut *theirs] {
            if release.version == "3.1" {
                as_newest(messages);
            }
            messages.iter_mut().for_each(forget_order);
            if request.method.starts_with("monitor")
                && request.params[2].as_object().is_some_and(|r| r.len() > 1)
            {
                // each table may have something wrong of its own
                let errors = messages.iter_mut().map(|message| &mut message["error"]);
                errors.filter(|error| error.is_object()).for_each(|error| *error = json!("some error"));
            }
            forget_nothing(messages);
            // monitors are told in any order, but all before the answer or all behind it
            let told = messages.split_mut(|message| message["id"] == "ask");
            told.for_each(|told| told.sort_by_cached_key(Value::to_string));
        }
        if request.method == "transact" {
            forget_columns(&request.params, ours, theirs);
        }
        if ours != theirs {
            if dangles(&mut real) {
                return Ok(());
            }
            return Err(format!("{} {}:\n{}", request.method, request.params, difference(ours, theirs)));
        }
    }
    Ok(())
}

/// How 3.1 differs from 4.0, which is right.
fn as_newest(messages: &mut [Value]) {
    for message in messages {
        let results = message["result"].as_array_mut().into_iter().flatten();
        for result in results.filter(|result| result["error"] == "duplicate uuid") {
            // 4.0 says which table
            result["details"] = Value::Null;
        }
    }
}

/// Leaves out rows of which nothing is told: a real server says that a row was modified, but not how, when a column changed that is not monitored but
/// that the condition names, though the row is shown before and after. It tells a client nothing.
fn forget_nothing(messages: &mut Vec<Value>) {
    messages.retain_mut(|message| {
        let Some(params) = message["params"].as_array_mut() else { return true };
        let Some(Value::Object(tables)) = params.last_mut() else { return true };
        for table in tables.values_mut() {
            table.as_object_mut().unwrap().retain(|_, row| {
                let unchanged = row["old"] == json!({}) && !row["new"].is_null();
                *row != json!({"modify": {}}) && !unchanged
            });
        }
        tables.retain(|_, table| table.as_object().is_some_and(|rows| !rows.is_empty()));
        !tables.is_empty()
    });
}

/// Leaves out of what a real server says that a row has another version but is otherwise as it was, if ours does not say it: that is so if a transaction put
/// in nothing but weak references to rows that do not exist, which are taken out at once.
fn forget_versions(ours: &[Value], theirs: &mut [Value]) {
    let told = |message: &Value, table: &str, uuid: &str| {
        let updates = message["params"].as_array().and_then(|params| params.last());
        updates.is_some_and(|updates| !updates[table][uuid].is_null())
    };
    for message in theirs {
        let (method, id) = (message["method"].clone(), message["params"][0].clone());
        let same = ours.iter().find(|ours| ours["method"] == method && ours["params"][0] == id);
        let Some(params) = message["params"].as_array_mut() else { continue };
        let Some(Value::Object(tables)) = params.last_mut() else { continue };
        for (table, rows) in tables {
            rows.as_object_mut().unwrap().retain(|uuid, row| {
                let only = json!({"_version": "a version"});
                let is_only = row["modify"] == only || row["old"] == only;
                !is_only || same.is_some_and(|same| told(same, table, uuid))
            });
        }
    }
}

/// Of several things that are wrong, at the end of a transaction or in several rows or tables, which one is said depends on the order in which a server looks.
fn forget_order(message: &mut Value) {
    let kinds = [
        "references nonexistent row",
        "remaining reference(s)",
        // weak ones that are gone, or were never there
        "eak reference",
        "have identical values",
        "is not in the valid range",
        "Attempted to store",
        "in monitor session",
    ];
    let forget = |error: &mut Value| {
        if let Some(details) = error["details"].as_str()
            && let Some(kind) = kinds.iter().find(|kind| details.contains(*kind))
        {
            // what 4.0 overlooks of weak references, indexes may still catch
            let is_last = matches!(*kind, "eak reference" | "have identical values");
            error["details"] = json!(if is_last { "weak references or indexes" } else { kind });
        }
    };
    message["result"].as_array_mut().into_iter().flatten().filter(|r| r.is_object()).for_each(forget);
    if message["error"].is_object() {
        forget(&mut message["error"]);
    }
}

/// Whether a real server has references to rows that are not there. Both releases leave weak ones, even the last one of a column that may not be empty, in some transactions that
/// also change other columns of the row that they are in. From there on it is not to be compared with.
fn dangles(real: &mut Real) -> bool {
    let schema = Schema::new();
    let select = |table: &String| json!({"op": "select", "table": table, "where": []});
    let params: Vec<Value> = [json!("D")].into_iter().chain(schema.tables.keys().map(select)).collect();
    let reply = real.ask("transact", &Value::Array(params)).pop().unwrap();
    let rows = |at: usize| reply["result"][at]["rows"].as_array().into_iter().flatten();
    let tables: Vec<&String> = schema.tables.keys().collect();
    let is_there = |table: &str, uuid: &Value| {
        let at = tables.iter().position(|name| *name == table).unwrap();
        rows(at).any(|row| row["_uuid"] == *uuid)
    };
    schema.tables.values().enumerate().any(|(at, table)| {
        table.columns.iter().any(|(column, described)| {
            let bases = [Some(&described.type_.key), described.type_.value.as_ref()];
            let Some((base, (target, _))) =
                (0..).zip(bases).find_map(|(at, base)| Some((at, base?.refers.as_ref()?)))
            else {
                return false;
            };
            rows(at).any(|row| references(&row[column], base).any(|uuid| !is_there(target, uuid)))
        })
    })
}

/// The references in a value: those in the keys, if `part` is 0, or those in the values of a map.
fn references(datum: &Value, part: usize) -> impl Iterator<Item = &Value> {
    let elements = match datum[0].as_str() {
        Some("uuid") => std::slice::from_ref(datum),
        _ => datum[1].as_array().map_or(&[][..], Vec::as_slice),
    };
    let is_map = datum[0] == "map";
    elements.iter().map(move |element| if is_map { &element[part] } else { element })
}

/// Of several columns of a row that are wrong, either may be said.
fn forget_columns(params: &Value, ours: &mut [Value], theirs: &mut [Value]) {
    let [Some(ours), Some(theirs)] = [ours, theirs].map(|messages| messages.last_mut()) else { return };
    let [ours, theirs] = [ours, theirs].map(|reply| reply["result"].as_array_mut());
    let results = ours.into_iter().flatten().zip(theirs.into_iter().flatten());
    for (operation, (ours, theirs)) in params.as_array().unwrap()[1..].iter().zip(results) {
        let rows =
            operation["rows"].as_array().map_or(std::slice::from_ref(&operation["row"]), Vec::as_slice);
        let count: usize = rows.iter().filter_map(Value::as_object).map(serde_json::Map::len).sum();
        if count > 1 && ours["error"].is_string() && theirs["error"].is_string() {
            theirs.clone_from(ours);
        }
    }
}

/// The first of what was said that differs.
fn difference(ours: &[Value], theirs: &[Value]) -> String {
    let at = (0..ours.len().max(theirs.len())).find(|at| ours.get(*at) != theirs.get(*at)).unwrap_or(0);
    let [a, b] = [ours, theirs].map(|messages| messages.get(at).unwrap_or(&Value::Null));
    if a["result"].is_array() && b["result"].is_array() {
        return super::against_model::difference(&a["result"], &b["result"]);
    }
    format!("  ours   {a}\n  theirs {b}")
}
