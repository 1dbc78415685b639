//! How are switches and routers made and listed, whose names need not be unique?

use super::{Entity, OpError};
use ovsdb_proto::row::{Column, ReadError, Ref, Table};
use ovsdb_proto::txn::Txn;

/// How a switch or router is made whose name is there already.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NamedAdd {
    /// Leave the one of this name as it is.
    pub may_exist: bool,
    /// Make another one of the same name.
    pub add_duplicate: bool,
}

pub(super) fn add<T: Table>(
    t: &mut Txn<'_>,
    entity: Entity,
    column: Column<T, String>,
    name: Option<&str>,
    o: NamedAdd,
) -> Result<Ref<T>, OpError> {
    let Some(name) = name else { return Ok(t.insert()?) };
    let name = name.to_owned();
    if !o.add_duplicate {
        match t.lookup(column, &name, &[]).map(|rows| rows.first().copied()) {
            Ok(None) => {}
            Ok(Some(row)) if o.may_exist => return Ok(row),
            Ok(Some(_)) => return Err(OpError::Exists { entity, name: name.into() }),
            Err(error) => {
                // so that later commands of the line find it and tell what they need
                make(t, column, &name)?;
                return Err(error.into());
            }
        }
    }
    Ok(make(t, column, &name)?)
}

fn make<T: Table>(t: &mut Txn<'_>, column: Column<T, String>, name: &String) -> Result<Ref<T>, ReadError> {
    let row = t.insert()?;
    t.set(row, column, name)?;
    Ok(row)
}

/// All rows of a table with their names, sorted by name.
pub(super) fn list<T: Table>(
    t: &Txn<'_>,
    column: Column<T, String>,
) -> Result<Vec<(Ref<T>, String)>, ReadError> {
    let rows = t.all(&[column.any()])?;
    sorted(t, column, rows)
}

/// `rows` with their names, sorted by name.
pub(super) fn sorted<T: Table>(
    t: &Txn<'_>,
    column: Column<T, String>,
    rows: Vec<Ref<T>>,
) -> Result<Vec<(Ref<T>, String)>, ReadError> {
    let mut named = Vec::with_capacity(rows.len());
    for row in rows {
        named.push((row, t.get(row, column)?));
    }
    named.sort_by(|a, b| a.1.cmp(&b.1));
    Ok(named)
}
