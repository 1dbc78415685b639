//! A real server for a test: one line starts it with rows in it, real clients use it within the process, and whole tables are compared with what is expected.
//!
//! There are no ports, files or processes, and nothing to wait for: when [`TestServer::start`] returns, clients can be made, and after a commit every client sees it. So
//! hundreds of tests run side by side.
//!
//! ```
//! use ovsdb_proto::row::{Column, ReadError, Ref, Table};
//! use ovsdb_proto::schema::DatabaseSchema;
//! use ovsdb_proto::txn::Txn;
//! use ovsdb_server::kit::TestServer;
//!
//! // for the databases of OVN and Open vSwitch, `ovn-nb` and its siblings have all this
//! let schema = r#"{"name": "Zoo", "version": "1.0.0", "tables": {
//!     "Animal": {"isRoot": true, "columns": {"name": {"type": "string"}, "legs": {"type": "integer"},
//!         "friends": {"type": {"key": {"type": "uuid", "refTable": "Animal", "refType": "weak"}, "min": 0, "max": 9}}}}}}"#;
//! let schema = std::sync::Arc::new(DatabaseSchema::parse(schema)?);
//! #[derive(Clone, Copy)]
//! struct Animal;
//! impl Table for Animal {
//!     const NAME: &'static str = "Animal";
//! }
//! const NAME: Column<Animal, String> = Column::new("name");
//! const FRIENDS: Column<Animal, Vec<Ref<Animal>>> = Column::new("friends");
//! fn add(t: &mut Txn<'_>, name: &str) -> Result<Ref<Animal>, ReadError> {
//!     let animal = t.insert()?;
//!     t.set(animal, NAME, &name.to_owned())?;
//!     Ok(animal)
//! }
//!
//! # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
//! let server = TestServer::start(schema, |t| add(t, "ant").map(drop)).await?;
//!
//! // what is tested: it gets a client as it would in production
//! let mut client = server.client()?;
//! client
//!     .transact(|t| {
//!         let bee = add(t, "bee")?;
//!         let ants = t.lookup(NAME, &"ant".to_owned(), &[NAME.any()])?;
//!         t.set(bee, FRIENDS, &ants)
//!     })
//!     .await?;
//!
//! let expected = "Animal ant\n    name: ant\nAnimal bee\n    friends: [Animal ant]\n    name: bee\n";
//! assert_eq!(server.tables(&["Animal"]).await?, expected);
//! # Ok::<(), Box<dyn std::error::Error>>(()) })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod text;

pub use text::tables;

use crate::engine::Database;
use crate::listen::{Server, ServerError, StartError};
use ovsdb_proto::net::{self, Client, ClientError};
use ovsdb_proto::schema::DatabaseSchema;
use ovsdb_proto::txn::Txn;
use std::error::Error;
use std::sync::Arc;

/// Why a test server could not do what it was asked for.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KitError {
    /// It did not start.
    #[error(transparent)]
    Start(#[from] StartError),
    /// It has ended.
    #[error(transparent)]
    Server(#[from] ServerError),
    /// No client could be made.
    #[error(transparent)]
    Client(#[from] net::Error),
    /// The rows to begin with were not committed.
    #[error("the rows to begin with: {0}")]
    Seed(Box<dyn Error + Send + Sync>),
}

/// A server of one database in memory. It ends when it is dropped, clients or not.
///
/// Its UUIDs are the same in every run.
#[derive(Debug)]
pub struct TestServer {
    server: Server,
    schema: Arc<DatabaseSchema>,
}

impl TestServer {
    /// Starts a server with the rows that `seed` makes. `seed` is run over a transaction as an operation is, and possibly several times; `|_| Ok::<_, ReadError>(())` makes none.
    ///
    /// Its driver is spawned on the runtime of the caller.
    ///
    /// # Errors
    /// See [`KitError`].
    ///
    /// # Panics
    /// Outside of a tokio runtime with time enabled.
    pub async fn start<E>(
        schema: Arc<DatabaseSchema>,
        seed: impl FnMut(&mut Txn<'_>) -> Result<(), E>,
    ) -> Result<TestServer, KitError>
    where
        ClientError<E>: Error + Send + Sync + 'static,
    {
        let database = Database::new(Arc::clone(&schema));
        let (server, driver) = Server::builder().database(database, None).seed(0).start().await?;
        tokio::spawn(driver);
        let server = TestServer { server, schema };
        server.seed(seed).await?;
        Ok(server)
    }

    /// Adds more rows, as another client would.
    ///
    /// # Errors
    /// [`KitError::Seed`], [`KitError::Client`]
    pub async fn seed<E>(&self, seed: impl FnMut(&mut Txn<'_>) -> Result<(), E>) -> Result<(), KitError>
    where
        ClientError<E>: Error + Send + Sync + 'static,
    {
        let mut client = self.client()?;
        client.transact(seed).await.map_err(|error| KitError::Seed(Box::new(error)))?;
        client.close().await;
        Ok(())
    }

    /// A client of the server, with a connection of its own.
    ///
    /// # Errors
    /// The system gives no random bytes.
    pub fn client(&self) -> Result<Client, net::Error> {
        self.server.client(Arc::clone(&self.schema))
    }

    /// The server itself: for connections that are used in other ways, for operations as JSON, for remotes.
    pub fn server(&self) -> &Server {
        &self.server
    }

    /// What these tables hold (all that hold anything, if none is named), as [`tables`] writes it.
    ///
    /// # Errors
    /// The server has ended.
    pub async fn tables(&self, names: &[&str]) -> Result<String, ServerError> {
        let (database, names) =
            (self.schema.name.clone(), names.iter().map(|n| (*n).to_owned()).collect::<Vec<_>>());
        let text = move |service: &mut crate::service::Service, _| {
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            service.database(&database).map(|database| tables(database, &names)).unwrap_or_default()
        };
        self.server.with(text).await
    }

    /// What these tables of a server with nothing but the rows that `seed` makes would hold: what [`TestServer::tables`] is to be equal to, written as typed rows.
    ///
    /// # Errors
    /// As [`TestServer::start`].
    pub async fn expected<E>(
        &self,
        names: &[&str],
        seed: impl FnMut(&mut Txn<'_>) -> Result<(), E>,
    ) -> Result<String, KitError>
    where
        ClientError<E>: Error + Send + Sync + 'static,
    {
        let other = TestServer::start(Arc::clone(&self.schema), seed).await?;
        Ok(other.tables(names).await?)
    }
}

#[cfg(test)]
mod tests;
