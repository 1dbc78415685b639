//! Rows, packed into bytes and shared.

use crate::schema::{ColumnId, ColumnSet, TableSchema};
use crate::value::{Datum, DatumView, Packer, Uuid, pack_uuid};
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

/// A row of a table. Immutable and shared; a change makes a new row.
///
/// Columns that hold their default take no space. The bytes are: the number of words of a bitmap,
/// the size of an offset (2 or 5), the bitmap of the columns that do not hold their default in
/// words of 64 bits, the offset of the end of each of their values, and the values. Equal rows have
/// equal bytes.
#[derive(Clone)]
pub struct Row(Arc<[u8]>);

impl Row {
    /// A row with these values; of a column that stands twice the last counts. [`RowBuilder`] is
    /// faster for many rows.
    pub fn new(
        table: &TableSchema,
        uuid: Uuid,
        version: Uuid,
        values: impl IntoIterator<Item = (ColumnId, Datum)>,
    ) -> Row {
        let mut builder = RowBuilder::default();
        values.into_iter().for_each(|(column, value)| builder.set(column, &value));
        builder.set_uuid(ColumnId::UUID, uuid);
        builder.set_uuid(ColumnId::VERSION, version);
        builder.build(table, None)
    }

    /// The value of a column that does not hold its default.
    #[inline]
    pub fn get(&self, column: ColumnId) -> Option<DatumView<'_>> {
        self.0.get(self.range(column)?).map(DatumView::new)
    }

    /// Where the value of a column is that does not hold its default.
    #[inline]
    fn range(&self, column: ColumnId) -> Option<Range<usize>> {
        let (word, bit) = (usize::from(column.0) / 64, u32::from(column.0) % 64);
        let bits = self.word(word)?;
        if bits >> bit & 1 == 0 {
            return None;
        }
        let before: u32 = (0..word).filter_map(|i| self.word(i)).map(u64::count_ones).sum();
        let rank = before + (bits & ((1 << bit) - 1)).count_ones();
        self.value(usize::try_from(rank).ok()?)
    }

    /// The value of a column; `None` if the table has no such column.
    #[inline]
    pub fn read<'a>(&'a self, table: &'a TableSchema, column: ColumnId) -> Option<DatumView<'a>> {
        match self.get(column) {
            Some(value) => Some(value),
            None => table.column(column).map(|column| column.packed_default()),
        }
    }

    /// The identity of the row, `_uuid`; the nil UUID if it was not set.
    pub fn uuid(&self) -> Uuid {
        self.get(ColumnId::UUID).and_then(DatumView::as_uuid).unwrap_or_default()
    }

    /// What changes with the row, `_version`; the nil UUID if it was not set.
    pub fn version(&self) -> Uuid {
        self.get(ColumnId::VERSION).and_then(DatumView::as_uuid).unwrap_or_default()
    }

    /// Sets `_version`: in place if the row has one and nobody else holds it.
    pub fn set_version(&mut self, table: &TableSchema, version: Uuid) {
        let at = self.range(ColumnId::VERSION);
        if let Some(bytes) = Arc::get_mut(&mut self.0).zip(at).and_then(|(row, at)| row.get_mut(at)) {
            bytes.copy_from_slice(&pack_uuid(version));
            return;
        }
        let mut builder = RowBuilder::default();
        builder.set_uuid(ColumnId::VERSION, version);
        *self = builder.build(table, Some(self));
    }

    /// The columns that do not hold their default, without `_uuid` and `_version`, and their
    /// values, in the order of columns.
    pub fn cells(&self) -> impl Iterator<Item = (ColumnId, DatumView<'_>)> + Clone {
        self.all().filter(|(column, _)| *column > ColumnId::VERSION)
    }

    fn all(&self) -> impl Iterator<Item = (ColumnId, DatumView<'_>)> + Clone {
        let words = (0u16..).step_by(64).zip((0..self.words()).filter_map(|i| self.word(i)));
        let columns = words.flat_map(|(first, mut word)| {
            std::iter::from_fn(move || {
                let bit = u16::try_from(word.trailing_zeros()).ok().filter(|bit| *bit < 64)?;
                word &= word - 1;
                Some(ColumnId(first + bit))
            })
        });
        let value = |rank| self.0.get(self.value(rank)?).map(DatumView::new);
        columns.enumerate().filter_map(move |(rank, column)| Some((column, value(rank)?)))
    }

    /// The columns in which two rows of a table differ.
    pub fn changed(&self, other: &Row) -> ColumnSet {
        let mut columns: ColumnSet = ColumnSet::EMPTY;
        if self == other {
            return columns;
        }
        for (column, value) in self.all() {
            if other.get(column) != Some(value) {
                columns.insert(column);
            }
        }
        for (column, _) in other.all() {
            if self.get(column).is_none() {
                columns.insert(column);
            }
        }
        columns
    }

    /// The number of bytes that the row takes.
    pub fn size(&self) -> usize {
        self.0.len()
    }

    /// Whether both are one row in memory, and so equal.
    pub fn is_same(&self, other: &Row) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    fn words(&self) -> usize {
        self.0.first().copied().map_or(0, usize::from)
    }

    #[inline]
    fn word(&self, i: usize) -> Option<u64> {
        if i >= self.words() {
            return None;
        }
        let bytes = self.0.get(2 + 8 * i..10 + 8 * i)?;
        Some(u64::from_le_bytes(bytes.try_into().ok()?))
    }

    /// Where offsets begin, and where values do.
    #[inline]
    fn layout(&self) -> (usize, usize, usize) {
        let (words, width) = match *self.0 {
            [words, width, ..] => (usize::from(words), usize::from(width)),
            _ => (0, 2),
        };
        let count: u32 = (0..words).filter_map(|i| self.word(i)).map(u64::count_ones).sum();
        let offsets = 2 + 8 * words;
        (width, offsets, offsets + width * usize::try_from(count).unwrap_or(0))
    }

    #[inline]
    fn value(&self, rank: usize) -> Option<Range<usize>> {
        let (width, offsets, values) = self.layout();
        let end = |rank: usize| {
            let bytes = self.0.get(offsets + width * rank..offsets + width * (rank + 1))?;
            match *bytes {
                [a, b] => Some(usize::from(u16::from_le_bytes([a, b]))),
                [a, b, c, d, e] => usize::try_from(u64::from_le_bytes([a, b, c, d, e, 0, 0, 0])).ok(),
                _ => None,
            }
        };
        let start = if rank == 0 { 0 } else { end(rank - 1)? };
        Some(values + start..values + end(rank)?)
    }
}

