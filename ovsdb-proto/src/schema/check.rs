//! Which values a schema allows: ranges, lengths, listed values, how many (RFC 7047 section 3.2).

use super::{BaseType, ColumnType, Constraint};
use crate::value::{Atom, AtomType, Datum, print_atom, print_datum, print_real};
use std::fmt;

/// A value that the schema does not allow. The texts are those of Open vSwitch behind `constraint violation: `.
#[derive(Clone, Debug, PartialEq)]
pub enum ConstraintError {
    /// The value is not one that the schema lists.
    NotAllowed {
        /// The value.
        value: Atom,
        /// Those listed.
        allowed: Box<[Atom]>,
    },
    /// An integer is too small or too large.
    Integer {
        /// The value.
        value: i64,
        /// The smallest.
        min: i64,
        /// The largest.
        max: i64,
    },
    /// A real is too small or too large.
    Real {
        /// The value.
        value: f64,
        /// The smallest.
        min: f64,
        /// The largest.
        max: f64,
    },
    /// A string is too short or too long.
    Length {
        /// The value.
        value: Box<str>,
        /// How many characters the shortest has.
        min: u32,
        /// How many characters the longest has.
        max: u32,
    },
    /// There are too few or too many elements, or a set where a map belongs or the reverse.
    Count {
        /// How many there are.
        count: usize,
        /// What the column holds.
        shape: Shape,
    },
    /// The value is of another type.
    Type {
        /// The type wanted.
        expected: AtomType,
        /// The value.
        value: Atom,
    },
}

impl std::error::Error for ConstraintError {}

impl fmt::Display for ConstraintError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ConstraintError::NotAllowed { value, allowed } => {
                let list = Datum::set(allowed.iter().cloned());
                write!(f, "{} is not one of the allowed values ({})", Text(value), Texts(&list))
            }
            ConstraintError::Integer { value, min, max } => {
                bounds(f, value, min, max, *min != i64::MIN, *max != i64::MAX)
            }
            ConstraintError::Real { value, min, max } => {
                bounds(f, &Real(*value), &Real(*min), &Real(*max), *min != -f64::MAX, *max != f64::MAX)
            }
            ConstraintError::Length { value, min, max } => {
                let length = value.chars().count();
                let (word, bound) = if is_below(length, *min) {
                    ("less than minimum", min)
                } else {
                    ("greater than maximum", max)
                };
                write!(f, "\"{value}\" length {length} is {word} allowed length {bound}")
            }
            ConstraintError::Count { count, shape } => {
                write!(f, "Attempted to store {count} elements in {shape}.")
            }
            ConstraintError::Type { expected, value } => {
                write!(f, "{} is not of type {expected}", Text(value))
            }
        }
    }
}

fn bounds<T: fmt::Display>(
    f: &mut fmt::Formatter<'_>,
    value: &T,
    min: &T,
    max: &T,
    has_min: bool,
    has_max: bool,
) -> fmt::Result {
    match (has_min, has_max) {
        (true, true) => write!(f, "{value} is not in the valid range {min} to {max} (inclusive)"),
        (true, false) => write!(f, "{value} is less than minimum allowed value {min}"),
        (false, _) => write!(f, "{value} is greater than maximum allowed value {max}"),
    }
}

struct Text<'a>(&'a Atom);

impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = String::new();
        print_atom(&mut out, self.0);
        f.write_str(&out)
    }
}

struct Texts<'a>(&'a Datum);

impl fmt::Display for Texts<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = String::new();
        print_datum(&mut out, self.0, u32::MAX, crate::value::Format::String);
        f.write_str(&out)
    }
}

struct Real(f64);

impl fmt::Display for Real {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = String::new();
        print_real(&mut out, self.0);
        f.write_str(&out)
    }
}

