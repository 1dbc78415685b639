//! What `ts-add`, `ts-del` and `ts-list` do: switches that span the availability zones.

use super::OpError;
use crate::nb::tables::TransitSwitch;
use ovsdb_proto::row::Ref;
use ovsdb_proto::txn::Txn;
use ovsdb_proto::value::Uuid;

/// Makes a transit switch. With `may_exist` the one that is there is returned.
///
/// # Errors
/// [`OpError::SwitchExists`] unless `may_exist`.
pub fn add(t: &mut Txn<'_>, name: &str, may_exist: bool) -> Result<Ref<TransitSwitch>, OpError> {
    let name = name.to_owned();
    match t.taken_by(TransitSwitch::NAME, &name, &[])? {
        Some(row) if may_exist => Ok(row),
        Some(_) => Err(OpError::SwitchExists(name.into())),
        None => {
            let row = t.insert()?;
            t.set(row, TransitSwitch::NAME, &name)?;
            Ok(row)
        }
    }
}

/// Takes a transit switch away, named by its UUID or else its name. With `if_exists` it is no error if there is none.
///
/// # Errors
/// [`OpError::NoSwitch`].
pub fn del(t: &mut Txn<'_>, switch: &str, if_exists: bool) -> Result<(), OpError> {
    match find(t, switch)? {
        Some(row) => Ok(t.delete(row)?),
        None if if_exists => Ok(()),
        None => {
            let by_uuid = switch.parse::<Uuid>().is_ok();
            Err(OpError::NoSwitch { name: switch.into(), by_uuid })
        }
    }
}

/// All transit switches with their names, sorted by name.
///
/// # Errors
/// What reading may lack.
pub fn list(t: &Txn<'_>) -> Result<Vec<(Ref<TransitSwitch>, String)>, OpError> {
    let mut rows = Vec::new();
    for row in t.all(&[TransitSwitch::NAME.any()])? {
        rows.push((row, t.get(row, TransitSwitch::NAME)?));
    }
    rows.sort_by(|a, b| a.1.cmp(&b.1));
    Ok(rows)
}

fn find(t: &Txn<'_>, switch: &str) -> Result<Option<Ref<TransitSwitch>>, OpError> {
    if let Ok(uuid) = switch.parse::<Uuid>()
        && let Some(row) = t.by_uuid(Ref::new(uuid), &[])?
    {
        return Ok(Some(row));
    }
    Ok(t.lookup(TransitSwitch::NAME, &switch.to_owned(), &[])?.first().copied())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nb::tables;
    use ovsdb_proto::replica::{Absent, Snapshot};
    use ovsdb_proto::row::Query;
    use ovsdb_proto::schema::ColumnSet;
    use ovsdb_proto::value::Datum;
    use std::sync::Arc;

    fn uuid(name: &str) -> Uuid {
        Uuid::from_random(u128::from(name.as_bytes().first().copied().unwrap_or_default()))
    }

    fn snapshot(names: &[&str]) -> Snapshot {
        let schema = Arc::clone(tables::schema());
        let table = schema.table_id("Transit_Switch").unwrap();
        let name = schema.table(table).unwrap().column_id("name").unwrap();
        let mut snapshot = Snapshot::new(schema, Arc::new(Absent::default()));
        let columns = ColumnSet::EMPTY.complement();
        let rows = names.iter().map(|text| (uuid(text), vec![(name, Datum::one(*text))]));
        snapshot.answer(&Query { table, conditions: Vec::new(), columns }, rows);
        snapshot
    }

    fn names(t: &Txn<'_>) -> Vec<String> {
        list(t).unwrap().into_iter().map(|(_, name)| name).collect()
    }

    #[test]
    fn switches_are_listed_by_name() {
        let snapshot = snapshot(&["c", "a"]);
        let mut t = Txn::new(&snapshot, 1);
        add(&mut t, "b", false).unwrap();
        assert_eq!(names(&t), ["a", "b", "c"]);
        del(&mut t, "a", false).unwrap();
        del(&mut t, &uuid("c").to_string(), false).unwrap();
        assert_eq!(names(&t), ["b"]);
    }

    #[test]
    fn a_name_is_taken_once() {
        let snapshot = snapshot(&["a"]);
        let mut t = Txn::new(&snapshot, 1);
        let text = "a: a transit switch with this name already exists";
        assert_eq!(add(&mut t, "a", false).unwrap_err().to_string(), text);
        assert_eq!(add(&mut t, "a", true), Ok(Ref::new(uuid("a"))));
        del(&mut t, "a", false).unwrap();
        assert_eq!(add(&mut t, "a", false).map(|r| r.uuid() == uuid("a")), Ok(false));
    }

    #[test]
    fn errors_say_how_the_argument_looked() {
        let snapshot = snapshot(&[]);
        let mut t = Txn::new(&snapshot, 1);
        let check = |t: &mut Txn<'_>, switch: &str, expect: &str| {
            assert_eq!(del(t, switch, false).unwrap_err().to_string(), expect);
            assert_eq!(del(t, switch, true), Ok(()));
        };
        check(&mut t, "a", "a: switch name not found");
        let uuid = "00000000-0000-0000-0000-000000000001";
        check(&mut t, uuid, &format!("{uuid}: switch UUID not found"));
    }
}
