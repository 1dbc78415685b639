//! What a transaction is: edits over a snapshot, read as if they were made, and sent as the fewest operations.

mod commit;
mod edit;
mod missing;
mod outcome;
mod read;
pub mod remotes;
mod typed;

pub use commit::{Commit, Request};
pub use outcome::{Committed, Outcome, Refusal};

use crate::replica::Snapshot;
use crate::row::Query;
use crate::schema::{ColumnId, ColumnSet, TableId};
use crate::value::{Datum, Uuid};
use edit::Edit;
use missing::MissingLog;
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

/// A row of some table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RowId {
    /// The table.
    pub table: TableId,
    /// The row's UUID; of a row that this transaction inserts, the one it goes by until the server gives it its own.
    pub uuid: Uuid,
}

/// A transaction over a snapshot.
///
/// Reading shows the snapshot with the transaction's own edits on top. What the snapshot does not hold is remembered
/// ([`Txn::missing`]) besides being reported, so that a caller may go on to find out what else is needed.
#[derive(Debug)]
pub struct Txn<'s> {
    base: &'s Snapshot,
    seed: u128,
    made: u32,
    edits: BTreeMap<RowId, Edit>,
    verified: BTreeMap<RowId, ColumnSet>,
    guards: RefCell<Vec<Guard>>,
    increments: Vec<Increment>,
    comment: String,
    dry_run: bool,
    missing: RefCell<MissingLog>,
    trusted: Cell<bool>,
}

/// Something that must still be so when the transaction is carried out.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Guard {
    query: Query,
    // the UUIDs of exactly the rows that meet the query's conditions
    rows: Vec<Uuid>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Increment {
    row: RowId,
    column: ColumnId,
    force: bool,
}

impl<'s> Txn<'s> {
    /// An empty transaction over `base`. `seed` is random: the UUIDs by which new rows go until the commit are made of it.
    pub fn new(base: &'s Snapshot, seed: u128) -> Txn<'s> {
        Txn {
            base,
            seed,
            made: 0,
            edits: BTreeMap::new(),
            verified: BTreeMap::new(),
            guards: RefCell::default(),
            increments: Vec::new(),
            comment: String::new(),
            dry_run: false,
            missing: RefCell::default(),
            trusted: Cell::new(false),
        }
    }

    /// The snapshot beneath, without the edits.
    pub const fn base(&self) -> &'s Snapshot {
        self.base
    }

    /// A text for the server's log, sent with whatever else there is to send (RFC 7047 section 5.2.9).
    pub fn comment(&mut self, text: &str) {
        if !self.comment.is_empty() {
            self.comment.push('\n');
        }
        self.comment.push_str(text);
    }

    /// Whether the server is asked to check everything and then to abort.
    pub const fn dry_run(&mut self, on: bool) {
        self.dry_run = on;
    }

    /// A UUID for a row to come.
    pub const fn fresh_uuid(&mut self) -> Uuid {
        self.made += 1;
        // odd multiples of an odd constant differ for differing counters, whatever the seed
        let step = 0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835_u128;
        Uuid::from_random(self.seed.wrapping_add((self.made as u128).wrapping_mul(step)))
    }

    /// Makes a new row in `table`, all columns holding their defaults.
    pub fn insert_row(&mut self, table: TableId) -> RowId {
        let uuid = self.fresh_uuid();
        self.insert_row_as(table, uuid, false)
    }

    /// Makes a new row that goes by `uuid`; if `persist`, that is to be its real UUID (`uuid` in ovsdb-server(7), since Open vSwitch 2.13).
    pub fn insert_row_as(&mut self, table: TableId, uuid: Uuid, persist: bool) -> RowId {
        let row = RowId { table, uuid };
        self.edits.insert(row, Edit::insert(persist));
        row
    }

    /// Takes a row away. For a row outside the root set this only hides it here: the server removes it with the last reference to it.
    pub fn delete_row(&mut self, row: RowId) {
        match self.edits.get(&row) {
            // made and taken away in one transaction: it never was; but it must stay hidden from the commands to come
            Some(edit) if edit.is_insert() => {
                self.edits.insert(row, Edit::delete(true));
            }
            _ => {
                self.edits.insert(row, Edit::delete(false));
            }
        }
    }

    /// Whether this transaction inserts the row.
    pub fn is_new(&self, row: RowId) -> bool {
        self.edits.get(&row).is_some_and(Edit::is_insert)
    }

    /// Replaces the value of a column.
    pub fn set_cell(&mut self, row: RowId, column: ColumnId, value: Datum) {
        self.edits.entry(row).or_default().set(column, value);
    }

    /// Adds elements to a set, or puts pairs into a map whose keys then have these values, leaving everything else in the column to others
    /// (sent as a mutation).
    pub fn insert_into(&mut self, row: RowId, column: ColumnId, what: &Datum) {
        let default = self.default_of(row, column);
        self.edits.entry(row).or_default().insert_into(column, what, default);
    }

    /// Takes elements out of a set, or keys (with `what` a set) out of a map, leaving everything else in the column to others
    /// (sent as a mutation).
    pub fn delete_from(&mut self, row: RowId, column: ColumnId, what: &Datum) {
        let default = self.default_of(row, column);
        self.edits.entry(row).or_default().delete_from(column, what, default);
    }

    fn default_of(&self, row: RowId, column: ColumnId) -> Option<Datum> {
        if !self.is_new(row) {
            return None;
        }
        self.base.schema().table(row.table).and_then(|t| t.column(column)).map(|c| c.default.clone())
    }

    /// Demands that the column still holds what the snapshot says when the transaction is carried out.
    pub fn verify_cell(&mut self, row: RowId, column: ColumnId) {
        self.verified.entry(row).or_default().insert(column);
    }

    /// Adds 1 to an integer column and reads it back, if anything else is sent or `force` is set.
    pub fn increment_cell(&mut self, row: RowId, column: ColumnId, force: bool) {
        self.increments.push(Increment { row, column, force });
    }

    /// Demands that exactly `rows` meet the query's conditions when the transaction is carried out.
    pub fn guard(&self, query: Query, rows: Vec<Uuid>) {
        let guard = Guard { query, rows };
        let mut guards = self.guards.borrow_mut();
        if !guards.contains(&guard) {
            guards.push(guard);
        }
    }

    /// The queries whose answers were needed and not there, in the order met.
    pub fn missing(&self) -> Vec<Query> {
        self.missing.borrow().queries()
    }

    /// Whether a value was taken as free only because a unique index will refuse it otherwise.
    pub fn trusted_an_index(&self) -> bool {
        self.trusted.get()
    }
}