/// What a column holds, in the words of Open vSwitch: `integer`, `set of up to 2 strings`, `map of (string, string) pairs`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    key: AtomType,
    value: Option<AtomType>,
    min: u32,
    max: u32,
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Shape { key, value, min, max } = *self;
        if value.is_none() && (min, max) == (1, 1) {
            return write!(f, "{key}");
        }
        f.write_str(if value.is_some() { "map" } else { "set" })?;
        match (min, max) {
            (0, u32::MAX) => f.write_str(" of")?,
            (_, u32::MAX) => write!(f, " of {min} or more")?,
            (0, _) => write!(f, " of up to {max}")?,
            _ => write!(f, " of {min} to {max}")?,
        }
        match value {
            None => write!(f, " {key}s"),
            Some(value) => write!(f, " ({key}, {value}) pairs"),
        }
    }
}

impl BaseType {
    /// Whether the schema allows this atom. References are not followed: only the server knows the rows.
    ///
    /// # Errors
    /// It is of another type, not listed, out of range, or too short or too long.
    pub fn check(&self, atom: &Atom) -> Result<(), ConstraintError> {
        self.check_but_length(atom)?;
        if let (Atom::String(s), Constraint::Length(min, max)) = (atom, self.constraint) {
            let length = s.chars().count();
            if is_below(length, min) || is_above(length, max) {
                return Err(ConstraintError::Length { value: s.clone(), min, max });
            }
        }
        Ok(())
    }

    /// As [`BaseType::check`], but a string may be of any length.
    pub(super) fn check_but_length(&self, atom: &Atom) -> Result<(), ConstraintError> {
        if atom.atom_type() != self.atom {
            return Err(ConstraintError::Type { expected: self.atom, value: atom.clone() });
        }
        if let Some(allowed) = &self.allowed
            && allowed.binary_search(atom).is_err()
        {
            return Err(ConstraintError::NotAllowed { value: atom.clone(), allowed: allowed.clone() });
        }
        match (atom, self.constraint) {
            (Atom::Integer(n), Constraint::Integer(min, max)) if !(min..=max).contains(n) => {
                Err(ConstraintError::Integer { value: *n, min, max })
            }
            (Atom::Real(n), Constraint::Real(min, max)) if !(min..=max).contains(n) => {
                Err(ConstraintError::Real { value: *n, min, max })
            }
            // JSON has neither infinities nor NaN
            (Atom::Real(n), _) if !n.is_finite() => {
                Err(ConstraintError::Real { value: *n, min: -f64::MAX, max: f64::MAX })
            }
            _ => Ok(()),
        }
    }
}

fn is_below(count: usize, min: u32) -> bool {
    u32::try_from(count).is_ok_and(|count| count < min)
}

fn is_above(count: usize, max: u32) -> bool {
    max != u32::MAX && u32::try_from(count).map_or(true, |count| count > max)
}

impl ColumnType {
    /// The type in words.
    pub const fn shape(&self) -> Shape {
        let value = if let Some(value) = &self.value { Some(value.atom) } else { None };
        Shape { key: self.key.atom, value, min: self.min, max: self.max }
    }

    /// Whether the schema allows this value.
    ///
    /// # Errors
    /// An element is not allowed, or there are too few or too many.
    pub fn check(&self, datum: &Datum) -> Result<(), ConstraintError> {
        if datum.is_map() != self.is_map() {
            return Err(ConstraintError::Count { count: datum.len(), shape: self.shape() });
        }
        self.check_atoms(datum)?;
        self.check_count(datum.len())
    }

    /// Whether the schema allows so many elements.
    ///
    /// # Errors
    /// There are too few or too many.
    pub fn check_count(&self, count: usize) -> Result<(), ConstraintError> {
        if is_below(count, self.min) || is_above(count, self.max) {
            return Err(ConstraintError::Count { count, shape: self.shape() });
        }
        Ok(())
    }

