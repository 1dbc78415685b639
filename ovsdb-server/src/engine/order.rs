//! The order of rows by the values of columns, as Open vSwitch compares them.

use super::Row;
use ovsdb_proto::schema::{ColumnId, TableSchema};
use ovsdb_proto::value::DatumView;
use std::cmp::Ordering;

/// Compares two rows of a table by these columns, the first of them first.
pub(super) fn compare_rows(a: &Row, b: &Row, table: &TableSchema, columns: &[ColumnId]) -> Ordering {
    let by_column = |column: &ColumnId| match (a.read(table, *column), b.read(table, *column)) {
        (Some(a), Some(b)) => compare_datums(a, b),
        _ => Ordering::Equal,
    };
    columns.iter().map(by_column).find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
}

/// Compares two values of one column: the one with fewer elements is less; of equally many, all
/// keys are compared before the values.
fn compare_datums(a: DatumView<'_>, b: DatumView<'_>) -> Ordering {
    let keys = || a.pairs().map(|pair| pair.0).cmp(b.pairs().map(|pair| pair.0));
    let elements = a.len().cmp(&b.len()).then_with(|| a.atoms().cmp(b.atoms()));
    // with equal keys, pairs compare as their values do
    elements.then_with(keys).then_with(|| a.pairs().cmp(b.pairs()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use ovsdb_proto::value::{Atom, Datum, Packed};

    #[test]
    fn fewer_elements_come_first_and_keys_before_values() {
        let set = |atoms: &[i64]| Datum::set(atoms.iter().copied().map(Atom::Integer));
        let map = |pairs: &[(&str, &str)]| Datum::map(pairs.iter().map(|(k, v)| ((*k).into(), (*v).into())));
        let ascending: [&[Datum]; 2] = [
            &[set(&[]), set(&[-1]), set(&[7]), set(&[0, 1]), set(&[0, 9]), set(&[1, 2]), set(&[-3, 0, 1])],
            &[
                map(&[]),
                map(&[("b", "z")]),
                map(&[("c", "a")]),
                map(&[("a", "z"), ("b", "a")]),
                map(&[("a", "z"), ("b", "c")]),
                map(&[("a", "a"), ("c", "a")]),
            ],
        ];
        for list in ascending {
            for (i, a) in list.iter().enumerate() {
                for (j, b) in list.iter().enumerate() {
                    let [x, y] = [a, b].map(Packed::new);
                    assert_eq!(compare_datums(x.view(), y.view()), i.cmp(&j), "{a:?} {b:?}");
                }
            }
        }
    }
}
