//! What does `--help` print?

use super::called::Called;
use super::command::COMMANDS;
use super::options;
use super::run::run_dir;
use crate::ctl::help::{SECTIONS, option_term, two_columns};

/// Lines worth showing, and what they do.
pub const EXAMPLES: [(&str, &str); 5] = [
    ("list-dbs tcp:10.0.0.1:6641", "print the databases of a server"),
    ("dump OVN_Northbound Logical_Switch name ports", "print two columns of a table"),
    ("-f json dump OVN_Northbound ACL", "print a table as JSON"),
    ("monitor OVN_Northbound Logical_Switch name", "print rows and their changes as they come"),
    (
        "query '[\"OVN_Northbound\",{\"op\":\"select\",\"table\":\"NB_Global\",\"where\":[]}]'",
        "print what a transaction would do, without doing it",
    ),
];

/// The environment variables that are read, each with what it is for.
pub const ENVIRONMENT: [(&str, &str); 4] = [
    ("OVS_RUNDIR", "folder of the default socket"),
    ("OVS_CTL_TIMEOUT", "default of --timeout"),
    ("OVS_SYSLOG_METHOD", "default of --syslog-method"),
    ("OVS_LOGDIR", "folder of the default log file"),
];

/// The whole help text.
pub fn help(called: &Called, env: &dyn Fn(&str) -> Option<String>) -> String {
    let name = called.name();
    let mut out = format!(
        "{name}: speaks to OVSDB servers\nusage: {name} [OPTION]... COMMAND [ARG]...\n\n\
         SERVER is unix:FILE, tcp:HOST:PORT, ssl:HOST:PORT, or one that listens for the server: punix:FILE, ptcp:PORT[:IP],\n\
         pssl:PORT[:IP]; or several of a cluster, separated by commas. Default: unix:{}/db.sock\n\
         DATABASE is by default Open_vSwitch, or else the only one that there is.\n",
        run_dir(env)
    );
    for (group, commands) in COMMANDS.groups() {
        out += &format!("\n{group}:\n");
        for command in commands {
            out += &two_columns(format!("{} {}", command.name, command.args).trim_end(), command.help);
        }
    }
    if called.is_own_name() {
        out += "\nServer:\n";
        out += &two_columns("serve [OPTION]... [FILE]...", "run a server (serve --help tells its options)");
    }
    for (section, heading) in SECTIONS {
        out += &format!("\n{heading}:\n");
        for spec in options::offered().filter(|spec| spec.section == section) {
            out += &two_columns(&option_term(spec), spec.help);
        }
    }
    out += "\nEnvironment:\n";
    for (variable, text) in ENVIRONMENT {
        out += &two_columns(variable, text);
    }
    out += "\nExamples:\n";
    for (line, text) in EXAMPLES {
        out += &format!("  {name} {line}\n      {text}\n");
    }
    out
}
