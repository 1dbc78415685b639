//! The program ovsdb-server: serves database files to clients, as the one of Open vSwitch does.

mod change;
mod config_file;
mod control;
mod daemon;
mod descriptors;
mod events;
mod files;
mod help;
mod link;
mod options;
mod pidfile;
mod serve;
mod signals;
mod start;
mod watch;

use crate::ctl::args;
use crate::ctl::exit;
use crate::ctl::raw;
use options::Request;
use std::ffi::OsString;
use std::io::Write as _;
use std::process::ExitCode;

/// How it calls itself, however it was called.
const NAME: &str = "ovsdb-server";

/// The release of Open vSwitch that it behaves as: scripts decide by it what the server can do.
const RELEASE: &str = "4.0.0";

/// Runs with the arguments of the process.
pub fn main() -> ExitCode {
    let mut words = std::env::args_os();
    let argv0 = words.next().unwrap_or_default();
    run(argv0, words.collect())
}

/// Runs with these words. Starting itself again, as `--detach` needs, it takes the words of the process.
pub fn run(argv0: OsString, words: Vec<OsString>) -> ExitCode {
    let env = raw::env;
    let here = std::env::current_dir().unwrap_or_default();
    let words = args::decode(words.into_iter());
    match options::parse(&words, &env, &here) {
        Ok(Request::Help) => print(&help::help(&env)),
        Ok(Request::Version) => print(&format!("{NAME} (Open vSwitch) {RELEASE}\n")),
        Ok(Request::Serve(options)) => match serve::run(*options, here) {
            Ok(ending) => ending.conclude(),
            Err(text) => complain(NAME, &text),
        },
        Err(error) if error.by_path => complain(&argv0.to_string_lossy(), &error.text),
        Err(error) => complain(NAME, &error.text),
    }
}

fn print(text: &str) -> ExitCode {
    match exit::print(text.as_bytes()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => complain(NAME, &error.message),
    }
}

// an empty text was told already
fn complain(name: &str, text: &str) -> ExitCode {
    if !text.is_empty() {
        let _ = std::io::stderr().write_all(&raw::bytes(&format!("{name}: {text}\n")));
    }
    ExitCode::FAILURE
}
