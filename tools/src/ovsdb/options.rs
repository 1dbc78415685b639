//! What do the options say, wherever they stand on the command line?

use super::called::Called;
use crate::ctl::args::{Found, Known, OptionError, Scanner};
use crate::ctl::command::Argument;
use crate::ctl::error::{CtlError, ErrorKind};
use crate::ctl::options::{GlobalSpec, Section, timeout};
use crate::ctl::persona::OptionStyle;
use crate::ctl::raw;
use crate::ctl::remote::default_log_file;
use crate::ctl::table::{CellForm, Format, Style};
use crate::ctl::vlog;
use ovsdb_proto::net::{CaCert, TlsConfig, TlsSettingError};

/// The options of one run, with defaults and environment applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// How tables and JSON are printed.
    pub style: Style,
    /// `--timestamp`: whether `monitor` says when.
    pub timestamp: bool,
    /// `--force`: whether `restore` looks over differences of the schemas.
    pub force: bool,
    /// Whether the server is told that we notice when databases change; none: if it knows how.
    pub db_change_aware: Option<bool>,
    /// Whether of several servers of a cluster only the leader will do; true by default.
    pub leader_only: bool,
    /// Seconds after which the process dies of SIGALRM; none for ever. From `-t`, else from `OVS_CTL_TIMEOUT`.
    pub timeout_secs: Option<u32>,
    /// Keys, certificates, versions and ciphers of TLS.
    pub tls: TlsConfig,
    /// Levels and destinations of logging.
    pub log: vlog::Config,
}

/// What a run is asked to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Request {
    /// The command in the words.
    Run,
    /// `--help`
    Help,
    /// `--version`
    Version,
}

/// A command line whose options have been read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommandLine {
    /// The options.
    pub options: Options,
    /// What to do.
    pub request: Request,
    /// The words that are no options: the command and its arguments.
    pub words: Vec<String>,
    /// What is to be logged before anything else, with the module that logs it.
    pub warnings: Vec<(&'static str, &'static str)>,
}

/// One option.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Opt {
    Help,
    Version,
    Timestamp,
    Force,
    Timeout,
    DbChangeAware(bool),
    LeaderOnly(bool),
    Verbose,
    LogFile,
    SyslogMethod,
    SyslogTarget,
    Refused,
    BootstrapCaCert,
    PrivateKey,
    Certificate,
    CaCert,
    SslProtocols,
    SslCiphers,
    SslCiphersuites,
    SslServerName,
    Format,
    Data,
    NoHeadings,
    Pretty,
    Bare,
    MaxColumnWidth,
}

const fn spec(
    name: &'static str,
    short: Option<char>,
    argument: Argument,
    value: &'static str,
    section: Section,
    help: &'static str,
) -> GlobalSpec {
    GlobalSpec { name, short, argument, value, section, help }
}

