//! What does a transaction write that an older server cannot store?

use super::error::Lacking;
use crate::op::{Condition, Operation};
use crate::replica::Absent;
use crate::schema::{ColumnId, DatabaseSchema};

/// The first table or column that the operations name and the server lacks.
pub(super) fn lacking(operations: &[Operation], schema: &DatabaseSchema, absent: &Absent) -> Option<Lacking> {
    if absent.is_empty() {
        return None;
    }
    operations.iter().find_map(|operation| {
        let id = operation.table()?;
        let table = schema.table(id)?;
        let column = if absent.has_table(id) {
            let column = columns(operation).into_iter().find(|c| !absent.has_column(id, *c))?;
            table.column(column).map(|c| c.name.clone())
        } else {
            None
        };
        let version = absent.version().unwrap_or_default().into();
        Some(Lacking { table: table.name.clone(), column, version })
    })
}

fn columns(operation: &Operation) -> Vec<ColumnId> {
    let tested = |where_: &[Condition]| where_.iter().map(|c| c.column).collect::<Vec<_>>();
    match operation {
        Operation::Insert { row, .. } => row.iter().map(|(column, _)| *column).collect(),
        Operation::Update { where_, row, .. } => {
            row.iter().map(|(column, _)| *column).chain(tested(where_)).collect()
        }
        Operation::Mutate { where_, mutations, .. } => {
            mutations.iter().map(|m| m.column).chain(tested(where_)).collect()
        }
        Operation::Select { where_, columns, .. } | Operation::Wait { where_, columns, .. } => {
            columns.iter().flat_map(|c| c.iter().collect::<Vec<_>>()).chain(tested(where_)).collect()
        }
        Operation::Delete { where_, .. } => tested(where_),
        Operation::Commit { .. } | Operation::Abort | Operation::Comment(_) | Operation::Assert { .. } => {
            Vec::new()
        }
    }
}

/// Whether an error of the server may come from a schema that is older than ours: it names what is not there, or cannot read what is.
pub(super) fn may_be_the_schema(error: &str) -> bool {
    matches!(error, "unknown column" | "unknown table" | "syntax error")
}
