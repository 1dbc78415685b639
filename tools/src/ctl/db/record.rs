//! Which row does the RECORD argument of a database command name?

use super::names::DbTable;
use super::order;
use crate::ctl::context::{Context, Halt};
use ovsdb_proto::op::{Condition, Function};
use ovsdb_proto::row::{Query, ReadError};
use ovsdb_proto::schema::{ColumnId, ColumnSet, TableId};
use ovsdb_proto::txn::{RowId, Txn};
use ovsdb_proto::value::{Atom, AtomType, Datum, Uuid};
use std::collections::BTreeMap;

/// One way to find rows of a table by a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NameRule {
    /// The table whose rows are looked for.
    pub table: &'static str,
    /// The table that has the name: the same, or one that refers to it.
    pub name_table: &'static str,
    /// The column with the name.
    pub column: &'static str,
    /// If the column is a map, the key whose value is the name.
    pub key: Option<&'static str>,
    /// If `name_table` is another table, its column that refers to the row.
    pub reference: Option<&'static str>,
}

impl NameRule {
    /// Rows of `table` have their name in `column`.
    pub const fn by(table: &'static str, column: &'static str) -> NameRule {
        NameRule { table, name_table: table, column, key: None, reference: None }
    }

    /// Rows of `name_table` that have a name in `column` refer to rows of `table` in `reference`.
    pub const fn via(
        table: &'static str,
        name_table: &'static str,
        column: &'static str,
        reference: &'static str,
    ) -> NameRule {
        NameRule { table, name_table, column, key: None, reference: Some(reference) }
    }

    /// The name is the value under `key`.
    #[must_use]
    pub const fn key(self, key: &'static str) -> NameRule {
        NameRule { key: Some(key), ..self }
    }
}

/// How few characters of a UUID are enough to mean a row by it.
const PREFIX_MIN: usize = 4;

/// How many characters the whole of a UUID has.
const UUID_LEN: usize = 36;

/// Finds the row of `table` that `text` names, with `columns` of it known.
///
/// In order: its UUID; `.` for the only row; the name rules of the tool; the first digits of its UUID. As little as possible is asked for: what no row
/// can be meant by is not looked for.
///
/// # Errors
/// Several rows are meant, or none and `must_exist`.
pub(super) fn find(
    cx: &mut Context<'_, '_>,
    table: DbTable<'_>,
    text: &str,
    columns: ColumnSet,
    must_exist: bool,
) -> Result<Option<RowId>, Halt> {
    let row = lookup(cx, table, text, columns)?;
    if row.is_none() && must_exist {
        return Err(Halt::failed(format!("no row \"{text}\" in table {}", table.name())));
    }
    Ok(row)
}

fn lookup(
    cx: &mut Context<'_, '_>,
    table: DbTable<'_>,
    text: &str,
    columns: ColumnSet,
) -> Result<Option<RowId>, Halt> {
    let by_uuid = |txn: &Txn<'_>, uuid| {
        Ok(txn.find_rows(table.id, &[Condition::uuid(uuid)], columns)?.first().copied())
    };
    if let Ok(uuid) = text.parse::<Uuid>()
        && let Some(row) = by_uuid(cx.txn, uuid)?
    {
        return Ok(Some(row));
    }
    if text == "." {
        let at_once = if table.schema.max_rows == Some(1) { columns } else { ColumnSet::EMPTY };
        if let [row] = cx.txn.find_rows(table.id, &[], at_once)?.as_slice() {
            return by_uuid(cx.txn, row.uuid);
        }
    }
    let rules = cx.def.names.iter().filter(|r| *r.table == *table.schema.name);
    if is_prefix(text) {
        read_names(cx.txn, table.id, rules.clone())?;
    }
    for rule in rules {
        match by_rule(cx.txn, rule, text, columns)? {
            Found::None => {}
            Found::Row(row) => return by_uuid(cx.txn, row),
            Found::Several => {
                let text = format!("multiple rows in {} match \"{text}\"", rule.name_table);
                return Err(Halt::failed(text));
            }
        }
    }
    if !is_prefix(text) {
        return Ok(None);
    }
    let rows = cx.txn.find_rows(table.id, &[], ColumnSet::EMPTY)?;
    let rows = order::walk_edited(cx.txn, table.id, rows)?;
    let mut meant = rows.iter().filter(|row| row.uuid.to_string().starts_with(text));
    match (meant.next(), meant.next()) {
        (None, _) => Ok(None),
        (Some(row), None) => by_uuid(cx.txn, row.uuid),
        (Some(a), Some(b)) => Err(Halt::failed(format!(
            "{} contains 2 or more rows whose UUIDs begin with {text}: at least {} and {}",
            table.name(),
            a.uuid,
            b.uuid
        ))),
    }
}

