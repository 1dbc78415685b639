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
    use ovsdb_server::trial::{Rows, cell};

    /// Connection #1 of the global row #2.
    fn rows() -> Rows {
        let mut rows = Rows::new(schema());
        let connection = rows.row(&[cell(Connection::TARGET, "ptcp:1".to_owned())]);
        rows.row(&[cell(IcSbGlobal::CONNECTIONS, vec![connection])]);
        rows
    }

    #[test]
    fn remotes_are_read_in_one_round_and_replaced() {
        let expect = format!("{:?}", [Remote::new("ptcp:1")]);
        rows().run(list).unwrap().assert(&expect, &[], 1);
        let changes =
            [r#"+Connection new1 target="pssl:2""#, "-Connection #1", "~IC_SB_Global #2 connections=[new1]"];
        rows().run(|t| replace(t, &[Remote::new("pssl:2")])).unwrap().assert("()", &changes, 1);
        rows().run(|t| replace(t, &[])).unwrap().assert(
            "()",
            &["-Connection #1", "~IC_SB_Global #2 connections=[]"],
            1,
        );
    }
}
