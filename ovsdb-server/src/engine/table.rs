//! What is kept of one table beside its rows: references to them, and what was asked for.

use super::links::{self, Link};
use super::query::Asked;
use ovsdb_proto::schema::{ColumnId, ConstraintError, DatabaseSchema, TableId, TableSchema};
use ovsdb_proto::value::Uuid;
use std::collections::{BTreeMap, BTreeSet};

/// References to the rows of a table, and what depends on its schema alone.
#[derive(Clone, Debug)]
pub(super) struct Table {
    /// The columns whose default the schema does not allow.
    pub(super) refused_defaults: Box<[(ColumnId, ConstraintError)]>,
    /// What it was asked for.
    pub(super) asked: Asked,
    /// Its columns that refer to rows.
    pub(super) links: Box<[Link]>,
    /// Weak references to its rows: the row, and where the reference is.
    pub(super) weak: BTreeSet<(Uuid, TableId, ColumnId, Uuid)>,
    // how many strong references there are to a row from other rows, if any
    strong: BTreeMap<Uuid, u64>,
}

impl Table {
    pub(super) fn new(schema: &DatabaseSchema, table: &TableSchema) -> Table {
        Table {
            refused_defaults: refused_defaults(table),
            asked: Asked::default(),
            links: links::links(schema, table),
            weak: BTreeSet::new(),
            strong: BTreeMap::new(),
        }
    }

    /// How many strong references there are to a row from other rows.
    pub(super) fn strong(&self, uuid: Uuid) -> u64 {
        self.strong.get(&uuid).copied().unwrap_or(0)
    }

    /// One strong reference more or less.
    pub(super) fn count(&mut self, uuid: Uuid, more: bool) {
        let count = self.strong.entry(uuid).or_default();
        *count = if more { count.saturating_add(1) } else { count.saturating_sub(1) };
        if *count == 0 {
            self.strong.remove(&uuid);
        }
    }

    /// The weak references to a row: table, column and row that they are in.
    pub(super) fn referrers(&self, uuid: Uuid) -> impl Iterator<Item = (TableId, ColumnId, Uuid)> + '_ {
        let (first, last) = ((TableId(0), ColumnId(0), Uuid::NIL), Uuid::from_u128(u128::MAX));
        let last = (TableId(u16::MAX), ColumnId(u16::MAX), last);
        self.weak
            .range((uuid, first.0, first.1, first.2)..=(uuid, last.0, last.1, last.2))
            .map(|&(_, table, column, row)| (table, column, row))
    }
}

fn refused_defaults(table: &TableSchema) -> Box<[(ColumnId, ConstraintError)]> {
    let columns = (0u16..).map(ColumnId).zip(table.columns());
    let refused = columns.filter(|(_, column)| !column.default.is_empty());
    refused.filter_map(|(id, column)| Some((id, column.type_.check(&column.default).err()?))).collect()
}
