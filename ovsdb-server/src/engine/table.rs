//! What is committed in one table: rows, how often each is referred to, and what finds them.

use super::index::{Index, Key};
use super::links::Link;
use super::query::Questions;
use super::{Row, links};
use ovsdb_proto::schema::{ColumnId, ConstraintError, DatabaseSchema, TableId, TableSchema};
use ovsdb_proto::value::Uuid;
use std::collections::{BTreeMap, BTreeSet};
use std::hash::RandomState;
use std::sync::Arc;

/// The rows of a table, in the order of their UUIDs: a run with the same identities answers the same.
#[derive(Clone, Debug)]
pub(super) struct Table {
    rows: BTreeMap<Uuid, Stored>,
    /// Those of the schema, in its order, then those that were made because they were wanted.
    pub(super) indexes: Vec<Index>,
    /// The columns whose default the schema does not allow.
    pub(super) refused_defaults: Box<[(ColumnId, ConstraintError)]>,
    /// What it was asked for.
    pub(super) questions: Questions,
    /// Its columns that refer to rows.
    pub(super) links: Box<[Link]>,
    /// Weak references to its rows: the row, and where the reference is.
    pub(super) weak: BTreeSet<(Uuid, TableId, ColumnId, Uuid)>,
}

#[derive(Clone, Debug)]
struct Stored {
    row: Arc<Row>,
    // by rows other than itself
    strong: u64,
}

impl Table {
    pub(super) fn new(schema: &DatabaseSchema, table: &TableSchema) -> Table {
        let values = |columns: &Vec<ColumnId>| Index::new(Key::Values(columns.as_slice().into()));
        Table {
            rows: BTreeMap::new(),
            indexes: table.indexes.iter().map(values).collect(),
            refused_defaults: refused_defaults(table),
            questions: Questions::default(),
            links: links::links(schema, table),
            weak: BTreeSet::new(),
        }
    }

    pub(super) fn row(&self, uuid: Uuid) -> Option<&Arc<Row>> {
        self.rows.get(&uuid).map(|stored| &stored.row)
    }

    pub(super) fn rows(&self) -> impl Iterator<Item = &Arc<Row>> {
        self.rows.values().map(|stored| &stored.row)
    }

    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    /// How many strong references there are to a row from other rows.
    pub(super) fn strong(&self, uuid: Uuid) -> u64 {
        self.rows.get(&uuid).map_or(0, |stored| stored.strong)
    }

    /// One strong reference more or less.
    pub(super) fn count(&mut self, uuid: Uuid, more: bool) {
        if let Some(stored) = self.rows.get_mut(&uuid) {
            stored.strong =
                if more { stored.strong.saturating_add(1) } else { stored.strong.saturating_sub(1) };
        }
    }

    /// Replaces a row, without regard to references.
    pub(super) fn replace(
        &mut self,
        table: &TableSchema,
        state: &RandomState,
        uuid: Uuid,
        new: Option<&Arc<Row>>,
    ) {
        let old = match new {
            Some(row) => match self.rows.get_mut(&uuid) {
                Some(stored) => Some(std::mem::replace(&mut stored.row, Arc::clone(row))),
                None => {
                    self.rows.insert(uuid, Stored { row: Arc::clone(row), strong: 0 });
                    None
                }
            },
            None => self.rows.remove(&uuid).map(|stored| stored.row),
        };
        for index in &mut self.indexes {
            index.update(table, state, old.as_deref(), new.map(|row| &**row));
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
