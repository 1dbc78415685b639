//! Which servers does a tool talk to when `--db` does not say?

use super::persona::ToolInfo;

/// The default of `--db`: the tool's own variable even if it is empty, else the socket in the run folder.
pub fn default_remote(info: &ToolInfo, env: &dyn Fn(&str) -> Option<String>) -> String {
    if let Some(remote) = info.db_env.and_then(env) {
        return remote;
    }
    format!("unix:{}/{}", folder(env, info.rundir_env, info.rundir), info.socket)
}

/// The log file that `--log-file` without a name means.
pub fn default_log_file(program: &str, env: &dyn Fn(&str) -> Option<String>) -> String {
    format!("{}/{program}.log", folder(env, "OVS_LOGDIR", "/var/log/openvswitch"))
}

/// A folder from the environment; an empty variable counts as unset.
pub fn folder(env: &dyn Fn(&str) -> Option<String>, variable: &str, default: &str) -> String {
    env(variable).filter(|v| !v.is_empty()).unwrap_or_else(|| default.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ctl::persona::Tool;

    /// Compared with the tools of 26.03.
    #[test]
    fn defaults() {
        let check = |tool: Tool, vars: &[(&str, &str)], expect: &str| {
            let env = |name: &str| vars.iter().find(|(n, _)| *n == name).map(|(_, v)| v.to_string());
            assert_eq!(default_remote(tool.info(), &env), expect, "{vars:?}");
        };
        check(Tool::Nb, &[], "unix:/var/run/ovn/ovnnb_db.sock");
        check(Tool::Sb, &[("OVN_NB_DB", "x"), ("OVN_RUNDIR", "")], "unix:/var/run/ovn/ovnsb_db.sock");
        check(Tool::IcNb, &[("OVN_RUNDIR", "/r"), ("OVS_RUNDIR", "/s")], "unix:/r/ovn_ic_nb_db.sock");
        check(Tool::IcSb, &[("OVN_IC_SB_DB", "tcp:1.2.3.4:5")], "tcp:1.2.3.4:5");
        check(Tool::Nb, &[("OVN_NB_DB", "")], "");
        check(Tool::Vs, &[("OVN_RUNDIR", "/r"), ("OVS_RUNDIR", "/s")], "unix:/s/db.sock");
        check(Tool::Vs, &[], "unix:/var/run/openvswitch/db.sock");
        let none = |_: &str| None;
        assert_eq!(default_log_file("ovn-nbctl", &none), "/var/log/openvswitch/ovn-nbctl.log");
    }
}
