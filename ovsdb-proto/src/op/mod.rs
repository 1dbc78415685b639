//! What a transaction consists of: conditions, mutations, operations and their results (RFC 7047 section 5).

mod condition;
mod matcher;
mod mutation;
mod operation;
mod result;

pub use condition::{Clause, Condition, Function};
pub use matcher::Matcher;
pub use mutation::{Mutation, MutationError, Mutator};
pub use operation::{Operation, UnknownId, Until, encode};
pub use result::{OpResult, ResultError, Results, read_row, read_rows, render_error};

use crate::json::{JsonError, Reader};
use crate::schema::{ColumnId, ColumnSchema, TableSchema};
use crate::value::DatumError;

/// Why a condition or a mutation of a peer is not acceptable. Offsets count bytes from the start of what the reader reads.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OpReadError {
    /// It is not JSON, or not of the types expected.
    #[error(transparent)]
    Json(#[from] JsonError),
    /// The value does not fit the column.
    #[error(transparent)]
    Datum(#[from] DatumError),
    /// It is not an array of three elements.
    #[error("expected an array of three elements at byte {offset}")]
    Form {
        /// Where it starts.
        offset: usize,
    },
    /// The table has no column of this name.
    #[error("unknown column at byte {offset}")]
    Column {
        /// Where the name is.
        offset: usize,
    },
    /// There is no function of this name.
    #[error("unknown function at byte {offset}")]
    Function {
        /// Where the name is.
        offset: usize,
    },
    /// There is no mutator of this name.
    #[error("unknown mutator at byte {offset}")]
    Mutator {
        /// Where the name is.
        offset: usize,
    },
    /// The function or mutator is not for columns of this type.
    #[error("operator at byte {offset} may not be applied to a column of this type")]
    TypeMismatch {
        /// The column.
        column: ColumnId,
        /// Where the condition or mutation starts.
        offset: usize,
    },
    /// The column may not change after the row's insertion.
    #[error("mutation at byte {offset} of an immutable column")]
    Immutable {
        /// The column.
        column: ColumnId,
        /// Where the mutation starts.
        offset: usize,
    },
    /// The value has too few or too many elements.
    #[error("value of {count} elements at byte {offset} does not fit the column")]
    Count {
        /// The column.
        column: ColumnId,
        /// How many elements there are.
        count: usize,
        /// Where the condition or mutation starts.
        offset: usize,
    },
}

// the first element of a condition or mutation whose bracket was read
fn read_column<'t>(
    r: &mut Reader<'_>,
    table: &'t TableSchema,
) -> Result<(ColumnId, &'t ColumnSchema), OpReadError> {
    let offset = r.offset();
    if !r.next_element()? {
        return Err(OpReadError::Form { offset });
    }
    let offset = r.offset();
    let id = table.column_id(&r.string()?).ok_or(OpReadError::Column { offset })?;
    let column = table.column(id).ok_or(OpReadError::Column { offset })?;
    Ok((id, column))
}

#[cfg(test)]
mod tests;
