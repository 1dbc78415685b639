//! What do `--commands` and `--options` print for the scripts that read them?

use super::command::{Argument, Command, CommandTable, OptSpec};
use super::options::Global;
use super::persona::{OptionStyle, Persona};

/// A line for each command: `[--OPTION] [--OPTION=] ,NAME,ARGUMENTS`, in the order of the table.
pub fn commands<R: Copy + 'static>(table: &CommandTable<R>) -> String {
    table.iter().map(|c| format!("{},{},{}\n", options_of(c), c.name, marked(c.args))).collect()
}

/// `[--may-exist] [--type=] [--bfd?] `
fn options_of<R: Copy>(command: &Command<R>) -> String {
    command.options.iter().map(|o| format!("[{}] ", spelled(o))).collect()
}

/// An option as the C tools spell it in their tables: with `=` if it needs a value, with `?` if it may have one.
pub(super) fn spelled(option: &OptSpec) -> String {
    let mark = match option.argument {
        Argument::None => "",
        Argument::Required => "=",
        Argument::Optional => "?",
    };
    format!("--{}{mark}", option.name)
}

/// A line for each option: `--name`, `--name=ARG`, `-x`, `-x ARG`. The tools made with ovn-dbctl list the options of
/// commands too.
pub fn options<R: Copy + 'static>(persona: &Persona, table: &CommandTable<R>) -> String {
    let mut out = String::new();
    for spec in Global::of(persona.tool()).into_iter().map(Global::spec) {
        let (long, short) = if spec.argument == Argument::None { ("", "") } else { ("=ARG", " ARG") };
        out += &format!("--{}{long}\n", spec.name);
        if let Some(letter) = spec.short {
            out += &format!("-{letter}{short}\n");
        }
    }
    if persona.option_style() == OptionStyle::Dbctl {
        for option in table.options() {
            let value = if option.argument == Argument::None { "" } else { "=ARG" };
            out += &format!("--{}{value}\n", option.name);
        }
    }
    out
}

/// The usage text of arguments with a mark before each word: `!` once, `?` at most once, `*` any number, `+` at least
/// one. Brackets inside a word become `?` where they open and nothing where they close.
fn marked(args: &str) -> String {
    let mut depth = 0_usize;
    let words: Vec<String> = args.split_whitespace().map(|word| marked_word(word, &mut depth)).collect();
    words.join(" ")
}

