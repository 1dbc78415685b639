//! What does a tool's manual page say?

use super::command::CommandTable;
use super::doc;
use super::help::{SECTIONS, option_term, spelled_value};
use super::listing::spelled;
use super::options::Global;
use super::persona::Persona;

/// The page in section 8, as `man` macros.
pub fn page<R: Copy + 'static>(persona: &Persona, table: &CommandTable<R>) -> String {
    let (name, info) = (persona.name(), persona.info());
    let mut page = Page::new(name, 8);
    page.section("NAME");
    page.text(&format!("{name} - {}", info.purpose));
    page.section("SYNOPSIS");
    page.text(&format!("{name} [OPTION]... COMMAND [ARG]... [-- [OPTION]... COMMAND [ARG]...]..."));
    page.section("DESCRIPTION");
    page.text(&format!(
        "All commands of a line are one transaction on the database {}: each sees what those before it did, and either \
         all take effect or none does. Nothing is printed before the transaction is committed. Called as {}, the \
         program behaves as that tool.",
        info.database, info.c_name
    ));
    page.section("COMMANDS");
    for (group, commands) in table.groups() {
        page.subsection(group);
        for command in commands {
            let options: String =
                command.options.iter().map(|o| format!("[{}] ", spelled_value(&spelled(o)))).collect();
            page.item(format!("{options}{} {}", command.name, command.args).trim_end(), command.help);
        }
    }
    page.section("OPTIONS");
    for (section, heading) in SECTIONS {
        page.subsection(heading);
        for spec in Global::offered(persona.tool()).iter().filter(|s| s.section == section) {
            page.item(&option_term(spec), spec.help);
        }
    }
    page.section("ENVIRONMENT");
    for (variable, text) in doc::environment(persona.tool()) {
        page.item(variable, text);
    }
    page.section("EXIT STATUS");
    for (status, text) in doc::statuses(persona.tool()) {
        page.item(status, text);
    }
    page.section("EXAMPLES");
    for example in doc::examples(persona.tool()) {
        page.item(&format!("{name} {}", example.line), example.text);
    }
    page.out
}

/// A page under construction.
pub(crate) struct Page {
    pub(crate) out: String,
}

impl Page {
    /// A page of this name in this section of the manual.
    pub(crate) fn new(name: &str, section: u8) -> Page {
        let mut page = Page { out: String::new() };
        let (name, version) = (escape(&name.to_uppercase()), env!("CARGO_PKG_VERSION"));
        page.raw(&format!(".TH {name} {section} \"\" \"ovn-tools {version}\""));
        page
    }

    fn raw(&mut self, line: &str) {
        self.out.push_str(line);
        self.out.push('\n');
    }

    pub(crate) fn section(&mut self, heading: &str) {
        self.raw(&format!(".SH {}", escape(heading)));
    }

    pub(crate) fn subsection(&mut self, heading: &str) {
        self.raw(&format!(".SS {}", escape(heading)));
    }

    pub(crate) fn text(&mut self, text: &str) {
        self.raw(&escape(text));
    }

    pub(crate) fn item(&mut self, term: &str, text: &str) {
        self.raw(".TP");
        self.raw(&format!("\\fB{}\\fR", escape(term)));
        self.text(text);
    }
}

/// Keeps `text` from being read as macros: backslashes, hyphens, and a first dot or quote.
fn escape(text: &str) -> String {
    let body = text.replace('\\', "\\e").replace('-', "\\-").replace('\'', "\\(aq");
    if body.starts_with('.') { format!("\\&{body}") } else { body }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ctl::command::sample::TABLE;
    use crate::ctl::persona::Tool;

    #[test]
    fn pages() {
        let text = page(&Persona::new(Tool::Nb, "ovn-nb"), &TABLE);
        for expect in [
            ".TH OVN\\-NB 8 ",
            ".SH NAME\novn\\-nb \\- reads",
            ".SS General\n.TP\n\\fBinit\\fR\ndoes it\n",
            "\\fB[\\-\\-if\\-exists] [\\-\\-id=VALUE] get TABLE RECORD [COLUMN[:KEY]]...\\fR\n",
            ".TP\n\\fB\\-t, \\-\\-timeout=SECS\\fR\n",
        ] {
            assert!(text.contains(expect), "{expect}\n{text}");
        }
        assert!(text.lines().all(|l| !l.starts_with('\'')));
    }

    #[test]
    fn escapes() {
        assert_eq!(escape(".a-b\\n'c'"), "\\&.a\\-b\\en\\(aqc\\(aq");
    }
}
