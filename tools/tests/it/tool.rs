//! How is one command line of a tool run, and what is there to see of it afterwards?

use std::ffi::OsStr;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::{OnceLock, mpsc};
use std::time::Duration;

use crate::release::{Database, Release};

/// Far longer than any command takes; a tool that has not ended by then hangs.
const DEADLINE: Duration = Duration::from_secs(300);

/// Where the five tools are.
#[derive(Clone, Debug)]
pub(crate) enum Tools {
    /// The C tools of a release.
    Of(Release),
    /// A folder that holds programs or links called `ovn-nbctl` and so on.
    In(PathBuf),
}

/// What a script can see of a run.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Outcome {
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    /// `exit 0`, `signal 14`.
    pub(crate) status: String,
}

impl Tools {
    /// The tools that this project builds, called by the names of the C tools; those in the folder
    /// `OVN_TOOLS_UNDER_TEST` if that is set.
    pub(crate) fn under_test() -> Tools {
        if let Some(folder) = std::env::var_os("OVN_TOOLS_UNDER_TEST") {
            return Tools::In(folder.into());
        }
        static LINKS: OnceLock<PathBuf> = OnceLock::new();
        Tools::In(LINKS.get_or_init(link_built_programs).clone())
    }

    /// The program that is the tool of `database`.
    pub(crate) fn program(&self, database: Database) -> PathBuf {
        match self {
            Tools::Of(release) => release.program(database.tool()),
            Tools::In(folder) => folder.join(database.tool()),
        }
    }

    /// Runs the tool of `database`, with nothing in its environment but where the sockets are and `variables`.
    pub(crate) fn run<S: AsRef<OsStr>>(
        &self,
        database: Database,
        run_dir: &Path,
        variables: &[(String, String)],
        arguments: &[S],
    ) -> Outcome {
        let mut command = Command::new(self.program(database));
        // As from a shell: the name that the program sees and writes into comments has no folder.
        command.arg0(database.tool());
        command.args(arguments).env_clear().current_dir(run_dir).stdin(Stdio::null());
        command.env("PATH", "/usr/bin:/bin:/usr/sbin:/sbin").env("LC_ALL", "C.UTF-8").env("TZ", "UTC");
        for variable in ["OVN_RUNDIR", "OVS_RUNDIR", "OVN_LOGDIR", "OVS_LOGDIR", "HOME"] {
            command.env(variable, run_dir);
        }
        command.env("OVS_SYSLOG_METHOD", "null").env("OVS_CTL_TIMEOUT", "20");
        command.envs(variables.iter().map(|(name, value)| (name, value)));
        run(command)
    }
}

/// Runs a command to its end and fails the test if it does not end.
pub(crate) fn run(mut command: Command) -> Outcome {
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let child = child.unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let pid = child.id().to_string();
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || sender.send(child.wait_with_output()));
    let Ok(output) = receiver.recv_timeout(DEADLINE) else {
        let _ = Command::new("kill").args(["-9", &pid]).status();
        panic!("{command:?} did not end within {DEADLINE:?}");
    };
    let output = output.unwrap();
    Outcome {
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        status: shown(output.status),
    }
}

pub(crate) fn shown(status: ExitStatus) -> String {
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("exit {code}"),
        (None, Some(signal)) => format!("signal {signal}"),
        (None, None) => status.to_string(),
    }
}

/// Makes a folder in which the programs that Cargo built stand under the names of the C tools.
fn link_built_programs() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("tools");
    std::fs::create_dir_all(&folder).unwrap();
    let built = [
        (Database::Nb, env!("CARGO_BIN_EXE_ovn-nb")),
        (Database::Sb, env!("CARGO_BIN_EXE_ovn-sb")),
        (Database::IcNb, env!("CARGO_BIN_EXE_ovn-ic-nb")),
        (Database::IcSb, env!("CARGO_BIN_EXE_ovn-ic-sb")),
        (Database::Vs, env!("CARGO_BIN_EXE_ovs-vs")),
    ];
    for (database, program) in built {
        let link = folder.join(database.tool());
        let _ = std::fs::remove_file(&link);
        std::os::unix::fs::symlink(program, &link).unwrap();
    }
    folder
}
