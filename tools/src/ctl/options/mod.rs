//! What do the global options and the environment say about this run?

mod global;
mod words;

pub use global::{Global, GlobalSpec, Section};

use super::args::{Found, Known, OptionError, Scanner};
use super::chain::LeadingOption;
use super::command::{CommandTable, OptSpec};
use super::completion::Shell;
use super::error::{CtlError, ErrorKind};
use super::persona::{OptionStyle, Persona, Tool};
use super::raw;
use super::remote;
use super::table::{CellForm, Format, Style};
use super::vlog;
use ovsdb_proto::net::{CaCert, TlsConfig, TlsSettingError};

/// How far a change must have come before the tool ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wait {
    /// Committed.
    None,
    /// In the Southbound database (interconnection: in that of every zone).
    Southbound,
    /// On every chassis.
    Hypervisors,
    /// In ovs-vswitchd.
    Vswitchd,
}

/// The global options of one run, with defaults and environment applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Globals {
    /// `--db`: the servers, separated by commas, as given.
    pub remotes: String,
    /// Seconds after which the process dies of SIGALRM; none for ever. From `-t`, else from `OVS_CTL_TIMEOUT`.
    pub timeout_secs: Option<u32>,
    /// `--wait`, `--no-wait`
    pub wait: Wait,
    /// `--print-wait-time`
    pub print_wait_time: bool,
    /// `--dry-run`
    pub dry_run: bool,
    /// `--oneline`
    pub oneline: bool,
    /// `--retry`
    pub retry: bool,
    /// Whether only the leader of a cluster will do; true by default.
    pub leader_only: bool,
    /// Whether the remotes are tried in random order; true by default.
    pub shuffle_remotes: bool,
    /// How tables are printed.
    pub style: Style,
    /// Keys, certificates, versions and ciphers of TLS. No file has been read.
    pub tls: TlsConfig,
    /// Levels and destinations of logging.
    pub log: vlog::Config,
}

/// What a run is asked to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Request {
    /// The commands in [`CommandLine::words`].
    Run,
    /// `--help`
    Help,
    /// `--version`
    Version,
    /// `--commands`
    Commands,
    /// `--options`
    Options,
    /// `completion SHELL`, under our own names only
    Completion(Shell),
    /// `man`, under our own names only
    Man,
}

/// Something to be logged that came up while the command line was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// The module that logs it.
    pub module: &'static str,
    /// The text.
    pub text: String,
}

/// A command line whose global options have been read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommandLine {
    /// The global options.
    pub globals: Globals,
    /// What to do.
    pub request: Request,
    /// Command options that stood among the global ones.
    pub leading: Vec<LeadingOption>,
    /// The words of the commands.
    pub words: Vec<String>,
    /// All words, with those from the environment and the program's path: what the transaction comment quotes.
    pub argv: Vec<String>,
    /// What is to be logged before anything else.
    pub warnings: Vec<Warning>,
}

/// What an option found on the command line is.
#[derive(Clone, Copy, Debug)]
enum Tag {
    Global(Global),
    Command(&'static OptSpec),
}

/// Reads `args` (without the program's name) and the environment through `env`. An empty environment variable is not
/// the same as an unset one.
///
/// # Errors
/// On the first option that the tool does not know or whose value is wrong.
pub fn parse<R: Copy + 'static>(
    persona: &Persona,
    table: &CommandTable<R>,
    args: &[String],
    env: &dyn Fn(&str) -> Option<String>,
) -> Result<CommandLine, CtlError> {
    let mut warnings = Vec::new();
    let mut words = environment_words(persona, env, &mut warnings);
    words.extend_from_slice(args);
    let known = known_options(persona.tool(), table);
    let mut state = State::new(persona, env, warnings)?;
    let rest = match persona.option_style() {
        OptionStyle::Dbctl => {
            let (found, rest) = scan_all(&known, &words).map_err(|e| option_error(persona, &e))?;
            for option in found {
                if !state.request_made() {
                    state.apply(option)?;
                }
            }
            rest
        }
        OptionStyle::Libc => {
            let mut scanner = Scanner::new(&known, &words);
            while let Some(option) = scanner.next_option().map_err(|e| option_error(persona, &e))? {
                state.apply(option)?;
                if state.request_made() {
                    break;
                }
            }
            scanner.rest()
        }
    };
    let rest = rest.to_vec();
    let mut argv = vec![persona.path().to_owned()];
    argv.extend(words);
    state.finish(rest, argv)
}

