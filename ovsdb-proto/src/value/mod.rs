//! What a column holds: atoms, sets and maps; their wire form and the text form that the ctl tools read and print.

mod argument;
mod atom;
mod datum;
mod operator;
mod packed;
mod print;
mod strtod;
pub mod text;
mod uuid;
pub(crate) mod wire;

pub use argument::{Argument, ArgumentError, ArgumentTail};
pub use atom::{Atom, AtomType};
pub use datum::{Datum, DuplicateError};
pub use operator::Operator;
pub use packed::{AtomView, DatumView, Packed, Packer, Side};
pub(crate) use packed::{Elements, pack_uuid};
pub use print::{Format, print_atom, print_bare_atom, print_datum, print_real};
pub use strtod::parse_real;
pub use uuid::{ParseUuidError, Uuid};
pub use wire::{DatumError, read_atom, row_name, write_atom, write_datum, write_view};
