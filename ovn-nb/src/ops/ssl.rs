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
    use crate::ops::tests::{Rows, cell, check, rows};

    fn contents() -> Rows {
        let mut contents = rows();
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
        let expect = SslFiles { bootstrap_ca_cert: true, ..files("/key") };
        check(&contents(), get, &format!("{:?}", Some(expect)), &[], 1);
        check(&rows(), get, "None", &["+NB_Global new1"], 1);
    }

    #[test]
    fn files_are_replaced() {
        let with = SslFiles { protocols: Some("TLSv1.2".into()), ..files("/new") };
        let changes = [
            r#"+SSL new1 ca_cert="/ca" certificate="/cert" private_key="/new" ssl_protocols=TLSv1.2"#,
            "-SSL #1",
            "~NB_Global #2 ssl=new1",
        ];
        let trial = check(&contents(), |t| replace(t, Some(&with)), "()", &changes, 1);
        let sent = "\
wait,table:NB_Global,timeout:0,where:[[_uuid,==,[uuid,#2]]],columns:[ssl],until:==,rows:[{ssl:[uuid,#1]}]
insert,table:SSL,uuid-name:new1,row:{ca_cert:/ca,certificate:/cert,private_key:/new,ssl_protocols:TLSv1.2}
update,table:NB_Global,where:[[_uuid,==,[uuid,#2]]],row:{ssl:[named-uuid,new1]}";
        assert_eq!(trial.sent.join("\n"), sent);
        let and_back = |t: &mut Txn<'_>| {
            replace(t, Some(&with))?;
            get(t)?;
            replace(t, None)?;
            get(t)
        };
        check(&contents(), and_back, "None", &["-SSL #1", "~NB_Global #2 ssl=[]"], 2);
        check(&rows(), |t| replace(t, None), "()", &["+NB_Global new1"], 1);
    }
}
