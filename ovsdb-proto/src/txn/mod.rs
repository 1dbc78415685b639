//! What a transaction is: edits over a snapshot, read as if they were made, and sent as the fewest operations.

mod commit;
mod edit;
mod guard;
mod held;
mod keyed;
mod memo;
mod missing;
mod outcome;
mod read;
pub mod remotes;
mod sparse;
mod trust;
mod typed;

pub use commit::{Commit, Request};
pub use keyed::Keys;
pub use outcome::{Committed, Outcome, Refusal};

use crate::replica::Snapshot;
use crate::row::Query;
use crate::schema::{ColumnId, ColumnSet, TableId};
use crate::value::{Atom, Datum, Uuid};
use edit::{Edit, Kind};
use guard::Guards;
use held::Held;
use keyed::{Keyed, Touch};
use memo::Memo;
pub use memo::Touched;
use missing::MissingLog;
use std::cell::RefCell;
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use trust::Trust;

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
    counter: u32,
    edits: BTreeMap<RowId, Edit>,
    // the rows that are edited, without those that were made and deleted again
    alive: BTreeSet<RowId>,
    // every row that was inserted here, also if it was taken away again
    made: HashSet<Uuid>,
    held: RefCell<Held>,
    keyed: RefCell<Keyed>,
    memo: RefCell<Memo>,
    // then rows may vanish with it whose values still count, whether they are known or not
    deletes_a_root: bool,
    verified: BTreeMap<RowId, ColumnSet>,
    guards: RefCell<Guards>,
    increments: Vec<Increment>,
    comment: String,
    dry_run: bool,
    missing: RefCell<MissingLog>,
    trusted: RefCell<BTreeSet<Trust>>,
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
            counter: 0,
            edits: BTreeMap::new(),
            alive: BTreeSet::new(),
            made: HashSet::new(),
            held: RefCell::default(),
            keyed: RefCell::default(),
            memo: RefCell::default(),
            deletes_a_root: false,
            verified: BTreeMap::new(),
            guards: RefCell::default(),
            increments: Vec::new(),
            comment: String::new(),
            dry_run: false,
            missing: RefCell::default(),
            trusted: RefCell::default(),
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
        self.counter += 1;
        // odd multiples of an odd constant differ for differing counters, whatever the seed
        let step = 0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835_u128;
        Uuid::from_random(self.seed.wrapping_add((self.counter as u128).wrapping_mul(step)))
    }

    /// Makes a new row in `table`, all columns holding their defaults.
    pub fn insert_row(&mut self, table: TableId) -> RowId {
        let uuid = self.fresh_uuid();
        self.insert_row_as(table, uuid, false)
    }

    /// Makes a new row that goes by `uuid`; if `persist`, that is to be its real UUID (`uuid` in ovsdb-server(7), since Open vSwitch 3.1).
    pub fn insert_row_as(&mut self, table: TableId, uuid: Uuid, persist: bool) -> RowId {
        let row = RowId { table, uuid };
        self.made.insert(uuid);
        self.edits.insert(row, Edit::insert(persist));
        self.alive.insert(row);
        row
    }

    /// Takes a row away. For a row outside the root set this only hides it here: the server removes it with the last reference to it.
    ///
    /// A row that this transaction made was never there; what refers to it must be taken away as well.
    pub fn delete_row(&mut self, row: RowId) {
        let was_new = match self.edits.get(&row).map(|edit| edit.kind) {
            Some(Kind::Delete { .. }) => return,
            Some(Kind::Insert { .. }) => true,
            Some(Kind::Update) | None => false,
        };
        self.deletes_a_root |= self.base.schema().table(row.table).is_some_and(|t| t.is_root);
        self.edits.insert(row, Edit::delete(was_new));
        if was_new {
            self.alive.remove(&row);
        } else {
            self.alive.insert(row);
        }
        self.keyed.get_mut().touch(row, None, Touch::Whole);
        self.memo.get_mut().touch(row, None);
    }

    fn edit(&mut self, row: RowId) -> &mut Edit {
        match self.edits.entry(row) {
            Entry::Occupied(edit) => edit.into_mut(),
            Entry::Vacant(place) => {
                self.alive.insert(row);
                place.insert(Edit::default())
            }
        }
    }

    /// Counts rows that were looked at; see [`Snapshot::rows_visited`].
    fn visit(&self, rows: usize) {
        self.base.visits().add(rows);
    }

    /// Whether this transaction inserts the row.
    pub fn is_new(&self, row: RowId) -> bool {
        self.edits.get(&row).is_some_and(Edit::is_insert)
    }

    /// Replaces the value of a column. Of a row that was taken away nothing is written.
    pub fn set_cell(&mut self, row: RowId, column: ColumnId, value: Datum) {
        self.visit(1);
        self.held.get_mut().note(row, column, &value);
        self.keyed.get_mut().touch(row, Some(column), Touch::Whole);
        self.memo.get_mut().touch(row, Some(column));
        self.edit(row).set(column, value);
    }

    /// Adds elements to a set, or puts pairs into a map whose keys then have these values, leaving everything else in the column to others
    /// (sent as a mutation).
    pub fn insert_into(&mut self, row: RowId, column: ColumnId, what: &Datum) {
        let default = self.partly(row, column, what);
        self.held.get_mut().note_partly(row, column, what);
        self.edit(row).insert_into(column, what, default);
    }

    /// Takes elements out of a set, or keys (with `what` a set) out of a map, leaving everything else in the column to others
    /// (sent as a mutation).
    pub fn delete_from(&mut self, row: RowId, column: ColumnId, what: &Datum) {
        let default = self.partly(row, column, what);
        self.held.get_mut().note_partly(row, column, &Datum::empty_set());
        // no row of the database refers to one that was made here
        let what_keys = what.keys();
        let of_made = Datum::set(what_keys.atoms().iter().filter(|atom| self.is_of_made(atom)).cloned());
        self.edit(row).delete_from(column, what, default, &|atom| of_made.contains(atom));
    }

    fn is_of_made(&self, atom: &Atom) -> bool {
        atom.as_uuid().is_some_and(|uuid| self.made.contains(&uuid))
    }

    // What the column of a new row holds before any edit, if its whole value is to be kept. A large
    // set is kept in parts, which cost nothing to add to.
    fn partly(&mut self, row: RowId, column: ColumnId, what: &Datum) -> Option<Datum> {
        self.visit(what.len());
        self.keyed.get_mut().touch(row, Some(column), Touch::Elements(what));
        self.memo.get_mut().touch(row, Some(column));
        if !self.is_new(row) {
            return None;
        }
        let known = self.base.schema().table(row.table)?;
        let column_schema = known.column(column)?;
        let in_parts =
            column_schema.type_.max > 1 && column_schema.default.is_empty() && !known.is_unique(column);
        (!in_parts).then(|| column_schema.default.clone())
    }

    fn is_unique(&self, table: TableId, column: ColumnId) -> bool {
        self.base.schema().table(table).is_some_and(|t| t.is_unique(column))
    }

    /// Adds 1 to an integer column and reads it back, if anything else is sent or `force` is set. A
    /// counter that holds the greatest integer starts again at 1, as with the C tools, under a
    /// guard: two clients never get the same number.
    pub fn increment_cell(&mut self, row: RowId, column: ColumnId, force: bool) {
        self.increments.push(Increment { row, column, force });
    }

    /// Whether an answer was needed that the snapshot does not hold.
    pub fn has_missing(&self) -> bool {
        !self.missing.borrow().is_empty()
    }

    /// The queries whose answers were needed and not there, in the order met.
    pub fn missing(&self) -> Vec<Query> {
        self.missing.borrow().queries()
    }
}

#[cfg(test)]
mod tests;
