//! What a transaction has to answer for at its end: references, garbage, how many rows, unique indexes (RFC 7047 sections 3.2 and 4.1.3).

use super::failure::Failure;
use super::links::{Link, Target, changed_references};
use super::table::Table;
use super::{Change, Database, Ids, Row, unique};
use ovsdb_proto::schema::{ColumnId, DatabaseSchema, RefKind, TableId, TableSchema};
use ovsdb_proto::store::RowBuilder;
use ovsdb_proto::value::{Atom, Datum, Uuid};
use std::collections::{BTreeMap, BTreeSet};

/// Where a row is.
pub(super) type Place = (TableId, Uuid);

/// A row before a transaction and after it.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) old: Option<Row>,
    pub(super) new: Option<Row>,
}

/// Changed rows that are made fit to be committed.
pub(super) struct Settling<'a> {
    pub(super) db: &'a Database,
    pub(super) schema: &'a DatabaseSchema,
    pub(super) rows: BTreeMap<Place, Entry>,
    // how many strong references rows won and lost, those to themselves not counted
    counts: BTreeMap<Place, i64>,
    // rows that may have nobody left who refers to them
    doubtful: Vec<Place>,
    // weak references that are to go: the row and the column that they are in
    weak: BTreeSet<(Place, ColumnId)>,
    // to rows that are gone or never were
    dead: BTreeSet<Place>,
    // weak references made by this transaction to rows that may yet turn out to be garbage: the row, and where the reference is
    hopes: BTreeSet<(Place, Place, ColumnId)>,
    // something was done that the transaction did not ask for
    mended: bool,
}

/// Drops what is no change, checks all constraints that hold only at the end, collects garbage, and gives each changed row a new version.
pub(super) fn settle(
    db: &Database,
    rows: BTreeMap<Place, Entry>,
    ids: &mut Ids,
) -> Result<Vec<Change>, Failure> {
    settle_and_tell(db, rows, ids).map(|(changes, _)| changes)
}

/// The same; answers also whether garbage or weak references were taken out.
pub(super) fn settle_and_tell(
    db: &Database,
    rows: BTreeMap<Place, Entry>,
    ids: &mut Ids,
) -> Result<(Vec<Change>, bool), Failure> {
    let mended = false;
    let (counts, dead, hopes) = (BTreeMap::new(), BTreeSet::new(), BTreeSet::new());
    let (doubtful, weak) = (Vec::new(), BTreeSet::new());
    let mut s = Settling { db, schema: db.schema(), rows, counts, doubtful, weak, dead, hopes, mended };
    s.rows.retain(|_, entry| is_change(entry));
    if s.rows.is_empty() {
        return Ok((Vec::new(), false));
    }
    s.refer()?;
    s.collect();
    s.count_rows()?;
    // a pair of a map that goes because of its key may take a strong reference with it, and so make more garbage
    while !s.weak.is_empty() {
        s.forget()?;
        s.collect();
    }
    s.rows.retain(|_, entry| is_change(entry));
    unique::check(&s)?;
    let mended = s.mended;
    Ok((s.changes(ids), mended))
}

fn is_change(entry: &Entry) -> bool {
    match (&entry.old, &entry.new) {
        (Some(old), Some(new)) => old != new,
        (None, None) => false,
        _ => true,
    }
}

impl<'a> Settling<'a> {
    pub(super) fn table(&self, id: TableId) -> Option<(&'a TableSchema, &'a Table)> {
        self.schema.table(id).zip(self.db.table(id))
    }

    pub(super) fn row(&self, (table, uuid): Place) -> Option<&Row> {
        match self.rows.get(&(table, uuid)) {
            Some(entry) => entry.new.as_ref(),
            None => self.db.row(table, uuid),
        }
    }

