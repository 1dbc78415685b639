//! How does the program run, from its arguments to its exit status?

use super::command::{COMMANDS, Command, Run};
use super::options::{self, CommandLine, Request};
use super::report::{self, Part};
use super::{help, places};
use crate::ctl::args;
use crate::ctl::doc::OVS_RELEASE;
use crate::ctl::error::{CtlError, ErrorKind};
use crate::ctl::exit;
use crate::ctl::raw;
use crate::ctl::vlog::{Identity, Level, Log};
use ovsdb_server::storage::log::Magic;
use std::io::Write;
use std::process::ExitCode;
use std::time::SystemTime;

/// The name of the program, if it is called by none.
const NAME: &str = "ovsdb-tool";

/// What all commands work with.
#[derive(Debug)]
pub(super) struct Session {
    log: Log,
}

/// Runs with the arguments of the process.
pub fn main() -> ExitCode {
    let mut words = std::env::args_os();
    let called = words.next().unwrap_or_default().to_string_lossy().into_owned();
    let called = if called.is_empty() { NAME } else { &called };
    let name = called.rsplit('/').next().unwrap_or(called);
    match run(name, &args::decode(words), &raw::env) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // libc's option parser names the program as it was called
            let name = if error.kind == ErrorKind::Option { called } else { name };
            // without stderr there is nobody to tell
            let _ = std::io::stderr().write_all(&raw::bytes(&error.render_as(name, false)));
            ExitCode::from(error.status)
        }
    }
}

fn run(name: &str, args: &[String], env: &dyn Fn(&str) -> Option<String>) -> Result<(), CtlError> {
    let now = SystemTime::now();
    let line = options::parse(args, env)?;
    match line.request {
        Request::Run => {}
        Request::Help => return exit::print(help::help(name, env).as_bytes()),
        Request::Version => return exit::print(format!("{name} (Open vSwitch) {OVS_RELEASE}\n").as_bytes()),
        Request::Options => return exit::print(options::list().as_bytes()),
    }
    let identity = Identity {
        program: name.to_owned(),
        pid: std::process::id(),
        host: rustix::system::uname().nodename().to_string_lossy().into_owned(),
        started: now,
    };
    let session = Session { log: Log::open(line.log.clone(), identity, now)? };
    let (command, words) = find(&line)?;
    let output = session.carry_out((command, words), &line, name, env)?;
    exit::print(output.as_bytes())
}

fn find(line: &CommandLine) -> Result<(&'static Command, &[String]), CtlError> {
    let (name, words) = line
        .words
        .split_first()
        .ok_or_else(|| CtlError::usage("missing command name; use --help for help"))?;
    let command = COMMANDS
        .iter()
        .find(|command| command.name == name)
        .ok_or_else(|| CtlError::usage(format!("unknown command '{name}'; use --help for help")))?;
    let (min, max) = (command.min, command.max);
    if words.len() < min {
        return Err(CtlError::usage(format!("'{name}' command requires at least {min} arguments")));
    }
    if words.len() > max {
        return Err(CtlError::usage(format!("'{name}' command takes at most {max} arguments")));
    }
    Ok((command, words))
}

impl Session {
    /// Carries out a command, and answers what is still to be printed.
    fn carry_out(
        &self,
        (command, words): (&Command, &[String]),
        line: &CommandLine,
        name: &str,
        env: &dyn Fn(&str) -> Option<String>,
    ) -> Result<String, CtlError> {
        let word = |i: usize| words.get(i).map(String::as_str);
        let database = word(0).map_or_else(|| places::default_database(env), str::to_owned);
        let schema = |i: usize| word(i).map_or_else(|| places::default_schema(env), str::to_owned);
        let done = |()| String::new();
        match command.run {
            Run::Create => self.create(&database, &schema(1)).map(done),
            Run::Compact => self.compact(&database, word(1)).map(done),
            Run::Convert => self.convert(&database, &schema(1), word(2)).map(done),
            Run::NeedsConversion => report::needs_conversion(&database, &schema(1)),
            Run::DbName => report::database(&database, Part::Name),
            Run::DbVersion => report::database(&database, Part::Version),
            Run::DbCksum => report::database(&database, Part::Cksum),
            Run::DbCid => report::member(self, &database, "cluster_id"),
            Run::DbSid => report::member(self, &database, "server_id"),
            Run::DbLocalAddress => report::member(self, &database, "local_address"),
            Run::DbIsClustered => report::is(&database, Magic::Cluster),
            Run::DbIsStandalone => report::is(&database, Magic::Json),
            Run::SchemaName => report::schema(&schema(0), Part::Name),
            Run::SchemaVersion => report::schema(&schema(0), Part::Version),
            Run::SchemaCksum => report::schema(&schema(0), Part::Cksum),
            Run::Query | Run::Transact => {
                let (file, transaction) = match words {
                    [file, transaction] => (file.clone(), transaction.as_str()),
                    _ => (places::default_database(env), word(0).unwrap_or_default()),
                };
                self.transact(&file, transaction, command.run == Run::Transact)
            }
            Run::ShowLog => self.show_log(&database, line.more).map(done),
            Run::Recover => self.recover(&database, word(1), word(2), line.more).map(done),
            Run::CompareVersions => {
                let [a, operator, b] = [0, 1, 2].map(|i| word(i).unwrap_or_default());
                report::compare_versions(a, operator, b)
            }
            Run::Help => Ok(help::help(name, env)),
            Run::ListCommands => Ok(help::list_commands()),
            Run::Cluster => Err(CtlError::new(
                ErrorKind::Unsupported,
                format!("{}: not supported: this program works with standalone databases only", command.name),
            )),
        }
    }

    pub(super) fn log(&self, module: &str, level: Level, text: &str) {
        self.log.write(SystemTime::now(), module, level, text);
    }

    /// Prints to stderr as it is.
    pub(super) fn tell(&self, text: &str) {
        let _ = std::io::stderr().write_all(&raw::bytes(text));
    }
}
