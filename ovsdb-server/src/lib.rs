//! An OVSDB server to embed in a process: for tests of controllers, for demos, for a machine without OVN.
//!
//! The engine is pure: it is handed bytes, time and random bits, and answers with bytes.

pub mod engine;
#[cfg(feature = "net")]
pub mod kit;
#[cfg(feature = "net")]
pub mod listen;
pub mod monitor;
pub mod service;
pub mod storage;
pub mod trial;
