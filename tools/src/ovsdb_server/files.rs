//! The database files that the server has open, and the messages about those that it cannot open.

use crate::ctl::exit::reason;
use crate::ctl::raw;
use ovsdb_server::storage::{self, OpenOptions, Opened, StorageError};
use std::collections::BTreeMap;
use std::error::Error;
use std::path::{Path, PathBuf};

/// The files that are served, by the names of their databases.
#[derive(Debug)]
pub(super) struct Files {
    by_database: BTreeMap<String, Served>,
    /// Where relative names are meant from: the working directory at the start.
    here: PathBuf,
    differences: bool,
}

#[derive(Debug)]
struct Served {
    /// The name of the file as it was given.
    name: String,
    path: PathBuf,
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
        if self.is_open(name) {
            return Err(format!("ovsdb error: {name}: already open"));
        }
        let path = self.path(name);
        let mut options = OpenOptions::default();
        options.differences = self.differences;
        storage::open(&path, options).map_err(|error| text(&error, &path, name))
    }

    pub(super) fn is_open(&self, name: &str) -> bool {
        let path = self.path(name);
        self.by_database.values().any(|served| served.path == path)
    }

    /// The names of all files as they were given.
    pub(super) fn names(&self) -> Vec<String> {
        self.by_database.values().map(|served| served.name.clone()).collect()
    }

    /// The databases whose files are none of these.
    pub(super) fn others(&self, names: &[String]) -> Vec<String> {
        let paths: Vec<PathBuf> = names.iter().map(|name| self.path(name)).collect();
        let others = self.by_database.iter().filter(|(_, served)| !paths.contains(&served.path));
        others.map(|(database, _)| database.clone()).collect()
    }

    /// Notes that a file is served.
    pub(super) fn is_served(&mut self, name: &str, database: &str) {
        let served = Served { name: name.to_owned(), path: self.path(name) };
        self.by_database.insert(database.to_owned(), served);
    }

    /// Notes that a database is served no more.
    pub(super) fn is_gone(&mut self, database: &str) {
        self.by_database.remove(database);
    }

    fn path(&self, name: &str) -> PathBuf {
        self.here.join(raw::path(name))
    }
}

/// What is wrong with a file, in the C server's form; the file is called by the name that was
/// given.
fn text(error: &StorageError, path: &Path, name: &str) -> String {
    let text = error.to_string();
    let text = match text.strip_prefix(&*path.to_string_lossy()) {
        Some(rest) if rest.starts_with(':') => format!("{name}{rest}"),
        _ => text,
    };
    match error {
        StorageError::Io { source, .. } => format!("I/O error: {text} ({})", reason(source)),
        _ => format!("ovsdb error: {text}"),
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
