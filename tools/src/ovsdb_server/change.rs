//! Changes of what is served: databases added and removed, and the configuration file read again.

use super::config_file::Config;
use super::control::Control;
use super::link::Served;
use super::start;
use crate::ctl::vlog::Level;
use crate::unixctl::Answer;
use ovsdb_server::storage::Opened;
use std::sync::PoisonError;

impl Control {
    /// Serves a file.
    pub(super) async fn add_database(&self, name: &str) -> Answer {
        let opened = {
            let files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
            files.open(name)?
        };
        self.take_in(name, opened).await?;
        self.keep().await
    }

    /// Serves a database no more.
    pub(super) async fn remove_database(&self, name: String) -> Answer {
        self.let_go(name).await?;
        self.keep().await
    }

    async fn take_in(&self, name: &str, opened: Opened) -> Result<(), String> {
        for notice in &opened.notices {
            self.note(Level::Warn, &notice.to_string());
        }
        let database = opened.database.schema().name.to_string();
        let added = self
            .server
            .with(move |service, _| service.add_database(opened.database, Some(Box::new(opened.journal))));
        let added = added.await.map_err(|error| error.to_string())?;
        added.map_err(|error| format!("ovsdb error: {name}: {error}"))?;
        self.files.lock().unwrap_or_else(PoisonError::into_inner).is_served(name, &database);
        Ok(())
    }

    async fn let_go(&self, name: String) -> Result<(), String> {
        let wanted = name.clone();
        // whatever it was made of is dropped, and with it the lock on the file
        let removed = self.server.with(move |service, _| service.remove_database(&wanted).is_some());
        if !removed.await.map_err(|error| error.to_string())? {
            return Err("Failed to find the database.".to_owned());
        }
        self.files.lock().unwrap_or_else(PoisonError::into_inner).is_gone(&name);
        Ok(())
    }

    /// Reads the configuration file again and serves what it says. Databases and remotes that are
    /// in it as before are left alone, with their clients.
    ///
    /// A file that cannot be read or a database that cannot be opened changes nothing. A remote
    /// that names a column which is not there leaves the remotes as they were.
    pub(super) async fn reload(&self) -> Answer {
        let Some(path) = &self.config_file else {
            return Err("Configuration file was not specified on command line".to_owned());
        };
        let failed = "Configuration failed.  See the log file for details.";
        let config = start::load(path, &self.log).ok_or(failed)?;
        let opened = self.open_new(&config).ok_or(failed)?;
        let gone = self.files.lock().unwrap_or_else(PoisonError::into_inner).others(&config.databases);
        for database in gone {
            self.let_go(database).await?;
        }
        for (name, opened) in opened {
            if let Err(text) = self.take_in(name, opened).await {
                self.note(Level::Warn, &format!("failed to open database '{name}': {text}"));
                return Err(failed.to_owned());
            }
        }
        let remotes = config.remotes.clone();
        if let Err(error) = self.server.set_remotes(remotes).await {
            self.note(Level::Warn, &format!("failed to configure remotes: {error}"));
            return Err(failed.to_owned());
        }
        self.keep().await
    }

    /// Opens the files that are not served yet; `None` if one of them cannot be opened, which is
    /// logged.
    fn open_new<'a>(&self, config: &'a Config) -> Option<Vec<(&'a str, Opened)>> {
        let files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        let mut opened = Vec::new();
        let mut failed = false;
        for name in config.databases.iter().filter(|name| !files.is_open(name)) {
            match files.open(name) {
                Ok(new) => opened.push((name.as_str(), new)),
                Err(text) => {
                    self.note(Level::Warn, &format!("failed to open database '{name}': {text}"));
                    failed = true;
                }
            }
        }
        if failed {
            self.note(Level::Warn, "failed to configure databases");
            return None;
        }
        Some(opened)
    }

    /// Tells the monitor what is served now, for the case of a crash.
    pub(super) async fn keep(&self) -> Answer {
        let remotes = self.server.remotes_configured().await.map_err(|error| error.to_string())?;
        let databases = self.files.lock().unwrap_or_else(PoisonError::into_inner).names();
        let mut link = self.link.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(monitor) = link.as_mut()
            && monitor.send(Some(&Served { databases, remotes })).is_err()
        {
            // it is gone, or stopped: this server lives without it
            *link = None;
        }
        Ok(String::new())
    }
}
