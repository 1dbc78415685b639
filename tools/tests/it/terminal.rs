//! Names and values with control characters, printed on a terminal.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::release::{Database, Release};
use crate::server::Server;
use crate::tool::{Outcome, run};

/// Runs its arguments on a new terminal and copies to stdout what they print there, both by stdout
/// and by stderr.
const ON_TERMINAL: &str = "import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))";

/// A name that clears a terminal, changes its title, overwrites the line and begins another.
const NAME: &str = "a\x1b[2J\x1b]0;t\x07b\rc\nd\u{9b}31m";
const ESCAPED: &str = r"a\u001b[2J\u001b]0;t\u0007b\rc\nd\u009b31m";

struct Site {
    server: Server,
    links: PathBuf,
}

impl Site {
    /// Each command has something called `NAME` to print.
    fn start() -> Site {
        let release = Release::find("26.03");
        let databases = [Database::Nb, Database::Sb, Database::IcNb, Database::Vs];
        let schemas = databases.map(|database| (database, release.schema(database)));
        let server = Server::start(&release, &schemas, &[]);
        let links = server.folder().join("names");
        std::fs::create_dir(&links).unwrap();
        let links_to =
            [("ovn-nbctl", env!("CARGO_BIN_EXE_ovn-nb")), ("ovsdb-client", env!("CARGO_BIN_EXE_ovsdb"))];
        for (name, program) in links_to {
            std::os::unix::fs::symlink(program, links.join(name)).unwrap();
        }
        let site = Site { server, links };
        let lines: [(&str, &[&str]); 4] = [
            (
                env!("CARGO_BIN_EXE_ovn-nb"),
                &[
                    "ls-add",
                    NAME,
                    "--",
                    "lsp-add",
                    NAME,
                    NAME,
                    "--",
                    "lr-add",
                    NAME,
                    "--",
                    "lsp-set-addresses",
                    NAME,
                    "unknown",
                ],
            ),
            (env!("CARGO_BIN_EXE_ovn-sb"), &["chassis-add", "ch", "geneve", "192.0.2.1"]),
            (env!("CARGO_BIN_EXE_ovn-ic-nb"), &["ts-add", NAME]),
            (
                env!("CARGO_BIN_EXE_ovs-vs"),
                &["--no-wait", "add-br", "br0", "--", "br-set-external-id", "br0", "k", NAME],
            ),
        ];
        for (program, words) in lines {
            let outcome = run(site.command(Path::new(program), words));
            assert_eq!(outcome.status, "exit 0", "{words:?}: {outcome:?}");
        }
        site
    }

    fn command(&self, program: &Path, words: &[&str]) -> Command {
        let mut command = Command::new(program);
        command.args(words);
        self.placed(command)
    }

    fn placed(&self, mut command: Command) -> Command {
        let folder = self.server.folder();
        command.current_dir(folder).env("OVN_RUNDIR", folder).env("OVS_RUNDIR", folder);
        command.env("OVS_SYSLOG_METHOD", "null").env("OVS_CTL_TIMEOUT", "60");
        command
    }

    /// What `program` prints on a terminal.
    fn on_terminal(&self, program: &Path, words: &[&str]) -> Outcome {
        let mut command = Command::new("python3");
        command.args(["-c", ON_TERMINAL]).arg(program).args(words).stdin(std::process::Stdio::null());
        let mut outcome = run(self.placed(command));
        // a terminal puts a carriage return before each line feed
        outcome.stdout = outcome.stdout.replace("\r\n", "\n");
        outcome
    }
}

fn own(name: &str) -> &'static Path {
    Path::new(match name {
        "nb" => env!("CARGO_BIN_EXE_ovn-nb"),
        "icnb" => env!("CARGO_BIN_EXE_ovn-ic-nb"),
        "vs" => env!("CARGO_BIN_EXE_ovs-vs"),
        "ovsdb" => env!("CARGO_BIN_EXE_ovsdb"),
        _ => panic!("{name}"),
    })
}