/// Whether a UUID may begin like this. A whole one has been looked for already, and nothing longer than itself begins with it.
fn is_prefix(text: &str) -> bool {
    (PREFIX_MIN..UUID_LEN).contains(&text.len()) && Uuid::prefix_len(text) == text.len()
}

/// Reads at once all that a text may be the beginning of.
fn read_names<'r>(
    txn: &Txn<'_>,
    table: TableId,
    rules: impl Iterator<Item = &'r NameRule>,
) -> Result<(), ReadError> {
    let schema = txn.base().schema();
    let mut names: BTreeMap<TableId, ColumnSet> = BTreeMap::from([(table, ColumnSet::EMPTY)]);
    for rule in rules {
        let id = schema.table_id(rule.name_table).ok_or(ReadError::NoTable(rule.name_table))?;
        let known = schema.table(id).ok_or(ReadError::NoTable(rule.name_table))?;
        let columns = [Some(rule.column), rule.reference];
        let columns = columns.into_iter().flatten().filter_map(|name| known.column_id(name)).collect();
        let asked = names.entry(id).or_default();
        *asked = asked.union(columns);
    }
    let mut missing = None;
    for (id, columns) in names {
        if let Err(error) = txn.find_rows(id, &[], columns) {
            missing = Some(error);
        }
    }
    missing.map_or(Ok(()), Err)
}

enum Found {
    None,
    Row(Uuid),
    Several,
}

fn by_rule(txn: &mut Txn<'_>, rule: &NameRule, text: &str, columns: ColumnSet) -> Result<Found, ReadError> {
    let schema = txn.base().schema();
    let id = schema.table_id(rule.name_table).ok_or(ReadError::NoTable(rule.name_table))?;
    let table = DbTable { id, schema: schema.table(id).ok_or(ReadError::NoTable(rule.name_table))? };
    let column = |name: &'static str| {
        table.schema.column_id(name).ok_or(ReadError::NoColumn { table: rule.name_table, column: name })
    };
    let (name, reference) = (column(rule.column)?, rule.reference.map(column).transpose()?);
    let Some(wanted) = wanted(table, name, rule, text) else { return Ok(Found::None) };
    // what is read of the rows: of those that are looked for all that the command needs, of others only whom they refer to
    let columns = match reference {
        Some(reference) => [reference].into_iter().collect(),
        None => columns,
    };
    let referrers = if is_prefix(text) {
        like(txn, table, name, rule, text)?
    } else if txn.base().absent().has_column(table.id, name) {
        named(txn, table, name, &wanted, columns)?
    } else {
        Vec::new()
    };
    let referrer = match referrers.as_slice() {
        [] => return Ok(Found::None),
        [row] => *row,
        _ => return Ok(Found::Several),
    };
    let Some(reference) = reference else { return Ok(Found::Row(referrer.uuid)) };
    txn.verify_cell(referrer, reference);
    let value = txn.cell(referrer, reference)?;
    Ok(value.scalar().and_then(Atom::as_uuid).map_or(Found::None, Found::Row))
}