    /// Counts all references that came and went, and checks that strong ones have rows.
    fn refer(&mut self) -> Result<(), Failure> {
        let places: Vec<Place> = self.rows.keys().copied().collect();
        for place in &places {
            if let Some(Entry { old, new }) = self.rows.get(place).cloned() {
                self.note(*place, old.as_ref(), new.as_ref())?;
            }
        }
        for place in places {
            let gone = self.rows.get(&place).is_some_and(|e| e.old.is_some() && e.new.is_none());
            let left = self.strong(place);
            if gone && left > 0 {
                let table = self.schema.table(place.0).map_or("", |t| &t.name);
                return Err(Failure::integrity(format!(
                    "cannot delete {table} row {} because of {left} remaining reference(s)",
                    place.1
                )));
            }
        }
        Ok(())
    }

    /// Takes note of what a change of a row means for the rows that it refers to and that refer to it.
    fn note(&mut self, place: Place, old: Option<&Row>, new: Option<&Row>) -> Result<(), Failure> {
        let Some((table, rows)) = self.table(place.0) else { return Ok(()) };
        let mut failure = None;
        changed_references(table, &rows.links, old, new, |column, target, uuid, is_new| {
            let to = (target.table, uuid);
            let lost = is_new && self.row(to).is_none();
            match target.kind {
                // references of a row to itself keep nothing
                RefKind::Strong if to == place => {}
                RefKind::Strong => {
                    *self.counts.entry(to).or_default() += if is_new { 1 } else { -1 };
                    if !is_new {
                        self.doubtful.push(to);
                    } else if lost && failure.is_none() && self.db.row(to.0, to.1).is_none() {
                        failure = Some(self.nonexistent(place, column, target, uuid));
                    }
                }
                RefKind::Weak if lost => {
                    self.dead.insert(to);
                    self.weak.insert((place, column));
                }
                RefKind::Weak if is_new && self.schema.table(to.0).is_some_and(|t| !t.is_root) => {
                    self.hopes.insert((to, place, column));
                }
                RefKind::Weak => {}
            }
        });
        if new.is_some() {
            self.doubtful.push(place);
        } else if old.is_some() {
            self.dead.insert(place);
            self.weak.extend(rows.referrers(place.1).map(|(table, column, row)| ((table, row), column)));
            let (first, last) = ((TableId(0), Uuid::NIL), (TableId(u16::MAX), Uuid::from_u128(u128::MAX)));
            let new = self.hopes.range((place, first, ColumnId(0))..=(place, last, ColumnId(u16::MAX)));
            self.weak.extend(new.map(|(_, from, column)| (*from, *column)));
        }
        failure.map_or(Ok(()), Err)
    }

    fn nonexistent(&self, place: Place, column: ColumnId, target: Target, uuid: Uuid) -> Failure {
        let table = self.schema.table(place.0);
        let name = table.map_or("", |t| &t.name);
        let column = table.and_then(|t| t.column(column)).map_or("", |c| &c.name);
        let other = self.schema.table(target.table).map_or("", |t| &t.name);
        Failure::integrity(format!(
            "Table {name} column {column} row {} references nonexistent row {uuid} in table {other}.",
            place.1
        ))
    }

    /// How many strong references there are to a row from other rows.
    fn strong(&self, place: Place) -> i64 {
        let before = self.db.table(place.0).map_or(0, |t| t.strong(place.1));
        let before = i64::try_from(before).unwrap_or(i64::MAX);
        before.saturating_add(self.counts.get(&place).copied().unwrap_or(0))
    }

    /// Replaces a row on the engine's own account.
    fn put(&mut self, place: Place, new: Option<Row>) -> Result<(), Failure> {
        self.mended = true;
        let db = self.db;
        let entry = self.rows.entry(place).or_insert_with(|| {
            let old = db.row(place.0, place.1).cloned();
            Entry { new: old.clone(), old }
        });
        let before = std::mem::replace(&mut entry.new, new.clone());
        self.note(place, before.as_ref(), new.as_ref())
    }

    /// Deletes the rows outside of the root set that nobody refers to any more, and what that leaves alone.
    fn collect(&mut self) {
        while let Some(place) = self.doubtful.pop() {
            let is_root = self.schema.table(place.0).is_none_or(|t| t.is_root);
            if !is_root && self.strong(place) <= 0 && self.row(place).is_some() {
                // a row that goes makes no new references, so nothing can be wrong with them
                let _ = self.put(place, None);
            }
        }
    }