/// The options in the order in which `ovsdb-client` has them, which is that of its messages on ambiguous ones.
const OPTIONS: &[(Opt, GlobalSpec)] = {
    use Argument::{None as No, Optional, Required};
    use Section::{Daemon, General, Logging, Output, Tls};
    &[
        (Opt::Help, spec("help", Some('h'), No, "", General, "print this text")),
        (Opt::Version, spec("version", Some('V'), No, "", General, "print the version")),
        (
            Opt::Timestamp,
            spec("timestamp", None, No, "", Output, "let 'monitor' print when each update came"),
        ),
        (
            Opt::Force,
            spec("force", None, No, "", General, "let 'restore' look over differences of the schemas"),
        ),
        (Opt::Timeout, spec("timeout", Some('t'), Required, "SECS", General, "give up after SECS seconds")),
        (
            Opt::DbChangeAware(true),
            spec("db-change-aware", None, No, "", General, "insist on being told when a database changes"),
        ),
        (
            Opt::DbChangeAware(false),
            spec("no-db-change-aware", None, No, "", General, "let the server end the connection instead"),
        ),
        (
            Opt::LeaderOnly(true),
            spec("leader-only", None, No, "", General, "use only the leader of a cluster (default)"),
        ),
        (
            Opt::LeaderOnly(false),
            spec("no-leader-only", None, No, "", General, "use any connected server of a cluster"),
        ),
        (
            Opt::Verbose,
            spec(
                "verbose",
                Some('v'),
                Optional,
                "SPEC",
                Logging,
                "set levels of logging; without SPEC, log everything",
            ),
        ),
        (Opt::LogFile, spec("log-file", None, Optional, "FILE", Logging, "also log to FILE")),
        (
            Opt::SyslogMethod,
            spec("syslog-method", None, Required, "METHOD", Logging, "libc, unix:FILE, udp:IP:PORT or null"),
        ),
        (
            Opt::SyslogTarget,
            spec("syslog-target", None, Required, "IP:PORT", Logging, "also log to this UDP port"),
        ),
        (Opt::Refused, spec("detach", None, No, "", Daemon, "run in the background as a daemon")),
        (Opt::Refused, spec("no-self-confinement", None, No, "", Daemon, "let files be anywhere")),
        (Opt::Refused, spec("no-chdir", None, No, "", Daemon, "do not go to the root folder")),
        (Opt::Refused, spec("pidfile", None, Optional, "FILE", Daemon, "write the process id to FILE")),
        (Opt::Refused, spec("overwrite-pidfile", None, No, "", Daemon, "take over another process's file")),
        (Opt::Refused, spec("monitor", None, No, "", Daemon, "start again after a crash")),
        (Opt::Refused, spec("user", None, Required, "USER[:GROUP]", Daemon, "become USER")),
        (Opt::Refused, spec("record", None, Optional, "DIR", Daemon, "write files to replay the run from")),
        (Opt::Refused, spec("replay", None, Optional, "DIR", Daemon, "run from such files")),
        (
            Opt::BootstrapCaCert,
            spec(
                "bootstrap-ca-cert",
                None,
                Required,
                "FILE",
                Tls,
                "like --ca-cert; a missing FILE is made of what the first server sends",
            ),
        ),
        (Opt::PrivateKey, spec("private-key", Some('p'), Required, "FILE", Tls, "our private key")),
        (
            Opt::Certificate,
            spec("certificate", Some('c'), Required, "FILE", Tls, "the certificate of our key"),
        ),
        (
            Opt::CaCert,
            spec("ca-cert", Some('C'), Required, "FILE", Tls, "the certificate authority of the server"),
        ),
        (Opt::SslProtocols, spec("ssl-protocols", None, Required, "PROTOS", Tls, "versions of TLS to allow")),
        (
            Opt::SslCiphers,
            spec("ssl-ciphers", None, Required, "CIPHERS", Tls, "ciphers to allow with TLS 1.2"),
        ),
        (
            Opt::SslCiphersuites,
            spec("ssl-ciphersuites", None, Required, "SUITES", Tls, "suites to allow with TLS 1.3"),
        ),
        (
            Opt::SslServerName,
            spec("ssl-server-name", None, Required, "NAME", Tls, "name of the server to ask for (SNI)"),
        ),
        (
            Opt::Format,
            spec(
                "format",
                Some('f'),
                Required,
                "table|list|html|csv|json",
                Output,
                "form of tables (default: table)",
            ),
        ),
        (
            Opt::Data,
            spec("data", Some('d'), Required, "string|bare|json", Output, "form of the cells of tables"),
        ),
        (Opt::NoHeadings, spec("no-headings", None, No, "", Output, "leave out headings")),
        (Opt::Pretty, spec("pretty", None, No, "", Output, "indent JSON")),
        (Opt::Bare, spec("bare", None, No, "", Output, "same as --format=list --data=bare --no-headings")),
        (
            Opt::MaxColumnWidth,
            spec("max-column-width", None, Required, "N", Output, "cut the cells of 'table' to N bytes"),
        ),
    ]
};

