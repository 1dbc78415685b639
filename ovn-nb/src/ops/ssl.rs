//! What `get-ssl`, `set-ssl` and `del-ssl` do: which TLS files the server of the Northbound database uses.

use crate::tables::{NbGlobal, Ssl};
use ovsdb_proto::row::{ReadError, Table};
use ovsdb_proto::txn::Txn;
use ovsdb_proto::txn::remotes::{self, Place};

pub use ovsdb_proto::txn::remotes::SslFiles;

const PLACE: Place =
    Place { global: <NbGlobal as Table>::NAME, column: NbGlobal::SSL.name(), table: <Ssl as Table>::NAME };

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
    use crate::ops::OpError;
    use crate::ops::tests::{Contents, cell};

    fn contents() -> Contents {
        let mut contents = Contents::default();
        let ssl = contents.row::<Ssl>(&[
            cell(Ssl::PRIVATE_KEY, "/key".to_owned()),
            cell(Ssl::CERTIFICATE, "/cert".to_owned()),
            cell(Ssl::CA_CERT, "/ca".to_owned()),
            cell(Ssl::BOOTSTRAP_CA_CERT, true),
        ]);
        contents.row::<NbGlobal>(&[cell(NbGlobal::SSL, Some(ssl))]);
        contents
    }

    fn files(key: &str) -> SslFiles {
        SslFiles {
            private_key: key.into(),
            certificate: "/cert".into(),
            ca_cert: "/ca".into(),
            ..SslFiles::default()
        }
    }

    #[test]
    fn files_are_read() {
        let (done, rounds) = contents().run(|t| Ok::<_, OpError>(get(t)?));
        let expect = SslFiles { bootstrap_ca_cert: true, ..files("/key") };
        assert_eq!((done.answer, rounds), (format!("{:?}", Some(expect)), 1));
        let (done, _) = Contents::default().run(|t| Ok::<_, OpError>(get(t)?));
        assert_eq!(done.answer, "None");
    }

    #[test]
    fn files_are_replaced() {
        let with = SslFiles { protocols: Some("TLSv1.2".into()), ..files("/new") };
        let (done, _) = contents().run(|t| Ok::<_, OpError>(replace(t, Some(&with))?));
        let expect = "\
wait,table:NB_Global,timeout:0,where:[[_uuid,==,[uuid,#2]]],columns:[ssl],until:==,rows:[{ssl:[uuid,#1]}]
insert,table:SSL,uuid-name:new1,row:{ca_cert:/ca,certificate:/cert,private_key:/new,ssl_protocols:TLSv1.2}
update,table:NB_Global,where:[[_uuid,==,[uuid,#2]]],row:{ssl:[named-uuid,new1]}";
        assert_eq!(done.sent, expect);
        let (done, _) = contents().run(|t| {
            replace(t, Some(&with))?;
            get(t)?;
            replace(t, None)?;
            Ok::<_, OpError>(get(t)?)
        });
        assert_eq!(done.answer, "None");
        let (done, _) = Contents::default().run(|t| Ok::<_, OpError>(replace(t, None)?));
        assert!(!done.sent.contains("SSL"), "{}", done.sent);
    }
}
