//! How are the rows kept that tell a database server where to listen and which TLS files to use?
//!
//! ovsdb-server(1) reads them through `--remote=db:DATABASE,TABLE,COLUMN`, `--private-key=db:...` and the like. All databases of OVN and Open vSwitch keep
//! them alike: the one row of a global table refers to the rows of another table.

use super::{RowId, Txn};
use crate::row::ReadError;
use crate::schema::{ColumnId, ColumnSet, TableId};
use crate::value::{Atom, Datum};

/// Where a database keeps such rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The table with one row that refers to them.
    pub global: &'static str,
    /// Its column that refers to them.
    pub column: &'static str,
    /// The table that they are in.
    pub table: &'static str,
}

/// One place where a server listens, or connects to.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Remote {
    /// Such as `ptcp:6641` or `ssl:10.0.0.1:6640`.
    pub target: String,
    /// After how many milliseconds of silence the peer is probed, if not the default; 0 is never.
    pub inactivity_probe_ms: Option<i64>,
    /// Whether clients may only read. Only the Southbound database tells; elsewhere `false`.
    pub read_only: bool,
    /// The role whose permissions clients have. Only the Southbound database tells; elsewhere empty.
    pub role: String,
}

impl Remote {
    /// A remote of which nothing but the target is said.
    pub fn new(target: impl Into<String>) -> Remote {
        Remote { target: target.into(), ..Remote::default() }
    }

    /// Whether the target begins as that of a connection, active or passive, does.
    pub fn has_known_method(&self) -> bool {
        let method = self.target.split_once(':').map(|(method, _)| method);
        matches!(method, Some("tcp" | "unix" | "ssl" | "ptcp" | "punix" | "pssl"))
    }
}

/// The TLS configuration of a server.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SslFiles {
    /// The file with the private key.
    pub private_key: String,
    /// The file with the certificate.
    pub certificate: String,
    /// The file with the certificates of the authorities that peers are checked against.
    pub ca_cert: String,
    /// Whether the latter is got from the first peer if it is not there.
    pub bootstrap_ca_cert: bool,
    /// Which protocols are allowed, if not the default; `None` leaves the column at its default.
    pub protocols: Option<String>,
    /// Which ciphers are allowed up to TLS 1.2.
    pub ciphers: Option<String>,
    /// Which cipher suites are allowed from TLS 1.3 on.
    pub ciphersuites: Option<String>,
}

/// The rows of a place, looked up.
struct Rows {
    global: RowId,
    column: ColumnId,
    table: TableId,
    rows: Vec<RowId>,
}

impl Rows {
    /// Demands that the global row still refers to the same rows when the transaction is carried out.
    fn verify(&self, t: &mut Txn<'_>) {
        if !t.is_new(self.global) {
            t.verify_cell(self.global, self.column);
        }
    }

    /// Takes all rows away.
    fn clear(&self, t: &mut Txn<'_>) {
        self.rows.iter().for_each(|row| t.delete_row(*row));
        t.set_cell(self.global, self.column, Datum::empty_set());
    }
}

fn look_up(t: &mut Txn<'_>, place: Place, columns: &[&'static str]) -> Result<Rows, ReadError> {
    let (global, column) = column_of(t, place.global, place.column)?;
    let mut wanted = ColumnSet::EMPTY;
    for name in columns {
        wanted.insert(column_of(t, place.table, name)?.1);
    }
    let (table, _) = column_of(t, place.table, "_uuid")?;
    // both are asked for at once
    let global = t.singleton_row(global, [column].into_iter().collect());
    let rows = t.find_rows(table, &[], wanted);
    Ok(Rows { global: global?, column, table, rows: rows? })
}

fn column_of(
    t: &Txn<'_>,
    table: &'static str,
    column: &'static str,
) -> Result<(TableId, ColumnId), ReadError> {
    let schema = t.base().schema();
    let id = schema.table_id(table).ok_or(ReadError::NoTable(table))?;
    let found = schema.table(id).and_then(|t| t.column_id(column));
    Ok((id, found.ok_or(ReadError::NoColumn { table, column })?))
}

/// The value of a column of a row; nothing if the schema has no such column.
fn scalar(t: &Txn<'_>, row: RowId, column: &str) -> Result<Option<Atom>, ReadError> {
    let id = t.base().schema().table(row.table).and_then(|table| table.column_id(column));
    let Some(id) = id else { return Ok(None) };
    Ok(t.cell(row, id)?.scalar().cloned())
}

fn text(t: &Txn<'_>, row: RowId, column: &str) -> Result<String, ReadError> {
    Ok(scalar(t, row, column)?.as_ref().and_then(Atom::as_str).unwrap_or_default().to_owned())
}

fn flag(t: &Txn<'_>, row: RowId, column: &str) -> Result<bool, ReadError> {
    Ok(scalar(t, row, column)? == Some(Atom::Boolean(true)))
}

