//! What must hold for any input: one module for each fuzz target, one function that panics where it does not hold.

mod argv;
mod client_stream;
mod database_file;
mod frame;
mod json;
mod line;
mod lines;
mod message;
mod replies;
mod requests;
mod schema;
mod session;
mod transactions;
mod update;
mod value_text;

pub use argv::check_argv;
pub use client_stream::check_client_stream;
pub use database_file::check_database_file;
pub use frame::check_frame;
pub use json::check_json;
pub use message::check_message;
pub use replies::check_replies;
pub use schema::check_schema;
pub use session::check_session;
pub use transactions::check_transactions;
pub use update::check_update;
pub use value_text::check_value_text;

/// Panics if what must hold does not hold for this input.
pub type Check = fn(&[u8]);

/// Every target: the name of its program and of its corpus, and its function.
pub const TARGETS: [(&str, Check); 12] = [
    ("argv", check_argv),
    ("client_stream", check_client_stream),
    ("database_file", check_database_file),
    ("frame", check_frame),
    ("json", check_json),
    ("message", check_message),
    ("replies", check_replies),
    ("schema", check_schema),
    ("session", check_session),
    ("transactions", check_transactions),
    ("update", check_update),
    ("value_text", check_value_text),
];

/// The program of one target. Compiled by cargo-fuzz it is a fuzzer, else it checks the files that it is given.
#[macro_export]
macro_rules! target {
    ($check:path) => {
        #[cfg(fuzzing)]
        libfuzzer_sys::fuzz_target!(|data: &[u8]| $check(data));

        #[cfg(not(fuzzing))]
        fn main() -> std::io::Result<()> {
            $crate::replay($check, std::env::args_os().skip(1))
        }
    };
}

/// Checks each of these files.
///
/// # Errors
/// A file cannot be read.
///
/// # Panics
/// A property does not hold.
pub fn replay(check: Check, files: impl Iterator<Item = impl AsRef<std::path::Path>>) -> std::io::Result<()> {
    for file in files {
        check(&std::fs::read(file)?);
    }
    Ok(())
}
