//! Which columns refer to rows, and to which rows a row refers.

use super::Row;
use ovsdb_proto::schema::{BaseType, ColumnId, DatabaseSchema, RefKind, TableId, TableSchema};
use ovsdb_proto::value::{Atom, Datum, Uuid};

/// A column that refers to rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Link {
    pub(super) column: ColumnId,
    /// What the elements or keys refer to.
    pub(super) key: Option<Target>,
    /// What the values of a map refer to.
    pub(super) value: Option<Target>,
}

/// What a reference refers to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Target {
    pub(super) table: TableId,
    pub(super) kind: RefKind,
}

/// The referring columns of a table.
pub(super) fn links(schema: &DatabaseSchema, table: &TableSchema) -> Box<[Link]> {
    let target = |base: &BaseType| {
        let reference = base.reference.as_ref()?;
        Some(Target { table: schema.table_id(&reference.table)?, kind: reference.kind })
    };
    (0u16..)
        .zip(table.columns())
        .filter_map(|(id, column)| {
            let key = target(&column.type_.key);
            let value = column.type_.value.as_ref().and_then(target);
            (key.is_some() || value.is_some()).then_some(Link { column: ColumnId(id), key, value })
        })
        .collect()
}

impl Link {
    /// Each reference of a value.
    pub(super) fn each(&self, datum: &Datum, mut take: impl FnMut(Target, Uuid)) {
        let mut atom = |target: Option<Target>, atom: &Atom| {
            if let (Some(target), Some(uuid)) = (target, atom.as_uuid()) {
                take(target, uuid);
            }
        };
        datum.atoms().iter().for_each(|key| atom(self.key, key));
        for (key, value) in datum.pairs() {
            atom(self.key, key);
            atom(self.value, value);
        }
    }

    /// Each reference that one of two values has and the other has not, and whether it is the new one.
    pub(super) fn difference(&self, old: &Datum, new: &Datum, mut take: impl FnMut(Target, Uuid, bool)) {
        if old.is_map() || new.is_map() {
            if old != new {
                self.each(old, |target, uuid| take(target, uuid, false));
                self.each(new, |target, uuid| take(target, uuid, true));
            }
            return;
        }
        let Some(target) = self.key else { return };
        super::index::difference(old.atoms(), new.atoms(), |atom, is_new| {
            if let Some(uuid) = atom.as_uuid() {
                take(target, uuid, is_new);
            }
        });
    }
}

/// Each reference that a row lost or won, with the column that it is in.
pub(super) fn changed_references(
    table: &TableSchema,
    links: &[Link],
    old: Option<&Row>,
    new: Option<&Row>,
    mut take: impl FnMut(ColumnId, Target, Uuid, bool),
) {
    for link in links {
        let of = |row: Option<&'_ Row>| row.map(|row| row.columns().contains(link.column));
        // nothing on either side, most often
        if of(old) != Some(true) && of(new) != Some(true) && !default_refers(table, link.column) {
            continue;
        }
        let take = &mut |target, uuid, is_new| take(link.column, target, uuid, is_new);
        match (old.and_then(|r| r.get(table, link.column)), new.and_then(|r| r.get(table, link.column))) {
            (Some(old), Some(new)) => link.difference(old, new, take),
            (Some(old), None) => link.each(old, |target, uuid| take(target, uuid, false)),
            (None, Some(new)) => link.each(new, |target, uuid| take(target, uuid, true)),
            (None, None) => {}
        }
    }
}

// a column that must have a value refers, by default, to the row of all zeros
fn default_refers(table: &TableSchema, column: ColumnId) -> bool {
    table.column(column).is_some_and(|c| !c.default.is_empty())
}