/// What help and completion offer: not what is known only to be refused.
pub fn offered() -> impl Iterator<Item = &'static GlobalSpec> {
    OPTIONS.iter().filter(|(opt, _)| *opt != Opt::Refused).map(|(_, spec)| spec)
}

/// Reads `args` (without the program's name) and the environment through `env`. Options may stand behind the command, too, unless
/// `POSIXLY_CORRECT` is set; they take effect in order, so that what follows `--help` or `--version` does not matter.
///
/// # Errors
/// On the first option that is unknown, cannot be honoured, or whose value is wrong.
pub fn parse(
    called: &Called,
    args: &[String],
    env: &dyn Fn(&str) -> Option<String>,
) -> Result<CommandLine, CtlError> {
    let known: Vec<Known<usize>> = OPTIONS
        .iter()
        .enumerate()
        .map(|(tag, (_, spec))| Known { name: spec.name, short: spec.short, argument: spec.argument, tag })
        .collect();
    let option_error = |e: OptionError| CtlError::new(ErrorKind::Option, e.message(OptionStyle::Libc));
    let mut line = initial(called, env)?;
    let mut rest = args;
    loop {
        let mut scanner = Scanner::new(&known, rest);
        while let Some(Found { tag, value }) = scanner.next_option().map_err(option_error)? {
            if let Some((opt, spec)) = OPTIONS.get(tag) {
                apply(&mut line, (*opt, spec), value, called, env)?;
            }
            if line.request != Request::Run {
                return Ok(line);
            }
        }
        match scanner.rest().split_first() {
            Some((word, behind)) if !scanner.ended() && env("POSIXLY_CORRECT").is_none() => {
                line.words.push(word.clone());
                rest = behind;
            }
            _ => {
                line.words.extend_from_slice(scanner.rest());
                break;
            }
        }
    }
    if line.options.timeout_secs.is_none() {
        // What is no number is ignored, as by the C tools: the variable may be meant for another program.
        line.options.timeout_secs = env("OVS_CTL_TIMEOUT").and_then(|text| timeout(&text).ok());
    }
    Ok(line)
}

fn initial(called: &Called, env: &dyn Fn(&str) -> Option<String>) -> Result<CommandLine, CtlError> {
    let mut log = vlog::Config::new(&["ovsdb_client"]);
    if !called.is_own_name() {
        // the C program tells on the console how it connects
        log.set_level(None, Some(vlog::Destination::Console), vlog::Level::Info);
        log.set_level(Some("reconnect"), None, vlog::Level::Info);
    }
    if let Some(method) = env("OVS_SYSLOG_METHOD").filter(|m| !m.is_empty()) {
        log.syslog = vlog::Syslog::parse(&method).map_err(CtlError::usage)?;
    }
    let options = Options {
        style: Style { format: Format::Table, ..Style::default() },
        timestamp: false,
        force: false,
        db_change_aware: None,
        leader_only: true,
        timeout_secs: None,
        tls: TlsConfig::default(),
        log,
    };
    Ok(CommandLine { options, request: Request::Run, words: Vec::new(), warnings: Vec::new() })
}

