//! Is this server fit to serve a database? Its row in `_Server.Database` says (ovsdb-server(5)).

use super::error::Unfit;
use super::run::RunOptions;
use crate::json::{JsonError, Kind, Reader, Writer};
use crate::op::{OpResult, ResultError, Results};
use crate::schema::{ColumnType, read_datum};
use crate::value::{Atom, AtomType, Uuid};

/// What a server says of one database.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct ServerRow {
    /// Whether the row exists.
    pub(super) present: bool,
    pub(super) connected: bool,
    pub(super) leader: bool,
    pub(super) clustered: bool,
    /// The cluster's id, if the database is clustered and has joined.
    pub(super) cluster: Option<Uuid>,
}

impl ServerRow {
    /// # Errors
    /// Why a line with these options cannot use the server.
    pub(super) fn check(&self, options: &RunOptions) -> Result<(), Unfit> {
        if !self.present {
            return Err(Unfit::NoDatabase);
        }
        if !self.connected {
            return Err(Unfit::NotConnected);
        }
        if self.clustered && !self.leader && options.leader_only {
            return Err(Unfit::NotLeader);
        }
        if options.cluster.is_some() && self.cluster != options.cluster {
            return Err(Unfit::OtherCluster);
        }
        Ok(())
    }
}

/// Writes the parameters of the `transact` that asks. The schema column, 14 KB of text, is left out.
pub(super) fn write_query(w: &mut Writer<'_>, database: &str) {
    w.string("_Server");
    w.begin_object();
    w.key("op");
    w.string("select");
    w.key("table");
    w.string("Database");
    w.key("where");
    w.begin_array();
    w.begin_array();
    w.string("name");
    w.string("==");
    w.string(database);
    w.end_array();
    w.end_array();
    w.key("columns");
    w.raw(br#"["cid","connected","leader","model"]"#);
    w.end_object();
}

/// Reads the reply.
pub(super) fn read(result: &[u8]) -> Result<ServerRow, ResultError> {
    let mut row = ServerRow::default();
    if let Some(OpResult::Rows(rows)) = Results::new(result).next_result()? {
        let mut r = Reader::new(rows);
        r.begin_array()?;
        while r.next_element()? {
            row.present = true;
            r.begin_object()?;
            while let Some(key) = r.next_key()? {
                match &*key {
                    "cid" => {
                        let cid = read_datum(&mut r, &optional_uuid(), &mut |_| None);
                        let cid =
                            cid.map_err(|source| ResultError::Datum { column: "cid".into(), source })?;
                        row.cluster = cid.scalar().and_then(Atom::as_uuid);
                    }
                    "connected" => row.connected = boolean(&mut r)?,
                    "leader" => row.leader = boolean(&mut r)?,
                    // standalone, clustered or relay
                    "model" if r.peek()? == Kind::String => row.clustered = r.string()? != "standalone",
                    _ => {
                        r.skip()?;
                    }
                }
            }
        }
    }
    Ok(row)
}

fn boolean(r: &mut Reader<'_>) -> Result<bool, JsonError> {
    if r.peek()? == Kind::Boolean {
        return r.boolean();
    }
    r.skip()?;
    Ok(false)
}

fn optional_uuid() -> ColumnType {
    ColumnType { min: 0, ..ColumnType::scalar(AtomType::Uuid) }
}
