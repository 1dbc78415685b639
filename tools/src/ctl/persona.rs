//! Which of the five tools are we, by which name were we called, and what follows from that?

/// The five tools.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Tool {
    /// OVN Northbound.
    Nb,
    /// OVN Southbound.
    Sb,
    /// OVN interconnection Northbound.
    IcNb,
    /// OVN interconnection Southbound.
    IcSb,
    /// Open vSwitch.
    Vs,
}

/// How the C tool words the errors of its option parser.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OptionStyle {
    /// ovn-nbctl, ovn-sbctl: all options are parsed before any takes effect, a command option given twice before
    /// the first `--` is an error.
    Dbctl,
    /// The others: libc's texts, options take effect as they come, of a command option given twice the last counts.
    Libc,
}

/// What does not change while a tool runs.
#[derive(Clone, Copy, Debug)]
pub struct ToolInfo {
    /// Which tool.
    pub tool: Tool,
    /// The name of the C tool.
    pub c_name: &'static str,
    /// Our own name.
    pub own_name: &'static str,
    /// What it is for, as help puts it.
    pub purpose: &'static str,
    /// The OVSDB database.
    pub database: &'static str,
    /// The environment variable with the default of `--db`.
    pub db_env: Option<&'static str>,
    /// The environment variable with words that come before those of the command line.
    pub options_env: Option<&'static str>,
    /// The environment variable with the socket of a daemon that is to do the work.
    pub daemon_env: Option<&'static str>,
    /// The environment variable with the folder of the default socket.
    pub rundir_env: &'static str,
    /// The folder of the default socket when that variable is unset or empty.
    pub rundir: &'static str,
    /// The file name of the default socket.
    pub socket: &'static str,
    /// The name of the tool's own log module: `ovn_dbctl`.
    pub log_module: &'static str,
    /// How errors of the option parser are worded.
    pub option_style: OptionStyle,
    /// The table whose one row holds the counters and the default references.
    pub global_table: &'static str,
}

const OVN: ToolInfo = ToolInfo {
    tool: Tool::Nb,
    c_name: "ovn-nbctl",
    own_name: "ovn-nb",
    purpose: "reads and changes the OVN Northbound database",
    database: "OVN_Northbound",
    db_env: Some("OVN_NB_DB"),
    options_env: Some("OVN_NBCTL_OPTIONS"),
    daemon_env: Some("OVN_NB_DAEMON"),
    rundir_env: "OVN_RUNDIR",
    rundir: "/var/run/ovn",
    socket: "ovnnb_db.sock",
    log_module: "ovn_dbctl",
    option_style: OptionStyle::Dbctl,
    global_table: "NB_Global",
};

static TOOLS: [ToolInfo; 5] = [
    OVN,
    ToolInfo {
        tool: Tool::Sb,
        c_name: "ovn-sbctl",
        own_name: "ovn-sb",
        purpose: "reads and changes the OVN Southbound database",
        database: "OVN_Southbound",
        db_env: Some("OVN_SB_DB"),
        options_env: Some("OVN_SBCTL_OPTIONS"),
        daemon_env: Some("OVN_SB_DAEMON"),
        socket: "ovnsb_db.sock",
        global_table: "SB_Global",
        ..OVN
    },
    ToolInfo {
        tool: Tool::IcNb,
        c_name: "ovn-ic-nbctl",
        own_name: "ovn-ic-nb",
        purpose: "reads and changes the OVN interconnection Northbound database",
        database: "OVN_IC_Northbound",
        db_env: Some("OVN_IC_NB_DB"),
        options_env: None,
        daemon_env: None,
        socket: "ovn_ic_nb_db.sock",
        log_module: "ic_nbctl",
        option_style: OptionStyle::Libc,
        global_table: "IC_NB_Global",
        ..OVN
    },
    ToolInfo {
        tool: Tool::IcSb,
        c_name: "ovn-ic-sbctl",
        own_name: "ovn-ic-sb",
        purpose: "reads and changes the OVN interconnection Southbound database",
        database: "OVN_IC_Southbound",
        db_env: Some("OVN_IC_SB_DB"),
        options_env: None,
        daemon_env: None,
        socket: "ovn_ic_sb_db.sock",
        log_module: "ic_sbctl",
        option_style: OptionStyle::Libc,
        global_table: "IC_SB_Global",
        ..OVN
    },
    ToolInfo {
        tool: Tool::Vs,
        c_name: "ovs-vsctl",
        own_name: "ovs-vs",
        purpose: "reads and changes the configuration of Open vSwitch on this node",
        database: "Open_vSwitch",
        db_env: None,
        options_env: None,
        daemon_env: None,
        rundir_env: "OVS_RUNDIR",
        rundir: "/var/run/openvswitch",
        socket: "db.sock",
        log_module: "vsctl",
        option_style: OptionStyle::Libc,
        global_table: "Open_vSwitch",
    },
];

