//! Which commands are there, and how many arguments does each take?

/// What a command is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Run {
    Create,
    Compact,
    Convert,
    NeedsConversion,
    DbName,
    DbVersion,
    DbCksum,
    DbCid,
    DbSid,
    DbLocalAddress,
    DbIsClustered,
    DbIsStandalone,
    SchemaName,
    SchemaVersion,
    SchemaCksum,
    Query,
    Transact,
    ShowLog,
    CompareVersions,
    Help,
    ListCommands,
    Recover,
    /// What only a cluster needs.
    Cluster,
}

/// One command.
#[derive(Clone, Copy, Debug)]
pub(super) struct Command {
    pub(super) name: &'static str,
    /// As `list-commands` shows its arguments.
    pub(super) args: &'static str,
    pub(super) min: usize,
    pub(super) max: usize,
    pub(super) run: Run,
}

const fn entry(name: &'static str, args: &'static str, (min, max): (usize, usize), run: Run) -> Command {
    Command { name, args, min, max, run }
}

/// The commands, in the order in which the C program lists them, and behind them those that it
/// lacks.
pub(super) const COMMANDS: &[Command] = &[
    entry("create", "[db [schema]]", (0, 2), Run::Create),
    entry("create-cluster", "db contents local", (3, 3), Run::Cluster),
    entry("join-cluster", "db name local remote...", (4, usize::MAX), Run::Cluster),
    entry("compact", "[db [dst]]", (0, 2), Run::Compact),
    entry("convert", "[db [schema [dst]]]", (0, 3), Run::Convert),
    entry("needs-conversion", "", (0, 2), Run::NeedsConversion),
    entry("db-name", "[db]", (0, 1), Run::DbName),
    entry("db-version", "[db]", (0, 1), Run::DbVersion),
    entry("db-cksum", "[db]", (0, 1), Run::DbCksum),
    entry("db-cid", "db", (1, 1), Run::DbCid),
    entry("db-sid", "db", (1, 1), Run::DbSid),
    entry("db-local-address", "db", (1, 1), Run::DbLocalAddress),
    entry("db-is-clustered", "db", (1, 1), Run::DbIsClustered),
    entry("db-is-standalone", "db", (1, 1), Run::DbIsStandalone),
    entry("schema-name", "[schema]", (0, 1), Run::SchemaName),
    entry("schema-version", "[schema]", (0, 1), Run::SchemaVersion),
    entry("schema-cksum", "[schema]", (0, 1), Run::SchemaCksum),
    entry("query", "[db] trns", (1, 2), Run::Query),
    entry("transact", "[db] trns", (1, 2), Run::Transact),
    entry("show-log", "[db]", (0, 1), Run::ShowLog),
    entry("check-cluster", "db...", (1, usize::MAX), Run::Cluster),
    entry("compare-versions", "a op b", (3, 3), Run::CompareVersions),
    entry("help", "", (0, usize::MAX), Run::Help),
    entry("list-commands", "", (0, usize::MAX), Run::ListCommands),
    entry("cluster-to-standalone", "db clusterdb", (2, 2), Run::Cluster),
    entry("recover", "db [dst [schema]]", (1, 3), Run::Recover),
];
