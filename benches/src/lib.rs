//! What the measurements share: large databases to run on, and servers to run them in.

pub mod database_file;
pub mod keys;
pub mod northbound;
pub mod process;
pub mod server;
