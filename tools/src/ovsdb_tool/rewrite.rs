//! How is a database made anew: created, compacted, or given another schema?

use super::error::{io_failed, journal};
use super::identify;
use super::run::Session;
use super::schema;
use crate::ctl::doc::OVS_RELEASE;
use crate::ctl::error::CtlError;
use crate::ctl::raw;
use ovsdb_server::engine::Database;
use ovsdb_server::storage::{self, OpenOptions, StorageError};
use std::sync::Arc;

/// How many symbolic links are followed, as the C program does.
const LINKS_MAX: usize = 10;

impl Session {
    /// `create`
    pub(super) fn create(&self, path: &str, schema: &str) -> Result<(), CtlError> {
        let schema = schema::read(schema)?;
        // a link to nowhere says where the file is to be
        let place = if raw::path(path).exists() { path.to_owned() } else { follow(path) };
        storage::create(&raw::path(&place), &schema).map_err(|error| self.storage(path, &error))
    }

    /// `compact`
    pub(super) fn compact(&self, path: &str, target: Option<&str>) -> Result<(), CtlError> {
        self.rewrite(path, target, None)
    }

    /// `convert`
    pub(super) fn convert(&self, path: &str, schema: &str, target: Option<&str>) -> Result<(), CtlError> {
        self.rewrite(path, target, Some(schema))
    }

    fn rewrite(&self, path: &str, target: Option<&str>, schema: Option<&str>) -> Result<(), CtlError> {
        let schema = schema.map(|schema| schema::read(schema).map(Arc::new)).transpose()?;
        let path = &follow(path);
        let target = target.filter(|target| !is_same(path, target));
        identify::standalone(path, false)?;
        let mut options = OpenOptions::default();
        options.refuse_torn = true;
        options.differences = false;
        options.read_only = target.is_some();
        let comment = if schema.is_some() { "converted" } else { "compacted" };
        let comment = format!("{comment} by ovsdb-tool {OVS_RELEASE}");
        options.schema = schema;
        let mut opened = storage::open(&raw::path(path), options.clone()).map_err(|error| match error {
            StorageError::Locked { .. } | StorageError::Io { action: "lock", .. } => {
                self.lock_failed(path, &error)
            }
            error => self.storage(path, &error),
        })?;
        let Some(target) = target else {
            return opened.journal.replace(&opened.database, &comment).map_err(|error| journal(&error));
        };
        self.write_new(target, &opened.database, &comment, options)
    }

    /// Writes a database to a file that is not there yet.
    pub(super) fn write_new(
        &self,
        target: &str,
        database: &Database,
        comment: &str,
        mut options: OpenOptions,
    ) -> Result<(), CtlError> {
        let created = storage::create(&raw::path(target), database.schema());
        created.map_err(|error| match error {
            StorageError::Locked { .. } | StorageError::Io { action: "lock", .. } => {
                self.lock_failed(target, &error)
            }
            error => self.storage(target, &error),
        })?;
        options.read_only = false;
        let written = storage::open(&raw::path(target), options)
            .map_err(|error| self.storage(target, &error))
            .and_then(|mut new| new.journal.replace(database, comment).map_err(|error| journal(&error)));
        if written.is_err() {
            std::fs::remove_file(raw::path(target))
                .map_err(|error| io_failed(target, "remove failed", &error))?;
        }
        written
    }
}

/// The file that a symbolic link stands for, which may not be there.
fn follow(path: &str) -> String {
    let mut path = raw::path(path);
    for _ in 0..LINKS_MAX {
        let Ok(target) = std::fs::read_link(&path) else { break };
        // a relative link is meant from where it is
        path = path.parent().map_or(target.clone(), |folder| folder.join(target));
    }
    raw::decode(path.as_os_str())
}

fn is_same(path: &str, target: &str) -> bool {
    let real = |path: &str| std::fs::canonicalize(raw::path(path)).ok();
    real(target).is_some_and(|target| real(path) == Some(target))
}