#[test]
fn control_characters_in_names_do_not_reach_a_terminal() {
    let site = Site::start();
    let check = |program: &str, words: &[&str], status: &str, expect: &str| {
        let outcome = site.on_terminal(own(program), words);
        let text = &outcome.stdout;
        assert_eq!(outcome.status, status, "{words:?}: {outcome:?}");
        assert!(!text.chars().any(|c| c.is_control() && c != '\n' && c != '\t'), "{words:?}: {text:?}");
        assert!(text.contains(expect), "{words:?}: {expect:?} is not in {text:?}");
    };
    let named = |before: &str, after: &str| format!("{before}{ESCAPED}{after}");
    check("nb", &["ls-list"], "exit 0", &named(" (", ")\n"));
    check("nb", &["lr-list"], "exit 0", &named(" (", ")\n"));
    check("nb", &["lsp-list", NAME], "exit 0", &named(" (", ")\n"));
    check("nb", &["show"], "exit 0", &named("    port ", "\n        addresses"));
    check("nb", &["show"], "exit 0", &named(" (", ")\n    port"));
    check("nb", &["--bare", "--columns=name", "list", "Logical_Switch"], "exit 0", &named("", "\n"));
    check(
        "nb",
        &["--bare", "-f", "table", "--columns=name", "list", "Logical_Switch"],
        "exit 0",
        &named("", "\n"),
    );
    check(
        "nb",
        &["--bare", "-f", "csv", "--columns=name", "list", "Logical_Switch"],
        "exit 0",
        &named("", "\n"),
    );
    check("nb", &["--columns=name", "list", "Logical_Switch"], "exit 0", &named(": \"", "\"\n"));
    check("nb", &["-f", "json", "--columns=name", "list", "Logical_Switch"], "exit 0", &named("[\"", "\"]"));
    check("nb", &["--oneline", "ls-list"], "exit 0", &named(" (", ")\n"));
    check("icnb", &["ts-list"], "exit 0", &named(" (", ")\n"));
    check("vs", &["br-get-external-id", "br0"], "exit 0", &named("k=", "\n"));
    check(
        "ovsdb",
        &["-f", "csv", "-d", "bare", "dump", "OVN_Northbound", "Logical_Switch", "name"],
        "exit 0",
        ESCAPED,
    );
    check("ovsdb", &["-f", "json", "dump", "OVN_Northbound", "Logical_Switch", "name"], "exit 0", ESCAPED);

    // errors go to stderr, which is the same terminal
    let message = named("ovn-nb: ", "x: switch name not found\n");
    let unknown = format!("{NAME}x");
    check("nb", &["ls-del", &unknown], "exit 1", &message);
    check(
        "ovsdb",
        &["dump", &format!("unix:{NAME}")],
        "exit 1",
        &named("ovsdb: failed to connect to \"unix:", "\""),
    );
    // and so do lines of the log
    check("nb", &["-vconsole:dbg", "get", "Logical_Switch", NAME, "name"], "exit 0", "Called as");
}

#[test]
fn under_the_names_of_the_c_tools_names_are_printed_as_they_are() {
    let site = Site::start();
    let check = |program: &str, words: &[&str]| {
        let outcome = site.on_terminal(&site.links.join(program), words);
        assert!(outcome.stdout.contains(NAME), "{words:?}: {outcome:?}");
    };
    check("ovn-nbctl", &["ls-list"]);
    check("ovn-nbctl", &["show"]);
    check("ovn-nbctl", &["--bare", "--columns=name", "list", "Logical_Switch"]);
    check("ovn-nbctl", &["ls-del", &format!("{NAME}x")]);
    check("ovsdb-client", &["-d", "bare", "-f", "csv", "dump", "OVN_Northbound", "Logical_Switch", "name"]);
}

#[test]
fn names_are_written_to_a_pipe_as_they_are() {
    let site = Site::start();
    for words in [&["ls-list"][..], &["show"], &["--bare", "--columns=name", "list", "Logical_Switch"]] {
        let outcome = run(site.command(own("nb"), words));
        assert!(outcome.stdout.contains(NAME), "{words:?}: {outcome:?}");
    }
}
