//! The configuration file of `--config-file`: remotes and databases as JSON (ovsdb-server(1)).
//!
//! What this server does not do is refused, and so is every member that it does not know: an option
//! such as `read-only` that is misspelled must not give clients more rights than was meant.

use crate::ctl::exit::reason;
use crate::ctl::vlog::Level;
use ovsdb_server::listen::RemoteSettings;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::Duration;

/// What a file asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Config {
    /// Remotes with their settings.
    pub(super) remotes: BTreeMap<String, RemoteSettings>,
    /// Names of database files.
    pub(super) databases: Vec<String>,
}

/// What is wrong with a file: log lines, the general ones last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ConfigError(pub(super) Vec<(Level, String)>);

impl ConfigError {
    fn new(text: impl Into<String>) -> ConfigError {
        ConfigError(vec![(Level::Warn, text.into())])
    }

    fn then(mut self, text: impl Into<String>) -> ConfigError {
        self.0.push((Level::Warn, text.into()));
        self
    }
}

impl From<String> for ConfigError {
    fn from(text: String) -> ConfigError {
        ConfigError::new(text)
    }
}

/// Reads a file.
///
/// # Errors
/// It cannot be read, or asks for what this server does not do.
pub(super) fn load(path: &Path) -> Result<Config, ConfigError> {
    let shown = path.display();
    let text = fs::read(path).map_err(|error| {
        let text = format!("failed to open configuration file '{shown}': {}", reason(&error));
        ConfigError(vec![(Level::Err, text)])
    })?;
    parse(&text).map_err(|error| error.then(format!("failed to load configuration from {shown}")))
}

/// Reads the text of a file.
///
/// # Errors
/// See [`load`].
fn parse(text: &[u8]) -> Result<Config, ConfigError> {
    let value: Value = serde_json::from_slice(text)
        .map_err(|error| ConfigError::new(format!("config: reading JSON failed ({error})")))?;
    let Value::Object(members) = value else {
        return Err(ConfigError::new("configuration in a file must be a JSON object"));
    };
    if let Some(name) = members.keys().find(|name| !["remotes", "databases"].contains(&name.as_str())) {
        return Err(ConfigError::new(format!(
            "config: '{name}' is not known, only 'remotes' and 'databases'"
        )));
    }
    let part = |name: &str| match members.get(name) {
        Some(Value::Object(part)) => Ok(part),
        Some(_) => Err(ConfigError::new(format!("config: '{name}' is not a JSON object"))),
        None => Err(ConfigError::new(format!("config: '{name}' is missing"))),
    };
    let remotes = part("remotes").and_then(remotes);
    let remotes = remotes.map_err(|error| error.then("config: failed to parse 'remotes'"))?;
    let databases = part("databases").and_then(databases);
    let databases = databases.map_err(|error| error.then("config: failed to parse 'databases'"))?;
    Ok(Config { remotes, databases })
}

fn remotes(members: &Map<String, Value>) -> Result<BTreeMap<String, RemoteSettings>, ConfigError> {
    let remote = |(target, options): (&String, &Value)| {
        let options = match options {
            Value::Null => &Map::new(),
            Value::Object(options) => options,
            _ => return Err(format!("{target}: JSON-RPC options are not a JSON object or null").into()),
        };
        if target.starts_with("db:") && !options.is_empty() {
            return Err(format!("{target}: options of remotes in a database are set in the database").into());
        }
        Ok((target.clone(), settings(options)?))
    };
    members.iter().map(remote).collect()
}

fn settings(options: &Map<String, Value>) -> Result<RemoteSettings, ConfigError> {
    let fail = |what: &str| syntax(options, "Parsing JSON-RPC options failed", what);
    let mut settings = RemoteSettings::default();
    for (name, value) in options {
        let mismatch = || fail(&format!("Type mismatch for member '{name}'."));
        let integer = || {
            let number = value.as_i64().ok_or_else(mismatch)?;
            u64::try_from(number).map_err(|_| fail(&format!("Member '{name}' is negative.")))
        };
        match name.as_str() {
            "inactivity-probe" => settings.probe_ms = Some(integer()?),
            "max-backoff" => settings.max_backoff = Some(Duration::from_millis(integer()?.max(1_000))),
            "read-only" => settings.read_only = value.as_bool().ok_or_else(mismatch)?,
            "role" => match value.as_str().ok_or_else(mismatch)? {
                "" => {}
                role => {
                    return Err(fail(&format!("role '{role}': access control by role is not supported.")));
                }
            },
            "dscp" => return Err(fail("Member 'dscp': setting it is not supported.")),
            _ => return Err(fail(&format!("Member '{name}' is present but not allowed here."))),
        }
    }
    Ok(settings)
}

fn databases(members: &Map<String, Value>) -> Result<Vec<String>, ConfigError> {
    let database = |(name, options): (&String, &Value)| {
        let what = format!("Parsing database {name} failed");
        let options = match options {
            Value::Null => return Ok(name.clone()),
            Value::Object(options) => options,
            _ => return Err(format!("syntax error: {what}: Object expected.").into()),
        };
        let fail = |why: &str| syntax(options, &what, why);
        match options.get("service-model").map(Value::as_str) {
            None | Some(Some("standalone")) => {}
            Some(Some("relay")) => return Err(fail("relays are not supported")),
            Some(Some("active-backup")) => return Err(fail("replication is not supported")),
            Some(Some("clustered")) => return Err(fail("clusters are not supported")),
            Some(Some(model)) => return Err(fail(&format!("'{model}' is not a valid service model"))),
            Some(None) => return Err(fail("Type mismatch for member 'service-model'.")),
        }
        match options.keys().find(|member| *member != "service-model") {
            Some(member) => Err(fail(&format!("Member '{member}' is present but not allowed here."))),
            None => Ok(name.clone()),
        }
    };
    members.iter().map(database).collect()
}

