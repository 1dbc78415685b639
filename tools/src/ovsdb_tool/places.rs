//! Which files are meant where none is named?

use crate::ctl::remote::folder;

/// The database file that is meant where none is named.
pub(super) fn default_database(env: &dyn Fn(&str) -> Option<String>) -> String {
    let system =
        env("OVS_SYSCONFDIR").map_or("/etc/openvswitch".to_owned(), |dir| format!("{dir}/openvswitch"));
    format!("{}/conf.db", folder(env, "OVS_DBDIR", &system))
}

/// The schema file that is meant where none is named.
pub(super) fn default_schema(env: &dyn Fn(&str) -> Option<String>) -> String {
    format!("{}/vswitch.ovsschema", folder(env, "OVS_PKGDATADIR", "/usr/share/openvswitch"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn environment() {
        let check = |vars: &[(&str, &str)], database: &str, schema: &str| {
            let env = |name: &str| vars.iter().find(|(n, _)| *n == name).map(|(_, v)| v.to_string());
            assert_eq!((default_database(&env).as_str(), default_schema(&env).as_str()), (database, schema));
        };
        check(&[], "/etc/openvswitch/conf.db", "/usr/share/openvswitch/vswitch.ovsschema");
        check(
            &[("OVS_SYSCONFDIR", "/s"), ("OVS_PKGDATADIR", "/p")],
            "/s/openvswitch/conf.db",
            "/p/vswitch.ovsschema",
        );
        check(
            &[("OVS_SYSCONFDIR", "/s"), ("OVS_DBDIR", "/d"), ("OVS_PKGDATADIR", "")],
            "/d/conf.db",
            "/usr/share/openvswitch/vswitch.ovsschema",
        );
    }
}
