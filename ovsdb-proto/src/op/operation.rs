//! What a transaction does: the ten operations (RFC 7047 section 5.2), and how they are written.

use crate::json::Writer;
use crate::op::{Condition, Mutation};
use crate::schema::{ColumnId, ColumnSet, DatabaseSchema, TableId, TableSchema};
use crate::value::{Datum, Uuid, row_name, write_datum};

/// What a `wait` waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Until {
    /// `==`: the rows selected are the rows given.
    Equal,
    /// `!=`: they are not.
    NotEqual,
}

/// One operation of a transaction (RFC 7047 section 5.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Operation {
    /// A new row.
    Insert {
        /// The table.
        table: TableId,
        /// What this transaction calls the row; the server chooses another UUID unless `persist` is set.
        uuid: Uuid,
        /// Whether the server shall give the row this very UUID (from Open vSwitch 3.1 on).
        persist: bool,
        /// The columns that do not hold their default.
        row: Vec<(ColumnId, Datum)>,
    },
    /// The rows that meet all conditions.
    Select {
        /// The table.
        table: TableId,
        /// The conditions; none means all rows.
        where_: Vec<Condition>,
        /// The columns to read; all, with `_uuid` and `_version`, if `None`.
        columns: Option<ColumnSet>,
    },
    /// New values for columns of the rows that meet all conditions.
    Update {
        /// The table.
        table: TableId,
        /// The conditions; none means all rows.
        where_: Vec<Condition>,
        /// The columns that change.
        row: Vec<(ColumnId, Datum)>,
    },
    /// Changes of columns of the rows that meet all conditions.
    Mutate {
        /// The table.
        table: TableId,
        /// The conditions; none means all rows.
        where_: Vec<Condition>,
        /// The changes, made in this order.
        mutations: Vec<Mutation>,
    },
    /// The end of the rows that meet all conditions.
    Delete {
        /// The table.
        table: TableId,
        /// The conditions; none means all rows.
        where_: Vec<Condition>,
    },
    /// Nothing, once the rows that meet all conditions are (not) these.
    Wait {
        /// The table.
        table: TableId,
        /// The conditions; none means all rows.
        where_: Vec<Condition>,
        /// The columns compared; those of the schema if `None`.
        columns: Option<ColumnSet>,
        /// The rows expected, in any order.
        rows: Vec<Vec<(ColumnId, Datum)>>,
        /// Whether the rows must be these or must differ.
        until: Until,
        /// How long the server may wait, in milliseconds; for ever if `None`. With 0 it is a guard.
        timeout_ms: Option<u64>,
    },
    /// The commit of what is before it.
    Commit {
        /// Whether the reply must come after the data is on disk.
        durable: bool,
    },
    /// The failure of the transaction.
    Abort,
    /// A text for the log of the database.
    Comment(Box<str>),
    /// The failure of the transaction unless this client holds the lock.
    Assert {
        /// The name of the lock.
        lock: Box<str>,
    },
}

/// An operation names a table or column that the schema has not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnknownId {
    /// No such table.
    #[error("no table number {} in the database schema", .0.0)]
    Table(TableId),
    /// No such column.
    #[error("no column number {} in table number {}", .1.0, .0.0)]
    Column(TableId, ColumnId),
}

/// Writes the operations as elements of the array that is open: the parameters of `transact` after the database's name.
///
/// A row that one of them inserts is known to the others by its `uuid`: wherever that stands as a value, the name of the new row is
/// written (`["named-uuid", "row..."]`).
///
/// # Errors
/// An operation is not for this schema; what was written until then is incomplete.
pub fn encode(
    operations: &[Operation],
    schema: &DatabaseSchema,
    w: &mut Writer<'_>,
) -> Result<(), UnknownId> {
    let mut new: Vec<Uuid> = operations.iter().filter_map(Operation::named_row).collect();
    new.sort_unstable();
    let encoder = Encoder { schema, named: &|uuid| new.binary_search(&uuid).is_ok() };
    operations.iter().try_for_each(|operation| encoder.operation(operation, w))
}

impl Operation {
    /// The name on the wire (RFC 7047 section 5.2, `op`).
    pub const fn name(&self) -> &'static str {
        match self {
            Operation::Insert { .. } => "insert",
            Operation::Select { .. } => "select",
            Operation::Update { .. } => "update",
            Operation::Mutate { .. } => "mutate",
            Operation::Delete { .. } => "delete",
            Operation::Wait { .. } => "wait",
            Operation::Commit { .. } => "commit",
            Operation::Abort => "abort",
            Operation::Comment(_) => "comment",
            Operation::Assert { .. } => "assert",
        }
    }

    /// The table that it is about.
    pub const fn table(&self) -> Option<TableId> {
        match self {
            Operation::Insert { table, .. }
            | Operation::Select { table, .. }
            | Operation::Update { table, .. }
            | Operation::Mutate { table, .. }
            | Operation::Delete { table, .. }
            | Operation::Wait { table, .. } => Some(*table),
            _ => None,
        }
    }

    fn named_row(&self) -> Option<Uuid> {
        if let Operation::Insert { uuid, persist: false, .. } = self { Some(*uuid) } else { None }
    }
}

