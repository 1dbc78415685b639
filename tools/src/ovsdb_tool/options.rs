//! What do the options say, wherever they stand on the command line?

use crate::ctl::args::{Found, Known, OptionError, Scanner};
use crate::ctl::command::Argument;
use crate::ctl::error::{CtlError, ErrorKind};
use crate::ctl::persona::OptionStyle;
use crate::ctl::vlog;

/// The modules that log, beside those of every program of Open vSwitch.
const MODULES: &[&str] =
    &["lockfile", "ovsdb", "ovsdb_file", "ovsdb_log", "ovsdb_tool", "raft", "storage", "transaction"];

/// What a run is asked to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Request {
    Run,
    Help,
    Version,
    /// `--option`: print the options.
    Options,
}

/// A command line whose options have been read.
#[derive(Clone, Debug)]
pub(super) struct CommandLine {
    pub(super) request: Request,
    /// `-m`, how often.
    pub(super) more: usize,
    /// Levels of logging.
    pub(super) log: vlog::Config,
    /// The command and its arguments.
    pub(super) words: Vec<String>,
}

#[derive(Clone, Copy, Debug)]
enum Opt {
    More,
    RbacRole,
    Cid,
    ElectionTimer,
    Verbose,
    Help,
    Options,
    Version,
}

const fn known(name: &'static str, short: Option<char>, argument: Argument, tag: Opt) -> Known<Opt> {
    Known { name, short, argument, tag }
}

const OPTIONS: &[Known<Opt>] = &[
    known("more", Some('m'), Argument::None, Opt::More),
    known("rbac-role", None, Argument::Required, Opt::RbacRole),
    known("cid", None, Argument::Required, Opt::Cid),
    known("election-timer", None, Argument::Required, Opt::ElectionTimer),
    known("verbose", Some('v'), Argument::Optional, Opt::Verbose),
    known("help", Some('h'), Argument::None, Opt::Help),
    known("option", Some('o'), Argument::None, Opt::Options),
    known("version", Some('V'), Argument::None, Opt::Version),
];

/// Reads the options. They may stand behind the command, too, unless `POSIXLY_CORRECT` is set; they take effect in order, so that what follows
/// `--help` does not matter.
///
/// # Errors
/// On the first option that is unknown, cannot be honoured, or whose value is wrong.
pub(super) fn parse(args: &[String], env: &dyn Fn(&str) -> Option<String>) -> Result<CommandLine, CtlError> {
    let option_error = |e: OptionError| CtlError::new(ErrorKind::Option, e.message(OptionStyle::Libc));
    let mut line =
        CommandLine { request: Request::Run, more: 0, log: vlog::Config::new(MODULES), words: Vec::new() };
    if let Some(method) = env("OVS_SYSLOG_METHOD").filter(|m| !m.is_empty()) {
        line.log.syslog = vlog::Syslog::parse(&method).map_err(CtlError::usage)?;
    }
    let mut rest = args;
    loop {
        let mut scanner = Scanner::new(OPTIONS, rest);
        while let Some(Found { tag, value }) = scanner.next_option().map_err(option_error)? {
            apply(&mut line, tag, value.unwrap_or_default())?;
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
                return Ok(line);
            }
        }
    }
}

fn apply(line: &mut CommandLine, opt: Opt, value: &str) -> Result<(), CtlError> {
    let refused = |text: &str| Err(CtlError::new(ErrorKind::Unsupported, text));
    match opt {
        Opt::More => line.more += 1,
        Opt::RbacRole => return refused("--rbac-role is not supported: there is no access control by roles"),
        Opt::Cid => return refused("--cid is not supported: it is for clustered databases"),
        Opt::ElectionTimer => {
            return refused("--election-timer is not supported: it is for clustered databases");
        }
        Opt::Verbose => line.log.apply(value).map_err(CtlError::usage)?,
        Opt::Help => line.request = Request::Help,
        Opt::Options => line.request = Request::Options,
        Opt::Version => line.request = Request::Version,
    }
    Ok(())
}

/// What `--option` prints: each option on a line, as completion of shells reads it.
pub(super) fn list() -> String {
    let mut out = String::new();
    for option in OPTIONS {
        let (long, short) = match option.argument {
            Argument::None => ("", ""),
            Argument::Required => ("=ARG", "ARG"),
            Argument::Optional => ("=[ARG]", "[ARG]"),
        };
        out += &format!("--{}{long}\n", option.name);
        if let Some(letter) = option.short {
            out += &format!("-{letter} {short}\n");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(args: &str) -> Result<CommandLine, String> {
        let words: Vec<String> = args.split_whitespace().map(str::to_owned).collect();
        parse(&words, &|_| None).map_err(|e| e.message)
    }

    #[test]
    fn options_may_stand_anywhere() {
        let found = line("-m show-log --mor x -mm").unwrap();
        assert_eq!((found.more, found.words), (4, vec!["show-log".to_owned(), "x".to_owned()]));
        assert_eq!(line("x -V --nope").unwrap().request, Request::Version);
        let refused = line("--rbac-role=x query []").unwrap_err();
        assert_eq!(refused, "--rbac-role is not supported: there is no access control by roles");
    }
}
