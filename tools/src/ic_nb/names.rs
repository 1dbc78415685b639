//! By which names do the database commands find rows of the interconnection Northbound database?

use crate::ctl::db::record::NameRule;

/// In the order in which they are tried.
pub(super) static RULES: &[NameRule] = &[
    NameRule::by("Transit_Router", "name"),
    NameRule::by("Transit_Router_Port", "name"),
    NameRule::by("Transit_Router_Port", "tr_uuid"),
    NameRule::by("Transit_Router_Port", "mac"),
    NameRule::by("Transit_Switch", "name"),
];
