//! The program ovn-ic-sb: ovn-ic-sb (ovn-ic-sbctl).

use std::process::ExitCode;

fn main() -> ExitCode {
    ovn_tools::ctl::run::main(&ovn_tools::ic_sb::TOOL)
}
