//! Where are the programs and schemas of each OVN release that the tests compare with?

use std::path::{Path, PathBuf};
use std::process::Command;

/// A release of OVN, with the OVS it came with: the installed one, or one unpacked by `scripts/ovn-release`.
#[derive(Clone, Debug)]
pub(crate) struct Release {
    /// `23.03`, `25.03` or `26.03`.
    pub(crate) name: &'static str,
    root: PathBuf,
    /// Whether our programs stand in for its ovsdb-server and ovsdb-tool.
    our_server: bool,
}

/// One of the five databases and the tool that belongs to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Database {
    Nb,
    Sb,
    IcNb,
    IcSb,
    Vs,
}

impl Database {
    pub(crate) const ALL: [Database; 5] =
        [Database::Nb, Database::Sb, Database::IcNb, Database::IcSb, Database::Vs];

    /// Its name in the protocol.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Database::Nb => "OVN_Northbound",
            Database::Sb => "OVN_Southbound",
            Database::IcNb => "OVN_IC_Northbound",
            Database::IcSb => "OVN_IC_Southbound",
            Database::Vs => "Open_vSwitch",
        }
    }

    /// The socket that its tool connects to by default, below the run directory.
    pub(crate) fn socket(self) -> &'static str {
        match self {
            Database::Nb => "ovnnb_db.sock",
            Database::Sb => "ovnsb_db.sock",
            Database::IcNb => "ovn_ic_nb_db.sock",
            Database::IcSb => "ovn_ic_sb_db.sock",
            Database::Vs => "db.sock",
        }
    }

    /// The name of its C tool.
    pub(crate) fn tool(self) -> &'static str {
        match self {
            Database::Nb => "ovn-nbctl",
            Database::Sb => "ovn-sbctl",
            Database::IcNb => "ovn-ic-nbctl",
            Database::IcSb => "ovn-ic-sbctl",
            Database::Vs => "ovs-vsctl",
        }
    }

    /// The name that case files give to the tool.
    pub(crate) fn short_tool(self) -> &'static str {
        match self {
            Database::Nb => "nbctl",
            Database::Sb => "sbctl",
            Database::IcNb => "icnbctl",
            Database::IcSb => "icsbctl",
            Database::Vs => "vsctl",
        }
    }

    /// The environment variable that holds the tool's default remote.
    pub(crate) fn variable(self) -> Option<&'static str> {
        match self {
            Database::Nb => Some("OVN_NB_DB"),
            Database::Sb => Some("OVN_SB_DB"),
            Database::IcNb => Some("OVN_IC_NB_DB"),
            Database::IcSb => Some("OVN_IC_SB_DB"),
            Database::Vs => None,
        }
    }

    fn schema(self) -> &'static str {
        match self {
            Database::Nb => "ovn-nb.ovsschema",
            Database::Sb => "ovn-sb.ovsschema",
            Database::IcNb => "ovn-ic-nb.ovsschema",
            Database::IcSb => "ovn-ic-sb.ovsschema",
            Database::Vs => "vswitch.ovsschema",
        }
    }
}

impl Release {
    /// The release called `name`. Fails the test if it is not there.
    pub(crate) fn find(name: &str) -> Release {
        let (name, suite) = match name {
            "23.03" => ("23.03", "bookworm"),
            "25.03" => ("25.03", "trixie"),
            "26.03" => ("26.03", "sid"),
            _ => panic!("no such release: {name}"),
        };
        let unpacked = match std::env::var_os("OVN_RELEASES") {
            Some(folder) => Path::new(&folder).join(suite),
            None => Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/releases").join(suite),
        };
        let roots = [unpacked, PathBuf::from("/")];
        let found = roots
            .into_iter()
            .map(|root| Release { name, root, our_server: false })
            .find(Release::is_what_it_says);
        found.unwrap_or_else(|| {
            panic!("OVN {name} is not here: run scripts/test, which installs and unpacks it")
        })
    }

    fn is_what_it_says(&self) -> bool {
        let Ok(output) = Command::new(self.root.join("usr/bin/ovn-nbctl")).arg("--version").output() else {
            return false;
        };
        String::from_utf8_lossy(&output.stdout).starts_with(&format!("ovn-nbctl {}.", self.name))
    }

    /// The same with our server in place of its own.
    pub(crate) fn on_our_server(self) -> Release {
        Release { our_server: true, ..self }
    }

    /// The full path of one of its programs.
    pub(crate) fn program(&self, name: &str) -> PathBuf {
        match name {
            "ovsdb-server" if self.our_server => return env!("CARGO_BIN_EXE_ovsdb-server").into(),
            "ovsdb-tool" if self.our_server => return env!("CARGO_BIN_EXE_ovsdb-tool").into(),
            _ => {}
        }
        let places = ["usr/bin", "usr/sbin"].map(|folder| self.root.join(folder).join(name));
        places.into_iter().find(|place| place.exists()).unwrap_or_else(|| {
            panic!("{name} of OVN {} is not below {}: run scripts/test", self.name, self.root.display())
        })
    }

    /// The schema file of one of its databases.
    pub(crate) fn schema(&self, database: Database) -> PathBuf {
        let package = if database == Database::Vs { "openvswitch" } else { "ovn" };
        self.root.join("usr/share").join(package).join(database.schema())
    }
}

/// The schema file of a database as OVN 20.12 had it.
pub(crate) fn schema_20_12(database: Database) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/schemas/20.12").join(database.schema())
}
