//! What the ctl tools share, and each tool's commands.

pub mod ctl;
pub mod ic_nb;
pub mod ic_sb;
pub mod interconnect;
pub mod nb;
pub mod ovsdb;
pub mod ovsdb_server;
pub mod ovsdb_tool;
pub mod sb;
pub mod unixctl;
pub mod vs;

/// The example in the README, which must compile.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
