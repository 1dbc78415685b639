//! What a column holds: atoms, sets and maps; their wire form and the text form that the ctl tools read and print.

mod atom;
mod datum;
mod uuid;

pub use atom::{Atom, AtomType};
pub use datum::{Datum, DuplicateError};
pub use uuid::{ParseUuidError, Uuid};
