//! Which rows does `show` visit, and what does it take from each?

use super::filter::Filters;
use super::{ShowTable, print};
use crate::ctl::context::Halt;
use crate::ctl::db::names::DbTable;
use crate::ctl::db::order;
use ovsdb_proto::row::ReadError;
use ovsdb_proto::schema::{ColumnId, ColumnSet, ColumnType, TableId};
use ovsdb_proto::txn::{RowId, Txn};
use ovsdb_proto::value::{Atom, AtomType, Datum, Uuid};
use std::collections::HashMap;

/// A row as it is shown.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) table: &'static str,
    pub(super) uuid: Uuid,
    /// Its name and how many elements the column of that may have.
    pub(super) name: Option<(Datum, u32)>,
    pub(super) items: Vec<Item>,
}

/// Something shown beneath a row.
#[derive(Clone, Debug)]
pub(super) enum Item {
    /// A column with a value other than its default, and how many elements it may have.
    Value(&'static str, Datum, u32),
    /// The rows that a column refers to.
    Rows(&'static str, Vec<Node>),
    /// The names of the rows that a map refers to, and how many elements the column of the name may have.
    Names(&'static str, Vec<(Atom, Option<Datum>)>, u32),
    /// A row of this table refers weakly to the one shown; its name, and how many elements the column of that may have.
    Weak(&'static str, Datum, u32),
}

/// What is shown, with all names looked up in the schema.
pub(super) struct Tree {
    tables: Vec<Shown>,
}

struct Shown {
    table: DbTable<'static>,
    name: Option<(ColumnId, u32)>,
    columns: Vec<(ColumnId, &'static str, &'static ColumnType, &'static Datum)>,
    weak: Option<Weak>,
}

struct Weak {
    table: &'static str,
    name: ColumnId,
    max: u32,
    /// The rows that refer to a row, in the order in which they are shown.
    by_target: HashMap<Uuid, Vec<RowId>>,
}

impl Tree {
    /// Looks up all tables and columns, and asks for all of them at once.
    ///
    /// # Errors
    /// The schema lacks one, or what is read is not there yet.
    pub(super) fn read(
        txn: &Txn<'_>,
        schema: &'static ovsdb_proto::schema::DatabaseSchema,
        show: &'static [ShowTable],
    ) -> Result<Tree, Halt> {
        let mut tables = Vec::new();
        let mut missing = None;
        for entry in show {
            match Shown::read(txn, schema, entry) {
                Ok(shown) => tables.push(shown),
                Err(error @ ReadError::Missing(_)) => missing = Some(error),
                Err(error) => return Err(error.into()),
            }
        }
        missing.map_or(Ok(Tree { tables }), |error| Err(error.into()))
    }

    /// The table whose rows are at the top.
    pub(super) fn top(&self) -> Option<TableId> {
        self.tables.first().map(|shown| shown.table.id)
    }

    fn of(&self, table: &str) -> Option<&Shown> {
        self.tables.iter().find(|shown| shown.table.name() == table)
    }

    /// What is shown of a row, beneath rows of the tables `above`; `None` if a filter leaves it out.
    ///
    /// # Errors
    /// What a read lacks.
    pub(super) fn node(
        &self,
        txn: &Txn<'_>,
        row: RowId,
        filters: &Filters<'_>,
        above: &mut Vec<TableId>,
    ) -> Result<Option<Node>, ReadError> {
        let Some(shown) = self.tables.iter().find(|shown| shown.table.id == row.table) else {
            return Ok(None);
        };
        let name = match shown.name {
            Some((column, max)) => Some((txn.cell(row, column)?.into_owned(), max)),
            None => None,
        };
        let table = shown.table.name();
        let mut node = Node { table, uuid: row.uuid, name, items: Vec::new() };
        if !above.contains(&row.table) {
            above.push(row.table);
            let items = self.items(txn, shown, row, filters, above);
            above.pop();
            node.items = items?;
        }
        if filters.concern(table) {
            let mut text = String::new();
            print::text(&mut text, &node, above.len());
            if !filters.pass(table, &text) {
                return Ok(None);
            }
        }
        Ok(Some(node))
    }

    fn items(
        &self,
        txn: &Txn<'_>,
        shown: &Shown,
        row: RowId,
        filters: &Filters<'_>,
        above: &mut Vec<TableId>,
    ) -> Result<Vec<Item>, ReadError> {
        let mut items = Vec::new();
        for &(column, name, type_, default) in &shown.columns {
            let value = txn.cell(row, column)?;
            if let Some(target) = self.target(&type_.key) {
                let mut nodes = Vec::new();
                for uuid in value.atoms().iter().filter_map(Atom::as_uuid) {
                    if let Some(row) = present(txn, target, uuid)? {
                        nodes.extend(self.node(txn, row, filters, above)?);
                    }
                }
                items.push(Item::Rows(name, nodes));
            } else if let Some(target) = type_.value.as_ref().and_then(|v| self.target(v))
                && let Some((target_name, max)) = target.name
            {
                let mut names = Vec::new();
                for (key, value) in value.pairs() {
                    let row = value.as_uuid().map(|uuid| present(txn, target, uuid)).transpose()?.flatten();
                    let name = row.map(|row| txn.cell(row, target_name)).transpose()?;
                    names.push((key.clone(), name.map(std::borrow::Cow::into_owned)));
                }
                items.push(Item::Names(name, names, max));
            } else if *value != *default {
                items.push(Item::Value(name, value.into_owned(), type_.max));
            }
        }
        if let Some(weak) = &shown.weak {
            for referrer in weak.by_target.get(&row.uuid).into_iter().flatten() {
                items.push(Item::Weak(weak.table, txn.cell(*referrer, weak.name)?.into_owned(), weak.max));
            }
        }
        Ok(items)
    }

    /// The table shown to which values of this type refer.
    fn target(&self, base: &ovsdb_proto::schema::BaseType) -> Option<&Shown> {
        if base.atom != AtomType::Uuid {
            return None;
        }
        self.of(&base.reference.as_ref()?.table)
    }
}

fn present(txn: &Txn<'_>, target: &Shown, uuid: Uuid) -> Result<Option<RowId>, ReadError> {
    let this = [ovsdb_proto::op::Condition::uuid(uuid)];
    Ok(txn.find_rows(target.table.id, &this, ColumnSet::EMPTY)?.first().copied())
}

impl Shown {
    fn read(
        txn: &Txn<'_>,
        schema: &'static ovsdb_proto::schema::DatabaseSchema,
        entry: &'static ShowTable,
    ) -> Result<Shown, ReadError> {
        let table = table(schema, entry.table)?;
        let mut columns = Vec::new();
        for name in entry.columns {
            let id = column(table, entry.table, name)?;
            if let Some(known) = table.schema.column(id) {
                columns.push((id, *name, &known.type_, &known.default));
            }
        }
        let name = entry.name.map(|name| column(table, entry.table, name)).transpose()?;
        let name = name.map(|id| (id, max_of(table, id)));
        let asked: ColumnSet = columns.iter().map(|c| c.0).chain(name.map(|n| n.0)).collect();
        let rows = txn.find_rows(table.id, &[], asked);
        let weak = entry.weak.as_ref().map(|weak| Weak::read(txn, schema, weak)).transpose();
        rows?;
        Ok(Shown { table, name, columns, weak: weak? })
    }
}

impl Weak {
    fn read(
        txn: &Txn<'_>,
        schema: &'static ovsdb_proto::schema::DatabaseSchema,
        entry: &'static super::WeakRef,
    ) -> Result<Weak, ReadError> {
        let table = table(schema, entry.table)?;
        let name = column(table, entry.table, entry.name)?;
        let reference = column(table, entry.table, entry.column)?;
        let mut by_target: HashMap<Uuid, Vec<RowId>> = HashMap::new();
        let rows = txn.find_rows(table.id, &[], [name, reference].into_iter().collect())?;
        for row in order::walk_edited(txn, table.id, rows)? {
            if let Some(target) = txn.cell(row, reference)?.atoms().first().and_then(Atom::as_uuid) {
                by_target.entry(target).or_default().push(row);
            }
        }
        Ok(Weak { table: entry.table, name, max: max_of(table, name), by_target })
    }
}

fn table(
    schema: &'static ovsdb_proto::schema::DatabaseSchema,
    name: &'static str,
) -> Result<DbTable<'static>, ReadError> {
    let id = schema.table_id(name).ok_or(ReadError::NoTable(name))?;
    Ok(DbTable { id, schema: schema.table(id).ok_or(ReadError::NoTable(name))? })
}

fn column(table: DbTable<'_>, name: &'static str, column: &'static str) -> Result<ColumnId, ReadError> {
    table.schema.column_id(column).ok_or(ReadError::NoColumn { table: name, column })
}

fn max_of(table: DbTable<'_>, column: ColumnId) -> u32 {
    table.schema.column(column).map_or(1, |c| c.type_.max)
}
