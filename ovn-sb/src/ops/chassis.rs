//! What `chassis-add` and `chassis-del` do: nodes and the ends of their tunnels.

use super::OpError;
use crate::tables::{Chassis, ChassisPrivate, Encap, EncapType};
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

/// Deletes a chassis with its tunnel ends and the `Chassis_Private` row of the same name, which
/// ovn-northd would go on waiting for. With `if_exists`, a missing chassis is not an error; a
/// `Chassis_Private` row without a chassis is left alone.
///
/// # Errors
/// [`OpError::NoChassis`].
pub fn del(t: &mut Txn<'_>, name: &str, if_exists: bool) -> Result<(), OpError> {
    let name = name.to_owned();
    // both are asked for in one round
    let found = t.lookup(Chassis::NAME, &name, &[Chassis::ENCAPS.any()]);
    let private = t.lookup(ChassisPrivate::NAME, &name, &[]);
    match found?.first() {
        Some(row) => {
            let private = private?;
            for encap in t.get(*row, Chassis::ENCAPS)? {
                t.delete(encap)?;
            }
            for row in private {
                t.delete(row)?;
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
    use ovsdb_proto::op::Operation;
    use ovsdb_proto::replica::{Absent, Snapshot};
    use ovsdb_proto::row::Query;
    use ovsdb_proto::schema::{ColumnSet, DatabaseSchema};
    use ovsdb_proto::txn::Commit;
    use ovsdb_proto::value::{Datum, Uuid};
    use ovsdb_server::trial::{Rows, Trial, cell};
    use std::fmt::Debug;
    use std::sync::Arc;

    /// Chassis #2 gw with the tunnel end #1, and #4 other with #3; `Chassis_Private` #5 of gw and
    /// #6 of no chassis.
    fn rows() -> Rows {
        let mut rows = Rows::new(crate::tables::schema());
        for name in ["gw", "other"] {
            let encap = rows.row(&[
                cell(Encap::TYPE, EncapType::Geneve),
                cell(Encap::IP, format!("10.0.0.2 of {name}")),
                cell(Encap::CHASSIS_NAME, name.to_owned()),
            ]);
            rows.row(&[cell(Chassis::NAME, name.to_owned()), cell(Chassis::ENCAPS, vec![encap])]);
        }
        rows.row(&[cell(ChassisPrivate::NAME, "gw".to_owned())]);
        rows.row(&[cell(ChassisPrivate::NAME, "gone".to_owned())]);
        rows
    }

    fn gateway() -> ChassisAdd {
        ChassisAdd {
            encaps: BTreeSet::from([EncapType::Geneve, EncapType::Vxlan]),
            ip: "10.0.0.1".to_owned(),
            may_exist: false,
        }
    }

    #[track_caller]
    fn check<T: Debug>(
        op: impl Fn(&mut Txn<'_>) -> Result<T, OpError>,
        answer: &str,
        changes: &[&str],
        rounds: usize,
    ) -> Trial {
        rows().run(op).unwrap().assert(answer, changes, rounds)
    }

    /// And a name that is free is not looked for: the index says.
    #[test]
    fn a_chassis_has_an_encap_of_each_type() {
        let types = |t: &mut Txn<'_>| {
            let row = add(t, "new", &gateway())?;
            let encaps = t.get(row, Chassis::ENCAPS)?;
            let types = encaps.iter().map(|encap| t.get(*encap, Encap::TYPE));
            Ok::<_, OpError>((row, types.collect::<Result<BTreeSet<_>, _>>()?))
        };
        let changes = [
            "+Chassis new1 encaps=[new2, new3] name=new",
            r#"+Encap new2 chassis_name=new ip="10.0.0.1" options={csum="true"} type=geneve"#,
            r#"+Encap new3 chassis_name=new ip="10.0.0.1" options={csum="true"} type=vxlan"#,
        ];
        check(types, "(Chassis:new1, {Geneve, Vxlan})", &changes, 0);
    }

    #[test]
    fn a_name_is_taken_once() {
        let text = "cannot create a chassis named gw because a chassis named gw already exists";
        check(|t| add(t, "gw", &gateway()), text, &[], 3);
        let may = ChassisAdd { may_exist: true, ..gateway() };
        check(|t| add(t, "gw", &may), "Chassis:#2", &[], 3);
        let again = |t: &mut Txn<'_>| {
            del(t, "gw", false)?;
            let row = add(t, "gw", &ChassisAdd { encaps: BTreeSet::from([EncapType::Vxlan]), ..gateway() })?;
            Ok(t.get(row, Chassis::NAME)?)
        };
        let changes = [
            r#"+Chassis new1 encaps=[new2] name=gw"#,
            r#"+Encap new2 chassis_name=gw ip="10.0.0.1" options={csum="true"} type=vxlan"#,
            "-Chassis #2",
            "-Chassis_Private #5",
            "-Encap #1",
        ];
        check(again, "\"gw\"", &changes, 1);
    }

    #[test]
    fn deleting_a_chassis_deletes_its_private_row() {
        check(|t| del(t, "gw", false), "()", &["-Chassis #2", "-Chassis_Private #5", "-Encap #1"], 1);
        // one that has none, or has one that the line itself makes
        check(|t| del(t, "other", false), "()", &["-Chassis #4", "-Encap #3"], 1);
        let make = |t: &mut Txn<'_>| {
            let row = t.insert()?;
            t.set(row, ChassisPrivate::NAME, &"other".to_owned())?;
            del(t, "other", false)
        };
        check(make, "()", &["-Chassis #4", "-Encap #3"], 2);
    }

    #[test]
    fn a_missing_chassis_is_an_error_unless_it_may_be_missing() {
        check(|t| del(t, "gw2", false), "no chassis named gw2", &[], 1);
        check(|t| del(t, "gw2", true), "()", &[], 1);
        // its private row stays, as with the C tool
        check(|t| del(t, "gone", true), "()", &[], 1);
        check(|t| del(t, "gw", false).and_then(|()| del(t, "gw", false)), "no chassis named gw", &[], 1);
    }

    #[test]
    fn a_chassis_can_be_deleted_where_the_schema_has_no_private_rows() {
        let ours = crate::tables::schema();
        let theirs = r#"{"name":"OVN_Southbound","version":"2.8.0","tables":{
            "Chassis":{"isRoot":true,"indexes":[["name"]],"columns":{"name":{"type":"string"},
                "encaps":{"type":{"key":{"type":"uuid","refTable":"Encap"},"min":1,"max":"unlimited"}}}},
            "Encap":{"columns":{"ip":{"type":"string"}}}}}"#;
        let absent = Absent::between(ours, &DatabaseSchema::parse(theirs).unwrap());
        let mut snapshot = Snapshot::new(Arc::clone(ours), Arc::new(absent));
        let table = ours.table_id("Chassis").unwrap();
        let name = ours.table(table).unwrap().column_id("name").unwrap();
        let columns = ColumnSet::EMPTY.complement();
        let row = (Uuid::from_u128(1), vec![(name, Datum::one("gw"))]);
        snapshot.answer(&Query { table, conditions: Vec::new(), columns }, [row]);
        let mut txn = Txn::new(&snapshot, 1);
        del(&mut txn, "gw", false).unwrap();
        let Ok(Commit::Send(request)) = txn.finish() else { panic!("{:?}", txn.finish()) };
        let tables: Vec<_> = request.operations.iter().filter_map(Operation::table).collect();
        assert_eq!(tables, [table]);
    }
}
