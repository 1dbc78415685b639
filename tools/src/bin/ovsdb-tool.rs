//! The program ovsdb-tool.

use std::process::ExitCode;

fn main() -> ExitCode {
    ovn_tools::ovsdb_tool::main()
}
