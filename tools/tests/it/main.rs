//! Does the whole behave: the structure of the source, and the programs against the real OVN?

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking; clippy's exemption does not reach the functions beside the tests"
)]

mod bootstrap;
mod cases;
mod cluster;
mod crash;
mod daemon;
mod daemon_config;
mod daemon_log;
mod daemon_monitor;
mod daemon_signals;
mod diff;
mod documented;
mod dump;
mod families;
mod frozen;
mod full_disk;
mod hostile;
mod interconnect;
mod long_replies;
mod on_purpose;
mod ovsdb;
mod ovsdb_own;
mod ovsdb_tool;
mod ovsdb_zoo;
mod parallel;
mod procedure;
mod raw_arguments;
mod release;
mod rpc;
mod server;
mod signals;
mod structure;
mod terminal;
mod tool;
mod vswitchd;
mod wrong_peer;
