//! How does the demonstration go: two zones are connected on databases that live in this process?

mod daemons;
mod report;
mod script;
mod stage;

use crate::ctl::run::output_of;
use crate::ctl::shell;
use daemons::Daemons;
use report::Report;
use script::{Place, SCRIPT, Step, Tool, When};
use stage::Stage;
use std::io::{self, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

/// How long the daemons may take for what usually takes them a few milliseconds.
const AWAIT_WITHIN: Duration = Duration::from_secs(20);
/// How often is looked whether they have done it.
const AWAIT_EVERY: Duration = Duration::from_millis(20);

/// The daemons, and the Debian packages that have them.
const DAEMONS: [(&str, &str); 2] = [("ovn-northd", "ovn-central"), ("ovn-ic", "ovn-ic")];

/// Runs the demonstration and prints it.
pub(super) fn run(json: bool, terminal: bool) -> ExitCode {
    let colours = terminal && !json && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    let mut show = Show { report: Report::new(json, colours) };
    let result = Demo::start(&mut show).and_then(|mut demo| demo.play(&mut show));
    let end = show.report.end(result.as_ref().err().map(String::as_str));
    show.print(&end);
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            // without stderr there is nobody to tell
            let _ = writeln!(io::stderr(), "ovn-interconnect: {problem}");
            ExitCode::FAILURE
        }
    }
}

struct Show {
    report: Report,
}

impl Show {
    /// Prints at once: people watch. A reader that has gone away has seen enough.
    fn print(&self, text: &str) {
        let mut stdout = io::stdout().lock();
        let _ = stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush());
    }

    fn part(&mut self, title: &str) {
        let text = self.report.part(title);
        self.print(&text);
    }

    fn command(&mut self, at: Place, command: &str, output: &str) {
        let text = self.report.command(at, command, output);
        self.print(&text);
    }

    fn daemon(&mut self, at: Place, what: &str) {
        let text = self.report.daemon(at, what);
        self.print(&text);
    }

    fn note(&mut self, note: &str) {
        let text = self.report.note(note);
        self.print(&text);
    }
}

struct Demo {
    // ended before the servers that they are connected to
    daemons: Daemons,
    // ovn-northd and ovn-ic, if both are there
    programs: Option<[PathBuf; 2]>,
    stage: Stage,
}

impl Demo {
    fn start(show: &mut Show) -> Result<Demo, String> {
        let stage = Stage::start()?;
        let path = std::env::var_os("PATH").unwrap_or_default();
        let found = DAEMONS.map(|(program, package)| (daemons::find(program, &path), program, package));
        let missing: Vec<String> = found
            .iter()
            .filter(|(file, ..)| file.is_none())
            .map(|(_, program, package)| format!("{program} (Debian package {package})"))
            .collect();
        let programs = match found {
            [(Some(northd), ..), (Some(ic), ..)] => Some([northd, ic]),
            _ => None,
        };
        if !missing.is_empty() {
            show.note(&format!("Not installed: {}; no routes will be learned.", missing.join(" and ")));
        }
        Ok(Demo { daemons: Daemons::default(), programs, stage })
    }

    fn play(&mut self, show: &mut Show) -> Result<(), String> {
        SCRIPT.iter().try_for_each(|step| self.step(*step, show))
    }

    fn step(&mut self, step: Step, show: &mut Show) -> Result<(), String> {
        let with_daemons = self.programs.is_some();
        match step {
            Step::Part(title) => show.part(title),
            Step::Run { when, at, tool, line } => {
                if when == When::Always || (when == When::WithDaemons) == with_daemons {
                    if when == When::Without {
                        show.note("ovn-ic would do this:");
                    }
                    self.run(at, tool, line, show)?;
                }
            }
            Step::Northd(at) => self.northd(at, show)?,
            Step::Ic(at) => self.ic(at, show)?,
            Step::Await { at, tool, line, what } if with_daemons => {
                self.wait(at, tool, line, what)?;
                show.daemon(at, what);
            }
            Step::Bind { at, port, chassis } if with_daemons => {
                let made = format!("find Port_Binding logical_port={port} type=chassisredirect");
                self.wait(at, Tool::Sb, &made, "ovn-northd makes the port of the gateway")?;
                let uuid = self.output(at, Tool::Sb, &format!("get Chassis {chassis} _uuid"))?;
                show.note("ovn-controller would do this on the gateway node:");
                let line = format!("set Port_Binding {port} chassis={} up=true", uuid.trim());
                self.run(at, Tool::Sb, &line, show)?;
            }
            Step::Await { .. } | Step::Bind { .. } => {}
        }
        Ok(())
    }

    fn run(&self, at: Place, tool: Tool, line: &str, show: &mut Show) -> Result<(), String> {
        let output = self.output(at, tool, line)?;
        show.command(at, &shell::line([tool.name()].into_iter().chain(line.split(' '))), &output);
        Ok(())
    }

    fn output(&self, at: Place, tool: Tool, line: &str) -> Result<String, String> {
        let mut words = vec!["-voff".to_owned(), format!("--db={}", self.stage.remote(at, tool))];
        words.extend(line.split(' ').map(str::to_owned));
        match output_of(tool.def(), tool.name(), &words) {
            Ok(output) => Ok(String::from_utf8_lossy(&output).into_owned()),
            Err(error) => Err(format!("{} at {}: {line}: {}", tool.name(), at.name(), error.message)),
        }
    }

    fn wait(&mut self, at: Place, tool: Tool, line: &str, what: &str) -> Result<(), String> {
        let deadline = Instant::now() + AWAIT_WITHIN;
        while self.output(at, tool, line)?.is_empty() {
            if let Some(daemon) = self.daemons.fallen() {
                return Err(format!("{daemon} has ended by itself"));
            }
            if Instant::now() > deadline {
                let secs = AWAIT_WITHIN.as_secs();
                return Err(format!("at {}, {what}: not so within {secs} seconds", at.name()));
            }
            std::thread::sleep(AWAIT_EVERY);
        }
        Ok(())
    }

    fn northd(&mut self, at: Place, show: &mut Show) -> Result<(), String> {
        let Some([northd, _]) = &self.programs else { return Ok(()) };
        let arguments = [
            format!("--ovnnb-db={}", self.stage.remote(at, Tool::Nb)),
            format!("--ovnsb-db={}", self.stage.remote(at, Tool::Sb)),
            format!("--unixctl={}", self.stage.folder(at).join("northd.ctl").display()),
        ];
        let started = self.daemons.start(northd, &arguments, &self.stage.folder(at));
        started.map_err(|e| format!("cannot start {}: {e}", northd.display()))?;
        show.daemon(at, "ovn-northd is started");
        Ok(())
    }

    fn ic(&mut self, at: Place, show: &mut Show) -> Result<(), String> {
        let Some([_, ic]) = &self.programs else { return Ok(()) };
        let arguments = [
            format!("--ovnnb-db={}", self.stage.remote(at, Tool::Nb)),
            format!("--ovnsb-db={}", self.stage.remote(at, Tool::Sb)),
            format!("--ic-nb-db={}", self.stage.remote(at, Tool::IcNb)),
            format!("--ic-sb-db={}", self.stage.remote(at, Tool::IcSb)),
            format!("--unixctl={}", self.stage.folder(at).join("ic.ctl").display()),
        ];
        let started = self.daemons.start(ic, &arguments, &self.stage.folder(at));
        started.map_err(|e| format!("cannot start {}: {e}", ic.display()))?;
        show.daemon(at, "ovn-ic is started");
        Ok(())
    }
}
