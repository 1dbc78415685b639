//! Which monitors there are, and who is told what when a database changes.

use super::canonical::{canonical, elements};
use super::select::Event;
use super::spec::{Format, Spec, Watch};
use super::updates::{Sides, Updates};
use super::{History, MonitorError};
use crate::engine::{Commit, Database, Row, escape, restore};
use ovsdb_proto::json::{Kind, Reader, Writer};
use ovsdb_proto::rpc::encode;
use ovsdb_proto::schema::{ColumnSet, DatabaseSchema, TableId, TableSchema};
use ovsdb_proto::value::Uuid;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// Whose a monitor is: a number that the caller gives to each of its clients.
pub type Client = u64;

/// How many monitors one client may have. The C tools need one a database, libovsdb one for each call of its users; each costs work with every transaction.
pub const MONITORS_PER_CLIENT_MAX: usize = 1000;

/// The three methods that open a monitor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MonitorKind {
    /// `monitor` (RFC 7047 section 4.1.5), told by `update`.
    Monitor,
    /// `monitor_cond` (ovsdb-server(7) section 4.1.12), told by `update2`.
    Cond,
    /// `monitor_cond_since` (ovsdb-server(7) section 4.1.15), told by `update3`.
    CondSince,
}

/// The monitors of all clients, of all databases. Those that are alike are told by a text that is written once.
#[derive(Debug, Default)]
pub struct MonitorSet {
    // the id of a monitor is any JSON value, compared by value: kept in its canonical form, which
    // is not UTF-8 if the id was not
    monitors: BTreeMap<(Client, Arc<[u8]>), Monitor>,
    databases: BTreeMap<Arc<str>, Groups>,
    body: Vec<u8>,
}

#[derive(Clone, Debug)]
struct Monitor {
    kind: MonitorKind,
    database: Arc<str>,
    spec: Arc<Spec>,
}

#[derive(Debug, Default)]
struct Groups {
    // numbered so that clients are told in an order that does not depend on hashes
    groups: BTreeMap<u64, Group>,
    by_spec: HashMap<Arc<Spec>, u64>,
    next: u64,
    /// By table, the columns that any group ever looked at.
    relevant: BTreeMap<TableId, ColumnSet>,
}

#[derive(Debug)]
struct Group {
    spec: Arc<Spec>,
    members: BTreeMap<(Client, Arc<[u8]>), MonitorKind>,
}

/// One notification to one client; nothing of it was copied yet.
#[derive(Clone, Copy, Debug)]
pub struct Notification<'a> {
    kind: MonitorKind,
    id: &'a [u8],
    txn: Uuid,
    body: &'a [u8],
}

/// A monitor that was opened, and that has not told yet what there is.
#[derive(Debug)]
pub struct Opened<'a> {
    kind: MonitorKind,
    spec: Arc<Spec>,
    since: Uuid,
    database: &'a Database,
    history: &'a History,
}

impl MonitorKind {
    /// The kind that this method opens, `None` if it opens none.
    pub fn from_method(method: &str) -> Option<MonitorKind> {
        match method {
            "monitor" => Some(MonitorKind::Monitor),
            "monitor_cond" => Some(MonitorKind::Cond),
            "monitor_cond_since" => Some(MonitorKind::CondSince),
            _ => None,
        }
    }

    const fn format(self) -> Format {
        match self {
            MonitorKind::Monitor => Format::OldNew,
            MonitorKind::Cond | MonitorKind::CondSince => Format::Differences,
        }
    }
}

impl MonitorSet {
    /// No monitor.
    pub fn new() -> MonitorSet {
        MonitorSet::default()
    }

    /// How many monitors there are.
    pub fn len(&self) -> usize {
        self.monitors.len()
    }

    /// Whether there is no monitor.
    pub fn is_empty(&self) -> bool {
        self.monitors.is_empty()
    }

