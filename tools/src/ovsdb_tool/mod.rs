//! What does the program `ovsdb-tool` do: everything that is done to a database file without a server?
//!
//! Standalone databases only. Of a member of a cluster it tells what the first record says; what changes or checks clusters is refused by name.

mod command;
mod error;
mod help;
mod identify;
mod options;
mod order;
mod places;
mod recover;
mod report;
mod rewrite;
mod run;
mod schema;
mod show_log;
mod transact;

pub use run::main;
