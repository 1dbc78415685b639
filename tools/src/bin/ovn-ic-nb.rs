//! The program ovn-ic-nb: ovn-ic-nb (ovn-ic-nbctl).

use std::process::ExitCode;

fn main() -> ExitCode {
    ovn_tools::ctl::run::main(&ovn_tools::ic_nb::TOOL)
}
