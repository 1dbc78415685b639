//! Does the service answer a random list of requests as the model does, and do its monitors tell all that there is to know?

use super::generate::Request;
use super::names::Names;
use super::ours::Ours;
use crate::model::client::Monitor;
use crate::model::value::ErrorName;
use crate::model::world::World;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The service, the model, and what the client made of the monitors' messages.
struct Pair {
    ours: Ours,
    names: Names,
    world: World,
    /// By id.
    monitors: BTreeMap<String, Told>,
    /// Those that were cancelled and may go on.
    suspended: Vec<(Value, Told)>,
}

struct Told {
    method: String,
    requests: Value,
    /// The conditions are those of the requests.
    as_requested: bool,
    monitor: Monitor,
    /// The last transaction, of `monitor_cond_since`.
    last: Value,
}

/// Gives both the same requests.
pub(super) fn check(list: &[Request]) -> Result<(), String> {
    let mut pair = Pair {
        ours: Ours::new(),
        names: Names::default(),
        world: World::new(),
        monitors: BTreeMap::new(),
        suspended: Vec::new(),
    };
    for request in list {
        let mut params = request.params.clone();
        pair.names.fill_in(&mut params);
        pair.step(request.serial, request.method, &params)
            .map_err(|error| format!("{} {params}:\n  {error}", request.method))?;
        if !pair.world.is_known() {
            return Ok(());
        }
    }
    // at last, all that there is
    let all = |table: &String| json!({"op": "select", "table": table, "where": []});
    let mut params = vec![json!("D")];
    params.extend(pair.world.schema.tables.keys().map(all));
    pair.step(0, "transact", &Value::Array(params))
}

impl Pair {
    fn step(&mut self, serial: usize, method: &str, params: &Value) -> Result<(), String> {
        if method == "resume" {
            return self.resume(&params[0]);
        }
        let mut said = self.ours.ask(method, params);
        let reply = said.pop().ok_or("no reply")?;
        if reply["id"] != "ask" {
            return Err(format!("no reply but {reply}"));
        }
        let (result, error) = (&reply["result"], &reply["error"]);
        let expected: Result<(), ErrorName> = match method {
            "transact" => {
                let operations = &params.as_array().unwrap()[1..];
                self.names.learn(serial, operations, result);
                let expected = self.names.canonical(&self.world.transact(operations, result));
                let got = without_details(self.names.canonical(result));
                if got != expected {
                    return Err(difference(&got, &expected));
                }
                Ok(())
            }
            "monitor" | "monitor_cond" | "monitor_cond_since" => self.opened(method, params, result)?,
            "monitor_cond_change" => self.changed(params),
            "monitor_cancel" => {
                let known = self.monitors.remove(&params[0].to_string());
                known.map(drop).ok_or("unknown monitor")
            }
            "lock" | "steal" if self.world.locks.insert(text(&params[0])) => {
                if *result != json!({"locked": true}) {
                    return Err(format!("{result}"));
                }
                Ok(())
            }
            "unlock" if self.world.locks.remove(&text(&params[0])) => Ok(()),
            "lock" | "steal" | "unlock" => Err("syntax error"),
            _ => Ok(()),
        };
        let got = if error.is_object() { &error["error"] } else { error };
        match expected {
            Ok(()) if got.is_null() => {}
            Err(name) if *got == name => {}
            _ => return Err(format!("answered {reply}, expected {expected:?}")),
        }
        if !self.world.is_known() {
            return Ok(());
        }
        for message in said {
            self.told(&message)?;
        }
        for (id, told) in &self.monitors {
            told.monitor.check(&self.world).map_err(|error| format!("monitor {id} {error}"))?;
        }
        Ok(())
    }

