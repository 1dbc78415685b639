//! What does the program `ovsdb` do, which called `ovsdb-client` behaves as that?
//!
//! It talks to one server of any kind: there is no snapshot and no transaction of ours in between, as in the ctl tools. Each command sends what it
//! has to and prints what comes, straight from the bytes of the message.

pub mod backup;
pub mod called;
pub mod canonical;
pub mod cells;
pub mod command;
pub mod convert;
pub mod dump;
pub mod help;
pub mod json_text;
pub mod lock;
pub mod man;
pub mod monitor;
pub mod open;
pub mod options;
pub mod restore;
pub mod run;
pub mod schema;
pub mod server;
pub mod sink;
pub mod transact;
pub mod wait;

pub use run::main;
