//! How changes of rows are put into words: `<table-updates>` (RFC 7047 section 4.1.6) and `<table-updates2>` (ovsdb-server(7) section 4.1.14).

use super::select::Event;
use super::spec::{Format, Watch};
use crate::engine::Row;
use ovsdb_proto::json::Writer;
use ovsdb_proto::schema::{ColumnSet, TableId, TableSchema};
use ovsdb_proto::value::{Packer, Uuid, write_view};

/// Writes one object, by table, by row.
pub(super) struct Updates<'w, 'b> {
    w: &'w mut Writer<'b>,
    format: Format,
    table: Option<TableId>,
    packer: Packer,
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
    pub(super) fn new(old: Option<&'r Row>, new: Option<&'r Row>, among: &ColumnSet) -> Sides<'r> {
        let changed = match (old, new) {
            (Some(old), Some(new)) => old.changed(new).intersection(among),
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
        Updates { w, format, table: None, packer: Packer::default() }
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
            if let (Some(column), Some(value)) = (table.column(id), row.read(table, id)) {
                self.w.key(&column.name);
                write_view(self.w, value, &|_| false);
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
                    // columns that hold their default are left out
                    let held = columns.iter().filter(|id| new.get(*id).is_some()).collect();
                    self.columns(table, &held, new);
                }
            }
            Event::Modify => {
                self.w.key("modify");
                self.w.begin_object();
                for id in columns.intersection(&sides.changed).iter() {
                    let old = sides.old.and_then(|row| row.read(table, id));
                    let new = sides.new.and_then(|row| row.read(table, id));
                    if let (Some(column), Some(old), Some(new)) = (table.column(id), old, new) {
                        self.w.key(&column.name);
                        let difference = self.packer.difference(old, new, column.type_.max == 1);
                        write_view(self.w, difference, &|_| false);
                    }
                }
                self.w.end_object();
            }
        }
    }
}