    fn opened(
        &mut self,
        method: &str,
        params: &Value,
        result: &Value,
    ) -> Result<Result<(), ErrorName>, String> {
        let id = params[1].to_string();
        let is_uuid = |last: &Value| last.as_str().is_some_and(|last| last.len() == 36);
        if self.monitors.contains_key(&id) || method == "monitor_cond_since" && !is_uuid(&params[3]) {
            return Ok(Err("syntax error"));
        }
        let mut monitor = match Monitor::read(method, &params[2], &self.world.schema) {
            Ok(monitor) => monitor,
            Err(error) => return Ok(Err(error)),
        };
        let mut last = Value::Null;
        let updates = if method == "monitor_cond_since" {
            if result[0] != json!(false) {
                return Err(format!("has found what never was: {result}"));
            }
            last = result[1].clone();
            &result[2]
        } else {
            result
        };
        monitor.apply(updates, &self.world.schema)?;
        let told = Told {
            method: method.to_owned(),
            requests: params[2].clone(),
            as_requested: true,
            monitor,
            last,
        };
        self.monitors.insert(id, told);
        Ok(Ok(()))
    }

    fn changed(&mut self, params: &Value) -> Result<(), ErrorName> {
        let (id, new_id) = (params[0].to_string(), params[1].to_string());
        if id != new_id && self.monitors.contains_key(&new_id) {
            return Err("syntax error");
        }
        let told = self.monitors.get_mut(&id).ok_or("syntax error")?;
        told.monitor.change(&params[2], &self.world.schema)?;
        told.as_requested = false;
        let told = self.monitors.remove(&id).unwrap();
        self.monitors.insert(new_id, told);
        Ok(())
    }

    fn told(&mut self, message: &Value) -> Result<(), String> {
        let params = &message["params"];
        let told = self.monitors.get_mut(&params[0].to_string()).ok_or("a monitor that is not there")?;
        let (method, updates) = match told.method.as_str() {
            "monitor" => ("update", &params[1]),
            "monitor_cond" => ("update2", &params[1]),
            _ => {
                told.last = params[1].clone();
                ("update3", &params[2])
            }
        };
        if message["method"] != method || !message["id"].is_null() {
            return Err(format!("not an {method}: {message}"));
        }
        if updates.as_object().is_none_or(serde_json::Map::is_empty) {
            return Err(format!("says nothing: {message}"));
        }
        told.monitor.apply(updates, &self.world.schema).map_err(|error| format!("{message}: {error}"))
    }

    /// Cancels a monitor, or goes on with all that were cancelled so.
    fn resume(&mut self, id: &Value) -> Result<(), String> {
        let key = id.to_string();
        let fits = |told: &Told| told.as_requested && told.method == "monitor_cond_since";
        if self.monitors.get(&key).is_some_and(fits) {
            let told = self.monitors.remove(&key).unwrap();
            self.suspended.push((id.clone(), told));
            return self
                .ours
                .ask("monitor_cancel", &json!([id]))
                .pop()
                .map(drop)
                .ok_or("no reply".to_owned());
        }
        for (id, mut told) in std::mem::take(&mut self.suspended) {
            if self.monitors.contains_key(&id.to_string()) {
                continue;
            }
            let params = json!(["D", id, told.requests, told.last]);
            let result = self.ours.ask("monitor_cond_since", &params).pop().unwrap()["result"].take();
            if result[0] != json!(true) {
                return Err(format!("has forgotten transaction {}: {result}", told.last));
            }
            told.last = result[1].clone();
            told.monitor.apply(&result[2], &self.world.schema)?;
            told.monitor.check(&self.world).map_err(|e| format!("resumed monitor {id}, {result}: {e}"))?;
            self.monitors.insert(id.to_string(), told);
        }
        Ok(())
    }
}

fn text(json: &Value) -> String {
    json.as_str().unwrap().to_owned()
}

/// The model knows what errors are called, not what is said about them.
fn without_details(mut results: Value) -> Value {
    for result in results.as_array_mut().into_iter().flatten() {
        if let Some(result) = result.as_object_mut() {
            result.retain(|name, _| !matches!(name.as_str(), "details" | "syntax"));
        }
    }
    results
}

/// The first of the results that differ.
pub(super) fn difference(got: &Value, expected: &Value) -> String {
    let none = Vec::new();
    let [a, b] = [got, expected].map(|results| results.as_array().unwrap_or(&none));
    let at = (0..a.len().max(b.len())).find(|at| a.get(*at) != b.get(*at));
    let Some(at) = at else { return format!("got      {got}\n  expected {expected}") };
    let [a, b] = [a, b].map(|results| results.get(at).unwrap_or(&Value::Null));
    format!("result {at}\n  got      {a}\n  expected {b}")
}
