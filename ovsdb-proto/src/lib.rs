//! The OVSDB protocol (RFC 7047 and the Open vSwitch extensions): from bytes to transactions.
//!
//! What works with a database is written once, as an ordinary function over a transaction ([`txn::Txn`]): it reads what it needs and edits
//! what it has to. The transaction stands on a snapshot ([`replica::Snapshot`]), which may hold whole tables or have holes; reading
//! a hole says what to ask the server ([`row::ReadError::Missing`]).
//!
//! ```
//! use ovsdb_proto::replica::{Absent, Snapshot};
//! use ovsdb_proto::row::{Column, ReadError, Ref, Table};
//! use ovsdb_proto::schema::DatabaseSchema;
//! use ovsdb_proto::txn::{Commit, Txn};
//! use std::sync::Arc;
//!
//! // for the databases of OVN and Open vSwitch, `ovn-nb` and its siblings have all this
//! let schema = DatabaseSchema::parse(r#"{"name": "Zoo", "version": "1.0.0", "tables": {"Animal": {"isRoot": true,
//!     "columns": {"name": {"type": "string"}, "legs": {"type": "integer"}}}}}"#)?;
//! #[derive(Clone, Copy)]
//! struct Animal;
//! impl Table for Animal {
//!     const NAME: &'static str = "Animal";
//! }
//! const NAME: Column<Animal, String> = Column::new("name");
//! const LEGS: Column<Animal, i64> = Column::new("legs");
//!
//! // what the program does, however much is known of the database
//! fn count_legs(t: &mut Txn<'_>, name: &str, legs: i64) -> Result<Ref<Animal>, ReadError> {
//!     let animal = match t.lookup(NAME, &name.to_owned(), &[LEGS.any()])?.first() {
//!         Some(animal) => *animal,
//!         None => t.insert()?,
//!     };
//!     t.set(animal, NAME, &name.to_owned())?;
//!     t.set(animal, LEGS, &legs)?;
//!     Ok(animal)
//! }
//!
//! // nothing is known: the function says what it needs
//! let mut snapshot = Snapshot::new(Arc::new(schema), Arc::new(Absent::default()));
//! let mut t = Txn::new(&snapshot, 0);
//! let Err(ReadError::Missing(missing)) = count_legs(&mut t, "ant", 6) else { panic!("nothing was read") };
//!
//! // there is no ant: it is made, provided that there still is none when the server gets to it
//! snapshot.answer(&missing.0[0], []);
//! let mut t = Txn::new(&snapshot, 0);
//! count_legs(&mut t, "ant", 6)?;
//! let Commit::Send(request) = t.finish()? else { panic!("nothing changes") };
//! let names: Vec<_> = request.operations.iter().map(|operation| operation.name()).collect();
//! assert_eq!(names, ["wait", "insert"]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! A client (`net::Client`, with the feature `net`, which is on by default) does the rest: it asks for what is missing, runs the function again until all
//! is there, sends the operations, and starts over when somebody else was faster.
//!
//! ```no_run
//! # #[cfg(feature = "net")]
//! # async fn zoo(schema: ovsdb_proto::schema::DatabaseSchema) -> Result<(), Box<dyn std::error::Error>> {
//! use ovsdb_proto::net::{Client, ClientOptions};
//! use ovsdb_proto::session::remote::parse_list;
//! # use ovsdb_proto::{row::{ReadError, Ref, Table}, txn::Txn};
//! # #[derive(Clone, Copy)] struct Animal;
//! # impl Table for Animal { const NAME: &'static str = "Animal"; }
//! # fn count_legs(t: &mut Txn<'_>, name: &str, legs: i64) -> Result<Ref<Animal>, ReadError> { t.insert() }
//!
//! let remotes = parse_list("tcp:10.0.0.1:6641,tcp:10.0.0.2:6641", "/var/run/ovn".as_ref())?;
//! let mut client = Client::new(schema.into(), ClientOptions::new(remotes.list))?;
//! let done = client.transact(|t| count_legs(t, "ant", 6)).await?;
//! println!("the ant is {}", done.real(done.value.uuid()));
//! client.close().await;
//! # Ok(())
//! # }
//! ```
//!
//! Beneath are the parts that this is made of, each of use by itself, and each importing only from those below it:
//!
//! | module | what it does |
//! |---|---|
//! | `net` | sockets, TLS, timers: the only module that touches the outside |
//! | [`session`] | what is said to a server in which order: a state machine without a socket |
//! | [`txn`] | edits over a snapshot: reading them as if they were made, and sending them as the fewest operations |
//! | [`replica`] | what was read of a database at one moment |
//! | [`store`] | rows that are kept: packed, indexed, shared between versions |
//! | [`row`] | typed tables, columns, references and rows |
//! | [`monitor`], [`op`], [`schema`] | table updates; operations and their results; what a database may hold |
//! | [`value`], [`rpc`] | atoms, sets and maps, on the wire and as people write them; messages |
//! | [`frame`], [`json`] | where a message ends; reading and writing JSON without a tree |
//! | [`limits`] | how much is too much |

pub mod frame;
pub mod json;
pub mod limits;
pub mod monitor;
#[cfg(feature = "net")]
pub mod net;
pub mod op;
pub mod replica;
pub mod row;
pub mod rpc;
mod scan;
pub mod schema;
pub mod session;
pub mod store;
pub mod txn;
pub mod value;
