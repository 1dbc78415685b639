//! What `get-connection`, `set-connection` and `del-connection` do: where the server of the Northbound database listens.

use crate::tables::{Connection, NbGlobal};
use ovsdb_proto::row::{ReadError, Table};
use ovsdb_proto::txn::Txn;
use ovsdb_proto::txn::remotes::{self, Place};

pub use ovsdb_proto::txn::remotes::Remote;

const PLACE: Place = Place {
    global: <NbGlobal as Table>::NAME,
    column: NbGlobal::CONNECTIONS.name(),
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
/// What reading may lack.
pub fn replace(t: &mut Txn<'_>, with: &[Remote]) -> Result<(), ReadError> {
    remotes::replace(t, PLACE, with)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::tests::{Rows, cell, check, rows};
    use ovsdb_proto::row::Ref;

    fn contents() -> Rows {
        let mut contents = rows();
        let probe = cell(Connection::INACTIVITY_PROBE, Some(5000));
        let a = contents.row::<Connection>(&[cell(Connection::TARGET, "ptcp:1".to_owned()), probe]);
        let b = contents.row::<Connection>(&[cell(Connection::TARGET, "pssl:2".to_owned())]);
        let refs: Vec<Ref<Connection>> = vec![a, b];
        contents.row::<NbGlobal>(&[cell(NbGlobal::CONNECTIONS, refs)]);
        contents
    }

    #[test]
    fn remotes_are_read_at_once() {
        let expect =
            [Remote { inactivity_probe_ms: Some(5000), ..Remote::new("ptcp:1") }, Remote::new("pssl:2")];
        check(&contents(), list, &format!("{expect:?}"), &[], 1);
    }

    #[test]
    fn remotes_are_replaced_under_guards() {
        let with = [Remote { inactivity_probe_ms: Some(0), ..Remote::new("ptcp:3") }];
        let changes = [
            "+Connection new1 inactivity_probe=0 target=\"ptcp:3\"",
            "-Connection #1",
            "-Connection #2",
            "~NB_Global #3 connections=[new1]",
        ];
        let trial = check(&contents(), |t| replace(t, &with), "()", &changes, 1);
        let sent = "\
wait,table:Connection,timeout:0,where:[[_uuid,==,[uuid,#1]]],columns:[target],until:==,rows:[{target:ptcp:1}]
wait,table:Connection,timeout:0,where:[[_uuid,==,[uuid,#2]]],columns:[target],until:==,rows:[{target:pssl:2}]
wait,table:NB_Global,timeout:0,where:[[_uuid,==,[uuid,#3]]],columns:[connections],until:==,rows:[{connections:[set,[[uuid,#1],[uuid,#2]]]}]
insert,table:Connection,uuid-name:new1,row:{inactivity_probe:0,target:ptcp:3}
update,table:NB_Global,where:[[_uuid,==,[uuid,#3]]],row:{connections:[named-uuid,new1]}";
        assert_eq!(trial.sent.join("\n"), sent);
        let and_back = |t: &mut Txn<'_>| {
            replace(t, &with)?;
            replace(t, &[])?;
            list(t)
        };
        let changes = ["-Connection #1", "-Connection #2", "~NB_Global #3 connections=[]"];
        check(&contents(), and_back, "[]", &changes, 1);
        check(&rows(), list, "[]", &["+NB_Global new1"], 1);
    }
}
