//! The program ovsdb (ovsdb-client).

use std::process::ExitCode;

fn main() -> ExitCode {
    ovn_tools::ovsdb::main()
}
