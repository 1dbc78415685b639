//! How does a tool tell that it failed: the text on stderr, the hints, and the exit status?

use super::escape;
use super::persona::Persona;
use std::fmt::Write as _;

/// Which step of a command line failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// The option parser did not understand a word that starts with `-`.
    Option,
    /// A command, its options or the number of its arguments is wrong; or a global option has a wrong value.
    Usage,
    /// Something that a C tool can do and we cannot yet.
    Unsupported,
    /// A command was understood but cannot be carried out: a row is missing, a value is refused.
    Command,
    /// No usable database server was reached, or it was lost.
    Connection,
    /// The server refused the transaction.
    Transaction,
    /// A file or stdout could not be written or read.
    Io,
}

/// A failure on its way to stderr: the only error that leaves the front of a tool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CtlError {
    /// Which step failed.
    pub kind: ErrorKind,
    /// The text after `TOOL: `; nothing is printed if it is empty (`br-exists`).
    pub message: String,
    /// The text in place of `message` under our own names, where we can say more than the C tool.
    pub details: Option<String>,
    /// What the user might do next, one line each, never what the message says already; printed
    /// under our own names only.
    pub hints: Vec<String>,
    /// The exit status: 1, or 2 from `br-exists`, or 65 when a committed change had no effect in ovs-vswitchd.
    pub status: u8,
}

/// Exit status of a line whose transaction is committed but which ovs-vswitchd could not put into effect.
pub const STATUS_NOT_IN_EFFECT: u8 = 65;

impl CtlError {
    /// A failure with exit status 1.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> CtlError {
        CtlError { kind, message: message.into(), details: None, hints: Vec::new(), status: 1 }
    }

    /// A wrong command line, with exit status 1.
    pub fn usage(message: impl Into<String>) -> CtlError {
        CtlError::new(ErrorKind::Usage, message)
    }

    /// A command that could not be carried out, with exit status 1.
    pub fn command(message: impl Into<String>) -> CtlError {
        CtlError::new(ErrorKind::Command, message)
    }

    /// An exit status and not a word, as from `br-exists`.
    pub fn silent(status: u8) -> CtlError {
        CtlError { status, ..CtlError::new(ErrorKind::Command, "") }
    }

    /// The same failure with one more hint.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> CtlError {
        self.hints.push(hint.into());
        self
    }

    /// The same failure with another message under our own names.
    #[must_use]
    pub fn detailed(self, message: impl Into<String>) -> CtlError {
        CtlError { details: Some(message.into()), ..self }
    }

    /// The same failure with another exit status.
    #[must_use]
    pub fn status(mut self, status: u8) -> CtlError {
        self.status = status;
        self
    }

    /// The same failure with control characters in its texts escaped, for a terminal.
    #[must_use]
    pub fn escaped(&self) -> CtlError {
        let escaped = |text: &String| escape::text(text.trim_end_matches('\n')).into_owned();
        CtlError {
            message: escaped(&self.message),
            details: self.details.as_ref().map(escaped),
            hints: self.hints.iter().map(escaped).collect(),
            ..self.clone()
        }
    }

    /// What goes to stderr, with line ends; empty for a silent failure.
    pub fn render(&self, persona: &Persona) -> String {
        self.render_as(self.name_for(persona), persona.is_own_name())
    }

    /// What the message begins with. The C tools built on libc's own option parser begin its
    /// messages with the path they were called by, and all other messages with the base name.
    pub fn name_for<'p>(&self, persona: &'p Persona) -> &'p str {
        match self.kind {
            ErrorKind::Option if persona.names_itself_by_path() => persona.path(),
            _ => persona.name(),
        }
    }

    /// What goes to stderr when a program calls itself `name`, with line ends; empty for a silent failure.
    pub fn render_as(&self, name: &str, own_name: bool) -> String {
        if self.message.is_empty() {
            return String::new();
        }
        let message = self.details.as_ref().filter(|_| own_name).unwrap_or(&self.message);
        let mut text = format!("{name}: {}\n", message.strip_suffix('\n').unwrap_or(message));
        if own_name {
            for hint in &self.hints {
                // Writing to a String cannot fail.
                let _ = writeln!(text, "  hint: {hint}");
            }
        }
        text
    }
}

impl std::fmt::Display for CtlError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ctl::persona::Tool;

    #[test]
    fn texts() {
        let error = CtlError::usage("unknown command 'x'; use --help for help").hint("did you mean 'y'?");
        let check = |tool: Tool, argv0: &str, error: &CtlError, expect: &str| {
            assert_eq!(error.render(&Persona::new(tool, argv0)), expect, "{argv0}");
        };
        check(Tool::Nb, "/a/ovn-nbctl", &error, "ovn-nbctl: unknown command 'x'; use --help for help\n");
        check(
            Tool::Nb,
            "ovn-nb",
            &error,
            "ovn-nb: unknown command 'x'; use --help for help\n  hint: did you mean 'y'?\n",
        );
        let error = CtlError::new(ErrorKind::Option, "unrecognized option '--x'");
        check(Tool::Vs, "/a/ovs-vsctl", &error, "/a/ovs-vsctl: unrecognized option '--x'\n");
        check(Tool::IcSb, "/a/ovn-ic-sb", &error, "ovn-ic-sb: unrecognized option '--x'\n");
        check(Tool::Sb, "/a/ovn-sbctl", &error, "ovn-sbctl: unrecognized option '--x'\n");
        check(Tool::Vs, "ovs-vsctl", &CtlError::silent(2), "");
    }
}
