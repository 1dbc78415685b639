//! Which kinds of changes of which columns a monitor reports.

use super::MonitorError;
use super::members::Members;
use ovsdb_proto::json::Kind;
use ovsdb_proto::schema::ColumnSet;

/// What happened to a row, as a monitor sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Event {
    /// It is there when the monitor begins.
    Initial,
    /// It came.
    Insert,
    /// It went.
    Delete,
    /// It changed.
    Modify,
}

/// Something for each kind of event.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct ByEvent<T> {
    pub(super) initial: T,
    pub(super) insert: T,
    pub(super) delete: T,
    pub(super) modify: T,
}

/// Which events are reported at all.
pub(super) type Select = ByEvent<bool>;

impl<T> ByEvent<T> {
    pub(super) const fn of(&self, event: Event) -> &T {
        match event {
            Event::Initial => &self.initial,
            Event::Insert => &self.insert,
            Event::Delete => &self.delete,
            Event::Modify => &self.modify,
        }
    }

    const fn of_mut(&mut self, event: Event) -> &mut T {
        match event {
            Event::Initial => &mut self.initial,
            Event::Insert => &mut self.insert,
            Event::Delete => &mut self.delete,
            Event::Modify => &mut self.modify,
        }
    }
}

const EVENTS: [(&str, Event); 4] = [
    ("initial", Event::Initial),
    ("insert", Event::Insert),
    ("delete", Event::Delete),
    ("modify", Event::Modify),
];

impl Select {
    /// Everything, which is what the absence of `select` means.
    pub(super) const ALL: Select = Select { initial: true, insert: true, delete: true, modify: true };

    /// Reads the member `select` of a request (RFC 7047 section 4.1.5, `<monitor-select>`).
    ///
    /// # Errors
    /// It has other members than the four events, or one of them is no boolean.
    pub(super) fn read(json: &[u8], table: &str) -> Result<Select, MonitorError> {
        let what = format!("table {table} select");
        let mut members = Members::read(json, &what)?;
        let mut select = Select::ALL;
        for (name, event) in EVENTS {
            if let Some(value) = members.take(name, Kind::Boolean)? {
                *select.of_mut(event) = value.trim_ascii() == b"true";
            }
        }
        members.finish()?;
        Ok(select)
    }

    /// Adds the events of another request for the same table.
    pub(super) fn join(&mut self, other: &Select) {
        for (_, event) in EVENTS {
            *self.of_mut(event) |= *other.of(event);
        }
    }
}

impl ByEvent<ColumnSet> {
    /// Adds columns to the events selected for them.
    pub(super) fn add(&mut self, columns: ColumnSet, select: &Select) {
        for (_, event) in EVENTS {
            if *select.of(event) {
                let set = self.of_mut(event);
                *set = set.union(columns);
            }
        }
    }
}