/// What a scan of all options yields: the options, and the words behind them.
type Scanned<'a> = (Vec<Found<'a, Tag>>, &'a [String]);

fn scan_all<'a>(known: &'a [Known<Tag>], words: &'a [String]) -> Result<Scanned<'a>, OptionError> {
    let mut scanner = Scanner::new(known, words);
    let mut found = Vec::new();
    while let Some(option) = scanner.next_option()? {
        found.push(option);
    }
    Ok((found, scanner.rest()))
}

fn environment_words(
    persona: &Persona,
    env: &dyn Fn(&str) -> Option<String>,
    warnings: &mut Vec<Warning>,
) -> Vec<String> {
    let Some(text) = persona.info().options_env.and_then(env) else { return Vec::new() };
    let (words, fault) = words::split(&text);
    warnings.extend(fault.map(|f| Warning { module: "svec", text: f.message(&text) }));
    words
}

/// The union of the global options and of all commands' options: abbreviations are looked up in it.
fn known_options<R: Copy + 'static>(tool: Tool, table: &CommandTable<R>) -> Vec<Known<Tag>> {
    let global = Global::of(tool).into_iter().map(|global| {
        let GlobalSpec { name, short, argument, .. } = global.spec();
        Known { name, short, argument, tag: Tag::Global(global) }
    });
    let command = table.options().into_iter().map(|spec| Known {
        name: spec.name,
        short: None,
        argument: spec.argument,
        tag: Tag::Command(spec),
    });
    global.chain(command).collect()
}

fn option_error(persona: &Persona, error: &OptionError) -> CtlError {
    let ctl = CtlError::new(ErrorKind::Option, error.message(persona.option_style()));
    match error {
        OptionError::Ambiguous { candidates, .. } if persona.option_style() == OptionStyle::Dbctl => {
            ctl.hint(format!("it could be one of: --{}", candidates.join(" --")))
        }
        _ => ctl,
    }
}

/// The options applied so far.
struct State<'p> {
    persona: &'p Persona,
    env: &'p dyn Fn(&str) -> Option<String>,
    globals: Globals,
    db_given: bool,
    request: Request,
    leading: Vec<LeadingOption>,
    warnings: Vec<Warning>,
}