impl Tool {
    /// The fixed facts about this tool.
    pub fn info(self) -> &'static ToolInfo {
        let [nb, sb, ic_nb, ic_sb, vs] = &TOOLS;
        match self {
            Tool::Nb => nb,
            Tool::Sb => sb,
            Tool::IcNb => ic_nb,
            Tool::IcSb => ic_sb,
            Tool::Vs => vs,
        }
    }

    /// The tool that goes by this base name, the C tool's or our own.
    pub fn from_name(name: &str) -> Option<Tool> {
        TOOLS.iter().find(|t| t.c_name == name || t.own_name == name).map(|t| t.tool)
    }
}

/// A tool under the name by which it was called.
#[derive(Clone, Debug)]
pub struct Persona {
    info: &'static ToolInfo,
    path: String,
    own_name: bool,
}

impl Persona {
    /// `tool`, called as `argv0`. Called by the base name of the C tool it behaves as that; by any other name it is
    /// the friendlier one.
    pub fn new(tool: Tool, argv0: &str) -> Persona {
        let info = tool.info();
        let path = if argv0.is_empty() { info.own_name } else { argv0 };
        Persona { info, path: path.to_owned(), own_name: base_name(path) != info.c_name }
    }

    /// The fixed facts about the tool.
    pub fn info(&self) -> &'static ToolInfo {
        self.info
    }

    /// Which tool.
    pub fn tool(&self) -> Tool {
        self.info.tool
    }

    /// What messages begin with: the base name of [`Persona::path`].
    pub fn name(&self) -> &str {
        base_name(&self.path)
    }

    /// The zeroth word of the command line, as it was given.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Whether we were called by another name than the C tool's, and so may print hints.
    pub fn is_own_name(&self) -> bool {
        self.own_name
    }

    /// How errors of the option parser are worded.
    pub fn option_style(&self) -> OptionStyle {
        self.info.option_style
    }

    /// Whether messages of the option parser begin with the whole path, as libc's do.
    pub fn names_itself_by_path(&self) -> bool {
        !self.own_name && self.info.option_style == OptionStyle::Libc
    }
}

/// What follows the last slash.
fn base_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        for tool in [Tool::Nb, Tool::Sb, Tool::IcNb, Tool::IcSb, Tool::Vs] {
            assert_eq!(tool.info().tool, tool);
            assert_eq!(Tool::from_name(tool.info().c_name), Some(tool));
            assert_eq!(Tool::from_name(tool.info().own_name), Some(tool));
        }
        assert_eq!(Tool::from_name("ovn"), None);
        let check = |argv0: &str, name: &str, own: bool| {
            let persona = Persona::new(Tool::Nb, argv0);
            assert_eq!((persona.name(), persona.is_own_name()), (name, own), "{argv0}");
        };
        check("/usr/bin/ovn-nbctl", "ovn-nbctl", false);
        check("./ovn-nb", "ovn-nb", true);
        check("", "ovn-nb", true);
        check("something", "something", true);
    }
}
