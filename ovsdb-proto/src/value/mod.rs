//! What a column holds: atoms, sets and maps; their wire form and the text form that the ctl tools read and print.

mod atom;
mod datum;
mod print;
mod uuid;
pub(crate) mod wire;

pub use atom::{Atom, AtomType};
pub use datum::{Datum, DuplicateError};
pub use print::{Format, print_atom, print_bare_atom, print_datum, print_real};
pub use uuid::{ParseUuidError, Uuid};
pub use wire::{DatumError, read_atom, row_name, write_atom, write_datum};
