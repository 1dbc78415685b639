//! Against which versions of ovsdb-server is tested: the installed one, and the newest that Debian has.

use std::path::{Path, PathBuf};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Version {
    /// On the path; 3.1 on Debian bookworm.
    Installed,
    /// Open vSwitch 4.0, unpacked by scripts/ovn-release.
    Newest,
}

pub(crate) const ALL: [Version; 2] = [Version::Installed, Version::Newest];

impl Version {
    /// How its program `name` is called.
    pub(crate) fn program(self, name: &str) -> PathBuf {
        if self == Version::Installed {
            return name.into();
        }
        let releases = match std::env::var_os("OVN_RELEASES") {
            Some(folder) => PathBuf::from(folder),
            None => Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/releases"),
        };
        let places = ["usr/bin", "usr/sbin"].map(|folder| releases.join("sid").join(folder).join(name));
        let found = places.into_iter().find(|place| place.exists());
        found.unwrap_or_else(|| {
            panic!("{name} of Open vSwitch 4.0 is not below {}: run scripts/test", releases.display())
        })
    }
}