    fn count_rows(&self) -> Result<(), Failure> {
        let mut tables: Vec<TableId> = self.rows.keys().map(|place| place.0).collect();
        tables.dedup();
        for id in tables {
            let Some((table, _)) = self.table(id) else { continue };
            let Some(max) = table.max_rows else { continue };
            let mut count = self.db.len(id);
            for (_, entry) in self.rows.range((id, Uuid::NIL)..=(id, Uuid::from_u128(u128::MAX))) {
                match (&entry.old, &entry.new) {
                    (None, Some(_)) => count += 1,
                    (Some(_), None) => count = count.saturating_sub(1),
                    _ => {}
                }
            }
            if u32::try_from(count).map_or(true, |count| count > max) {
                return Err(Failure::constraint(format!(
                    "transaction causes \"{}\" table to contain {count} rows, greater than the schema-defined limit \
                     of {max} row(s)",
                    table.name
                )));
            }
        }
        Ok(())
    }

    /// Takes out the weak references to rows that are not there.
    fn forget(&mut self) -> Result<(), Failure> {
        let mut weak = std::mem::take(&mut self.weak).into_iter().peekable();
        while let Some((place, column)) = weak.next() {
            let mut columns = vec![column];
            while let Some((_, column)) = weak.next_if(|next| next.0 == place) {
                columns.push(column);
            }
            let (Some((table, rows)), Some(row)) = (self.table(place.0), self.row(place)) else { continue };
            let mut changed = RowBuilder::default();
            for column in columns {
                let link = rows.links.iter().find(|link| link.column == column);
                if let (Some(link), Some(value)) = (link, row.read(table, column)) {
                    changed.set(column, &self.alive(place, link, table, &value.to_datum())?);
                }
            }
            let changed = changed.build(table, Some(row));
            self.put(place, Some(changed))?;
        }
        Ok(())
    }

    /// A value without its weak references to rows that are not there.
    fn alive(&self, place: Place, link: &Link, table: &TableSchema, value: &Datum) -> Result<Datum, Failure> {
        let dead = |target: Option<Target>, atom: &Atom| {
            target.zip(atom.as_uuid()).is_some_and(|(target, uuid)| {
                target.kind == RefKind::Weak && self.dead.contains(&(target.table, uuid))
            })
        };
        let left = if value.is_map() {
            let pairs = value.pairs().iter().filter(|(k, v)| !dead(link.key, k) && !dead(link.value, v));
            Datum::map(pairs.cloned())
        } else {
            Datum::set(value.atoms().iter().filter(|atom| !dead(link.key, atom)).cloned())
        };
        let Some(column) = table.column(link.column) else { return Ok(left) };
        if !left.is_empty() || column.type_.min == 0 || value.is_empty() {
            return Ok(left);
        }
        let is_new = self.rows.get(&place).is_some_and(|entry| entry.old.is_none());
        let new = if is_new { "(inserted within this transaction) " } else { "" };
        let (name, table, row) = (&column.name, &table.name, place.1);
        let is_nil = |atom: &Atom| atom.as_uuid() == Some(Uuid::NIL);
        Err(Failure::constraint(if value.atoms().iter().any(is_nil) {
            format!(
                "Weak reference column \"{name}\" in \"{table}\" row {row} {new}contained all-zeros UUID (probably as \
                 the default value for this column) but deleting this value caused a constraint volation because this \
                 column is not allowed to be empty."
            )
        } else {
            format!(
                "Deletion of {} weak reference(s) to deleted (or never-existing) rows from column \"{name}\" in \
                 \"{table}\" row {row} {new}caused this column to become empty, but constraints on this column \
                 disallow an empty column.",
                value.len()
            )
        }))
    }

    fn changes(self, ids: &mut Ids) -> Vec<Change> {
        let schema = self.schema;
        let change = |((table, uuid), Entry { old, mut new }): (Place, Entry)| {
            if let (Some(row), Some(schema)) = (&mut new, schema.table(table)) {
                row.set_version(schema, ids.next());
            }
            Change { table, uuid, old, new }
        };
        self.rows.into_iter().map(change).collect()
    }
}
