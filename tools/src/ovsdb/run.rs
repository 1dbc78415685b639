//! How does the program run, from its arguments to its exit status?

use super::called::{C_NAME, Called, OVS_RELEASE};
use super::canonical;
use super::command::{COMMANDS, Need, Run};
use super::help;
use super::man;
use super::open::{Opened, is_remote, open};
use super::options::{self, Options, Request};
use super::server::Server;
use super::sink::Sink;
use super::{backup, convert, dump, lock, monitor, restore, schema, transact, wait};
use crate::ctl::args;
use crate::ctl::command::Command;
use crate::ctl::completion::{self, Shell};
use crate::ctl::error::{CtlError, ErrorKind};
use crate::ctl::exit;
use crate::ctl::raw;
use crate::ctl::table::{self, Format, Table, TablePrinter};
use crate::ctl::vlog::{Identity, Level, Log};
use std::io::IsTerminal as _;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::SystemTime;

/// The module under which the program logs.
const LOG_MODULE: &str = "ovsdb_client";

/// The command that runs a server, with options of its own.
const SERVE: &str = "serve";

/// What all commands work with.
#[derive(Debug)]
pub struct Session<'a> {
    /// Under which name the program was called.
    pub called: &'a Called,
    /// Its options.
    pub options: &'a Options,
    /// Where it logs.
    pub log: &'a Log,
    /// What prints its tables.
    pub printer: TablePrinter,
    /// Where they go.
    pub sink: Sink,
}

/// Runs with the arguments of the process.
pub fn main() -> ExitCode {
    let mut words = std::env::args_os();
    let argv0 = words.next().unwrap_or_default();
    let called = Called::new(&argv0.to_string_lossy());
    let mut words = words.peekable();
    if called.is_own_name() && words.next_if(|word| word == SERVE).is_some() {
        return crate::ovsdb_server::run(argv0, words.collect());
    }
    let mut log = None;
    match run(&called, &args::decode(words), &mut log) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => report(&error, &called, log.as_deref()),
    }
}

fn report(error: &CtlError, called: &Called, log: Option<&Log>) -> ExitCode {
    // the C program has libc's option parser, which names the program as it was called
    let by_path = error.kind == ErrorKind::Option && !called.is_own_name();
    let name = if by_path { called.path() } else { called.name() };
    if exit::tell(error, name, called.is_own_name())
        && let Some(log) = log
    {
        log.write_behind(SystemTime::now(), LOG_MODULE, Level::Err, &error.message);
    }
    ExitCode::from(error.status)
}

