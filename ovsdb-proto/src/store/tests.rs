//! A version is a naive map of rows, its indexes find what a scan finds, and differences lead from
//! one to the other.

use super::*;
use crate::schema::{ColumnId, DatabaseSchema, TableId, TableSchema};
use crate::value::{Atom, Datum, Packed, Uuid};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::sync::Arc;

const SCHEMA: &str = r#"{"name": "D", "version": "1.0.0", "tables": {
    "A": {"columns": {"name": {"type": "string"}, "n": {"type": "integer"},
        "refs": {"type": {"key": {"type": "uuid", "refTable": "B"}, "min": 0, "max": "unlimited"}},
        "ids": {"type": {"key": "string", "value": "string", "min": 0, "max": "unlimited"}}},
      "indexes": [["name"]]},
    "B": {"columns": {"name": {"type": "string"}}}}}"#;

type Model = BTreeMap<(TableId, Uuid), BTreeMap<ColumnId, Datum>>;

#[derive(Clone, Debug)]
enum Step {
    Put { table: u16, uuid: u128, name: u8, n: i64, refs: Vec<u128>, ids: Vec<(u8, u8)> },
    Delete { table: u16, uuid: u128 },
    Hold,
}

fn step() -> impl Strategy<Value = Step> {
    let refs = proptest::collection::vec(0u128..6, 0..5);
    let ids = proptest::collection::vec((0u8..4, 0u8..3), 0..4);
    let put = (0u16..2, 0u128..50, 0u8..6, 0i64..3, refs, ids);
    prop_oneof![
        6 => put.prop_map(|(table, uuid, name, n, refs, ids)| Step::Put { table, uuid, name, n, refs, ids }),
        2 => (0u16..2, 0u128..50).prop_map(|(table, uuid)| Step::Delete { table, uuid }),
        1 => Just(Step::Hold),
    ]
}

fn text(n: u8) -> Atom {
    Atom::from(format!("{n}"))
}

fn column(table: &TableSchema, name: &str) -> ColumnId {
    table.column_id(name).unwrap()
}

fn apply(version: &mut Version, model: &mut Model, step: Step) {
    let schema = Arc::clone(version.schema());
    match step {
        Step::Put { table, uuid, name, n, refs, ids } => {
            let (id, uuid) = (TableId(table), Uuid::from_u128(uuid));
            let table = schema.table(id).unwrap();
            let mut values = BTreeMap::from([(column(table, "name"), Datum::one(text(name)))]);
            if id == TableId(0) {
                values.insert(column(table, "n"), Datum::one(n));
                let refs = refs.into_iter().map(|n| Atom::Uuid(Uuid::from_u128(n)));
                values.insert(column(table, "refs"), Datum::set(refs));
                let ids = ids.into_iter().map(|(k, v)| (text(k), text(v)));
                values.insert(column(table, "ids"), Datum::map(ids));
            }
            let mut builder = RowBuilder::default();
            values.iter().for_each(|(column, value)| builder.set(*column, value));
            let row = builder.build(table, None);
            let old = version.replace(id, uuid, Some(row));
            assert_eq!(old.is_some(), model.insert((id, uuid), values).is_some());
        }
        Step::Delete { table, uuid } => {
            let place = (TableId(table), Uuid::from_u128(uuid));
            assert_eq!(version.replace(place.0, place.1, None).is_some(), model.remove(&place).is_some());
        }
        Step::Hold => {}
    }
}

