//! Which Rust types a column's value converts to and from.

use crate::schema::ColumnType;
use crate::value::{Atom, AtomType, Datum, Uuid};
use std::collections::BTreeMap;

/// A value that does not fit the Rust type of its column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("value does not fit the column's type")]
pub struct ValueError;

/// A Rust type that one atom converts to.
pub trait AtomValue: Sized {
    /// The atomic type that it is made from.
    const TYPE: AtomType;
    /// The value of `atom`, if its type is the right one.
    fn from_atom(atom: &Atom) -> Option<Self>;
    /// The atom of this value.
    fn to_atom(&self) -> Atom;
}

/// A Rust type that a whole column converts to: an [`AtomValue`], an `Option`, a `Vec` or a `BTreeMap` of them.
pub trait ColumnValue: Sized {
    /// The value of `datum`.
    ///
    /// # Errors
    /// It is of another type, or has more or fewer elements than the Rust type.
    fn from_datum(datum: &Datum) -> Result<Self, ValueError>;
    /// The datum of this value.
    fn to_datum(&self) -> Datum;
    /// Whether this Rust type is the one for columns of `type_`.
    fn accepts(type_: &ColumnType) -> bool;
}

impl<A: AtomValue> ColumnValue for A {
    fn from_datum(datum: &Datum) -> Result<A, ValueError> {
        datum.scalar().and_then(A::from_atom).ok_or(ValueError)
    }

    fn to_datum(&self) -> Datum {
        Datum::one(self.to_atom())
    }

    fn accepts(type_: &ColumnType) -> bool {
        type_.is_scalar() && type_.key.atom == A::TYPE
    }
}

impl<A: AtomValue> ColumnValue for Option<A> {
    fn from_datum(datum: &Datum) -> Result<Option<A>, ValueError> {
        match datum.atoms() {
            [] if !datum.is_map() => Ok(None),
            [atom] => A::from_atom(atom).map(Some).ok_or(ValueError),
            _ => Err(ValueError),
        }
    }

    fn to_datum(&self) -> Datum {
        self.as_ref().map_or_else(Datum::empty_set, |a| Datum::one(a.to_atom()))
    }

    fn accepts(type_: &ColumnType) -> bool {
        type_.is_optional() && type_.key.atom == A::TYPE
    }
}

impl<A: AtomValue> ColumnValue for Vec<A> {
    fn from_datum(datum: &Datum) -> Result<Vec<A>, ValueError> {
        if datum.is_map() {
            return Err(ValueError);
        }
        datum.atoms().iter().map(|a| A::from_atom(a).ok_or(ValueError)).collect()
    }

    fn to_datum(&self) -> Datum {
        Datum::set(self.iter().map(A::to_atom))
    }

    fn accepts(type_: &ColumnType) -> bool {
        !type_.is_map() && type_.max > 1 && type_.key.atom == A::TYPE
    }
}

impl<K: AtomValue + Ord, V: AtomValue> ColumnValue for BTreeMap<K, V> {
    fn from_datum(datum: &Datum) -> Result<BTreeMap<K, V>, ValueError> {
        if !datum.is_map() {
            return Err(ValueError);
        }
        let pair = |(k, v): &(Atom, Atom)| K::from_atom(k).zip(V::from_atom(v)).ok_or(ValueError);
        datum.pairs().iter().map(pair).collect()
    }

    fn to_datum(&self) -> Datum {
        Datum::map(self.iter().map(|(k, v)| (k.to_atom(), v.to_atom())))
    }

    fn accepts(type_: &ColumnType) -> bool {
        type_.key.atom == K::TYPE && type_.value.as_ref().is_some_and(|v| v.atom == V::TYPE)
    }
}

/// The value as it is: for columns that no other Rust type fits, such as maps from real numbers.
impl ColumnValue for Datum {
    fn from_datum(datum: &Datum) -> Result<Datum, ValueError> {
        Ok(datum.clone())
    }

    fn to_datum(&self) -> Datum {
        self.clone()
    }

    fn accepts(_: &ColumnType) -> bool {
        true
    }
}

impl AtomValue for String {
    const TYPE: AtomType = AtomType::String;

    fn from_atom(atom: &Atom) -> Option<String> {
        atom.as_str().map(Into::into)
    }

    fn to_atom(&self) -> Atom {
        Atom::from(self.as_str())
    }
}

macro_rules! atom_value {
    ($rust:ty, $variant:ident) => {
        impl AtomValue for $rust {
            const TYPE: AtomType = AtomType::$variant;

            fn from_atom(atom: &Atom) -> Option<$rust> {
                if let Atom::$variant(v) = atom { Some(*v) } else { None }
            }

            fn to_atom(&self) -> Atom {
                Atom::$variant(*self)
            }
        }
    };
}

atom_value!(i64, Integer);
atom_value!(f64, Real);
atom_value!(bool, Boolean);
atom_value!(Uuid, Uuid);

#[cfg(test)]
mod tests {
    use super::*;

    fn check<V: ColumnValue + PartialEq + std::fmt::Debug>(value: V, datum: &Datum) {
        assert_eq!(value.to_datum(), *datum);
        assert_eq!(V::from_datum(datum), Ok(value));
    }

    #[test]
    fn values_round_trip() {
        check("x".to_string(), &Datum::one("x"));
        check(5i64, &Datum::one(5));
        check(Some(true), &Datum::one(true));
        check(None::<Uuid>, &Datum::empty_set());
        check(vec![1i64, 2], &Datum::set([1.into(), 2.into()]));
        check(BTreeMap::from([("k".to_string(), 1i64)]), &Datum::map([("k".into(), 1.into())]));
    }

    #[test]
    fn other_types_are_refused() {
        assert_eq!(i64::from_datum(&Datum::one("x")), Err(ValueError));
        assert_eq!(Option::<i64>::from_datum(&Datum::set([1.into(), 2.into()])), Err(ValueError));
        assert_eq!(Vec::<i64>::from_datum(&Datum::empty_map()), Err(ValueError));
        assert_eq!(BTreeMap::<String, String>::from_datum(&Datum::empty_set()), Err(ValueError));
    }
}
