//! How do the words behind the global options become a list of commands to run in one transaction?

use super::command::{Argument, Command, CommandTable, OptSpec};
use super::error::CtlError;

/// One command to run, checked against its table entry.
#[derive(Clone, Debug)]
pub struct Invocation<R: Copy + 'static> {
    /// The table entry.
    pub command: &'static Command<R>,
    /// Its options by name (without dashes), each once, in the order given.
    pub options: Vec<(&'static str, Option<String>)>,
    /// Its arguments: between `min` and `max` of them.
    pub args: Vec<String>,
}

impl<R: Copy + 'static> Invocation<R> {
    /// Whether the option `name` (without dashes) was given.
    pub fn has(&self, name: &str) -> bool {
        self.options.iter().any(|(n, _)| *n == name)
    }

    /// The value of the option `name` (without dashes), if it was given with one.
    pub fn value(&self, name: &str) -> Option<&str> {
        self.options.iter().find(|(n, _)| *n == name).and_then(|(_, v)| v.as_deref())
    }

    /// The argument at `index`, counted from 0.
    pub fn arg(&self, index: usize) -> Option<&str> {
        self.args.get(index).map(String::as_str)
    }
}

/// A command option that stood among the global ones; it belongs to the first command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeadingOption {
    /// Its name and kind.
    pub spec: &'static OptSpec,
    /// Its value.
    pub value: Option<String>,
}

/// An option on its way into an invocation: the name still with dashes, as the messages want it.
struct Given {
    key: String,
    value: Option<String>,
}

/// Splits `words` at each `--` and checks every piece; empty pieces are skipped.
///
/// # Errors
/// When there is no command, or on the first one that is unknown, or whose options or number of arguments do not fit.
pub fn parse<R: Copy + 'static>(
    table: &CommandTable<R>,
    leading: Vec<LeadingOption>,
    words: &[String],
) -> Result<Vec<Invocation<R>>, CtlError> {
    let mut given: Vec<Given> =
        leading.into_iter().map(|o| Given { key: format!("--{}", o.spec.name), value: o.value }).collect();
    let mut invocations = Vec::new();
    for piece in words.split(|word| word == "--").filter(|piece| !piece.is_empty()) {
        invocations.push(one_command(table, std::mem::take(&mut given), piece)?);
    }
    if invocations.is_empty() {
        return Err(missing_command());
    }
    Ok(invocations)
}

fn missing_command() -> CtlError {
    CtlError::usage("missing command name (use --help for help)")
}

fn one_command<R: Copy + 'static>(
    table: &CommandTable<R>,
    mut given: Vec<Given>,
    words: &[String],
) -> Result<Invocation<R>, CtlError> {
    let start = words.iter().position(|w| !w.starts_with('-')).unwrap_or(words.len());
    let (options, rest) = words.split_at(start);
    for word in options {
        let (key, value) = match word.split_once('=') {
            Some((key, value)) => (key, Some(value.to_owned())),
            None => (word.as_str(), None),
        };
        if given.iter().any(|o| o.key == key) {
            return Err(CtlError::usage(format!("'{word}' option specified multiple times")));
        }
        given.push(Given { key: key.to_owned(), value });
    }
    let Some((name, args)) = rest.split_first() else { return Err(missing_command()) };
    let Some(command) = table.find(name) else { return Err(unknown_command(table, name)) };
    let options = given.into_iter().map(|o| check_option(command, o)).collect::<Result<_, _>>()?;
    check_count(command, args)?;
    Ok(Invocation { command, options, args: args.to_vec() })
}

fn check_option<R: Copy>(
    command: &Command<R>,
    given: Given,
) -> Result<(&'static str, Option<String>), CtlError> {
    let Given { key, value } = given;
    let name = command.name;
    let Some(spec) = key.strip_prefix("--").and_then(|n| command.option(n)) else {
        return Err(
            CtlError::usage(format!("'{name}' command has no '{key}' option")).hint(known_options(command))
        );
    };
    match (spec.argument, &value) {
        (Argument::Required, None) => {
            Err(CtlError::usage(format!("missing argument to '{key}' option on '{name}' command"))
                .hint(format!("behind '--' a value is given as '{key}=VALUE'")))
        }
        (Argument::None, Some(_)) => {
            Err(CtlError::usage(format!("'{key}' option on '{name}' does not accept an argument")))
        }
        _ => Ok((spec.name, value)),
    }
}

fn check_count<R: Copy>(command: &Command<R>, args: &[String]) -> Result<(), CtlError> {
    let Command { name, min, max, .. } = *command;
    let text = if args.len() < min {
        format!("'{name}' command requires at least {min} arguments")
    } else if args.len() <= max {
        return Ok(());
    } else if args.iter().any(|a| a.starts_with('-')) {
        format!(
            "'{name}' command takes at most {max} arguments (note that options must precede command names and \
             follow a \"--\" argument)"
        )
    } else {
        format!("'{name}' command takes at most {max} arguments")
    };
    Err(CtlError::usage(text).hint(format!("usage: {name} {}", command.args).trim_end()))
}

fn known_options<R: Copy>(command: &Command<R>) -> String {
    if command.options.is_empty() {
        return format!("'{}' has no options", command.name);
    }
    let names: String = command.options.iter().map(|o| format!(" --{}", o.name)).collect();
    format!("the options of '{}' are:{names}", command.name)
}

fn unknown_command<R: Copy>(table: &CommandTable<R>, name: &str) -> CtlError {
    let error = CtlError::usage(format!("unknown command '{name}'; use --help for help"));
    match nearest(name, table.iter().map(|c| c.name)) {
        Some(near) => error.hint(format!("did you mean '{near}'?")),
        None => error,
    }
}

