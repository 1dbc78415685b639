//! What is kept of one row: every column, those that hold their default taking no space.

use ovsdb_proto::schema::{ColumnId, ColumnSet, TableSchema};
use ovsdb_proto::value::{Atom, Datum, Uuid};

/// A row of a table, never changed once made: a change makes a new one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    // _uuid and _version
    identity: [Datum; 2],
    // which of the other columns do not hold their default, and their values in the order of columns
    set: ColumnSet,
    cells: Box<[Datum]>,
}

impl Row {
    /// A row with these values, which need not be sorted; of a column that stands twice the last counts. `_uuid` and `_version` among them
    /// and columns that the table lacks are left out.
    pub fn new(
        table: &TableSchema,
        uuid: Uuid,
        version: Uuid,
        values: impl IntoIterator<Item = (ColumnId, Datum)>,
    ) -> Row {
        let mut values: Vec<(ColumnId, Datum)> = values
            .into_iter()
            .filter(|(id, _)| *id > ColumnId::VERSION && table.column(*id).is_some())
            .collect();
        values.sort_by_key(|v| v.0);
        values.reverse();
        values.dedup_by_key(|v| v.0);
        values.retain(|(id, value)| table.column(*id).is_some_and(|c| c.default != *value));
        values.reverse();
        let set = values.iter().map(|v| v.0).collect();
        let cells = values.into_iter().map(|v| v.1).collect();
        let identity = [uuid, version].map(|uuid| Datum::one(Atom::Uuid(uuid)));
        Row { identity, set, cells }
    }

    /// Its identity.
    pub fn uuid(&self) -> Uuid {
        self.identity.first().and_then(Datum::scalar).and_then(Atom::as_uuid).unwrap_or_default()
    }

    /// Changes whenever the row does.
    pub fn version(&self) -> Uuid {
        self.identity.last().and_then(Datum::scalar).and_then(Atom::as_uuid).unwrap_or_default()
    }

    /// The columns that do not hold their default, without `_uuid` and `_version`.
    pub const fn columns(&self) -> &ColumnSet {
        &self.set
    }

    /// The columns that do not hold their default, and their values, in the order of columns, without `_uuid` and `_version`.
    pub fn cells(&self) -> impl Iterator<Item = (ColumnId, &Datum)> {
        self.set.iter().zip(&self.cells)
    }

    /// The value of a column, `None` if the table has no such column.
    pub fn get<'a>(&'a self, table: &'a TableSchema, column: ColumnId) -> Option<&'a Datum> {
        match column {
            ColumnId::UUID => self.identity.first(),
            ColumnId::VERSION => self.identity.last(),
            _ if self.set.contains(column) => self.cells.get(self.set.rank(column)),
            _ => table.column(column).map(|c| &c.default),
        }
    }

    /// Puts a value into a column, which must not be `_uuid` or `_version`.
    pub(super) fn set(&mut self, table: &TableSchema, column: ColumnId, value: Datum) {
        let Some(schema) = table.column(column).filter(|_| column > ColumnId::VERSION) else { return };
        let (held, at) = (self.set.contains(column), self.set.rank(column));
        if schema.default == value {
            if held {
                let mut cells = std::mem::take(&mut self.cells).into_vec();
                cells.remove(at);
                self.cells = cells.into();
                self.set.remove(column);
            }
        } else if held {
            if let Some(cell) = self.cells.get_mut(at) {
                *cell = value;
            }
        } else {
            let mut cells = std::mem::take(&mut self.cells).into_vec();
            cells.reserve_exact(1);
            cells.insert(at, value);
            self.cells = cells.into();
            self.set.insert(column);
        }
    }

    /// Takes the value out of a column that does not hold its default, leaving nothing of use there until the next [`Row::set`].
    pub(super) fn take(&mut self, column: ColumnId) -> Option<Datum> {
        let at = self.set.contains(column).then(|| self.set.rank(column))?;
        self.cells.get_mut(at).map(|cell| std::mem::replace(cell, Datum::empty_set()))
    }

    /// The row with other values in some columns, each of which stands once. What is replaced is not copied: it may be large.
    pub(super) fn with(&self, table: &TableSchema, changes: Vec<(ColumnId, Datum)>) -> Row {
        let is_other = |id: ColumnId| changes.iter().any(|change| change.0 == id);
        let kept = self.cells().filter(|cell| !is_other(cell.0));
        let mut values: Vec<_> = kept.map(|(id, value)| (id, value.clone())).collect();
        values.extend(changes);
        Row::new(table, self.uuid(), self.version(), values)
    }

    /// Gives the row another version.
    pub(super) fn set_version(&mut self, version: Uuid) {
        if let Some(cell) = self.identity.last_mut() {
            *cell = Datum::one(Atom::Uuid(version));
        }
    }

    /// Whether two rows hold the same, apart from identity and version.
    pub(super) fn same_values(&self, other: &Row) -> bool {
        self.set == other.set && self.cells == other.cells
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ovsdb_proto::schema::DatabaseSchema;

    #[test]
    fn defaults_take_no_space_and_the_last_value_counts() {
        let text = r#"{"name":"D","version":"1.0.0","tables":{"T":{"columns":{
            "a":{"type":"string"},"b":{"type":"integer"},"c":{"type":"string"}}}}}"#;
        let schema = DatabaseSchema::parse(text).unwrap();
        let table = &schema.tables()[0];
        let [a, b, c] = ["a", "b", "c"].map(|name| table.column_id(name).unwrap());
        let text = |text: &str| Datum::one(Atom::String(text.into()));
        let (uuid, version) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let values = [(c, text("x")), (b, Datum::one(Atom::Integer(0))), (c, text("y")), (a, text("z"))];
        let row = Row::new(table, uuid, version, values);
        assert_eq!((row.uuid(), row.version()), (uuid, version));
        assert_eq!(row.cells().collect::<Vec<_>>(), [(a, &text("z")), (c, &text("y"))]);
        assert_eq!(row.get(table, a), Some(&text("z")));
        assert_eq!(row.get(table, b), Some(&Datum::one(Atom::Integer(0))));
        assert_eq!(row.get(table, c), Some(&text("y")));
        assert_eq!(row.get(table, ColumnId::UUID), Some(&Datum::one(Atom::Uuid(uuid))));
        assert_eq!(row.get(table, ColumnId(99)), None);

        let mut changed = row.clone();
        changed.set(table, b, Datum::one(Atom::Integer(3)));
        changed.set(table, a, text("w"));
        changed.set(table, c, text(""));
        assert_eq!(
            changed.cells().collect::<Vec<_>>(),
            [(a, &text("w")), (b, &Datum::one(Atom::Integer(3)))]
        );
        assert!(!changed.same_values(&row));
        changed.set(table, b, Datum::one(Atom::Integer(0)));
        changed.set(table, a, text("z"));
        changed.set(table, c, text("y"));
        let values = [(b, Datum::one(Atom::Integer(3))), (c, text(""))];
        assert_eq!(
            row.with(table, values.to_vec()).cells().collect::<Vec<_>>(),
            [(a, &text("z")), (b, &values[0].1)]
        );
        changed.set_version(Uuid::from_u128(3));
        assert!(changed.same_values(&row) && changed != row);
    }
}
