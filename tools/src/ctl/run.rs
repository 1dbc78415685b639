//! How does a ctl tool run, from its arguments to its exit status?

use super::answer;
use super::args;
use super::chain;
use super::command::Mode;
use super::comment;
use super::context::ToolDef;
use super::db;
use super::error::{CtlError, ErrorKind, STATUS_NOT_IN_EFFECT};
use super::escape;
use super::exit;
use super::line::{Line, Results};
use super::options::{self, CommandLine, Globals};
use super::persona::{Persona, Tool};
use super::print;
use super::progress::{self, Awaited, Times};
use super::raw;
use super::unserved;
use super::vlog::{Level, Log};
use ovsdb_proto::net::{
    Cause, Client, ClientError, ClientOptions, ConnectOptions, ErrorKind as NetErrorKind, TlsContext,
    random_u128,
};
use ovsdb_proto::row::ReadError;
use ovsdb_proto::session::remote::{self, Remote, Remotes};
use ovsdb_proto::session::{Conclusion, RunError, Unfit, Verdict};
use ovsdb_proto::txn::{Refusal, Txn};
use ovsdb_proto::value::Uuid;
use std::collections::HashMap;
use std::io::IsTerminal as _;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

/// A line under way.
struct Session<'a> {
    def: &'static ToolDef,
    persona: &'a Persona,
    globals: &'a Globals,
    client: Client,
    log: &'a Log,
    print: Print<'a>,
}

/// Takes what the tool prints: some of it long before the line ends, when it waits.
type Print<'a> = &'a mut dyn FnMut(&[u8]) -> Result<(), CtlError>;

/// Where the output of a line goes, and what the line may do to the process.
struct Target<'a> {
    print: Print<'a>,
    /// Whether the process runs nothing else, so that its signals and log belong to the line.
    own_process: bool,
    /// Whether control characters in names and values are escaped.
    escape: bool,
}

/// Runs `def` with the arguments of the process.
pub fn main(def: &'static ToolDef) -> ExitCode {
    let mut words = std::env::args_os();
    let argv0 = words.next().unwrap_or_default();
    let persona = Persona::new(def.tool, &argv0.to_string_lossy());
    let mut log = None;
    let escape = persona.is_own_name() && std::io::stdout().is_terminal();
    let mut print = |bytes: &[u8]| exit::print(&escape::output(bytes, escape));
    let output = Target { print: &mut print, own_process: true, escape };
    match run(def, &persona, &args::decode(words), &mut log, output) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => exit::report(&error, &persona, log.as_deref()),
    }
}

/// Runs the tool that is called `name` with these words as its arguments, and answers what it prints instead of printing it: for programs that
/// carry out command lines of their own. Blocks until the line is done.
///
/// # Errors
/// As the tool; what it printed before it failed is lost.
pub fn output_of(def: &'static ToolDef, name: &str, args: &[String]) -> Result<Vec<u8>, CtlError> {
    let mut output = Vec::new();
    let mut print = |bytes: &[u8]| {
        output.extend_from_slice(bytes);
        Ok(())
    };
    let target = Target { print: &mut print, own_process: false, escape: false };
    run(def, &Persona::new(def.tool, name), args, &mut None, target)?;
    Ok(output)
}

