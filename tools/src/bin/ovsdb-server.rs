//! The program ovsdb-server.

use std::process::ExitCode;

fn main() -> ExitCode {
    ovn_tools::ovsdb_server::main()
}