fn run(called: &Called, args: &[String], log: &mut Option<Arc<Log>>) -> Result<(), CtlError> {
    let now = SystemTime::now();
    let env = raw::env;
    let mut line = options::parse(called, args, &env)?;
    let escape = called.is_own_name() && std::io::stdout().is_terminal();
    line.options.style.escape = escape;
    line.options.log.escape_console(called.is_own_name() && std::io::stderr().is_terminal());
    match line.request {
        Request::Run => {}
        Request::Help => return exit::print(help::help(called, &env).as_bytes()),
        Request::Version => return exit::print(version(called).as_bytes()),
    }
    let identity = Identity {
        program: called.name().to_owned(),
        pid: std::process::id(),
        host: rustix::system::uname().nodename().to_string_lossy().into_owned(),
        started: now,
    };
    let log = log.insert(Arc::new(Log::open(line.options.log.clone(), identity, now)?));
    exit::log_fatal_signals(Arc::clone(log))?;
    for (module, text) in line.warnings {
        log.write(now, module, Level::Warn, text);
    }
    if let Some(secs) = line.options.timeout_secs {
        exit::set_alarm(secs, Arc::clone(log))?;
    }
    let (name, words) = line
        .words
        .split_first()
        .ok_or_else(|| CtlError::usage("missing command name; use --help for help"))?;
    if called.is_own_name()
        && let Some(text) = about_itself(called, name, words)?
    {
        return exit::print(text.as_bytes());
    }
    let command = COMMANDS.find(name).ok_or_else(|| unknown(name, called))?;
    if command.run == Run::Help {
        return exit::print(help::help(called, &env).as_bytes());
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime =
        runtime.map_err(|e| CtlError::new(ErrorKind::Io, format!("cannot start: {}", exit::reason(&e))))?;
    let printer = TablePrinter::new(line.options.style);
    let mut session = Session { called, options: &line.options, log, printer, sink: Sink::new(escape) };
    runtime.block_on(async {
        let result = session.carry_out(command, words).await;
        result.and(session.sink.flush())
    })
}

fn version(called: &Called) -> String {
    let name = called.name();
    if called.is_own_name() {
        return format!("{name} {} (behaves as {C_NAME} {OVS_RELEASE})\n", env!("CARGO_PKG_VERSION"));
    }
    format!("{name} (Open vSwitch) {OVS_RELEASE}\n")
}

/// What the program says of itself when asked by the words `man` and `completion SHELL`.
fn about_itself(called: &Called, name: &str, words: &[String]) -> Result<Option<String>, CtlError> {
    match (name, words) {
        ("man", []) => Ok(Some(man::page(called))),
        ("completion", [shell]) => {
            let shell = Shell::from_name(shell).ok_or_else(|| {
                CtlError::usage(format!("no completion for '{shell}': there is bash, zsh and fish"))
            })?;
            let mut commands: Vec<(&str, &str)> = COMMANDS.iter().map(|c| (c.name, c.help)).collect();
            commands.push((SERVE, "run a server"));
            Ok(Some(completion::script_of(shell, called.name(), &commands, options::offered().copied())))
        }
        ("completion", _) => {
            Err(CtlError::usage("completion needs the name of one shell: bash, zsh or fish"))
        }
        (SERVE, _) => Err(CtlError::usage("serve must be the first word: its options are those of a server")),
        _ => Ok(None),
    }
}

fn unknown(name: &str, called: &Called) -> CtlError {
    let error = CtlError::usage(format!("unknown command '{name}'; use --help for help"));
    let alike = |other: &str| other.bytes().zip(name.bytes()).take_while(|(a, b)| a == b).count();
    // a slip at the end, or a part of the name
    let near =
        |other: &str| other.contains(name) || name.contains(other) || alike(other) + 2 > name.len().max(5);
    let found: Vec<&str> = COMMANDS.iter().map(|c| c.name).filter(|other| near(other)).collect();
    match found.as_slice() {
        _ if !called.is_own_name() => error,
        [] => error,
        found => error.hint(format!("did you mean {}?", found.join(" or "))),
    }
}

impl Session<'_> {
    async fn carry_out(&mut self, command: &Command<Run>, words: &[String]) -> Result<(), CtlError> {
        let mut opened = None;
        let mut rest = words;
        if command.run.need() != Need::Nothing {
            let found = open(self, (command.min, command.run.need()), words, None).await?;
            rest = words.get(found.used..).unwrap_or_default();
            opened = Some(found);
        }
        if rest.len() < command.min || rest.len() > command.max {
            let error =
                CtlError::usage(format!("invalid syntax for '{}' (use --help for help)", command.name));
            return Err(error.hint(
                format!("{} {} {}", self.called.name(), command.name, command.args).trim_end().to_owned(),
            ));
        }
        // files may have any names; everything else is sent to the server
        if !matches!(command.run, Run::Convert | Run::NeedsConversion) {
            let mut sent = rest.iter().filter(|word| !is_remote(word));
            sent.try_for_each(|word| raw::check(word)).map_err(CtlError::command)?;
        }
        if let Some(Opened { mut server, database, .. }) = opened {
            let result = self.with_server(command.run, &mut server, &database, rest).await;
            server.close().await;
            return result;
        }
        match command.run {
            Run::Transact => transact::transact(self, rest, false).await,
            Run::Query => transact::transact(self, rest, true).await,
            Run::Wait => wait::wait(self, rest).await,
            Run::NeedsConversion => convert::needs_conversion(self, rest).await,
            Run::Convert => convert::convert(self, rest).await,
            _ => Ok(()),
        }
    }

    async fn with_server(
        &mut self,
        run: Run,
        server: &mut Server,
        database: &str,
        words: &[String],
    ) -> Result<(), CtlError> {
        match run {
            Run::ListDbs => {
                let names = super::open::list_dbs(server, self.options).await?;
                names.iter().try_for_each(|name| self.print_line(name))
            }
            Run::GetSchema => schema::get_schema(self, server, database).await,
            Run::GetSchemaVersion => schema::get_part(self, server, database, |s| &s.version).await,
            Run::GetSchemaCksum => {
                schema::get_part(self, server, database, |s| s.cksum.as_deref().unwrap_or_default()).await
            }
            Run::ListTables => schema::list_tables(self, server, database).await,
            Run::ListColumns => {
                schema::list_columns(self, server, database, words.first().map(String::as_str)).await
            }
            Run::Dump => dump::dump(self, server, database, words).await,
            Run::Monitor | Run::MonitorCond | Run::MonitorCondSince => {
                monitor::monitor(self, server, database, (run, words)).await
            }
            Run::Backup => backup::backup(self, server, database).await,
            Run::Restore => restore::restore(self, server, database).await,
            Run::Lock => self.lock(server, "lock", words).await,
            Run::Steal => self.lock(server, "steal", words).await,
            Run::Unlock => self.lock(server, "unlock", words).await,
            _ => Ok(()),
        }
    }

    async fn lock(&mut self, server: &mut Server, method: &str, words: &[String]) -> Result<(), CtlError> {
        lock::lock(self, server, (method, words.first().map_or("", String::as_str))).await
    }

    /// Logs under the program's own module.
    pub fn log(&self, level: Level, text: &str) {
        self.log_as(LOG_MODULE, level, text);
    }

    /// Logs under the name of another module, as the C program's libraries do.
    pub fn log_as(&self, module: &str, level: Level, text: &str) {
        self.log.write(SystemTime::now(), module, level, text);
    }

    /// The folder of default sockets.
    pub fn run_dir(&self) -> String {
        run_dir(&|name| std::env::var(name).ok())
    }

    /// The server that is meant where none is named.
    pub fn default_remote(&self) -> String {
        format!("unix:{}/db.sock", self.run_dir())
    }

    /// Prints a line.
    ///
    /// # Errors
    /// stdout takes no more.
    pub fn print_line(&mut self, text: &str) -> Result<(), CtlError> {
        self.sink.buffer().extend_from_slice(text.as_bytes());
        self.sink.buffer().push(b'\n');
        self.sink.relieve()
    }

    /// Prints JSON that came from the server, indented if the options say so.
    ///
    /// # Errors
    /// It is not JSON; stdout takes no more.
    pub fn print_json(&mut self, json: &[u8]) -> Result<(), CtlError> {
        self.options.append_json(json, self.sink.buffer())?;
        self.sink.buffer().push(b'\n');
        self.sink.relieve()
    }

    /// Prints a whole table.
    ///
    /// # Errors
    /// stdout takes no more.
    pub fn print_table(&mut self, table: &Table) -> Result<(), CtlError> {
        self.printer.print(table, self.sink.buffer());
        self.sink.relieve()
    }

    /// A cell of text, which in a JSON table is a string.
    pub fn text_cell(&self, text: &str) -> String {
        match self.options.style.format {
            Format::Json => {
                let mut out = Vec::new();
                ovsdb_proto::json::Writer::new(&mut out).string(text);
                String::from_utf8_lossy(&out).into_owned()
            }
            _ => text.to_owned(),
        }
    }
}

/// The folder of default sockets, by the environment; an empty variable counts as unset.
pub fn run_dir(env: &dyn Fn(&str) -> Option<String>) -> String {
    env("OVS_RUNDIR").filter(|dir| !dir.is_empty()).unwrap_or_else(|| "/var/run/openvswitch".to_owned())
}

impl Options {
    /// JSON of one line as `--pretty` wants it.
    pub fn json(&self, text: &str) -> String {
        if !self.style.pretty {
            return text.to_owned();
        }
        let mut out = Vec::new();
        table::indent(text.as_bytes(), &mut out);
        String::from_utf8_lossy(&out).into_owned()
    }

    /// Appends a value that came from the server, members sorted.
    ///
    /// # Errors
    /// It is not well-formed.
    pub fn append_json(&self, json: &[u8], out: &mut Vec<u8>) -> Result<(), CtlError> {
        let mut compact = Vec::new();
        let target = if self.style.pretty { &mut compact } else { &mut *out };
        canonical::append(json, target)?;
        if self.style.pretty {
            table::indent(&compact, out);
        }
        Ok(())
    }
}
