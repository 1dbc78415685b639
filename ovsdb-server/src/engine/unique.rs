//! Which rows a transaction leaves with the same values in a unique index.

use super::Row;
use super::failure::Failure;
use super::order::compare_rows;
use super::settle::{Place, Settling};
use ovsdb_proto::schema::{ColumnId, ColumnType, TableId, TableSchema};
use ovsdb_proto::store::Probe;
use ovsdb_proto::value::{AtomType, DatumView, Format, Uuid, print_datum};
use std::collections::HashMap;

/// Checks the unique indexes of all changed rows, as they are at the end: values may have been swapped.
pub(super) fn check(s: &Settling<'_>) -> Result<(), Failure> {
    // the values of the changed rows seen so far, by table and index
    let mut seen: HashMap<(TableId, usize, Vec<DatumView<'_>>), Uuid> = HashMap::new();
    for (place, entry) in &s.rows {
        let (Some((table, _)), Some(row)) = (s.table(place.0), &entry.new) else { continue };
        for (i, columns) in table.indexes.iter().enumerate() {
            let values: Vec<DatumView<'_>> = columns.iter().filter_map(|c| row.read(table, *c)).collect();
            // a row that held these values before met no other then, and a row that took them since is among the changed
            let held = entry.old.as_ref().is_some_and(|old| {
                columns.iter().zip(&values).all(|(c, value)| old.read(table, *c) == Some(*value))
            });
            let rows = s.db.version().table(place.0).filter(|_| !held);
            let probe = Probe::Columns(columns, &values);
            let known = rows.and_then(|rows| {
                let mut known = rows.find(table, s.db.version().state(), &probe)?.map(|row| row.0);
                known.find(|uuid| !s.rows.contains_key(&(place.0, *uuid)))
            });
            let other = known.or_else(|| seen.get(&(place.0, i, values.clone())).copied());
            if let Some(other) = other {
                let mut places = [*place, (place.0, other)];
                if s.row(places[1])
                    .is_some_and(|other| compare_rows(row, other, table, &told_apart_by(table)).is_lt())
                {
                    places.reverse();
                }
                return Err(duplicate(s, table, columns, row, places));
            }
            seen.insert((place.0, i, values), place.1);
        }
    }
    Ok(())
}

/// The columns that decide which row an error names first: the one that is greater in them, as in
/// Open vSwitch 4.0. UUIDs, which differ from run to run, do not count.
fn told_apart_by(table: &TableSchema) -> Vec<ColumnId> {
    let holds_uuids = |type_: &ColumnType| {
        let bases = [Some(&type_.key), type_.value.as_ref()];
        bases.into_iter().flatten().any(|base| base.atom == AtomType::Uuid)
    };
    let counts = |id: &ColumnId| table.column(*id).is_some_and(|column| !holds_uuids(&column.type_));
    table.own_columns().iter().filter(counts).collect()
}

fn duplicate(
    s: &Settling<'_>,
    table: &TableSchema,
    columns: &[ColumnId],
    row: &Row,
    places: [Place; 2],
) -> Failure {
    let [first, second] = places.map(|place| {
        let inserted = "was inserted by this transaction".to_owned();
        let Some(entry) = s.rows.get(&place) else {
            return "existed in the database before this transaction and was not modified by the transaction"
                .to_owned();
        };
        let Some(old) = entry.old.as_ref() else { return inserted };
        let unchanged = columns.iter().all(|c| old.read(table, *c) == row.read(table, *c));
        if unchanged {
            return "existed in the database before this transaction, which modified some of the row's columns but not \
                    any columns in this index"
                .to_owned();
        }
        format!("had the following index values before the transaction: {}", values(old, table, columns))
    });
    let names: Vec<String> =
        columns.iter().filter_map(|c| table.column(*c)).map(|c| format!("\"{}\"", c.name)).collect();
    Failure::constraint(format!(
        "Transaction causes multiple rows in \"{}\" table to have identical values ({}) for index on column{} {}.  First \
         row, with UUID {}, {first}.  Second row, with UUID {}, {second}.",
        table.name,
        values(row, table, columns),
        if columns.len() == 1 { "" } else { "s" },
        english(&names),
        places[0].1,
        places[1].1,
    ))
}

fn values(row: &Row, table: &TableSchema, columns: &[ColumnId]) -> String {
    let value = |column: &ColumnId| {
        let (value, schema) = row.read(table, *column).zip(table.column(*column))?;
        let mut text = String::new();
        print_datum(&mut text, &value.to_datum(), schema.type_.max, Format::String);
        Some(text)
    };
    english(&columns.iter().filter_map(value).collect::<Vec<_>>())
}

fn english(items: &[String]) -> String {
    match items {
        [] => String::new(),
        [one] => one.clone(),
        [one, two] => format!("{one} and {two}"),
        [most @ .., last] => format!("{}, and {last}", most.join(", ")),
    }
}