    /// Whether the schema allows these elements, however many they are.
    ///
    /// # Errors
    /// An element is not allowed.
    pub fn check_atoms(&self, datum: &Datum) -> Result<(), ConstraintError> {
        datum.atoms().iter().try_for_each(|atom| self.key.check(atom))?;
        datum.pairs().iter().try_for_each(|(key, _)| self.key.check(key))?;
        let Some(value_type) = &self.value else { return Ok(()) };
        datum.pairs().iter().try_for_each(|(_, value)| value_type.check(value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn base(atom: AtomType, constraint: Constraint) -> BaseType {
        BaseType { constraint, ..BaseType::any(atom) }
    }

    fn check(base: &BaseType, atom: impl Into<Atom>, error: &str) {
        let got = base.check(&atom.into()).map_or_else(|e| e.to_string(), |()| String::new());
        assert_eq!(got, error);
    }

    #[test]
    fn integers() {
        let vlan = base(AtomType::Integer, Constraint::Integer(1, 4095));
        check(&vlan, 1, "");
        check(&vlan, 4095, "");
        check(&vlan, 5000, "5000 is not in the valid range 1 to 4095 (inclusive)");
        check(&vlan, "x", "x is not of type integer");
        check(
            &base(AtomType::Integer, Constraint::Integer(0, i64::MAX)),
            -1,
            "-1 is less than minimum allowed value 0",
        );
        check(
            &base(AtomType::Integer, Constraint::Integer(i64::MIN, 5)),
            6,
            "6 is greater than maximum allowed value 5",
        );
    }

    #[test]
    fn reals() {
        check(
            &base(AtomType::Real, Constraint::Real(0.5, 1e20)),
            0.25,
            "0.25 is not in the valid range 0.5 to 1e+20 (inclusive)",
        );
        check(
            &base(AtomType::Real, Constraint::Real(-f64::MAX, 2.0)),
            3.0,
            "3 is greater than maximum allowed value 2",
        );
        check(
            &base(AtomType::Real, Constraint::Real(1.0, f64::MAX)),
            0.0,
            "0 is less than minimum allowed value 1",
        );
    }

    #[test]
    fn lengths_count_characters() {
        let base = base(AtomType::String, Constraint::Length(2, 3));
        check(&base, "äöü", "");
        check(&base, "ä", "\"ä\" length 1 is less than minimum allowed length 2");
        check(&base, "abcd", "\"abcd\" length 4 is greater than maximum allowed length 3");
    }

    #[test]
    fn listed_values() {
        let allowed = Some(["allow", "allow-related", "drop"].map(Atom::from).into());
        let base = BaseType { allowed, ..BaseType::any(AtomType::String) };
        check(&base, "drop", "");
        check(
            &base,
            "bogus 1",
            "\"bogus 1\" is not one of the allowed values ([allow, allow-related, drop])",
        );
    }

    #[test]
    fn counts_and_shapes() {
        let mut type_ = ColumnType::scalar(AtomType::Integer);
        assert_eq!(type_.shape().to_string(), "integer");
        type_.min = 0;
        assert_eq!(type_.shape().to_string(), "set of up to 1 integers");
        assert_eq!(
            type_.check(&Datum::set([1.into(), 2.into()])).unwrap_err().to_string(),
            "Attempted to store 2 elements in set of up to 1 integers."
        );
        type_.max = u32::MAX;
        assert_eq!(type_.shape().to_string(), "set of integers");
        assert_eq!(type_.check(&Datum::set([1.into(), 2.into()])), Ok(()));
        type_.min = 1;
        assert_eq!(type_.shape().to_string(), "set of 1 or more integers");
        assert!(type_.check(&Datum::empty_set()).is_err());
        type_.max = 4;
        type_.value = Some(BaseType::any(AtomType::String));
        assert_eq!(type_.shape().to_string(), "map of 1 to 4 (integer, string) pairs");
        assert!(type_.check(&Datum::one(1)).is_err());
    }
}
