//! Does a walk over table updates see the same rows whatever is read of them, and whatever message they come in?

use ovsdb_proto::json::Reader;
use ovsdb_proto::monitor::{
    AtomRef, DatumRef, MonitorMethod, RowChange, UpdateFormat, Updates, open_notification, open_reply,
};
use ovsdb_proto::value::{DatumError, Uuid};

/// One column of one row, with what was read of its value.
#[derive(Debug, PartialEq)]
struct Seen {
    table: String,
    row: Option<(Uuid, RowChange)>,
    column: String,
    value: Vec<String>,
}

/// The first byte chooses the format, and how much is read; the rest is the updates.
pub fn check_update(data: &[u8]) {
    let Some((&choice, json)) = data.split_first() else { return };
    let format = if choice & 1 == 0 { UpdateFormat::Update2 } else { UpdateFormat::Update };
    let open = || Updates::new(json, format);
    let Ok(seen) = open().and_then(|updates| walk(updates, &|_| usize::MAX)) else {
        // what is wrong may lie in what is not read now: only a panic would be a finding
        for most in 0..3 {
            let _ = open().and_then(|updates| walk(updates, &|n| if n % 2 == 0 { most } else { usize::MAX }));
        }
        return;
    };

    // what a walk reads to its end is JSON to everybody, but for the null character and the depth
    let mut reader = Reader::new(json);
    assert!(reader.check().is_ok() && reader.end().is_ok());
    assert!(serde_json::from_slice::<serde::de::IgnoredAny>(json).is_ok());

    // values that are left out, or left half-read, do not put the walk out of step
    let step = usize::from(choice >> 1 & 7) + 2;
    let most = |n: usize| if n.is_multiple_of(step) { usize::from(choice >> 4 & 3) } else { usize::MAX };
    let partly = open().and_then(|updates| walk(updates, &most));
    let partly = partly.map(|p| p.into_iter().map(|s| Seen { value: Vec::new(), ..s }).collect::<Vec<_>>());
    let names = seen.iter().map(|s| Seen {
        table: s.table.clone(),
        row: s.row,
        column: s.column.clone(),
        value: Vec::new(),
    });
    assert_eq!(partly, Ok(names.collect()));

    check_messages(json, format, &seen);
}

/// The same updates in each message that can carry them.
fn check_messages(json: &[u8], format: UpdateFormat, seen: &[Seen]) {
    let wrap = |head: &str, tail: &str| [head.as_bytes(), json, tail.as_bytes()].concat();
    // two levels more may be two too many
    let same = |updates: Option<Updates<'_>>| {
        let walked = updates.map(|updates| walk(updates, &|_| usize::MAX));
        assert!(walked.is_some_and(|w| w.as_deref() == Ok(seen) || w.is_err_and(is_depth)));
    };
    let two = format == UpdateFormat::Update2;

    let method = if two { "update2" } else { "update" };
    let message = wrap(&format!(r#"{{"id":null,"method":"{method}","params":[["m","n"],"#), "]}");
    if let Ok(opened) = open_notification(&message) {
        assert!(opened.as_ref().is_some_and(|o| o.monitor == br#"["m","n"]"#));
        same(opened.map(|o| o.updates));
    }
    let method = if two { MonitorMethod::Cond } else { MonitorMethod::Monitor };
    if let Ok(opened) = open_reply(&wrap(r#"{"id":7,"result":"#, r#","error":null}"#), 7, method) {
        same(opened.map(|o| o.updates));
    }
    let txn = "00000000-0000-0000-0000-000000000000";
    let message = wrap(&format!(r#"{{"id":7,"result":[true,"{txn}","#), r#"],"error":null}"#);
    if let (true, Ok(opened)) = (two, open_reply(&message, 7, MonitorMethod::CondSince)) {
        assert!(opened.as_ref().is_some_and(|o| o.found && o.last_txn_id.is_some()));
        same(opened.map(|o| o.updates));
    }
}

fn is_depth(error: DatumError) -> bool {
    matches!(error, DatumError::Json(e) if e.kind == ovsdb_proto::json::JsonErrorKind::TooDeep)
}

/// Walks to the end. Of the value of the n-th column, up to `most(n)` atoms or pairs are read; with 0, it is not even begun.
fn walk(mut updates: Updates<'_>, most: &dyn Fn(usize) -> usize) -> Result<Vec<Seen>, DatumError> {
    let (mut seen, mut n) = (Vec::new(), 0);
    while let Some(table) = updates.next_table()? {
        let table = table.into_owned();
        let named =
            |row, column: &str, value| Seen { table: table.clone(), row, column: column.into(), value };
        seen.push(named(None, "", Vec::new()));
        while let Some(row) = updates.next_row()? {
            seen.push(named(Some(row), "", Vec::new()));
            loop {
                while let Some(column) = updates.next_column()? {
                    let column = column.into_owned();
                    n += 1;
                    let value = if most(n) == 0 { Vec::new() } else { value(updates.value()?, most(n))? };
                    seen.push(named(Some(row), &column, value));
                }
                if !updates.begin_old()? {
                    break;
                }
            }
        }
    }
    Ok(seen)
}

fn value(value: DatumRef<'_, '_>, most: usize) -> Result<Vec<String>, DatumError> {
    let shown = |atom: AtomRef<'_>| format!("{atom:?}");
    let mut atoms = Vec::new();
    match value {
        DatumRef::Atom(atom) => atoms.push(shown(atom)),
        DatumRef::Set(mut set) => {
            while atoms.len() < most
                && let Some(atom) = set.next()?
            {
                atoms.push(shown(atom));
            }
        }
        DatumRef::Map(mut map) => {
            while atoms.len() < most
                && let Some((key, value)) = map.next()?
            {
                atoms.push(shown(key) + &shown(value));
            }
        }
    }
    Ok(atoms)
}
