//! Does the server work from outside, with real files and beside the real programs?

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking; clippy's exemption does not reach the functions beside the tests"
)]

mod engine;
mod model;
mod monitor;
mod random;
mod release;
mod scratch;
mod service;
mod storage;
