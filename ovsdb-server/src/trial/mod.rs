//! What does an operation do to a database? Tried on a real engine: rows to begin with, lines of commands, and what they changed.
//!
//! Nothing here needs a socket, a runtime or a clock; tests that need a server and clients have the module `kit`. A test seeds [`Rows`], has [`Rows::run`] carry out an operation both as a one-shot tool does, which
//! reads round by round, and over all rows at once, and compares the answer and the rows that changed with what it expects. Rows to begin
//! with are called `#1`, `#2` ... and new ones `new1`, `new2` ..., so that no expectation names a UUID.
//!
//! ```
//! use ovsdb_proto::row::{Column, Table};
//! use ovsdb_proto::schema::DatabaseSchema;
//! use ovsdb_proto::txn::Txn;
//! use ovsdb_server::trial::{Rows, cell};
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # #[derive(Clone, Copy)]
//! # struct Switch;
//! # impl Table for Switch { const NAME: &'static str = "Switch"; }
//! const NAME: Column<Switch, String> = Column::new("name");
//! let schema = DatabaseSchema::parse(
//!     r#"{"name":"D","version":"1.0.0","tables":{"Switch":{"columns":{"name":{"type":"string"}},"isRoot":true}}}"#,
//! )?;
//! let mut rows = Rows::new(&schema.into());
//! let a = rows.row(&[cell(NAME, "a".to_owned())]);
//! let rename = |t: &mut Txn<'_>| {
//!     t.set(a, NAME, &"b".to_owned())?;
//!     t.insert::<Switch>()
//! };
//! // one round of reading: whether the switch is there, and has another name
//! rows.run(rename)?.assert("Switch:new1", &["+Switch new1", "~Switch #1 name=b"], 1);
//! # Ok(())
//! # }
//! ```

mod changes;
mod compare;
mod error;
mod line;
mod rows;
mod transact;

pub use changes::changes;
pub use compare::Trial;
pub use error::TrialError;
pub use line::{Carried, End, at_once, round_by_round};
pub use rows::{Cell, Rows, cell};

#[cfg(test)]
mod tests;
