//! Which columns: a small set of column ids, one bit each.

use super::ColumnId;
use crate::limits::COLUMNS_MAX;

const WORDS: usize = COLUMNS_MAX / 64;

/// A set of columns of one table.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct ColumnSet([u64; WORDS]);

impl ColumnSet {
    /// No column.
    pub const EMPTY: ColumnSet = ColumnSet([0; WORDS]);

    /// Adds a column. One beyond [`COLUMNS_MAX`], which no schema that was read can have, is not added.
    pub fn insert(&mut self, column: ColumnId) {
        if let Some(word) = self.0.get_mut(usize::from(column.0) / 64) {
            *word |= 1 << (column.0 % 64);
        }
    }

    /// Takes a column out.
    pub fn remove(&mut self, column: ColumnId) {
        if let Some(word) = self.0.get_mut(usize::from(column.0) / 64) {
            *word &= !(1 << (column.0 % 64));
        }
    }

    /// Whether the column is in the set.
    pub fn contains(&self, column: ColumnId) -> bool {
        self.0.get(usize::from(column.0) / 64).is_some_and(|word| word >> (column.0 % 64) & 1 == 1)
    }

    /// How many columns of the set come before this one.
    pub fn rank(&self, column: ColumnId) -> usize {
        let (word, bit) = (usize::from(column.0) / 64, column.0 % 64);
        let before = self.0.iter().take(word).map(|w| w.count_ones()).sum::<u32>();
        let here = self.0.get(word).map_or(0, |w| (w & ((1 << bit) - 1)).count_ones());
        usize::try_from(before + here).unwrap_or(usize::MAX)
    }

    /// Whether every column of `other` is in the set.
    pub fn is_superset(&self, other: &ColumnSet) -> bool {
        self.0.iter().zip(&other.0).all(|(a, b)| a & b == *b)
    }

    /// Whether there is no column.
    pub fn is_empty(&self) -> bool {
        *self == ColumnSet::EMPTY
    }

    /// The columns of both sets.
    #[must_use]
    pub fn union(mut self, other: ColumnSet) -> ColumnSet {
        for (a, b) in self.0.iter_mut().zip(other.0) {
            *a |= b;
        }
        self
    }

    /// The columns that are in both sets.
    #[must_use]
    pub fn intersection(mut self, other: &ColumnSet) -> ColumnSet {
        for (a, b) in self.0.iter_mut().zip(other.0) {
            *a &= b;
        }
        self
    }

    /// Every column that is not in this set.
    #[must_use]
    pub fn complement(self) -> ColumnSet {
        ColumnSet(self.0.map(|word| !word))
    }

    /// The columns in order.
    pub fn iter(&self) -> impl Iterator<Item = ColumnId> + '_ {
        // bit by bit of the words that have any: most sets are small
        (0u16..).step_by(64).zip(self.0).flat_map(|(first, mut word)| {
            std::iter::from_fn(move || {
                let bit = u16::try_from(word.trailing_zeros()).ok().filter(|bit| *bit < 64)?;
                word &= word - 1;
                Some(ColumnId(first + bit))
            })
        })
    }
}

impl FromIterator<ColumnId> for ColumnSet {
    fn from_iter<I: IntoIterator<Item = ColumnId>>(columns: I) -> ColumnSet {
        let mut set = ColumnSet::EMPTY;
        columns.into_iter().for_each(|c| set.insert(c));
        set
    }
}

impl std::fmt::Debug for ColumnSet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.iter().map(|c| c.0)).finish()
    }
}