fn check(version: &Version, model: &Model) {
    let schema = version.schema();
    for (i, table) in schema.tables().iter().enumerate() {
        let id = TableId(u16::try_from(i).unwrap());
        let rows = model.iter().filter(|(place, _)| place.0 == id);
        let rows: Vec<_> = rows.map(|(place, values)| (place.1, values)).collect();
        let own = version.table(id).unwrap();
        assert_eq!(
            own.rows().iter().map(|entry| entry.0).collect::<Vec<_>>(),
            rows.iter().map(|r| r.0).collect::<Vec<_>>()
        );
        for (uuid, values) in &rows {
            for (column, value) in *values {
                assert_eq!(&version.row(id, *uuid).unwrap().read(table, *column).unwrap().to_datum(), value);
            }
        }
    }
    let (own, table, state) = (version.table(TableId(0)).unwrap(), &schema.tables()[0], version.state());
    let rows =
        || model.iter().filter(|(place, _)| place.0 == TableId(0)).map(|(place, values)| (place.1, values));
    let [name, n, refs, ids] = ["name", "n", "refs", "ids"].map(|name| column(table, name));
    let uuids = |found: Vec<(Uuid, &Row)>| found.into_iter().map(|entry| entry.0).collect::<Vec<_>>();
    for key in 0..6 {
        let wanted = [Datum::one(text(key)), Datum::one(i64::from(key) % 3)];
        let packed = wanted.each_ref().map(Packed::new);
        let views = packed.each_ref().map(Packed::view);
        let found = own.find(table, state, &Probe::Columns(&[name], &views[..1])).unwrap().collect();
        let scan = rows().filter(|(_, values)| values[&name] == wanted[0]);
        assert_eq!(uuids(found), scan.map(|row| row.0).collect::<Vec<_>>());
        let found = own.find(table, state, &Probe::Columns(&[name, n], &views)).unwrap().collect();
        let scan = rows().filter(|(_, values)| values[&name] == wanted[0] && values[&n] == wanted[1]);
        assert_eq!(uuids(found), scan.map(|row| row.0).collect::<Vec<_>>());
        let target = Atom::Uuid(Uuid::from_u128(u128::from(key)));
        let found = own.find(table, state, &Probe::Element(refs, target.view())).unwrap().collect();
        let scan = rows().filter(|(_, values)| values[&refs].contains(&target));
        assert_eq!(uuids(found), scan.map(|row| row.0).collect::<Vec<_>>());
        let found = own.find(table, state, &Probe::Element(ids, text(key).view())).unwrap().collect();
        let scan = rows().filter(|(_, values)| values[&ids].contains(&text(key)));
        assert_eq!(uuids(found), scan.map(|row| row.0).collect::<Vec<_>>());
        let pair = (text(key), text(1));
        let found =
            own.find(table, state, &Probe::Pair(ids, (pair.0.view(), pair.1.view()))).unwrap().collect();
        let scan = rows().filter(|(_, values)| values[&ids].get(&pair.0) == Some(&pair.1));
        assert_eq!(uuids(found), scan.map(|row| row.0).collect::<Vec<_>>());
    }
    assert!(own.find(table, state, &Probe::Columns(&[n], &[])).is_none());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn versions_are_maps_of_rows_and_stay_as_they_were(steps in proptest::collection::vec(step(), 0..200), late in any::<bool>()) {
        let schema = Arc::new(DatabaseSchema::parse(SCHEMA).unwrap());
        let table = &schema.tables()[0];
        let [name, n, refs, ids] = ["name", "n", "refs", "ids"].map(|name| column(table, name));
        let keys = [
            Key::Columns([name, n].into()),
            Key::Element(refs),
            Key::Element(ids),
            Key::Pair(ids),
        ];
        let (mut version, mut model) = (Version::new(Arc::clone(&schema)), Model::new());
        let index = |version: &mut Version| keys.iter().for_each(|key| version.add_index(TableId(0), key.clone()));
        if !late {
            index(&mut version);
        }
        let mut held = vec![(version.clone(), model.clone())];
        for step in steps {
            if let Step::Hold = step {
                held.push((version.clone(), model.clone()));
            }
            apply(&mut version, &mut model, step);
        }
        held.push((version, model));
        for (version, model) in &mut held {
            index(version);
            check(version, model);
        }
        for (old, new) in held.iter().zip(held.iter().skip(1)) {
            let mut derived = old.0.clone();
            for change in old.0.changes(&new.0) {
                prop_assert_ne!(&change.old, &change.new);
                prop_assert_eq!(derived.replace(change.table, change.uuid, change.new), change.old);
            }
            check(&derived, &new.1);
            prop_assert!(derived.changes(&new.0).is_empty());
        }
        // filled at once, it is the same
        let (last, model) = held.last().unwrap();
        let mut filled = Version::new(schema);
        index(&mut filled);
        for id in [TableId(0), TableId(1)] {
            let rows = last.table(id).unwrap().rows().iter().map(|(uuid, row)| (uuid, row.clone()));
            filled.fill(id, rows.collect());
        }
        check(&filled, model);
    }
}
