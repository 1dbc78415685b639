//! Which row a `uuid-name` means, before or after the insert that defines it.

use super::Ids;
use ovsdb_proto::value::Uuid;
use std::collections::HashMap;

/// The names of one transaction.
#[derive(Debug, Default)]
pub(super) struct Names(HashMap<Box<str>, Named>);

#[derive(Clone, Copy, Debug)]
struct Named {
    uuid: Uuid,
    defined: bool,
}

impl Names {
    /// The row that a reference by name means. As in ovsdb-server, a name that no insert ever defines is the name of a row that does
    /// not exist.
    pub(super) fn refer(&mut self, name: &str, ids: &mut Ids) -> Option<Uuid> {
        if let Some(named) = self.0.get(name) {
            return Some(named.uuid);
        }
        if !is_id(name) {
            return None;
        }
        let uuid = ids.next();
        self.0.insert(name.into(), Named { uuid, defined: false });
        Some(uuid)
    }

    /// The identity of a new row of this name, which is `uuid` if one is given, and `fresh` if it was not referred to before; `None` if the name is taken.
    pub(super) fn define(
        &mut self,
        name: &str,
        uuid: Option<Uuid>,
        fresh: impl FnOnce() -> Uuid,
    ) -> Option<Uuid> {
        let known = self.0.get(name).copied();
        if known.is_some_and(|named| named.defined) {
            return None;
        }
        let uuid = uuid.or(known.map(|named| named.uuid)).unwrap_or_else(fresh);
        self.0.insert(name.into(), Named { uuid, defined: true });
        Some(uuid)
    }
}

/// Whether a text is an `<id>` (RFC 7047 section 3.1).
pub(super) fn is_id(text: &str) -> bool {
    let mut bytes = text.bytes();
    bytes.next().is_some_and(|b| b.is_ascii_alphabetic() || b == b'_')
        && bytes.all(|b| b.is_ascii_alphanumeric() || b == b'_')
}