/// The value that the column, or the key in it, must have; `None` if `text` can be no name there.
fn wanted(table: DbTable<'_>, name: ColumnId, rule: &NameRule, text: &str) -> Option<Datum> {
    let type_ = &table.schema.column(name)?.type_;
    let base = if rule.key.is_some() { type_.value.as_ref()? } else { &type_.key };
    let atom = match base.atom {
        AtomType::Integer if !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()) => {
            // as C's strtoll does with what is too much
            Atom::Integer(text.parse().unwrap_or(i64::MAX))
        }
        AtomType::String => Atom::from(text),
        AtomType::Uuid => Atom::Uuid(text.parse().ok()?),
        _ => return None,
    };
    // a server refuses to look for what the column cannot hold
    base.check(&atom).ok()?;
    Some(match rule.key {
        Some(key) => Datum::map([(Atom::from(key), atom)]),
        None => Datum::one(atom),
    })
}

/// The rows that have exactly this name.
fn named(
    txn: &Txn<'_>,
    table: DbTable<'_>,
    name: ColumnId,
    wanted: &Datum,
    columns: ColumnSet,
) -> Result<Vec<RowId>, ReadError> {
    if !wanted.is_map() {
        return txn.lookup_rows(table.id, name, wanted, columns);
    }
    let conditions = vec![Condition { column: name, function: Function::Includes, arg: wanted.clone() }];
    let rows = txn.find_rows(table.id, &conditions, columns)?;
    let held = txn.base().find(table.id, &conditions, ColumnSet::EMPTY)?;
    if !rows.is_empty() {
        txn.guard(Query { table: table.id, conditions, columns: ColumnSet::EMPTY }, held);
    }
    Ok(rows)
}

/// The rows that have this name, or whose name is a UUID that begins with it: to find those, all names must be read.
fn like(
    txn: &Txn<'_>,
    table: DbTable<'_>,
    name: ColumnId,
    rule: &NameRule,
    text: &str,
) -> Result<Vec<RowId>, ReadError> {
    let mut rows = Vec::new();
    for row in txn.find_rows(table.id, &[], [name].into_iter().collect())? {
        let value = txn.cell(row, name)?;
        let atom = match rule.key {
            Some(key) => value.get(&Atom::from(key)),
            None => value.scalar(),
        };
        let is = match atom {
            Some(Atom::String(name)) => {
                **name == *text || (name.starts_with(text) && name.parse::<Uuid>().is_ok())
            }
            Some(Atom::Integer(n)) => text.parse().map_or(*n == i64::MAX, |m: i64| *n == m),
            _ => false,
        };
        if is {
            rows.push(row);
        }
    }
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ic_nb, ic_sb, nb, sb, vs};

    #[test]
    fn all_rules_fit_the_schemas() {
        for tool in [&nb::TOOL, &sb::TOOL, &ic_nb::TOOL, &ic_sb::TOOL, &vs::TOOL] {
            let schema = (tool.schema)();
            let table = |name| schema.table_id(name).and_then(|id| schema.table(id)).unwrap();
            for rule in tool.names {
                table(rule.table);
                let names = table(rule.name_table);
                let type_ = |name: &str| &names.column(names.column_id(name).unwrap()).unwrap().type_;
                assert_eq!(type_(rule.column).is_map(), rule.key.is_some(), "{rule:?}");
                assert_eq!(rule.reference.is_none(), rule.table == rule.name_table, "{rule:?}");
                if let Some(reference) = rule.reference {
                    let target = type_(reference).key.reference.as_ref().map(|r| &*r.table);
                    assert_eq!(target, Some(rule.table), "{rule:?}");
                }
            }
        }
    }

    #[test]
    fn beginnings_of_uuids() {
        let check = |text, expect| assert_eq!(is_prefix(text), expect, "{text}");
        check("abc", false);
        check("abcd", true);
        check("ABCD", true);
        check("12345678", true);
        check("123456789", false);
        check("12345678-", true);
        check("12345678-1234-4234-8234-123456789abc", false);
        check("port1234", false);
    }
}
