//! Getting a server ready: its files opened, its remotes listened on.

use super::NAME;
use super::config_file::{self, Config, ConfigError};
use super::descriptors;
use super::events;
use super::files::Files;
use super::options::Options;
use super::pidfile::PidFile;
use crate::ctl::raw;
use crate::ctl::vlog::{Level, Log};
use ovsdb_proto::net::Listener;
use ovsdb_proto::session::remote::Remote;
use ovsdb_server::listen::{Driver, Limits, RemoteSettings, Server, StartError};
use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;

/// Said last when the server cannot start, after the reasons.
pub(super) const FAILED: &str = "server configuration failed";

/// A server that clients can connect to.
pub(super) struct Ready {
    pub(super) server: Server,
    pub(super) driver: Driver,
    pub(super) control: Option<Listener>,
    pub(super) files: Files,
    /// Removed when it is dropped.
    pub(super) pidfile: Option<PidFile>,
}

/// The databases and remotes that the options name.
pub(super) fn config(options: &Options, log: &Log) -> Result<Config, String> {
    let Some(path) = &options.config_file else {
        let remotes = options.remotes.iter().map(|text| (text.clone(), RemoteSettings::default()));
        return Ok(Config { databases: options.databases.clone(), remotes: remotes.collect() });
    };
    load(path, log).ok_or_else(|| FAILED.to_owned())
}

/// Reads a configuration file; `None` if that fails, which is logged.
pub(super) fn load(path: &Path, log: &Log) -> Option<Config> {
    let write = |level, text: &str| log.write(SystemTime::now(), "ovsdb_server", level, text);
    match config_file::load(path) {
        Ok(config) => {
            write(Level::Info, &format!("loading configuration from '{}'", path.display()));
            Some(config)
        }
        Err(ConfigError(lines)) => {
            lines.iter().for_each(|(level, text)| write(*level, text));
            None
        }
    }
}

/// Starts a server as the options say, with the databases and remotes of `config`.
///
/// # Errors
/// With the text for the user; the reasons are logged.
pub(super) async fn start(
    options: &Options,
    config: &Config,
    here: &Path,
    log: &Arc<Log>,
) -> Result<Ready, String> {
    let pidfile = match &options.pidfile {
        Some(path) => Some(PidFile::create(path, options.overwrite_pidfile)?),
        None => None,
    };
    let warn = |text: &str| log.write(SystemTime::now(), "ovsdb_server", Level::Warn, text);
    let mut builder = Server::builder();
    let mut files = Files::new(here.to_owned(), options.differences);
    let mut failed = false;
    for name in &config.databases {
        if files.is_open(name) && options.config_file.is_none() {
            warn(&format!("Duplicate database configuration: {name}"));
            continue;
        }
        match files.open(name) {
            Ok(opened) => {
                opened.notices.iter().for_each(|notice| warn(&notice.to_string()));
                files.is_served(name, &opened.database.schema().name);
                builder = builder.database(opened.database, Some(Box::new(opened.journal)));
            }
            Err(text) => {
                warn(&format!("failed to open database '{name}': {text}"));
                failed = true;
            }
        }
    }
    if failed {
        warn("failed to configure databases");
        return Err(FAILED.to_owned());
    }
    for (remote, settings) in &config.remotes {
        builder = builder.remote_with(remote, settings.clone());
    }
    let observer = Arc::clone(log);
    let limits = Limits {
        clients_per_address_max: options.clients_per_address_max,
        ..descriptors::limits(descriptors::raise())
    };
    if limits.clients_max < Limits::default().clients_max {
        warn(&format!("the limit of open files allows {} clients only", limits.clients_max));
    }
    let started = builder
        .tls(options.tls.clone())
        .limits(limits)
        .run_dir(&options.run_dir)
        .paths(|path| raw::path_within(&path))
        .observer(move |event| events::log(&observer, event))
        .patient()
        // as the C server does with standalone databases; ovsdbapp and others expect every row
        // after a reconnect
        .without_history()
        .start()
        .await;
    let (server, driver) = started.map_err(|error: StartError| {
        warn(&error.to_string());
        FAILED.to_owned()
    })?;
    let control = control_socket(options).await?;
    Ok(Ready { server, driver, control, files, pidfile })
}

async fn control_socket(options: &Options) -> Result<Option<Listener>, String> {
    let name = match options.unixctl.as_deref() {
        Some("none") => return Ok(None),
        Some(name) => name.to_owned(),
        None => format!("{NAME}.{}.ctl", std::process::id()),
    };
    let path = options.run_dir.join(raw::path(&name));
    match Listener::bind(&Remote::Punix(path.clone())).await {
        Ok(listener) => Ok(Some(listener)),
        Err(error) => {
            let (path, reason) = (path.display(), error.reason());
            Err(format!("could not initialize control socket {path} ({reason})"))
        }
    }
}