    /// Opens a monitor. `params` are those of the method, the whole array; that its first element names this database is the caller's to see.
    /// From here on the client is told of every commit, so the reply must be written ([`Opened::write`]) before the next one is applied.
    ///
    /// # Errors
    /// The request is malformed, names what the schema lacks, or the id is in use; the reply is then [`MonitorError::write`].
    pub fn open<'a>(
        &mut self,
        client: Client,
        kind: MonitorKind,
        params: &[u8],
        database: &'a Database,
        history: &'a History,
    ) -> Result<Opened<'a>, MonitorError> {
        read_escaped(params, |params, escaped| {
            self.open_read(client, kind, params, escaped, database, history)
        })
    }

    fn open_read<'a>(
        &mut self,
        client: Client,
        kind: MonitorKind,
        params: &[u8],
        escaped: bool,
        database: &'a Database,
        history: &'a History,
    ) -> Result<Opened<'a>, MonitorError> {
        Reader::new(params).check()?;
        let elements = elements(&mut Reader::new(params))?;
        let invalid = || MonitorError::syntax("invalid parameters", Some(params));
        let (id, requests, last) = match (kind, elements.as_slice()) {
            // ovsdb-server does not mind what follows
            (MonitorKind::Monitor, [_, id, requests, ..]) | (MonitorKind::Cond, [_, id, requests]) => {
                (*id, *requests, None)
            }
            (MonitorKind::CondSince, [_, id, requests, last]) => (*id, *requests, Some(*last)),
            _ => return Err(invalid()),
        };
        if Reader::new(requests).peek()? != Kind::Object {
            return Err(MonitorError::syntax("monitor-requests must be object", Some(requests)));
        }
        let key = key_of(client, id, escaped)?;
        if self.monitors.contains_key(&key) {
            return Err(MonitorError::syntax("duplicate monitor ID", Some(id)));
        }
        let schema = database.schema();
        let spec = Arc::new(Spec::read(kind.format(), schema, requests, escaped)?);
        let since = last.map_or(Ok(Uuid::NIL), read_last)?;
        if self.of_client(client).count() >= MONITORS_PER_CLIENT_MAX {
            let details = format!("more than {MONITORS_PER_CLIENT_MAX} monitors");
            return Err(MonitorError::refused("resources exhausted", details, None));
        }
        let spec = self.join(&schema.name, &key, kind, spec);
        let monitor = Monitor { kind, database: schema.name.as_ref().into(), spec: Arc::clone(&spec) };
        self.monitors.insert(key, monitor);
        Ok(Opened { kind, spec, since, database, history })
    }

    /// Carries out `monitor_cond_change`: if rows come or go for the client by its new conditions, appends the notification that says so,
    /// which is to be sent before the reply, an empty object. `database` finds a database by its name.
    ///
    /// # Errors
    /// The request is malformed, or names what the client, the schema or the monitor lacks; then nothing has changed.
    pub fn change<'a>(
        &mut self,
        client: Client,
        params: &[u8],
        database: impl FnOnce(&str) -> Option<(&'a Database, &'a History)>,
        out: &mut Vec<u8>,
    ) -> Result<(), MonitorError> {
        read_escaped(params, |params, escaped| self.change_read(client, params, escaped, database, out))
    }

    fn change_read<'a>(
        &mut self,
        client: Client,
        params: &[u8],
        escaped: bool,
        database: impl FnOnce(&str) -> Option<(&'a Database, &'a History)>,
        out: &mut Vec<u8>,
    ) -> Result<(), MonitorError> {
        Reader::new(params).check()?;
        let elements = elements(&mut Reader::new(params))?;
        let [id, new_id, requests] = elements.as_slice() else {
            return Err(MonitorError::syntax("invalid parameters", Some(params)));
        };
        let key = key_of(client, id, escaped)?;
        let unknown = || MonitorError::syntax("unknown monitor session", Some(id));
        let monitor = self.monitors.get(&key).ok_or_else(unknown)?.clone();
        let (database, history) = database(&monitor.database).ok_or_else(unknown)?;
        let new_key = key_of(client, new_id, escaped)?;
        if new_key != key && self.monitors.contains_key(&new_key) {
            return Err(MonitorError::syntax("duplicate monitor ID", Some(new_id)));
        }
        let spec = monitor.spec.read_change(database.schema(), requests, escaped)?;

        self.body.clear();
        if come_and_go(&monitor.spec, &spec, database, &mut Writer::new(&mut self.body)) {
            let (kind, id, txn) = (monitor.kind, &*new_key.1, history.last());
            Notification { kind, id, txn, body: &self.body }.append_to(out);
        }
        self.body = Vec::new();
        self.monitors.remove(&key);
        self.leave(&monitor.database, &key, &monitor.spec);
        let spec = self.join(&monitor.database, &new_key, monitor.kind, Arc::new(spec));
        self.monitors.insert(new_key, Monitor { spec, ..monitor });
        Ok(())
    }

    /// Carries out `monitor_cancel`, whose reply is an empty object.
    ///
    /// # Errors
    /// The client has no such monitor, or the parameters are not one id.
    pub fn cancel(&mut self, client: Client, params: &[u8]) -> Result<(), MonitorError> {
        read_escaped(params, |params, escaped| self.cancel_read(client, params, escaped))
    }

    fn cancel_read(&mut self, client: Client, params: &[u8], escaped: bool) -> Result<(), MonitorError> {
        Reader::new(params).check()?;
        let elements = elements(&mut Reader::new(params))?;
        let [id] = elements.as_slice() else { return Err(MonitorError::CancelParameters) };
        let key = key_of(client, id, escaped)?;
        let monitor = self.monitors.remove(&key).ok_or(MonitorError::UnknownMonitor)?;
        self.leave(&monitor.database, &key, &monitor.spec);
        Ok(())
    }

    /// Forgets the monitors of a client that is gone.
    pub fn remove_client(&mut self, client: Client) {
        let keys: Vec<_> = self.of_client(client).cloned().collect();
        for key in keys {
            if let Some(monitor) = self.monitors.remove(&key) {
                self.leave(&monitor.database, &key, &monitor.spec);
            }
        }
    }

    /// Forgets the monitors of a database that is gone or has another schema now. Answers whose they were and their ids, JSON values, for the
    /// notification `monitor_canceled`.
    pub fn remove_database(&mut self, name: &str) -> Vec<(Client, Arc<[u8]>)> {
        self.databases.remove(name);
        self.monitors.extract_if(.., |_, monitor| *monitor.database == *name).map(|(key, _)| key).collect()
    }

    /// Tells the clients what a commit changed for them: `emit` is called once for each monitor that has something to say. To be called for every
    /// commit, in order; a client is to get what is emitted for it before the reply to its own `transact`.
    pub fn notify(
        &mut self,
        schema: &DatabaseSchema,
        commit: &Commit,
        mut emit: impl FnMut(Client, Notification<'_>),
    ) {
        let Some(groups) = self.databases.get(&*schema.name) else { return };
        let changes = groups.sift(schema, commit);
        if changes.is_empty() {
            return;
        }
        for group in groups.groups.values() {
            self.body.clear();
            if !group.write(&changes, &mut Writer::new(&mut self.body)) {
                continue;
            }
            for ((client, id), kind) in &group.members {
                emit(*client, Notification { kind: *kind, id, txn: commit.id, body: &self.body });
            }
        }
        // what a large transaction needed is given back
        self.body.clear();
        self.body.shrink_to(BODY_KEPT);
    }

    /// The keys of the monitors of a client.
    pub(crate) fn of_client(&self, client: Client) -> impl Iterator<Item = &(Client, Arc<[u8]>)> {
        let first = (client, Arc::from([]));
        self.monitors.range(first..).map(|(key, _)| key).take_while(move |key| key.0 == client)
    }

    fn join(
        &mut self,
        database: &str,
        key: &(Client, Arc<[u8]>),
        kind: MonitorKind,
        spec: Arc<Spec>,
    ) -> Arc<Spec> {
        if !self.databases.contains_key(database) {
            self.databases.insert(database.into(), Groups::default());
        }
        match self.databases.get_mut(database) {
            Some(groups) => groups.join(key, kind, spec),
            None => spec,
        }
    }

    fn leave(&mut self, database: &str, key: &(Client, Arc<[u8]>), spec: &Spec) {
        let Some(groups) = self.databases.get_mut(database) else { return };
        groups.leave(key, spec);
        if groups.groups.is_empty() {
            self.databases.remove(database);
        }
    }
}

