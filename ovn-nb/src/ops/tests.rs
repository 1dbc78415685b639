//! What do the tests of operations begin with, and how are they checked? A real engine carries each out, read round by round and over all rows.

use crate::tables;
use ovsdb_proto::txn::Txn;
pub(super) use ovsdb_server::trial::{Rows, Trial, cell};
use std::fmt::{Debug, Display};

/// No rows yet.
pub(super) fn rows() -> Rows {
    Rows::new(tables::schema())
}

/// What an operation comes to on these rows.
#[track_caller]
pub(super) fn run<T: Debug, E: Display>(rows: &Rows, op: impl Fn(&mut Txn<'_>) -> Result<T, E>) -> Trial {
    rows.run(op).unwrap_or_else(|error| panic!("{error}"))
}

/// The answer, the rows that change, and how many rounds of reading and refused commits that took.
#[track_caller]
pub(super) fn check<T: Debug, E: Display>(
    rows: &Rows,
    op: impl Fn(&mut Txn<'_>) -> Result<T, E>,
    answer: &str,
    changes: &[&str],
    rounds: usize,
) -> Trial {
    run(rows, op).assert(answer, changes, rounds)
}
