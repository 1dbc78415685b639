//! Under which name was the program called, and what follows from that?

/// The name of the C program.
pub const C_NAME: &str = "ovsdb-client";
/// Our own name.
pub const OWN_NAME: &str = "ovsdb";
/// The Open vSwitch release as whose program we behave.
pub use crate::ctl::doc::OVS_RELEASE;

/// The program under the name by which it was called: as `ovsdb-client` it behaves as that, by any other name it is the friendlier one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Called {
    path: String,
}

impl Called {
    /// As the zeroth word of the command line says.
    pub fn new(argv0: &str) -> Called {
        Called { path: if argv0.is_empty() { OWN_NAME.to_owned() } else { argv0.to_owned() } }
    }

    /// The zeroth word, as it was given.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// What messages begin with.
    pub fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }

    /// Whether it was another name than the C program's.
    pub fn is_own_name(&self) -> bool {
        self.name() != C_NAME
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        let check = |argv0: &str, name: &str, own: bool| {
            let called = Called::new(argv0);
            assert_eq!((called.name(), called.is_own_name()), (name, own), "{argv0}");
        };
        check("/usr/bin/ovsdb-client", "ovsdb-client", false);
        check("./ovsdb", "ovsdb", true);
        check("", "ovsdb", true);
    }
}
