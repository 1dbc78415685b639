//! What is one value: an integer, a real, a boolean, a string or a UUID (RFC 7047 section 5.1, `<atom>`).

use super::Uuid;
use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};

/// The five atomic types (RFC 7047 section 3.2, `<atomic-type>`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AtomType {
    /// A signed integer of 64 bits.
    Integer,
    /// A double, never a NaN.
    Real,
    /// True or false.
    Boolean,
    /// UTF-8 text.
    String,
    /// The identity of a row.
    Uuid,
}

impl AtomType {
    /// The name in schemas: `integer`, `real`, `boolean`, `string`, `uuid`.
    pub const fn name(self) -> &'static str {
        match self {
            AtomType::Integer => "integer",
            AtomType::Real => "real",
            AtomType::Boolean => "boolean",
            AtomType::String => "string",
            AtomType::Uuid => "uuid",
        }
    }

    /// The type that a schema calls `name`.
    pub fn from_name(name: &str) -> Option<AtomType> {
        [AtomType::Integer, AtomType::Real, AtomType::Boolean, AtomType::String, AtomType::Uuid]
            .into_iter()
            .find(|t| t.name() == name)
    }

    /// The value of a column that was never written: 0, 0.0, false, "" or the nil UUID (RFC 7047 section 5.2.1).
    pub fn default_atom(self) -> Atom {
        match self {
            AtomType::Integer => Atom::Integer(0),
            AtomType::Real => Atom::Real(0.0),
            AtomType::Boolean => Atom::Boolean(false),
            AtomType::String => Atom::String("".into()),
            AtomType::Uuid => Atom::Uuid(Uuid::NIL),
        }
    }
}

impl fmt::Display for AtomType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// One owned value. Ordered by type, then as OVSDB orders sets: numbers by value, strings by bytes.
#[derive(Clone, Debug)]
pub enum Atom {
    /// A signed integer of 64 bits.
    Integer(i64),
    /// A double, never a NaN when it came from a peer.
    Real(f64),
    /// True or false.
    Boolean(bool),
    /// UTF-8 text.
    String(Box<str>),
    /// The identity of a row. A row that a transaction inserts has one from the start; the wire form is then
    /// `["named-uuid", ...]`.
    Uuid(Uuid),
}

impl Atom {
    /// Which of the five types this is.
    pub const fn atom_type(&self) -> AtomType {
        match self {
            Atom::Integer(_) => AtomType::Integer,
            Atom::Real(_) => AtomType::Real,
            Atom::Boolean(_) => AtomType::Boolean,
            Atom::String(_) => AtomType::String,
            Atom::Uuid(_) => AtomType::Uuid,
        }
    }

    /// The text of a string atom.
    pub fn as_str(&self) -> Option<&str> {
        if let Atom::String(s) = self { Some(s) } else { None }
    }

    /// The value of an integer atom.
    pub const fn as_integer(&self) -> Option<i64> {
        if let Atom::Integer(n) = self { Some(*n) } else { None }
    }

    /// The value of a real atom.
    pub const fn as_real(&self) -> Option<f64> {
        if let Atom::Real(n) = self { Some(*n) } else { None }
    }

    /// The value of a boolean atom.
    pub const fn as_boolean(&self) -> Option<bool> {
        if let Atom::Boolean(b) = self { Some(*b) } else { None }
    }

    /// The value of a UUID atom.
    pub const fn as_uuid(&self) -> Option<Uuid> {
        if let Atom::Uuid(u) = self { Some(*u) } else { None }
    }
}

impl Ord for Atom {
    fn cmp(&self, other: &Atom) -> Ordering {
        self.view().cmp(&other.view())
    }
}

impl PartialOrd for Atom {
    fn partial_cmp(&self, other: &Atom) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Atom {
    fn eq(&self, other: &Atom) -> bool {
        match (self, other) {
            (Atom::Integer(a), Atom::Integer(b)) => a == b,
            (Atom::Boolean(a), Atom::Boolean(b)) => a == b,
            (Atom::String(a), Atom::String(b)) => a == b,
            (Atom::Uuid(a), Atom::Uuid(b)) => a == b,
            // equal is what the order puts in one place, a NaN as well
            _ => self.cmp(other) == Ordering::Equal,
        }
    }
}

impl Eq for Atom {}

impl Hash for Atom {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.view().hash(state);
    }
}

impl From<&str> for Atom {
    fn from(text: &str) -> Atom {
        Atom::String(text.into())
    }
}

impl From<String> for Atom {
    fn from(text: String) -> Atom {
        Atom::String(text.into())
    }
}

impl From<i64> for Atom {
    fn from(n: i64) -> Atom {
        Atom::Integer(n)
    }
}

impl From<f64> for Atom {
    fn from(n: f64) -> Atom {
        Atom::Real(n)
    }
}

impl From<bool> for Atom {
    fn from(b: bool) -> Atom {
        Atom::Boolean(b)
    }
}

impl From<Uuid> for Atom {
    fn from(uuid: Uuid) -> Atom {
        Atom::Uuid(uuid)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(target_pointer_width = "64")]
    fn atoms_are_small() {
        assert_eq!(size_of::<Atom>(), 24);
        assert_eq!(size_of::<crate::value::Datum>(), 24);
    }
}
