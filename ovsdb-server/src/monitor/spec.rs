//! What a monitor watches: tables, columns, events and conditions, as a client asked for them.

use super::MonitorError;
use super::canonical::{elements, members};
use super::condition::Condition;
use super::members::Members;
use super::select::{ByEvent, Select};
use ovsdb_proto::json::{Kind, Reader};
use ovsdb_proto::schema::{ColumnId, ColumnSet, DatabaseSchema, TableId, TableSchema};

/// The form of updates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Format {
    /// `old` and `new` values (RFC 7047 section 4.1.6).
    OldNew,
    /// `insert`, `delete` and differences (ovsdb-server(7) section 4.1.14).
    Differences,
}

/// All that decides what a monitor reports. Monitors whose specs are equal are told the same.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Spec {
    pub(super) format: Format,
    /// Sorted by table, each once.
    pub(super) watches: Vec<Watch>,
}

/// What is watched of one table.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Watch {
    pub(super) table: TableId,
    pub(super) select: Select,
    /// The columns reported with each event.
    pub(super) columns: ByEvent<ColumnSet>,
    /// The columns of which any must change for a row to count as modified: those of all events (as in ovsdb-server, where a change of a column that is
    /// not reported with `modify` still reports the row).
    pub(super) watched: ColumnSet,
    pub(super) condition: Condition,
}

impl Spec {
    /// Reads the object of requests of `monitor`, `monitor_cond` or `monitor_cond_since`.
    ///
    /// # Errors
    /// It names what the schema lacks, or is malformed.
    pub(super) fn read(
        format: Format,
        schema: &DatabaseSchema,
        json: &[u8],
        escaped: bool,
    ) -> Result<Spec, MonitorError> {
        let mut watches = Vec::new();
        for (name, value) in members(&mut Reader::new(json))? {
            let (id, table) = find(schema, &name)?;
            let mut watch = Watch::new(id);
            let requests = match Reader::new(value).peek()? {
                Kind::Array => elements(&mut Reader::new(value))?,
                _ => vec![value],
            };
            for (i, request) in requests.into_iter().enumerate() {
                let condition = watch.read(request, table, format, escaped)?;
                // of several conditions for one table ovsdb-server heeds the first
                if i == 0 {
                    watch.condition = condition;
                }
            }
            watches.push(watch);
        }
        watches.sort_by_key(|watch| watch.table);
        Ok(Spec { format, watches })
    }

    /// Reads the object of requests of `monitor_cond_change`, and answers what the monitor watches from then on.
    ///
    /// # Errors
    /// It names what the schema or the monitor lacks, or is malformed.
    pub(super) fn read_change(
        &self,
        schema: &DatabaseSchema,
        json: &[u8],
        escaped: bool,
    ) -> Result<Spec, MonitorError> {
        let mut spec = self.clone();
        if Reader::new(json).peek()? != Kind::Object {
            return Err(MonitorError::syntax("monitor-cond-change-requests must be object", None));
        }
        for (name, value) in members(&mut Reader::new(json))? {
            let (id, table) = find(schema, &name)?;
            let Some(watch) = spec.watches.iter_mut().find(|watch| watch.table == id) else {
                let details = format!("no table named {name} in monitor session");
                return Err(MonitorError::syntax(details, None));
            };
            if Reader::new(value).peek()? != Kind::Array {
                let details = format!("table {name} no monitor-cond-change JSON array");
                return Err(MonitorError::syntax(details, None));
            }
            for request in elements(&mut Reader::new(value))? {
                watch.read_change(request, table, self.format, escaped)?;
            }
        }
        Ok(spec)
    }

    pub(super) fn watch(&self, table: TableId) -> Option<&Watch> {
        let at = self.watches.binary_search_by_key(&table, |watch| watch.table).ok()?;
        self.watches.get(at)
    }
}

impl Watch {
    fn new(table: TableId) -> Watch {
        Watch {
            table,
            select: Select::default(),
            columns: ByEvent::default(),
            watched: ColumnSet::EMPTY,
            condition: Condition::All,
        }
    }

    // takes in one request, all but its condition, which it answers
    fn read(
        &mut self,
        json: &[u8],
        table: &TableSchema,
        format: Format,
        escaped: bool,
    ) -> Result<Condition, MonitorError> {
        let what = format!("table {}", table.name);
        let mut members = Members::read(json, &what)?;
        let condition = match format {
            Format::OldNew => None,
            Format::Differences => members.take("where", Kind::Array)?,
        };
        let columns = members.take("columns", Kind::Array)?;
        let select = members.take("select", Kind::Object)?;
        members.finish()?;

        let select = select.map_or(Ok(Select::ALL), |json| Select::read(json, &table.name))?;
        self.select.join(&select);
        let columns = self.read_columns(columns, table)?;
        self.watched = self.watched.union(columns);
        self.columns.add(columns, &select);
        condition.map_or(Ok(Condition::All), |json| Condition::read(json, table, escaped))
    }

    fn read_columns(&self, json: Option<&[u8]>, table: &TableSchema) -> Result<ColumnSet, MonitorError> {
        let mut columns = ColumnSet::EMPTY;
        let mut add = |id: ColumnId| {
            if columns.contains(id) || self.watched.contains(id) {
                let name = table.column(id).map_or("", |column| &column.name);
                let details = format!("column {name} mentioned more than once");
                return Err(MonitorError::syntax(details, json));
            }
            columns.insert(id);
            Ok(())
        };
        let Some(list) = json else {
            table.own_columns().iter().chain([ColumnId::VERSION]).try_for_each(add)?;
            return Ok(columns);
        };
        for name in elements(&mut Reader::new(list))? {
            let Ok(name) = Reader::new(name).string() else {
                return Err(MonitorError::syntax("array of column names expected", json));
            };
            let Some(id) = table.column_id(&name) else {
                return Err(MonitorError::syntax(format!("{name} is not a valid column name"), json));
            };
            add(id)?;
        }
        Ok(columns)
    }

    fn read_change(
        &mut self,
        json: &[u8],
        table: &TableSchema,
        format: Format,
        escaped: bool,
    ) -> Result<(), MonitorError> {
        let what = format!("table {}", table.name);
        let mut members = Members::read(json, &what)?;
        let columns = members.take("columns", Kind::Array)?;
        let condition = members.take("where", Kind::Array)?;
        members.finish()?;
        if columns.is_some() {
            return Err(MonitorError::syntax("changing columns is unsupported", Some(json)));
        }
        // a plain `monitor` has no conditions, and ovsdb-server does not look at those that it is given
        if let (Some(condition), Format::Differences) = (condition, format) {
            self.condition = Condition::read(condition, table, escaped)?;
        }
        Ok(())
    }
}

fn find<'s>(schema: &'s DatabaseSchema, name: &str) -> Result<(TableId, &'s TableSchema), MonitorError> {
    schema
        .table_id(name)
        .and_then(|id| Some((id, schema.table(id)?)))
        .ok_or_else(|| MonitorError::syntax(format!("no table named {name}"), None))
}
