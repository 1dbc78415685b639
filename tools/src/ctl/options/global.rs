//! Which options stand before the commands, which tool knows which of them, and what do they do?

use crate::ctl::command::Argument;
use crate::ctl::persona::Tool;

/// One option that belongs to the whole command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each one is documented by its help line in `Global::spec`")]
pub enum Global {
    Db,
    NoSyslog,
    NoWait,
    Wait,
    PrintWaitTime,
    DryRun,
    Oneline,
    Timeout,
    Retry,
    Help,
    Commands,
    Options,
    LeaderOnly,
    NoLeaderOnly,
    ShuffleRemotes,
    NoShuffleRemotes,
    Version,
    Unixctl,
    Detach,
    NoSelfConfinement,
    NoChdir,
    Pidfile,
    OverwritePidfile,
    Monitor,
    User,
    Verbose,
    LogFile,
    SyslogMethod,
    SyslogTarget,
    PrivateKey,
    Certificate,
    CaCert,
    SslProtocols,
    SslCiphers,
    SslCiphersuites,
    SslServerName,
    BootstrapCaCert,
    PeerCaCert,
    Format,
    Data,
    NoHeadings,
    Pretty,
    Bare,
    MaxColumnWidth,
}

/// Under which heading of help an option stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Section {
    /// What concerns the run as a whole.
    General,
    /// How tables are printed.
    Output,
    /// Logging.
    Logging,
    /// TLS.
    Tls,
    /// Running as a daemon, which we cannot yet; not shown.
    Daemon,
}

/// What the parser and the help text need to know of an option.
#[derive(Clone, Copy, Debug)]
pub struct GlobalSpec {
    /// The long name without dashes.
    pub name: &'static str,
    /// The letter.
    pub short: Option<char>,
    /// Whether it takes a value.
    pub argument: Argument,
    /// How help calls the value.
    pub value: &'static str,
    /// The heading in help.
    pub section: Section,
    /// What it does, in one line.
    pub help: &'static str,
}

const fn flag(name: &'static str, section: Section, help: &'static str) -> GlobalSpec {
    GlobalSpec { name, short: None, argument: Argument::None, value: "", section, help }
}

const fn value(name: &'static str, value: &'static str, section: Section, help: &'static str) -> GlobalSpec {
    GlobalSpec { name, short: None, argument: Argument::Required, value, section, help }
}

const fn optional(
    name: &'static str,
    value: &'static str,
    section: Section,
    help: &'static str,
) -> GlobalSpec {
    GlobalSpec { name, short: None, argument: Argument::Optional, value, section, help }
}

const fn short(letter: char, spec: GlobalSpec) -> GlobalSpec {
    GlobalSpec { short: Some(letter), ..spec }
}

impl Global {
    /// Name, letter, value and help of this option.
    pub fn spec(self) -> GlobalSpec {
        use Section::{Daemon, General, Logging, Output, Tls};
        match self {
            Global::Db => value("db", "REMOTE[,REMOTE]...", General, "connect to one of these servers"),
            Global::NoWait => flag("no-wait", General, "do not wait until the change is in effect"),
            Global::Wait => value("wait", "none|sb|hv", General, "wait until the change has come this far"),
            Global::PrintWaitTime => {
                flag("print-wait-time", General, "print how long each step of waiting took")
            }
            Global::DryRun => flag("dry-run", General, "let the server check the change, but not keep it"),
            Global::Oneline => flag("oneline", General, "print the output of each command on one line"),
            Global::Timeout => short('t', value("timeout", "SECS", General, "give up after SECS seconds")),
            Global::Retry => flag("retry", General, "keep trying to connect"),
            Global::Help => short('h', flag("help", General, "print this text")),
            Global::Version => short('V', flag("version", General, "print the version")),
            Global::Commands => flag("commands", General, "print all commands in a form for scripts"),
            Global::Options => flag("options", General, "print all options in a form for scripts"),
            Global::LeaderOnly => flag("leader-only", General, "use only the leader of a cluster (default)"),
            Global::NoLeaderOnly => flag("no-leader-only", General, "use any connected server of a cluster"),
            Global::ShuffleRemotes => {
                flag("shuffle-remotes", General, "try the servers in random order (default)")
            }
            Global::NoShuffleRemotes => {
                flag("no-shuffle-remotes", General, "try the servers in the order given")
            }
            Global::Unixctl => {
                short('u', value("unixctl", "SOCKET", Daemon, "let the daemon at SOCKET do the work"))
            }
            Global::Detach => flag("detach", Daemon, "run in the background as a daemon"),
            Global::NoSelfConfinement => flag("no-self-confinement", Daemon, "let files be anywhere"),
            Global::NoChdir => flag("no-chdir", Daemon, "do not go to the root folder"),
            Global::Pidfile => optional("pidfile", "FILE", Daemon, "write the process id to FILE"),
            Global::OverwritePidfile => flag("overwrite-pidfile", Daemon, "take over another process's file"),
            Global::Monitor => flag("monitor", Daemon, "start again after a crash"),
            Global::User => value("user", "USER[:GROUP]", Daemon, "become USER"),
            Global::Verbose => short(
                'v',
                optional("verbose", "SPEC", Logging, "set levels of logging; without SPEC, log everything"),
            ),
            Global::LogFile => optional("log-file", "FILE", Logging, "also log to FILE"),
            Global::SyslogMethod => {
                value("syslog-method", "METHOD", Logging, "libc, unix:FILE, udp:IP:PORT or null")
            }
            Global::SyslogTarget => value("syslog-target", "IP:PORT", Logging, "also log to this UDP port"),
            Global::NoSyslog => flag("no-syslog", Logging, "keep the command line out of the system log"),
            Global::PrivateKey => short('p', value("private-key", "FILE", Tls, "our private key")),
            Global::Certificate => {
                short('c', value("certificate", "FILE", Tls, "the certificate of our key"))
            }
            Global::CaCert => {
                short('C', value("ca-cert", "FILE", Tls, "the certificate authority of the server"))
            }
            Global::BootstrapCaCert => value(
                "bootstrap-ca-cert",
                "FILE",
                Tls,
                "like --ca-cert; a missing FILE is made of what the first server sends",
            ),
            Global::PeerCaCert => {
                value("peer-ca-cert", "FILE", Tls, "authority's certificate to send to the peer")
            }
            Global::SslProtocols => value("ssl-protocols", "PROTOS", Tls, "versions of TLS to allow"),
            Global::SslCiphers => value("ssl-ciphers", "CIPHERS", Tls, "ciphers to allow with TLS 1.2"),
            Global::SslCiphersuites => {
                value("ssl-ciphersuites", "SUITES", Tls, "suites to allow with TLS 1.3")
            }
            Global::SslServerName => {
                value("ssl-server-name", "NAME", Tls, "name of the server to ask for (SNI)")
            }
            Global::Format => {
                short('f', value("format", "list|table|html|csv|json", Output, "form of tables"))
            }
            Global::Data => {
                short('d', value("data", "string|bare|json", Output, "form of the cells of tables"))
            }
            Global::NoHeadings => flag("no-headings", Output, "leave out headings"),
            Global::Pretty => flag("pretty", Output, "indent JSON"),
            Global::Bare => flag("bare", Output, "same as --format=list --data=bare --no-headings"),
            Global::MaxColumnWidth => {
                value("max-column-width", "N", Output, "cut the cells of 'table' to N bytes")
            }
        }
    }