/// Marks one word; `depth` counts the brackets that earlier words left open.
fn marked_word(word: &str, depth: &mut usize) -> String {
    let count = |bracket: char| word.matches(bracket).count();
    let (opened, closed) = (count('['), count(']'));
    let body = word.trim_end_matches('.');
    let repeated = word.contains("...");
    // `[A]`, `[A[:B]=C]...`: the outer brackets say that the whole word may be left out. So does a bracket that a
    // later word closes, if it is not inside another.
    let whole = word.starts_with('[') && body.ends_with(']') && opened == closed;
    let begins = word.starts_with('[') && closed == 0 && *depth == 0;
    *depth = (*depth + opened).saturating_sub(closed);
    let optional = whole || begins;
    let mark = match (optional, repeated) {
        (true, true) => '*',
        (true, false) => '?',
        (false, true) => '+',
        (false, false) => '!',
    };
    let rest = if optional { word.get(1..).unwrap_or_default() } else { word };
    let mut out = String::from(mark);
    for c in rest.chars() {
        match c {
            '[' => out.push('?'),
            ']' | '.' => {}
            _ => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ctl::command::sample::TABLE;
    use crate::ctl::persona::Tool;

    /// Compared with the `--commands` of the tools of 26.03.
    #[test]
    fn marks() {
        let check = |args: &str, expect: &str| assert_eq!(marked(args), expect, "{args}");
        check("", "");
        check("[SWITCH]", "?SWITCH");
        check("TABLE [RECORD]...", "!TABLE *RECORD");
        check("TABLE RECORD COLUMN...", "!TABLE !RECORD +COLUMN");
        check("TABLE RECORD [COLUMN[:KEY]]...", "!TABLE !RECORD *COLUMN?:KEY");
        check("TABLE RECORD [COLUMN[:KEY]=VALUE]...", "!TABLE !RECORD *COLUMN?:KEY=VALUE");
        check("TABLE RECORD COLUMN[:KEY]=VALUE...", "!TABLE !RECORD +COLUMN?:KEY=VALUE");
        check("TABLE RECORD COLUMN [KEY=]VALUE...", "!TABLE !RECORD !COLUMN +?KEY=VALUE");
        check("TABLE RECORD COLUMN KEY|VALUE|KEY=VALUE...", "!TABLE !RECORD !COLUMN +KEY|VALUE|KEY=VALUE");
        check("[BRIDGE] PORT|IFACE", "?BRIDGE !PORT|IFACE");
        check("LB VIP[:PORT] IP[:PORT]... [PROTOCOL]", "!LB !VIP?:PORT +IP?:PORT ?PROTOCOL");
        check("ROUTER [PREFIX [NEXTHOP [PORT]]]", "!ROUTER ?PREFIX !?NEXTHOP !?PORT");
        check("ROUTER [TYPE [IP] [GATEWAY_PORT]]", "!ROUTER ?TYPE ?IP !?GATEWAY_PORT");
        check("ROUTER [{PRIORITY | UUID} [MATCH]]", "!ROUTER ?{PRIORITY !| !UUID} !?MATCH");
        check(
            "{SWITCH | PORTGROUP} [DIRECTION [PRIORITY MATCH]]",
            "!{SWITCH !| !PORTGROUP} ?DIRECTION !?PRIORITY !MATCH",
        );
        check("SWITCH [rate=RATE [burst=BURST]] [dscp=DSCP]", "!SWITCH ?rate=RATE !?burst=BURST ?dscp=DSCP");
        check(
            "LOGICAL_IP[LOGICAL_PORT EXTERNAL_MAC] [PORT_RANGE]",
            "!LOGICAL_IP?LOGICAL_PORT !EXTERNAL_MAC ?PORT_RANGE",
        );
        check("MAC [NETWORK]...[COLUMN[:KEY]=VALUE]...", "!MAC *NETWORK?COLUMN?:KEY=VALUE");
        check("ACTION [NEXTHOP] [OPTIONS - KEY=VALUE ...]", "!ACTION ?NEXTHOP ?OPTIONS !- !KEY=VALUE +");
        check("[CHASSIS GROUP]", "?CHASSIS !GROUP");
        check("PORT KEY=VALUE [KEY=VALUE]...", "!PORT !KEY=VALUE *KEY=VALUE");
        check("CA-CERT [PROTOS [CIPHERS [SUITES]]]", "!CA-CERT ?PROTOS !?CIPHERS !?SUITES");
    }

    #[test]
    fn lines() {
        let text = commands(&TABLE);
        for expect in [
            ",init,\n",
            "\n[--may-exist] [--bfd?] ,lr-route-add,!ROUTER !PREFIX !NEXTHOP ?PORT\n",
            "\n[--if-exists] [--id=] ,get,!TABLE !RECORD *COLUMN?:KEY\n",
        ] {
            assert!(text.contains(expect), "{expect}");
        }
    }

    #[test]
    fn option_lines() {
        let text = options(&Persona::new(Tool::Nb, "ovn-nbctl"), &TABLE);
        assert!(text.starts_with("--db=ARG\n--no-syslog\n--help\n-h\n--commands\n"));
        assert!(text.contains("\n--verbose=ARG\n-v ARG\n--log-file=ARG\n"));
        assert!(text.ends_with("\n--max-column-width=ARG\n--may-exist\n--add-duplicate\n--if-exists\n--bfd=ARG\n--type=ARG\n--tier=ARG\n--id=ARG\n--columns=ARG\n"));
        let text = options(&Persona::new(Tool::Vs, "ovs-vsctl"), &TABLE);
        assert!(text.ends_with("\n--bootstrap-ca-cert=ARG\n--peer-ca-cert=ARG\n"));
    }
}
