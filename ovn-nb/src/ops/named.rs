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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::tests::{self, Rows, Trial, cell, rows, run};
    use crate::ops::{lr, ls};
    use crate::tables::{LogicalRouter, LogicalSwitch};
    use std::fmt::Debug;

    /// #1 is switch sw0; #2 and #3 are both called dup; #4 is router r0, #5 one without a name.
    fn contents() -> Rows {
        let mut contents = rows();
        for name in ["sw0", "dup", "dup"] {
            contents.row::<LogicalSwitch>(&[cell(LogicalSwitch::NAME, name.to_owned())]);
        }
        contents.row::<LogicalRouter>(&[cell(LogicalRouter::NAME, "r0".to_owned())]);
        contents.row::<LogicalRouter>(&[]);
        contents
    }

    /// The answer and the rows that change, after at most one round of reading.
    #[track_caller]
    fn check<T: Debug>(
        op: impl Fn(&mut Txn<'_>) -> Result<T, OpError>,
        answer: &str,
        changes: &[&str],
    ) -> Trial {
        let rounds = run(&contents(), &op).rounds;
        assert!(rounds <= 1, "{rounds} rounds");
        tests::check(&contents(), op, answer, changes, rounds)
    }

    const PLAIN: NamedAdd = NamedAdd { may_exist: false, add_duplicate: false };

    #[test]
    fn adding() {
        let may = NamedAdd { may_exist: true, ..PLAIN };
        let another = NamedAdd { add_duplicate: true, ..PLAIN };
        // the absence of a name that no index keeps unique is guarded
        let wait = "wait,table:Logical_Switch,timeout:0,where:[[name,==,a]],columns:[_uuid],until:==,rows:[]";
        let insert = "insert,table:Logical_Switch,uuid-name:new1,row:{name:a}";
        let adds = |o, sent: &[&str]| {
            let changes = ["+Logical_Switch new1 name=a"];
            let trial = check(|t| ls::add(t, Some("a"), o), "Logical_Switch:new1", &changes);
            assert_eq!(trial.sent, sent);
        };
        adds(PLAIN, &[wait, insert]);
        adds(may, &[wait, insert]);
        adds(another, &[insert]);
        check(|t| ls::add(t, Some("sw0"), PLAIN), "sw0: a switch with this name already exists", &[]);
        check(|t| ls::add(t, Some("sw0"), may), "Logical_Switch:#1", &[]);
        check(|t| ls::add(t, Some("dup"), may), "Logical_Switch:#2", &[]);
        check(|t| ls::add(t, None, PLAIN), "Logical_Switch:new1", &["+Logical_Switch new1"]);
        check(|t| lr::add(t, Some("r0"), PLAIN), "r0: a router with this name already exists", &[]);
        check(|t| lr::add(t, Some(""), PLAIN), ": a router with this name already exists", &[]);
        check(
            |t| ls::add(t, Some("a"), PLAIN).and(ls::add(t, Some("a"), PLAIN)),
            "a: a switch with this name already exists",
            &[],
        );
    }

    #[test]
    fn deleting() {
        let wait = "wait,table:Logical_Router,timeout:0,where:[[name,==,r0]],columns:[_uuid],until:==,rows:[{_uuid:[uuid,#4]}]";
        let delete = "delete,table:Logical_Router,where:[[_uuid,==,[uuid,#4]]]";
        let trial = check(|t| lr::del(t, "r0", false), "()", &["-Logical_Router #4"]);
        assert_eq!(trial.sent, [wait, delete]);
        check(|t| lr::del(t, "nothing", false), "nothing: router name not found", &[]);
        check(|t| lr::del(t, "nothing", true), "()", &[]);
        check(|t| ls::del(t, "dup", true), "Multiple logical switches named 'dup'.  Use a UUID.", &[]);
        check(|t| ls::find(t, "sw0"), "Logical_Switch:#1", &[]);
        let third = "00000000-0000-0000-0000-000000000003";
        let trial = check(|t| ls::del(t, third, false), "()", &["-Logical_Switch #3"]);
        assert_eq!(trial.sent, ["delete,table:Logical_Switch,where:[[_uuid,==,[uuid,#3]]]"]);
        check(
            |t| ls::add(t, Some("a"), PLAIN).and(ls::del(t, "a", false)).and(ls::find(t, "a")),
            "a: switch name not found",
            &[],
        );
    }

    #[test]
    fn listing() {
        check(
            ls_list,
            r#"[(Logical_Switch:#2, "dup"), (Logical_Switch:#3, "dup"), (Logical_Switch:#1, "sw0")]"#,
            &[],
        );
        check(|t| lr::list(t), r#"[(Logical_Router:#5, ""), (Logical_Router:#4, "r0")]"#, &[]);
    }

    fn ls_list(t: &mut Txn<'_>) -> Result<Vec<(Ref<LogicalSwitch>, String)>, OpError> {
        ls::list(t)
    }
}
