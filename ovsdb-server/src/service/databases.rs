//! How databases come and go while clients look on.

use super::hosted::Hosted;
use super::reply;
use super::server_database;
use super::{ClientId, Service};
use crate::engine::{Commit, Database};
use crate::storage::{Journal, JournalError};
use ovsdb_proto::rpc::encode;

/// Why a database was not added.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddError {
    /// There is one of this name.
    #[error("there is a database of this name already")]
    Exists,
    /// Its name begins with `_`.
    #[error("names of databases that begin with _ are reserved")]
    Reserved,
}

/// Why a database was not compacted.
#[derive(Debug, thiserror::Error)]
pub enum CompactError {
    /// There is no database of this name.
    #[error("no such database")]
    Unknown,
    /// It could not be written.
    #[error("the database was not compacted")]
    Journal(#[from] JournalError),
}

impl Service {
    /// Adds a database, with the journal that keeps its commits, if it is kept. Clients that are not aware of such changes are closed.
    ///
    /// # Errors
    /// The name is taken or reserved.
    pub fn add_database(
        &mut self,
        database: Database,
        journal: Option<Box<dyn Journal>>,
    ) -> Result<(), AddError> {
        let name = database.schema().name.clone();
        if name.starts_with('_') {
            return Err(AddError::Reserved);
        }
        if self.databases.contains_key(&name) {
            return Err(AddError::Exists);
        }
        let state = self.next_state();
        self.databases.insert(name.clone(), Hosted::new(database, journal, state));
        self.close_unaware();
        self.tell_of(&name);
        Ok(())
    }

    /// Takes a database out, with its journal. Its monitors end, what waits in it is cancelled, and clients that are not aware of such changes are closed.
    /// `_Server` stays.
    pub fn remove_database(&mut self, name: &str) -> Option<(Database, Option<Box<dyn Journal>>)> {
        if name == server_database::NAME || !self.databases.contains_key(name) {
            return None;
        }
        self.cancel_monitors(name);
        self.close_unaware();
        self.cancel_waiting(name);
        let hosted = self.databases.remove(name)?;
        let server = self.databases.get(server_database::NAME)?;
        if let Some(commit) = server_database::remove(&server.database, &mut self.ids, name) {
            self.publish(0, server_database::NAME, commit);
        }
        Some((hosted.database, hosted.journal))
    }

    /// The names of the databases, sorted, `_Server` among them.
    pub fn databases(&self) -> impl Iterator<Item = &str> {
        self.databases.keys().map(|name| &**name)
    }

    /// A database.
    pub fn database(&self, name: &str) -> Option<&Database> {
        self.databases.get(name).map(|hosted| &hosted.database)
    }

    /// Writes a database as it is in place of all that led to it. Nothing happens if it has no journal.
    ///
    /// # Errors
    /// There is no such database, or it could not be written.
    pub fn compact(&mut self, name: &str) -> Result<(), CompactError> {
        let hosted = self.databases.get_mut(name).ok_or(CompactError::Unknown)?;
        Ok(hosted.compact()?)
    }

    pub(super) fn add_server_database(&mut self) {
        let server = server_database::new(&mut self.ids);
        self.databases.insert(server_database::NAME.into(), server);
        self.tell_of(server_database::NAME);
    }

    /// Brings the row of a database in `_Server` up to date.
    pub(super) fn tell_of(&mut self, name: &str) {
        let (Some(server), Some(hosted)) =
            (self.databases.get(server_database::NAME), self.databases.get(name))
        else {
            return;
        };
        if let Some(commit) = server_database::put(&server.database, &mut self.ids, name, &hosted.schema_json)
        {
            self.publish(0, server_database::NAME, commit);
        }
    }

    /// Takes in a commit that was not made by a client's transaction.
    fn publish(&mut self, now_ms: u64, name: &str, commit: Commit) {
        self.take_in(name, commit);
        self.run_waiting(now_ms, name);
    }

    /// Ends the monitors of a database.
    pub(super) fn cancel_monitors(&mut self, name: &str) {
        for (client, id) in self.monitors.remove_database(name) {
            let client = ClientId(client);
            if self.clients.get(&client).is_some_and(|client| client.change_aware) {
                self.send(client, |out| encode::monitor_canceled(out, &id));
            }
        }
    }

    /// Cancels what waits in a database.
    pub(super) fn cancel_waiting(&mut self, name: &str) {
        let Some(hosted) = self.databases.get_mut(name) else { return };
        for waiting in std::mem::take(&mut hosted.waiting) {
            self.waits_no_more(waiting.client, waiting.params.len());
            self.send(waiting.client, |out| reply::error(out, &waiting.id, |w| w.string("canceled")));
        }
    }

    pub(super) fn waits_no_more(&mut self, client: ClientId, bytes: usize) {
        if let Some(client) = self.clients.get_mut(&client) {
            client.waiting = client.waiting.saturating_sub(1);
            client.waiting_bytes = client.waiting_bytes.saturating_sub(bytes);
        }
    }
}