/// The columns of a remote that the schema has.
fn remote_columns(t: &Txn<'_>, place: Place) -> Vec<&'static str> {
    let has = |column: &&'static str| column_of(t, place.table, column).is_ok();
    ["target", "inactivity_probe", "read_only", "role"].into_iter().filter(has).collect()
}

fn remotes(t: &mut Txn<'_>, place: Place) -> Result<Rows, ReadError> {
    let columns = remote_columns(t, place);
    let rows = look_up(t, place, &columns)?;
    rows.verify(t);
    let (_, target) = column_of(t, place.table, "target")?;
    for row in &rows.rows {
        if !t.is_new(*row) {
            t.verify_cell(*row, target);
        }
    }
    Ok(rows)
}

/// The remotes that a database tells its server. If the transaction changes anything, they must still be the same when it is carried out.
///
/// # Errors
/// [`ReadError::Missing`] if the snapshot does not hold them; the schema has no such tables.
pub fn list(t: &mut Txn<'_>, place: Place) -> Result<Vec<Remote>, ReadError> {
    let rows = remotes(t, place)?.rows;
    rows.into_iter()
        .map(|row| {
            Ok(Remote {
                target: text(t, row, "target")?,
                inactivity_probe_ms: scalar(t, row, "inactivity_probe")?.as_ref().and_then(Atom::as_integer),
                read_only: flag(t, row, "read_only")?,
                role: text(t, row, "role")?,
            })
        })
        .collect()
}

/// Puts these remotes in place of all others; none takes them all away. The old ones must still be the same when the transaction is carried out.
///
/// # Errors
/// [`ReadError::Missing`] if the snapshot does not hold the old ones; the schema has no such tables, or no such column that a remote needs.
pub fn replace(t: &mut Txn<'_>, place: Place, with: &[Remote]) -> Result<(), ReadError> {
    let old = remotes(t, place)?;
    old.clear(t);
    let mut new = Vec::with_capacity(with.len());
    for remote in with {
        let row = t.insert_row(old.table);
        new.push(Atom::Uuid(row.uuid));
        write(t, place, row, "target", Some(Datum::one(&*remote.target)))?;
        write(t, place, row, "inactivity_probe", remote.inactivity_probe_ms.map(Datum::one))?;
        write(t, place, row, "read_only", remote.read_only.then(|| Datum::one(true)))?;
        write(t, place, row, "role", (!remote.role.is_empty()).then(|| Datum::one(&*remote.role)))?;
    }
    t.set_cell(old.global, old.column, Datum::set(new));
    Ok(())
}

/// Writes a column, unless there is nothing to write.
fn write(
    t: &mut Txn<'_>,
    place: Place,
    row: RowId,
    column: &'static str,
    value: Option<Datum>,
) -> Result<(), ReadError> {
    let Some(value) = value else { return Ok(()) };
    let (_, column) = column_of(t, place.table, column)?;
    t.set_cell(row, column, value);
    Ok(())
}

/// The columns that [`ssl`] reads.
const SSL_COLUMNS: &[&str] = &["private_key", "certificate", "ca_cert", "bootstrap_ca_cert"];

/// The TLS files that a database tells its server, if it does; what is allowed beyond the default is not looked at. If the transaction changes anything,
/// they must still be the same when it is carried out.
///
/// # Errors
/// [`ReadError::Missing`] if the snapshot does not hold them; the schema has no such tables.
pub fn ssl(t: &mut Txn<'_>, place: Place) -> Result<Option<SslFiles>, ReadError> {
    let rows = look_up(t, place, SSL_COLUMNS)?;
    rows.verify(t);
    let Some(row) = rows.rows.first().copied() else { return Ok(None) };
    if !t.is_new(row) {
        for column in SSL_COLUMNS {
            let (_, column) = column_of(t, place.table, column)?;
            t.verify_cell(row, column);
        }
    }
    Ok(Some(SslFiles {
        private_key: text(t, row, "private_key")?,
        certificate: text(t, row, "certificate")?,
        ca_cert: text(t, row, "ca_cert")?,
        bootstrap_ca_cert: flag(t, row, "bootstrap_ca_cert")?,
        ..SslFiles::default()
    }))
}

/// Puts these TLS files in place of the old ones; `None` takes them away. There must still be the same old ones when the transaction is carried out.
///
/// # Errors
/// [`ReadError::Missing`] if the snapshot does not hold the old ones; the schema has no such tables, or no such column that something given needs.
pub fn replace_ssl(t: &mut Txn<'_>, place: Place, with: Option<&SslFiles>) -> Result<(), ReadError> {
    let old = look_up(t, place, &[])?;
    if old.rows.is_empty() && with.is_none() {
        return Ok(());
    }
    old.verify(t);
    old.clear(t);
    let Some(files) = with else { return Ok(()) };
    let row = t.insert_row(old.table);
    let one = |text: &str| Some(Datum::one(text));
    write(t, place, row, "private_key", one(&files.private_key))?;
    write(t, place, row, "certificate", one(&files.certificate))?;
    write(t, place, row, "ca_cert", one(&files.ca_cert))?;
    write(t, place, row, "bootstrap_ca_cert", Some(Datum::one(files.bootstrap_ca_cert)))?;
    write(t, place, row, "ssl_protocols", files.protocols.as_deref().and_then(one))?;
    write(t, place, row, "ssl_ciphers", files.ciphers.as_deref().and_then(one))?;
    write(t, place, row, "ssl_ciphersuites", files.ciphersuites.as_deref().and_then(one))?;
    t.set_cell(old.global, old.column, Datum::one(Atom::Uuid(row.uuid)));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn methods() {
        let check = |target: &str, known: bool| {
            assert_eq!(Remote::new(target).has_known_method(), known, "{target}");
        };
        for target in ["ptcp:", "ssl:x", "punix:/x", "unix:x", "tcp:1:2", "pssl:6641"] {
            check(target, true);
        }
        for target in ["", "tcp", ":", "TCP:1.2.3.4:1", "x:tcp:", "read-only"] {
            check(target, false);
        }
    }
}
