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
    use ovsdb_server::trial::{Rows, cell};

    /// Files #1 of the global row #2.
    fn rows() -> Rows {
        let mut rows = Rows::new(schema());
        let cells = [(Ssl::PRIVATE_KEY, "key"), (Ssl::CERTIFICATE, "cert"), (Ssl::CA_CERT, "ca")];
        let ssl = rows.row(&cells.map(|(column, file)| cell(column, file.to_owned())));
        rows.row(&[cell(SbGlobal::SSL, Some(ssl))]);
        rows
    }

    fn files(key: &str) -> SslFiles {
        SslFiles {
            private_key: key.into(),
            certificate: "cert".into(),
            ca_cert: "ca".into(),
            ..SslFiles::default()
        }
    }

    #[test]
    fn files_are_read_in_one_round_and_replaced() {
        rows().run(get).unwrap().assert(&format!("{:?}", Some(files("key"))), &[], 1);
        let changes =
            ["+SSL new1 ca_cert=ca certificate=cert private_key=new", "-SSL #1", "~SB_Global #2 ssl=new1"];
        rows().run(|t| replace(t, Some(&files("new")))).unwrap().assert("()", &changes, 1);
        rows().run(|t| replace(t, None)).unwrap().assert("()", &["-SSL #1", "~SB_Global #2 ssl=[]"], 1);
    }
}