impl<'p> State<'p> {
    fn new(
        persona: &'p Persona,
        env: &'p dyn Fn(&str) -> Option<String>,
        warnings: Vec<Warning>,
    ) -> Result<State<'p>, CtlError> {
        let tool = persona.tool();
        let mut log = vlog::Config::new(match tool {
            Tool::Nb => &["ovn_dbctl", "nbctl"],
            Tool::Sb => &["ovn_dbctl", "sbctl"],
            Tool::IcNb => &["ic_nbctl"],
            Tool::IcSb => &["ic_sbctl"],
            Tool::Vs => &["vsctl"],
        });
        if let Some(method) = env("OVS_SYSLOG_METHOD").filter(|m| !m.is_empty()) {
            log.syslog = vlog::Syslog::parse(&method).map_err(CtlError::usage)?;
        }
        let globals = Globals {
            remotes: String::new(),
            timeout_secs: None,
            wait: if tool == Tool::Vs { Wait::Vswitchd } else { Wait::None },
            print_wait_time: false,
            dry_run: false,
            oneline: false,
            retry: false,
            leader_only: true,
            shuffle_remotes: true,
            style: Style::default(),
            tls: TlsConfig::default(),
            log,
        };
        Ok(State {
            persona,
            env,
            globals,
            db_given: false,
            request: Request::Run,
            leading: Vec::new(),
            warnings,
        })
    }

    fn request_made(&self) -> bool {
        self.request != Request::Run
    }

    fn apply(&mut self, Found { tag, value }: Found<'_, Tag>) -> Result<(), CtlError> {
        match tag {
            Tag::Global(global) => self.global(global, value),
            Tag::Command(spec) => self.leading(spec, value.map(str::to_owned)),
        }
    }

    fn leading(&mut self, spec: &'static OptSpec, value: Option<String>) -> Result<(), CtlError> {
        if let Some(earlier) = self.leading.iter_mut().find(|o| o.spec.name == spec.name) {
            if self.persona.option_style() == OptionStyle::Dbctl {
                return Err(CtlError::usage(format!("'--{}' option specified multiple times", spec.name)));
            }
            earlier.value = value;
        } else {
            self.leading.push(LeadingOption { spec, value });
        }
        Ok(())
    }

    fn global(&mut self, global: Global, value: Option<&str>) -> Result<(), CtlError> {
        let globals = &mut self.globals;
        let text = value.unwrap_or_default();
        match global {
            Global::Db => {
                text.clone_into(&mut globals.remotes);
                self.db_given = true;
            }
            Global::NoWait | Global::Wait | Global::PrintWaitTime => self.waiting(global, text)?,
            Global::DryRun => globals.dry_run = true,
            Global::Oneline => globals.oneline = true,
            Global::Timeout => globals.timeout_secs = Some(timeout(text)?),
            Global::Retry => globals.retry = true,
            Global::Help => self.request = Request::Help,
            Global::Version => self.request = Request::Version,
            Global::Commands => self.request = Request::Commands,
            Global::Options => self.request = Request::Options,
            Global::LeaderOnly => globals.leader_only = true,
            Global::NoLeaderOnly => globals.leader_only = false,
            Global::ShuffleRemotes => globals.shuffle_remotes = true,
            Global::NoShuffleRemotes => globals.shuffle_remotes = false,
            Global::Unixctl
            | Global::Detach
            | Global::NoSelfConfinement
            | Global::NoChdir
            | Global::Pidfile
            | Global::OverwritePidfile
            | Global::Monitor
            | Global::User => return Err(no_daemon(global)),
            Global::Verbose => globals.log.apply(text).map_err(CtlError::usage)?,
            Global::LogFile => {
                let default = || remote::default_log_file(self.persona.name(), self.env);
                let path = value.map_or_else(default, str::to_owned);
                globals.log.file = Some(vlog::LogFile { path, required: value.is_some() });
            }
            Global::SyslogMethod => {
                globals.log.syslog = vlog::Syslog::parse(text).map_err(CtlError::usage)?
            }
            Global::SyslogTarget => {
                globals.log.syslog_target = Some(vlog::udp_address(text).map_err(CtlError::usage)?);
                let text = "--syslog-target flag is deprecated, use --syslog-method instead".to_owned();
                self.warnings.push(Warning { module: "vlog", text });
            }
            Global::NoSyslog => {
                let module = self.persona.info().log_module;
                globals.log.set_level(Some(module), Some(vlog::Destination::Syslog), vlog::Level::Warn);
            }
            Global::PrivateKey => globals.tls.private_key = Some(raw::path(text)),
            Global::Certificate => globals.tls.certificate = Some(raw::path(text)),
            Global::CaCert => globals.tls.ca_cert = Some(CaCert::File(raw::path(text))),
            Global::BootstrapCaCert => globals.tls.ca_cert = Some(CaCert::Bootstrap(raw::path(text))),
            Global::PeerCaCert => globals.tls.peer_ca_cert = Some(raw::path(text)),
            Global::SslProtocols => {
                globals.tls.protocols = text.parse().map_err(|e| tls_error(global, &e))?
            }
            Global::SslCiphers => {
                globals.tls.ciphers.set_tls12(text).map_err(|e| tls_error(global, &e))?;
            }
            Global::SslCiphersuites => {
                globals.tls.ciphers.set_tls13(text).map_err(|e| tls_error(global, &e))?;
            }
            Global::SslServerName => globals.tls.server_name = Some(text.to_owned()),
            Global::Format => {
                let format = Format::from_name(text);
                globals.style.format =
                    format.ok_or_else(|| CtlError::usage(format!("unknown output format \"{text}\"")))?;
            }
            Global::Data => {
                let form = CellForm::from_name(text);
                globals.style.data =
                    form.ok_or_else(|| CtlError::usage(format!("unknown data format \"{text}\"")))?;
            }
            Global::NoHeadings => globals.style.headings = false,
            Global::Pretty => globals.style.pretty = true,
            Global::Bare => {
                let style = &mut globals.style;
                (style.format, style.data, style.headings) = (Format::List, CellForm::Bare, false);
            }
            Global::MaxColumnWidth => {
                let width = text.parse().map_err(|_| {
                    CtlError::usage(format!("value {text} on --max-column-width is not a number of bytes"))
                })?;
                globals.style.max_column_width = Some(width);
            }
        }
        Ok(())
    }

    fn waiting(&mut self, global: Global, text: &str) -> Result<(), CtlError> {
        let tool = self.persona.tool();
        if tool == Tool::Sb {
            return Err(CtlError::usage(format!("--{} not supported", global.spec().name)));
        }
        self.globals.wait = match (global, text) {
            (Global::PrintWaitTime, _) => {
                self.globals.print_wait_time = true;
                return Ok(());
            }
            (Global::NoWait, _) | (_, "none") => Wait::None,
            (_, "sb") => Wait::Southbound,
            (_, "hv") if tool == Tool::Nb => Wait::Hypervisors,
            _ if tool == Tool::Nb => {
                return Err(CtlError::usage("argument to --wait must be \"none\", \"sb\", or \"hv\""));
            }
            // The blank at the end is the C tool's.
            _ => return Err(CtlError::usage("argument to --wait must be \"none\", \"sb\" ")),
        };
        Ok(())
    }

    fn finish(mut self, words: Vec<String>, argv: Vec<String>) -> Result<CommandLine, CtlError> {
        if self.request == Request::Run && self.persona.is_own_name() {
            self.request = own_request(&words)?;
        }
        if self.request == Request::Run {
            self.check_daemon_variable()?;
        }
        if !self.db_given {
            self.globals.remotes = remote::default_remote(self.persona.info(), self.env);
        }
        if self.globals.timeout_secs.is_none() {
            // What is no number is ignored, as by the C tools: the variable may be meant for another program.
            self.globals.timeout_secs = (self.env)("OVS_CTL_TIMEOUT").and_then(|text| timeout(&text).ok());
        }
        let State { globals, request, leading, warnings, .. } = self;
        Ok(CommandLine { globals, request, leading, words, argv, warnings })
    }

    /// `OVN_NB_DAEMON` asks for another process to do the work. Ignoring it could mean another database, so it is
    /// refused, except where the C tools ignore it too.
    fn check_daemon_variable(&mut self) -> Result<(), CtlError> {
        let Some(variable) = self.persona.info().daemon_env else { return Ok(()) };
        if (self.env)(variable).is_none_or(|socket| socket.is_empty()) {
            return Ok(());
        }
        if self.db_given {
            let text = format!("not using {} daemon because of db option", self.persona.info().c_name);
            self.warnings.push(Warning { module: "ovn_dbctl", text });
            return Ok(());
        }
        let text = format!(
            "{variable} is set, but daemon mode is not supported yet; unset {variable} to run directly"
        );
        Err(CtlError::new(ErrorKind::Unsupported, text))
    }
}

