//! Which database files does the server have open, and what is said about those that it cannot open?

use crate::ctl::exit::reason;
use ovsdb_server::storage::{self, OpenOptions, Opened, StorageError};
use std::collections::BTreeMap;
use std::error::Error;
use std::path::{Path, PathBuf};

/// The files that are served, by the names of their databases.
#[derive(Debug)]
pub(super) struct Files {
    by_database: BTreeMap<String, PathBuf>,
    /// Where relative names are meant from: the working directory at the start.
    here: PathBuf,
    differences: bool,
}

impl Files {
    pub(super) fn new(here: PathBuf, differences: bool) -> Files {
        Files { by_database: BTreeMap::new(), here, differences }
    }

    /// Opens a file that is not served yet.
    ///
    /// # Errors
    /// With the text for the user.
    pub(super) fn open(&self, name: &str) -> Result<Opened, String> {
        let path = self.here.join(name);
        if self.by_database.values().any(|served| *served == path) {
            return Err(format!("ovsdb error: {name}: already open"));
        }
        let mut options = OpenOptions::default();
        options.differences = self.differences;
        storage::open(&path, options).map_err(|error| text(&error))
    }

    pub(super) fn is_open(&self, path: &Path) -> bool {
        self.by_database.values().any(|served| served == path)
    }

    /// Notes that a file is served.
    pub(super) fn is_served(&mut self, name: &str, database: &str) {
        self.by_database.insert(database.to_owned(), self.here.join(name));
    }

    /// Notes that a database is served no more.
    pub(super) fn is_gone(&mut self, database: &str) {
        self.by_database.remove(database);
    }
}

/// What is wrong with a file, in the C server's form.
fn text(error: &StorageError) -> String {
    match error {
        StorageError::Io { source, .. } => format!("I/O error: {error} ({})", reason(source)),
        other => format!("ovsdb error: {other}"),
    }
}

/// An error and what it came from.
pub(super) fn with_sources(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text = format!("{text}: {error}");
        source = error.source();
    }
    text
}
