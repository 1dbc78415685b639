//! The program ovn-nb: ovn-nb (ovn-nbctl).

use std::process::ExitCode;

fn main() -> ExitCode {
    ovn_tools::ctl::run::main(&ovn_tools::nb::TOOL)
}
