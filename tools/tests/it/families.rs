//! Which case files are compared with which releases?

/// One module for each case file, with one test for each release, and one that puts our server beside the newest.
macro_rules! families {
    ($($family:ident $file:literal)*) => {
        $(mod $family {
            #[test]
            fn as_23_03() {
                crate::diff::compare($file, "23.03");
            }

            #[test]
            fn as_26_03() {
                crate::diff::compare($file, "26.03");
            }

            #[test]
            fn on_our_server() {
                crate::diff::compare_servers($file, "26.03");
            }
        })*

        const FILES: &[&str] = &[$($file),*];
    };
}

families! {
    args "args"
    connection "connection"
    counters "counters"
    counters_ic "counters-ic"
    db_create_destroy "db-create-destroy"
    db_find "db-find"
    db_get_set "db-get-set"
    db_line "db-line"
    db_lookup "db-lookup"
    db_old "db-old"
    db_order "db-order"
    db_tools "db-tools"
    del "del"
    formats "formats"
    ic "ic"
    nb_addresses "nb-addresses"
    nb_chains "nb-chains"
    nb_route "nb-route"
    nb_route_del "nb-route-del"
    nb_router "nb-router"
    nb_router_odd "nb-router-odd"
    nb_show "nb-show"
    nb_switch "nb-switch"
    nb_switch_port "nb-switch-port"
    old "old"
    sb "sb"
    vs "vs"
}

#[test]
fn every_case_file_is_compared() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap();
        assert!(
            name.ends_with("on-purpose") || name.starts_with("ovsdb-") || FILES.contains(&name),
            "{name}.txt is compared by no test"
        );
    }
}
