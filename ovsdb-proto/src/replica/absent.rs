//! Which tables and columns that we know does the server's schema lack?

use crate::schema::{ColumnId, ColumnSet, DatabaseSchema, TableId};
use std::collections::HashMap;

/// The tables and columns of a schema that the server's schema lacks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Absent {
    tables: Vec<TableId>,
    columns: HashMap<TableId, ColumnSet>,
    version: Box<str>,
}

impl Absent {
    /// What `ours` has and `theirs` has not.
    pub fn between(ours: &DatabaseSchema, theirs: &DatabaseSchema) -> Absent {
        let mut absent = Absent { version: theirs.version.clone(), ..Absent::default() };
        for (id, table) in ours.tables().iter().filter_map(|t| Some((ours.table_id(&t.name)?, t))) {
            let Some(their) = theirs.table_id(&table.name).and_then(|id| theirs.table(id)) else {
                absent.tables.push(id);
                continue;
            };
            let lacks: ColumnSet = (table.own_columns().iter())
                .filter(|c| table.column(*c).is_none_or(|c| their.column_id(&c.name).is_none()))
                .collect();
            if !lacks.is_empty() {
                absent.columns.insert(id, lacks);
            }
        }
        absent
    }

    /// Whether the server has the table.
    pub fn has_table(&self, table: TableId) -> bool {
        !self.tables.contains(&table)
    }

    /// Whether the server has the column.
    pub fn has_column(&self, table: TableId, column: ColumnId) -> bool {
        self.has_table(table) && !self.columns.get(&table).is_some_and(|c| c.contains(column))
    }

    /// The version of the server's schema, if it was read.
    pub fn version(&self) -> Option<&str> {
        (!self.version.is_empty()).then_some(&*self.version)
    }
}