/// The candidate that is the fewest edits away, if it is near enough to be meant.
fn nearest<'n>(name: &str, candidates: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    let (distance, best) = candidates.map(|c| (edits(name, c), c)).min_by_key(|(distance, _)| *distance)?;
    // Two letters exchanged are two edits; in a very short word that is another word.
    let most = if name.len() < 4 { 1 } else { (name.len() / 3).max(2) };
    (distance <= most).then_some(best)
}

/// Levenshtein distance in bytes.
fn edits(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.bytes().enumerate() {
        let mut left = i + 1;
        let mut next = vec![left];
        for (y, pair) in b.bytes().zip(row.windows(2)) {
            let [diagonal, above] = *pair else { break };
            left = (diagonal + usize::from(x != y)).min(above + 1).min(left + 1);
            next.push(left);
        }
        row = next;
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ctl::command::sample::TABLE;

    fn leading(name: &str, value: Option<&str>) -> LeadingOption {
        let spec = TABLE.options().into_iter().find(|o| o.name == name).unwrap();
        LeadingOption { spec, value: value.map(str::to_owned) }
    }

    /// `name(opt,opt=v)[arg,arg]; ...`, or the message.
    fn run(leading: Vec<LeadingOption>, line: &str) -> String {
        let words: Vec<String> = line.split_whitespace().map(|w| w.replace('_', "")).collect();
        match parse(&TABLE, leading, &words) {
            Ok(list) => list.iter().map(show).collect::<Vec<_>>().join("; "),
            Err(e) => e.message,
        }
    }

    fn show(i: &Invocation<u8>) -> String {
        let options: Vec<String> = i
            .options
            .iter()
            .map(|(n, v)| v.as_ref().map_or_else(|| n.to_string(), |v| format!("{n}={v}")))
            .collect();
        format!("{}({})[{}]", i.command.name, options.join(","), i.args.join(","))
    }

    #[test]
    fn chains() {
        let check = |line: &str, expect: &str| assert_eq!(run(vec![], line), expect, "{line}");
        check("ls-list", "ls-list()[]");
        check("ls-add a -- -- --if-exists ls-del b --", "ls-add()[a]; ls-del(if-exists)[b]");
        check("--columns=a=b list T r", "list(columns=a=b)[T,r]");
        check("--columns= list T", "list(columns=)[T]");
        check("list T --columns=name", "list()[T,--columns=name]");
        check("get T r _ x", "get()[T,r,,x]");
        check(
            "--bfd lr-route-add r p n -- --bfd=u lr-route-add r p n o",
            "lr-route-add(bfd)[r,p,n]; lr-route-add(bfd=u)[r,p,n,o]",
        );
    }

    #[test]
    fn leading_options() {
        let may = || vec![leading("may-exist", None)];
        assert_eq!(run(may(), "ls-add a -- ls-add b"), "ls-add(may-exist)[a]; ls-add()[b]");
        assert_eq!(run(may(), "-- -- --add-duplicate ls-add a"), "ls-add(may-exist,add-duplicate)[a]");
        assert_eq!(run(may(), "--may-exist ls-add a"), "'--may-exist' option specified multiple times");
        assert_eq!(run(may(), "ls-list"), "'ls-list' command has no '--may-exist' option");
        assert_eq!(run(may(), ""), "missing command name (use --help for help)");
        let columns = vec![leading("columns", Some("a"))];
        assert_eq!(run(columns, "--columns=b list T"), "'--columns=b' option specified multiple times");
    }

    /// Every text was compared with ovn-nbctl 26.03.
    #[test]
    fn errors() {
        let check = |line: &str, expect: &str| assert_eq!(run(vec![], line), expect, "{line}");
        check("", "missing command name (use --help for help)");
        check("-- --", "missing command name (use --help for help)");
        check("ls-list -- --may-exist", "missing command name (use --help for help)");
        check("frob", "unknown command 'frob'; use --help for help");
        check("_", "unknown command ''; use --help for help");
        check("--zz show", "'show' command has no '--zz' option");
        check("-x list", "'list' command has no '-x' option");
        check("- list", "'list' command has no '-' option");
        check("--=4 list", "'list' command has no '--' option");
        check("---columns=4 list", "'list' command has no '---columns' option");
        check("--columns name list", "unknown command 'name'; use --help for help");
        check("--columns list X", "missing argument to '--columns' option on 'list' command");
        check("--if-exists=3 get X", "'--if-exists' option on 'get' does not accept an argument");
        check("--if-exists= get X", "'--if-exists' option on 'get' does not accept an argument");
        check("list", "'list' command requires at least 1 arguments");
        check("get x", "'get' command requires at least 2 arguments");
        check("init x y", "'init' command takes at most 0 arguments");
        check(
            "show a --columns=name",
            "'show' command takes at most 1 arguments (note that options must precede command names and follow a \
             \"--\" argument)",
        );
    }

    #[test]
    fn suggestions() {
        let check = |name: &str, expect: Option<&str>| {
            assert_eq!(nearest(name, ["ls-add", "ls-del", "show"].into_iter()), expect, "{name}");
        };
        check("ls-ad", Some("ls-add"));
        check("lsadd", Some("ls-add"));
        check("shwo", Some("show"));
        check("lr", None);
        check("sho", Some("show"));
        check("frobnicate", None);
        check("", None);
        assert_eq!(edits("kitten", "sitting"), 3);
    }
}
