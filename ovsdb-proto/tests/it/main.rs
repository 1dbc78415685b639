//! Does ovsdb-proto work from outside: over real sockets, against real servers?

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking; clippy's exemption does not reach the functions beside the tests"
)]

mod client;
mod net;
mod pki;
mod scratch;
mod server;
mod version;