fn apply(
    line: &mut CommandLine,
    (opt, spec): (Opt, &GlobalSpec),
    value: Option<&str>,
    called: &Called,
    env: &dyn Fn(&str) -> Option<String>,
) -> Result<(), CtlError> {
    let text = value.unwrap_or_default();
    let options = &mut line.options;
    let tls = |e: TlsSettingError| CtlError::usage(format!("--{}: {e}", spec.name));
    match opt {
        Opt::Help => line.request = Request::Help,
        Opt::Version => line.request = Request::Version,
        Opt::Timestamp => options.timestamp = true,
        Opt::Force => options.force = true,
        Opt::Timeout => options.timeout_secs = Some(timeout(text)?),
        Opt::DbChangeAware(aware) => options.db_change_aware = Some(aware),
        Opt::LeaderOnly(only) => options.leader_only = only,
        Opt::Verbose => options.log.apply(text).map_err(CtlError::usage)?,
        Opt::LogFile => {
            let path = value.map_or_else(|| default_log_file(called.name(), env), str::to_owned);
            options.log.file = Some(vlog::LogFile { path, required: value.is_some() });
        }
        Opt::SyslogMethod => options.log.syslog = vlog::Syslog::parse(text).map_err(CtlError::usage)?,
        Opt::SyslogTarget => {
            options.log.syslog_target = Some(vlog::udp_address(text).map_err(CtlError::usage)?);
            line.warnings.push(("vlog", "--syslog-target flag is deprecated, use --syslog-method instead"));
        }
        Opt::Refused => {
            let message = format!("--{} is not supported: this program does not run as a daemon", spec.name);
            return Err(CtlError::new(ErrorKind::Unsupported, message)
                .hint("let the shell run it in the background, with & or setsid"));
        }
        Opt::BootstrapCaCert => options.tls.ca_cert = Some(CaCert::Bootstrap(raw::path(text))),
        Opt::PrivateKey => options.tls.private_key = Some(raw::path(text)),
        Opt::Certificate => options.tls.certificate = Some(raw::path(text)),
        Opt::CaCert => options.tls.ca_cert = Some(CaCert::File(raw::path(text))),
        Opt::SslProtocols => options.tls.protocols = text.parse().map_err(tls)?,
        Opt::SslCiphers => options.tls.ciphers.set_tls12(text).map_err(tls)?,
        Opt::SslCiphersuites => options.tls.ciphers.set_tls13(text).map_err(tls)?,
        Opt::SslServerName => options.tls.server_name = Some(text.to_owned()),
        Opt::Format => {
            let format = Format::from_name(text);
            options.style.format =
                format.ok_or_else(|| CtlError::usage(format!("unknown output format \"{text}\"")))?;
        }
        Opt::Data => {
            let form = CellForm::from_name(text);
            options.style.data =
                form.ok_or_else(|| CtlError::usage(format!("unknown data format \"{text}\"")))?;
        }
        Opt::NoHeadings => options.style.headings = false,
        Opt::Pretty => options.style.pretty = true,
        Opt::Bare => {
            let style = &mut options.style;
            (style.format, style.data, style.headings) = (Format::List, CellForm::Bare, false);
        }
        Opt::MaxColumnWidth => {
            let width = text.parse().map_err(|_| {
                CtlError::usage(format!("value {text} on --max-column-width is not a number of bytes"))
            })?;
            options.style.max_column_width = Some(width);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(args: &str) -> Result<CommandLine, String> {
        let words: Vec<String> = args.split_whitespace().map(str::to_owned).collect();
        parse(&Called::new("ovsdb-client"), &words, &|_| None).map_err(|e| e.message)
    }

    #[test]
    fn options_may_stand_anywhere() {
        let check = |args: &str, words: &[&str], pretty: bool| {
            let line = line(args).unwrap();
            assert_eq!(
                (line.words.as_slice(), line.options.style.pretty),
                (&words.iter().map(|w| w.to_string()).collect::<Vec<_>>()[..], pretty),
                "{args}"
            );
        };
        check("--pretty dump a", &["dump", "a"], true);
        check("dump --pretty a", &["dump", "a"], true);
        check("dump a --pretty", &["dump", "a"], true);
        check("dump -- --pretty", &["dump", "--pretty"], false);
        check("dump -t 5 - a", &["dump", "-", "a"], false);
    }

    #[test]
    fn what_is_wrong() {
        let check = |args: &str, expect: &str| assert_eq!(line(args).unwrap_err(), expect);
        check(
            "dump --no",
            "option '--no' is ambiguous; possibilities: '--no-db-change-aware' '--no-leader-only' '--no-self-confinement' '--no-chdir' '--no-headings'",
        );
        check("dump -f nope", "unknown output format \"nope\"");
        check("--detach monitor", "--detach is not supported: this program does not run as a daemon");
        assert_eq!(line("dump -V --nope").unwrap().request, Request::Version);
    }
}
