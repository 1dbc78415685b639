//! How is the demonstration shown: as text for people, or as one JSON object?

use super::script::Place;
use serde_json::{Value, json};
use std::fmt::Write as _;

/// Takes in what happens, and prints it at once, or keeps it for the end.
#[derive(Debug)]
pub(super) struct Report {
    json: bool,
    colours: bool,
    events: Vec<Value>,
}

const BOLD: &str = "\x1b[1m";
const DIM: &str = "\x1b[2m";
const GREEN: &str = "\x1b[32m";
const RED: &str = "\x1b[31m";
const CYAN: &str = "\x1b[36m";
const PLAIN: &str = "\x1b[0m";

impl Report {
    pub(super) const fn new(json: bool, colours: bool) -> Report {
        Report { json, colours, events: Vec::new() }
    }

    fn paint(&self, colour: &str, text: &str) -> String {
        if self.colours { format!("{colour}{text}{PLAIN}") } else { text.to_owned() }
    }

    /// A heading.
    pub(super) fn part(&mut self, title: &str) -> String {
        let text = format!("\n{}\n", self.paint(BOLD, title));
        self.event(json!({"part": title}), text)
    }

    /// A command was carried out.
    pub(super) fn command(&mut self, at: Place, command: &str, output: &str) -> String {
        let prompt = self.paint(CYAN, &format!("{}$", at.name()));
        let mut text = format!("{prompt} {command}\n");
        for line in output.lines() {
            let _ = writeln!(text, "    {line}");
        }
        self.event(json!({"at": at.name(), "command": command, "output": output}), text)
    }

    /// A daemon did something.
    pub(super) fn daemon(&mut self, at: Place, what: &str) -> String {
        let text = format!("{} {}\n", self.paint(CYAN, &format!("{}:", at.name())), self.paint(GREEN, what));
        self.event(json!({"at": at.name(), "daemon": what}), text)
    }

    /// Something worth knowing.
    pub(super) fn note(&mut self, note: &str) -> String {
        let text = format!("{}\n", self.paint(DIM, note));
        self.event(json!({"note": note}), text)
    }

    /// The end; what it says if something failed goes to stderr as well.
    pub(super) fn end(&mut self, problem: Option<&str>) -> String {
        if self.json {
            let whole = json!({"ok": problem.is_none(), "problem": problem, "steps": self.events});
            return format!("{whole:#}\n");
        }
        match problem {
            None => format!("\n{}\n", self.paint(GREEN, "Every step was carried out.")),
            Some(_) => format!("\n{}\n", self.paint(RED, "The demonstration stopped short.")),
        }
    }

    fn event(&mut self, event: Value, text: String) -> String {
        if !self.json {
            return text;
        }
        self.events.push(event);
        String::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_colours() {
        let mut report = Report::new(false, false);
        assert_eq!(report.part("Routes"), "\nRoutes\n");
        let text = report.command(Place::OpenStack, "ovn-nb show", "router x\n    port y\n");
        assert_eq!(text, "openstack$ ovn-nb show\n    router x\n        port y\n");
        assert_eq!(report.end(Some("lost")), "\nThe demonstration stopped short.\n");
        let mut report = Report::new(false, true);
        assert_eq!(report.note("so"), "\x1b[2mso\x1b[0m\n");
    }

    #[test]
    fn json_comes_at_the_end() {
        let mut report = Report::new(true, false);
        assert_eq!(report.command(Place::Ic, "ovn-ic-sb init", ""), "");
        assert_eq!(report.daemon(Place::Ic, "started"), "");
        let whole: Value = serde_json::from_str(&report.end(None)).unwrap();
        let steps = json!([{"at": "interconnection", "command": "ovn-ic-sb init", "output": ""},
            {"at": "interconnection", "daemon": "started"}]);
        assert_eq!(whole, json!({"ok": true, "problem": null, "steps": steps}));
    }
}
