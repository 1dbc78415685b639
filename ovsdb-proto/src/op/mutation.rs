//! How a column changes in place (RFC 7047 section 5.1, `<mutation>`).

use crate::json::{Reader, Writer};
use crate::op::OpReadError;
use crate::schema::{ColumnId, ColumnType, ConstraintError, TableSchema, read_datum, read_datum_or_keys};
use crate::value::{Atom, AtomType, Datum, Uuid, write_datum};
use std::fmt;

/// What is done to the column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mutator {
    /// `+=`
    Add,
    /// `-=`
    Sub,
    /// `*=`
    Mul,
    /// `/=`
    Div,
    /// `%=`
    Mod,
    /// `insert`
    Insert,
    /// `delete`
    Delete,
}

impl Mutator {
    const ALL: [Mutator; 7] = [
        Mutator::Add,
        Mutator::Sub,
        Mutator::Mul,
        Mutator::Div,
        Mutator::Mod,
        Mutator::Insert,
        Mutator::Delete,
    ];

    /// The name on the wire (RFC 7047 section 5.1, `<mutator>`).
    pub const fn name(self) -> &'static str {
        match self {
            Mutator::Add => "+=",
            Mutator::Sub => "-=",
            Mutator::Mul => "*=",
            Mutator::Div => "/=",
            Mutator::Mod => "%=",
            Mutator::Insert => "insert",
            Mutator::Delete => "delete",
        }
    }

    /// The mutator that the wire calls `name`.
    pub fn from_name(name: &str) -> Option<Mutator> {
        Mutator::ALL.into_iter().find(|m| m.name() == name)
    }

    /// Whether it may be applied to a column of this type.
    pub const fn fits(self, type_: &ColumnType) -> bool {
        match self {
            Mutator::Insert | Mutator::Delete => !type_.is_scalar(),
            Mutator::Mod => !type_.is_map() && matches!(type_.key.atom, AtomType::Integer),
            _ => !type_.is_map() && matches!(type_.key.atom, AtomType::Integer | AtomType::Real),
        }
    }
}

impl fmt::Display for Mutator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A change of one column.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Mutation {
    /// The column changed.
    pub column: ColumnId,
    /// What is done to it.
    pub mutator: Mutator,
    /// With what; for `delete` of a map either a map, or a set of keys.
    pub arg: Datum,
}

/// Why a mutation is impossible.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum MutationError {
    /// The mutator is not for columns of this type, or the argument is not for this mutator.
    #[error("\"{0}\" operator may not be applied to a column of this type")]
    TypeMismatch(Mutator),
    /// `domain error` of RFC 7047 section 4.1.3.
    #[error("division by zero")]
    DivisionByZero,
    /// `range error` of RFC 7047 section 4.1.3.
    #[error("result of \"{0}\" operation is out of range")]
    Range(Mutator),
    /// Two elements became equal.
    #[error("result of \"{0}\" operation contains duplicates")]
    Duplicates(Mutator),
    /// An element or the number of elements is no longer allowed.
    #[error(transparent)]
    Constraint(#[from] ConstraintError),
}

impl Mutation {
    /// `column insert arg`.
    pub const fn insert(column: ColumnId, arg: Datum) -> Mutation {
        Mutation { column, mutator: Mutator::Insert, arg }
    }

    /// `column delete arg`.
    pub const fn delete(column: ColumnId, arg: Datum) -> Mutation {
        Mutation { column, mutator: Mutator::Delete, arg }
    }

    /// What a column of this type that holds `value` holds afterwards (RFC 7047 section 5.1, `<mutation>`).
    ///
    /// The arithmetic is exact over all 64 bits. (ovsdb-server besides refuses some products close to the largest integer.)
    ///
    /// # Errors
    /// See [`MutationError`].
    pub fn apply(&self, value: &Datum, type_: &ColumnType) -> Result<Datum, MutationError> {
        if !self.mutator.fits(type_) {
            return Err(MutationError::TypeMismatch(self.mutator));
        }
        match self.mutator {
            Mutator::Insert if self.arg.is_map() == type_.is_map() => {
                self.stored(value.union(&self.arg), type_)
            }
            Mutator::Delete if type_.is_map() || !self.arg.is_map() => {
                self.stored(value.difference(&self.arg), type_)
            }
            Mutator::Insert | Mutator::Delete => Err(MutationError::TypeMismatch(self.mutator)),
            _ => self.compute(value, type_),
        }
    }

    /// As [`Mutation::apply`], without copying a large value.
    ///
    /// # Errors
    /// See [`MutationError`].
    pub fn apply_to(&self, value: Datum, type_: &ColumnType) -> Result<Datum, MutationError> {
        match self.mutator {
            Mutator::Insert if !type_.is_scalar() && !type_.is_map() && !self.arg.is_map() => {
                self.stored(value.into_union(&self.arg), type_)
            }
            Mutator::Delete if !type_.is_scalar() && !type_.is_map() && !self.arg.is_map() => {
                self.stored(value.into_difference(&self.arg), type_)
            }
            _ => self.apply(&value, type_),
        }
    }

