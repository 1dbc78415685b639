//! What is kept of one row: the columns that were read, those that hold their default taking no space.

use crate::schema::{ColumnId, ColumnSet, TableSchema};
use crate::value::Datum;

/// Columns of one row with their values, as decoded.
pub type Cells = Vec<(ColumnId, Datum)>;

/// One row of a snapshot.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RowData {
    known: ColumnSet,
    // sorted by column; columns that are known and not here hold their default
    cells: Box<[(ColumnId, Datum)]>,
}

impl RowData {
    /// Which columns were read.
    pub const fn known(&self) -> &ColumnSet {
        &self.known
    }

    /// The value of a column, if it was read.
    pub fn get<'a>(&'a self, table: &'a TableSchema, column: ColumnId) -> Option<&'a Datum> {
        if !self.known.contains(column) {
            return None;
        }
        match self.cells.binary_search_by_key(&column, |c| c.0) {
            Ok(i) => self.cells.get(i).map(|c| &c.1),
            Err(_) => table.column(column).map(|c| &c.default),
        }
    }

    /// Takes in what another read of the same row brought: of `columns` those in `cells`, the others of them holding their default.
    pub(super) fn merge(&mut self, table: &TableSchema, columns: &ColumnSet, mut cells: Cells) {
        cells.retain(|(id, value)| {
            columns.contains(*id) && table.column(*id).is_some_and(|c| c.default != *value)
        });
        let before = std::mem::take(&mut self.cells).into_vec();
        cells.extend(before.into_iter().filter(|(id, _)| !columns.contains(*id)));
        cells.sort_by_key(|c| c.0);
        cells.dedup_by_key(|c| c.0);
        self.known = self.known.union(*columns);
        self.cells = cells.into();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::DatabaseSchema;

    #[test]
    fn later_reads_win_and_defaults_take_no_space() {
        let text = r#"{"name":"D","version":"1.0.0","tables":{"T":{"columns":{
            "a":{"type":"string"},"b":{"type":"integer"},"c":{"type":"string"}}}}}"#;
        let schema = DatabaseSchema::parse(text).unwrap();
        let table = &schema.tables()[0];
        let [a, b, c] = ["a", "b", "c"].map(|name| table.column_id(name).unwrap());
        let set = |columns: &[ColumnId]| columns.iter().copied().collect::<ColumnSet>();
        let mut row = RowData::default();
        assert_eq!(row.get(table, a), None);

        row.merge(table, &set(&[b, a]), vec![(b, Datum::one(7)), (a, Datum::one("x"))]);
        assert_eq!((row.get(table, a), row.get(table, b)), (Some(&Datum::one("x")), Some(&Datum::one(7))));
        assert_eq!(row.get(table, c), None);

        // a default that is sent and one that is left out are the same; what was not asked for is not taken
        row.merge(table, &set(&[a, b]), vec![(a, Datum::one("")), (c, Datum::one("y"))]);
        assert_eq!((row.get(table, a), row.get(table, b)), (Some(&Datum::one("")), Some(&Datum::one(0))));
        assert_eq!(row.get(table, c), None);
        assert!(row.cells.is_empty());

        row.merge(table, &set(&[c]), vec![(c, Datum::one("y"))]);
        row.merge(table, &set(&[a]), vec![(a, Datum::one("z"))]);
        assert_eq!((row.get(table, a), row.get(table, c)), (Some(&Datum::one("z")), Some(&Datum::one("y"))));
        assert_eq!(*row.known(), set(&[a, b, c]));
    }
}
