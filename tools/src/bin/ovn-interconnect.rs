//! The program ovn-interconnect.

use std::process::ExitCode;

fn main() -> ExitCode {
    ovn_tools::interconnect::main()
}
