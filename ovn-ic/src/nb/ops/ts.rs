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
    use ovsdb_server::trial::{Rows, cell};
    use std::fmt::Debug;

    /// Transit switches #1 c and #2 a.
    #[track_caller]
    fn check<T: Debug>(
        op: impl Fn(&mut Txn<'_>) -> Result<T, OpError>,
        answer: &str,
        changes: &[&str],
        rounds: usize,
    ) {
        let mut rows = Rows::new(tables::schema());
        for name in ["c", "a"] {
            rows.row(&[cell(TransitSwitch::NAME, name.to_owned())]);
        }
        rows.run(op).unwrap().assert(answer, changes, rounds);
    }

    fn names(t: &Txn<'_>) -> Result<Vec<String>, OpError> {
        Ok(list(t)?.into_iter().map(|(_, name)| name).collect())
    }

    #[test]
    fn switches_are_listed_by_name() {
        check(|t| names(t), r#"["a", "c"]"#, &[], 1);
        let one_more = |t: &mut Txn<'_>| add(t, "b", false).and_then(|_| names(t));
        check(one_more, r#"["a", "b", "c"]"#, &["+Transit_Switch new1 name=b"], 1);
        let c = "00000000-0000-0000-0000-000000000001";
        let two_less = |t: &mut Txn<'_>| {
            add(t, "b", false)?;
            del(t, "a", false)?;
            del(t, c, false)?;
            names(t)
        };
        let changes = ["+Transit_Switch new1 name=b", "-Transit_Switch #1", "-Transit_Switch #2"];
        check(two_less, r#"["b"]"#, &changes, 3);
    }

    #[test]
    fn a_name_is_taken_once() {
        // a free one is not looked for
        check(|t| add(t, "b", false), "Transit_Switch:new1", &["+Transit_Switch new1 name=b"], 0);
        check(|t| add(t, "a", false), "a: a transit switch with this name already exists", &[], 3);
        check(|t| add(t, "a", true), "Transit_Switch:#2", &[], 3);
        let again = |t: &mut Txn<'_>| del(t, "a", false).and_then(|()| add(t, "a", false));
        let changes = ["+Transit_Switch new1 name=a", "-Transit_Switch #2"];
        check(again, "Transit_Switch:new1", &changes, 1);
    }

    #[test]
    fn errors_say_how_the_argument_looked() {
        check(|t| del(t, "b", false), "b: switch name not found", &[], 1);
        check(|t| del(t, "b", true), "()", &[], 1);
        let uuid = "00000000-0000-0000-0000-000000000007";
        check(|t| del(t, uuid, false), "#7: switch UUID not found", &[], 2);
        check(|t| del(t, uuid, true), "()", &[], 2);
    }
}
