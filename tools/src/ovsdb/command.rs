//! Which commands are there, and what does each need before it runs?

use crate::ctl::command::{ANY, Command, CommandTable, Mode};

/// What a command is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each one is documented by its line in the table")]
pub enum Run {
    ListDbs,
    GetSchema,
    GetSchemaVersion,
    GetSchemaCksum,
    ListTables,
    ListColumns,
    Dump,
    Transact,
    Query,
    Monitor,
    MonitorCond,
    MonitorCondSince,
    Wait,
    NeedsConversion,
    Convert,
    Lock,
    Steal,
    Unlock,
    Backup,
    Restore,
    Help,
}

/// What is found out before a command runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// Nothing: the command itself knows what it connects to.
    Nothing,
    /// A server.
    Server,
    /// A server and the name of a database.
    Database,
}

impl Run {
    /// What the command needs.
    pub fn need(self) -> Need {
        match self {
            Run::Help | Run::Transact | Run::Query | Run::Wait | Run::NeedsConversion | Run::Convert => {
                Need::Nothing
            }
            Run::ListDbs | Run::Lock | Run::Steal | Run::Unlock => Need::Server,
            _ => Need::Database,
        }
    }
}

const fn entry(
    (name, args): (&'static str, &'static str),
    (min, max): (usize, usize),
    group: &'static str,
    run: Run,
    help: &'static str,
) -> Command<Run> {
    Command { name, args, min, max, options: &[], mode: Mode::ReadOnly, group, help, run }
}

const SCHEMA: &str = "Databases and schemas";
const DATA: &str = "Contents";
const LOCKS: &str = "Locks";

/// The commands. The numbers of arguments do not count `SERVER` and `DATABASE` where the command has them found out beforehand.
pub const COMMANDS: CommandTable<Run> = CommandTable::new(&[&[
    entry(("list-dbs", "[SERVER]"), (0, 0), SCHEMA, Run::ListDbs, "print the names of the databases"),
    entry(("get-schema", "[SERVER] [DATABASE]"), (0, 0), SCHEMA, Run::GetSchema, "print a schema as JSON"),
    entry(
        ("get-schema-version", "[SERVER] [DATABASE]"),
        (0, 0),
        SCHEMA,
        Run::GetSchemaVersion,
        "print the version of a schema",
    ),
    entry(
        ("get-schema-cksum", "[SERVER] [DATABASE]"),
        (0, 0),
        SCHEMA,
        Run::GetSchemaCksum,
        "print the checksum that a schema carries",
    ),
    entry(
        ("list-tables", "[SERVER] [DATABASE]"),
        (0, 0),
        SCHEMA,
        Run::ListTables,
        "print the names of the tables",
    ),
    entry(
        ("list-columns", "[SERVER] [DATABASE] [TABLE]"),
        (0, 1),
        SCHEMA,
        Run::ListColumns,
        "print the columns of one table, or of all, with their types",
    ),
    entry(
        ("dump", "[SERVER] [DATABASE] [TABLE [COLUMN]...]"),
        (0, ANY),
        DATA,
        Run::Dump,
        "print the rows of one table, or of all",
    ),
    entry(
        ("transact", "[SERVER] TRANSACTION"),
        (1, 2),
        DATA,
        Run::Transact,
        "carry out a transaction, and print its results",
    ),
    entry(
        ("query", "[SERVER] TRANSACTION"),
        (1, 2),
        DATA,
        Run::Query,
        "print what a transaction would come to, without keeping it",
    ),
    entry(
        ("monitor", "[SERVER] [DATABASE] ALL|TABLE [COLUMN,...]..."),
        (1, ANY),
        DATA,
        Run::Monitor,
        "print rows, and changes as they come; !initial, !insert, !delete, !modify as columns leave some out",
    ),
    entry(
        ("monitor-cond", "[SERVER] [DATABASE] CONDITION TABLE [COLUMN,...]"),
        (2, 3),
        DATA,
        Run::MonitorCond,
        "the same, of rows that match a condition",
    ),
    entry(
        ("monitor-cond-since", "[SERVER] [DATABASE] [LASTID] CONDITION TABLE [COLUMN,...]"),
        (2, 4),
        DATA,
        Run::MonitorCondSince,
        "the same, since the transaction LASTID",
    ),
    entry(
        ("wait", "[SERVER] DATABASE added|connected|removed"),
        (2, 3),
        SCHEMA,
        Run::Wait,
        "wait until a database is there, is connected to its cluster, or is gone",
    ),
    entry(
        ("needs-conversion", "[SERVER] FILE"),
        (1, 2),
        SCHEMA,
        Run::NeedsConversion,
        "print whether the schema in FILE is another one than the server's",
    ),
    entry(("convert", "[SERVER] FILE"), (1, 2), SCHEMA, Run::Convert, "give a database the schema in FILE"),
    entry(
        ("backup", "[SERVER] [DATABASE] > FILE"),
        (0, 0),
        DATA,
        Run::Backup,
        "print a database file with all rows",
    ),
    entry(
        ("restore", "[SERVER] [DATABASE] < FILE"),
        (0, 0),
        DATA,
        Run::Restore,
        "put the rows of a database file in place of all that there are",
    ),
    entry(("lock", "[SERVER] LOCK"), (1, 1), LOCKS, Run::Lock, "take or wait for a lock, and hold it"),
    entry(("steal", "[SERVER] LOCK"), (1, 1), LOCKS, Run::Steal, "take a lock from its owner, and hold it"),
    entry(("unlock", "[SERVER] LOCK"), (1, 1), LOCKS, Run::Unlock, "give a lock back"),
    entry(("help", ""), (0, ANY), "Help", Run::Help, "print this text"),
]]);