struct Encoder<'a> {
    schema: &'a DatabaseSchema,
    named: &'a dyn Fn(Uuid) -> bool,
}

impl Encoder<'_> {
    fn operation(&self, operation: &Operation, w: &mut Writer<'_>) -> Result<(), UnknownId> {
        w.begin_object();
        w.key("op");
        w.string(operation.name());
        if let Some(id) = operation.table() {
            let table = self.schema.table(id).ok_or(UnknownId::Table(id))?;
            w.key("table");
            w.string(&table.name);
            self.on_table(operation, id, table, w)?;
        } else {
            match operation {
                Operation::Commit { durable } => {
                    w.key("durable");
                    w.boolean(*durable);
                }
                Operation::Comment(text) => {
                    w.key("comment");
                    w.string(text);
                }
                Operation::Assert { lock } => {
                    w.key("lock");
                    w.string(lock);
                }
                _ => {}
            }
        }
        w.end_object();
        Ok(())
    }

    fn on_table(
        &self,
        operation: &Operation,
        id: TableId,
        table: &TableSchema,
        w: &mut Writer<'_>,
    ) -> Result<(), UnknownId> {
        let on = OnTable { id, table, named: self.named };
        match operation {
            Operation::Insert { uuid, persist, row, .. } => {
                if *persist {
                    w.key("uuid");
                    w.string(&uuid.to_string());
                } else {
                    w.key("uuid-name");
                    w.string(&row_name(*uuid));
                }
                w.key("row");
                on.row(row, w)?;
            }
            Operation::Select { where_, columns, .. } => {
                on.conditions(where_, w)?;
                on.columns(columns.as_ref(), w)?;
            }
            Operation::Update { where_, row, .. } => {
                on.conditions(where_, w)?;
                w.key("row");
                on.row(row, w)?;
            }
            Operation::Mutate { where_, mutations, .. } => {
                on.conditions(where_, w)?;
                on.mutations(mutations, w)?;
            }
            Operation::Delete { where_, .. } => on.conditions(where_, w)?,
            Operation::Wait { where_, columns, rows, until, timeout_ms, .. } => {
                if let Some(timeout) = timeout_ms {
                    w.key("timeout");
                    w.integer(i64::try_from(*timeout).unwrap_or(i64::MAX));
                }
                on.conditions(where_, w)?;
                on.columns(columns.as_ref(), w)?;
                w.key("until");
                w.string(if *until == Until::Equal { "==" } else { "!=" });
                w.key("rows");
                w.begin_array();
                rows.iter().try_for_each(|row| on.row(row, w))?;
                w.end_array();
            }
            Operation::Commit { .. }
            | Operation::Abort
            | Operation::Comment(_)
            | Operation::Assert { .. } => {}
        }
        Ok(())
    }
}

struct OnTable<'a> {
    id: TableId,
    table: &'a TableSchema,
    named: &'a dyn Fn(Uuid) -> bool,
}

impl OnTable<'_> {
    fn column(&self, id: ColumnId) -> Result<&str, UnknownId> {
        self.table.column(id).map(|c| &*c.name).ok_or(UnknownId::Column(self.id, id))
    }

    fn row(&self, row: &[(ColumnId, Datum)], w: &mut Writer<'_>) -> Result<(), UnknownId> {
        w.begin_object();
        for (column, datum) in row {
            w.key(self.column(*column)?);
            write_datum(w, datum, self.named);
        }
        w.end_object();
        Ok(())
    }

    fn conditions(&self, conditions: &[Condition], w: &mut Writer<'_>) -> Result<(), UnknownId> {
        w.key("where");
        w.begin_array();
        for condition in conditions {
            self.column(condition.column)?;
            condition.write(w, self.table, self.named);
        }
        w.end_array();
        Ok(())
    }

    fn mutations(&self, mutations: &[Mutation], w: &mut Writer<'_>) -> Result<(), UnknownId> {
        w.key("mutations");
        w.begin_array();
        for mutation in mutations {
            self.column(mutation.column)?;
            mutation.write(w, self.table, self.named);
        }
        w.end_array();
        Ok(())
    }

    fn columns(&self, columns: Option<&ColumnSet>, w: &mut Writer<'_>) -> Result<(), UnknownId> {
        let Some(columns) = columns else { return Ok(()) };
        w.key("columns");
        w.begin_array();
        for column in columns.iter() {
            w.string(self.column(column)?);
        }
        w.end_array();
        Ok(())
    }
}
