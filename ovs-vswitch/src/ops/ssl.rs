//! What `get-ssl`, `set-ssl` and `del-ssl` do: which TLS files the programs of the node use.

use crate::tables::{OpenVSwitch, Ssl};
use ovsdb_proto::row::{ReadError, Table};
use ovsdb_proto::txn::Txn;
use ovsdb_proto::txn::remotes::{self, Place};

pub use ovsdb_proto::txn::remotes::SslFiles;

const PLACE: Place = Place {
    global: <OpenVSwitch as Table>::NAME,
    column: OpenVSwitch::SSL.name(),
    table: <Ssl as Table>::NAME,
};

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