/// The C server's form of an error in a part of the file.
fn syntax(part: &Map<String, Value>, what: &str, why: &str) -> ConfigError {
    let text = Value::Object(part.clone());
    ConfigError::new(format!("syntax \"{text}\": syntax error: {what}: {why}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Members that C 4.0 takes were tried with it.
    #[test]
    fn remotes_and_databases_are_read_with_their_options() {
        let text = br#"{"remotes": {"punix:s": {}, "ptcp:1": null, "db:D,Root,targets": {},
            "tcp:h:1": {"inactivity-probe": 0, "max-backoff": 5000, "read-only": true, "role": ""}},
            "databases": {"b.db": {}, "a.db": {"service-model": "standalone"}, "c.db": null}}"#;
        let config = parse(text).unwrap();
        assert_eq!(config.databases, ["a.db", "b.db", "c.db"]);
        let targets: Vec<&str> = config.remotes.keys().map(String::as_str).collect();
        assert_eq!(targets, ["db:D,Root,targets", "ptcp:1", "punix:s", "tcp:h:1"]);
        let mut expect = RemoteSettings::default();
        assert_eq!(config.remotes["punix:s"], expect);
        (expect.probe_ms, expect.max_backoff) = (Some(0), Some(Duration::from_secs(5)));
        expect.read_only = true;
        assert_eq!(config.remotes["tcp:h:1"], expect);
        assert_eq!(parse(br#"{"remotes":{},"databases":{}}"#), Ok(Config::default()));
    }

    /// Texts without "not supported" are those of ovsdb-server 4.0, where it says anything but an
    /// assertion.
    #[test]
    fn what_is_wrong_or_not_supported_is_refused_by_name() {
        let lines = |text: &str| -> Vec<String> {
            parse(text.as_bytes()).unwrap_err().0.into_iter().map(|(_, line)| line).collect()
        };
        let check = |text: &str, expect: &[&str]| assert_eq!(lines(text), expect, "{text}");
        let remote = |options: &str, expect: &str| {
            let text = format!(r#"{{"remotes":{{"punix:s":{options}}},"databases":{{}}}}"#);
            check(&text, &[expect, "config: failed to parse 'remotes'"]);
        };
        let database = |options: &str, expect: &str| {
            let text = format!(r#"{{"remotes":{{}},"databases":{{"d.db":{options}}}}}"#);
            check(&text, &[expect, "config: failed to parse 'databases'"]);
        };
        check("[]", &["configuration in a file must be a JSON object"]);
        check("{}", &["config: 'remotes' is missing", "config: failed to parse 'remotes'"]);
        let no_databases = ["config: 'databases' is missing", "config: failed to parse 'databases'"];
        check(r#"{"remotes":{}}"#, &no_databases);
        check(
            r#"{"remotes":["punix:s"]}"#,
            &["config: 'remotes' is not a JSON object", "config: failed to parse 'remotes'"],
        );
        check(
            r#"{"remotes":{},"databases":{},"foo":1}"#,
            &["config: 'foo' is not known, only 'remotes' and 'databases'"],
        );
        assert!(lines("{")[0].starts_with("config: reading JSON failed ("));
        remote("1", "punix:s: JSON-RPC options are not a JSON object or null");
        let options = "syntax error: Parsing JSON-RPC options failed:";
        let fail = |part: &str, why: &str| remote(part, &format!("syntax \"{part}\": {options} {why}"));
        fail(r#"{"foo":1}"#, "Member 'foo' is present but not allowed here.");
        fail(r#"{"inactivity-probe":"x"}"#, "Type mismatch for member 'inactivity-probe'.");
        fail(r#"{"inactivity-probe":-5}"#, "Member 'inactivity-probe' is negative.");
        fail(r#"{"read-only":1}"#, "Type mismatch for member 'read-only'.");
        fail(r#"{"role":"x"}"#, "role 'x': access control by role is not supported.");
        fail(r#"{"dscp":10}"#, "Member 'dscp': setting it is not supported.");
        database("1", "syntax error: Parsing database d.db failed: Object expected.");
        let database_fails = |part: &str, why: &str| {
            database(part, &format!("syntax \"{part}\": syntax error: Parsing database d.db failed: {why}"));
        };
        database_fails(r#"{"service-model":"foo"}"#, "'foo' is not a valid service model");
        database_fails(r#"{"service-model":1}"#, "Type mismatch for member 'service-model'.");
        database_fails(r#"{"service-model":"clustered"}"#, "clusters are not supported");
        database_fails(r#"{"service-model":"relay","source":{"unix:x":{}}}"#, "relays are not supported");
        database_fails(r#"{"foo":1}"#, "Member 'foo' is present but not allowed here.");
        let active = r#"{"backup":true,"service-model":"active-backup","source":{"unix:x":{}}}"#;
        database_fails(active, "replication is not supported");
        check(
            r#"{"remotes":{"db:D,Root,targets":{"read-only":true}},"databases":{}}"#,
            &[
                "db:D,Root,targets: options of remotes in a database are set in the database",
                "config: failed to parse 'remotes'",
            ],
        );
    }
}
