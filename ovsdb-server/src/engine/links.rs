//! Which columns refer to rows, and to which rows a row refers.

use super::Row;
use ovsdb_proto::schema::{BaseType, ColumnId, DatabaseSchema, RefKind, TableId, TableSchema};
use ovsdb_proto::value::{AtomView, DatumView, Side, Uuid};

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
    /// Each reference that one of two values has and the other has not, and whether it is the new one.
    fn difference(&self, old: DatumView<'_>, new: DatumView<'_>, mut take: impl FnMut(Target, Uuid, bool)) {
        let mut atom = |target: Option<Target>, atom: AtomView<'_>, is_new| {
            if let Some((target, uuid)) = target.zip(atom.as_uuid()) {
                take(target, uuid, is_new);
            }
        };
        if !old.is_map() && !new.is_map() {
            old.for_each_key_apart(new, |side| match side {
                Side::Old(key) => atom(self.key, key, false),
                Side::New(key) => atom(self.key, key, true),
            });
            return;
        }
        let mut pair = |(key, value), is_new| {
            atom(self.key, key, is_new);
            atom(self.value, value, is_new);
        };
        old.for_each_pair_apart(new, |side| match side {
            Side::Old(old) => pair(old, false),
            Side::New(new) => pair(new, true),
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
    let empty = DatumView::EMPTY;
    for link in links {
        let of = |row: Option<&Row>| row.is_some_and(|row| row.get(link.column).is_some());
        // nothing on either side, most often
        if !of(old) && !of(new) && !default_refers(table, link.column) {
            continue;
        }
        let [old, new] =
            [old, new].map(|row| row.and_then(|row| row.read(table, link.column)).unwrap_or(empty));
        link.difference(old, new, |target, uuid, is_new| take(link.column, target, uuid, is_new));
    }
}

// a column that must have a value refers, by default, to the row of all zeros
fn default_refers(table: &TableSchema, column: ColumnId) -> bool {
    table.column(column).is_some_and(|c| !c.default.is_empty())
}
