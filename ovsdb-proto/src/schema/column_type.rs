//! Which values a column takes: atomic types, constraints, references, how many (RFC 7047 section 3.2, `<type>`).

use crate::value::{Atom, AtomType, Datum};

/// What an element, a key or a value may be (RFC 7047 section 3.2, `<base-type>`).
#[derive(Clone, Debug, PartialEq)]
pub struct BaseType {
    /// The atomic type.
    pub atom: AtomType,
    /// The only values allowed, sorted, if the schema lists them.
    pub allowed: Option<Box<[Atom]>>,
    /// A range or length.
    pub constraint: Constraint,
    /// The table that a UUID refers to.
    pub reference: Option<Reference>,
}

/// Bounds of an atom, both inclusive. An absent bound is the type's own.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Constraint {
    /// No bound.
    None,
    /// `minInteger` and `maxInteger`.
    Integer(i64, i64),
    /// `minReal` and `maxReal`.
    Real(f64, f64),
    /// `minLength` and `maxLength`, in characters.
    Length(u32, u32),
}

/// A reference to rows of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// The table referred to.
    pub table: Box<str>,
    /// Whether it keeps the row.
    pub kind: RefKind,
}

/// What a reference means for the row that it names (RFC 7047 section 3.2, `refType`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefKind {
    /// The row must exist, and outside the root set lives only while referred to.
    Strong,
    /// The reference goes when the row goes.
    Weak,
}

/// What a column may hold (RFC 7047 section 3.2, `<type>`): `min` to `max` keys, or pairs if there is a value type.
#[derive(Clone, Debug, PartialEq)]
pub struct ColumnType {
    /// What the elements or keys are.
    pub key: BaseType,
    /// What the values are; the column is a map if there is one.
    pub value: Option<BaseType>,
    /// The fewest elements: 0 or 1.
    pub min: u32,
    /// The most elements; `u32::MAX` if the schema says `unlimited`.
    pub max: u32,
}

impl Constraint {
    /// The same constraint, or [`Constraint::None`] if it excludes no value of its type. A schema
    /// that was read holds only such constraints, so that schemas which mean the same are equal.
    #[must_use]
    pub fn normalized(self) -> Constraint {
        match self {
            Constraint::Integer(i64::MIN, i64::MAX) | Constraint::Length(0, u32::MAX) => Constraint::None,
            // infinities come from no schema, and exclude as little
            Constraint::Real(min, max) if min <= f64::MIN && max >= f64::MAX => Constraint::None,
            bounds => bounds,
        }
    }
}

impl BaseType {
    /// Any atom of this type.
    pub const fn any(atom: AtomType) -> BaseType {
        BaseType { atom, allowed: None, constraint: Constraint::None, reference: None }
    }

    /// The value of an element that was never written: the first allowed one, or the type's default.
    pub fn default_atom(&self) -> Atom {
        // ovsdb-server takes the type's default even where an enum does not list it (RFC 7047 section 5.2.1)
        self.atom.default_atom()
    }
}

impl ColumnType {
    /// Exactly one atom of this type.
    pub const fn scalar(atom: AtomType) -> ColumnType {
        ColumnType { key: BaseType::any(atom), value: None, min: 1, max: 1 }
    }

    /// Whether the column holds a map.
    pub const fn is_map(&self) -> bool {
        self.value.is_some()
    }

    /// Whether the column always holds exactly one atom.
    pub const fn is_scalar(&self) -> bool {
        self.value.is_none() && self.min == 1 && self.max == 1
    }

    /// Whether a key or value is a weak reference.
    pub fn has_weak_reference(&self) -> bool {
        let bases = [Some(&self.key), self.value.as_ref()];
        let mut references = bases.into_iter().flatten().filter_map(|base| base.reference.as_ref());
        references.any(|reference| reference.kind == RefKind::Weak)
    }

    /// Whether the column holds one atom or none.
    pub const fn is_optional(&self) -> bool {
        self.value.is_none() && self.min == 0 && self.max == 1
    }

    /// What the column holds when nothing was written: nothing if that is allowed, else the default of its atoms.
    pub fn default_datum(&self) -> Datum {
        match (self.min, &self.value) {
            (0, None) => Datum::empty_set(),
            (0, Some(_)) => Datum::empty_map(),
            (_, None) => Datum::one(self.key.default_atom()),
            (_, Some(value)) => Datum::map([(self.key.default_atom(), value.default_atom())]),
        }
    }
}
