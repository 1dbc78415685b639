//! The commands of the control socket (ovsdb-server(1), "Runtime Management Commands").

use super::files::{self, Files};
use super::link::Link;
use super::{NAME, RELEASE};
use crate::ctl::vlog::{Level, Log};
use crate::unixctl::{Answer, Command, Work};
use ovsdb_server::listen::Server;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::SystemTime;
use tokio::sync::Notify;

const fn command(name: &'static str, usage: &'static str, min: usize, max: usize) -> Command {
    Command { name, usage, min, max }
}

pub(super) const COMMANDS: &[Command] = &[
    command("exit", "", 0, 0),
    command("list-commands", "", 0, 0),
    command("memory/show", "", 0, 0),
    command("ovsdb-server/add-db", "DB", 1, 1),
    command("ovsdb-server/add-remote", "REMOTE", 1, 1),
    command("ovsdb-server/compact", "[DB]", 0, 1),
    command("ovsdb-server/get-db-storage-status", "DB", 1, 1),
    command("ovsdb-server/list-dbs", "", 0, 0),
    command("ovsdb-server/list-remotes", "", 0, 0),
    command("ovsdb-server/reconnect", "", 0, 0),
    command("ovsdb-server/reload", "", 0, 0),
    command("ovsdb-server/remove-db", "DB", 1, 1),
    command("ovsdb-server/remove-remote", "REMOTE", 1, 1),
    command("ovsdb-server/sync-status", "", 0, 0),
    command("version", "", 0, 0),
    command("vlog/close", "", 0, 0),
    command("vlog/list", "", 0, 0),
    command("vlog/reopen", "", 0, 0),
    command("vlog/set", "{spec | PATTERN:destination:pattern}", 1, usize::MAX),
];

/// The commands that change what a configuration file says.
const CHANGE: [&str; 4] = [
    "ovsdb-server/add-db",
    "ovsdb-server/add-remote",
    "ovsdb-server/remove-db",
    "ovsdb-server/remove-remote",
];

/// What commands work on.
#[derive(Debug)]
pub(super) struct Control {
    pub(super) server: Server,
    pub(super) log: Arc<Log>,
    pub(super) files: Mutex<Files>,
    /// To the monitor, if there is one.
    pub(super) link: Mutex<Option<Link>>,
    /// Names databases and remotes, which commands do not change then.
    pub(super) config_file: Option<PathBuf>,
    pub(super) exit: Notify,
}

impl Control {
    /// Carries out a command.
    pub(super) fn carry_out(self: Arc<Control>, name: &'static str, words: Vec<String>) -> Work {
        Box::pin(async move {
            let first = words.first().cloned().unwrap_or_default();
            if CHANGE.contains(&name)
                && let Some(path) = &self.config_file
            {
                return Err(format!("Update the {} and use ovsdb-server/reload instead", path.display()));
            }
            match name {
                "exit" => {
                    self.exit.notify_one();
                    Ok(String::new())
                }
                "memory/show" => self.memory().await,
                "ovsdb-server/add-db" => self.add_database(&first).await,
                "ovsdb-server/add-remote" => {
                    self.server.add_remote(first).await.map_err(|e| e.to_string())?;
                    self.keep().await
                }
                "ovsdb-server/compact" => self.compact((!first.is_empty()).then_some(first)).await,
                "ovsdb-server/get-db-storage-status" => self.storage_status(first).await,
                "ovsdb-server/list-dbs" => Ok(lines(self.databases().await?)),
                "ovsdb-server/list-remotes" => {
                    self.server.remotes_configured().await.map(lines).map_err(|e| e.to_string())
                }
                "ovsdb-server/reconnect" => {
                    self.server.reconnect().await.map(|()| String::new()).map_err(|e| e.to_string())
                }
                "ovsdb-server/reload" => self.reload().await,
                "ovsdb-server/remove-db" => self.remove_database(first).await,
                "ovsdb-server/remove-remote" => match self.server.remove_remote(first).await {
                    Ok(true) => self.keep().await,
                    Ok(false) => Err("no such remote".to_owned()),
                    Err(error) => Err(error.to_string()),
                },
                // there is no other state without replication
                "ovsdb-server/sync-status" => Ok("state: active\n".to_owned()),
                "version" => Ok(format!("{NAME} (Open vSwitch) {RELEASE}")),
                "vlog/close" => {
                    self.log.close();
                    Ok(String::new())
                }
                "vlog/list" => Ok(self.log.config().list()),
                "vlog/reopen" => self.reopen(),
                "vlog/set" => self.set_levels(&words),
                other => Err(format!("\"{other}\" is not a valid command")),
            }
        })
    }

