//! What does `--help` print?

use super::command::{Argument, Command, CommandTable};
use super::doc;
use super::listing::spelled;
use super::options::{Global, GlobalSpec, Section};
use super::persona::Persona;
use super::remote;

/// Where the second column begins.
const COLUMN: usize = 30;

/// The headings under which options stand, in order.
pub(crate) const SECTIONS: [(Section, &str); 4] = [
    (Section::General, "Options"),
    (Section::Output, "Output options"),
    (Section::Logging, "Logging options"),
    (Section::Tls, "TLS options"),
];

/// The whole help text.
pub fn help<R: Copy + 'static>(
    persona: &Persona,
    table: &CommandTable<R>,
    env: &dyn Fn(&str) -> Option<String>,
) -> String {
    let (name, info) = (persona.name(), persona.info());
    let mut out = format!(
        "{name}: {}\nusage: {name} [OPTION]... COMMAND [ARG]... [-- [OPTION]... COMMAND [ARG]...]...\n\n\
         All commands of a line are one transaction.\n",
        info.purpose
    );
    for (group, commands) in table.groups() {
        out += &format!("\n{group}:\n");
        for command in commands {
            command_lines(command, &mut out);
        }
    }
    for (section, heading) in SECTIONS {
        out += &format!("\n{heading}:\n");
        for spec in Global::offered(persona.tool()).iter().filter(|s| s.section == section) {
            out += &two_columns(&option_term(spec), spec.help);
        }
        if section == Section::General {
            out += &format!("\nDefault of --db: {}\n", remote::default_remote(info, env));
        }
    }
    out += "\nEnvironment:\n";
    for (variable, text) in doc::environment(persona.tool()) {
        out += &two_columns(variable, text);
    }
    out += "\nExamples:\n";
    for example in doc::examples(persona.tool()) {
        out += &format!("  {name} {}\n      {}\n", example.line, example.text);
    }
    out
}

fn command_lines<R: Copy>(command: &Command<R>, out: &mut String) {
    *out += &two_columns(format!("{} {}", command.name, command.args).trim_end(), command.help);
    if !command.options.is_empty() {
        let options: Vec<String> =
            command.options.iter().map(|o| format!("[{}]", spelled_value(&spelled(o)))).collect();
        *out += &format!("      {}\n", options.join(" "));
    }
}

/// `--x=` and `--x?` as people write them.
pub(super) fn spelled_value(spelled: &str) -> String {
    match spelled.strip_suffix('?') {
        Some(name) => format!("{name}[=VALUE]"),
        None => spelled.replace('=', "=VALUE"),
    }
}

/// `-t, --timeout=SECS`
pub(crate) fn option_term(spec: &GlobalSpec) -> String {
    let short = spec.short.map_or_else(String::new, |letter| format!("-{letter}, "));
    match spec.argument {
        Argument::None => format!("{short}--{}", spec.name),
        Argument::Required => format!("{short}--{}={}", spec.name, spec.value),
        Argument::Optional => format!("{short}--{}[={}]", spec.name, spec.value),
    }
}

/// A term of help and its explanation, below it if the term is long.
pub(crate) fn two_columns(term: &str, text: &str) -> String {
    if term.len() + 4 <= COLUMN {
        format!("  {term:<width$}{text}\n", width = COLUMN - 2)
    } else {
        format!("  {term}\n{:COLUMN$}{text}\n", "")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ctl::command::sample::TABLE;
    use crate::ctl::persona::Tool;

    #[test]
    fn text() {
        for tool in [Tool::Nb, Tool::Sb, Tool::IcNb, Tool::IcSb, Tool::Vs] {
            let persona = Persona::new(tool, tool.info().c_name);
            let text = help(&persona, &TABLE, &|_| None);
            let usage = format!("usage: {} [OPTION]... COMMAND", tool.info().c_name);
            for expect in [
                usage.as_str(),
                "\nGeneral:\n  init                        does it\n  show [SWITCH]               does it\n",
                "\n  lr-route-add ROUTER PREFIX NEXTHOP [PORT]\n                              does it\n      [--may-exist] [--bfd[=VALUE]]\n",
                "\n  -t, --timeout=SECS          give up after SECS seconds\n",
                "\nExamples:\n  ",
                "\nDefault of --db: unix:/var/run/",
            ] {
                assert!(text.contains(expect), "{tool:?} {expect}\n{text}");
            }
            assert!(!text.contains("--detach"), "what is refused is not offered");
        }
    }
}
