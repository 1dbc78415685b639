//! Where are the real programs that the tests compare with: those of Debian's Open vSwitch 3.1 and 4.0?

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A release of Open vSwitch: the installed one, or one unpacked by `scripts/ovn-release`.
#[derive(Clone, Debug)]
pub(crate) struct Release {
    /// `3.1` or `4.0`.
    pub(crate) version: &'static str,
    root: PathBuf,
}

impl Release {
    /// The oldest and the newest one.
    pub(crate) fn both() -> [Release; 2] {
        [Release::find("3.1", "bookworm"), Release::find("4.0", "sid")]
    }

    fn find(version: &'static str, suite: &str) -> Release {
        let unpacked = match std::env::var_os("OVN_RELEASES") {
            Some(folder) => Path::new(&folder).join(suite),
            None => Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/releases").join(suite),
        };
        let roots = [unpacked, PathBuf::from("/")];
        let found = roots.into_iter().map(|root| Release { version, root }).find(Release::is_what_it_says);
        found.unwrap_or_else(|| {
            panic!("Open vSwitch {version} is not here: run scripts/test, which installs and unpacks it")
        })
    }

    fn is_what_it_says(&self) -> bool {
        let Ok(output) = Command::new(self.root.join("usr/bin/ovsdb-tool")).arg("--version").output() else {
            return false;
        };
        String::from_utf8_lossy(&output.stdout)
            .starts_with(&format!("ovsdb-tool (Open vSwitch) {}.", self.version))
    }

    /// The full path of one of its programs.
    pub(crate) fn program(&self, name: &str) -> PathBuf {
        let places = ["usr/bin", "usr/sbin"].map(|folder| self.root.join(folder).join(name));
        places.into_iter().find(|place| place.exists()).unwrap_or_else(|| {
            panic!("{name} of Open vSwitch {} is not below {}", self.version, self.root.display())
        })
    }

    /// The schema file of OVN's northbound database.
    pub(crate) fn northbound_schema(&self) -> PathBuf {
        self.root.join("usr/share/ovn/ovn-nb.ovsschema")
    }

    /// Runs `ovsdb-tool`.
    pub(crate) fn tool(&self, args: &[&std::ffi::OsStr]) -> Output {
        Command::new(self.program("ovsdb-tool")).args(args).output().unwrap()
    }

    /// What `ovsdb-tool` prints. Fails the test if it fails.
    pub(crate) fn tool_says(&self, args: &[&std::ffi::OsStr]) -> String {
        let output = self.tool(args);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "ovsdb-tool {}: {args:?}: {said}", self.version);
        String::from_utf8(output.stdout).unwrap()
    }
}