    pub(super) fn note(&self, level: Level, text: &str) {
        self.log.write(SystemTime::now(), "ovsdb_server", level, text);
    }

    pub(super) async fn databases(&self) -> Result<Vec<String>, String> {
        let names = self.server.with(|service, _| service.databases().map(str::to_owned).collect());
        names.await.map_err(|error| error.to_string())
    }

    /// Whether the last commit and the last compaction could be written, and if not, why. The C
    /// server says `ok` whatever happens to a standalone database.
    async fn storage_status(&self, name: String) -> Answer {
        if !self.databases().await?.contains(&name) {
            return Err(UNKNOWN.to_owned());
        }
        let trouble = self.server.with(move |service, _| service.storage_trouble(&name).map(str::to_owned));
        let trouble = trouble.await.map_err(|error| error.to_string())?;
        Ok(format!("status: {}", trouble.as_deref().unwrap_or("ok")))
    }

    async fn memory(&self) -> Answer {
        let rows = self.server.with(|service, _| {
            let names: Vec<String> = service.databases().map(str::to_owned).collect();
            let databases = names.iter().filter_map(|name| service.database(name));
            let rows = |d: &ovsdb_server::engine::Database| -> usize {
                let tables = d.schema().tables().iter();
                tables.filter_map(|table| d.schema().table_id(&table.name)).map(|id| d.len(id)).sum()
            };
            databases.map(rows).sum::<usize>()
        });
        let rows = rows.await.map_err(|error| error.to_string())?;
        let sessions = self.server.client_count().await.map_err(|error| error.to_string())?;
        Ok(format!("rows:{rows} sessions:{sessions}\n"))
    }

    async fn compact(&self, only: Option<String>) -> Answer {
        let names = match only {
            Some(name) => vec![name],
            None => self.databases().await?.into_iter().filter(|name| !name.starts_with('_')).collect(),
        };
        for name in names {
            let wanted = name.clone();
            let known = self.server.with(move |service, _| service.database(&wanted).is_some());
            if !known.await.map_err(|error| error.to_string())? {
                return Err(UNKNOWN.to_owned());
            }
            self.note(Level::Info, &format!("compacting {name} database by user request"));
            let compacted = self.server.with(move |service, _| service.compact(&name));
            let compacted = compacted.await.map_err(|error| error.to_string())?;
            compacted.map_err(|error| files::with_sources(&error))?;
        }
        Ok(String::new())
    }

    fn reopen(&self) -> Answer {
        if self.log.config().file.is_none() {
            return Ok("Logging to file not configured".to_owned());
        }
        match self.log.reopen(SystemTime::now()) {
            Ok(()) => Ok(String::new()),
            Err(_) => Err("the log file cannot be opened".to_owned()),
        }
    }

    fn set_levels(&self, words: &[String]) -> Answer {
        let mut config = self.log.config();
        for word in words {
            let mut next = config.clone();
            // the complaint about an option quotes the option; here only the reason is told
            next.apply(word)
                .map_err(|e| e.split_once("\": ").map_or(e.clone(), |(_, why)| why.to_owned()))?;
            *config = next;
        }
        Ok(String::new())
    }
}

const UNKNOWN: &str = "no database by that name";

fn lines(texts: Vec<String>) -> String {
    texts.into_iter().map(|text| text + "\n").collect()
}
