//! What becomes of the rows at the end of a transaction: references, garbage, weak references, numbers of rows, unique indexes?

use super::value::{self, Atom, CONSTRAINT, Datum, ErrorName};
use super::world::{Rows, refers};
use crate::random::schema::{Base, Schema, Type};
use std::collections::BTreeSet;
use std::rc::Rc;

/// Whether the rows may stay so; those that nobody refers to and weak references to nothing are taken out.
pub(crate) fn settle(schema: &Schema, before: &Rows, rows: &mut Rows) -> Result<(), ErrorName> {
    // what changed nothing breaks nothing
    if before == rows {
        return Ok(());
    }
    for (name, uuid, base, atom) in references(schema, rows) {
        let (target, strong) = base.refers.as_ref().unwrap();
        let own = target == name && *atom == Atom::Uuid(uuid.clone());
        if *strong && !own && refers(rows, target, atom).is_none() {
            return Err("referential integrity violation");
        }
    }
    collect(schema, rows);
    for (name, table) in &schema.tables {
        // too many only counts where rows came or went
        if rows[name].len() > table.max_rows {
            return Err(CONSTRAINT);
        }
    }
    while forget(schema, rows)? {
        collect(schema, rows);
    }
    for (name, table) in &schema.tables {
        for index in &table.indexes {
            let mut seen = BTreeSet::new();
            for row in rows[name].values() {
                if !seen.insert(index.iter().map(|column| &row[column]).collect::<Vec<&Datum>>()) {
                    return Err(CONSTRAINT);
                }
            }
        }
    }
    Ok(())
}

/// Every reference: the table and the row that it is in, its type, and the UUID.
fn references<'a>(
    schema: &'a Schema,
    rows: &'a Rows,
) -> impl Iterator<Item = (&'a String, &'a String, &'a Base, &'a Atom)> {
    schema.tables.iter().flat_map(move |(name, table)| {
        rows[name].iter().flat_map(move |(uuid, row)| {
            let refers = |type_: &Type| {
                type_.key.refers.is_some() || type_.value.as_ref().is_some_and(|base| base.refers.is_some())
            };
            let columns = table.columns.iter().filter(move |column| refers(&column.1.type_));
            columns.flat_map(move |(column, described)| {
                let (key, value) = (&described.type_.key, described.type_.value.as_ref());
                let keys = row[column].keys().filter(|_| key.refers.is_some()).map(move |k| (key, k));
                let values = row[column].values().filter_map(move |atom| {
                    value.filter(|base| base.refers.is_some()).map(|base| (base, atom))
                });
                keys.chain(values).map(move |(base, atom)| (name, uuid, base, atom))
            })
        })
    })
}

/// Deletes rows outside of the root set that no other row refers to strongly, until there are none.
fn collect(schema: &Schema, rows: &mut Rows) {
    loop {
        let mut held = BTreeSet::new();
        for (name, uuid, base, atom) in references(schema, rows) {
            let (target, strong) = base.refers.as_ref().unwrap();
            if let (true, Atom::Uuid(to)) = (*strong, atom)
                && !(target == name && to == uuid)
            {
                held.insert((target.clone(), to.clone()));
            }
        }
        let mut any = false;
        for (name, table) in &schema.tables {
            if !table.is_root {
                let table = rows.get_mut(name).unwrap();
                let count = table.len();
                table.retain(|uuid, _| held.contains(&(name.clone(), uuid.clone())));
                any |= table.len() < count;
            }
        }
        if !any {
            return;
        }
    }
}

/// Takes out weak references to rows that are not there; answers whether there were any.
fn forget(schema: &Schema, rows: &mut Rows) -> Result<bool, ErrorName> {
    let mut any = false;
    let there = rows.clone();
    let dangles = |base: Option<&Base>, atom: &Atom| match base.and_then(|base| base.refers.as_ref()) {
        Some((target, false)) => refers(&there, target, atom).is_none(),
        _ => false,
    };
    for (name, table) in &schema.tables {
        for row in rows.get_mut(name).unwrap().values_mut() {
            for (column, described) in &table.columns {
                let type_ = &described.type_;
                let goes = |key: &Atom, value: &Atom| {
                    dangles(Some(&type_.key), key) || dangles(type_.value.as_ref(), value)
                };
                if row[column].iter().any(|(key, value)| goes(key, value)) {
                    any = true;
                    let held = Rc::make_mut(row).get_mut(column).unwrap();
                    held.retain(|key, value| !goes(key, value));
                    value::check(held, type_)?;
                }
            }
        }
    }
    Ok(any)
}
