//! What `chassis-add` and `chassis-del` do: nodes and the ends of their tunnels.

use super::OpError;
use crate::tables::{Chassis, Encap, EncapType};
use ovsdb_proto::row::Ref;
use ovsdb_proto::txn::Txn;
use std::collections::BTreeSet;

/// How [`add`] makes a chassis.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChassisAdd {
    /// The types of its tunnels, of which the server demands at least one; it gets one [`Encap`] for each.
    pub encaps: BTreeSet<EncapType>,
    /// The address at which all of them end. Taken as it is.
    pub ip: String,
    /// Leave a chassis of this name as it is, whatever its tunnels.
    pub may_exist: bool,
}

/// Makes a chassis with its tunnel ends, which ask for checksums (`options:csum=true`). With [`ChassisAdd::may_exist`] the
/// one that is there is returned.
///
/// # Errors
/// [`OpError::ChassisExists`] unless the option allows it.
pub fn add(t: &mut Txn<'_>, name: &str, o: &ChassisAdd) -> Result<Ref<Chassis>, OpError> {
    let name = name.to_owned();
    match t.taken_by(Chassis::NAME, &name, &[])? {
        Some(row) if o.may_exist => return Ok(row),
        Some(_) => return Err(OpError::ChassisExists(name.into())),
        None => {}
    }
    let chassis = t.insert()?;
    t.set(chassis, Chassis::NAME, &name)?;
    let mut encaps = Vec::with_capacity(o.encaps.len());
    for type_ in &o.encaps {
        let encap = t.insert()?;
        t.set(encap, Encap::TYPE, type_)?;
        t.set(encap, Encap::IP, &o.ip)?;
        t.put(encap, Encap::OPTIONS, &"csum".to_owned(), &"true".to_owned())?;
        t.set(encap, Encap::CHASSIS_NAME, &name)?;
        encaps.push(encap);
    }
    t.set(chassis, Chassis::ENCAPS, &encaps)?;
    Ok(chassis)
}

/// Takes a chassis away, with its tunnel ends. With `if_exists` it is no error if there is none.
///
/// # Errors
/// [`OpError::NoChassis`].
pub fn del(t: &mut Txn<'_>, name: &str, if_exists: bool) -> Result<(), OpError> {
    match t.lookup(Chassis::NAME, &name.to_owned(), &[Chassis::ENCAPS.any()])?.first() {
        Some(row) => {
            for encap in t.get(*row, Chassis::ENCAPS)? {
                t.delete(encap)?;
            }
            Ok(t.delete(*row)?)
        }
        None if if_exists => Ok(()),
        None => Err(OpError::NoChassis(name.into())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ovsdb_proto::replica::{Absent, Cells, Snapshot};
    use ovsdb_proto::row::{Query, Table};
    use ovsdb_proto::schema::{ColumnSet, TableId};
    use ovsdb_proto::txn::Commit;
    use ovsdb_proto::value::{Datum, Uuid};
    use std::sync::Arc;

    fn table<T: Table>() -> TableId {
        crate::tables::schema().table_id(T::NAME).unwrap()
    }

    // a database with these chassis, each with a tunnel end of its own
    fn snapshot(names: &[&str]) -> Snapshot {
        let schema = Arc::clone(crate::tables::schema());
        let chassis = schema.table(table::<Chassis>()).unwrap();
        let (name, encaps) = (chassis.column_id("name").unwrap(), chassis.column_id("encaps").unwrap());
        let rows = (1u128..).step_by(2).zip(names).map(|(id, text)| {
            let encap = Datum::one(Uuid::from_random(id + 1));
            (Uuid::from_random(id), Cells::from([(name, Datum::one(*text)), (encaps, encap)]))
        });
        let mut snapshot = Snapshot::new(Arc::clone(&schema), Arc::new(Absent::default()));
        let columns = ColumnSet::EMPTY.complement();
        let whole = |table| Query { table, conditions: Vec::new(), columns };
        snapshot.answer(&whole(table::<Chassis>()), rows);
        snapshot.answer(&whole(table::<Encap>()), []);
        snapshot
    }

    fn gateway() -> ChassisAdd {
        ChassisAdd {
            encaps: BTreeSet::from([EncapType::Geneve, EncapType::Vxlan]),
            ip: "10.0.0.1".to_owned(),
            may_exist: false,
        }
    }

    #[test]
    fn a_chassis_has_an_encap_of_each_type() {
        let snapshot = snapshot(&[]);
        let mut t = Txn::new(&snapshot, 1);
        let row = add(&mut t, "gw", &gateway()).unwrap();
        let encaps = t.get(row, Chassis::ENCAPS).unwrap();
        let types: BTreeSet<EncapType> = encaps.iter().map(|e| t.get(*e, Encap::TYPE).unwrap()).collect();
        assert_eq!(types, gateway().encaps);
        assert_eq!(t.get(encaps[0], Encap::OPTIONS).unwrap()["csum"], "true");
        assert_eq!(t.get(encaps[1], Encap::CHASSIS_NAME).unwrap(), "gw");
    }

    #[test]
    fn a_name_is_taken_once() {
        let snapshot = snapshot(&["gw"]);
        let mut t = Txn::new(&snapshot, 1);
        let text = "cannot create a chassis named gw because a chassis named gw already exists";
        assert_eq!(add(&mut t, "gw", &gateway()).unwrap_err().to_string(), text);
        let row = add(&mut t, "gw", &ChassisAdd { may_exist: true, ..gateway() }).unwrap();
        assert_eq!(t.get(row, Chassis::ENCAPS).unwrap().len(), 1);
        assert_eq!(t.finish(), Ok(Commit::Unchanged));
        del(&mut t, "gw", false).unwrap();
        assert_ne!(add(&mut t, "gw", &gateway()), Ok(row));
    }

    #[test]
    fn a_free_name_is_not_looked_for() {
        let snapshot = Snapshot::new(Arc::clone(crate::tables::schema()), Arc::new(Absent::default()));
        let mut t = Txn::new(&snapshot, 1);
        assert!(add(&mut t, "gw", &gateway()).is_ok());
        assert!(t.missing().is_empty() && t.trusted_an_index());
    }

    #[test]
    fn what_is_not_there_is_taken_away_only_if_it_may_be_missing() {
        let snapshot = snapshot(&["gw"]);
        let mut t = Txn::new(&snapshot, 1);
        assert_eq!(del(&mut t, "gw2", false).unwrap_err().to_string(), "no chassis named gw2");
        assert_eq!(del(&mut t, "gw2", true), Ok(()));
        assert_eq!(del(&mut t, "gw", false), Ok(()));
        assert_eq!(del(&mut t, "gw", false), Err(OpError::NoChassis("gw".into())));
    }
}
