//! What does the manual page say?

use super::called::{C_NAME, Called};
use super::command::COMMANDS;
use super::help::{ENVIRONMENT, EXAMPLES};
use super::options;
use crate::ctl::help::{SECTIONS, option_term};
use crate::ctl::man::Page;

const STATUSES: [(&str, &str); 3] =
    [("0", "done"), ("1", "not done; stderr says why"), ("SIGALRM", "the time given with --timeout is up")];

/// The page in section 1, as `man` macros.
pub fn page(called: &Called) -> String {
    let name = called.name();
    let mut page = Page::new(name, 1);
    page.section("NAME");
    page.text(&format!("{name} - speaks to OVSDB servers"));
    page.section("SYNOPSIS");
    page.text(&format!("{name} [OPTION]... COMMAND [ARG]..."));
    page.section("DESCRIPTION");
    page.text(&format!(
        "Each command is for one server: unix:FILE, tcp:HOST:PORT or ssl:HOST:PORT, or punix:FILE, ptcp:PORT[:IP] or \
         pssl:PORT[:IP] to wait for one; or for the first that will do of several, separated by commas. The default is \
         unix:db.sock in the folder OVS_RUNDIR. The default database is Open_vSwitch, or else the only one that there \
         is. Called as {C_NAME}, the program behaves as that."
    ));
    page.section("COMMANDS");
    for (group, commands) in COMMANDS.groups() {
        page.subsection(group);
        for command in commands {
            page.item(format!("{} {}", command.name, command.args).trim_end(), command.help);
        }
    }
    page.section("OPTIONS");
    for (section, heading) in SECTIONS {
        page.subsection(heading);
        for spec in options::offered().filter(|spec| spec.section == section) {
            page.item(&option_term(spec), spec.help);
        }
    }
    page.section("ENVIRONMENT");
    ENVIRONMENT.iter().for_each(|(variable, text)| page.item(variable, text));
    page.section("EXIT STATUS");
    STATUSES.iter().for_each(|(status, text)| page.item(status, text));
    page.section("EXAMPLES");
    EXAMPLES.iter().for_each(|(line, text)| page.item(&format!("{name} {line}"), text));
    page.out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages() {
        let text = page(&Called::new("ovsdb"));
        for expect in
            [".TH OVSDB 1 ", ".SS Contents\n.TP\n\\fBdump [SERVER]", "\\fB\\-t, \\-\\-timeout=SECS\\fR"]
        {
            assert!(text.contains(expect), "{expect}\n{text}");
        }
    }
}
