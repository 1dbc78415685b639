//! What can the program ovn-interconnect do, and how is it asked?

mod demo;

use crate::ctl::doc::OVN_RELEASE;
use std::io::{self, IsTerminal as _, Write as _};
use std::process::ExitCode;

const HELP: &str = "\
ovn-interconnect: connects clusters through OVN interconnection
usage: ovn-interconnect demo [--json]

  demo          makes two zones and the interconnection databases in this process, connects the zones as an
                operator would, shows each command and what it prints, and ends with both sides.
                Where ovn-northd and ovn-ic are installed they take part, and routes are learned.

Options:
  --json        print one JSON object at the end instead of text
  -h, --help    display this help message
  -V, --version display version information

Colours are used on a terminal only, and not if NO_COLOR is set.
Exit status: 0 if every step was carried out, 1 if one was not, 2 if the command line is wrong.

Example: ovn-interconnect demo
";

/// What the words on the command line ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Request {
    Help,
    Version,
    Demo { json: bool },
}

fn parse(words: impl Iterator<Item = String>) -> Result<Request, String> {
    let (mut demo, mut json) = (false, false);
    for word in words {
        match word.as_str() {
            "-h" | "--help" => return Ok(Request::Help),
            "-V" | "--version" => return Ok(Request::Version),
            "--json" => json = true,
            "demo" if !demo => demo = true,
            word if word.starts_with('-') => return Err(format!("unknown option {word}")),
            word if demo => return Err(format!("demo takes no argument {word}")),
            word => return Err(format!("unknown command {word}")),
        }
    }
    if demo { Ok(Request::Demo { json }) } else { Err("missing command".to_owned()) }
}

/// Runs ovn-interconnect with the arguments of the process.
pub fn main() -> ExitCode {
    let words = std::env::args_os().skip(1).map(|word| word.to_string_lossy().into_owned());
    let text = match parse(words) {
        Ok(Request::Help) => HELP.to_owned(),
        Ok(Request::Version) => {
            format!("ovn-interconnect {}\nOVN {OVN_RELEASE}\n", env!("CARGO_PKG_VERSION"))
        }
        Ok(Request::Demo { json }) => return demo::run(json, io::stdout().is_terminal()),
        Err(problem) => {
            // without stderr there is nobody to tell
            let _ = writeln!(io::stderr(), "ovn-interconnect: {problem} (use --help for help)");
            return ExitCode::from(2);
        }
    };
    match io::stdout().write_all(text.as_bytes()) {
        Err(e) if e.kind() != io::ErrorKind::BrokenPipe => ExitCode::FAILURE,
        _ => ExitCode::SUCCESS,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn command_lines() {
        let check = |line: &str, expected: Result<Request, &str>| {
            let parsed = parse(line.split_whitespace().map(str::to_owned));
            assert_eq!(parsed, expected.map_err(str::to_owned), "{line}");
        };
        check("demo", Ok(Request::Demo { json: false }));
        check("--json demo", Ok(Request::Demo { json: true }));
        check("demo --json", Ok(Request::Demo { json: true }));
        check("demo -h", Ok(Request::Help));
        check("-V", Ok(Request::Version));
        check("", Err("missing command"));
        check("demo demo", Err("demo takes no argument demo"));
        check("connect", Err("unknown command connect"));
        check("demo --fast", Err("unknown option --fast"));
    }
}