/// Reads parameters, or the escaped text that stands for them if they are not UTF-8.
fn read_escaped<T>(
    params: &[u8],
    read: impl FnOnce(&[u8], bool) -> Result<T, MonitorError>,
) -> Result<T, MonitorError> {
    match escape(params) {
        None => read(params, false),
        Some(text) => read(text.as_bytes(), true).map_err(MonitorError::restored),
    }
}

fn key_of(client: Client, id: &[u8], escaped: bool) -> Result<(Client, Arc<[u8]>), MonitorError> {
    let id = canonical(id)?.into_bytes();
    Ok((client, if escaped { restore(&id) } else { id }.into()))
}

/// How much memory for texts is kept between commits: updates of small transactions need no more.
const BODY_KEPT: usize = 64 << 10;

/// A change that some monitor may be concerned with.
struct Sifted<'a> {
    table: (TableId, &'a TableSchema),
    uuid: Uuid,
    sides: Sides<'a>,
}

impl Groups {
    fn join(&mut self, key: &(Client, Arc<[u8]>), kind: MonitorKind, spec: Arc<Spec>) -> Arc<Spec> {
        let number = *self.by_spec.entry(Arc::clone(&spec)).or_insert(self.next);
        if number == self.next {
            self.next += 1;
            for watch in &spec.watches {
                let columns = watch.watched.union(watch.condition.columns());
                let relevant = self.relevant.entry(watch.table).or_default();
                *relevant = relevant.union(columns);
            }
        }
        let group = self.groups.entry(number).or_insert(Group { spec, members: BTreeMap::new() });
        group.members.insert(key.clone(), kind);
        Arc::clone(&group.spec)
    }

