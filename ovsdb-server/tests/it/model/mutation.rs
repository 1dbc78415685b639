//! What does a mutation make of a value (RFC 7047 section 5.1, `<mutation>`)?

use super::value::{self, Atom, CONSTRAINT, Datum, ErrorName, Named, SYNTAX};
use super::world::Row;
use crate::random::schema::{Base, Table, Type};
use serde_json::Value;

pub(crate) struct Mutation {
    column: String,
    type_: Type,
    mutator: String,
    arg: Datum,
    /// The argument of `delete` is a set of keys of a map.
    keys: bool,
}

impl Mutation {
    pub(crate) fn read(json: &Value, table: &Table, named: Named<'_>) -> Result<Mutation, ErrorName> {
        let Some([Value::String(column), Value::String(mutator), arg]) = json.as_array().map(Vec::as_slice)
        else {
            return Err(SYNTAX);
        };
        let described = table.columns.get(column).ok_or("unknown column")?;
        if !described.mutable {
            return Err(CONSTRAINT);
        }
        let type_ = described.type_.clone();
        let some = Type { min: 0, ..type_.clone() };
        let many = Type { max: usize::MAX, ..some.clone() };
        let mut keys = false;
        let arg = match mutator.as_str() {
            "insert" | "delete" if type_.is_scalar() => return Err(SYNTAX),
            "insert" => value::read(arg, &some, named)?,
            "delete" if type_.value.is_some() => match value::read(arg, &many, named) {
                Ok(pairs) => pairs,
                Err(_) => {
                    keys = true;
                    value::read(arg, &Type { value: None, ..many }, named)?
                }
            },
            "delete" => value::read(arg, &many, named)?,
            "+=" | "-=" | "*=" | "/=" | "%=" => {
                let fits = match type_.key.atom.as_str() {
                    "integer" => type_.value.is_none(),
                    "real" => type_.value.is_none() && mutator != "%=",
                    _ => false,
                };
                if !fits {
                    return Err(SYNTAX);
                }
                let key = Base { enumeration: Vec::new(), range: (f64::MIN, f64::MAX), ..type_.key.clone() };
                value::read(arg, &Type { key, value: None, min: 1, max: 1 }, named)?
            }
            _ => return Err("unknown mutator"),
        };
        Ok(Mutation { column: column.clone(), type_, mutator: mutator.clone(), arg, keys })
    }

    pub(crate) fn apply(&self, row: &mut Row) -> Result<(), ErrorName> {
        let held = row.get_mut(&self.column).unwrap();
        match self.mutator.as_str() {
            "insert" => {
                for (key, value) in &self.arg {
                    held.entry(key.clone()).or_insert(value.clone());
                }
            }
            "delete" => held.retain(|k, v| self.arg.get(k).is_none_or(|arg| !self.keys && arg != v)),
            _ => {
                let arg = self.arg.keys().next().unwrap();
                let count = held.len();
                let results: Result<Vec<Atom>, ErrorName> =
                    held.keys().map(|atom| self.calculate(atom, arg)).collect();
                *held = results?.into_iter().map(|atom| (atom, Atom::Nothing)).collect();
                if held.len() < count {
                    return Err(CONSTRAINT);
                }
            }
        }
        value::check(held, &self.type_)
    }

    fn calculate(&self, atom: &Atom, arg: &Atom) -> Result<Atom, ErrorName> {
        let result = match (atom, arg, self.mutator.as_str()) {
            (_, Atom::Integer(0), "/=" | "%=") => return Err("domain error"),
            (Atom::Integer(a), Atom::Integer(b), mutator) => {
                let result = match mutator {
                    "+=" => a.checked_add(*b),
                    "-=" => a.checked_sub(*b),
                    "*=" => a.checked_mul(*b),
                    "/=" => a.checked_div(*b),
                    _ => a.checked_rem(*b),
                };
                Atom::Integer(result.ok_or("range error")?)
            }
            (Atom::Real(_), Atom::Real(0.0), "/=") => return Err("domain error"),
            (Atom::Real(a), Atom::Real(b), mutator) => {
                let result = match mutator {
                    "+=" => a + b,
                    "-=" => a - b,
                    "*=" => a * b,
                    _ => a / b,
                };
                if !result.is_finite() {
                    return Err("range error");
                }
                value::real(result)
            }
            _ => panic!("{atom:?} {arg:?}"),
        };
        result.check(&self.type_.key)?;
        Ok(result)
    }
}
