//! Which rows meet a condition (RFC 7047 section 5.1, `<condition>` and `<function>`)?

use super::value::{self, Datum, ErrorName, Named, SYNTAX};
use super::world::Row;
use crate::random::schema::{Table, Type};
use serde_json::Value;

/// Column, function and argument.
#[derive(Clone, Debug)]
pub(crate) enum Clause {
    Always(bool),
    Compare { column: String, function: String, arg: Datum },
}

/// Reads an array of conditions.
pub(crate) fn read(json: &Value, table: &Table, named: Named<'_>) -> Result<Vec<Clause>, ErrorName> {
    json.as_array().ok_or(SYNTAX)?.iter().map(|clause| Clause::read(clause, table, named)).collect()
}

impl Clause {
    fn read(json: &Value, table: &Table, named: Named<'_>) -> Result<Clause, ErrorName> {
        if let Value::Bool(always) = json {
            return Ok(Clause::Always(*always));
        }
        let Some([Value::String(column), Value::String(function), arg]) = json.as_array().map(Vec::as_slice)
        else {
            return Err(SYNTAX);
        };
        let type_ = &table.columns.get(column).ok_or("unknown column")?.type_;
        let (min, max) = match function.as_str() {
            "==" | "!=" => (type_.min, type_.max),
            "includes" | "excludes" if type_.is_scalar() => (1, 1),
            "includes" => (0, type_.max),
            "excludes" => (0, usize::MAX),
            "<" | "<=" | ">" | ">=" => {
                let is_number = matches!(type_.key.atom.as_str(), "integer" | "real");
                if !is_number || type_.value.is_some() || type_.max != 1 {
                    return Err(SYNTAX);
                }
                (1, 1)
            }
            _ => return Err("unknown function"),
        };
        let arg = value::read(arg, &Type { min, max, ..type_.clone() }, named)?;
        Ok(Clause::Compare { column: column.clone(), function: function.clone(), arg })
    }

    pub(crate) fn holds(&self, row: &Row) -> bool {
        let (column, function, arg) = match self {
            Clause::Always(always) => return *always,
            Clause::Compare { column, function, arg } => (column, function, arg),
        };
        let held = &row[column];
        // a number that is not there is neither more nor less than any
        let order = held.keys().next().zip(arg.keys().next()).map(|(held, arg)| held.cmp(arg));
        match function.as_str() {
            "==" => held == arg,
            "!=" => held != arg,
            "includes" => arg.iter().all(|(k, v)| held.get(k) == Some(v)),
            "excludes" => arg.iter().all(|(k, v)| held.get(k) != Some(v)),
            "<" => order.is_some_and(|o| o.is_lt()),
            "<=" => order.is_some_and(|o| o.is_le()),
            ">" => order.is_some_and(|o| o.is_gt()),
            ">=" => order.is_some_and(|o| o.is_ge()),
            _ => panic!("{function}"),
        }
    }
}