impl PartialEq for Row {
    fn eq(&self, other: &Row) -> bool {
        self.is_same(other) || self.0 == other.0
    }
}

impl Eq for Row {}

impl fmt::Debug for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.cells().map(|(column, value)| (column.0, value))).finish()
    }
}

/// Makes rows, reusing its buffers from one to the next.
#[derive(Debug, Default)]
pub struct RowBuilder {
    packer: Packer,
    values: Vec<u8>,
    // in the order they were set, of a column set twice both
    cells: Vec<(ColumnId, Range<usize>)>,
    row: Vec<u8>,
}

impl RowBuilder {
    /// Sets a column, over what it was set to before.
    pub fn set(&mut self, column: ColumnId, value: &Datum) {
        self.write(column, |packer, out| packer.append(out, value));
    }

    /// Sets a column to a packed value, over what it was set to before.
    pub fn set_packed(&mut self, column: ColumnId, value: DatumView<'_>) {
        self.write(column, |_, out| out.extend_from_slice(value.bytes()));
    }

    /// Sets a column to a UUID, over what it was set to before.
    pub fn set_uuid(&mut self, column: ColumnId, uuid: Uuid) {
        self.set_packed(column, DatumView::new(&pack_uuid(uuid)));
    }

    /// Sets a column to what `write` appends, which is one packed value.
    pub(crate) fn write(&mut self, column: ColumnId, write: impl FnOnce(&mut Packer, &mut Vec<u8>)) {
        let start = self.values.len();
        write(&mut self.packer, &mut self.values);
        self.cells.push((column, start..self.values.len()));
    }

