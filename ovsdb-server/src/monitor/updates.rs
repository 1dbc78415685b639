//! How changes of rows are put into words: `<table-updates>` (RFC 7047 section 4.1.6) and `<table-updates2>` (ovsdb-server(7) section 4.1.14).

use super::select::Event;
use super::spec::{Format, Watch};
use crate::engine::Row;
use ovsdb_proto::json::Writer;
use ovsdb_proto::schema::{ColumnId, ColumnSet, ColumnType, TableId, TableSchema};
use ovsdb_proto::value::{Atom, Datum, Uuid, write_atom, write_datum};
use std::cmp::Ordering;

/// Writes one object, by table, by row.
pub(super) struct Updates<'w, 'b> {
    w: &'w mut Writer<'b>,
    format: Format,
    table: Option<TableId>,
}

/// A row as it was and as it is. What an event does not have is not looked at.
#[derive(Clone, Copy)]
pub(super) struct Sides<'r> {
    pub(super) old: Option<&'r Row>,
    pub(super) new: Option<&'r Row>,
    /// Which columns differ.
    pub(super) changed: ColumnSet,
}

impl<'r> Sides<'r> {
    /// A row before and after, compared in these columns.
    pub(super) fn new(
        table: &TableSchema,
        old: Option<&'r Row>,
        new: Option<&'r Row>,
        among: &ColumnSet,
    ) -> Sides<'r> {
        let changed = match (old, new) {
            (Some(old), Some(new)) => {
                let differs = |id: &ColumnId| old.get(table, *id) != new.get(table, *id);
                let set = old.columns().union(*new.columns()).union(identity());
                set.intersection(among).iter().filter(differs).collect()
            }
            _ => ColumnSet::EMPTY,
        };
        Sides { old, new, changed }
    }

    /// A row that is as it was.
    pub(super) const fn one(row: &'r Row) -> Sides<'r> {
        Sides { old: Some(row), new: Some(row), changed: ColumnSet::EMPTY }
    }

    /// Whether nothing happened in the columns compared.
    pub(super) fn is_same(&self) -> bool {
        self.old.is_some() == self.new.is_some() && self.changed.is_empty()
    }
}

impl<'w, 'b> Updates<'w, 'b> {
    pub(super) fn new(w: &'w mut Writer<'b>, format: Format) -> Updates<'w, 'b> {
        w.begin_object();
        Updates { w, format, table: None }
    }

    /// Closes the object; answers whether there is anything in it.
    pub(super) fn finish(self) -> bool {
        if self.table.is_some() {
            self.w.end_object();
        }
        self.w.end_object();
        self.table.is_some()
    }

    /// Writes what happened to a row of the table watched, unless the event is not selected. The rows of a table must come one after the other.
    pub(super) fn row(
        &mut self,
        table: &TableSchema,
        watch: &Watch,
        uuid: Uuid,
        event: Event,
        sides: Sides<'_>,
    ) {
        if !watch.select.of(event) {
            return;
        }
        if self.table != Some(watch.table) {
            if self.table.is_some() {
                self.w.end_object();
            }
            self.table = Some(watch.table);
            self.w.key(&table.name);
            self.w.begin_object();
        }
        self.w.key(uuid.encode(&mut [0; 36]));
        self.w.begin_object();
        let columns = watch.columns.of(event);
        match self.format {
            Format::OldNew => self.old_and_new(table, columns, event, sides),
            Format::Differences => self.differences(table, columns, event, sides),
        }
        self.w.end_object();
    }

    fn old_and_new(&mut self, table: &TableSchema, columns: &ColumnSet, event: Event, sides: Sides<'_>) {
        if let (Event::Delete | Event::Modify, Some(old)) = (event, sides.old) {
            self.w.key("old");
            let columns =
                if event == Event::Modify { &columns.intersection(&sides.changed) } else { columns };
            self.columns(table, columns, old);
        }
        if let (Event::Initial | Event::Insert | Event::Modify, Some(new)) = (event, sides.new) {
            self.w.key("new");
            self.columns(table, columns, new);
        }
    }

    fn columns(&mut self, table: &TableSchema, columns: &ColumnSet, row: &Row) {
        self.w.begin_object();
        for id in columns.iter() {
            if let (Some(column), Some(value)) = (table.column(id), row.get(table, id)) {
                self.w.key(&column.name);
                write_datum(self.w, value, &|_| false);
            }
        }
        self.w.end_object();
    }

    fn differences(&mut self, table: &TableSchema, columns: &ColumnSet, event: Event, sides: Sides<'_>) {
        match event {
            Event::Delete => {
                self.w.key("delete");
                self.w.null();
            }
            Event::Initial | Event::Insert => {
                self.w.key(if event == Event::Initial { "initial" } else { "insert" });
                if let Some(new) = sides.new {
                    // columns that hold their default are left out; identities never do
                    self.columns(table, &columns.intersection(&new.columns().union(identity())), new);
                }
            }
            Event::Modify => {
                self.w.key("modify");
                self.w.begin_object();
                for id in columns.intersection(&sides.changed).iter() {
                    let old = sides.old.and_then(|row| row.get(table, id));
                    let new = sides.new.and_then(|row| row.get(table, id));
                    if let (Some(column), Some(old), Some(new)) = (table.column(id), old, new) {
                        self.w.key(&column.name);
                        write_difference(self.w, &column.type_, old, new);
                    }
                }
                self.w.end_object();
            }
        }
    }
}

fn identity() -> ColumnSet {
    [ColumnId::UUID, ColumnId::VERSION].into_iter().collect()
}

/// What leads from one value to the other: what is in only one of them, if the column may hold several, else simply the new value.
fn write_difference(w: &mut Writer<'_>, type_: &ColumnType, old: &Datum, new: &Datum) {
    if type_.max == 1 {
        return write_datum(w, new, &|_| false);
    }
    if type_.is_map() {
        let pairs = merge(old.pairs(), new.pairs(), |a, b| a.0.cmp(&b.0));
        w.begin_array();
        w.string("map");
        w.begin_array();
        for (key, value) in pairs {
            w.begin_array();
            write_atom(w, key, &|_| false);
            write_atom(w, value, &|_| false);
            w.end_array();
        }
        w.end_array();
        w.end_array();
        return;
    }
    let atoms = merge(old.atoms(), new.atoms(), Atom::cmp);
    if let [atom] = atoms.as_slice() {
        return write_atom(w, atom, &|_| false);
    }
    w.begin_array();
    w.string("set");
    w.begin_array();
    atoms.into_iter().for_each(|atom| write_atom(w, atom, &|_| false));
    w.end_array();
    w.end_array();
}

/// What is in one of two sorted lists only; of two that are at the same place but differ, the new one.
fn merge<'a, T: PartialEq>(
    mut old: &'a [T],
    mut new: &'a [T],
    order: impl Fn(&T, &T) -> Ordering,
) -> Vec<&'a T> {
    let mut out = Vec::new();
    loop {
        let (a, b) = (old.split_first(), new.split_first());
        let order = match (a, b) {
            (Some((a, _)), Some((b, _))) => order(a, b),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => return out,
        };
        if let (Some((a, rest)), Ordering::Less | Ordering::Equal) = (a, order) {
            old = rest;
            if order == Ordering::Less {
                out.push(a);
            } else if b.is_some_and(|(b, _)| b != a) {
                out.extend(b.map(|(b, _)| b));
            }
        }
        if let (Some((b, rest)), Ordering::Equal | Ordering::Greater) = (b, order) {
            new = rest;
            if order == Ordering::Greater {
                out.push(b);
            }
        }
    }
}