/// The requests that only our own names have. No command of a C tool is called like this.
fn own_request(words: &[String]) -> Result<Request, CtlError> {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["man"] => Ok(Request::Man),
        ["completion", shell] => Shell::from_name(shell).map(Request::Completion).ok_or_else(|| {
            CtlError::usage(format!("no completion for '{shell}': there is bash, zsh and fish"))
        }),
        ["completion", ..] => {
            Err(CtlError::usage("completion needs the name of one shell: bash, zsh or fish"))
        }
        _ => Ok(Request::Run),
    }
}

/// The C tools log a setting that they cannot honour and go on with their defaults, which may be less than was asked for.
fn tls_error(global: Global, error: &TlsSettingError) -> CtlError {
    CtlError::usage(format!("--{}: {error}", global.spec().name))
}

fn no_daemon(global: Global) -> CtlError {
    let name = global.spec().name;
    CtlError::new(ErrorKind::Unsupported, format!("--{name} is for daemon mode, which is not supported yet"))
}

/// A number of seconds from 1 to 2^32 - 1, decimal, with blanks and a plus sign before it as `strtoul` allows.
pub(crate) fn timeout(text: &str) -> Result<u32, CtlError> {
    match text.trim_ascii_start().parse() {
        Ok(secs) if secs > 0 => Ok(secs),
        _ => Err(CtlError::usage(format!("value {text} on -t or --timeout is invalid"))),
    }
}

#[cfg(test)]
mod tests;
