//! What `ls-add`, `ls-del` and `ls-list` do: logical switches.

use super::{Entity, OpError, entity};
use crate::tables::LogicalSwitch;
use ovsdb_proto::row::Ref;
use ovsdb_proto::txn::Txn;

/// How [`add`] takes a name that is there already.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LsAdd {
    /// Leave the switch of this name as it is.
    pub may_exist: bool,
    /// Make another one of the same name.
    pub add_duplicate: bool,
}

/// Makes a switch. `None` is a switch without a name. With [`LsAdd::may_exist`] the one that is there is returned.
///
/// # Errors
/// [`OpError::Exists`] unless one of the options allows it.
pub fn add(t: &mut Txn<'_>, name: Option<&str>, o: LsAdd) -> Result<Ref<LogicalSwitch>, OpError> {
    let Some(name) = name else { return Ok(t.insert()?) };
    let name = name.to_owned();
    if !o.add_duplicate {
        match t.lookup(LogicalSwitch::NAME, &name, &[]).map(|rows| rows.first().copied()) {
            Ok(None) => {}
            Ok(Some(row)) if o.may_exist => return Ok(row),
            Ok(Some(_)) => return Err(OpError::Exists { entity: Entity::Switch, name: name.into() }),
            Err(error) => {
                // so that later commands of the line find it and tell what they need
                make(t, &name)?;
                return Err(error.into());
            }
        }
    }
    make(t, &name)
}

fn make(t: &mut Txn<'_>, name: &String) -> Result<Ref<LogicalSwitch>, OpError> {
    let row = t.insert()?;
    t.set(row, LogicalSwitch::NAME, name)?;
    Ok(row)
}

/// Takes a switch away, with its ports. With `if_exists` it is no error if there is none.
///
/// # Errors
/// [`OpError::NotFound`], [`OpError::Ambiguous`].
pub fn del(t: &mut Txn<'_>, switch: &str, if_exists: bool) -> Result<(), OpError> {
    let columns = [LogicalSwitch::PORTS.any()];
    let row = match entity::find_optional(t, Entity::Switch, LogicalSwitch::NAME, switch, &columns)? {
        Some(row) => row,
        None if if_exists => return Ok(()),
        None => entity::switch(t, switch, &columns)?,
    };
    for port in t.get(row, LogicalSwitch::PORTS)? {
        t.delete(port)?;
    }
    Ok(t.delete(row)?)
}

/// All switches with their names, sorted by name.
///
/// # Errors
/// What reading may lack.
pub fn list(t: &Txn<'_>) -> Result<Vec<(Ref<LogicalSwitch>, String)>, OpError> {
    let mut rows = Vec::new();
    for row in t.all(&[LogicalSwitch::NAME.any()])? {
        rows.push((row, t.get(row, LogicalSwitch::NAME)?));
    }
    rows.sort_by(|a, b| a.1.cmp(&b.1));
    Ok(rows)
}
