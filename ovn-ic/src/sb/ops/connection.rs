//! What `get-connection`, `set-connection` and `del-connection` do: where the server of the interconnection Southbound database listens.

use crate::sb::tables::{Connection, IcSbGlobal};
use ovsdb_proto::row::{ReadError, Table};
use ovsdb_proto::txn::Txn;
use ovsdb_proto::txn::remotes::{self, Place};

pub use ovsdb_proto::txn::remotes::Remote;

const PLACE: Place = Place {
    global: <IcSbGlobal as Table>::NAME,
    column: IcSbGlobal::CONNECTIONS.name(),
    table: <Connection as Table>::NAME,
};

/// The remotes, in no particular order. If the transaction changes anything, they must still be the same when it is carried out.
///
/// # Errors
/// What reading may lack.
pub fn list(t: &mut Txn<'_>) -> Result<Vec<Remote>, ReadError> {
    remotes::list(t, PLACE)
}

/// Puts these remotes in place of all others; none takes them all away.
///
/// # Errors
/// What reading may lack; a remote says what its clients may do, which this database has no column for.
pub fn replace(t: &mut Txn<'_>, with: &[Remote]) -> Result<(), ReadError> {
    remotes::replace(t, PLACE, with)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sb::tables::schema;
    use ovsdb_proto::replica::{Absent, Snapshot};
    use std::sync::Arc;

    #[test]
    fn one_round_reads_both_tables() {
        let snapshot = Snapshot::new(Arc::clone(schema()), Arc::new(Absent::default()));
        let mut t = Txn::new(&snapshot, 1);
        assert!(matches!(list(&mut t), Err(ReadError::Missing(_))));
        let asked: Vec<_> = t.missing().iter().map(|query| query.table).collect();
        assert_eq!(asked, [PLACE.global, PLACE.table].map(|name| schema().table_id(name).unwrap()));
    }
}