    /// Forgets what was set.
    pub fn clear(&mut self) {
        self.values.clear();
        self.cells.clear();
    }

    /// The row of `table` with the columns that were set, and is then empty again. Other columns
    /// hold what they do in `base`, or their defaults. Columns that the table lacks are left out.
    pub fn build(&mut self, table: &TableSchema, base: Option<&Row>) -> Row {
        // stable, so that of a column set twice the last is last
        self.cells.sort_by_key(|cell| cell.0);
        let RowBuilder { values, cells, row, .. } = self;
        let set = cells.iter().enumerate().filter_map(|(i, (column, range))| {
            let again = cells.get(i + 1).is_some_and(|next| next.0 == *column);
            let value = DatumView::new(values.get(range.clone())?);
            let schema = table.column(*column).filter(|_| !again)?;
            Some((*column, (value != schema.packed_default()).then_some(value)))
        });
        let is_set = |column: ColumnId| cells.binary_search_by(|cell| cell.0.cmp(&column)).is_ok();
        let kept = base.into_iter().flat_map(Row::all).filter(|(column, _)| !is_set(*column));
        let mut kept = kept.peekable();
        let mut set = set.filter_map(|(column, value)| Some((column, value?))).peekable();
        let merged = std::iter::from_fn(|| match (kept.peek(), set.peek()) {
            (Some(a), Some(b)) if a.0 < b.0 => kept.next(),
            (_, Some(_)) => set.next(),
            _ => kept.next(),
        });
        let cells: Vec<(ColumnId, DatumView<'_>)> = merged.collect();
        write_row(row, &cells);
        let built = Row(row.as_slice().into());
        self.clear();
        // a large row must not be kept twice
        const KEPT_MAX: usize = 64 << 10;
        self.row.shrink_to(KEPT_MAX);
        self.values.shrink_to(KEPT_MAX);
        built
    }
}

fn write_row(row: &mut Vec<u8>, cells: &[(ColumnId, DatumView<'_>)]) {
    row.clear();
    let words = cells.last().map_or(0, |(column, _)| usize::from(column.0) / 64 + 1);
    let total: usize = cells.iter().map(|(_, value)| value.bytes().len()).sum();
    let width = if u16::try_from(total).is_ok() { 2u8 } else { 5 };
    row.reserve(2 + 8 * words + usize::from(width) * cells.len() + total);
    row.extend_from_slice(&[u8::try_from(words).unwrap_or(u8::MAX), width]);
    let mut left = cells;
    for i in 0..words {
        let (own, others) =
            left.split_at(left.partition_point(|(column, _)| usize::from(column.0) / 64 <= i));
        let word = own.iter().fold(0u64, |word, (column, _)| word | 1 << (column.0 % 64));
        row.extend_from_slice(&word.to_le_bytes());
        left = others;
    }
    let mut end = 0;
    for (_, value) in cells {
        end += value.bytes().len();
        row.extend_from_slice(end.to_le_bytes().get(..usize::from(width)).unwrap_or_default());
    }
    cells.iter().for_each(|(_, value)| row.extend_from_slice(value.bytes()));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{BaseType, ColumnSchema, ColumnType};
    use crate::value::{Atom, AtomType};
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    // columns of every form; the number of a column is not that of its name
    fn table(columns: usize) -> TableSchema {
        let forms = [
            ColumnType::scalar(AtomType::String),
            ColumnType::scalar(AtomType::Integer),
            ColumnType { key: BaseType::any(AtomType::String), value: None, min: 0, max: u32::MAX },
        ];
        let columns = (0..columns).zip(forms.into_iter().cycle());
        TableSchema::new(
            "T",
            columns.map(|(i, type_)| ColumnSchema::new(&format!("c{i}"), type_)).collect(),
            None,
            true,
        )
    }

    fn value(table: &TableSchema, column: ColumnId, n: usize) -> Datum {
        let type_ = &table.column(column).unwrap().type_;
        let text = |i: usize| Atom::from("x".repeat(i * i * 40));
        match (type_.max, type_.key.atom) {
            (1, AtomType::Integer) => Datum::one(i64::try_from(n).unwrap()),
            (1, AtomType::String) => Datum::one(text(n)),
            (1, _) => Datum::one(crate::value::Uuid::from_u128(n as u128)),
            _ => Datum::set((0..n).map(text)),
        }
    }

    fn edits() -> impl Strategy<Value = Vec<(u16, usize)>> {
        proptest::collection::vec((0u16..210, 0usize..4), 0..30)
    }

    proptest! {
        #[test]
        fn rows_hold_what_was_set((columns, first, second) in (1usize..200, edits(), edits())) {
            let table = table(columns);
            let mut builder = RowBuilder::default();
            let mut model: BTreeMap<ColumnId, Datum> = BTreeMap::new();
            let mut rows: Vec<Row> = Vec::new();
            for edits in [first, second] {
                for (column, n) in edits {
                    let column = ColumnId(column);
                    if table.column(column).is_none() {
                        builder.set(column, &Datum::one(1));
                        continue;
                    }
                    let value = value(&table, column, n);
                    builder.set(column, &value);
                    model.insert(column, value);
                }
                let row = builder.build(&table, rows.last());
                for (i, schema) in table.columns().iter().enumerate() {
                    let column = ColumnId(u16::try_from(i).unwrap());
                    let expected = model.get(&column).unwrap_or(&schema.default);
                    prop_assert_eq!(&row.read(&table, column).unwrap().to_datum(), expected);
                    prop_assert_eq!(row.get(column).is_some(), expected != &schema.default);
                }
                prop_assert_eq!(row.read(&table, ColumnId(300)), None);
                let kept: Vec<ColumnId> = row.all().map(|cell| cell.0).collect();
                let set = model.iter().filter(|(c, v)| table.column(**c).unwrap().default != **v);
                prop_assert_eq!(kept, set.map(|cell| *cell.0).collect::<Vec<_>>());
                // equal rows have equal bytes, however they came about
                model.iter().for_each(|(column, value)| builder.set(*column, value));
                prop_assert_eq!(&builder.build(&table, None), &row);
                rows.push(row);
            }
            let [a, b] = &rows[..] else { unreachable!() };
            let columns = (0u16..).map(ColumnId).take(table.columns().len());
            let differ: ColumnSet = columns.filter(|c| a.read(&table, *c) != b.read(&table, *c)).collect();
            prop_assert_eq!(a.changed(b), differ);
        }
    }

    #[test]
    fn versions_are_set_in_place_where_nobody_sees_it() {
        let table = table(4);
        let mut builder = RowBuilder::default();
        builder.set(ColumnId::UUID, &Datum::one(Uuid::from_u128(7)));
        builder.set(table.column_id("c0").unwrap(), &Datum::one("x"));
        let mut row = builder.build(&table, None);
        for n in 1..3 {
            row.set_version(&table, Uuid::from_u128(n));
            assert_eq!((row.uuid(), row.version()), (Uuid::from_u128(7), Uuid::from_u128(n)));
        }
        let held = row.clone();
        row.set_version(&table, Uuid::from_u128(3));
        assert_eq!((held.version(), row.version()), (Uuid::from_u128(2), Uuid::from_u128(3)));
        assert_eq!(held.changed(&row), [ColumnId::VERSION].into_iter().collect());
    }

    #[test]
    fn a_typical_row_is_small() {
        let table = table(30);
        let mut builder = RowBuilder::default();
        builder.set(table.column_id("c0").unwrap(), &Datum::one("lsp-1"));
        builder.set(table.column_id("c1").unwrap(), &Datum::one(7));
        assert_eq!(builder.build(&table, None).size(), 2 + 8 + 2 * 2 + 6 + 9);
        assert_eq!(builder.build(&table, None).size(), 2);
    }
}
