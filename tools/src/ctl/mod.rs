//! What do the five ctl tools have in common: the way from a command line to commands, and from results to text?

pub mod answer;
pub mod args;
pub mod chain;
pub mod command;
pub mod comment;
pub mod completion;
pub mod context;
pub mod db;
pub mod doc;
pub mod error;
pub mod exit;
pub mod help;
pub mod init;
pub mod line;
pub mod listing;
pub mod man;
pub mod oneline;
pub mod options;
pub mod persona;
pub mod print;
pub mod progress;
pub mod remote;
pub mod run;
pub mod sync;
pub mod table;
pub mod vlog;