    fn leave(&mut self, key: &(Client, Arc<[u8]>), spec: &Spec) {
        let Some(number) = self.by_spec.get(spec).copied() else { return };
        let Some(group) = self.groups.get_mut(&number) else { return };
        group.members.remove(key);
        if group.members.is_empty() {
            self.groups.remove(&number);
            self.by_spec.remove(spec);
        }
    }

    fn sift<'a>(&self, schema: &'a DatabaseSchema, commit: &'a Commit) -> Vec<Sifted<'a>> {
        let of = |change: &'a crate::engine::Change| {
            let among = self.relevant.get(&change.table)?;
            let table = schema.table(change.table)?;
            let sides = Sides::new(change.old.as_ref(), change.new.as_ref(), among);
            (!sides.is_same()).then_some(Sifted { table: (change.table, table), uuid: change.uuid, sides })
        };
        commit.changes.iter().filter_map(of).collect()
    }
}

impl Group {
    /// Writes what the changes, sorted by table, are for these monitors; answers whether there is anything.
    fn write(&self, changes: &[Sifted<'_>], w: &mut Writer<'_>) -> bool {
        let mut updates = Updates::new(w, self.spec.format);
        for run in changes.chunk_by(|a, b| a.table.0 == b.table.0) {
            let Some(watch) = run.first().and_then(|change| self.spec.watch(change.table.0)) else {
                continue;
            };
            for change in run {
                let table = change.table.1;
                if let Some(event) = event(watch, table, change.sides) {
                    updates.row(table, watch, change.uuid, event, change.sides);
                }
            }
        }
        updates.finish()
    }
}

/// What a change is for who sees only the rows that meet the condition.
fn event(watch: &Watch, table: &TableSchema, sides: Sides<'_>) -> Option<Event> {
    let shown = |row: Option<&Row>| row.is_some_and(|row| watch.condition.matches(row, table));
    match (shown(sides.old), shown(sides.new)) {
        (false, true) => Some(Event::Insert),
        (true, false) => Some(Event::Delete),
        (true, true) if !watch.watched.intersection(&sides.changed).is_empty() => Some(Event::Modify),
        _ => None,
    }
}

/// Writes which rows come and go when conditions change; answers whether there is anything.
fn come_and_go(before: &Spec, after: &Spec, database: &Database, w: &mut Writer<'_>) -> bool {
    let mut updates = Updates::new(w, after.format);
    for (before, after) in before.watches.iter().zip(&after.watches) {
        let Some(table) = database.schema().table(after.table) else { continue };
        if before.condition == after.condition {
            continue;
        }
        for row in database.rows(after.table) {
            let event = match (before.condition.matches(row, table), after.condition.matches(row, table)) {
                (false, true) => Event::Insert,
                (true, false) => Event::Delete,
                _ => continue,
            };
            updates.row(table, after, row.uuid(), event, Sides::one(row));
        }
    }
    updates.finish()
}

fn read_last(json: &[u8]) -> Result<Uuid, MonitorError> {
    let Ok(text) = Reader::new(json).string() else {
        return Err(MonitorError::syntax("last-txn-id must be string", Some(json)));
    };
    Uuid::parse_bytes(text.as_bytes())
        .ok_or_else(|| MonitorError::syntax("last-txn-id must be UUID format.", Some(json)))
}

impl Notification<'_> {
    /// Appends the whole message.
    pub fn append_to(&self, out: &mut Vec<u8>) {
        out.reserve(self.body.len() + self.id.len() + 128);
        let id = self.id;
        match self.kind {
            MonitorKind::Monitor => encode::update(out, id, |w| w.raw(self.body)),
            MonitorKind::Cond => encode::update2(out, id, |w| w.raw(self.body)),
            MonitorKind::CondSince => {
                encode::update3(out, id, self.txn.encode(&mut [0; 36]), |w| w.raw(self.body));
            }
        }
    }
}

