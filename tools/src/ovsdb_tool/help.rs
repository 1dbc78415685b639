//! What do `--help` and `list-commands` print?

use super::command::COMMANDS;
use super::places;
use crate::ctl::help::two_columns;

/// What each command does, in the order in which a newcomer needs them.
const TEXTS: &[(&str, &str)] = &[
    ("create [DB [SCHEMA]]", "create a database without rows"),
    ("compact [DB [TARGET]]", "write a database without its history, in place or as TARGET"),
    ("convert [DB [SCHEMA [TARGET]]]", "give a database another schema, in place or as TARGET"),
    ("needs-conversion [DB [SCHEMA]]", "print whether the schemas differ: yes or no"),
    ("query [DB] TRANSACTION", "print what a transaction would come to, without keeping it"),
    ("transact [DB] TRANSACTION", "carry out a transaction, and print its results"),
    ("[-m]... show-log [DB]", "print what happened when; with -m the rows, with -mm the columns"),
    (
        "[-m] recover DB [TARGET [SCHEMA]]",
        "report what can be read of a damaged database, and write it to the new file TARGET; with -m also the rows that may lack columns; SCHEMA is used if that of DB cannot be read",
    ),
    ("db-name [DB]", "print the name of a database"),
    ("db-version [DB]", "print the version of its schema"),
    ("db-cksum [DB]", "print the checksum that its schema carries"),
    ("schema-name [SCHEMA]", "print the name in a schema"),
    ("schema-version [SCHEMA]", "print its version"),
    ("schema-cksum [SCHEMA]", "print the checksum that it carries"),
    ("compare-versions A OP B", "compare two versions; exit status 2 if it does not hold"),
    ("db-is-standalone DB", "exit status 0 if it is, 2 if it is part of a cluster"),
    ("db-is-clustered DB", "the other way round"),
    ("db-cid DB", "print the identity of the cluster that a file is part of"),
    ("db-sid DB", "print the identity of the server that has it"),
    ("db-local-address DB", "print that server's address in the cluster"),
    ("list-commands", "print all commands in a form for scripts"),
    ("help", "print this text"),
];

const OPTIONS: &[(&str, &str)] = &[
    ("-m, --more", "let show-log and recover say more; may be repeated"),
    ("-v[SPEC], --verbose[=SPEC]", "set levels of logging; without SPEC, log everything"),
    ("-h, --help", "print this text"),
    ("-o, --option", "print all options in a form for scripts"),
    ("-V, --version", "print the version"),
];

/// The whole help text.
pub(super) fn help(name: &str, env: &dyn Fn(&str) -> Option<String>) -> String {
    let mut out = format!(
        "{name}: Open vSwitch database management utility\nusage: {name} [OPTIONS] COMMAND [ARG...]\n\nCommands:\n"
    );
    TEXTS.iter().for_each(|(term, text)| out += &two_columns(term, text));
    out += &format!(
        "\nThe default DB is {}.\nThe default SCHEMA is {}.\n\nOptions:\n",
        places::default_database(env),
        places::default_schema(env)
    );
    OPTIONS.iter().for_each(|(term, text)| out += &two_columns(term, text));
    out += "\nClustered databases can be looked at, but not created, joined, checked or converted.\n";
    out
}

/// What `list-commands` prints.
pub(super) fn list_commands() -> String {
    let mut out = String::from("The available commands are:\n");
    for command in COMMANDS {
        out += &format!("  {:<23} {}\n", command.name, command.args);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ovsdb_tool::command::Run;

    #[test]
    fn every_command_that_works_is_explained() {
        for command in COMMANDS.iter().filter(|command| command.run != Run::Cluster) {
            let is_in = |term: &str| term.split(' ').any(|word| word == command.name);
            assert!(TEXTS.iter().any(|(term, _)| is_in(term)), "{}", command.name);
        }
    }
}