    /// The options that `tool` offers to people: not the ones that it knows only to refuse them.
    pub fn offered(tool: Tool) -> Vec<GlobalSpec> {
        let refused = |g: &Global| match g {
            Global::NoWait | Global::Wait | Global::PrintWaitTime => tool == Tool::Sb,
            _ => g.spec().section == Section::Daemon,
        };
        let spec = |global: Global| match (global, tool) {
            (Global::Wait, Tool::IcNb) => GlobalSpec { value: "none|sb", ..global.spec() },
            _ => global.spec(),
        };
        Global::of(tool).into_iter().filter(|g| !refused(g)).map(spec).collect()
    }

    /// The options that `tool` knows, in the order in which `--options` prints them.
    pub fn of(tool: Tool) -> Vec<Global> {
        let groups: &[&[Global]] = match tool {
            Tool::Nb | Tool::Sb => &[DBCTL, DAEMON, VLOG, TLS, TABLE],
            Tool::IcNb => {
                &[&[Global::Db, Global::NoSyslog, Global::NoWait, Global::Wait], IC, VLOG, TLS, TABLE]
            }
            Tool::IcSb => &[&[Global::Db, Global::NoSyslog], IC, VLOG, TLS, TABLE],
            Tool::Vs => &[VSCTL, VLOG, TABLE, TLS, &[Global::PeerCaCert]],
        };
        groups.concat()
    }
}

const DBCTL: &[Global] = &[
    Global::Db,
    Global::NoSyslog,
    Global::Help,
    Global::Commands,
    Global::Options,
    Global::LeaderOnly,
    Global::NoLeaderOnly,
    Global::ShuffleRemotes,
    Global::NoShuffleRemotes,
    Global::Version,
    Global::Unixctl,
    Global::NoWait,
    Global::Wait,
    Global::PrintWaitTime,
    Global::DryRun,
    Global::Oneline,
    Global::Timeout,
];

const IC: &[Global] = &[
    Global::DryRun,
    Global::Oneline,
    Global::Timeout,
    Global::Help,
    Global::Commands,
    Global::Options,
    Global::LeaderOnly,
    Global::NoLeaderOnly,
    Global::Version,
];

const VSCTL: &[Global] = &[
    Global::Db,
    Global::NoSyslog,
    Global::NoWait,
    Global::DryRun,
    Global::Oneline,
    Global::Timeout,
    Global::Retry,
    Global::Help,
    Global::Commands,
    Global::Options,
    Global::LeaderOnly,
    Global::NoLeaderOnly,
    Global::ShuffleRemotes,
    Global::NoShuffleRemotes,
    Global::Version,
];

const DAEMON: &[Global] = &[
    Global::Detach,
    Global::NoSelfConfinement,
    Global::NoChdir,
    Global::Pidfile,
    Global::OverwritePidfile,
    Global::Monitor,
    Global::User,
];

const VLOG: &[Global] = &[Global::Verbose, Global::LogFile, Global::SyslogMethod, Global::SyslogTarget];

const TLS: &[Global] = &[
    Global::PrivateKey,
    Global::Certificate,
    Global::CaCert,
    Global::SslProtocols,
    Global::SslCiphers,
    Global::SslCiphersuites,
    Global::SslServerName,
    Global::BootstrapCaCert,
];

const TABLE: &[Global] =
    &[Global::Format, Global::Data, Global::NoHeadings, Global::Pretty, Global::Bare, Global::MaxColumnWidth];