fn run(
    def: &'static ToolDef,
    persona: &Persona,
    args: &[String],
    log: &mut Option<Arc<Log>>,
    target: Target<'_>,
) -> Result<(), CtlError> {
    let Target { print, own_process, escape } = target;
    let now = SystemTime::now();
    let command_line = options::parse(persona, &def.commands, args, &raw::env)?;
    let CommandLine { mut globals, request, leading, words, argv, warnings } = command_line;
    globals.style.escape = escape;
    globals.log.escape_console(own_process && persona.is_own_name() && std::io::stderr().is_terminal());
    if let Some(text) = answer::answer(request, persona, &def.commands, &(def.schema)().version, &raw::env) {
        return print(text.as_bytes());
    }
    let log = log.insert(Arc::new(Log::open(globals.log.clone(), exit::identity(persona, now), now)?));
    if own_process {
        exit::log_fatal_signals(Arc::clone(log))?;
    }
    for warning in warnings {
        log.write(now, warning.module, Level::Warn, &warning.text);
    }
    let invocations = chain::parse(&def.commands, leading, &words)?;
    // what a command is given ends up in a database or is looked for there
    for given in &invocations {
        let values = given.options.iter().filter_map(|(_, value)| value.as_ref());
        given.args.iter().chain(values).try_for_each(|word| raw::check(word)).map_err(CtlError::command)?;
    }
    let writes = invocations.iter().any(|i| i.command.mode == Mode::ReadWrite);
    let level = if writes { Level::Info } else { Level::Dbg };
    log.write(now, persona.info().log_module, level, &format!("Called as {}", comment::quote(&argv)));
    if let Some(secs) = globals.timeout_secs {
        exit::set_alarm(secs, Arc::clone(log))?;
    }

    for given in &invocations {
        if let Some(warning) = db::check(def, given)? {
            log.write(SystemTime::now(), db::LOG_MODULE, Level::Warn, &warning);
        }
    }

    let parent = if def.tool == Tool::Vs { comment::parent() } else { None };
    let comment = comment::comment(persona, &argv, parent.as_deref());
    let line = Line { def, invocations: &invocations, globals: &globals, persona, comment };
    let client = client(def, &globals)?;
    let mut session = Session { def, persona, globals: &globals, client, log, print };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime =
        runtime.map_err(|e| CtlError::new(ErrorKind::Io, format!("cannot start: {}", exit::reason(&e))))?;
    runtime.block_on(async {
        let result = session.carry_out(&line).await;
        session.client.close().await;
        result
    })
}

fn connect_options(globals: &Globals) -> ConnectOptions {
    let tls = Some(Arc::new(TlsContext::new(globals.tls.clone())));
    ConnectOptions { tls, ..ConnectOptions::default() }
}

fn client(def: &ToolDef, globals: &Globals) -> Result<Client, CtlError> {
    let connection = |e: &dyn std::fmt::Display| CtlError::new(ErrorKind::Connection, e.to_string());
    let info = def.tool.info();
    let run_dir = std::env::var_os(info.rundir_env).filter(|d| !d.is_empty());
    let run_dir = run_dir.unwrap_or_else(|| info.rundir.into());
    let Remotes { mut list, cluster } =
        remote::parse_list(&globals.remotes, Path::new(&run_dir)).map_err(|e| connection(&e))?;
    list = list.into_iter().map(raw::remote).collect();
    if globals.shuffle_remotes && list.len() > 1 {
        remote::shuffle(&mut list, random_u128().map_err(|e| connection(&e))?);
    }
    let defaults = ClientOptions::new(list);
    let options = ClientOptions {
        connect: connect_options(globals),
        cluster,
        leader_only: globals.leader_only,
        retry: globals.retry,
        probe: if def.tool == Tool::Vs { probe_of_vs(&defaults.remotes) } else { defaults.probe },
        ..defaults
    };
    Client::new(Arc::clone((def.schema)()), options).map_err(|e| connection(&e))
}

/// How often `ovs-vsctl` probes: every 5 seconds, except over unix sockets, where it waits for as
/// long as it takes. The tools of OVN, which also probe unix sockets, keep the default of 120
/// seconds.
fn probe_of_vs(remotes: &[Remote]) -> Option<Duration> {
    let local = remotes.iter().any(|remote| matches!(remote, Remote::Unix(_) | Remote::Punix(_)));
    (!local).then_some(Duration::from_secs(5))
}

