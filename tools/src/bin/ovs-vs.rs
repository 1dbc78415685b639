//! The program ovs-vs: ovs-vs (ovs-vsctl).

use std::process::ExitCode;

fn main() -> ExitCode {
    ovn_tools::ctl::run::main(&ovn_tools::vs::TOOL)
}