    // what was there already was checked when it was stored: only the count and the new atoms can be wrong
    fn stored(&self, value: Datum, type_: &ColumnType) -> Result<Datum, MutationError> {
        if self.mutator == Mutator::Insert {
            type_.check_atoms(&self.arg)?;
        }
        type_.check_count(value.len())?;
        Ok(value)
    }

    fn compute(&self, value: &Datum, type_: &ColumnType) -> Result<Datum, MutationError> {
        let arg = self.arg.scalar().ok_or(MutationError::TypeMismatch(self.mutator))?;
        let atoms =
            value.atoms().iter().map(|a| compute(self.mutator, a, arg)).collect::<Result<Vec<_>, _>>()?;
        for atom in &atoms {
            type_.key.check(atom)?;
        }
        Datum::try_set(atoms).map_err(|_| MutationError::Duplicates(self.mutator))
    }

    /// Writes `[column, mutator, value]`; `named` tells which rows the transaction knows by name.
    pub fn write(&self, w: &mut Writer<'_>, table: &TableSchema, named: &dyn Fn(Uuid) -> bool) {
        w.begin_array();
        w.string(table.column(self.column).map_or("", |c| &c.name));
        w.string(self.mutator.name());
        write_datum(w, &self.arg, named);
        w.end_array();
    }

    /// Reads `[column, mutator, value]`, with the checks of ovsdb-server that do not need the row.
    ///
    /// # Errors
    /// The JSON has another form, column or mutator are unknown, the column may not be changed so, or the value does not fit it.
    pub fn read(
        r: &mut Reader<'_>,
        table: &TableSchema,
        named: &mut dyn FnMut(&str) -> Option<Uuid>,
    ) -> Result<Mutation, OpReadError> {
        let offset = r.offset();
        r.begin_array()?;
        let (column, schema) = super::read_column(r, table)?;
        if !schema.mutable {
            return Err(OpReadError::Immutable { column, offset });
        }
        if !r.next_element()? {
            return Err(OpReadError::Form { offset });
        }
        let offset_mutator = r.offset();
        let mutator =
            Mutator::from_name(&r.string()?).ok_or(OpReadError::Mutator { offset: offset_mutator })?;
        let type_ = &schema.type_;
        if !mutator.fits(type_) {
            return Err(OpReadError::TypeMismatch { column, offset });
        }
        if !r.next_element()? {
            return Err(OpReadError::Form { offset });
        }
        let arg = match mutator {
            Mutator::Delete => read_datum_or_keys(r, type_, named)?,
            _ => read_datum(r, type_, named)?,
        };
        let count = u32::try_from(arg.len()).unwrap_or(u32::MAX);
        let fits = match mutator {
            Mutator::Insert => count <= type_.max,
            Mutator::Delete => true,
            _ => count == 1,
        };
        if !fits {
            return Err(OpReadError::Count { column, count: arg.len(), offset });
        }
        if r.next_element()? {
            return Err(OpReadError::Form { offset });
        }
        Ok(Mutation { column, mutator, arg })
    }
}

fn compute(mutator: Mutator, a: &Atom, b: &Atom) -> Result<Atom, MutationError> {
    match (a, b) {
        (Atom::Integer(a), Atom::Integer(b)) => {
            let (a, b) = (*a, *b);
            if b == 0 && matches!(mutator, Mutator::Div | Mutator::Mod) {
                return Err(MutationError::DivisionByZero);
            }
            let result = match mutator {
                Mutator::Add => a.checked_add(b),
                Mutator::Sub => a.checked_sub(b),
                Mutator::Mul => a.checked_mul(b),
                Mutator::Div => a.checked_div(b),
                Mutator::Mod => a.checked_rem(b),
                Mutator::Insert | Mutator::Delete => return Err(MutationError::TypeMismatch(mutator)),
            };
            result.map(Atom::Integer).ok_or(MutationError::Range(mutator))
        }
        (Atom::Real(a), Atom::Real(b)) => {
            let result = match mutator {
                Mutator::Add => a + b,
                Mutator::Sub => a - b,
                Mutator::Mul => a * b,
                Mutator::Div if *b == 0.0 => return Err(MutationError::DivisionByZero),
                Mutator::Div => a / b,
                _ => return Err(MutationError::TypeMismatch(mutator)),
            };
            if result.is_finite() { Ok(Atom::Real(result)) } else { Err(MutationError::Range(mutator)) }
        }
        _ => Err(MutationError::TypeMismatch(mutator)),
    }
}
