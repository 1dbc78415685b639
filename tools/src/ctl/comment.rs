//! Which comment does a transaction carry into the database's log, and how is a command line quoted in it?

use super::persona::{Persona, Tool};
use super::raw;

/// The words of a command line, separated by blanks. A word with white space, a quotation mark or a backslash stands
/// in double quotes, in which double quotes and backslashes are escaped; an empty word leaves no trace.
pub fn quote(words: &[String]) -> String {
    let mut out = String::new();
    for (index, word) in words.iter().enumerate() {
        if index > 0 {
            out.push(' ');
        }
        if word.contains([' ', '\t', '\n', '\u{b}', '\u{c}', '\r', '"', '\'', '\\']) {
            out.push('"');
            for c in word.chars() {
                if matches!(c, '"' | '\\') {
                    out.push('\\');
                }
                out.push(c);
            }
            out.push('"');
        } else {
            out.push_str(word);
        }
    }
    out
}

/// The comment of a transaction made by `argv`, which begins with the program's path. `parent` names the process that
/// started us; only ovs-vsctl tells.
pub fn comment(persona: &Persona, argv: &[String], parent: Option<&str>) -> String {
    let line = raw::lossy(&quote(argv));
    // The interconnection tools' prefixes are odd, but readers of the log look for them.
    let name = match persona.tool() {
        _ if persona.is_own_name() => persona.name(),
        Tool::IcNb => "ovs-ic_nbctl",
        Tool::IcSb => "ovs-ic_sbctl",
        Tool::Vs => "ovs-vsctl",
        Tool::Nb | Tool::Sb => persona.name(),
    };
    match parent {
        Some(parent) if persona.tool() == Tool::Vs => format!("{name} (invoked by {parent}): {line}"),
        _ => format!("{name}: {line}"),
    }
}

/// What to call the parent process, by its id and the contents of its `/proc/PID/cmdline`.
///
/// The words there end in NUL and only the first is told, as by the C tool.
pub fn parent_name(pid: u32, cmdline: &[u8]) -> String {
    if pid == 0 {
        return "init (pid 0)".to_owned();
    }
    let first = cmdline.split(|byte| *byte == 0).next().unwrap_or_default();
    let name = String::from_utf8_lossy(first);
    if first.len() == cmdline.len() { format!("{name} (pid {pid})") } else { name.into_owned() }
}

/// The name of this process's parent; none if the system does not tell.
pub fn parent() -> Option<String> {
    let pid = std::os::unix::process::parent_id();
    if pid == 0 {
        return Some(parent_name(0, b""));
    }
    std::fs::read(format!("/proc/{pid}/cmdline")).ok().map(|cmdline| parent_name(pid, &cmdline))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(words: &[&str]) -> Vec<String> {
        words.iter().map(|w| w.to_string()).collect()
    }

    /// Compared with ovn-nbctl 26.03.
    #[test]
    fn quoting() {
        let check = |word: &str, expect: &str| assert_eq!(quote(&words(&[word])), expect);
        check("a b", "\"a b\"");
        check("c'd", "\"c'd\"");
        check("e\"f", "\"e\\\"f\"");
        check("g\\h", "\"g\\\\h\"");
        check("n\nl", "\"n\nl\"");
        check("\t", "\"\t\"");
        check("\r", "\"\r\"");
        check("\u{b}", "\"\u{b}\"");
        for plain in ["$x", "é", "*", "#", ";", "{a,b}", "\u{1}", "a,b=c:d", "[x]", "\u{7f}", ""] {
            check(plain, plain);
        }
        assert_eq!(quote(&words(&["a", "", "b"])), "a  b");
    }

    #[test]
    fn comments() {
        let check = |tool: Tool, argv: &[&str], expect: &str| {
            let persona = Persona::new(tool, argv[0]);
            assert_eq!(comment(&persona, &words(argv), Some("bash")), expect);
        };
        check(Tool::Nb, &["/b/ovn-nbctl", "ls-add", "a b"], "ovn-nbctl: /b/ovn-nbctl ls-add \"a b\"");
        check(Tool::Sb, &["ovn-sbctl", "init"], "ovn-sbctl: ovn-sbctl init");
        check(Tool::IcNb, &["ovn-ic-nbctl", "init"], "ovs-ic_nbctl: ovn-ic-nbctl init");
        check(Tool::IcSb, &["/b/ovn-ic-sbctl"], "ovs-ic_sbctl: /b/ovn-ic-sbctl");
        check(Tool::Vs, &["ovs-vsctl", "init"], "ovs-vsctl (invoked by bash): ovs-vsctl init");
        check(Tool::Vs, &["./ovs-vs", "init"], "ovs-vs (invoked by bash): ./ovs-vs init");
        check(Tool::IcNb, &["ovn-ic-nb", "init"], "ovn-ic-nb: ovn-ic-nb init");
        let persona = Persona::new(Tool::Vs, "ovs-vsctl");
        assert_eq!(comment(&persona, &words(&["ovs-vsctl"]), None), "ovs-vsctl: ovs-vsctl");
    }

    #[test]
    fn parents() {
        assert_eq!(parent_name(7, b"par ent\0-c\0x\0"), "par ent");
        assert_eq!(parent_name(2, b""), " (pid 2)");
        assert_eq!(parent_name(2, b"odd"), "odd (pid 2)");
        assert_eq!(parent_name(0, b""), "init (pid 0)");
        assert!(parent().is_some());
    }
}