impl Session<'_> {
    async fn carry_out(&mut self, line: &Line<'_>) -> Result<(), CtlError> {
        let started = SystemTime::now();
        let conclusion = match self.client.run(&mut |txn: &mut Txn<'_>| line.run(txn)).await {
            Ok(conclusion) => conclusion,
            Err(error) => return Err(self.failure(error).await),
        };
        let Conclusion { value: Results { outputs, state, .. }, committed, .. } = conclusion;
        for (module, text) in &state.warnings {
            self.log.write(SystemTime::now(), module, Level::Warn, text);
        }
        let none = HashMap::new();
        let rows = committed.as_ref().map_or(&none, |c| &c.rows);
        (self.print)(&print::render(&outputs, self.globals, rows))?;
        let made: Vec<Uuid> =
            state.new_interfaces.iter().filter_map(|local| rows.get(local).copied()).collect();
        let counted = committed.as_ref().and_then(|c| c.counters.first().copied());
        if let (Some(count), Some(progress), false) = (counted, self.def.progress, self.globals.dry_run) {
            let awaited = Awaited { progress, info: self.def.tool.info(), wait: self.globals.wait, count };
            let times = self.wait(awaited).await?;
            if self.globals.print_wait_time {
                (self.print)(progress::report(awaited, times, started).as_bytes())?;
            }
            self.look_after(&made).await?;
        }
        Ok(())
    }

    async fn wait(&mut self, awaited: Awaited) -> Result<Times, CtlError> {
        // the change is committed: a lost connection is no reason to give up waiting for it
        self.client.keep_trying();
        let waited = self.client.run(&mut |txn: &mut Txn<'_>| awaited.check(txn)).await;
        match waited {
            Ok(conclusion) => Ok(conclusion.value),
            Err(error) => Err(self.failure(map_read(error)).await),
        }
    }

    /// What ovs-vswitchd made of new interfaces is in the database once it has caught up.
    async fn look_after(&mut self, made: &[Uuid]) -> Result<(), CtlError> {
        let Some(after) = self.def.after else { return Ok(()) };
        let mut line = |txn: &mut Txn<'_>| match after(txn, made) {
            Ok(complaints) => Verdict::Done(complaints),
            Err(error) => Verdict::Failed(error),
        };
        let complaints = match self.client.run(&mut line).await {
            Ok(conclusion) => conclusion.value,
            Err(error) => return Err(self.failure(map_read(error)).await),
        };
        if complaints.is_empty() {
            return Ok(());
        }
        for complaint in complaints {
            exit::tell(&CtlError::command(complaint), self.persona.name(), self.persona.is_own_name());
        }
        Err(CtlError::silent(STATUS_NOT_IN_EFFECT))
    }

    async fn unserved(&self, remote: &Remote, cause: &Cause) -> CtlError {
        if let Cause::Net(error) = cause {
            // the reason is one word of errno, which says nothing about certificates or about what
            // the server sent
            let module = match error.kind() {
                NetErrorKind::Config | NetErrorKind::Handshake => Some("stream_ssl"),
                NetErrorKind::Message => Some("jsonrpc"),
                _ => None,
            };
            if let Some(module) = module {
                let text = unserved::with_sources(error);
                // under our own names the message says it
                match self.persona.is_own_name() {
                    true => self.log.write_behind(SystemTime::now(), module, Level::Warn, &text),
                    false => self.log.write(SystemTime::now(), module, Level::Warn, &text),
                }
            }
        }
        let database = self.persona.info().database;
        let failure = unserved::error(&self.globals.remotes, remote, cause, database);
        if !matches!(cause, Cause::Unfit(Unfit::NoDatabase)) || !self.persona.is_own_name() {
            return failure;
        }
        let served = unserved::databases(remote, &connect_options(self.globals)).await;
        served.iter().fold(failure, |failure, served| failure.hint(unserved::hint_databases(served)))
    }

    fn refused(&self, refusal: &Refusal) -> CtlError {
        let text = format!("transaction error: {refusal}");
        self.log.write(SystemTime::now(), "ovsdb_idl", Level::Warn, &text);
        CtlError::new(ErrorKind::Transaction, text)
    }

    async fn failure(&self, error: ClientError<CtlError>) -> CtlError {
        match error {
            ClientError::Run(RunError::Line(error)) => error,
            ClientError::Run(RunError::Refused(refusal)) => self.refused(&refusal),
            ClientError::Run(RunError::Lacking { lacking, refusal }) => self
                .refused(&refusal)
                .detailed(format!("transaction error: {lacking}"))
                .hint("bring the schema of the server up to date with ovsdb convert"),
            ClientError::Unserved { remote, cause } => self.unserved(&remote, &cause).await,
            ClientError::Run(RunError::Request(text)) => {
                let plain = || CtlError::new(ErrorKind::Transaction, format!("request refused: {text}"));
                unserved::of_control_socket(&self.globals.remotes, &text).unwrap_or_else(plain)
            }
            ClientError::Run(error) => CtlError::new(ErrorKind::Transaction, error.to_string()),
            ClientError::MaybeCommitted { remote, error } => {
                let why = unserved::with_sources(&error);
                let text = format!(
                    "{remote}: no reply to the transaction ({why}): the transaction may have been committed"
                );
                CtlError::new(ErrorKind::Connection, text)
            }
        }
    }
}

fn map_read(error: ClientError<ReadError>) -> ClientError<CtlError> {
    error.map_line(|e| CtlError::command(e.to_string()))
}
