//! The program ovn-sb: ovn-sb (ovn-sbctl).

use std::process::ExitCode;

fn main() -> ExitCode {
    ovn_tools::ctl::run::main(&ovn_tools::sb::TOOL)
}
