//! What `get-ssl`, `set-ssl` and `del-ssl` do: which TLS files the server of the Southbound database uses.

use crate::tables::{SbGlobal, Ssl};
use ovsdb_proto::row::{ReadError, Table};
use ovsdb_proto::txn::Txn;
use ovsdb_proto::txn::remotes::{self, Place};

pub use ovsdb_proto::txn::remotes::SslFiles;

const PLACE: Place =
    Place { global: <SbGlobal as Table>::NAME, column: SbGlobal::SSL.name(), table: <Ssl as Table>::NAME };

/// The TLS files, if any are set; what is allowed beyond the default is not looked at. If the transaction changes anything, they must still be the same
/// when it is carried out.
///
/// # Errors
/// What reading may lack.
pub fn get(t: &mut Txn<'_>) -> Result<Option<SslFiles>, ReadError> {
    remotes::ssl(t, PLACE)
}

/// Puts these TLS files in place of the old ones; `None` takes them away.
///
/// # Errors
/// What reading may lack.
pub fn replace(t: &mut Txn<'_>, with: Option<&SslFiles>) -> Result<(), ReadError> {
    remotes::replace_ssl(t, PLACE, with)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tables::schema;
    use ovsdb_proto::replica::{Absent, Snapshot};
    use std::sync::Arc;

    #[test]
    fn one_round_reads_both_tables() {
        let snapshot = Snapshot::new(Arc::clone(schema()), Arc::new(Absent::default()));
        let mut t = Txn::new(&snapshot, 1);
        assert!(matches!(get(&mut t), Err(ReadError::Missing(_))));
        let asked: Vec<_> = t.missing().iter().map(|query| query.table).collect();
        assert_eq!(asked, [PLACE.global, PLACE.table].map(|name| schema().table_id(name).unwrap()));
    }
}
