//! How are values on the command line read, in which `@x` may stand for a row of the line?

use super::symbols;
use crate::ctl::context::Context;
use crate::ctl::error::CtlError;
use ovsdb_proto::schema::text::{parse_atom, parse_datum};
use ovsdb_proto::schema::{BaseType, ColumnType};
use ovsdb_proto::value::{Atom, Datum};

impl Context<'_, '_> {
    /// Reads a set or a map.
    ///
    /// # Errors
    /// It is no value of this type.
    pub(super) fn datum(&mut self, text: &str, type_: &ColumnType) -> Result<Datum, CtlError> {
        let (line, txn) = (&mut *self.line, &mut *self.txn);
        let read = parse_datum(text, type_, &mut |id| symbols::refer(line, txn, id, type_));
        read.map_err(|e| CtlError::command(e.to_string()))
    }

    /// Reads a key, or the value under a key, of a column of type `type_`.
    ///
    /// # Errors
    /// It is no atom of this type.
    pub(super) fn atom(&mut self, text: &str, base: &BaseType, type_: &ColumnType) -> Result<Atom, CtlError> {
        let (line, txn) = (&mut *self.line, &mut *self.txn);
        let read = parse_atom(text, base, &mut |id| symbols::refer(line, txn, id, type_));
        read.map_err(|e| CtlError::command(e.to_string()))
    }
}

/// The type of the arguments of `add` and `remove`: any number of elements but none.
pub(super) fn some_of(type_: &ColumnType) -> ColumnType {
    ColumnType { min: 1, max: u32::MAX, ..type_.clone() }
}

/// The type of sets of keys of a map.
pub(super) fn keys_of(type_: &ColumnType) -> ColumnType {
    ColumnType { value: None, ..type_.clone() }
}