impl Opened<'_> {
    /// Writes the result of the reply: one value.
    pub fn write(&self, w: &mut Writer<'_>) {
        let merged = if self.since == Uuid::NIL { None } else { self.history.since(self.since) };
        if self.kind == MonitorKind::CondSince {
            w.begin_array();
            w.boolean(merged.is_some());
            w.string(self.history.last().encode(&mut [0; 36]));
        }
        match merged {
            None => self.write_all(w),
            Some(merged) => self.write_merged(&merged, w),
        }
        if self.kind == MonitorKind::CondSince {
            w.end_array();
        }
    }

    fn write_all(&self, w: &mut Writer<'_>) {
        let mut updates = Updates::new(w, self.spec.format);
        for watch in self.spec.watches.iter().filter(|watch| watch.select.initial) {
            let Some(table) = self.database.schema().table(watch.table) else { continue };
            for row in self.database.rows(watch.table) {
                if watch.condition.matches(row, table) {
                    updates.row(table, watch, row.uuid(), Event::Initial, Sides::one(row));
                }
            }
        }
        updates.finish();
    }

    fn write_merged(&self, merged: &super::history::Merged<'_>, w: &mut Writer<'_>) {
        let mut updates = Updates::new(w, self.spec.format);
        for ((id, uuid), (old, new)) in merged {
            let table = self.database.schema().table(*id);
            let (Some(table), Some(watch)) = (table, self.spec.watch(*id)) else { continue };
            let sides = Sides::new(*old, *new, &watch.watched);
            if let Some(event) = event(watch, table, sides) {
                updates.row(table, watch, *uuid, event, sides);
            }
        }
        updates.finish();
    }
}
