//! Which of OVN's daemons are there, and how are they started and ended?

use std::ffi::OsStr;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// How long a daemon may take to end when it is asked to.
const END_WITHIN: Duration = Duration::from_secs(5);

/// The program of this name, in one of the folders of `path`.
pub(super) fn find(program: &str, path: &OsStr) -> Option<PathBuf> {
    std::env::split_paths(path).map(|folder| folder.join(program)).find(|file| file.is_file())
}

/// The daemons that take part, ended when this is dropped.
#[derive(Debug, Default)]
pub(super) struct Daemons {
    running: Vec<(String, Child)>,
}

impl Daemons {
    /// Starts `program`, which keeps its files in `folder`.
    ///
    /// # Errors
    /// It cannot be started.
    pub(super) fn start(&mut self, program: &Path, arguments: &[String], folder: &Path) -> io::Result<()> {
        let name = program.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let log = File::create(folder.join(format!("{name}.out")))?;
        let mut command = Command::new(program);
        command
            .args(arguments)
            .args(["-vconsole:off", "-vsyslog:off"])
            .arg(format!("--log-file={}", folder.join(format!("{name}.log")).display()));
        for variable in ["OVN_RUNDIR", "OVS_RUNDIR", "OVN_LOGDIR", "OVS_LOGDIR", "OVN_DBDIR"] {
            command.env(variable, folder);
        }
        command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
        self.running.push((name, command.spawn()?));
        Ok(())
    }

    /// The name of a daemon that has ended by itself.
    pub(super) fn fallen(&mut self) -> Option<String> {
        self.running.iter_mut().find_map(|(name, child)| match child.try_wait() {
            Ok(Some(_)) => Some(name.clone()),
            _ => None,
        })
    }
}

impl Drop for Daemons {
    fn drop(&mut self) {
        for (_, child) in &self.running {
            if let Some(pid) = i32::try_from(child.id()).ok().and_then(rustix::process::Pid::from_raw) {
                // one that has ended already is no reason to fail
                let _ = rustix::process::kill_process(pid, rustix::process::Signal::TERM);
            }
        }
        let deadline = Instant::now() + END_WITHIN;
        for (_, child) in &mut self.running {
            while matches!(child.try_wait(), Ok(None)) && Instant::now() < deadline {
                std::thread::sleep(Duration::from_millis(5));
            }
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_are_found_in_the_order_of_the_path() {
        assert_eq!(find("sh", OsStr::new("/nowhere:/bin:/usr/bin")), Some(PathBuf::from("/bin/sh")));
        assert_eq!(find("no such program", OsStr::new("/bin")), None);
        assert_eq!(find("sh", OsStr::new("")), None);
    }
}
